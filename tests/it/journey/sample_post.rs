//! The real model reads the sample post. Small weights are fine here: the floors are theirs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use mail_parser::MessageParser;
use serde_json::Value;
use vorlage::llm::catalogue;

use crate::support::program;

/// The least share that the small weights get right: of all classes, of those they are sure of, and of the fields of
/// rightly sorted items. What they are not sure of is left to a person.
const CLASSES: f64 = 0.5;
const SURE: f64 = 0.8;
const FIELDS: f64 = 0.75;

/// The small weights, which `make test` fetches.
pub(super) fn weights() -> PathBuf {
    let entry = catalogue::find("small").unwrap();
    let path = catalogue::models_dir().unwrap().join(entry.file);
    assert!(
        path.is_file(),
        "there is no {}: `vorlage model fetch small` brings it",
        path.display()
    );
    path
}

#[test]
fn the_real_model_reads_the_sample_post() {
    weights();
    let folder = tempfile::tempdir().unwrap();
    let demo = json(
        program()
            .args([
                "demo",
                "--once",
                "--json",
                "--model",
                "small",
                "--listen",
                "127.0.0.1:0",
                "--dir",
            ])
            .arg(folder.path().join("demo")),
    );
    let items: BTreeMap<&str, &Value> = demo["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["file"].as_str().unwrap(), item))
        .collect();
    let (mut classes, mut sure, mut fields) =
        (Tally::default(), Tally::default(), Tally::default());
    for line in include_str!("../../../fixtures/truth.jsonl").lines() {
        let truth: Value = serde_json::from_str(line).unwrap();
        let file = truth["file"].as_str().unwrap().rsplit('/').next().unwrap();
        let Some(item) = items.get(file) else { continue };
        has_its_shape(item);
        stands_in_the_mail(file, item);
        let right = item["class"] == truth["class"];
        let told = || format!("{file}: {} instead of {}", item["class"], truth["class"]);
        classes.count(right, told);
        if !item["class"].is_null() {
            sure.count(right, told);
        }
        for (name, value) in truth["fields"].as_object().unwrap().iter().filter(|_| right) {
            let found = &item["fields"][name]["value"];
            fields.count(found == value, || format!("{file}, {name}: {found} instead of {value}"));
        }
    }
    assert!(classes.all >= 20 && sure.all >= 10 && fields.all >= 30, "{classes:?} {fields:?}");
    assert!(classes.share() >= CLASSES, "{classes:#?}");
    assert!(sure.share() >= SURE, "{sure:#?}");
    assert!(fields.share() >= FIELDS, "{fields:#?}");
}

#[test]
fn nothing_the_model_says_is_invented() {
    weights();
    let score = json(program().args([
        "eval", "all", "fixtures", "--first", "2", "--model", "small", "--json", "--office", ".",
    ]));
    assert_eq!(
        (&score["documents"], &score["errors"], &score["invented"]),
        (&2.into(), &0.into(), &0.into()),
        "{score:#}"
    );
}

fn has_its_shape(item: &Value) {
    assert!(item["item"].is_string() && item["queue"].is_string(), "{item:#}");
    assert!((0.0..=1.0).contains(&item["confidence"].as_f64().unwrap()), "{item:#}");
    assert!(item["seconds"].as_f64().unwrap() >= 0.0, "{item:#}");
    for (name, field) in item["fields"].as_object().unwrap() {
        let proof = field["evidence"].as_array().unwrap();
        let told = field["value"].is_string()
            && proof.iter().any(|it| !it["quote"].as_str().unwrap().is_empty());
        assert!(told, "`{name}` has a value without proof: {item:#}");
    }
}

/// Every proof is found again in a mail without attachments, by another reader than the program's own.
fn stands_in_the_mail(file: &str, item: &Value) {
    let Ok(bytes) = std::fs::read(Path::new("fixtures/mail").join(file)) else { return };
    let mail = MessageParser::default().parse(&bytes).unwrap();
    if mail.attachment_count() > 0 {
        return;
    }
    let bodies = (0..mail.text_body_count()).filter_map(|part| mail.body_text(part));
    let from = mail.from().and_then(|it| it.first()).unwrap();
    let head = [mail.subject(), from.name(), from.address()].into_iter().flatten().map(Into::into);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = words(&head.chain(bodies).collect::<Vec<_>>().join(" "));
    for (name, field) in item["fields"].as_object().unwrap() {
        for proof in field["evidence"].as_array().unwrap() {
            let quote = words(proof["quote"].as_str().unwrap());
            assert!(text.contains(&quote), "{file}, {name}: `{quote}` does not stand in\n{text}");
        }
    }
}

/// What a command prints for programs.
fn json(command: &mut Command) -> Value {
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {errors}");
    serde_json::from_slice(&done.stdout).unwrap()
}

/// How many are right, and what is wrong with the others.
#[derive(Debug, Default)]
struct Tally {
    all: u32,
    wrong: Vec<String>,
}

impl Tally {
    fn count(&mut self, right: bool, told: impl FnOnce() -> String) {
        self.all += 1;
        if !right {
            self.wrong.push(told());
        }
    }

    fn share(&self) -> f64 {
        1.0 - self.wrong.len() as f64 / f64::from(self.all)
    }
}

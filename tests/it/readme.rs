//! The README is true: every command in it is run, here or in the test that is named.

use std::collections::BTreeMap;
use std::process::Stdio;

use crate::support::program;

/// Commands that another check runs, and which.
const ELSEWHERE: &[(&str, &str)] = &[
    ("make demo", "browser: the same without `make`"),
    ("make demo ARGS=--once", "sample_post: `vorlage demo --once`"),
    ("make demo ARGS='--once --json'", "sample_post: `vorlage demo --once --json`"),
    ("make test", "this run"),
    ("vorlage bench fixtures", "`bench` below, on two documents: the whole takes minutes"),
    (
        "vorlage eval all fixtures --out predictions.jsonl",
        "sample_post, and below on two documents",
    ),
    ("vorlage model bench", "below, with the small model"),
    (
        "vorlage test hundesteuer",
        "sample_post measures the same documents; `command_line` runs `vorlage test --help`",
    ),
];

/// Commands that ask a model get the small one here: the default is ten minutes of a test's time.
const ASK: &[&str] = &["try", "test"];

#[test]
fn every_command_of_the_readme_runs() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let office = tempfile::tempdir().unwrap();
    copy_office(office.path());
    let mut told = BTreeMap::new();
    for command in commands(&readme) {
        if ELSEWHERE.iter().any(|(known, _)| *known == command) {
            continue;
        }
        let (line, input) = command.split_once(" < ").unwrap_or((&command, ""));
        let mut words = shell_words(line);
        assert_eq!(
            words.remove(0),
            "vorlage",
            "`{command}` is no command this test knows how to run"
        );
        if ASK.contains(&words[0].as_str()) {
            words.extend(["--model".to_owned(), "small".to_owned()]);
        }
        if !input.is_empty() {
            std::fs::write(office.path().join(input), "ein langes Kennwort").unwrap();
        }
        let stdin = if input.is_empty() {
            Stdio::null()
        } else {
            Stdio::from(std::fs::File::open(office.path().join(input)).unwrap())
        };
        let ran = program().args(&words).current_dir(office.path()).stdin(stdin).output().unwrap();
        let errors = String::from_utf8_lossy(&ran.stderr).into_owned();
        // `doctor` may find the default model missing, and `ledger` that the example's mail server is not there:
        // that is their work.
        let finds = ["doctor", "ledger"].contains(&words[0].as_str());
        let fine = ran.status.success() || finds && ran.status.code() == Some(1);
        told.insert(command, (fine, errors));
    }
    let failed: Vec<_> = told.iter().filter(|(_, (fine, _))| !fine).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(told.len() >= 9, "only {} commands were found", told.len());
}

#[test]
fn measuring_works_on_two_documents() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("mail")).unwrap();
    let truth = std::fs::read_to_string("fixtures/truth.jsonl").unwrap();
    let lines: Vec<&str> = truth.lines().take(2).collect();
    for line in &lines {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let file = line["file"].as_str().unwrap();
        std::fs::copy(format!("fixtures/{file}"), folder.path().join(file)).unwrap();
    }
    std::fs::write(folder.path().join("truth.jsonl"), lines.join("\n")).unwrap();
    let out = folder.path().join("predictions.jsonl");
    let dir = folder.path().to_str().unwrap();
    let run = |args: &[&str]| {
        let ran = program().args(args).output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        serde_json::from_slice::<serde_json::Value>(&ran.stdout).unwrap()
    };
    let score =
        run(&["eval", "all", dir, "--model", "small", "--json", "--out", out.to_str().unwrap()]);
    assert_eq!(score["documents"], 2);
    assert_eq!(score["invented"], 0);
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 2);
    let both = run(&["bench", dir, "--model", "small", "--json"]);
    assert!(both["ratio_where_the_model_was_asked"].as_f64().unwrap() > 0.0);
    let speed = run(&["model", "bench", "small", "--prompt", "64", "--answer", "8", "--json"]);
    assert!(speed["prompt_tokens_per_second"].as_f64().unwrap() > 0.0);
}

/// The lines of all blocks marked `sh`.
fn commands(readme: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line.strip_prefix("```") {
            Some(kind) => inside = kind == "sh",
            None if inside && !line.trim().is_empty() => commands.push(line.trim().to_owned()),
            None => {}
        }
    }
    commands
}

/// Words, with `'…'` holding blanks together.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn copy_office(into: &std::path::Path) {
    std::fs::copy("office.toml", into.join("office.toml")).unwrap();
    for folder in ["connectors", "workflows", "fixtures"] {
        copy(std::path::Path::new(folder), &into.join(folder));
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

//! One mail with two matters: both are named, each with its passage, and a person chooses.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use vorlage::classify::{By, Candidate, Classification, classify};
use vorlage::config::{self, Office};
use vorlage::domain::{ClassRef, Document, Parsed, Part};
use vorlage::engine::files;
use vorlage::llm::scripted::Scripted;
use vorlage::parse::Parser;

/// A line of `truth.jsonl`.
#[derive(Deserialize)]
struct Truth {
    file: String,
    class: Option<String>,
}

fn office() -> Office {
    let (office, found) = config::load(&files::read(Path::new(".")).unwrap());
    office.unwrap_or_else(|| panic!("{found:?}"))
}

fn candidates(office: &Office) -> Vec<Candidate<'_>> {
    let all = office.workflows.iter().flat_map(|(workflow, it)| {
        it.classes.iter().map(move |(class, settings)| Candidate {
            name: ClassRef { workflow: workflow.clone(), class: class.clone() },
            procedure: &it.title,
            class: settings,
        })
    });
    all.collect()
}

fn mail(text: &str) -> Parsed {
    let document = Document { text: text.into(), part: Part::Body, ..Document::default() };
    Parsed { documents: vec![document], ..Parsed::default() }
}

async fn without_model(parsed: &Parsed) -> Classification {
    let office = office();
    classify(None, &candidates(&office), parsed, "de", None).await.unwrap()
}

fn names(found: &Classification) -> Vec<String> {
    found.matters.iter().map(|it| it.class.to_string()).collect()
}

const TWO: &str = "Guten Tag,\n\n\
    unser Hund Rex ist gestorben, bitte melden Sie ihn von der Hundesteuer ab.\n\n\
    Vor unserem Haus ist die Straßenlaterne kaputt, ich bitte um Reparatur.\n\n\
    Viele Grüße\nAda Meier\n";

#[tokio::test]
async fn two_matters_are_named_with_their_passages_and_left_to_a_person() {
    let parsed = mail(TWO);
    let found = without_model(&parsed).await;
    assert_eq!(found.class, None);
    assert_eq!(names(&found), ["hundesteuer/abmeldung", "post/mangel"]);
    for (matter, begins) in found.matters.iter().zip(["unser Hund Rex", "Vor unserem Haus"]) {
        let span = matter.evidence.span.unwrap();
        assert!(matter.evidence.quote.starts_with(begins), "{matter:?}");
        assert_eq!(span.of(&parsed.documents[0].text), matter.evidence.quote);
    }
}

#[tokio::test]
async fn a_further_matter_in_the_same_paragraph_is_a_passage_of_its_own() {
    let text = "Bitte melden Sie unseren Hund von der Hundesteuer ab, er ist gestorben. Außerdem ist vor unserem \
                Haus die Straßenlaterne kaputt und ich bitte um Reparatur.";
    let found = without_model(&mail(text)).await;
    assert_eq!(names(&found), ["hundesteuer/abmeldung", "post/mangel"]);
    assert!(found.matters[1].evidence.quote.trim().starts_with("Außerdem"), "{found:?}");
}

#[tokio::test]
async fn two_certain_words_in_two_passages_are_two_matters_of_any_workflow() {
    let text = "Anmeldung eines Hundes zur Hundesteuer: Bello.\n\nGegen den Bescheid lege ich Widerspruch ein.";
    let found = without_model(&mail(text)).await;
    assert_eq!(names(&found), ["hundesteuer/anmeldung", "post/widerspruch"]);
    // In one passage they are one matter of which nobody knows the class.
    let found = without_model(&mail(&text.replace("\n\n", " "))).await;
    assert_eq!((found.class, found.matters.len()), (None, 0));
}

#[tokio::test]
async fn what_came_along_and_what_only_names_a_class_is_no_matter() {
    use vorlage::domain::{Section, SectionKind, Span};
    let mut parsed = mail(TWO);
    let text = parsed.documents[0].text.clone();
    let cut = text.split("Vor unserem").next().unwrap().chars().count();
    let section = |start, end, kind| Section { span: Span { start, end }, kind };
    let end = text.chars().count();
    parsed.documents[0].sections =
        vec![section(0, cut, SectionKind::New), section(cut, end, SectionKind::Quoted)];
    assert_eq!(without_model(&parsed).await.matters, []);
    let news = "Unser Hund ist gestorben, bitte melden Sie ihn von der Hundesteuer ab.\n\n\
                Straßenlaterne kaputt: so meldet man Schäden an der Straße richtig.";
    assert_eq!(without_model(&mail(news)).await.matters, []);
}

#[tokio::test]
async fn with_a_model_its_opinion_on_the_whole_is_named_first() {
    let office = office();
    let candidates = candidates(&office);
    let label =
        |class: &str| candidates.iter().find(|it| it.name.class.0 == class).unwrap().label();
    let parsed = mail(TWO);
    let choices = vec![("Hund Rex".to_owned(), label("abmeldung"))];
    let model = Scripted { choices, ..Scripted::default() };
    let found = classify(Some(&model), &candidates, &parsed, "de", None).await.unwrap();
    assert_eq!((found.class, found.matters.len(), found.by), (None, 2, By::Model));
    let first = found.alternatives.first().and_then(|it| it.0.clone()).unwrap();
    assert_eq!(first.to_string(), "hundesteuer/abmeldung");
}

/// Mails with one matter have one; two of them in one mail are two or, rather than a wrong one, none.
#[tokio::test]
async fn no_mail_with_one_matter_has_several_and_no_two_have_a_wrong_one() {
    let office = office();
    let candidates = candidates(&office);
    let program = PathBuf::from(env!("CARGO_BIN_EXE_vorlage"));
    let parser = Parser { program, limits: crate::support::patient() };
    let mut read: Vec<(String, Option<String>, Parsed)> = Vec::new();
    for folder in ["fixtures", "fixtures/heldout"] {
        let lines = std::fs::read_to_string(format!("{folder}/truth.jsonl")).unwrap();
        for truth in lines.lines().map(|line| serde_json::from_str::<Truth>(line).unwrap()) {
            if !truth.file.ends_with(".eml") {
                continue;
            }
            let bytes = std::fs::read(format!("{folder}/{}", truth.file)).unwrap();
            let parsed = parser.parse(&truth.file, bytes).await;
            let found = classify(None, &candidates, &parsed, "de", None).await.unwrap();
            assert_eq!(found.matters, [], "{}", truth.file);
            read.push((truth.file, truth.class, parsed));
        }
    }
    let text = |parsed: &Parsed| {
        let body = parsed.documents.iter().find(|it| it.part == Part::Body);
        body.map(|it| it.own_text().into_owned()).unwrap_or_default()
    };
    let (mut pairs, mut right) = (0, 0);
    for (at, (one, first, before)) in read.iter().enumerate() {
        // A part of all pairs: the others say the same, and take long.
        for (other, second, after) in read.iter().skip(at + 1).step_by(5) {
            let (Some(first), Some(second)) = (first, second) else { continue };
            if first.split('/').next() == second.split('/').next() {
                continue;
            }
            pairs += 1;
            let both = mail(&format!("{}\n\n{}", text(before), text(after)));
            let found = classify(None, &candidates, &both, "de", None).await.unwrap();
            let wrong = |name: &String| name != first && name != second;
            assert!(!names(&found).iter().any(wrong), "{one} and {other}: {:?}", names(&found));
            right += usize::from(found.matters.len() == 2);
        }
    }
    assert!(pairs > 25 && right * 8 > pairs, "{right} of {pairs}");
}

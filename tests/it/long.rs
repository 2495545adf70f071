//! Long documents, several values, and second looks.

use std::sync::Mutex;

use async_trait::async_trait;
use vorlage::config::{self, Files, Workflow};
use vorlage::domain::{ConnectorName, Document, FieldName, FieldValue, Form, Page, Parsed, Span};
use vorlage::extract::{Before, Extraction, by_person, extract};
use vorlage::llm::scripted::Scripted;
use vorlage::llm::{Blank, Card, Chosen, Error, Filled, LanguageModel, Prompt};

use crate::model;

const WORKFLOW: &str = r#"
title = "Verträge"
purpose = "Test"
owner = "Test"
data_class = "public"
ai_act = { annex3 = "none", role = "narrow_procedural" }
intake = { from = ["post"] }

[class.vertrag]
title = "Vertrag"
description = "Ein Vertrag."
[class.vertrag.field.partei]
type = "contract_party"
several = true
[class.vertrag.field.vertragsstrafe]
description = "Was bei verspäteter Übergabe des Lagerhauses zu tun ist."
labels = ["verspätete Übergabe"]
[class.vertrag.field.beginn]
type = "date"
labels = ["beginnt am"]
description = "Wann der Vertrag beginnt."
cross_check = CHECK
[[class.vertrag.approval]]
queue = "amt"
"#;

/// A model that keeps what it was asked and shown.
#[derive(Default)]
struct Listening {
    answers: Scripted,
    heard: Mutex<Vec<(String, String)>>,
}

impl Listening {
    fn answering(values: &[(&str, &str)]) -> Self {
        let own = values.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let answers = Scripted { values: own, ..Scripted::default() };
        Self { answers, heard: Mutex::default() }
    }

    fn heard(&self) -> Vec<(String, String)> {
        self.heard.lock().unwrap().clone()
    }
}

#[async_trait]
impl LanguageModel for Listening {
    async fn choose(&self, prompt: &Prompt, options: &[String]) -> Result<Chosen, Error> {
        self.answers.choose(prompt, options).await
    }

    async fn fill(&self, prompt: &Prompt, form: &[Blank], material: &str) -> Result<Filled, Error> {
        let question = prompt.turns.last().cloned().unwrap_or_default();
        self.heard.lock().unwrap().push((question, material.to_owned()));
        self.answers.fill(prompt, form, material).await
    }

    async fn write(&self, prompt: &Prompt, most: usize) -> Result<String, Error> {
        self.answers.write(prompt, most).await
    }

    async fn ready(&self) -> Result<Card, Error> {
        self.answers.ready().await
    }
}

const PENALTY: &str = "dreihundert Euro je angefangenem Tag";

/// Sixty pages about a warehouse; what is asked for stands on page 55.
fn contract() -> Parsed {
    let mut text = String::new();
    let mut pages = Vec::new();
    for number in 1..=60_u32 {
        let start = text.chars().count();
        if number == 1 {
            text.push_str(
                "Vertrag zwischen der Stadt Mainz und der Muster Bau GmbH.\nDer Vertrag beginnt am 1. März 2026.\n\n",
            );
        }
        for paragraph in 1..=6 {
            text.push_str(&format!(
                "{number}.{paragraph} Die Parteien pflegen Halle {number} nach dem Plan der Anlage {paragraph}. \
                 Wartung, Reinigung und Prüfung der Tore geschehen wie vereinbart, und jede Seite trägt ihre Kosten.\n",
            ));
        }
        if number == 55 {
            text.push_str(&format!(
                "\n55.7 Für die verspätete Übergabe des Lagerhauses sind {PENALTY} zu zahlen.\n\n"
            ));
        }
        text.push('\u{c}');
        let span = Span { start, end: text.chars().count() };
        pages.push(Page { number, span, ..Page::default() });
    }
    let document = Document { name: "vertrag.pdf".into(), text, pages, ..Document::default() };
    Parsed { documents: vec![document], ..Parsed::default() }
}

fn workflow(check: &str) -> Workflow {
    let text = WORKFLOW.replace("CHECK", check);
    config::read::<Workflow>("workflows/vertraege.toml", &text).unwrap().value
}

async fn extracted(
    check: &str,
    parsed: &Parsed,
    model: &dyn LanguageModel,
    other: Option<&dyn LanguageModel>,
) -> Result<Extraction, Error> {
    let name = ConnectorName("zweites".into());
    let others = other.into_iter().map(|other| (&name, other)).collect();
    let prompt = Prompt { system: String::new(), turns: vec!["Welche Art?".into()] };
    let before = Before { prompt, label: "Vertrag".into(), language: "de", others };
    extract(Some(model), &workflow(check).classes[0], parsed, before).await
}

fn field<'a>(form: &'a Form, name: &str) -> &'a FieldValue {
    &form[&FieldName::from(name)]
}

#[tokio::test]
async fn what_stands_on_page_55_of_60_is_shown_and_found() {
    let model = Listening::answering(&[("vertragsstrafe", PENALTY)]);
    let found = extracted("false", &contract(), &model, None).await.unwrap();
    let value = field(&found.form, "vertragsstrafe");
    assert_eq!(value.value.as_deref(), Some(PENALTY));
    assert_eq!(value.evidence[0].page, Some(55));
    let heard = model.heard();
    let (question, readable) = &heard[0];
    assert!(question.contains("--- vertrag.pdf, Seite 55\n"), "{question}");
    assert!(question.contains(PENALTY) && question.chars().count() < 4500, "{question}");
    // What it did not read it cannot copy.
    assert!(readable.contains(PENALTY) && !readable.contains("30.3 Die Parteien"), "{readable}");
}

#[tokio::test]
async fn of_a_short_document_everything_is_readable_and_nothing_is_shown_twice() {
    let text = "Der Vertrag gilt.\nDie Übergabe kostet zehn Euro.".to_owned();
    let documents = vec![Document { text: text.clone(), ..Document::default() }];
    let short = Parsed { documents, ..Parsed::default() };
    let model = Listening::answering(&[("vertragsstrafe", "zehn Euro")]);
    extracted("false", &short, &model, None).await.unwrap();
    let (question, readable) = model.heard()[0].clone();
    assert!(!question.contains("zehn Euro") && readable == text, "{question}");
}

#[tokio::test]
async fn several_values_are_found_and_corrected_one_by_one() {
    let model = Listening::default();
    let found = extracted("false", &contract(), &model, None).await.unwrap();
    let parties = field(&found.form, "partei");
    assert_eq!(parties.values().collect::<Vec<_>>(), ["Stadt Mainz", "Muster Bau GmbH"]);
    let quotes: Vec<&str> = parties.proofs().map(|it| it.quote.as_str()).collect();
    assert_eq!(quotes, ["Stadt Mainz", "Muster Bau GmbH"]);
    let workflow = workflow("false");
    let typed = "Stadt Mainz\n\nMuster  Bau GmbH\nHafen AG";
    let by_hand = by_person(&workflow.classes[0], &"partei".into(), typed, &contract());
    assert_eq!(by_hand.lines().as_deref(), Some("Stadt Mainz\nMuster Bau GmbH\nHafen AG"));
    assert!(by_hand.more[1].evidence.is_empty() && !by_hand.more[0].evidence.is_empty());
}

#[tokio::test]
async fn a_second_look_agrees_or_keeps_both_answers() {
    let model = Listening::answering(&[("beginn_again", "beginnt am 1. März 2026")]);
    let found = extracted("true", &contract(), &model, None).await.unwrap();
    let once = extracted("false", &contract(), &model, None).await.unwrap();
    assert!(field(&found.form, "beginn").confidence > field(&once.form, "beginn").confidence);
    assert_eq!((found.second.len(), once.second.len()), (1, 0));

    // Another model reads another day; the form keeps the first, and the other is at hand.
    let mut parsed = contract();
    parsed.documents[0].text.insert_str(0, "Mainz, 7. Mai 2025\n");
    let other = Listening::answering(&[("beginn_again", "7. Mai 2025")]);
    let found = extracted("\"zweites\"", &parsed, &model, Some(&other)).await.unwrap();
    let value = field(&found.form, "beginn");
    assert_eq!(value.value.as_deref(), Some("2026-03-01"));
    assert_eq!(value.alternatives[0].value, "2025-05-07");
    assert!(value.confidence < 0.6, "{value:?}");
    assert_eq!(other.heard().len(), 1);
    let missing = extracted("\"zweites\"", &parsed, &model, None).await;
    assert!(matches!(missing, Err(Error::Missing { .. })), "{missing:?}");
}

/// The real small model: whatever it answers, a second look invents nothing and takes nothing away.
#[tokio::test]
async fn the_small_model_takes_a_second_look() {
    let small = model::embedded();
    let found = extracted("true", &contract(), &small, None).await.unwrap();
    assert_eq!(found.second.len(), 1);
    let value = field(&found.form, "beginn");
    assert_eq!(value.value.as_deref(), Some("2026-03-01"));
    let text = &contract().documents[0].text;
    let of_all = found.form.values().flat_map(|it| it.proofs());
    let alternatives = found.form.values().flat_map(|it| &it.alternatives);
    let mut proofs = of_all.chain(alternatives.flat_map(|it| &it.evidence));
    assert!(proofs.all(|it| it.span.is_some_and(|span| span.of(text) == it.quote)));
}

#[test]
fn mistakes_about_several_values_and_second_looks_are_told() {
    let mistakes = |field: &str| -> Vec<String> {
        let mut files = Files::default();
        let text = WORKFLOW.replace("CHECK", "false") + field;
        files.texts.insert("workflows/vertraege.toml".into(), text);
        let (_, found) = config::load(&files);
        let about = |it: &&vorlage::errors::Diagnostic| {
            ["E0223", "E0202", "E0104"].contains(&it.code) && !it.message.contains("`post`")
        };
        found.iter().filter(about).map(|it| format!("{} {}", it.code, it.message)).collect()
    };
    let choice =
        "[class.vertrag.field.art]\ntype = \"choice\"\noptions = [\"a\"]\nseveral = true\n";
    assert_eq!(mistakes(choice), ["E0223 a `choice` has one answer, not several"]);
    let other = "[class.vertrag.field.art]\ncross_check = \"nirgends\"\n";
    assert_eq!(mistakes(other), ["E0202 there is no connector `nirgends`"]);
    let number = "[class.vertrag.field.art]\ncross_check = 2\n";
    assert_eq!(mistakes(number).len(), 1, "{:?}", mistakes(number));
    let dates = "[class.vertrag.field.tage]\ntype = \"date\"\nseveral = true\n\
                 [[class.vertrag.deadline]]\nname = \"x\"\nrule = \"days\"\ncount = 3\nfrom = \"tage\"\n";
    assert_eq!(mistakes(dates).len(), 1, "{:?}", mistakes(dates));
}

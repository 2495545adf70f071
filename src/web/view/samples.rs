//! Made-up items for the tests of the pages, with hostile text where strangers write.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::json;

use crate::classify::{By, Classification};
use crate::config::{Office, Settings, Workflow};
use crate::domain::{
    Area, Candidate, ClassRef, Digest, Document, Evidence, FieldValue, Finding, Form, Method, Page,
    Parsed, Problem, Severity, Span, TextSource, Word,
};
use crate::draft::{Draft, DraftStep, Due, Reply};
use crate::engine::ItemView;
use crate::llm::{Card, Trace};
use crate::review::{Decision, Verdict};
use crate::store::records::{Entry, Item, State};

const OFFICE: &str = r#"
name = "Stadt Musterhausen"
region = "DE-RP"
post_room = "poststelle"
[queue.poststelle]
title = "Poststelle"
[queue.steueramt]
title = "Steueramt"
[queue.leitung]
title = "Sachgebietsleitung"
[role.steuer]
title = "Sachbearbeitung Steuern"
queues = ["steueramt"]
[policy]
"#;

const WORKFLOW: &str = r#"
title = "Hundesteuer"
purpose = "An- und Abmeldung von Hunden"
owner = "Steueramt"
data_class = "tax"
ai_act = { annex3 = "none", role = "narrow_procedural" }
[intake]
from = ["posteingang"]
[class.anmeldung]
title = "Anmeldung"
description = "Jemand meldet einen Hund an."
[class.anmeldung.field.halter]
title = "Halterin oder Halter"
required = true
must_confirm = true
[class.anmeldung.field.aufnahme]
title = "Im Haushalt seit"
[class.anmeldung.field.chip]
title = "Chip-Nummer"
required = true
[class.anmeldung.field.rasse]
title = "Rasse"
[[class.anmeldung.approval]]
queue = "steueramt"
[[class.anmeldung.approval]]
queue = "leitung"
distinct_from = ["steueramt"]
[class.abmeldung]
title = "Abmeldung"
description = "Jemand meldet einen Hund ab."
[[class.abmeldung.approval]]
queue = "steueramt"
"#;

const BODY: &str = "Guten Tag,\n\nhiermit melde ich meinen Hund „Bällchen“ zur Hundesteuer an.\n\
    Halterin: Müller, Jana\nIm Haushalt seit dem 2. November 2026.\n\n\
    <script>alert('x')</script> & <img src=x onerror=alert(1)>\n\nMit freundlichen Grüßen\nJana Müller";

const SCAN: &str =
    "EU-Heimtierausweis\nTranspondernummer 276098102345678\nRasse: Beagle-Mischling\n";

/// When everything happens.
pub(in crate::web) fn now() -> Timestamp {
    "2026-11-20T08:15:00Z".parse().unwrap()
}

/// An office with one workflow.
pub(in crate::web) fn office() -> Office {
    let settings: Settings = toml::from_str(OFFICE).unwrap();
    let workflow: Workflow = toml::from_str(WORKFLOW).unwrap();
    Office {
        settings,
        connectors: IndexMap::new(),
        workflows: IndexMap::from([("hundesteuer".into(), workflow)]),
        templates: std::collections::BTreeMap::new(),
        version: Digest::default(),
    }
}

/// The class of the items.
pub(in crate::web) fn class() -> ClassRef {
    ClassRef { workflow: "hundesteuer".into(), class: "anmeldung".into() }
}

fn place(text: &str, words: &str) -> Span {
    let at = text.find(words).unwrap();
    Span::from_bytes(text, at..at + words.len())
}

fn documents() -> Vec<Document> {
    let body =
        Document { media_type: "text/plain".into(), text: BODY.to_owned(), ..Document::default() };
    let word = |words: &str, x: f32, y: f32, width: f32| Word {
        span: place(SCAN, words),
        page: 1,
        area: Area { x, y, width, height: 0.03 },
        confidence: Some(0.9),
    };
    let page = Page {
        number: 1,
        span: Span { start: 0, end: SCAN.chars().count() },
        width: 595.0,
        height: 842.0,
        text_source: TextSource::Ocr,
        turned: 0,
    };
    let scan = Document {
        name: "Heimtierausweis <b>.pdf".to_owned(),
        media_type: "application/pdf".into(),
        text: SCAN.to_owned(),
        pages: vec![page],
        words: vec![
            word("276098102345678", 0.45, 0.2, 0.3),
            word("Beagle-Mischling", 0.125, 0.2, 0.25),
        ],
        problems: vec![Problem::new("P0304", "page 1 is partly unreadable")],
        language: Some("de".to_owned()),
        ..Document::default()
    };
    vec![body, scan]
}

fn value(value: &str, evidence: Evidence, method: Method, confidence: f32) -> FieldValue {
    FieldValue {
        value: Some(value.to_owned()),
        raw: evidence.quote.clone(),
        evidence: vec![evidence],
        method,
        confidence,
        ..FieldValue::default()
    }
}

fn form(documents: &[Document]) -> Form {
    let text = |words: &str| Evidence::in_text(0, &documents[0], place(BODY, words));
    let scan = |words: &str| Evidence::in_text(1, &documents[1], place(SCAN, words));
    let candidate = |value: &str| Candidate {
        value: value.to_owned(),
        raw: value.to_owned(),
        evidence: vec![scan("276098102345678")],
        method: Method::Recognised,
    };
    let chip = FieldValue {
        alternatives: vec![candidate("276098102345678"), candidate("276098102345679")],
        ..FieldValue::default()
    };
    let halter = value("Müller, Jana", text("Müller, Jana"), Method::Copied, 0.93);
    let since = value("2026-11-02", text("2. November 2026"), Method::Recognised, 0.99);
    let breed = value("Beagle-Mischling", scan("Beagle-Mischling"), Method::Copied, 0.55);
    [("halter", halter), ("aufnahme", since), ("chip", chip), ("rasse", breed)]
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect()
}

fn draft(form: Form) -> Draft {
    let step = |queue: &str, distinct: &[&str]| DraftStep {
        queue: queue.into(),
        distinct_from: distinct.iter().map(|it| (*it).into()).collect(),
    };
    Draft {
        class: class(),
        title: "Anmeldung".to_owned(),
        form,
        findings: vec![Finding {
            code: "F0201".to_owned(),
            field: Some("chip".into()),
            message: "276098102345678 oder 276098102345679?".to_owned(),
            severity: Severity::Warning,
            evidence: Vec::new(),
        }],
        deadlines: vec![Due {
            name: "Bearbeiten".to_owned(),
            date: "2026-11-27".parse().unwrap(),
            trace: "5 Arbeitstage ab dem 20.11.2026".to_owned(),
        }],
        unconfirmed: vec!["halter".into()],
        language: "de".to_owned(),
        reply: Some(Reply {
            to: "jana.mueller@example.org".to_owned(),
            subject: "Ihre Anmeldung zur Hundesteuer".to_owned(),
            text: "Guten Tag,\n\nIhre Anmeldung ist eingegangen.\n".to_owned(),
        }),
        letter: None,
        steps: vec![step("steueramt", &[]), step("leitung", &["steueramt"])],
        deliveries: vec!["entwuerfe".into()],
    }
}

fn entry(kind: &str, by: &str, body: serde_json::Value) -> Entry {
    Entry { kind: kind.to_owned(), at: now(), by: by.to_owned(), body, seconds: Default::default() }
}

/// An item that waits for its first approval.
pub(in crate::web) fn item() -> ItemView {
    let documents = documents();
    let draft = draft(form(&documents));
    let card = Card {
        name: "hausmodell".to_owned(),
        weights: "b3:1234".to_owned(),
        runtime: "llama.cpp".to_owned(),
        ..Card::default()
    };
    let trace =
        Trace { card, prompt: "9f86d081".to_owned(), raw: "A".to_owned(), ..Trace::default() };
    let other = ClassRef { class: "abmeldung".into(), ..class() };
    let classification = Classification {
        class: Some(class()),
        confidence: 0.86,
        claimed: None,
        by: By::Model,
        learned: 0,
        version: 0,
        matters: Vec::new(),
        asked: Vec::new(),
        evidence: Vec::new(),
        alternatives: vec![(Some(other), 0.09), (None, 0.05)],
        trace: Some(trace),
    };
    let history = vec![
        entry("accepted", "posteingang", json!({ "bytes": 1234 })),
        entry("classified", "vorlage", json!(classification)),
        entry("drafted", "vorlage", json!(draft)),
    ];
    ItemView {
        item: Item {
            id: "0192f0c4-0000-7000-8000-000000000001".into(),
            door: "posteingang".into(),
            origin: "1".to_owned(),
            name: String::new(),
            received: now(),
            accepted: now(),
            raw: Digest::default(),
            state: State::Waiting("steueramt".into()),
            via: None,
            entries: 3,
            attempts: 0,
            held: None,
            lease: None,
            subject: "Hund <i>anmelden</i>".to_owned(),
            sender: "Jana Müller <jana.mueller@example.org>".to_owned(),
            class: Some(class()),
            confidence: 0.86,
            findings: 1,
            deadline: Some("2026-11-27".parse().unwrap()),
        },
        version: 7,
        parsed: Some(Parsed { envelope: None, documents, problems: Vec::new() }),
        classification: Some(classification),
        draft: Some(draft),
        decisions: Vec::new(),
        history,
        step: 0,
    }
}

/// The same after the first person corrected and approved it.
pub(in crate::web) fn second_step() -> ItemView {
    let mut view = item();
    let decision =
        |verdict| Decision { by: "anna".into(), at: now(), queue: "steueramt".into(), verdict };
    let values = [("chip".into(), Some("276098102345678".to_owned()))].into_iter().collect();
    let correct = Verdict::Correct { values, confirmed: vec!["halter".into()], reply: None };
    view.history.push(entry("decided", "anna", json!(decision(correct))));
    if let Some(draft) = &mut view.draft {
        draft.unconfirmed.clear();
        draft.findings.clear();
        let chip = draft.form.get_mut("chip").unwrap();
        chip.value = Some("276098102345678".to_owned());
        chip.method = Method::Person;
    }
    view.history.push(entry("drafted", "vorlage", json!(view.draft)));
    let approve = decision(Verdict::Approve);
    view.history.push(entry("decided", "anna", json!(approve)));
    view.decisions.push(approve);
    view.item.state = State::Waiting("leitung".into());
    view.step = 1;
    view
}

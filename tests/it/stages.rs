//! The stages by themselves, with a model whose answers are known.

use vorlage::classify::{By, Candidate, classify};
use vorlage::config::{self, Class, Workflow};
use vorlage::domain::{
    Automatic, ClassRef, Document, Envelope, Mailbox, Method, Parsed, QueueName,
};
use vorlage::draft::{Draft, DraftStep};
use vorlage::extract::{Before, extract};
use vorlage::llm::Prompt;
use vorlage::llm::scripted::Scripted;
use vorlage::review::{Decision, NotAllowed, Settled, Verdict, may_approve, settle};

const WORKFLOW: &str = r#"
title = "Hunde"
purpose = "Test"
owner = "Test"
data_class = "tax"
ai_act = { annex3 = "none", role = "narrow_procedural" }
intake = { from = ["post"] }

[class.anmeldung]
title = "Anmeldung"
description = "Jemand meldet einen Hund an."
signals = ["Formular 12"]
[class.anmeldung.field.hund]
description = "Name des Hundes."
[class.anmeldung.field.seit]
type = "date"
description = "Seit wann."
labels = ["seit"]
[class.anmeldung.field.geboren]
type = "date"
description = "Geburtstag."
[class.anmeldung.field.grund]
type = "choice"
options = ["zuzug", "kauf"]
[[class.anmeldung.approval]]
queue = "steueramt"

[class.abmeldung]
title = "Abmeldung"
description = "Jemand meldet einen Hund ab."
[[class.abmeldung.approval]]
queue = "steueramt"
"#;

fn workflow() -> Workflow {
    config::read::<Workflow>("workflows/hunde.toml", WORKFLOW).unwrap().value
}

fn candidates(workflow: &Workflow) -> Vec<Candidate<'_>> {
    let name = |class: &vorlage::domain::ClassName| ClassRef {
        workflow: "hunde".into(),
        class: class.clone(),
    };
    let all = workflow.classes.iter();
    all.map(|(class, it)| Candidate { name: name(class), procedure: &workflow.title, class: it })
        .collect()
}

fn letter(text: &str) -> Parsed {
    Parsed {
        documents: vec![Document { text: text.into(), ..Document::default() }],
        ..Parsed::default()
    }
}

fn answers(choices: &[(&str, &str)], values: &[(&str, &str)]) -> Scripted {
    let own = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    };
    Scripted { choices: own(choices), values: own(values) }
}

#[tokio::test]
async fn a_certain_word_decides_and_the_model_is_not_asked() {
    let workflow = workflow();
    let silent = answers(&[], &[]);
    let found =
        classify(Some(&silent), &candidates(&workflow), &letter("FORMULAR 12\nHund"), "de", None)
            .await
            .unwrap();
    assert_eq!((found.class.unwrap().class.0.as_str(), found.by), ("anmeldung", By::Signal));
    assert_eq!(found.evidence[0].quote, "FORMULAR 12");
}

#[tokio::test]
async fn the_model_chooses_among_the_classes_and_none_of_them() {
    let workflow = workflow();
    let model = answers(&[("tot", "Hunde: Abmeldung"), ("Rabatt", "Sonstiges: nichts davon")], &[]);
    let candidates = candidates(&workflow);
    let found = classify(Some(&model), &candidates, &letter("Der Hund ist tot."), "de", None)
        .await
        .unwrap();
    assert_eq!(found.class.unwrap().class.0, "abmeldung");
    let found = classify(Some(&model), &candidates, &letter("20 % Rabatt auf XYZ"), "de", None)
        .await
        .unwrap();
    assert_eq!(found.class, None);
    assert_eq!(found.by, By::Model);
}

#[tokio::test]
async fn a_machines_mail_and_a_missing_model_leave_the_class_to_a_person() {
    let workflow = workflow();
    let envelope = Envelope { automatic: Some(Automatic::AutoReply), ..Envelope::default() };
    let mail = Parsed { envelope: Some(envelope), ..letter("Formular 12") };
    let found = classify(None, &candidates(&workflow), &mail, "de", None).await.unwrap();
    assert_eq!((found.class, found.by), (None, By::Automatic));
    let found = classify(None, &candidates(&workflow), &letter("Hund"), "de", None).await.unwrap();
    assert_eq!((found.class, found.by), (None, By::Nobody));
}

/// Nothing was asked before, and no other model is there.
fn before() -> Before<'static> {
    let (prompt, others) = (Prompt::default(), Vec::new());
    Before { prompt, label: "Anmeldung".into(), language: "de", others }
}

async fn form(text: &str, values: &[(&str, &str)]) -> vorlage::domain::Form {
    let workflow = workflow();
    let class: &Class = &workflow.classes[0];
    let model = answers(&[], values);
    let before = before();
    extract(Some(&model), class, &letter(text), before).await.unwrap().form
}

#[tokio::test]
async fn what_does_not_stand_in_the_letter_is_no_value() {
    let form = form("Mein Hund heißt Bello.", &[("hund", "Rex")]).await;
    assert_eq!(form[0].value, None);
    let form = self::form("Mein Hund heißt\n  Bello.", &[("hund", "Bello")]).await;
    assert_eq!(form[0].value.as_deref(), Some("Bello"));
    assert_eq!(form[0].evidence[0].quote, "Bello");
    assert_eq!(form[0].method, Method::Copied);
}

#[tokio::test]
async fn a_label_decides_and_its_date_is_not_given_to_another_field() {
    let form = form("Seit: 02.11.2026", &[("geboren", "02.11.2026")]).await;
    let value = |name: &str| form.get(name).unwrap().value.clone();
    assert_eq!(value("seit").as_deref(), Some("2026-11-02"));
    assert_eq!(value("geboren"), None);
}

#[tokio::test]
async fn a_choice_counts_only_with_a_passage_that_shows_it() {
    let text = "Wir sind hierher gezogen.";
    let shown = form(text, &[("grund", "zuzug"), ("grund_stelle", "hierher gezogen")]).await;
    assert_eq!(shown.get("grund").unwrap().value.as_deref(), Some("zuzug"));
    let unshown = form(text, &[("grund", "zuzug")]).await;
    assert_eq!(unshown.get("grund").unwrap().value, None);
}

#[tokio::test]
async fn the_sender_is_a_candidate_with_the_header_as_proof() {
    let text = WORKFLOW.replace(
        "[class.anmeldung.field.hund]\ndescription",
        "[class.anmeldung.field.hund]\ntype = \"email\"\ndescription",
    );
    let workflow = config::read::<Workflow>("w.toml", &text).unwrap().value;
    let from = Mailbox { name: "Jana Müller".into(), address: "jana@example.org".into() };
    let mail = Parsed {
        envelope: Some(Envelope { from: Some(from), ..Envelope::default() }),
        ..letter("Hallo")
    };
    let before = before();
    let model = answers(&[], &[("hund", "jana@example.org")]);
    let found = extract(Some(&model), &workflow.classes[0], &mail, before).await.unwrap();
    assert_eq!(found.form[0].method, Method::Header);
    assert_eq!(found.form[0].evidence[0].path.as_deref(), Some("From"));
}

fn draft(steps: &[(&str, &[&str])]) -> Draft {
    let step = |(queue, distinct): &(&str, &[&str])| DraftStep {
        queue: (*queue).into(),
        distinct_from: distinct.iter().map(|it| QueueName::from(*it)).collect(),
    };
    Draft {
        class: "hunde/anmeldung".parse().unwrap(),
        title: "Anmeldung".into(),
        form: vorlage::domain::Form::new(),
        findings: Vec::new(),
        deadlines: Vec::new(),
        unconfirmed: Vec::new(),
        language: "de".into(),
        reply: None,
        letter: None,
        steps: steps.iter().map(step).collect(),
        deliveries: Vec::new(),
    }
}

fn by(who: &str, verdict: Verdict) -> Decision {
    Decision { by: who.into(), at: jiff::Timestamp::UNIX_EPOCH, queue: "steueramt".into(), verdict }
}

#[test]
fn four_eyes_are_two_people() {
    let draft = draft(&[("steueramt", &[]), ("leitung", &["steueramt"])]);
    let first = by("anna", Verdict::Approve);
    assert!(matches!(settle(&draft, std::slice::from_ref(&first)), Settled::Waiting(1)));
    let again = [first.clone(), by("anna", Verdict::Approve)];
    assert!(matches!(settle(&draft, &again), Settled::Waiting(1)));
    let refused = may_approve(&draft, &again[..1], &again[1]);
    assert!(matches!(refused, Err(NotAllowed::SamePerson { .. })));
    let both = [first, by("ben", Verdict::Approve)];
    let Settled::Approved(approved) = settle(&draft, &both) else { panic!("not approved") };
    assert_eq!(approved.decisions().len(), 2);
}

#[test]
fn a_rejection_ends_it_and_an_open_confirmation_stops_it() {
    let mut draft = draft(&[("steueramt", &[])]);
    let no = by("anna", Verdict::Reject { reason: "doppelt".into() });
    assert!(matches!(settle(&draft, &[no]), Settled::Rejected { reason } if reason == "doppelt"));
    draft.unconfirmed = vec!["chip".into()];
    assert!(matches!(settle(&draft, &[by("anna", Verdict::Approve)]), Settled::Waiting(0)));
}

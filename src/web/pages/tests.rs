//! Whole pages, made from made-up items: what a person sees, and what a stranger's text cannot do.

use std::sync::Arc;

use askama::Template;
use regex::Regex;

use super::history::HistoryPage;
use super::item::ItemPage;
use super::queue::QueuePage;
use super::queues::QueuesPage;
use crate::classify::{Classification, Matter};
use crate::domain::{Candidate, ClassRef, Evidence, FieldName, FieldValue};
use crate::engine::{
    DoorStatus, ItemView, ModelStatus, OutputStatus, QueueView, Status, Undelivered,
};
use crate::locale;
use crate::store::records::{Held, Item, State, User};
use crate::web::view::samples;
use crate::web::visitor::{Person, Visitor};
use crate::web::words::Words;

fn visitor(language: &str) -> Visitor {
    let user = User {
        name: "anna".into(),
        title: "Anna Arndt".to_owned(),
        roles: vec!["steuer".to_owned()],
        password: String::new(),
        language: None,
        active: true,
    };
    Visitor {
        words: Words::new(language, "Europe/Berlin"),
        person: Some(Person { user, csrf: "token".to_owned(), secret: "secret".to_owned() }),
        office: Arc::new(samples::office()),
        path: "/".to_owned(),
        notice: None,
    }
}

fn item_page(language: &str, user: &str, view: &ItemView) -> String {
    ItemPage::new(&visitor(language), (&user.into(), true), view, 12).render().unwrap()
}

fn held_item() -> Item {
    let mut item = samples::item().item;
    item.state = State::Ready(samples::now());
    let (code, reason) = ("H0102".to_owned(), "connection refused".to_owned());
    item.held = Some(Held { code, reason, since: samples::now(), tries: 3 });
    item
}

fn undelivered_item() -> Item {
    let mut item = held_item();
    item.state = State::Waiting("steueramt".into());
    item.held.iter_mut().for_each(|held| held.code = "H0106".to_owned());
    item
}

fn overview(language: &str) -> String {
    let queue = QueueView {
        name: "steueramt".into(),
        title: "Steueramt".to_owned(),
        waiting: 12,
        oldest: Some(samples::now()),
        deadline: Some("2026-11-27".parse().unwrap()),
    };
    let status = Status {
        doors: vec![DoorStatus {
            name: "posteingang".into(),
            last_success: None,
            error: Some("the mailbox does not answer".to_owned()),
        }],
        models: vec![ModelStatus {
            name: "hausmodell".into(),
            error: Some("not there".to_owned()),
            again: Some(samples::now()),
        }],
        outputs: vec![OutputStatus {
            name: "ausgang".into(),
            error: Some("connection refused".to_owned()),
            again: Some(samples::now()),
        }],
        undelivered: Undelivered { refused: 1, given_up: 2, ..Undelivered::default() },
        ready: 2,
        held: 1,
        waiting: 12,
        done: 340,
    };
    QueuesPage::new(&visitor(language), &[queue], &status, (&[held_item()], &[undelivered_item()]))
        .render()
        .unwrap()
}

fn all(language: &str) -> Vec<(&'static str, String)> {
    let item = samples::item();
    let mut second = samples::second_step();
    second.item.held = held_item().held;
    let queue = [item.item.clone(), held_item(), second.item.clone()];
    let visitor = visitor(language);
    vec![
        ("queues", overview(language)),
        ("queue", QueuePage::new(&visitor, &"steueramt".into(), &queue).render().unwrap()),
        ("item", item_page(language, "anna", &item)),
        ("second", item_page(language, "berta", &second)),
        ("history", HistoryPage::new(&visitor, &second).render().unwrap()),
        ("help", super::help::HelpPage::new(&visitor).render().unwrap()),
    ]
}

#[test]
fn what_a_stranger_wrote_never_becomes_a_part_of_the_page() {
    for (name, page) in all("de") {
        for hostile in ["<script>alert", "<img src=x", "<i>anmelden", "<b>.pdf"] {
            assert!(!page.contains(hostile), "{name}: {hostile}");
        }
    }
    assert!(item_page("de", "anna", &samples::item()).contains("script&#62;alert"));
}

#[test]
fn what_was_not_delivered_and_what_is_left_alone_is_told() {
    let page = overview("de");
    assert!(page.contains("Nicht zugestellt") && page.contains("<dt>Abgelehnt</dt><dd>1</dd>"));
    assert!(page.contains("<dt>Aufgegeben</dt><dd>2</dd>") && !page.contains("<dt>Ungewiss</dt>"));
    assert!(page.contains("Ausgang ausgang, nächster Versuch 20.11.2026"), "{page}");
    assert!(page.contains("H0106") && page.contains("Auslieferung aufgegeben"));
}

#[test]
fn no_page_has_a_style_or_a_script_inside() {
    for (name, page) in all("de") {
        assert!(!page.contains(" style="), "{name}");
        assert!(!page.contains(" onclick="), "{name}");
        assert_eq!(
            page.matches("<script").count(),
            page.matches("<script src=\"/static/").count(),
            "{name}"
        );
    }
}

#[test]
fn every_word_of_every_page_is_there_in_every_language() {
    let key = Regex::new(r#"frame\.(?:t|with)\("([^"]+)""#).unwrap();
    let templates = include_dir::include_dir!("$CARGO_MANIFEST_DIR/src/web/templates");
    let texts = templates.files().filter_map(|file| file.contents_utf8());
    for text in texts {
        for found in key.captures_iter(text) {
            for language in locale::LIST {
                assert!(locale::has(language.code, &found[1]), "{}: {}", language.code, &found[1]);
            }
        }
    }
    let unknown = Regex::new(r"\{ ?\$[a-z]+").unwrap();
    for language in locale::LIST {
        for (name, page) in all(language.code) {
            assert!(!unknown.is_match(&page), "{}: {name}", language.code);
        }
    }
}

#[test]
fn a_place_has_one_name_and_every_link_within_a_page_leads_somewhere() {
    let id = Regex::new(r#" id="([^"]+)""#).unwrap();
    let link = Regex::new(r##"href="#([^"]+)""##).unwrap();
    for (name, page) in all("en") {
        let mut ids: Vec<&str> =
            id.captures_iter(&page).filter_map(|it| it.get(1)).map(|it| it.as_str()).collect();
        for target in link.captures_iter(&page) {
            assert!(ids.contains(&&target[1]), "{name}: #{}", &target[1]);
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}");
    }
}

#[test]
fn the_second_pair_of_eyes_sees_the_first_and_what_it_changed() {
    let page = item_page("de", "berta", &samples::second_step());
    assert!(page.contains("✓ anna, 20.11.2026, 09:15"));
    assert!(page.contains("Chip-Nummer</strong>: <del>–</del> → <ins>276098102345678</ins>"));
    assert!(page.contains("id=\"do-approve\""));
    let first = item_page("de", "anna", &samples::second_step());
    assert!(first.contains("Vier-Augen-Prinzip") && !first.contains("id=\"do-approve\""));
}

#[test]
fn an_item_that_nobody_could_classify_is_laid_open_with_the_choice_of_a_class() {
    let mut view = samples::item();
    view.draft = None;
    view.item.class = None;
    view.classification = None;
    let page = item_page("en", "anna", &view);
    assert!(page.contains("No draft yet"));
    assert!(
        page.contains("<option value=\"hundesteuer/abmeldung\">Hundesteuer – Abmeldung</option>")
    );
    assert!(!page.contains("id=\"do-approve\""));
}

#[test]
fn several_matters_are_one_click_each_and_stay_in_sight() {
    let other = ClassRef { class: "abmeldung".into(), ..samples::class() };
    let matter = |class: &ClassRef, quote: &str| Matter {
        class: class.clone(),
        evidence: Evidence { quote: quote.to_owned(), ..Evidence::default() },
    };
    let mut view = samples::item();
    let own = samples::class();
    view.classification = Some(Classification {
        matters: vec![matter(&own, "Bello <b>ist</b> neu."), matter(&other, "Rex ist tot.")],
        ..Classification::default()
    });
    let button = |class: &ClassRef| format!("name=\"class\" value=\"{class}\"");
    let drafted = view.draft.take();
    let page = item_page("de", "anna", &view);
    assert!(page.contains("2 Anliegen in einem Vorgang") && page.contains("Rex ist tot."));
    assert!(page.contains("mehrere Anliegen; ein Mensch"), "{page}");
    assert!(page.contains(&button(&own)) && page.contains(&button(&other)));
    assert!(!page.contains("<b>ist</b>"));
    // Of the one that was chosen the draft is there; the other is a click away.
    view.draft = drafted;
    view.classification.as_mut().unwrap().class = Some(own.clone());
    let page = item_page("en", "anna", &view);
    assert!(page.contains("(this draft)") && page.contains(&button(&other)));
    assert!(!page.contains(&button(&own)));
}

#[test]
fn rows_of_a_table_are_edited_in_a_table() {
    let mut visitor = visitor("de");
    let office = Arc::get_mut(&mut visitor.office).unwrap();
    let class = &mut office.workflows[0].classes[0];
    for name in ["chip", "rasse"] {
        let field = class.fields.get_mut(&FieldName::from(name)).unwrap();
        (field.several, field.rows, field.column) = (true, Some("hunde".into()), vec![name.into()]);
    }
    let mut view = samples::item();
    let form = &mut view.draft.as_mut().unwrap().form;
    let cell = |value: &str| Candidate { value: value.into(), ..Candidate::default() };
    form.insert("chip".into(), FieldValue::of_all(vec![cell("1"), cell("2")], 0.9));
    form.insert("rasse".into(), FieldValue::of_all(vec![cell(""), cell("<i>Dackel")], 0.9));
    let page = ItemPage::new(&visitor, (&"anna".into(), true), &view, 3).render().unwrap();
    assert_eq!(page.matches("data-rows=\"hunde\"").count(), 1);
    for shown in [
        "<th scope=\"col\">Chip-Nummer</th>",
        "<th scope=\"row\">2</th>",
        "name=\"v.chip.1\" value=\"2\"",
        "name=\"v.rasse.0\" value=\"\"",
        "aria-label=\"Rasse, Zeile 2\"",
        "name=\"v.rasse.2\"",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("<i>Dackel") && !page.contains("for=\"v-chip\""));
}

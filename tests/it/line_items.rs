//! Line items: rows of tables become rows of the form, each cell with its proof.

use std::path::PathBuf;

use vorlage::config::{self, Class, Files, Workflow};
use vorlage::domain::{
    Document, FieldName, FieldValue, Form, ItemId, Method, Parsed, Row, Span, Table,
};
use vorlage::extract::{Before, by_person, extract};
use vorlage::llm::Prompt;
use vorlage::parse::Parser;
use vorlage::validate::expressions::Scope;
use vorlage::validate::{Context, validate};

const WORKFLOW: &str = r#"
title = "Rechnungen"
purpose = "Test"
owner = "Test"
data_class = "public"
ai_act = { annex3 = "none", role = "narrow_procedural" }
intake = { from = ["post"] }

[class.rechnung]
title = "Rechnung"
description = "Eine Rechnung."
field.netto = { type = "amount", labels = ["Netto"], sum_of = ["betrag"] }
[class.rechnung.field.bezeichnung]
several = true
column = ["Bezeichnung", "Artikel", "Beschreibung"]
rows = "positionen"
fact = "BT-153"
[class.rechnung.field.menge]
type = "number"
several = true
column = ["Menge", "Anzahl"]
rows = "positionen"
fact = "BT-129"
[class.rechnung.field.preis]
type = "amount"
several = true
column = ["Einzelpreis", "Preis"]
rows = "positionen"
fact = "BT-146"
[class.rechnung.field.betrag]
type = "amount"
several = true
column = ["Betrag", "Gesamtpreis", "Gesamt"]
rows = "positionen"
fact = "BT-131"
[[class.rechnung.rule]]
when = "positionen and netto and (betrag|sum - netto)|abs > 0.005"
finding = "Die Positionen ergeben nicht den Nettobetrag."
[[class.rechnung.approval]]
queue = "amt"
"#;

const COLUMNS: [&str; 4] = ["bezeichnung", "menge", "preis", "betrag"];

fn class() -> Class {
    let workflow = config::read::<Workflow>("workflows/rechnungen.toml", WORKFLOW).unwrap().value;
    workflow.classes[0].clone()
}

async fn read(name: &str) -> Parsed {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_vorlage"));
    let parser = Parser { program, limits: crate::support::patient() };
    parser.parse(name, std::fs::read(format!("fixtures/{name}")).unwrap()).await
}

async fn extracted(parsed: &Parsed) -> Form {
    let prompt = Prompt { system: String::new(), turns: vec!["Welche Art?".into()] };
    let before = Before { prompt, label: "Rechnung".into(), language: "de", others: Vec::new() };
    extract(None, &class(), parsed, before).await.unwrap().form
}

/// A page with one table, as a parser gives it.
fn invoice(rows: &[&[&str]], below: &str) -> Parsed {
    let mut text = String::new();
    let mut table = Table { headings: 1, ..Table::default() };
    for row in rows {
        let mut cells = Vec::new();
        for cell in *row {
            let start = text.chars().count();
            text.push_str(cell);
            cells.push(Span { start, end: text.chars().count() });
            text.push('\t');
        }
        text.push('\n');
        table.rows.push(Row { cells, hidden: false });
    }
    text.push_str(below);
    let document = Document { text, tables: vec![table], ..Document::default() };
    Parsed { documents: vec![document], ..Parsed::default() }
}

fn column(form: &Form, name: &str) -> Vec<String> {
    let value = &form[&FieldName::from(name)];
    value.values().map(str::to_owned).collect()
}

fn rows(form: &Form) -> Vec<Vec<String>> {
    let columns: Vec<Vec<String>> = COLUMNS.iter().map(|name| column(form, name)).collect();
    let count = columns.iter().map(Vec::len).max().unwrap();
    let cell = |column: &Vec<String>, row: usize| column.get(row).cloned().unwrap_or_default();
    (0..count).map(|row| columns.iter().map(|it| cell(it, row)).collect()).collect()
}

/// What stands in a value's proof is what the value was made of.
fn assert_proven(value: &FieldValue, parsed: &Parsed) {
    for (text, proof) in value.values().filter(|it| !it.is_empty()).zip(value.proofs()) {
        let stands = proof.span.unwrap().of(&parsed.documents[proof.document].text);
        assert_eq!(stands, proof.quote);
        let digits = |text: &str| text.chars().find(char::is_ascii_digit);
        assert!(
            digits(text).is_none() || stands.contains(digits(text).unwrap()),
            "{text}: {stands}"
        );
    }
}

const ITEMS: &[&[&str]] = &[
    &["Pos.", "Bezeichnung", "Menge", "Einzelpreis", "Gesamtpreis"],
    &["1", "Schulstuhl\nBuche", "24 Stück", "61,50 €", "1.476,00 €"],
    &["2", "Lieferung", "", "", "89,00 €"],
    &["", "Zwischensumme", "", "", "1.565,00 €"],
    &["3", "Abholung", "36", "4,20", "151,20"],
    &["", "Summe netto", "", "", "1.716,20 €"],
    &["", "zzgl. 19 % MwSt.", "", "", "326,08 €"],
];

#[tokio::test]
async fn the_items_of_a_printed_invoice_are_rows_of_the_form() {
    let parsed = read("parse/tabellen.pdf").await;
    let form = extracted(&parsed).await;
    assert_eq!(
        rows(&form),
        [
            [
                "Schulstuhl Größe 5 Stapelbar, Buche natur Artikel 40-1187",
                "24",
                "61.50 EUR",
                "1476.00 EUR"
            ],
            ["Schultisch höhenverstellbar", "12", "118.00 EUR", "1416.00 EUR"],
            ["Lieferung frei Haus Altonaer Schule, 2. Stock", "1", "89.00 EUR", "89.00 EUR"],
            ["Abholung alter Möbel", "36", "4.20 EUR", "151.20 EUR"],
        ]
    );
    for name in COLUMNS {
        let value = &form[&FieldName::from(name)];
        assert_proven(value, &parsed);
        assert_eq!(value.method, Method::Recognised);
        let on_page =
            |proof: &vorlage::domain::Evidence| proof.page == Some(1) && !proof.areas.is_empty();
        assert!(value.proofs().all(on_page), "{name}");
    }
}

#[tokio::test]
async fn the_lines_of_an_e_invoice_are_taken_from_its_structure() {
    for name in
        ["files/rechnung-cii.xml", "files/rechnung-xrechnung-ubl.xml", "files/rechnung-zugferd.pdf"]
    {
        let parsed = read(name).await;
        // The page and the file inside it say the same; they are not added up.
        let lines = |document: &Document| {
            document.facts.iter().filter(|fact| fact.name == "BT-131").count()
        };
        let lines = parsed.documents.iter().map(lines).max().unwrap();
        let form = extracted(&parsed).await;
        let rows = rows(&form);
        assert!(lines > 0 && rows.len() == lines, "{name}: {lines} lines, {rows:?}");
        assert!(rows.iter().flatten().all(|cell| !cell.is_empty()), "{name}: {rows:?}");
        assert_eq!(form[&FieldName::from("betrag")].method, Method::Xml);
    }
}

#[tokio::test]
async fn rows_stay_rows_and_sums_are_no_items() {
    let parsed = invoice(ITEMS, "Netto: 1.716,20 €\n");
    let form = extracted(&parsed).await;
    assert_eq!(
        rows(&form),
        [
            ["Schulstuhl Buche", "24", "61.50 EUR", "1476.00 EUR"],
            ["Lieferung", "", "", "89.00 EUR"],
            ["Abholung", "36", "4.20 EUR", "151.20 EUR"],
        ]
    );
    COLUMNS.iter().for_each(|name| assert_proven(&form[&FieldName::from(*name)], &parsed));
    let item = ItemId("V-1".into());
    let day = jiff::civil::date(2026, 3, 20);
    let context = Context {
        arrived: day,
        today: day,
        language: "de",
        office: "",
        earlier: None,
        item: &item,
    };
    assert_eq!(validate(&class(), form.clone(), &parsed, &context).findings, []);
    let scope = Scope::new(&class(), &form, &parsed, &context);
    let list = "{% for it in positionen %}{{ it.menge or '–' }}× {{ it.bezeichnung }}: {{ it.betrag }}; {% endfor %}";
    assert_eq!(
        scope.render(list).unwrap(),
        "24× Schulstuhl Buche: 1.476,00 €; –× Lieferung: 89,00 €; 36× Abholung: 151,20 €; "
    );
    assert_eq!(scope.holds("positionen[1].menge is none and menge|length == 2"), Ok(true));

    // Of two sums the one is meant that the items make; one that they do not make is told.
    let form = extracted(&invoice(ITEMS, "Netto: 1.000,00 €\n")).await;
    assert_eq!(column(&form, "netto"), ["1716.20 EUR"]);
    let parsed = invoice(&ITEMS[..5], "Netto: 1.000,00 €\n");
    let form = extracted(&parsed).await;
    let findings = validate(&class(), form, &parsed, &context).findings;
    assert_eq!(findings.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["F0301"]);
}

#[tokio::test]
async fn a_table_of_something_else_is_left_alone() {
    let rooms: &[&[&str]] = &[&["Raum", "Plätze", "Preis"], &["Saal", "20", "180,00 €"]];
    let form = extracted(&invoice(rooms, "")).await;
    assert!(form.values().all(|it| it.value.is_none()), "{form:?}");
}

#[tokio::test]
async fn what_a_person_leaves_of_a_column_keeps_its_proof() {
    let parsed = invoice(ITEMS, "");
    let read = extracted(&parsed).await[&FieldName::from("betrag")].clone();
    let by_hand = |typed: &str| by_person(&class(), &"betrag".into(), typed, &parsed);
    // The second cell is another, and a row is new.
    let value = by_hand("1476.00 EUR\n90,00\n151.20 EUR\n\n5,00 €");
    let expected = ["1476.00 EUR", "90.00 EUR", "151.20 EUR", "", "5.00 EUR"];
    assert_eq!(value.values().collect::<Vec<_>>(), expected);
    assert_eq!(value.evidence, read.evidence);
    assert!(value.more[0].evidence.is_empty() && value.more[0].method == Method::Person);
    assert_eq!(value.more[1], read.more[1]);
    // The first row is taken out.
    let value = by_hand("89.00 EUR\n151.20 EUR");
    assert_eq!((&value.evidence, &value.more[0]), (&read.more[0].evidence, &read.more[1]));
    assert_eq!(by_hand("\n\n").value, None);
}

#[test]
fn mistakes_about_rows_are_told() {
    let mistakes = |from: &str, to: &str| -> Vec<String> {
        let mut files = Files::default();
        files.texts.insert("workflows/rechnungen.toml".into(), WORKFLOW.replacen(from, to, 1));
        let (_, found) = config::load(&files);
        let about = found.iter().filter(|it| ["E0224", "E0217", "E0302"].contains(&it.code));
        about.map(|it| format!("{} {}", it.code, it.message)).collect()
    };
    assert_eq!(mistakes("", ""), [""; 0]);
    assert_eq!(mistakes("several = true", ""), ["E0224 a column of a table has several values"]);
    assert_eq!(
        mistakes("column = [\"Menge\", \"Anzahl\"]", ""),
        ["E0224 nothing says which column of `positionen` this is"]
    );
    assert_eq!(mistakes("\"positionen\"", "\"menge\""), ["E0217 rows cannot be called `menge`"]);
    assert_eq!(
        mistakes("positionen and", "postionen and"),
        ["E0302 nothing here is called `postionen`"]
    );
}

//! Tables of printed and recognised pages, and forms whose pages only Adobe Reader shows.

use std::path::PathBuf;

use serde::Deserialize;
use vorlage::domain::{Document, Trust};
use vorlage::parse::Parser;

/// What must be found, as `fixtures/make/tables.py` wrote it.
#[derive(Debug, Deserialize, PartialEq)]
struct Found {
    page: u32,
    rows: Vec<Vec<String>>,
}

async fn read(name: &str) -> Document {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_vorlage"));
    let parser = Parser { program, limits: crate::support::patient() };
    let bytes = std::fs::read(format!("fixtures/{name}")).unwrap();
    parser.parse(name, bytes).await.documents.remove(0)
}

fn tables(document: &Document) -> Vec<Found> {
    let own = |rows: Vec<Vec<&str>>| {
        rows.iter().map(|row| row.iter().map(|it| (*it).to_owned()).collect()).collect()
    };
    let tables = document.tables.iter();
    tables.map(|it| Found { page: it.page.unwrap(), rows: own(it.texts(&document.text)) }).collect()
}

fn truth() -> Vec<Found> {
    let json = std::fs::read_to_string("fixtures/parse/tabellen.json").unwrap();
    serde_json::from_str(&json).unwrap()
}

#[tokio::test]
async fn printed_tables_are_found_cell_by_cell_and_nothing_else_is_taken_for_one() {
    let document = read("parse/tabellen.pdf").await;
    // The third page has columns of text, a list of names with values, and a form.
    assert_eq!(document.pages.len(), 3);
    assert_eq!(tables(&document), truth());
    assert!(document.tables.iter().all(|table| table.headings == 1));
    for page in ["Vielen Dank für Ihren Auftrag.", "Antragsteller:", "Peter Sand"] {
        assert!(document.text.contains(page), "{page}");
    }
}

#[tokio::test]
async fn tables_of_a_scan_are_found_by_the_places_of_its_words() {
    let document = read("parse/tabellen-scan.png").await;
    assert_eq!(tables(&document), truth().into_iter().take(1).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_words_of_a_page_stay_where_they_stand_in_its_text() {
    for name in ["parse/tabellen.pdf", "parse/tabellen-scan.png", "files/rechnung-text.pdf"] {
        let document = read(name).await;
        let mut end = 0;
        for word in &document.words {
            let text = word.span.of(&document.text);
            assert!(!text.is_empty() && !text.contains(['\t', '\n']), "{name}: {text:?}");
            assert!(word.span.start >= end, "{name}: {text:?} stands before the word before it");
            end = word.span.end;
        }
        for table in &document.tables {
            let area = table.area.unwrap();
            for cell in table.rows.iter().flat_map(|row| &row.cells) {
                for place in document.areas_of(*cell) {
                    assert!(place.y >= area.y - 1e-4 && place.x >= area.x - 1e-4, "{name}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_fields_of_a_dynamic_form_are_read_from_its_data() {
    let document = read("parse/formular-xfa.pdf").await;
    let codes: Vec<&str> = document.problems.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["P0207"]);
    assert!(document.facts.iter().all(|fact| fact.trust == Trust::FormField));
    let facts: Vec<(&str, &str)> =
        document.facts.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect();
    let expected = [
        ("form:Antrag.Person.Name", "Yıldız, Ayşe"),
        ("form:Antrag.Person.Geburtsdatum", "1991-06-30"),
        ("form:Antrag.Wohnung.Strasse", "Lindenweg 12"),
        ("form:Antrag.Wohnung.Ort", "12345 Musterstadt"),
        ("form:Antrag.Wohnung.Miete", "640,00"),
        ("form:Antrag.Kind.Name", "Deniz"),
        ("form:Antrag.Kind.Name", "Elif"),
    ];
    assert_eq!(facts, expected);
    assert!(document.text.contains("\nAntrag.Wohnung.Strasse: Lindenweg 12\n"));
    // What the template proposes is nothing anybody filled in.
    assert!(!document.text.contains("Vorgabe"));
}

//! Barcodes and QR codes on pages, from the picture to the finding.

use std::path::{Path, PathBuf};

use serde_json::Value;
use vorlage::config::Limits;
use vorlage::domain::{Document, Parsed, Symbology, Trust};
use vorlage::parse::Parser;

use crate::einvoices::{office, run};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/codes").join(name)
}

async fn read(name: &str, limits: Limits) -> Parsed {
    let parser = Parser { program: PathBuf::from(env!("CARGO_BIN_EXE_vorlage")), limits };
    parser.parse(name, std::fs::read(path(name)).unwrap()).await
}

fn fact<'a>(document: &'a Document, name: &str) -> &'a str {
    let fact = document.facts.iter().find(|it| it.name == name && it.trust == Trust::Barcode);
    fact.map(|it| it.value.as_str()).unwrap_or_default()
}

#[tokio::test]
async fn every_kind_of_code_on_a_drawn_page_is_read_where_it_stands() {
    let parsed = read("alle-arten.pdf", crate::support::patient()).await;
    let document = &parsed.documents[0];
    let expected = [
        (Symbology::Aztec, "Musterstadt Aztec", 0.72),
        (Symbology::Qr, "Musterstadt QR", 0.11),
        (Symbology::DataMatrix, "Musterstadt Data Matrix", 0.37),
        (Symbology::Pdf417, "Musterstadt PDF417", 0.1),
        (Symbology::Ean, "4006381333931", 0.69),
        (Symbology::Code128, "Musterstadt 128", 0.1),
        (Symbology::Code39, "MUSTERSTADT-39", 0.1),
        (Symbology::Itf, "20260112345678", 0.09),
    ];
    let read: Vec<_> =
        document.codes.iter().map(|it| (it.symbology, it.content.as_str())).collect();
    assert_eq!(read, expected.map(|(symbology, content, _)| (symbology, content)));
    for (code, (_, content, left)) in document.codes.iter().zip(expected) {
        assert!((code.area.x - left).abs() < 0.03, "{content}: {:?}", code.area);
        assert!(code.area.height > 0.02 && code.area.width > 0.08, "{content}: {:?}", code.area);
        assert_eq!(code.page, 1);
    }
    assert!(document.problems.is_empty(), "{:?}", document.problems);
}

#[tokio::test]
async fn a_payment_code_on_a_poor_photograph_is_read() {
    let parsed = read("foto-girocode.jpg", crate::support::patient()).await;
    let document = &parsed.documents[0];
    assert_eq!(fact(document, "girocode.iban"), "DE02120300000000202051");
    assert_eq!(fact(document, "girocode.amount"), "1487.50 EUR");
    assert_eq!(fact(document, "girocode.text"), "Rechnung MO-2026-77 für Flure");
}

#[tokio::test]
async fn a_payment_code_with_wrong_check_digits_proves_nothing() {
    let parsed = read("girocode-falsch.pdf", crate::support::patient()).await;
    let document = &parsed.documents[0];
    assert_eq!(document.codes.len(), 1);
    assert_eq!(document.facts, []);
    assert_eq!(document.problems[0].code, "P0211");
    assert!(document.text.contains("MO-2026-77"));
}

#[tokio::test]
async fn a_page_of_finder_patterns_costs_only_its_codes() {
    let limits = Limits { parse_seconds: 2, ocr_pages: 1, ocr_seconds: 5, ..Limits::default() };
    let begin = std::time::Instant::now();
    let parsed = read("suchmuster.png", limits).await;
    let document = &parsed.documents[0];
    assert_eq!(document.pages.len(), 1);
    assert_eq!(document.codes, []);
    let known = |code: &str| ["P0210", "P0302", "P0104"].contains(&code);
    assert!(document.problems.iter().all(|it| known(&it.code)), "{:?}", document.problems);
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
}

fn tried(name: &str) -> Value {
    let office = office();
    let file = path(name);
    let class = ["--class", "rechnungseingang/rechnung", "--json"];
    let output = run(&["try", file.to_str().unwrap(), class[0], class[1], class[2]], office.path());
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).expect(&told)
}

#[test]
fn the_account_of_a_right_code_fills_the_form_with_the_code_as_proof() {
    let shown = tried("rechnung-girocode.pdf");
    let form = &shown["draft"]["form"];
    assert_eq!(form["iban"]["value"], "DE02120300000000202051");
    assert_eq!(form["iban"]["method"], "barcode");
    assert_eq!(form["brutto"]["value"], "1487.50 EUR");
    let proof = &form["iban"]["evidence"][0];
    assert_eq!((proof["page"].as_u64(), proof["areas"].as_array().unwrap().len()), (Some(1), 1));
    assert_eq!(proof["areas"][0], shown["documents"][0]["codes"][0]["area"]);
    let findings = shown["draft"]["findings"].as_array().unwrap();
    assert!(findings.iter().all(|it| it["code"] != "F0203"), "{findings:?}");
}

#[test]
fn a_code_with_another_account_than_the_page_stops_the_draft() {
    let shown = tried("rechnung-aufkleber.pdf");
    let findings = shown["draft"]["findings"].as_array().unwrap();
    let differ: Vec<&Value> = findings.iter().filter(|it| it["code"] == "F0203").collect();
    let [finding] = differ.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding["field"], "iban");
    assert_eq!(finding["severity"], "blocking");
    assert_eq!(finding["evidence"][0]["quote"], "DE02500105170137075030");
    assert_eq!(finding["evidence"][1]["quote"], "DE02 1203 0000 0000 2020 51");
    assert!(finding["evidence"].as_array().unwrap().iter().all(|it| it["areas"][0].is_object()));
    let other = &shown["draft"]["form"]["iban"]["alternatives"][0];
    assert_eq!(other["value"], "DE02120300000000202051", "the printed account can be chosen");
}

#[test]
fn a_scan_with_a_separator_sheet_becomes_two_documents() {
    let office = office();
    let settings = office.path().join("office.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    // A slow machine that does other work has its time: this is not about speed.
    let more = "[limits]\nparse_seconds = 300\n[scan]\nseparators = [\"VORLAGE-TRENNBLATT*\"]\n";
    std::fs::write(&settings, format!("{text}\n{more}")).unwrap();
    let file = path("scan-trennblatt.pdf");
    let output = run(&["parse", file.to_str().unwrap(), "--json"], office.path());
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let documents = read["parsed"]["documents"].as_array().unwrap();
    let pages: Vec<Vec<u64>> = documents
        .iter()
        .map(|it| {
            let pages = it["pages"].as_array().unwrap();
            pages.iter().map(|page| page["number"].as_u64().unwrap()).collect()
        })
        .collect();
    assert_eq!(pages, [vec![1], vec![3, 4]]);
    let text = |index: usize| documents[index]["text"].as_str().unwrap();
    assert!(text(0).contains("Laterne") && !text(0).contains("Rocco"), "{}", text(0));
    assert!(text(1).contains("Rocco") && text(1).contains("Beagle"), "{}", text(1));
    assert!(!documents.iter().any(|it| it["text"].as_str().unwrap().contains("Trennblatt")));
    assert_eq!(documents[0]["part"], documents[1]["part"]);
    let problems = read["parsed"]["problems"].as_array().unwrap();
    assert_eq!(problems[0]["code"], "P0212");
    assert!(problems[0]["detail"].as_str().unwrap().contains("VORLAGE-TRENNBLATT 01"));
}

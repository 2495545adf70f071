//! File numbers, invoice numbers, cash reference numbers.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, day, fixed, squeeze};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "reference",
    purpose: "A reference such as a file number, invoice number or Kassenzeichen.",
    example: "RE-2026-0042",
    basis: "",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader = Reader {
    sure: None,
    hinted: Some(Hinted { shape: &HINTED, labels: LABELS }),
    read,
    scanned: false,
    cuts: false,
};
static HINTED: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"[<L>0-9][<L>0-9/_.#*+-]{0,38}[<L>0-9]|[0-9]"));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[
    "Aktenzeichen",
    "Az.",
    "Az",
    "Geschäftszeichen",
    "Gz.",
    "Kassenzeichen",
    "Rechnungsnummer",
    "Rechnungs-Nr.",
    "Rechnung Nr.",
    "Rechnungsnr.",
    "Re.-Nr.",
    "Kundennummer",
    "Bescheidnummer",
    "Vorgangsnummer",
    "Ihr Zeichen",
    "Unser Zeichen",
    "Bestellnummer",
    "Invoice number",
    "Invoice No.",
    "Invoice no",
    "Reference",
    "Ref.",
    "File number",
];

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, asked: &Asked<'_>) -> Result<Reading, Invalid> {
    if asked.pattern.is_some() {
        return Ok(Reading::plain(squeeze(raw)));
    }
    let plain = squeeze(raw.trim().trim_end_matches(['.', ',', ';', ':']));
    if !plain.contains(|c: char| c.is_ascii_digit()) {
        return Err(Invalid::shape("a reference holds at least one digit"));
    }
    if day(&plain).is_some() {
        return Err(Invalid::shape("it is a day"));
    }
    Ok(Reading::plain(plain))
}

/// The admin's own pattern wherever it stands; without one, what follows a label.
fn find(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    if asked.pattern.is_some() {
        READER.find_pattern(text, asked)
    } else {
        READER.find(text, asked)
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn what_follows_a_label_is_a_reference_when_it_holds_a_digit() {
        let labels = ["Rechnungsnummer".to_owned(), "Rechnung Nr.".to_owned()];
        let asked = Asked { labels: &labels, ..Asked::default() };
        let values = |text: &str| -> Vec<String> {
            recognise(text, &asked).into_iter().map(|hit| hit.value).collect()
        };
        assert_eq!(values("Rechnungsnummer: RE-2026/0042. Danke"), ["RE-2026/0042"]);
        assert_eq!(values("Ihre Rechnung Nr. 4711 vom 12.03.2026 über 100 Euro"), ["4711"]);
        assert_eq!(values("Rechnungsnummer vom 12.03.2026"), [""; 0]);
        assert_eq!(values("Kundennummer 99, Rechnungsnummer 4"), ["4"]);
        assert!(recognise("Rechnungsnummer: 4711", &asked)[0].labelled);
        cases::invalid(&TYPE, &["", "abc", "12.03.2026"]);
    }

    #[test]
    fn the_pattern_of_the_admin_finds_all_places() {
        let asked = Asked { pattern: Some(r"KZ [0-9]{4}|[A-Z]+"), ..Asked::default() };
        let found = recognise("KZ 1234, dann KZ 99, ABC", &asked);
        let values: Vec<&str> = found.iter().map(|hit| hit.value.as_str()).collect();
        assert_eq!(values, ["KZ 1234", "KZ", "ABC"]);
        assert_eq!(normalise("KZ 1234", &asked).as_deref(), Ok("KZ 1234"));
        assert_eq!(normalise("KZ 12345", &asked).unwrap_err().code, "F0403");
    }
}

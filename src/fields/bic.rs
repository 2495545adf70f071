//! Business identifier codes of banks.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, compact, fixed, is_country};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "bic",
    purpose: "A bank (BIC).",
    example: "COBADEFFXXX",
    basis: "ISO 9362",
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
    cuts: true,
};
static HINTED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?-u:\b)[A-Za-z]{4} ?[A-Za-z]{2} ?[A-Za-z0-9]{2}(?: ?[A-Za-z0-9]{3})?(?-u:\b)")
});
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &["BIC", "SWIFT", "BIC/SWIFT", "SWIFT-BIC", "BIC-Code"];
static FORM: LazyLock<Regex> = LazyLock::new(|| fixed(r"^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$"));

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = compact(raw);
    if !FORM.is_match(&plain) {
        return Err(Invalid::shape("a BIC has 8 or 11 characters, the first six of them letters"));
    }
    let country = plain.get(4..6).unwrap_or("");
    if !is_country(country) {
        return Err(Invalid::check(format!("`{country}` is no country")));
    }
    Ok(Reading::plain(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn a_bank_has_eight_or_eleven_characters_and_a_country() {
        cases::normal(&TYPE, &[("ADECCH2G", "ADECCH2G"), ("coba de ff xxx", "COBADEFFXXX")]);
        cases::invalid(&TYPE, &["MULTIPLE", "COBADEFFX", "C0BADEFF", ""]);
    }

    #[test]
    fn a_word_in_capitals_is_no_bank_without_a_label() {
        assert!(recognise("RECHNUNG", &Asked::default()).is_empty());
        assert_eq!(recognise("BIC: COBADEFF IBAN", &Asked::default())[0].value, "COBADEFF");
    }
}

//! Identification numbers of vehicles.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, compact, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "vin",
    purpose: "The identification number of a vehicle (FIN).",
    example: "WVWZZZ1JZXW000001",
    basis: "ISO 3779",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader = Reader {
    sure: Some(&SURE),
    hinted: Some(Hinted { shape: &HINTED, labels: LABELS }),
    read,
    scanned: false,
    cuts: false,
};
static SURE: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?-u:\b)[A-HJ-NPR-Z0-9]{17}(?-u:\b)"));
static HINTED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?-u:\b)[A-HJ-NPR-Za-hj-npr-z0-9](?:[ -]?[A-HJ-NPR-Za-hj-npr-z0-9]){16}(?-u:\b)")
});
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] =
    &["FIN", "Fahrgestellnummer", "Fahrzeug-Identifizierungsnummer", "VIN", "Fahrgestell-Nr."];
static FORM: LazyLock<Regex> = LazyLock::new(|| fixed(r"^[A-HJ-NPR-Z0-9]{17}$"));

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = compact(raw);
    let numerals = plain.bytes().filter(u8::is_ascii_digit).count();
    if !FORM.is_match(&plain) || numerals < 3 || numerals == 17 {
        return Err(Invalid::shape("a FIN has 17 letters and digits without I, O and Q"));
    }
    Ok(Reading::plain(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn a_vehicle_has_17_characters_without_i_o_and_q() {
        cases::valid_unchecked(&TYPE, &[("WVWZZZ1JZXW000001", "WVWZZZ1JZXW000001")]);
        cases::invalid(&TYPE, &["WVWZZZ1JZXW00000", "WVWZZZ1JZXWO00001", "12345678901234567", ""]);
    }
}

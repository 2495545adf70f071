//! International bank account numbers.

use std::sync::LazyLock;

use iban::IbanLike;
use regex::Regex;

use super::support::{Reader, Reading, compact, fixed, is_country};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "iban",
    purpose: "A bank account (IBAN).",
    example: "DE89370400440532013000",
    basis: "ISO 13616",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: true,
};

static READER: Reader = Reader { sure: Some(&SURE), hinted: None, read, scanned: true, cuts: true };
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)[A-Za-z]{2}[0-9OoIlSsB]{2}(?:[ \u{a0}-]?[0-9A-Za-z]){11,30}"));

/// How such a value is announced.
const LABELS: &[&str] = &["IBAN", "Konto"];

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn doubts(text: &str, asked: &Asked<'_>) -> Vec<Doubt> {
    READER.doubts(text, asked, LABELS)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = compact(raw);
    if plain.starts_with("DE") && plain.len() != 22 {
        return Err(Invalid::shape(format!(
            "a German IBAN has 22 characters, not {}",
            plain.len()
        )));
    }
    match plain.parse::<iban::Iban>() {
        Ok(iban) => Ok(Reading::checked(iban.electronic_str())),
        // The check digits hold; only the form of the country's numbers is not known.
        Err(iban::ParseIbanError::UnknownCountry(iban)) if is_country(iban.country_code()) => {
            Ok(Reading::checked(iban.electronic_str()))
        }
        Err(error) => Err(Invalid::check(format!("no valid IBAN: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn accounts_are_found_with_and_without_spaces() {
        cases::valid(
            &TYPE,
            &[
                ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
                ("AT61 1904 3002 3457 3201", "AT611904300234573201"),
                ("de89370400440532013000", "DE89370400440532013000"),
                ("NL91ABNA0417164300", "NL91ABNA0417164300"),
            ],
        );
        cases::invalid(
            &TYPE,
            &["", "DE89 3704 0044 0532 0130 01", "DE8937040044053201300", "QQ93 1234 5678"],
        );
    }

    #[test]
    fn what_follows_an_account_is_not_taken_for_a_part_of_it() {
        let text = "DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX AT61 1904 3002 3457 3201 DE12 3456";
        let found = recognise(text, &Asked::default());
        let values: Vec<&str> = found.iter().map(|hit| hit.value.as_str()).collect();
        assert_eq!(values, ["DE89370400440532013000", "AT611904300234573201"]);
        assert!(found.iter().all(|hit| hit.checked && !hit.corrected));
    }

    #[test]
    fn an_announced_account_that_fails_its_check_is_a_doubt() {
        let text = "für IBAN: DE89 3704 0044 0532 0130 01 BIC COBADEFFXXX";
        let doubts = doubts(text, &Asked::default());
        assert_eq!(doubts[0].span.of(text), "DE89 3704 0044 0532 0130 01");
        assert_eq!((doubts.len(), doubts[0].invalid.code), (1, "F0402"));
        let right = "IBAN: DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX";
        assert!(READER.doubts(right, &Asked::default(), LABELS).is_empty());
    }

    #[test]
    fn one_character_that_a_scanner_confused_is_put_right_and_said_so() {
        let found = recognise("IBAN: DE89 37O4 0044 0532 0130 00", &Asked::default());
        assert_eq!(found[0].value, "DE89370400440532013000");
        assert!(found[0].checked && found[0].corrected);
        assert!(recognise("IBAN: DE89 37O4 OO44 0532 0130 00", &Asked::default()).is_empty());
    }
}

//! Numbers of the transponders under the skin of pets.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, compact, digits, fixed, is_digits};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "dog_chip",
    purpose: "The number of a pet's transponder (15 digits).",
    example: "276098102345678",
    basis: "ISO 11784, ISO 3166-1",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)[0-9]{3}(?:[ .-]?[0-9]{1,12}){1,5}(?-u:\b)"));
/// Numbers (ISO 3166-1) of the countries from which most dogs come: those of Europe, and Turkey.
const COUNTRIES: &[u16] = &[
    8, 20, 31, 40, 51, 56, 70, 100, 112, 191, 196, 203, 208, 233, 246, 250, 268, 276, 292, 300,
    348, 352, 372, 380, 428, 438, 440, 442, 470, 492, 498, 499, 528, 578, 616, 620, 642, 643, 674,
    688, 703, 705, 724, 752, 756, 792, 804, 807, 826,
];

/// How such a value is announced.
const LABELS: &[&str] =
    &["Chip", "Chipnummer", "Chip-Nr.", "Transponder", "Transpondernummer", "Microchip"];

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
    if !is_digits(&plain, 15) {
        return Err(Invalid::check(format!(
            "a transponder has 15 digits, not {}",
            digits(&plain).len()
        )));
    }
    let issuer = plain.get(..3).and_then(|it| it.parse::<u16>().ok()).unwrap_or(0);
    // 999 is for tests only; 900 to 998 are the manufacturers' own numbers.
    if !COUNTRIES.contains(&issuer) && !(900..=998).contains(&issuer) {
        return Err(Invalid::check(format!(
            "`{issuer:03}` is neither a country nor a manufacturer"
        )));
    }
    Ok(Reading::plain(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn a_transponder_names_a_country_or_a_manufacturer() {
        cases::normal(
            &TYPE,
            &[
                ("276098102345678", "276098102345678"),
                ("276 0981 0234 5678", "276098102345678"),
                ("985-112-004-123-456", "985112004123456"),
            ],
        );
        cases::invalid(&TYPE, &["999", "999098102345678", "123098102345678", "27609810234567", ""]);
        assert_eq!(normalise("999", &Asked::default()).unwrap_err().code, "F0402");
    }

    #[test]
    fn a_digit_too_few_is_a_doubt() {
        let found = doubts("Chip-Nr.: 276 0981 0234 567", &Asked::default());
        assert_eq!(found[0].invalid.detail, "a transponder has 15 digits, not 14");
        assert!(doubts("Tel. 06131 123456", &Asked::default()).is_empty());
    }

    #[test]
    fn it_is_found_among_words() {
        let found = recognise("Chip 276 0981 0234 5678, Bello", &Asked::default());
        assert_eq!(found[0].value, "276098102345678");
    }
}

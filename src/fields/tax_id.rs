//! Tax identification numbers of persons.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, compact, digit_values, fixed, is_digits, mod_11_10};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "tax_id",
    purpose: "The tax identification number of a person (Steuer-IdNr.).",
    example: "36574261809",
    basis: "AO, section 139b; ISO 7064 MOD 11,10",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: true,
};

static READER: Reader = Reader {
    sure: Some(&SURE),
    hinted: Some(Hinted { shape: &HINTED, labels: LABELS }),
    read,
    scanned: true,
    cuts: false,
};
static SURE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?-u:\b)[0-9OIlSB]{2}[ /]?[0-9OIlSB]{3}[ /]?[0-9OIlSB]{3}[ /]?[0-9OIlSB]{3}(?-u:\b)")
});
static HINTED: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)[0-9OIlSB](?:[ /-]?[0-9OIlSB]){10}(?-u:\b)"));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[
    "IdNr",
    "IdNr.",
    "Steuer-ID",
    "Steuer-IdNr.",
    "Steuer-IdNr",
    "Identifikationsnummer",
    "Steueridentifikationsnummer",
    "Steuerliche Identifikationsnummer",
    "Tax ID",
];

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
    if !is_digits(&plain, 11) || plain.starts_with('0') {
        return Err(Invalid::shape(
            "a tax identification number has 11 digits and begins with none of 0",
        ));
    }
    let digits = digit_values(&plain);
    if !repeats_as_issued(digits.get(..10).unwrap_or(&[])) || !mod_11_10(&digits) {
        return Err(Invalid::check("the check digit does not fit"));
    }
    Ok(Reading::checked(plain))
}

/// Among the first ten digits exactly one occurs twice or three times, never three times in a row.
fn repeats_as_issued(first: &[u32]) -> bool {
    let count = |digit: u32| first.iter().filter(|it| **it == digit).count();
    let repeated: Vec<usize> = (0..10).map(count).filter(|times| *times > 1).collect();
    let in_a_row = first.windows(3).any(|three| three.iter().all(|it| Some(it) == three.first()));
    matches!(repeated.as_slice(), [2 | 3]) && !in_a_row
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn the_published_examples_hold_and_others_do_not() {
        cases::valid(&TYPE, &[("36574261809", "36574261809"), ("36 574 261 809", "36574261809")]);
        cases::invalid(&TYPE, &["36574261890", "36554266806", "06574261809", "3657426180", ""]);
        cases::corrected(&TYPE, "36 574 26l 809", Some("36574261809"));
        cases::corrected(&TYPE, "36 S74 26l 809", None);
    }
}

//! Structured references of payments.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, compact, fixed, mod_97_10};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "rf_reference",
    purpose: "A structured creditor reference (RF …).",
    example: "RF18539007547034",
    basis: "ISO 11649, ISO 7064 MOD 97-10",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: false,
};

static READER: Reader = Reader { sure: Some(&SURE), hinted: None, read, scanned: true, cuts: true };
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)RF[0-9OIlSB]{2}(?: ?[0-9A-Za-z]){1,21}(?-u:\b)"));
static FORM: LazyLock<Regex> = LazyLock::new(|| fixed(r"^RF[0-9]{2}[A-Z0-9]{1,21}$"));

/// How such a value is announced.
const LABELS: &[&str] = &["Referenz", "Verwendungszweck", "Reference"];

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
    if !FORM.is_match(&plain) {
        return Err(Invalid::shape("a reference begins with RF and has at most 25 characters"));
    }
    if !plain.split_at_checked(4).is_some_and(|(first, rest)| mod_97_10(&[rest, first])) {
        return Err(Invalid::check("the check digits do not fit"));
    }
    Ok(Reading::checked(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn the_published_example_holds_and_a_changed_digit_does_not() {
        cases::valid(&TYPE, &[("RF18 5390 0754 7034", "RF18539007547034")]);
        cases::invalid(&TYPE, &["RF18539007547035", "RF18", ""]);
        cases::corrected(&TYPE, "RF18 539O O754", None);
    }
}

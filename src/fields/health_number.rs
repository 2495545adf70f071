//! Numbers of insured persons on health cards.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, compact, digit_values, fixed, is_digits, letter_number};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "health_number",
    purpose: "The number on a health insurance card (KVNR).",
    example: "A123456780",
    basis: "SGB V, section 290",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: true,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: true, cuts: false };
static SURE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?-u:\b)[A-Za-z] ?[0-9OIlSB]{3} ?[0-9OIlSB]{3} ?[0-9OIlSB]{3}(?-u:\b)")
});

/// How such a value is announced.
const LABELS: &[&str] = &["Krankenversichertennummer", "Versichertennummer", "KVNR"];

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
    let shape = || Invalid::shape("a health insurance number is a letter and nine digits");
    let (first, digits) = plain.split_at_checked(1).ok_or_else(shape)?;
    if !is_digits(digits, 9) {
        return Err(shape());
    }
    let letter = first.chars().next().and_then(letter_number).ok_or_else(shape)?;
    let digits = digit_values(digits);
    let factors = [1, 2].into_iter().cycle();
    let products = letter.iter().chain(&digits).take(10).zip(factors).map(|(digit, by)| digit * by);
    let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
    if digits.last() != Some(&(sum % 10)) {
        return Err(Invalid::check("the check digit does not fit"));
    }
    Ok(Reading::checked(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn the_check_digit_is_counted_with_the_letter() {
        cases::valid(&TYPE, &[("A123456780", "A123456780"), ("a 123 456 780", "A123456780")]);
        cases::invalid(&TYPE, &["A123456781", "A12345678", "1123456780", "Ä123456780", ""]);
        cases::corrected(&TYPE, "A12345678O", Some("A123456780"));
    }
}

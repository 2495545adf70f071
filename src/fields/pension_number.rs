//! Numbers of the statutory pension insurance.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, compact, digit_values, fixed, letter_number};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "pension_number",
    purpose: "A pension insurance number (VSNR).",
    example: "65170839J003",
    basis: "VKVV, section 2",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: true,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: true, cuts: false };
static SURE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?-u:\b)[0-9OIlSB]{2} ?[0-9OIlSB]{6} ?[A-Za-z] ?[0-9OIlSB]{3}(?-u:\b)")
});
static FORM: LazyLock<Regex> = LazyLock::new(|| fixed(r"^([0-9]{8})([A-Z])([0-9]{3})$"));
const FACTORS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];

/// How such a value is announced.
const LABELS: &[&str] = &["Rentenversicherungsnummer", "Sozialversicherungsnummer", "VSNR", "RVNR"];

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
    let shape =
        || Invalid::shape("a pension insurance number is eight digits, a letter and three digits");
    let Some(parts) = FORM.captures(&plain) else { return Err(shape()) };
    let part = |at: usize| parts.get(at).map_or("", |it| it.as_str());
    let letter = part(2).chars().next().and_then(letter_number).ok_or_else(shape)?;
    let (front, back) = (digit_values(part(1)), digit_values(part(3)));
    let digits = front.iter().chain(&letter).chain(&back);
    // The cross sums of the products are added (VKVV, section 2, paragraph 6).
    let sum: u32 = digits.zip(FACTORS).map(|(digit, factor)| cross_sum(digit * factor)).sum();
    if back.last() != Some(&(sum % 10)) {
        return Err(Invalid::check("the check digit does not fit"));
    }
    Ok(Reading::checked(plain))
}

fn cross_sum(number: u32) -> u32 {
    number / 10 + number % 10
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn the_check_digit_is_counted_with_the_letter() {
        cases::valid(
            &TYPE,
            &[("65 170839 J 003", "65170839J003"), ("15070649C103", "15070649C103")],
        );
        cases::invalid(&TYPE, &["65170839J004", "65170839J00", "6517083JJ003", ""]);
        cases::corrected(&TYPE, "65 17O839 J 003", Some("65170839J003"));
    }
}

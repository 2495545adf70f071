//! Telephone numbers.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, digits, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "phone",
    purpose: "A telephone number.",
    example: "+496131123456",
    basis: "ITU-T E.164, DIN 5008",
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
static SURE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?:\+|00)[1-9][0-9]{0,2}(?:[ \u{a0}./()–-]{0,3}[0-9]){6,13}|\(0[0-9]{2,5}\)[ /–-]{0,3}[0-9](?:[ /–-]{0,3}[0-9]){2,11}|0[0-9]{2,5}(?: ?[/–-] ?| )[0-9](?:[ /–-]?[0-9]){2,11}|01[5-7][0-9]{8,9}",
    )
});
static HINTED: LazyLock<Regex> = LazyLock::new(|| fixed(r"\(?0[0-9](?:[ /().–-]{0,3}[0-9]){4,13}"));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[
    "Tel",
    "Tel.",
    "Telefon",
    "Telefonnummer",
    "Fon",
    "Mobil",
    "Handy",
    "Mobile",
    "Phone",
    "Fax",
    "Telefax",
    "Rückruf",
];

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    apart(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = raw.replace("(0)", "");
    if !plain.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-–/().".contains(c)) {
        return Err(Invalid::shape("a telephone number has digits and separators only"));
    }
    let digits = digits(&plain);
    let (country, number) = if plain.trim_start_matches(['(', ' ']).starts_with('+') {
        ("", digits.as_str())
    } else if let Some(number) = digits.strip_prefix("00") {
        ("", number)
    } else if let Some(number) = digits.strip_prefix('0') {
        ("49", number)
    } else {
        return Err(Invalid::shape("without a leading 0 or + the place is not known"));
    };
    if number.starts_with('0') || !(7..=15).contains(&(country.len() + number.len())) {
        return Err(Invalid::shape("a telephone number has 7 to 15 digits with its country"));
    }
    Ok(Reading::plain(format!("+{country}{number}")))
}

/// Digits that go on after one space are groups of another number, such as an IBAN.
fn apart(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    let mut hits = READER.find(text, asked);
    let mut chars = text.chars();
    let mut at = 0;
    hits.retain(|hit| {
        let Some(skip) = (hit.span.start).checked_sub(at + 2) else { return at == 0 };
        let mut before = chars.by_ref().skip(skip);
        let (second, first) = (before.next(), before.next());
        at = hit.span.start;
        !(first == Some(' ') && second.is_some_and(|c| c.is_ascii_digit()))
    });
    hits
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn numbers_are_written_as_e_164() {
        cases::valid_unchecked(
            &TYPE,
            &[
                ("06131/12-3456", "+496131123456"),
                ("(06131) 12 34 56", "+496131123456"),
                ("+49 (0)6131 12-3456", "+496131123456"),
                ("0049 6131 123456", "+496131123456"),
                ("0171 1234567", "+491711234567"),
                ("01711234567", "+491711234567"),
                ("+1 212 555 0123", "+12125550123"),
            ],
        );
        cases::invalid(&TYPE, &["123456", "+49", "0", "06131/12a", ""]);
    }

    #[test]
    fn groups_of_an_account_or_a_day_are_no_telephone_number() {
        for text in
            ["DE89 3704 0044 0532 0130 00", "01.02.2026", "055116 Mainz", "ä 12 0532 013000"]
        {
            assert_eq!(recognise(text, &Asked::default()), [], "{text}");
        }
        assert_eq!(recognise("Tel.: 061311234", &Asked::default())[0].value, "+4961311234");
    }
}

//! Plain numbers.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, decimal, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "number",
    purpose: "A number or a count.",
    example: "12.5",
    basis: "",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?-u:\b)(?:[0-9]{1,3}(?:[.,'][0-9]{3}){1,4}|[0-9]{1,15})(?:[.,][0-9]{1,9})?(?-u:\b)|(?i:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?-u:\b)",
    )
});
/// Numbers that people write as words.
const WORDS: &[(&str, &str)] = &[
    ("zwei", "2"),
    ("drei", "3"),
    ("vier", "4"),
    ("fünf", "5"),
    ("sechs", "6"),
    ("sieben", "7"),
    ("acht", "8"),
    ("neun", "9"),
    ("zehn", "10"),
    ("elf", "11"),
    ("zwölf", "12"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
];

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let word = raw.trim().to_lowercase();
    if let Some((_, number)) = WORDS.iter().find(|(known, _)| *known == word) {
        return Ok(Reading::plain(*number));
    }
    let number = decimal(raw).ok_or_else(|| Invalid::shape("it is no number"))?;
    Ok(Reading::plain(number.short()))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn numbers_are_read_with_digits_and_as_words() {
        cases::valid_unchecked(
            &TYPE,
            &[("1.234", "1234"), ("12,5", "12.5"), ("zwei", "2"), ("0", "0")],
        );
        cases::invalid(&TYPE, &["viele", "", "1.2.3", "-"]);
        let found = recognise("Ich halte zwei Hunde.", &Asked::default());
        assert_eq!(found[0].value, "2");
        assert!(recognise("zweifellos", &Asked::default()).is_empty());
    }
}

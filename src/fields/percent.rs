//! Shares of a hundred.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, decimal, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "percent",
    purpose: "A percentage, as a number.",
    example: "19",
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
        r"[-−]?(?:[0-9]{1,3}(?:[.,][0-9]{3}){1,2}|[0-9]{1,9})(?:[.,][0-9]{1,6})?[ \u{a0}]?(?:%|(?i:Prozent|percent|per cent|v\. ?H\.))",
    )
});

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let number = raw.trim().trim_end_matches(|c: char| !c.is_ascii_digit());
    let rest = raw.trim().strip_prefix(number).unwrap_or("").trim().to_lowercase();
    if !["", "%", "prozent", "percent", "per cent", "v.h.", "v. h."].contains(&rest.as_str()) {
        return Err(Invalid::shape("it is no percentage"));
    }
    let number = decimal(number).ok_or_else(|| Invalid::shape("it is no number"))?;
    Ok(Reading::plain(number.short()))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn percentages_become_numbers() {
        cases::valid_unchecked(
            &TYPE,
            &[("19 %", "19"), ("7,5%", "7.5"), ("19,00 Prozent", "19"), ("-0.5 percent", "-0.5")],
        );
        cases::invalid(&TYPE, &["19 €", "%", ""]);
        assert!(recognise("19 Euro", &Asked::default()).is_empty());
    }
}

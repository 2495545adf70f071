//! Identification numbers of businesses.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, digit_values, fixed, mod_11_10};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "business_id",
    purpose: "The identification number of a business (W-IdNr.).",
    example: "DE136695976-00001",
    basis: "AO, section 139c; ISO 7064 MOD 11,10",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: true, cuts: false };
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)DE ?[0-9OIlSB]{9} ?- ?[0-9]{5}(?-u:\b)"));
static FORM: LazyLock<Regex> = LazyLock::new(|| fixed(r"^DE([1-9][0-9]{8})-[0-9]{5}$"));

/// How such a value is announced.
const LABELS: &[&str] = &["W-IdNr.", "Wirtschafts-IdNr.", "Wirtschafts-Identifikationsnummer"];

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
    let plain: String =
        raw.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
    let Some(parts) = FORM.captures(&plain) else {
        return Err(Invalid::shape("a W-IdNr. is DE, nine digits, a hyphen and five digits"));
    };
    if !mod_11_10(&digit_values(parts.get(1).map_or("", |it| it.as_str()))) {
        return Err(Invalid::check("the check digit does not fit"));
    }
    Ok(Reading::checked(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn the_base_carries_the_check_digit() {
        cases::valid(&TYPE, &[("DE136695976-00001", "DE136695976-00001")]);
        cases::invalid(&TYPE, &["DE136695978-00001", "DE136695976", "DE136695976-1", ""]);
        cases::corrected(&TYPE, "DEI36695976-00001", Some("DE136695976-00001"));
    }
}

//! German postcodes.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, fixed, is_postcode};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "postcode",
    purpose: "A German postcode.",
    example: "55116",
    basis: "",
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
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)(?:DE?-)?([0-9]{5})[ \t]{1,3}[<U>][<L>]{1,30}"));
static HINTED: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?-u:\b)[0-9]{5}(?-u:\b)"));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &["PLZ", "Postleitzahl", "Postcode", "ZIP"];

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = raw.trim().trim_start_matches(['D', 'E', '-', ' ']);
    if !is_postcode(plain) {
        return Err(Invalid::shape("a postcode is five digits from 01001 to 99998"));
    }
    Ok(Reading::plain(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn a_postcode_stands_before_a_town_or_after_a_label() {
        cases::normal(&TYPE, &[("55116", "55116"), ("D-01067", "01067")]);
        cases::invalid(&TYPE, &["00000", "99999", "5511", "551166", ""]);
        assert_eq!(recognise("in 55116 Mainz", &Asked::default())[0].value, "55116");
        assert_eq!(recognise("PLZ: 55116", &Asked::default())[0].value, "55116");
        assert!(recognise("26/123/45678 Amtsgericht", &Asked::default()).is_empty());
        assert!(recognise("Nr. 55116", &Asked::default()).is_empty());
    }
}

//! Tax numbers that tax offices give.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, fixed, tax_offices};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "tax_number",
    purpose: "The tax number of a person or business (Steuernummer).",
    example: "2722081508154",
    basis: "ELSTER, Prüfung der Steuer- und Steueridentifikationsnummer",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: false,
};

static READER: Reader = Reader {
    sure: Some(&SURE),
    hinted: Some(Hinted { shape: &HINTED, labels: LABELS }),
    read,
    scanned: false,
    cuts: true,
};
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)[0-9]{2,3} ?/ ?[0-9]{3,4} ?/ ?[0-9]{4,5}(?-u:\b)"));
static HINTED: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)[0-9]{2,5}(?:[ /.-]{0,3}[0-9]{1,11}){1,4}"));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[
    "Steuernummer",
    "Steuer-Nr.",
    "St.-Nr.",
    "StNr",
    "St.Nr.",
    "StNr.",
    "Steuernr.",
    "tax number",
    "tax no.",
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
    let groups: Vec<&str> =
        raw.split(|c: char| !c.is_ascii_digit()).filter(|it| !it.is_empty()).collect();
    let plain = groups.concat();
    if !raw.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "/-.".contains(c)) {
        return Err(Invalid::shape("a tax number has only digits"));
    }
    let lengths: Vec<usize> = groups.iter().map(|it| it.len()).collect();
    let unified = match (plain.len(), lengths.as_slice()) {
        (13, _) => Some(plain.clone()),
        (11, [3, 4, 4]) => north_rhine_westphalia(&plain),
        (10, [5, 5]) => baden_wuerttemberg(&plain),
        (10 | 11, _) => None,
        _ => return Err(Invalid::shape("a tax number has 10, 11 or 13 digits")),
    };
    match unified.as_deref().map(tax_offices::check) {
        Some(Some(true)) => Ok(Reading::checked(unified.unwrap_or(plain))),
        Some(Some(false)) => Err(Invalid::check("the check digit does not fit")),
        Some(None) => Err(Invalid::check("no tax office has such numbers")),
        // Several Länder write their numbers like this, so the check digit cannot be told.
        None => Ok(Reading::plain(parted(&plain))),
    }
}

/// `FFF/BBBB/UUUP`, which only North Rhine-Westphalia writes.
fn north_rhine_westphalia(plain: &str) -> Option<String> {
    let (office, rest) = plain.split_at_checked(3)?;
    Some(format!("5{office}0{rest}"))
}

/// `FFBBB/UUUUP`, which only Baden-Württemberg writes.
fn baden_wuerttemberg(plain: &str) -> Option<String> {
    let (office, rest) = plain.split_at_checked(2)?;
    Some(format!("28{office}0{rest}"))
}

/// Office, district and serial number with slashes.
fn parted(plain: &str) -> String {
    let office = plain.len() - 8;
    let (office, rest) = plain.split_at_checked(office).unwrap_or((plain, ""));
    let (district, serial) = rest.split_at_checked(3).unwrap_or((rest, ""));
    format!("{office}/{district}/{serial}")
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn the_unified_form_is_checked_by_the_rules_of_its_land() {
        cases::normal(
            &TYPE,
            &[
                ("2893081508152", "2893081508152"),
                ("9181081508155", "9181081508155"),
                ("2475081508152", "2475081508152"),
                ("2202081508156", "2202081508156"),
                ("2613081508153", "2613081508153"),
                ("5133081508159", "5133081508159"),
                ("133/8150/8159", "5133081508159"),
                ("93815/08152", "2893081508152"),
                ("2722081508154", "2722081508154"),
                ("2129081508158", "2129081508158"),
                ("3101081508154", "3101081508154"),
            ],
        );
        cases::invalid(
            &TYPE,
            &[
                "2893081508153",
                "9181081508156",
                "5133081508150",
                "2722081508155",
                "1234012345678",
                "133/8150/8150",
                "123",
                "",
            ],
        );
    }

    #[test]
    fn a_form_that_several_laender_use_is_taken_as_it_is() {
        cases::normal(
            &TYPE,
            &[("22/815/08154", "22/815/08154"), ("201/123/12340", "201/123/12340")],
        );
        let found = recognise("St.-Nr. 22 815 08154, bitte", &Asked::default());
        assert_eq!((found[0].value.as_str(), found[0].checked), ("22/815/08154", false));
        assert!(recognise("Tel. 22 815 08154", &Asked::default()).is_empty());
    }
}

//! Legal entity identifiers.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, compact, fixed, mod_97_10};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "lei",
    purpose: "The identifier of a company on the financial markets (LEI).",
    example: "506700GE1G29325QX363",
    basis: "ISO 17442-1, ISO 7064 MOD 97-10",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: false,
};

// One in 97 numbers of twenty digits would pass the check: only what is announced is taken for one.
static READER: Reader = Reader {
    sure: None,
    hinted: Some(Hinted { shape: &HINTED, labels: LABELS }),
    read,
    scanned: true,
    cuts: false,
};
static HINTED: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)[0-9A-Za-z]{4}(?: ?[0-9A-Za-z]{4}){4}(?-u:\b)"));
static FORM: LazyLock<Regex> = LazyLock::new(|| fixed(r"^[A-Z0-9]{18}[0-9]{2}$"));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &["LEI", "LEI-Code", "LEI code", "Legal Entity Identifier"];

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
        return Err(Invalid::shape("it has 18 letters and digits and two check digits"));
    }
    if !mod_97_10(&[&plain]) {
        return Err(Invalid::check("the check digits do not fit"));
    }
    Ok(Reading::checked(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn a_published_identifier_holds_and_a_changed_digit_does_not() {
        let read = |raw: &str| normalise(raw, &Asked::default());
        assert_eq!(read("5067 00GE 1G29 325Q X363").as_deref(), Ok("506700GE1G29325QX363"));
        cases::invalid(&TYPE, &["506700GE1G29325QX364", "506700GE1G29325QX3", ""]);
        let find = |text: &str| recognise(text, &Asked::default()).len();
        assert_eq!(find("LEI: 506700GE1G29325QX363"), 1);
        assert_eq!(find("506700GE1G29325QX363"), 0, "nothing says what it is");
    }
}

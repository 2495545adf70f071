//! Registration numbers of vehicles.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "plate",
    purpose: "The number plate of a vehicle registered in Germany.",
    example: "MZ-AB 123",
    basis: "FZV, annex 3",
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
    LazyLock::new(|| fixed(r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[ -]?[1-9][0-9]{0,3}[EH]?(?-u:\b)"));
static HINTED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"[A-ZÄÖÜa-zäöü]{1,3}[ :-][ -]?[A-Za-z]{1,2}[ -]?[1-9][0-9]{0,3}[EHeh]?(?-u:\b)")
});
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[
    "Kennzeichen",
    "Kfz-Kennzeichen",
    "amtliches Kennzeichen",
    "Kfz",
    "licence plate",
    "license plate",
    "plate",
];
static FORM: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"^([A-ZÄÖÜ]{1,3})[ :-]+([A-Z]{1,2})[ -]*([1-9][0-9]{0,3})([EH]?)$"));

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = raw.trim().to_uppercase();
    let Some(parts) = FORM.captures(&plain) else {
        return Err(Invalid::shape(
            "a plate is one to three letters, one or two letters and a number",
        ));
    };
    let part = |at: usize| parts.get(at).map_or("", |it| it.as_str());
    if part(1) == "DIN" && part(2) == "A" {
        return Err(Invalid::check("it is a size of paper"));
    }
    Ok(Reading::plain(format!("{}-{} {}{}", part(1), part(2), part(3), part(4))))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn plates_are_written_in_one_way() {
        cases::normal(
            &TYPE,
            &[("MZ-AB 123", "MZ-AB 123"), ("mz ab123e", "MZ-AB 123E"), ("GÖ-X-1", "GÖ-X 1")],
        );
        cases::invalid(&TYPE, &["MZ-ABC 1", "MZ-A 0123", "DIN-A 4", ""]);
        assert_eq!(recognise("das Auto GÖ-AB 12 steht", &Asked::default())[0].value, "GÖ-AB 12");
        assert!(recognise("am 12 und IM OP 12", &Asked::default()).is_empty());
        assert_eq!(recognise("Kennzeichen: MZ AB 123", &Asked::default())[0].value, "MZ-AB 123");
    }
}

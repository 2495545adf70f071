//! Streets with house numbers.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, any_street_shape, fixed, street, street_shape};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "street",
    purpose: "A street with its house number.",
    example: "Rheinstraße 5",
    basis: "DIN 5008",
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
static SURE: LazyLock<Regex> = LazyLock::new(|| fixed(&street_shape()));
static HINTED: LazyLock<Regex> = LazyLock::new(|| fixed(&any_street_shape()));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] =
    &["Straße", "Strasse", "Str.", "Anschrift", "Adresse", "wohnhaft", "Street", "Address"];

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain =
        street(raw).ok_or_else(|| Invalid::shape("a street has a name and a house number"))?;
    Ok(Reading::plain(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn streets_are_found_by_their_usual_endings() {
        cases::valid_unchecked(
            &TYPE,
            &[
                ("Rheinstr. 5", "Rheinstraße 5"),
                ("Große Bleiche 12 a", "Große Bleiche 12a"),
                ("Am Brand 3", "Am Brand 3"),
                ("Garten-Str.12-17", "Garten-Straße 12-17"),
                ("BAHNHOFSTRASSE 99", "BAHNHOFSTRASSE 99"),
                ("Kaiser-Friedrich-Straße 7-9", "Kaiser-Friedrich-Straße 7-9"),
                ("Unter den Linden 77", "Unter den Linden 77"),
            ],
        );
        cases::invalid(&TYPE, &["Rheinstraße", "March 5", "5", ""]);
        assert_eq!(
            recognise("Straße: Emmeransgasse 1", &Asked::default())[0].value,
            "Emmeransgasse 1"
        );
    }
}

//! Towns.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, city_shape, fixed, squeeze};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "city",
    purpose: "A town or village.",
    example: "Mainz",
    basis: "",
    search: Search::Both(recognise, 4),
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
    LazyLock::new(|| fixed(&format!(r"(?-u:\b)[0-9]{{5}}[ \t]{{1,3}}({})", city_shape())));
static HINTED: LazyLock<Regex> = LazyLock::new(|| fixed(&city_shape()));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &["Ort", "Wohnort", "Stadt", "Gemeinde", "City", "Town"];
static FORM: LazyLock<Regex> = LazyLock::new(|| fixed(r"^\p{L}[\p{L} ./()'’-]*$"));

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = squeeze(raw.trim().trim_end_matches(['.', ',', ';']));
    if !FORM.is_match(&plain) {
        return Err(Invalid::shape("the name of a town has letters only"));
    }
    Ok(Reading::plain(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn a_town_stands_after_its_postcode_or_a_label() {
        let town =
            |text: &str| recognise(text, &Asked::default()).first().map(|hit| hit.value.clone());
        assert_eq!(town("55116 Mainz Telefon 12").as_deref(), Some("Mainz"));
        assert_eq!(town("67059 Ludwigshafen am Rhein").as_deref(), Some("Ludwigshafen am Rhein"));
        assert_eq!(town("61348 Bad Homburg v. d. Höhe").as_deref(), Some("Bad Homburg v. d. Höhe"));
        assert_eq!(town("Wohnort: Königs Wusterhausen").as_deref(), Some("Königs Wusterhausen"));
        assert_eq!(town("Mainz"), None);
        cases::normal(&TYPE, &[("Halle (Saale)", "Halle (Saale)")]);
        cases::invalid(&TYPE, &["55116", ""]);
    }
}

//! Postal addresses in Germany.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{
    Reader, Reading, address_shape, any_street_shape, fixed, is_postcode, squeeze, street,
};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "address",
    purpose: "A postal address: street, postcode and town.",
    example: "Rheinstraße 5, 55116 Mainz",
    basis: "DIN 5008",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> = LazyLock::new(|| fixed(&address_shape()));
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        r"^({})[ \t]*[,;|·•]?\s*(?:DE?[ -]{{1,2}})?([0-9]{{5}})\s+(\S.{{1,80}})$",
        any_street_shape()
    ))
});

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let shape = || Invalid::shape("an address is a street with number, a postcode and a town");
    let parts = FORM.captures(raw.trim()).ok_or_else(shape)?;
    let part = |at: usize| parts.get(at).map_or("", |it| it.as_str());
    let street = street(part(1)).ok_or_else(shape)?;
    if !is_postcode(part(2)) {
        return Err(Invalid::check("there is no such postcode"));
    }
    Ok(Reading::plain(format!("{street}, {} {}", part(2), squeeze(part(3)))))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn addresses_stand_on_one_line_or_on_two() {
        cases::valid_unchecked(
            &TYPE,
            &[
                ("Rheinstr. 5, 55116 Mainz", "Rheinstraße 5, 55116 Mainz"),
                ("Am Römertor 12a\n55116 Mainz", "Am Römertor 12a, 55116 Mainz"),
                (
                    "Kaiserplatz 1\r\n  D-67059 Ludwigshafen am Rhein",
                    "Kaiserplatz 1, 67059 Ludwigshafen am Rhein",
                ),
                ("Lange Meile 3 · 61348 Bad Homburg", "Lange Meile 3, 61348 Bad Homburg"),
            ],
        );
        cases::invalid(&TYPE, &["Rheinstraße 5", "55116 Mainz", "Rheinstraße 5, 00000 Mainz", ""]);
        let found = recognise("Ich wohne Rheinstraße 5, 55116 Mainz. Telefon 1", &Asked::default());
        assert_eq!(found[0].value, "Rheinstraße 5, 55116 Mainz");
    }
}

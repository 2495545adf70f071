//! Routing identifiers of public offices for e-invoices.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, fixed, mod_97_10};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "leitweg_id",
    purpose: "Which office an e-invoice is for (Leitweg-ID).",
    example: "04011000-1234512345-06",
    basis: "KoSIT Leitweg-ID 2.0.2, ISO 7064 MOD 97-10",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: true, cuts: false };
static SURE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?-u:\b)[0-9OIlSB]{2,12}(?:-[0-9A-Za-z]{1,30})?-[0-9OIlSB]{2}(?-u:\b)")
});
static FORM: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"^[0-9]{2,12}(?:-[0-9A-Z]{0,30})?-[0-9]{2}$"));

/// How such a value is announced.
const LABELS: &[&str] = &["Leitweg-ID", "Leitweg-Nr.", "Leitweg"];

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
    let plain = raw.trim().to_uppercase();
    if !FORM.is_match(&plain) || plain.len() < 5 || plain.len() > 46 {
        return Err(Invalid::shape(
            "a Leitweg-ID is a coarse part, an optional fine part and two check digits",
        ));
    }
    let region = plain.get(..2).and_then(|it| it.parse::<u8>().ok());
    if !region.is_some_and(|it| (1..=16).contains(&it) || it == 99) {
        return Err(Invalid::check("it does not begin with the number of a Land or of the Bund"));
    }
    if !mod_97_10(&plain.split('-').collect::<Vec<_>>()) {
        return Err(Invalid::check("the check digits do not fit"));
    }
    Ok(Reading::checked(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn the_published_examples_hold_and_others_do_not() {
        cases::valid(
            &TYPE,
            &[
                ("04011000-1234512345-06", "04011000-1234512345-06"),
                ("991-03730-19", "991-03730-19"),
            ],
        );
        cases::invalid(&TYPE, &["55-55-20", "04011000-1234512345-07", "04-1", ""]);
        cases::corrected(&TYPE, "O4011000-1234512345-06", Some("04011000-1234512345-06"));
    }
}

//! Serial numbers of German identity cards and passports.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, compact, fixed, icao_731};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "id_card",
    purpose: "The serial number of an identity card or passport.",
    example: "T220001293",
    basis: "ICAO 9303, part 3",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: true,
};

static READER: Reader = Reader {
    sure: Some(&SURE),
    hinted: Some(Hinted { shape: &HINTED, labels: LABELS }),
    read,
    scanned: true,
    cuts: false,
};
static SURE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?-u:\b)[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9OIlSB]{8} ?[0-9OIlSB](?-u:\b)")
});
static HINTED: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)[CFGHJKLMNPRTVWXYZ0-9OIlSB]{9}(?: ?[0-9OIlSB])?(?-u:\b)"));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[
    "Ausweisnummer",
    "Ausweisnr.",
    "Ausweis-Nr.",
    "Personalausweisnummer",
    "Personalausweis",
    "Personalausweis-Nr.",
    "Passnummer",
    "Reisepass",
    "Reisepass-Nr.",
    "ID card",
    "Passport",
];
static FORM: LazyLock<Regex> = LazyLock::new(|| fixed(r"^[CFGHJKLMNPRTVWXYZ0-9]{9}[0-9]?$"));

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
        return Err(Invalid::shape(
            "a serial number has nine characters, and its check digit behind them",
        ));
    }
    let (serial, check) = plain.split_at_checked(9).unwrap_or_default();
    match check.parse::<u32>() {
        Ok(check) if icao_731(serial) == Some(check) => Ok(Reading::checked(plain)),
        Ok(_) => Err(Invalid::check("the check digit does not fit")),
        // The front of the card shows the serial number without its check digit.
        Err(_) if serial.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            Ok(Reading::plain(plain))
        }
        Err(_) => Err(Invalid::shape("a serial number without check digit begins with a letter")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn the_published_examples_hold_and_others_do_not() {
        cases::valid(&TYPE, &[("T220001293", "T220001293"), ("L01X00T471", "L01X00T471")]);
        cases::normal(&TYPE, &[("L01X00T47", "L01X00T47")]);
        cases::invalid(&TYPE, &["T220001294", "A220001293", "220001293", ""]);
        cases::corrected(&TYPE, "T22000I293", Some("T220001293"));
    }
}

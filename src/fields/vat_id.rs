//! Value added tax identification numbers of the European Union.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, compact, digit_values, fixed, mod_11_10};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "vat_id",
    purpose: "A VAT number (USt-IdNr.), German or of another EU country.",
    example: "DE136695976",
    basis: "Council Directive 2006/112/EC, article 215; ISO 7064 MOD 11,10",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: Some(doubts),
    sensitive: false,
};

static READER: Reader = Reader {
    sure: Some(&SURE),
    hinted: Some(Hinted { shape: &HINTED, labels: LABELS }),
    read,
    scanned: true,
    cuts: true,
};
static SURE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?-u:\b)DE[ \u{a0}]?[0-9OIlSB](?:[ \u{a0}]?[0-9OIlSB]){8}(?-u:\b)|(?-u:\b)ATU[0-9]{8}(?-u:\b)",
    )
});
static HINTED: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?-u:\b)[A-Za-z]{2}[ :-]{0,3}[A-Z0-9](?:[ ./-]?[A-Z0-9+*]){6,12}"));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[
    "USt-IdNr.",
    "USt-IdNr",
    "USt-ID",
    "USt.-IdNr.",
    "UStId",
    "UID",
    "UID-Nr.",
    "Umsatzsteuer-ID",
    "Umsatzsteuer-Identifikationsnummer",
    "VAT",
    "VAT ID",
    "VAT number",
    "VAT No.",
    "VAT Reg. No.",
];
/// How the numbers of each country are written, without spaces (Directive 2006/112/EC and VIES).
static FORMS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let form =
        |(country, pattern): &(&'static str, &str)| (*country, fixed(&format!("^(?:{pattern})$")));
    PATTERNS.iter().map(form).collect()
});
const PATTERNS: &[(&str, &str)] = &[
    ("AT", "U[0-9]{8}"),
    ("BE", "[01]?[0-9]{9}"),
    ("BG", "[0-9]{9,10}"),
    ("CY", "[0-9]{8}[A-Z]"),
    ("CZ", "[0-9]{8,10}"),
    ("DE", "[1-9][0-9]{8}"),
    ("DK", "[0-9]{8}"),
    ("EE", "[0-9]{9}"),
    ("EL", "[0-9]{8,9}"),
    ("ES", "[A-Z][0-9]{7}[A-Z0-9]|[0-9]{8}[A-Z]"),
    ("EU", "[0-9]{9}"),
    ("FI", "[0-9]{8}"),
    ("FR", "[A-HJ-NP-Z0-9]{2}[0-9]{9}"),
    ("HR", "[0-9]{11}"),
    ("HU", "[0-9]{8}"),
    ("IE", "[0-9][A-Z0-9+*][0-9]{5}[A-Z]{1,2}"),
    ("IT", "[0-9]{11}"),
    ("LT", "[0-9]{9}|[0-9]{12}"),
    ("LU", "[0-9]{8}"),
    ("LV", "[0-9]{11}"),
    ("MT", "[0-9]{8}"),
    ("NL", "[0-9]{9}B[0-9]{2}"),
    ("PL", "[0-9]{10}"),
    ("PT", "[0-9]{9}"),
    ("RO", "[0-9]{2,10}"),
    ("SE", "[0-9]{10}01"),
    ("SI", "[0-9]{8}"),
    ("SK", "[0-9]{10}"),
    ("XI", "[0-9]{9}|[0-9]{12}"),
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
    let plain = compact(raw);
    let (country, number) = plain.split_at_checked(2).unwrap_or_default();
    let shape = FORMS.iter().find(|(known, _)| *known == country);
    let shape =
        shape.ok_or_else(|| Invalid::shape("it does not begin with a country of the EU"))?;
    if !shape.1.is_match(number) {
        return Err(Invalid::shape(format!("it is not written like a VAT number of `{country}`")));
    }
    match country {
        "DE" if !mod_11_10(&digit_values(number)) => {
            Err(Invalid::check("the check digit does not fit"))
        }
        "AT" if !austrian(&digit_values(number)) => {
            Err(Invalid::check("the check digit does not fit"))
        }
        "DE" | "AT" => Ok(Reading::checked(plain)),
        // Belgian numbers from before 2005 are written without their leading zero.
        "BE" if number.len() == 9 => Ok(Reading::plain(format!("BE0{number}"))),
        "EL" if number.len() == 8 => Ok(Reading::plain(format!("EL0{number}"))),
        _ => Ok(Reading::plain(plain)),
    }
}

/// The cross sums of the digits, doubled at every second place, and 4, are missing to a multiple of ten
/// (VIES, "UID-Nummer", Austria).
fn austrian(digits: &[u32]) -> bool {
    let factors = [1, 2].into_iter().cycle();
    let products = digits.iter().take(7).zip(factors).map(|(digit, by)| digit * by);
    let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
    digits.last() == Some(&((10 - (sum + 4) % 10) % 10))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn the_german_check_digit_is_counted() {
        cases::valid(&TYPE, &[("DE136695976", "DE136695976"), ("DE 136 695 976", "DE136695976")]);
        cases::invalid(
            &TYPE,
            &[
                "DE136695978",
                "136695976",
                "DE036695976",
                "AT ATU 65033803",
                "US123456789",
                "ATU13585626",
                "",
            ],
        );
        cases::corrected(&TYPE, "DE 13669S976", Some("DE136695976"));
    }

    #[test]
    fn numbers_of_other_countries_are_known_by_their_form() {
        cases::normal(
            &TYPE,
            &[
                ("ATU 13585627", "ATU13585627"),
                ("BE 456.973.433", "BE0456973433"),
                ("NL.8143.26.584.B.01", "NL814326584B01"),
                ("FR K 7399859412", "FRK7399859412"),
            ],
        );
        assert_eq!(
            recognise("VAT ID: IT 00687120980", &Asked::default())[0].value,
            "IT00687120980"
        );
        assert!(recognise("Auftrag IT 00687120980", &Asked::default()).is_empty());
    }
}

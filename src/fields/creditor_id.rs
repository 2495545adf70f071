//! Identifiers of those who collect direct debits.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, compact, fixed, mod_97_10};
use super::{Asked, Doubt, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "creditor_id",
    purpose: "A SEPA creditor identifier (Gläubiger-ID).",
    example: "DE98ZZZ09999999999",
    basis: "EPC 262-08, ISO 7064 MOD 97-10",
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
    fixed(r"(?-u:\b)DE[0-9OIlSB]{2} ?[A-Za-z0-9]{3} ?0(?: ?[0-9OIlSB]){10}(?-u:\b)")
});
static HINTED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?-u:\b)[A-Z]{2}[0-9OIlSB]{2} ?[A-Za-z0-9]{3}(?: ?[A-Za-z0-9]){1,28}(?-u:\b)")
});
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[
    "Gläubiger-ID",
    "Gläubiger-Identifikationsnummer",
    "Gläubigeridentifikationsnummer",
    "Gläubiger-Id-Nr.",
    "Creditor ID",
    "Creditor Identifier",
];
static FORM: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{3}[A-Z0-9]{1,28}$"));

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
    if !FORM.is_match(&plain) || (plain.starts_with("DE") && plain.len() != 18) {
        return Err(Invalid::shape("a creditor identifier has 8 to 35 characters, in Germany 18"));
    }
    // The three characters of the business code are left out of the check.
    let parts = plain.split_at_checked(7).zip(plain.get(..4));
    if !parts.is_some_and(|((_, rest), first)| mod_97_10(&[rest, first])) {
        return Err(Invalid::check("the check digits do not fit"));
    }
    Ok(Reading::checked(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn the_published_example_holds_and_a_changed_digit_does_not() {
        cases::valid(
            &TYPE,
            &[
                ("DE98ZZZ09999999999", "DE98ZZZ09999999999"),
                ("DE98 ZZZ 0999 9999 999", "DE98ZZZ09999999999"),
            ],
        );
        cases::invalid(&TYPE, &["DE97ZZZ09999999999", "DE98ZZZ0999999999", ""]);
        cases::corrected(&TYPE, "DE98ZZZO9999999999X DE98ZZZ0999999999", None);
        cases::corrected(&TYPE, "DE98ZZZ099999999B9", None);
    }
}

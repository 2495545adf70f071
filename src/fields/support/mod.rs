//! What the field types share: finding shapes in a text, labels, check digits, numbers.

#[cfg(test)]
pub(super) mod cases;
mod checks;
mod confusions;
mod countries;
mod country;
mod days;
mod labels;
mod names;
mod numbers;
mod places;
mod reader;
mod search;
pub(super) mod tax_offices;
mod territories;

pub(super) use checks::{icao_731, letter_number, mod_11_10, mod_97_10, root};
pub(super) use countries::is_country;
pub use country::Country;
pub(super) use days::{day, day_in, day_shape, month, month_shape};
pub(super) use names::name;
pub(super) use numbers::{Decimal, decimal};
pub(super) use places::{
    address_shape, any_street_shape, city_shape, is_postcode, street, street_shape,
};
pub(super) use reader::{Hinted, Reader};
pub(super) use territories::{territory, territory_shape};

use regex::Regex;

use super::{Asked, Invalid};

/// A value that was read, before it is known where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// The normal form.
    pub(super) value: String,
    /// Whether a check digit vouches for it.
    pub(super) checked: bool,
}

impl Reading {
    /// A value without a check digit.
    pub(super) fn plain(value: impl Into<String>) -> Self {
        Self { value: value.into(), checked: false }
    }

    /// A value whose check digit holds.
    pub(super) fn checked(value: impl Into<String>) -> Self {
        Self { value: value.into(), checked: true }
    }
}

/// The code of a value that has the right form and fails its check.
const CHECK: &str = "F0402";

/// How a type reads one raw text.
pub(super) type Read = fn(raw: &str, asked: &Asked<'_>) -> Result<Reading, Invalid>;

impl Invalid {
    /// The text does not have the form of such a value.
    pub(super) fn shape(detail: impl Into<String>) -> Self {
        Self { code: "F0401", detail: detail.into() }
    }

    /// It has the form, but a check digit or a list says that there is no such value.
    pub(super) fn check(detail: impl Into<String>) -> Self {
        Self { code: CHECK, detail: detail.into() }
    }

    /// It is not what the admin's own pattern asks for.
    pub(super) fn pattern(detail: impl Into<String>) -> Self {
        Self { code: "F0403", detail: detail.into() }
    }

    /// It is none of the admin's options.
    pub(super) fn option(detail: impl Into<String>) -> Self {
        Self { code: "F0404", detail: detail.into() }
    }
}

/// Compiles a pattern of our own; every one of them is compiled by the tests.
///
/// Within brackets, `<L>` stands for the letters and `<U>` for the capital letters of the Latin and
/// Cyrillic alphabets: all letters of Unicode, repeated, would make automata of many megabytes.
pub(super) fn fixed(pattern: &str) -> Regex {
    let letters = r"A-Za-zÀ-ɏ\u{400}-\u{52f}\u{1e00}-\u{1eff}";
    let capitals = r"A-ZÀ-ÖØ-ÞĀ-ɏ\u{400}-\u{42f}\u{1e00}-\u{1eff}";
    let pattern = pattern.replace("<L>", letters).replace("<U>", capitals);
    #[expect(clippy::expect_used, reason = "our own pattern, compiled by the tests")]
    Regex::new(&pattern).expect("a pattern of our own is valid")
}

/// The characters of an identification number: without spaces and separators, in capital letters.
pub(super) fn compact(raw: &str) -> String {
    let kept = raw.chars().filter(|c| !c.is_whitespace() && !"-./:()".contains(*c));
    kept.flat_map(char::to_uppercase).collect()
}

/// Only the ASCII digits.
pub(super) fn digits(raw: &str) -> String {
    raw.chars().filter(char::is_ascii_digit).collect()
}

/// The values of ASCII digits; other characters are left out.
pub(super) fn digit_values(raw: &str) -> Vec<u32> {
    raw.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// Whether there are exactly so many characters, and all are ASCII digits.
pub(super) fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit())
}

/// White space as single spaces, none at the ends.
pub(super) fn squeeze(raw: &str) -> String {
    raw.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The admin's pattern, for whole values only.
fn whole(pattern: &str) -> Result<Regex, Invalid> {
    Regex::new(&format!("^(?:{pattern})$"))
        .map_err(|error| Invalid::pattern(format!("the pattern is not valid: {error}")))
}

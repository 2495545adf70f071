//! What kinds of values a form can ask for: how each is recognised in a text, brought to its
//! normal form and checked. Pure.
//!
//! To add a field type: write one file with a `TYPE` and name it in [`TYPES`].

mod address;
mod amount;
mod bic;
mod business_id;
mod choice;
mod city;
mod commercial_register;
mod contract_party;
mod creditor_id;
mod currency;
mod date;
mod dog_chip;
mod duration;
mod email;
mod geo_point;
mod health_number;
mod iban;
mod id_card;
mod jurisdiction;
mod lei;
mod leitweg_id;
mod letterhead;
mod long_text;
mod number;
mod organisation;
mod pension_number;
mod percent;
mod period;
mod person;
mod phone;
mod plate;
mod postal_lines;
mod postcode;
mod reference;
mod rf_reference;
mod signer;
mod street;
mod support;
mod tax_id;
mod tax_number;
mod text;
mod url;
mod vat_id;
mod vin;
mod yes_no;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Span;

pub use support::Country;

/// Every field type there is, in the order the reference lists them.
pub const TYPES: &[FieldType] = &[
    text::TYPE,
    long_text::TYPE,
    choice::TYPE,
    yes_no::TYPE,
    person::TYPE,
    organisation::TYPE,
    letterhead::TYPE,
    contract_party::TYPE,
    signer::TYPE,
    address::TYPE,
    postal_lines::TYPE,
    street::TYPE,
    postcode::TYPE,
    city::TYPE,
    geo_point::TYPE,
    date::TYPE,
    period::TYPE,
    duration::TYPE,
    jurisdiction::TYPE,
    amount::TYPE,
    currency::TYPE,
    number::TYPE,
    percent::TYPE,
    iban::TYPE,
    bic::TYPE,
    creditor_id::TYPE,
    rf_reference::TYPE,
    lei::TYPE,
    leitweg_id::TYPE,
    vat_id::TYPE,
    tax_id::TYPE,
    tax_number::TYPE,
    business_id::TYPE,
    pension_number::TYPE,
    health_number::TYPE,
    id_card::TYPE,
    commercial_register::TYPE,
    reference::TYPE,
    plate::TYPE,
    vin::TYPE,
    phone::TYPE,
    email::TYPE,
    url::TYPE,
    dog_chip::TYPE,
];

/// One kind of value, described once.
#[derive(Clone, Copy)]
pub struct FieldType {
    /// As an admin writes it in `type = "…"`.
    pub name: &'static str,
    /// What it is for, in one sentence.
    pub purpose: &'static str,
    /// A valid value in its normal form, for the reference and the tests.
    pub example: &'static str,
    /// The standard or law its check rests on, or `""`.
    pub basis: &'static str,
    /// How values are found.
    pub search: Search,
    /// Brings a raw text to the normal form and checks it. `Err` says why it is not valid.
    pub normalise: fn(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid>,
    /// Finds what is announced as such a value and looks like one, but fails its check: never a value,
    /// but something a person must see (F-30 of the domain page). `None` for types without a check.
    pub doubts: Option<fn(text: &str, asked: &Asked<'_>) -> Vec<Doubt>>,
    /// Whether lists and logs may show it only in part (F-31 of the domain page).
    pub sensitive: bool,
}

/// Finds every candidate of a type in a text, in order and without overlaps; at most 1000.
pub type Find = fn(text: &str, asked: &Asked<'_>) -> Vec<Hit>;

/// How values of a type are found in a text.
#[derive(Clone, Copy)]
pub enum Search {
    /// A recogniser finds every candidate.
    Recogniser(Find),
    /// A recogniser finds candidates; when it finds none, a model may point at a passage of at most
    /// this many words.
    Both(Find, usize),
    /// Only a model can point at the passage, in at most this many words.
    Passage {
        /// The longest passage, in words.
        words: usize,
    },
    /// The answer is one of the options the admin wrote; a model chooses, and the proof is a passage.
    Options,
}

/// What the admin wrote about one field, as far as finding its value goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// A regular expression of the admin's own.
    pub pattern: Option<&'a str>,
    /// What may be chosen.
    pub options: &'a [String],
    /// Words that stand before the value (`Rechnungsnummer`).
    pub labels: &'a [String],
    /// By whose habits it is written.
    pub country: Country,
}

/// A place in a text where a value of a type stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// In characters.
    pub span: Span,
    /// The normal form.
    pub value: String,
    /// Whether a label of the field stands right before it.
    pub labelled: bool,
    /// Whether a check digit vouches for it.
    pub checked: bool,
    /// Whether one character that scanners confuse (O and 0, I, l and 1, S and 5, B and 8) was put
    /// right to make the check digit hold. What stands in the text is then not yet the value, and a
    /// person must be told.
    pub corrected: bool,
}

/// A place where a label announces a value, and what stands there fails the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// In characters.
    pub span: Span,
    /// What is wrong with it.
    pub invalid: Invalid,
}

/// Why a text is not a valid value, for a person: a code with a translated title, and a detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Such as `F0402`.
    pub code: &'static str,
    /// What exactly.
    pub detail: String,
}

/// The name of a field type in an admin's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypeName(pub String);

impl Default for TypeName {
    fn default() -> Self {
        Self("text".to_owned())
    }
}

impl TypeName {
    /// The type itself; `None` for a name the list does not have, which `check` has reported.
    pub fn find(&self) -> Option<&'static FieldType> {
        TYPES.iter().find(|known| known.name == self.0)
    }
}

/// A value as lists and logs may show it: of a sensitive type only the last four characters, and
/// nothing of one that is not longer (F-31 of the domain page).
pub fn masked(kind: &FieldType, value: &str) -> String {
    if !kind.sensitive {
        return value.to_owned();
    }
    let hidden = value.chars().count().saturating_sub(4);
    let shown: String =
        if hidden == 0 { String::new() } else { value.chars().skip(hidden).collect() };
    format!("••••{shown}")
}

impl JsonSchema for TypeName {
    fn schema_name() -> Cow<'static, str> {
        "FieldType".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = TYPES.iter().map(|known| known.name).collect();
        schemars::json_schema!({ "type": "string", "enum": names })
    }
}

#[cfg(test)]
mod tests;

//! Currencies.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "currency",
    purpose: "The currency of sums of money.",
    example: "EUR",
    basis: "ISO 4217",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"EUR(?-u:\b)|Euro(?-u:\b)|€|USD|US\$|\$|GBP|£|CHF|MYR|RM(?-u:\b)"));

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let code = match raw.trim().to_uppercase().as_str() {
        "€" | "EUR" | "EURO" => "EUR",
        "$" | "US$" | "USD" => "USD",
        "£" | "GBP" => "GBP",
        "CHF" => "CHF",
        "RM" | "MYR" => "MYR",
        _ => return Err(Invalid::shape("it is no currency of the list")),
    };
    Ok(Reading::plain(code))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn a_currency_stands_alone_or_as_a_sign() {
        cases::normal(&TYPE, &[("€", "EUR"), ("Euro", "EUR"), ("US$", "USD"), ("CHF", "CHF")]);
        cases::invalid(&TYPE, &["", "Europa", "NEUR"]);
        assert_eq!(recognise("Beträge in EUR:", &Asked::default())[0].value, "EUR");
        assert!(recognise("In Europa und ARM", &Asked::default()).is_empty());
    }
}

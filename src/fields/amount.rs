//! Sums of money.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Country, Decimal, Hinted, Reader, Reading, decimal, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "amount",
    purpose: "A sum of money.",
    example: "1234.56 EUR",
    basis: "ISO 4217",
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
static SURE: LazyLock<Regex> = LazyLock::new(|| fixed(&sure()));
/// The same where a number has a point before its decimals.
static POINT: Reader = Reader {
    sure: Some(&SURE_POINT),
    hinted: Some(Hinted { shape: &HINTED, labels: LABELS }),
    read,
    scanned: false,
    cuts: false,
};
static SURE_POINT: LazyLock<Regex> =
    LazyLock::new(|| fixed(&format!(r"{}|[-−–]?[0-9]{{1,12}}\.[0-9]{{2}}{UNIT}", sure())));
static HINTED: LazyLock<Regex> = LazyLock::new(|| fixed(&format!("{NUMBER}{UNIT}")));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[
    "Betrag",
    "Gesamtbetrag",
    "Rechnungsbetrag",
    "Summe",
    "Gesamt",
    "Endbetrag",
    "zu zahlen",
    "Zahlbetrag",
    "Total",
    "Amount",
    "Amount due",
];
static FORM: LazyLock<Regex> =
    LazyLock::new(|| fixed(&format!(r"^([-−–]?) ?({CURRENCY}|) ?({NUMBER}) ?({CURRENCY}|)$")));
const CURRENCY: &str = r"(?i:€|Euro|EUR|US\$|\$|USD|£|GBP|CHF|MYR|RM)";
const NUMBER: &str = r"[-−–]?(?:[0-9]{1,3}(?:[.,'’\u{a0}\u{202f}][0-9]{3}){1,4}|[0-9]{1,12})(?:[.,](?:[0-9]{1,2}|-{1,2}|–|—))?";

/// A unit behind a number is taken along, so that `19 %` is not taken for nineteen euros.
const UNIT: &str = r"(?:[ \u{a0}]?(?:%|‰|Prozent|percent|kg|km|m²|m³|qm|cm|mm|kWh|Uhr|Std|h(?-u:\b)|m(?-u:\b)|l(?-u:\b)|t(?-u:\b)))?";

/// With a currency, or with decimals that neither a day nor a time of day is written with.
fn sure() -> String {
    let exact = r"[-−–]?(?:[0-9]{1,3}(?:\.[0-9]{3}){1,4}|[0-9]{1,12}),[0-9]{2}";
    let english = r"[-−–]?[0-9]{1,3}(?:,[0-9]{3}){1,4}\.[0-9]{2}";
    format!(
        r"(?:[-−–] ?)?{CURRENCY}[ \u{{a0}}]?{NUMBER}|{NUMBER}[ \u{{a0}}]?{CURRENCY}|(?:{exact}|{english}){UNIT}"
    )
}

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    if asked.country.decimal_point() { POINT.find(text, asked) } else { READER.find(text, asked) }
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, asked: &Asked<'_>) -> Result<Reading, Invalid> {
    let Some(parts) = FORM.captures(raw.trim()) else {
        return Err(Invalid::shape("a sum of money is a number with or without a currency"));
    };
    let part = |at: usize| parts.get(at).map(|it| it.as_str().trim());
    let (first, last) = (part(2).unwrap_or(""), part(4).unwrap_or(""));
    let currency = match (first, last) {
        ("", currency) | (currency, "") => currency,
        _ => return Err(Invalid::shape("it has two currencies")),
    };
    let number = decimal(part(3).unwrap_or("")).ok_or_else(|| Invalid::shape("it is no number"))?;
    let negative = part(1).is_some_and(|sign| !sign.is_empty()) || number.negative;
    let money = Decimal { negative, ..number }.money();
    let money = money.ok_or_else(|| Invalid::shape("it has more than two decimals"))?;
    Ok(Reading::plain(format!("{money} {}", iso(currency, asked.country))))
}

fn iso(currency: &str, country: Country) -> &'static str {
    match currency.to_uppercase().as_str() {
        "$" => country.dollar(),
        "USD" | "US$" => "USD",
        "£" | "GBP" => "GBP",
        "CHF" | "FR." => "CHF",
        "RM" | "MYR" => "MYR",
        "" => country.currency(),
        _ => "EUR",
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn a_rate_is_no_sum() {
        let labels = ["MwSt.".to_owned()];
        let asked = Asked { labels: &labels, ..Asked::default() };
        let found: Vec<String> =
            recognise("MwSt. 19 % 617,50 €", &asked).into_iter().map(|it| it.value).collect();
        assert_eq!(found, ["617.50 EUR"]);
    }

    #[test]
    fn sums_are_read_in_german_and_in_english() {
        cases::valid_unchecked(
            &TYPE,
            &[
                ("1.234,56 €", "1234.56 EUR"),
                ("EUR 1234.56", "1234.56 EUR"),
                ("€ 12,-", "12.00 EUR"),
                ("12,-- Euro", "12.00 EUR"),
                ("1,234.56 EUR", "1234.56 EUR"),
                ("$5", "5.00 USD"),
                ("-3,50 €", "-3.50 EUR"),
                ("1234,5 EUR", "1234.50 EUR"),
                ("119,00", "119.00 EUR"),
                ("CHF 1'250.00", "1250.00 CHF"),
            ],
        );
        cases::normal(&TYPE, &[("1200", "1200.00 EUR")]);
        cases::invalid(&TYPE, &["EUR 5 USD", "€", "1,234.567 €", "1.23.456 €", ""]);
    }

    #[test]
    fn a_sum_without_a_currency_has_that_of_its_country() {
        let asked = Asked { country: Country::Malaysia, ..Asked::default() };
        for (raw, value) in [("RM8.50", "8.50 MYR"), ("$8.60", "8.60 MYR"), ("12.40", "12.40 MYR")]
        {
            assert_eq!(normalise(raw, &asked).as_deref(), Ok(value));
        }
        let labels = ["Total".to_owned()];
        let asked = Asked { labels: &labels, ..asked };
        assert_eq!(recognise("Total 12.40", &asked)[0].value, "12.40 MYR");
    }

    #[test]
    fn other_numbers_are_no_sums() {
        for text in ["19,00 %", "12,50 m²", "am 12.03.2026", "um 19.30 Uhr", "4711", "7,25 km"] {
            assert_eq!(recognise(text, &Asked::default()), [], "{text}");
        }
        assert_eq!(recognise("Gesamtbetrag: 1200", &Asked::default())[0].value, "1200.00 EUR");
    }
}

//! Periods with a first and a last day.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, day, day_shape, fixed, month, month_shape};
use super::{Asked, FieldType, Hit, Invalid, Search};
use jiff::civil::Date;

pub(super) const TYPE: FieldType = FieldType {
    name: "period",
    purpose: "A period from one day to another.",
    example: "2026-03-12/2026-03-15",
    basis: "ISO 8601",
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
static SURE: LazyLock<Regex> = LazyLock::new(|| fixed(&all()));
static HINTED: LazyLock<Regex> = LazyLock::new(|| fixed(&month_shape()));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] =
    &["Zeitraum", "Abrechnungszeitraum", "Leistungszeitraum", "Monat", "period", "month"];
static BETWEEN: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"[ ]?(?:-|–|—)[ ]?|[ ](?:bis zum|bis|to|until|through)[ ]"));

fn all() -> String {
    let part = r"[0-9]{1,2}\. ?(?:[0-9]{1,2}\.?)?";
    let between = r"(?: ?[-–—] ?| (?:bis zum|bis|to|until|through) |/)";
    format!("(?:{0}|{part}){between}(?:{0})", day_shape())
}

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let shape = || Invalid::shape("a period has a first and a last day");
    if let Some((first, last)) = month(raw) {
        return Ok(Reading::plain(format!("{first}/{last}")));
    }
    let (first, last) = halves(raw).ok_or_else(shape)?;
    let last = day(last).ok_or_else(shape)?;
    let first = day(first).or_else(|| same_year(first, last)).ok_or_else(shape)?;
    if first > last {
        return Err(Invalid::check("it ends before it begins"));
    }
    Ok(Reading::plain(format!("{first}/{last}")))
}

/// The raw texts of the two days.
fn halves(raw: &str) -> Option<(&str, &str)> {
    if let Some(parts) = raw.split_once('/').filter(|(first, _)| day(first).is_some()) {
        return Some(parts);
    }
    let between = BETWEEN
        .find_iter(raw)
        .find(|it| raw.get(it.end()..).is_some_and(|rest| day(rest).is_some()))?;
    let first = raw.get(..between.start())?.trim();
    Some((first, raw.get(between.end()..)?.trim()))
}

/// The first day when it is written without its year, or without month and year.
fn same_year(first: &str, last: Date) -> Option<Date> {
    let parts: Vec<&str> = first.trim_end_matches('.').split('.').map(str::trim).collect();
    let number = |text: &str| text.parse::<i8>().ok();
    match parts.as_slice() {
        [day] => Date::new(last.year(), last.month(), number(day)?).ok(),
        [day, month] => Date::new(last.year(), number(month)?, number(day)?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn periods_are_read_with_both_days() {
        cases::valid_unchecked(
            &TYPE,
            &[
                ("12.03.2026 - 15.03.2026", "2026-03-12/2026-03-15"),
                ("12.03.2026 bis zum 15.03.2026", "2026-03-12/2026-03-15"),
                ("12.03. bis 15.03.2026", "2026-03-12/2026-03-15"),
                ("12.–15. März 2026", "2026-03-12/2026-03-15"),
                ("2026-03-12/2026-03-15", "2026-03-12/2026-03-15"),
                ("12 March 2026 to 15 March 2026", "2026-03-12/2026-03-15"),
            ],
        );
        cases::normal(
            &TYPE,
            &[("Februar 2024", "2024-02-01/2024-02-29"), ("02/2024", "2024-02-01/2024-02-29")],
        );
        cases::invalid(&TYPE, &["15.03.2026 - 12.03.2026", "12.03.2026", "12.03.2026 -", ""]);
    }

    #[test]
    fn a_month_is_a_period_only_after_a_label() {
        assert!(recognise("im März 2026", &Asked::default()).is_empty());
        let found = recognise("Leistungszeitraum: März 2026", &Asked::default());
        assert_eq!(found[0].value, "2026-03-01/2026-03-31");
    }
}

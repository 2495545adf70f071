//! Days as people write them.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::{Captures, Regex};

use super::{Country, fixed, squeeze};

/// The names of the months in German and English, and how they are shortened, in lower case.
const MONTHS: [&[&str]; 12] = [
    &["januar", "january", "jänner", "jan"],
    &["februar", "february", "feber", "feb"],
    &["märz", "march", "maerz", "mär", "mrz", "mar"],
    &["april", "apr"],
    &["mai", "may"],
    &["juni", "june", "jun"],
    &["juli", "july", "jul"],
    &["august", "aug"],
    &["september", "sept", "sep"],
    &["oktober", "october", "okt", "oct"],
    &["november", "nov"],
    &["dezember", "december", "dez", "dec"],
];

static ISO: LazyLock<Regex> = LazyLock::new(|| fixed(r"^([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})$"));
static NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"^([0-9]{1,2})(?:\. ?|[/-])([0-9]{1,2})(?:\. ?|[/-])([0-9]{4}|[0-9]{2})$")
});
static DAY_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"^([0-9]{1,2})(?:\.|st|nd|rd|th)?[ -]?(?:day )?(?:of )?([<L>]{3,9})\.? ?,?[ -]?([0-9]{4}|[0-9]{2})$",
    )
});
static MONTH_FIRST: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"^([<L>]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?(?: ?, ?| )([0-9]{4})$"));
static MONTH: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"^(?:([<L>]{3,9})\.?|([0-9]{1,2})) ?[/. ] ?([0-9]{4})$"));

/// What a written day looks like, as a pattern.
pub(in crate::fields) fn day_shape() -> String {
    let names = names();
    [
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
        r"[0-9]{1,2}\. ?[0-9]{1,2}\. ?(?:[0-9]{4}|[0-9]{2})",
        r"[0-9]{4}/[0-9]{2}/[0-9]{2}",
        r"[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})",
        r"[0-9]{1,2}-[0-9]{1,2}-(?:[0-9]{4}|[0-9]{2})",
        // In a running text a day may be broken over two lines: "the 5th day of\nMarch, 2008".
        &format!(
            r"[0-9]{{1,2}}(?:\.|st|nd|rd|th)?[\s-]?(?:day\s)?(?:of\s)?(?i:{names})\.?\s?,?[\s-]?(?:[0-9]{{4}}|[0-9]{{2}}(?-u:\b))"
        ),
        &format!(r"(?i:{names})\.?\s[0-9]{{1,2}}(?:st|nd|rd|th)?(?:\s?,\s?|\s)[0-9]{{4}}"),
    ]
    .join("|")
}

/// What a written month of a year looks like, as a pattern.
pub(in crate::fields) fn month_shape() -> String {
    format!(r"(?i:{})\.? [0-9]{{4}}|[0-9]{{1,2}}/[0-9]{{4}}", names())
}

fn names() -> String {
    MONTHS.concat().join("|")
}

/// Reads a day. Two-digit years are those from 1970 to 2069.
///
/// `12/03/2026` and `12-03-2026` are read with the day first, as in Europe, unless only the American order makes a day.
pub(in crate::fields) fn day(raw: &str) -> Option<Date> {
    day_in(raw, Country::default())
}

/// The same by the habits of a country: where the month stands first, `12/03/2026` is in December.
pub(in crate::fields) fn day_in(raw: &str, country: Country) -> Option<Date> {
    let raw = squeeze(raw);
    let raw = raw.as_str();
    let number = |groups: &Captures<'_>, at: usize| groups.get(at)?.as_str().parse::<i16>().ok();
    if let Some(it) = ISO.captures(raw) {
        return date(number(&it, 1)?, number(&it, 2)?, number(&it, 3)?);
    }
    if let Some(it) = NUMBERS.captures(raw) {
        let (year, month, day) = (year(it.get(3)?.as_str())?, number(&it, 2)?, number(&it, 1)?);
        let european = date(year, month, day);
        let turned = raw.contains(['/', '-']) || country.month_first();
        let american = turned.then(|| date(year, day, month)).flatten();
        return if country.month_first() { american.or(european) } else { european.or(american) };
    }
    if let Some(it) = DAY_FIRST.captures(raw) {
        return date(
            year(it.get(3)?.as_str())?,
            month_named(it.get(2)?.as_str())?,
            number(&it, 1)?,
        );
    }
    let it = MONTH_FIRST.captures(raw)?;
    date(number(&it, 3)?, month_named(it.get(1)?.as_str())?, number(&it, 2)?)
}

/// Reads a month of a year: its first and its last day.
pub(in crate::fields) fn month(raw: &str) -> Option<(Date, Date)> {
    let it = MONTH.captures(raw.trim())?;
    let month = match (it.get(1), it.get(2)) {
        (Some(name), _) => month_named(name.as_str())?,
        (_, number) => number?.as_str().parse().ok()?,
    };
    let first = date(it.get(3)?.as_str().parse().ok()?, month, 1)?;
    Some((first, first.last_of_month()))
}

pub(super) fn month_named(name: &str) -> Option<i16> {
    let name = name.to_lowercase();
    let at = MONTHS.iter().position(|names| names.contains(&name.as_str()))?;
    i16::try_from(at + 1).ok()
}

fn year(text: &str) -> Option<i16> {
    let year: i16 = text.parse().ok()?;
    Some(match (text.len(), year) {
        (2, 0..70) => 2000 + year,
        (2, _) => 1900 + year,
        _ => year,
    })
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(year, month, day).ok().filter(|_| (1800..=2200).contains(&year))
}

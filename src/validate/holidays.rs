//! Public holidays of the German Länder, as a table. Pure.
//!
//! Days that hold only in some municipalities (Mariä Himmelfahrt in Bavaria, the Augsburg peace
//! festival, Fronleichnam in parts of Saxony and Thuringia) are not in it.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// How the day of a holiday is found.
#[derive(Clone, Copy)]
enum When {
    /// Month and day.
    Fixed(i8, i8),
    /// So many days after Easter Sunday.
    Easter(i64),
    /// The Wednesday before 23 November.
    Repentance,
    /// One day of one year.
    Once(i16, i8, i8),
}

/// One line of the table.
struct Holiday {
    name: &'static str,
    when: When,
    /// The Länder, as in ISO 3166-2 without `DE-`; empty for all.
    lands: &'static [&'static str],
    /// The first year.
    since: i16,
}

const fn holiday(
    name: &'static str,
    when: When,
    lands: &'static [&'static str],
    since: i16,
) -> Holiday {
    Holiday { name, when, lands, since }
}

/// The holiday laws of the Länder, as of 2026, for the years from 1995.
const TABLE: &[Holiday] = &[
    holiday("Neujahr", When::Fixed(1, 1), &[], 0),
    holiday("Heilige Drei Könige", When::Fixed(1, 6), &["BW", "BY", "ST"], 0),
    holiday("Frauentag", When::Fixed(3, 8), &["BE"], 2019),
    holiday("Frauentag", When::Fixed(3, 8), &["MV"], 2023),
    holiday("Karfreitag", When::Easter(-2), &[], 0),
    holiday("Ostersonntag", When::Easter(0), &["BB"], 0),
    holiday("Ostermontag", When::Easter(1), &[], 0),
    holiday("Tag der Arbeit", When::Fixed(5, 1), &[], 0),
    holiday("Tag der Befreiung", When::Once(2020, 5, 8), &["BE"], 0),
    holiday("Tag der Befreiung", When::Once(2025, 5, 8), &["BE"], 0),
    holiday("Christi Himmelfahrt", When::Easter(39), &[], 0),
    holiday("Pfingstsonntag", When::Easter(49), &["BB"], 0),
    holiday("Pfingstmontag", When::Easter(50), &[], 0),
    holiday("Fronleichnam", When::Easter(60), &["BW", "BY", "HE", "NW", "RP", "SL"], 0),
    holiday("Jahrestag des 17. Juni", When::Once(2028, 6, 17), &["BE"], 0),
    holiday("Mariä Himmelfahrt", When::Fixed(8, 15), &["SL"], 0),
    holiday("Weltkindertag", When::Fixed(9, 20), &["TH"], 2019),
    holiday("Tag der Deutschen Einheit", When::Fixed(10, 3), &[], 0),
    holiday("Reformationstag", When::Once(2017, 10, 31), &[], 0),
    holiday("Reformationstag", When::Fixed(10, 31), &["BB", "MV", "SN", "ST", "TH"], 0),
    holiday("Reformationstag", When::Fixed(10, 31), &["HB", "HH", "NI", "SH"], 2018),
    holiday("Allerheiligen", When::Fixed(11, 1), &["BW", "BY", "NW", "RP", "SL"], 0),
    holiday("Buß- und Bettag", When::Repentance, &["SN"], 0),
    holiday("1. Weihnachtstag", When::Fixed(12, 25), &[], 0),
    holiday("2. Weihnachtstag", When::Fixed(12, 26), &[], 0),
];

/// The name of the public holiday on a day, in a region of ISO 3166-2 such as `DE-RP` (or `RP`).
/// Of an unknown region only the holidays of all Germany are known.
pub(super) fn holiday_on(date: Date, region: &str) -> Option<&'static str> {
    let land = region.rsplit('-').next().unwrap_or("");
    let here = |line: &&Holiday| line.lands.is_empty() || line.lands.contains(&land);
    let lines = TABLE.iter().filter(here).filter(|line| line.since <= date.year());
    lines.filter(|line| line.when.is(date)).map(|line| line.name).next()
}

impl When {
    fn is(self, date: Date) -> bool {
        match self {
            Self::Fixed(month, day) => (date.month(), date.day()) == (month, day),
            Self::Once(year, month, day) => {
                (date.year(), date.month(), date.day()) == (year, month, day)
            }
            Self::Easter(after) => date.checked_sub(after.days()).ok() == easter(date.year()),
            Self::Repentance => {
                date.month() == 11
                    && (16..=22).contains(&date.day())
                    && date.weekday() == Weekday::Wednesday
            }
        }
    }
}

/// Easter Sunday of the Gregorian calendar (the anonymous algorithm of *Nature*, 20 April 1876).
fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e, f) = (b / 4, b % 4, (b + 8) / 25);
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    let (month, day) = (i8::try_from(sum / 31).ok()?, i8::try_from(sum % 31 + 1).ok()?);
    Date::new(i16::try_from(year).ok()?, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(year: i16, region: &str) -> Vec<String> {
        let first = Date::new(year, 1, 1).unwrap();
        let days = first.series(1.day()).take_while(|day| day.year() == year);
        days.filter(|day| holiday_on(*day, region).is_some()).map(|day| day.to_string()).collect()
    }

    #[test]
    fn rhineland_palatinate_has_eleven_holidays() {
        assert_eq!(year(2025, "DE-RP").len(), 11);
        assert_eq!(year(2026, "RP").len(), 11);
        assert_eq!(year(2026, "elsewhere").len(), 9);
    }

    #[test]
    fn movable_and_single_days_are_known() {
        let name = |day: &str, region: &str| holiday_on(day.parse().unwrap(), region);
        assert_eq!(name("2025-11-19", "DE-SN"), Some("Buß- und Bettag"));
        assert_eq!(name("2025-06-19", "DE-RP"), Some("Fronleichnam"));
        assert_eq!(name("2025-06-19", "DE-BE"), None);
        assert_eq!(name("2025-04-18", "DE-BE"), Some("Karfreitag"));
        assert_eq!(name("2017-10-31", "DE-BE"), Some("Reformationstag"));
        assert_eq!(name("2018-10-31", "DE-BE"), None);
        assert_eq!(name("2025-05-08", "DE-BE"), Some("Tag der Befreiung"));
        assert_eq!(name("2028-06-17", "DE-BE"), Some("Jahrestag des 17. Juni"));
        assert_eq!(name("2018-03-08", "DE-BE"), None);
        assert_eq!(name("2024-03-31", "DE-BB"), Some("Ostersonntag"));
    }
}

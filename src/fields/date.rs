//! Calendar days in German and in English.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, day_in, day_shape, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "date",
    purpose: "A calendar day.",
    example: "2026-03-12",
    basis: "ISO 8601",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(&format!(r"({})(?:T[0-9:.]{{1,12}}Z?)?", day_shape())));

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, asked: &Asked<'_>) -> Result<Reading, Invalid> {
    day_in(raw, asked.country)
        .map(|day| Reading::plain(day.to_string()))
        .ok_or_else(|| Invalid::shape("it is no day of the calendar"))
}

#[cfg(test)]
mod tests {
    use super::super::support::{Country, cases};
    use super::*;

    #[test]
    fn days_are_read_in_all_usual_ways() {
        cases::valid_unchecked(
            &TYPE,
            &[
                ("12.03.2026", "2026-03-12"),
                ("12.3.26", "2026-03-12"),
                ("12. 3. 2026", "2026-03-12"),
                ("12. März 2026", "2026-03-12"),
                ("12 Mrz. 2026", "2026-03-12"),
                ("2026-03-12", "2026-03-12"),
                ("March 12, 2026", "2026-03-12"),
                ("Sept. 1st 2026", "2026-09-01"),
                ("12 March 2026", "2026-03-12"),
                ("12th of March 2026", "2026-03-12"),
                ("5th day of March, 2008", "2008-03-05"),
                ("5 day of\nMarch , 2008", "2008-03-05"),
                ("March\n12, 2026", "2026-03-12"),
                ("March 12,2026", "2026-03-12"),
                ("07-20-1993", "1993-07-20"),
                ("12/03/2026", "2026-03-12"),
                ("29.02.2024", "2024-02-29"),
            ],
        );
    }

    #[test]
    fn where_the_month_stands_first_it_is_read_first() {
        let asked = Asked { country: Country::UnitedStates, ..Asked::default() };
        assert_eq!(normalise("05/12/20", &asked).as_deref(), Ok("2020-05-12"));
        assert_eq!(normalise("25/12/20", &asked).as_deref(), Ok("2020-12-25"));
        assert_eq!(normalise("11.23. 2010", &asked).as_deref(), Ok("2010-11-23"));
        assert_eq!(recognise("05/25/20 - 6/1/20", &asked).len(), 2);
        cases::normal(
            &TYPE,
            &[
                ("05-JAN-2017", "2017-01-05"),
                ("14-12-16", "2016-12-14"),
                ("2016/05/01", "2016-05-01"),
            ],
        );
    }

    #[test]
    fn days_that_never_were_are_refused() {
        cases::invalid(
            &TYPE,
            &[
                "31.02.2026",
                "29.02.2025",
                "0.1.2026",
                "12.13.2026",
                "12.03.",
                "2026",
                "",
                "1.2.345",
            ],
        );
    }

    #[test]
    fn a_moment_holds_a_day_and_a_longer_number_does_not() {
        assert_eq!(recognise("am 2026-03-12T10:00:00Z", &Asked::default())[0].value, "2026-03-12");
        assert_eq!(recognise("vom 01.02.2026-03.02.2026", &Asked::default()).len(), 2);
        assert!(recognise("1.12.03.2026 und 12.03.20261", &Asked::default()).is_empty());
    }
}

//! When something must have happened, counted by rules of law and never by a model. Pure.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::holidays::holiday_on;
use crate::config::DeadlineRule;

/// The end of a period and how it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The last day on which it is in time.
    pub date: Date,
    /// The derivation in one line, such as `2025-04-04 + 14 days = 2025-04-18 (Karfreitag) → 2025-04-22`.
    pub trace: String,
}

/// Counts a period that begins with an event on the day `from`, which itself is not counted
/// (BGB, section 187(1)), with the holidays of a region of ISO 3166-2 such as `DE-RP`.
///
/// Days and months that end on a Saturday, Sunday or holiday end on the next working day
/// (BGB, section 193); a month without the day ends on its last one (BGB, section 188(3)).
pub fn due(rule: DeadlineRule, count: u16, from: Date, region: &str) -> Due {
    let (end, unit) = match rule {
        DeadlineRule::WorkingDays => {
            let date = working_days_after(from, count, region);
            return Due {
                date,
                trace: format!("{from} + {count} working days ({region}) = {date}"),
            };
        }
        DeadlineRule::Days => (from.saturating_add(i64::from(count).days()), "days"),
        DeadlineRule::Months => (from.saturating_add(i64::from(count).months()), "months"),
    };
    let date = working_day_from(end, region);
    let mut trace = format!("{from} + {count} {unit} = {end}");
    if let Some(reason) = free(end, region).filter(|_| date != end) {
        trace.push_str(&format!(" ({reason}) → {date}"));
    }
    Due { date, trace }
}

/// Whether a day is neither Saturday nor Sunday nor a public holiday of the region.
pub fn is_working_day(date: Date, region: &str) -> bool {
    free(date, region).is_none()
}

/// Why nobody works on a day.
fn free(date: Date, region: &str) -> Option<&'static str> {
    match date.weekday() {
        Weekday::Saturday => Some("Saturday"),
        Weekday::Sunday => Some("Sunday"),
        _ => holiday_on(date, region),
    }
}

fn working_day_from(mut date: Date, region: &str) -> Date {
    while !is_working_day(date, region) {
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    date
}

fn working_days_after(mut date: Date, mut count: u16, region: &str) -> Date {
    while count > 0 {
        let Ok(next) = date.tomorrow() else { break };
        date = next;
        count -= u16::from(is_working_day(date, region));
    }
    date
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: DeadlineRule, count: u16, from: &str, region: &str, expected: &str) {
        let due = due(rule, count, from.parse().unwrap(), region);
        assert_eq!(due.date.to_string(), expected, "{}", due.trace);
    }

    #[test]
    fn months_end_on_the_same_day_or_on_the_last_of_the_month() {
        check(DeadlineRule::Months, 1, "2025-01-31", "DE-RP", "2025-02-28"); // G1, G12
        check(DeadlineRule::Months, 1, "2025-12-09", "DE-RP", "2026-01-09"); // G2
        check(DeadlineRule::Months, 1, "2025-11-30", "DE-RP", "2025-12-30"); // G4
        check(DeadlineRule::Months, 12, "2024-02-29", "DE-RP", "2025-02-28"); // G10
    }

    #[test]
    fn an_end_on_a_day_without_work_moves_to_the_next_working_day() {
        check(DeadlineRule::Months, 1, "2025-03-15", "DE-RP", "2025-04-15"); // G3a, VwVfG
        check(DeadlineRule::Months, 1, "2025-03-17", "DE-RP", "2025-04-17"); // G3a, AO
        check(DeadlineRule::Months, 1, "2025-04-18", "DE-RP", "2025-05-19"); // G3b, VwVfG
        check(DeadlineRule::Months, 1, "2025-04-22", "DE-RP", "2025-05-22"); // G3b, AO
        check(DeadlineRule::Months, 1, "2025-11-01", "DE-RP", "2025-12-01"); // G3c, VwVfG
        check(DeadlineRule::Months, 1, "2025-11-03", "DE-RP", "2025-12-03"); // G3c, AO
        check(DeadlineRule::Days, 14, "2025-04-17", "DE-RP", "2025-05-02"); // G7
        check(DeadlineRule::Days, 30, "2025-03-01", "DE-RP", "2025-03-31"); // G8
        check(DeadlineRule::Days, 14, "2025-06-05", "DE-RP", "2025-06-20"); // G9
        check(DeadlineRule::Days, 14, "2025-06-05", "DE-BE", "2025-06-19"); // G9
        check(DeadlineRule::Days, 14, "2025-04-04", "DE-RP", "2025-04-22"); // G11
        check(DeadlineRule::Months, 6, "2025-08-31", "DE-RP", "2026-03-02"); // G15
        check(DeadlineRule::Days, 0, "2025-06-07", "DE-RP", "2025-06-10");
    }

    #[test]
    fn working_days_leave_out_weekends_and_holidays() {
        check(DeadlineRule::WorkingDays, 5, "2025-04-11", "DE-RP", "2025-04-22");
        check(DeadlineRule::WorkingDays, 1, "2025-06-18", "DE-RP", "2025-06-20");
        check(DeadlineRule::WorkingDays, 1, "2025-06-18", "DE-BE", "2025-06-19");
        check(DeadlineRule::WorkingDays, 0, "2025-06-07", "DE-RP", "2025-06-07");
    }

    #[test]
    fn the_derivation_is_one_line() {
        let due = due(DeadlineRule::Days, 14, "2025-04-04".parse().unwrap(), "DE-RP");
        assert_eq!(due.trace, "2025-04-04 + 14 days = 2025-04-18 (Karfreitag) → 2025-04-22");
    }

    #[test]
    fn the_end_of_the_calendar_is_no_panic() {
        let last = Date::MAX;
        assert_eq!(due(DeadlineRule::Months, u16::MAX, last, "DE-RP").date, last);
        assert_eq!(due(DeadlineRule::WorkingDays, u16::MAX, last, "DE-RP").date, last);
        assert!(due(DeadlineRule::Days, u16::MAX, Date::MIN, "DE-RP").date > Date::MIN);
    }
}

//! The account of a door: what it has, what was accepted, what was laid aside, and what is missing.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Door, Error};
use crate::connectors::Present;
use crate::domain::ConnectorName;
use crate::store::records::{Item, Records};

/// What came so recently may still be on its way in.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(10);
/// So many missing arrivals are named; more are only counted.
const MOST: usize = 1000;

/// The account of one door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The door.
    pub door: ConnectorName,
    /// When it was made.
    pub made: Timestamp,
    /// Day by day, the newest first.
    pub days: Vec<Day>,
    /// How much is at the door now, of all days.
    pub at_door: usize,
    /// How much of that was not accepted, though there was time for it.
    pub missing: usize,
    /// What is missing, by the door's own name for it; at most a thousand.
    pub missing_origins: Vec<Missing>,
}

/// What came on one day, in the office's time zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The day.
    pub day: Date,
    /// What is at the door now and came on this day.
    pub at_door: usize,
    /// Items that came on this day.
    pub accepted: usize,
    /// Those of them that could not be worked on and wait for a person with the reason.
    pub quarantined: usize,
    /// What is at the door and is no item, though there was time for it.
    pub missing: usize,
}

/// Something at a door that is no item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The door's own name for it.
    pub origin: String,
    /// When it reached the door.
    pub received: Timestamp,
}

/// For how many days, and in which zone days begin and end.
#[derive(Clone, Debug)]
pub struct Period {
    /// Today and so many days before it are told one by one.
    pub days: u16,
    /// The office's time zone.
    pub zone: TimeZone,
}

/// Compares what is at a door with what was accepted through it.
pub async fn account(
    door: &Door,
    records: &Records,
    now: Timestamp,
    period: &Period,
) -> Result<Account, Error> {
    let present = door.source.inventory().await?;
    let origins: Vec<&str> = present.iter().map(|it| it.origin.as_str()).collect();
    let known = records.are_known(&door.name, &origins).await?;
    let hours = i64::from(period.days).saturating_mul(24);
    let since = now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::UNIX_EPOCH);
    let items = records.came_since(&door.name, since).await?;
    Ok(compare(&door.name, &present, &known, &items, (now, since), &period.zone))
}

fn compare(
    door: &ConnectorName,
    present: &[Present],
    known: &[bool],
    items: &[Item],
    (now, since): (Timestamp, Timestamp),
    zone: &TimeZone,
) -> Account {
    let mut days: BTreeMap<Date, Day> = BTreeMap::new();
    let day_of = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let mut missing = Vec::new();
    for (it, known) in present.iter().zip(known) {
        let is_missing = !known && !it.is_coming && it.received < now - ON_ITS_WAY;
        if is_missing {
            missing.push(Missing { origin: it.origin.clone(), received: it.received });
        }
        if it.received >= since {
            let day = days.entry(day_of(it.received)).or_default();
            day.at_door += 1;
            day.missing += usize::from(is_missing);
        }
    }
    for item in items {
        let day = days.entry(day_of(item.received)).or_default();
        day.accepted += 1;
        day.quarantined += usize::from(item.held.as_ref().is_some_and(|it| it.code == "H0107"));
    }
    let days = days.into_iter().rev().map(|(day, counts)| Day { day, ..counts }).collect();
    let count = missing.len();
    missing.sort_by_key(|it| it.received);
    missing.truncate(MOST);
    Account {
        door: door.clone(),
        made: now,
        days,
        at_door: present.len(),
        missing: count,
        missing_origins: missing,
    }
}

//! What is done at a door by the clock: its account at night and after every trouble, and canaries.

use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Desk;
use super::people::random;
use crate::domain::ConnectorName;
use crate::intake::ledger::{self, Account, Period};
use crate::intake::{self, Door, canary};
use crate::store::{self, records::Canary};

/// What came to a door so long before a backup may have been accepted after it.
const BEFORE_BACKUP: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A canary that did not come through in so many times its own interval is an alarm.
const LATE: i32 = 3;

/// What is due at one door.
#[derive(Debug)]
pub struct Rounds {
    /// `None` until the door has worked once, and after every trouble: then the account is due at once.
    next_account: Option<Timestamp>,
    next_canary: Timestamp,
    /// Since when canaries are laid; before the first had its time none is missed.
    begun: Timestamp,
    /// Whether the door has to look back after a restore, and to which; `None` until that is known.
    back: Option<Option<Timestamp>>,
}

impl Rounds {
    /// From now on.
    pub fn new(now: Timestamp) -> Self {
        Self { next_account: None, next_canary: now, begun: now, back: None }
    }

    /// After a restore: what the door has put away since the backup comes in again, if the store does not know it.
    pub async fn look_back(&mut self, desk: &Desk, door: &Door) {
        if self.back.is_some() {
            return;
        }
        match desk.records().look_back(&door.name).await {
            Ok(made) => self.back = Some(made),
            Err(error) => tracing::error!("the store does not answer: {error}"),
        }
        if let Some(Some(made)) = self.back {
            tracing::info!(door = %door.name, "`{}` looks back, because the store was restored", door.name);
            door.source.look_back(made.checked_sub(BEFORE_BACKUP).unwrap_or(made)).await;
        }
    }

    /// The door does not work: when it does again, its account is due.
    pub fn troubled(&mut self) {
        self.next_account = None;
    }

    /// Makes the account if it is due. Called when the door has just been emptied: what is still missing then
    /// is not on its way.
    pub async fn settle(&mut self, desk: &Desk, door: &Door) {
        if let Some(made) = self.back.replace(None).flatten()
            && let Err(error) = desk.records().looked_back(&door.name, made).await
        {
            tracing::error!("the store does not answer: {error}");
        }
        let now = desk.now();
        if self.next_account.is_some_and(|next| now < next) {
            return;
        }
        self.next_account = next(desk, now);
        if let Err(error) = desk.settle_account(door).await {
            tracing::warn!(door = %door.name, "the account of `{}` was not made: {error}", door.name);
            // Not at once again: the door was asked a moment ago.
            self.next_account = now.checked_add(SignedDuration::from_mins(5)).ok();
        }
    }

    /// Lays a canary if one is due, and raises the alarm when they do not come through any more.
    pub async fn watch_canary(&mut self, desk: &Desk, door: &Door) {
        let (now, minutes) = (desk.now(), desk.rules().office.settings.ledger.canary_minutes);
        let Some(key) = door.canary_key.as_deref().filter(|_| minutes > 0) else { return };
        let every = SignedDuration::from_mins(i64::from(minutes));
        if now >= self.next_canary {
            self.next_canary = now.checked_add(every).unwrap_or(Timestamp::MAX);
            match door.source.lay_canary(&canary::compose(&door.name, now, key)).await {
                Ok(true) => {
                    tracing::debug!(door = %door.name, "a canary was laid into `{}`", door.name)
                }
                // This kind of door has none.
                Ok(false) => self.next_canary = Timestamp::MAX,
                Err(error) => {
                    tracing::warn!(door = %door.name, "no canary could be laid into `{}`: {error}", door.name);
                }
            }
        }
        if self.next_canary < Timestamp::MAX {
            self.check_canary(desk, door, (now, every)).await;
        }
    }

    async fn check_canary(
        &self,
        desk: &Desk,
        door: &Door,
        (now, every): (Timestamp, SignedDuration),
    ) {
        let newest = match desk.records().canary(&door.name).await {
            Ok(newest) => newest.map_or(self.begun, |it| it.laid.max(self.begun)),
            Err(error) => return tracing::error!("the store does not answer: {error}"),
        };
        if now.duration_since(newest) > every.saturating_mul(LATE) {
            let text = format!(
                "Nothing has come in through `{}` since {newest}, not even the mail that Vorlage lays there itself.",
                door.name
            );
            desk.alarm("canary", &door.name, &text).await;
        }
    }
}

/// When the account is due the next time. A schedule that never comes again is told by `check`.
fn next(desk: &Desk, now: Timestamp) -> Option<Timestamp> {
    occurrence(&desk.rules().office.settings.ledger.at, zone(desk), now)
}

fn occurrence(schedule: &str, zone: TimeZone, now: Timestamp) -> Option<Timestamp> {
    let schedule: Cron = schedule.parse().ok()?;
    Some(schedule.find_next_occurrence(&now.to_zoned(zone), false).ok()?.timestamp())
}

fn zone(desk: &Desk) -> TimeZone {
    TimeZone::get(&desk.rules().office.settings.time_zone).unwrap_or(TimeZone::UTC)
}

/// The newest account of a door and what else is known of it.
#[derive(Clone, Debug)]
pub struct DoorAccount {
    /// The door.
    pub name: ConnectorName,
    /// Its newest account; `None` before the first.
    pub account: Option<Account>,
    /// The newest canary that came through.
    pub canary: Option<Canary>,
}

impl Desk {
    /// The newest accounts of all doors, as they were kept.
    pub async fn accounts(&self) -> Result<Vec<DoorAccount>, store::Error> {
        let mut accounts = Vec::new();
        for door in self.doors().await? {
            let account = self.records().account(&door.name).await?;
            let canary = self.records().canary(&door.name).await?;
            accounts.push(DoorAccount { name: door.name, account, canary });
        }
        Ok(accounts)
    }

    /// The doors that workflows take from.
    pub async fn doors(&self) -> Result<Vec<Door>, store::Error> {
        let rules = self.rules();
        let minutes = rules.office.settings.ledger.canary_minutes;
        let key = match minutes {
            0 => None,
            _ => Some(self.records().canary_key(&random()).await?),
        };
        let is_used =
            |name| rules.office.workflows.values().any(|it| it.intake.from.contains(name));
        let sources = rules.connectors.iter().filter(|(name, _)| is_used(*name));
        let door = |(name, source)| Door { name, source, canary_key: key.clone() };
        Ok(sources
            .filter_map(|(name, it)| Some(door((name.clone(), it.source.clone()?))))
            .collect())
    }

    /// Compares what is at a door with what was accepted, keeps the result, and raises the alarm when something is missing.
    pub async fn settle_account(&self, door: &Door) -> Result<Account, intake::Error> {
        let period = Period { days: self.rules().office.settings.ledger.days, zone: zone(self) };
        let account = ledger::account(door, self.records(), self.now(), &period).await?;
        self.records().keep_account(&door.name, &account).await?;
        self.meters.account(&account);
        if account.missing > 0 {
            let text = format!(
                "{} of {} arrivals at `{}` are no items, though there was time for it. `vorlage ledger` names them.",
                account.missing, account.at_door, door.name
            );
            self.alarm("ledger", &door.name, &text).await;
        } else {
            tracing::info!(door = %door.name, at_door = account.at_door, "the account of `{}` is even", door.name);
        }
        Ok(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_night_has_one_account_also_when_the_clocks_change() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        // From 2 to 3 on 28 March 2027 there is no time; from 3 back to 2 on 31 October 2027 it is there twice.
        for (first, nights) in [("2027-03-26T12:00:00Z", 4), ("2027-10-29T12:00:00Z", 4)] {
            let mut at: Timestamp = first.parse().unwrap();
            let mut days = std::collections::BTreeSet::new();
            for _ in 0..nights {
                at = occurrence("30 2 * * *", zone.clone(), at).unwrap();
                assert!(
                    days.insert(at.to_zoned(zone.clone()).date()),
                    "{at} is the second of its day"
                );
            }
            let all: Vec<_> = days.iter().collect();
            assert!(all.windows(2).all(|two| two[0].tomorrow().unwrap() == *two[1]), "{all:?}");
        }
        assert_eq!(occurrence("2:30", zone, Timestamp::UNIX_EPOCH), None);
    }
}

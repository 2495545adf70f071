//! Takes in what comes through a door: durable first, acknowledged second, and only once.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;

use crate::connectors::{self, Arrival, Known, Source};
use crate::domain::ConnectorName;
use crate::failpoint;
use crate::store;
use crate::store::records::{Admitted, Canary, Entry, NewItem, Records};

pub mod canary;
mod header;
pub mod ledger;

/// How many arrivals are held in memory at once.
const AT_ONCE: usize = 4;

/// One door of the office.
pub struct Door {
    /// Its name.
    pub name: ConnectorName,
    /// What it is.
    pub source: Arc<dyn Source>,
    /// What its canaries are signed with; `None` when none are laid.
    pub canary_key: Option<String>,
}

/// What one look at a door brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// New items.
    pub new: usize,
    /// Arrivals that were items already.
    pub known: usize,
}

/// Takes in everything that is new at a door.
///
/// An arrival is acknowledged only after its bytes and its first journal entry are on stable
/// storage; a crash in between lets the door show it again, and the store knows it then.
pub async fn take(door: &Door, records: &Records, now: Timestamp) -> Result<Taken, Error> {
    let known = KnownIn { door: &door.name, records };
    let mut taken = Taken::default();
    loop {
        let arrivals = door.source.poll(&known, AT_ONCE).await?;
        if arrivals.is_empty() {
            return Ok(taken);
        }
        for arrival in arrivals {
            let origin = arrival.origin.clone();
            if is_canary(door, records, &arrival, now).await? {
                door.source.remove_canary(&origin).await?;
                continue;
            }
            let admitted = accept(&door.name, records, arrival, now).await?;
            let item = match &admitted {
                Admitted::New(item) => {
                    taken.new += 1;
                    tracing::info!(item.id = %item, door = %door.name, "accepted item `{item}` through `{}`", door.name);
                    item
                }
                Admitted::Known(item) => {
                    taken.known += 1;
                    item
                }
            };
            failpoint::hit("intake.before_acknowledge");
            door.source.acknowledge(&origin, item).await?;
            failpoint::hit("intake.after_acknowledge");
        }
    }
}

/// Whether an arrival is our own canary, which is then remembered and no item.
async fn is_canary(
    door: &Door,
    records: &Records,
    arrival: &Arrival,
    now: Timestamp,
) -> Result<bool, store::Error> {
    let Some(key) = &door.canary_key else { return Ok(false) };
    let Some(laid) = canary::recognise(&arrival.bytes, &door.name, key) else { return Ok(false) };
    records.canary_came(&door.name, Canary { laid, seen: now }).await?;
    tracing::info!(door = %door.name, "a canary came through `{}`", door.name);
    Ok(true)
}

/// Makes an item of one arrival.
pub async fn accept(
    door: &ConnectorName,
    records: &Records,
    arrival: Arrival,
    now: Timestamp,
) -> Result<Admitted, store::Error> {
    let size = arrival.bytes.len();
    let is_mail = arrival.name.is_empty();
    let message_id = is_mail.then(|| header::message_id(&arrival.bytes)).flatten();
    failpoint::hit("intake.before_blob");
    let raw = records.store().put_blob(arrival.bytes).await?;
    failpoint::hit("intake.after_blob");
    let body = json!({ "door": door, "origin": arrival.origin, "bytes": size, "raw": raw, "problem": arrival.problem });
    let entry =
        Entry { kind: "accepted".into(), at: now, by: "intake".into(), body, seconds: None };
    let new = NewItem {
        door: door.clone(),
        origin: arrival.origin,
        name: arrival.name,
        received: arrival.received,
        raw,
        message_id,
        once_per_bytes: is_mail,
        entry,
    };
    records.admit(new, now).await
}

struct KnownIn<'a> {
    door: &'a ConnectorName,
    records: &'a Records,
}

#[async_trait]
impl Known for KnownIn<'_> {
    async fn is_known(&self, origin: &str) -> Result<bool, connectors::Error> {
        self.records.is_known(self.door, origin).await.map_err(|error| {
            connectors::Error::Unreachable { place: "the store".into(), why: error.to_string() }
        })
    }
}

/// Why a door could not be emptied.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The door.
    #[error(transparent)]
    Door(#[from] connectors::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

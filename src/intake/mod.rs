//! Takes in what comes through a door: durable first, acknowledged second, and only once.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::{join_all, try_join_all};
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

/// How many arrivals are taken at once. A door gives fewer when they are large.
const AT_ONCE: usize = 200;
/// Of so many arrivals the bytes are written at once: a disk syncs several files faster than one after the other.
const WRITERS: usize = 16;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// New items.
    pub new: usize,
    /// Arrivals that were items already.
    pub known: usize,
    /// What did not work although the rest came in, for people.
    pub troubles: Vec<String>,
}

/// Takes in everything that is new at a door.
///
/// An arrival is acknowledged only after its bytes and its first journal entry are on stable
/// storage; a crash in between lets the door show it again, and the store knows it then. An arrival
/// that cannot be acknowledged stays stored, and does not keep others from coming in.
pub async fn take(door: &Door, records: &Records, now: Timestamp) -> Result<Taken, Error> {
    let known = KnownIn { door: &door.name, records };
    let mut taken = Taken::default();
    let mut failed = None;
    loop {
        let arrivals = door.source.poll(&known, AT_ONCE).await?;
        if arrivals.is_empty() {
            break;
        }
        let mut items = Vec::new();
        for arrival in arrivals {
            if is_canary(door, records, &arrival, now).await? {
                failed = door.source.remove_canary(&arrival.origin).await.err().or(failed);
            } else {
                items.push(arrival);
            }
        }
        let origins: Vec<String> = items.iter().map(|it| it.origin.clone()).collect();
        for admitted in accept_all(&door.name, records, items, now).await? {
            match admitted {
                Admitted::New(item) => {
                    taken.new += 1;
                    tracing::info!(item.id = %item, door = %door.name, "accepted item `{item}` through `{}`", door.name);
                }
                Admitted::Known(_) => taken.known += 1,
            }
        }
        let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
        failpoint::hit("intake.before_acknowledge");
        failed = door.source.acknowledge_all(&origins).await.err().or(failed);
        failpoint::hit("intake.after_acknowledge");
    }
    taken.troubles = door.source.troubles();
    if let Some(error) = failed.filter(|_| taken.troubles.is_empty()) {
        taken.troubles.push(error.to_string());
    }
    Ok(taken)
}

/// Makes items of several arrivals, in their order.
async fn accept_all(
    door: &ConnectorName,
    records: &Records,
    arrivals: Vec<Arrival>,
    now: Timestamp,
) -> Result<Vec<Admitted>, store::Error> {
    let mut kept = Vec::with_capacity(arrivals.len());
    let mut arrivals = arrivals.into_iter().peekable();
    while arrivals.peek().is_some() {
        let some = arrivals.by_ref().take(WRITERS).map(|it| keep(door, records, it, now));
        kept.extend(try_join_all(some).await?);
    }
    // All are handed to the store in order and at once, so that they share its barriers.
    let admitted = join_all(kept.into_iter().map(|it| records.admit(it, now))).await;
    admitted.into_iter().collect()
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
    let new = keep(door, records, arrival, now).await?;
    records.admit(new, now).await
}

/// Keeps the bytes of an arrival, and tells what is to become of it.
async fn keep(
    door: &ConnectorName,
    records: &Records,
    arrival: Arrival,
    now: Timestamp,
) -> Result<NewItem, store::Error> {
    let size = arrival.bytes.len();
    let is_mail = arrival.name.is_empty();
    let message_id = is_mail.then(|| header::message_id(&arrival.bytes)).flatten();
    failpoint::hit("intake.before_blob");
    let raw = records.store().put_blob(arrival.bytes).await?;
    failpoint::hit("intake.after_blob");
    let body = json!({ "door": door, "origin": arrival.origin, "bytes": size, "raw": raw, "problem": arrival.problem });
    let entry =
        Entry { kind: "accepted".into(), at: now, by: "intake".into(), body, seconds: None };
    Ok(NewItem {
        door: door.clone(),
        origin: arrival.origin,
        name: arrival.name,
        received: arrival.received,
        raw,
        message_id,
        once_per_bytes: is_mail,
        entry,
    })
}

struct KnownIn<'a> {
    door: &'a ConnectorName,
    records: &'a Records,
}

#[async_trait]
impl Known for KnownIn<'_> {
    async fn is_known(&self, origin: &str) -> Result<bool, connectors::Error> {
        self.records.is_known(self.door, origin).await.map_err(no_store)
    }

    async fn are_known(&self, origins: &[&str]) -> Result<Vec<bool>, connectors::Error> {
        self.records.are_known(self.door, origins).await.map_err(no_store)
    }
}

fn no_store(error: store::Error) -> connectors::Error {
    connectors::Error::Unreachable { place: "the store".into(), why: error.to_string() }
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

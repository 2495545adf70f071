//! Checks a whole store: the audit chain, the journals against it, the bytes against their hashes, and that
//! every item stands in exactly one list.

mod items;

use std::collections::HashMap;

use serde::Serialize;

use super::chain::{self, Link};
use super::records::{Entry, entry_hash, journal_key};
use super::{Error, PIECE, Row, Store};
use crate::domain::Digest;

/// So many faults are named; more are only counted.
const MOST: usize = 100;
/// How often a place is looked at again that others are just changing.
const ROUNDS: usize = 20;
/// What has an event and no entry of its own in the journal of an item.
const WITHOUT_ENTRY: &[&str] = &["reseen"];

/// What a check of a whole store found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Links of the chain.
    pub events: u64,
    /// The hash of the newest link; noted elsewhere it proves later that nothing before it was changed.
    pub head: String,
    /// Journal entries that were compared with the chain.
    pub entries: u64,
    /// Items.
    pub items: u64,
    /// Kept bytes that were hashed again.
    pub blobs: u64,
    /// Their size together.
    pub blob_bytes: u64,
    /// Everything that is not as it has to be; at most a hundred are named.
    pub faults: Vec<Fault>,
    /// How many faults there are.
    pub fault_count: usize,
}

/// Something in the store that is not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The key of the row, or `blob/` and the hash.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

impl Audit {
    fn fault(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.fault_count += 1;
        if self.faults.len() < MOST {
            self.faults.push(Fault { place: place.into(), what: what.into() });
        }
    }
}

/// Checks everything, while others may go on writing. `expected` is the number and hash of a link that was
/// noted before. `tell` hears how many rows and bytes were looked at.
pub async fn verify(
    store: &dyn Store,
    expected: Option<(u64, &str)>,
    tell: &(dyn Fn(u64) + Sync),
) -> Result<Audit, Error> {
    let mut audit = Audit::default();
    let entries = chain(store, expected, &mut audit, tell).await?;
    items::check(store, &entries, &mut audit, tell).await?;
    blobs(store, &mut audit, tell).await?;
    Ok(audit)
}

/// The newest link as its own row tells it; the default before the first.
async fn newest(store: &dyn Store, audit: &mut Audit) -> Result<Link, Error> {
    let Some(row) = store.get(chain::HEAD).await? else { return Ok(Link::default()) };
    let newest = link(&row).filter(|it| it.event.is_none());
    if newest.is_none() {
        audit.fault(chain::HEAD, "the row of the newest link cannot be read");
    }
    Ok(newest.unwrap_or_default())
}

/// The chain, link by link, and every journal entry against its link. Tells how many entries each item has.
async fn chain(
    store: &dyn Store,
    expected: Option<(u64, &str)>,
    audit: &mut Audit,
    tell: &(dyn Fn(u64) + Sync),
) -> Result<HashMap<String, u32>, Error> {
    let mut entries: HashMap<String, u32> = HashMap::new();
    // What is written from now on is checked the next time.
    let last = newest(store, audit).await?;
    let (mut before, mut place) = (Link::default(), String::new());
    'all: loop {
        let rows = store.scan(chain::LINKS, &place, PIECE).await?;
        let Some((key, _)) = rows.last() else { break };
        place.clone_from(key);
        for (key, row) in &rows {
            if before.number >= last.number && last.number > 0 {
                break 'all;
            }
            let Some(link) = link(row) else {
                audit.fault(key, "the link of the audit chain cannot be read");
                continue;
            };
            if let Err(what) = follows(&before, &link, key, expected) {
                audit.fault(key, what);
            }
            let event = link.event.clone().unwrap_or_default();
            if !event.hash.is_empty() && !WITHOUT_ENTRY.contains(&event.what.as_str()) {
                let written = entries.entry(event.about.clone()).or_default();
                let entry = journal_key(&event.about, *written);
                *written += 1;
                audit.entries += 1;
                if let Err(what) = agrees(&event, store.get(&entry).await?.as_ref()) {
                    audit.fault(entry, what);
                }
            }
            before = link;
        }
        tell(rows.len() as u64);
    }
    (audit.events, audit.head) = (before.number, before.hash.clone());
    if last != (Link { event: None, ..before }) {
        audit.fault(chain::HEAD, "the newest link is not the last one: links are missing or added");
    }
    if added(store, audit).await? {
        audit.fault(chain::HEAD, "there are links after the newest one");
    }
    if let Some((number, _)) = expected.filter(|(number, _)| *number > audit.events) {
        audit.fault(chain::key(number), "the link that was noted is not there any more");
    }
    Ok(entries)
}

/// Whether there is a link after the newest one, and it stays so when looked at again: it was not just written.
async fn added(store: &dyn Store, audit: &mut Audit) -> Result<bool, Error> {
    for _ in 0..ROUNDS {
        let last = newest(store, audit).await?;
        if store.get(&chain::key(last.number + 1)).await?.is_none() {
            return Ok(false);
        }
        if newest(store, audit).await? == last {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a link is the one after another.
fn follows(
    before: &Link,
    link: &Link,
    key: &str,
    expected: Option<(u64, &str)>,
) -> Result<(), String> {
    if link.number != before.number + 1 || chain::key(link.number) != key {
        return Err(format!("the link after {} is missing or named wrongly", before.number));
    }
    let event = link.event.clone().unwrap_or_default();
    if chain::after(before, event).hash != link.hash {
        return Err("the link, or the one before it, was changed".to_owned());
    }
    if expected.is_some_and(|(number, hash)| number == link.number && hash != link.hash) {
        return Err("the link is another than the one that was noted".to_owned());
    }
    Ok(())
}

/// A link, if the row is written exactly as we write it.
fn link(row: &Row) -> Option<Link> {
    let link: Link = serde_json::from_slice(&row.body).ok()?;
    (serde_json::to_vec(&link).ok()? == row.body).then_some(link)
}

/// Whether a journal entry is the one that its event tells of.
fn agrees(event: &super::Event, row: Option<&Row>) -> Result<(), String> {
    let row = row.ok_or("the journal entry is missing")?;
    let entry: Entry = serde_json::from_slice(&row.body)
        .map_err(|error| format!("the journal entry cannot be read: {error}"))?;
    // Before layout 1 only what the entry holds was hashed.
    let earlier = || entry_hash(entry.body.to_string().as_bytes());
    if entry_hash(&row.body) != event.hash && earlier() != event.hash {
        return Err("the journal entry was changed".to_owned());
    }
    let same =
        entry.kind == event.what && entry.by == event.who && entry.at.to_string() == event.at;
    if same { Ok(()) } else { Err("the journal entry and its event differ".to_owned()) }
}

/// Every kept byte is hashed again.
async fn blobs(
    store: &dyn Store,
    audit: &mut Audit,
    tell: &(dyn Fn(u64) + Sync),
) -> Result<(), Error> {
    let mut after = Digest::default();
    loop {
        let names = store.blobs(&after, PIECE).await?;
        let Some(last) = names.last() else { return Ok(()) };
        after = last.clone();
        for name in names {
            let bytes = store.blob(&name).await?;
            audit.blobs += 1;
            audit.blob_bytes += bytes.len() as u64;
            if blake3::hash(&bytes).to_hex().as_str() != name.0 {
                audit.fault(format!("blob/{name}"), "the bytes are not those that were kept");
            }
            tell(1);
        }
    }
}

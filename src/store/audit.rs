//! Checks a whole store: the audit chain, the journals against it, the bytes against their hashes, and that
//! every item stands in exactly one list.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::chain::{self, Link};
use super::records::{Entry, Item, entry_hash, journal_key, place};
use super::{Error, PIECE, Row, Store};
use crate::domain::Digest;

/// So many faults are named; more are only counted.
const MOST: usize = 100;
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

/// Checks everything. `expected` is the number and hash of a link that was noted before. `tell` hears how
/// many rows and bytes were looked at.
pub async fn verify(
    store: &dyn Store,
    expected: Option<(u64, &str)>,
    tell: &(dyn Fn(u64) + Sync),
) -> Result<Audit, Error> {
    let mut audit = Audit::default();
    let entries = chain(store, expected, &mut audit, tell).await?;
    items(store, &entries, &mut audit, tell).await?;
    blobs(store, &mut audit, tell).await?;
    Ok(audit)
}

/// The chain, link by link, and every journal entry against its link. Tells how many entries each item has.
async fn chain(
    store: &dyn Store,
    expected: Option<(u64, &str)>,
    audit: &mut Audit,
    tell: &(dyn Fn(u64) + Sync),
) -> Result<HashMap<String, u32>, Error> {
    let mut entries: HashMap<String, u32> = HashMap::new();
    let mut before = Link::default();
    let mut place = String::new();
    loop {
        let rows = store.scan(chain::LINKS, &place, PIECE).await?;
        let Some((last, _)) = rows.last() else { break };
        place.clone_from(last);
        for (key, row) in &rows {
            let Ok(link) = serde_json::from_slice::<Link>(&row.body) else {
                audit.fault(key, "the link of the audit chain cannot be read");
                continue;
            };
            let is_next = link.number == before.number + 1 && chain::key(link.number) == *key;
            if !is_next {
                audit.fault(
                    key,
                    format!("the link after {} is missing or named wrongly", before.number),
                );
            }
            let event = link.event.clone().unwrap_or_default();
            let from = Link { number: link.number.saturating_sub(1), ..before };
            if chain::after(&from, event.clone()).hash != link.hash {
                audit.fault(key, "the link, or the one before it, was changed");
            }
            if expected.is_some_and(|(number, hash)| number == link.number && hash != link.hash) {
                audit.fault(key, "the link is another than the one that was noted");
            }
            let written = entries.entry(event.about.clone()).or_default();
            let belongs = !event.hash.is_empty() && !WITHOUT_ENTRY.contains(&event.what.as_str());
            if belongs {
                let entry = journal_key(&event.about, *written);
                *written += 1;
                let row = store.get(&entry).await?;
                if let Err(what) = agrees(&event, row.as_ref()) {
                    audit.fault(entry, what);
                }
                audit.entries += 1;
            }
            before = link;
        }
        tell(rows.len() as u64);
    }
    (audit.events, audit.head) = (before.number, before.hash.clone());
    let newest = store.get(chain::HEAD).await?;
    let newest = newest.and_then(|row| serde_json::from_slice::<Link>(&row.body).ok());
    if newest.unwrap_or_default() != (Link { event: None, ..before }) {
        audit.fault(chain::HEAD, "the newest link is not the last one: links are missing or added");
    }
    if let Some((number, _)) = expected.filter(|(number, _)| *number > audit.events) {
        audit.fault(chain::key(number), "the link that was noted is not there any more");
    }
    Ok(entries)
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

/// Every item stands in one list and has its journal and its bytes; every list has only items that are there.
async fn items(
    store: &dyn Store,
    entries: &HashMap<String, u32>,
    audit: &mut Audit,
    tell: &(dyn Fn(u64) + Sync),
) -> Result<(), Error> {
    let mut places: BTreeMap<String, u32> = BTreeMap::new();
    for list in ["ready/", "queue/", "done/"] {
        let mut after = String::new();
        loop {
            let rows = store.scan(list, &after, PIECE).await?;
            let Some((last, _)) = rows.last() else { break };
            after.clone_from(last);
            for (key, _) in rows {
                let id = key.rsplit('/').next().unwrap_or_default().to_owned();
                *places.entry(id).or_default() += 1;
            }
        }
    }
    let mut after = String::new();
    loop {
        let rows = store.scan("item/", &after, PIECE).await?;
        let Some((last, _)) = rows.last() else { break };
        after.clone_from(last);
        for (key, row) in &rows {
            audit.items += 1;
            let item: Item = match serde_json::from_slice(&row.body) {
                Ok(item) => item,
                Err(error) => {
                    audit.fault(key, format!("the item cannot be read: {error}"));
                    continue;
                }
            };
            if store.get(&place(&item)).await?.is_none() || places.remove(&item.id.0) != Some(1) {
                audit.fault(key, "the item does not stand in exactly one list");
            }
            let written = entries.get(&item.id.0).copied().unwrap_or_default();
            if written != item.entries {
                let what = format!("{} entries are counted, the chain has {written}", item.entries);
                audit.fault(key, what);
            }
            if matches!(store.blob(&item.raw).await, Err(Error::UnknownBytes(_))) {
                audit.fault(key, format!("the received bytes `{}` are not there", item.raw));
            }
        }
        tell(rows.len() as u64);
    }
    for (id, _) in places {
        audit.fault(format!("item/{id}"), "the item stands in a list and is not there");
    }
    Ok(())
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

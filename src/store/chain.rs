//! The audit chain: every event holds the hash of the one before it, so that none can be changed
//! or left out unseen.

use serde::{Deserialize, Serialize};

use super::apply::Overlay;
use super::{Error, Event, Row};

/// The key of the newest link.
pub(super) const HEAD: &str = "chain";
/// With what the keys of all links begin.
pub(super) const LINKS: &str = "event/";

/// An event in the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    /// Counted from 1.
    pub(super) number: u64,
    /// What happened; `None` in the row that tells which link is the newest.
    pub(super) event: Option<Event>,
    /// Of the link before it and of this one.
    pub(super) hash: String,
}

/// The key of a link.
pub(super) fn key(number: u64) -> String {
    format!("{LINKS}{number:016}")
}

/// The rows that add events after the newest link.
pub(super) fn extend(head: Option<Row>, events: &[Event]) -> Result<Overlay, Error> {
    let unreadable = |source| Error::Unreadable { key: HEAD.to_owned(), source };
    let (version, mut link) = match head {
        Some(row) => (row.version, serde_json::from_slice(&row.body).map_err(unreadable)?),
        None => (0, Link::default()),
    };
    let mut rows = Overlay::new();
    for event in events {
        link = after(&link, event.clone());
        let body = serde_json::to_vec(&link).map_err(unreadable)?;
        rows.insert(key(link.number), Some(Row { version: 1, body }));
    }
    link.event = None;
    let body = serde_json::to_vec(&link).map_err(unreadable)?;
    rows.insert(HEAD.to_owned(), Some(Row { version: version + 1, body }));
    Ok(rows)
}

/// The link that follows another.
pub(super) fn after(before: &Link, event: Event) -> Link {
    let number = before.number + 1;
    let mut hasher = blake3::Hasher::new();
    for part in [
        before.hash.as_str(),
        &number.to_string(),
        &event.what,
        &event.about,
        &event.who,
        &event.at,
        &event.hash,
    ] {
        // The length goes first, so that no two different events hash the same text.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    Link { number, event: Some(event), hash: hasher.finalize().to_hex().to_string() }
}

//! What came in becomes an item, once.

use jiff::Timestamp;

use super::items::{came_key, event, write};
use super::ledger::message_id_key;
use super::{Entry, Item, Records, State, body};
use crate::domain::{ConnectorName, Digest, ItemId};
use crate::failpoint;
use crate::store::{Change, Commit, Error, Event, Guard};

/// So many characters of a door's name for something are in its key; four bytes each at most.
const LONGEST_ORIGIN: usize = 500;

/// What came through a door and is to become an item. Its bytes are in the store already.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// The door.
    pub door: ConnectorName,
    /// The door's own name for it.
    pub origin: String,
    /// A file name, or `""`.
    pub name: String,
    /// When it reached the door.
    pub received: Timestamp,
    /// Its bytes.
    pub raw: Digest,
    /// The `Message-ID` of a mail, without angle brackets.
    pub message_id: Option<String>,
    /// Whether the same bytes through the same door are the same thing (mail), or a new one (files).
    pub once_per_bytes: bool,
    /// The first journal entry.
    pub entry: Entry,
}

/// Whether an arrival was new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It is an item now.
    New(ItemId),
    /// It was one already.
    Known(ItemId),
}

impl Records {
    /// Makes an item of an arrival, once.
    pub async fn admit(&self, new: NewItem, now: Timestamp) -> Result<Admitted, Error> {
        loop {
            match self.admit_once(&new, now).await {
                // Another was first: the same arrival at another poll, or the same bytes under another name. What
                // it has written is read now.
                Err(Error::Conflict(_)) => {}
                done => return done,
            }
        }
    }

    async fn admit_once(&self, new: &NewItem, now: Timestamp) -> Result<Admitted, Error> {
        let source = source_key(&new.door, &new.origin);
        if let Some((id, _)) = self.read::<ItemId>(&source).await? {
            return Ok(Admitted::Known(id));
        }
        let same = format!("bytes/{}/{}", new.door, new.raw);
        if new.once_per_bytes
            && let Some((id, _)) = self.read::<ItemId>(&same).await?
        {
            // The same mail under a new UID: only the new name is written down.
            let commit = Commit {
                guards: vec![Guard::Absent(source.clone())],
                changes: vec![Change::Put(source.clone(), body(&source, &id)?)],
                events: vec![Event { what: "reseen".to_owned(), ..event(&id.0, &new.entry)? }],
            };
            self.store.commit(commit).await?;
            return Ok(Admitted::Known(id));
        }
        let item = item_of(new, now);
        let mut changes = vec![Change::Put(source.clone(), body(&source, &item.id)?)];
        changes.push(Change::Put(same.clone(), body(&same, &item.id)?));
        changes.push(Change::Put(came_key(&item), Vec::new()));
        if let Some(message_id) = &new.message_id {
            let key = message_id_key(&new.door, message_id);
            changes.push(Change::Put(key.clone(), body(&key, &item.id)?));
        }
        changes.extend(write(None, &item, Some(&new.entry))?);
        let mut guards = vec![Guard::Absent(source.clone())];
        if new.once_per_bytes {
            guards.push(Guard::Absent(same));
        }
        let events = vec![event(&item.id.0, &new.entry)?];
        failpoint::hit("intake.before_commit");
        self.store.commit(Commit { guards, changes, events }).await?;
        failpoint::hit("intake.after_commit");
        Ok(Admitted::New(item.id))
    }

    /// Whether an arrival was accepted before.
    pub async fn is_known(&self, door: &ConnectorName, origin: &str) -> Result<bool, Error> {
        Ok(self.store.get(&source_key(door, origin)).await?.is_some())
    }

    /// Whether arrivals were accepted before, each.
    pub async fn are_known(
        &self,
        door: &ConnectorName,
        origins: &[&str],
    ) -> Result<Vec<bool>, Error> {
        let keys: Vec<String> = origins.iter().map(|it| source_key(door, it)).collect();
        let rows = self.store.get_all(&keys).await?;
        Ok(rows.iter().map(Option::is_some).collect())
    }
}

fn item_of(new: &NewItem, now: Timestamp) -> Item {
    Item {
        id: ItemId(uuid::Uuid::now_v7().to_string()),
        door: new.door.clone(),
        origin: new.origin.clone(),
        name: new.name.clone(),
        received: new.received,
        accepted: now,
        raw: new.raw.clone(),
        state: State::Ready(now),
        via: None,
        entries: 1,
        attempts: 0,
        held: None,
        lease: None,
        subject: new.name.clone(),
        sender: String::new(),
        class: None,
        confidence: 0.0,
        findings: 0,
        deadline: None,
    }
}

/// A path on a share may be longer than the index of a database takes (2 704 bytes): its end is then hashed.
fn source_key(door: &ConnectorName, origin: &str) -> String {
    match origin.char_indices().nth(LONGEST_ORIGIN) {
        None => format!("src/{door}/{origin}"),
        Some((end, _)) => {
            let begin = origin.get(..end).unwrap_or_default();
            format!("src/{door}/{begin}…{}", blake3::hash(origin.as_bytes()).to_hex())
        }
    }
}

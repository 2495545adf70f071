//! Items and their journals: accepted once, claimed by one, moved on by one commit.

use std::time::Duration;

use jiff::Timestamp;

use super::{Entry, Held, Item, Lease, Records, State, body, parse};
use crate::domain::{ConnectorName, Digest, ItemId, QueueName};
use crate::store::{Change, Commit, Error, Event, Guard};

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

/// The right to work on one item.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The item as it was claimed.
    pub item: Item,
    /// Its row's version: the commit happens only on this one.
    pub version: u64,
}

/// The next step of an item's journey: one journal entry and where the item stands after it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is written down; `None` when only the item's state changes.
    pub entry: Option<Entry>,
    /// The item as it is afterwards.
    pub item: Item,
}

impl Records {
    /// Makes an item of an arrival, once.
    pub async fn admit(&self, new: NewItem, now: Timestamp) -> Result<Admitted, Error> {
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
                events: vec![event("reseen", &id.0, "intake", now, &new.entry)],
            };
            return match self.store.commit(commit).await {
                Ok(_) | Err(Error::Conflict(_)) => Ok(Admitted::Known(id)),
                Err(error) => Err(error),
            };
        }
        let item = item_of(&new, now);
        let mut changes = vec![Change::Put(source.clone(), body(&source, &item.id)?)];
        changes.push(Change::Put(same.clone(), body(&same, &item.id)?));
        changes.extend(write(None, &item, Some(&new.entry))?);
        let mut guards = vec![Guard::Absent(source.clone())];
        if new.once_per_bytes {
            guards.push(Guard::Absent(same));
        }
        let events = vec![event("accepted", &item.id.0, "intake", now, &new.entry)];
        match self.store.commit(Commit { guards, changes, events }).await {
            Ok(_) => Ok(Admitted::New(item.id)),
            Err(Error::Conflict(_)) => {
                // Another poll was first; its item is ours.
                let known = self.read::<ItemId>(&source).await?;
                Ok(Admitted::Known(known.map_or(item.id, |(id, _)| id)))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether an arrival was accepted before.
    pub async fn is_known(&self, door: &ConnectorName, origin: &str) -> Result<bool, Error> {
        Ok(self.store.get(&source_key(door, origin)).await?.is_some())
    }

    /// One item and its version.
    pub async fn item(&self, id: &ItemId) -> Result<Option<(Item, u64)>, Error> {
        self.read(&item_key(id)).await
    }

    /// Hands out the next item that is due, until the lease ends.
    pub async fn claim(
        &self,
        owner: &str,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<Claim>, Error> {
        for (key, _) in self.store.scan("ready/", "", 32).await? {
            let Some((due, id)) = key.strip_prefix("ready/").and_then(|rest| rest.split_once('/'))
            else {
                continue;
            };
            if due > sortable(now).as_str() {
                return Ok(None);
            }
            if let Some(claim) = self.claim_item(&id.into(), owner, lease, now).await? {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    /// Claims one item, if nobody else works on it and it does not wait for a person or is done.
    pub async fn claim_item(
        &self,
        id: &ItemId,
        owner: &str,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<Claim>, Error> {
        let Some((item, version)) = self.item(id).await? else { return Ok(None) };
        let taken = item.lease.as_ref().is_some_and(|lease| lease.until > now);
        if taken || !matches!(item.state, State::Ready(_)) {
            return Ok(None);
        }
        let until = now.checked_add(lease).unwrap_or(now);
        // Counted before the work: an item that kills the daemon counts too.
        let lease = Some(Lease { owner: owner.to_owned(), until });
        let leased = Item { lease, attempts: item.attempts + 1, ..item.clone() };
        match self.put(&item, &leased, version).await {
            Ok(version) => Ok(Some(Claim { item: leased, version })),
            Err(Error::Conflict(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a step and frees the claim, both or neither.
    pub async fn commit(&self, claim: &Claim, step: Step) -> Result<Item, Error> {
        let item = Item {
            lease: None,
            attempts: 0,
            entries: claim.item.entries + u32::from(step.entry.is_some()),
            ..step.item
        };
        let key = item_key(&item.id);
        let changes = write(Some(&claim.item), &item, step.entry.as_ref())?;
        let events = step
            .entry
            .iter()
            .map(|entry| event(&entry.kind, &item.id.0, &entry.by, entry.at, entry));
        let commit = Commit {
            guards: vec![Guard::Version(key, claim.version)],
            changes,
            events: events.collect(),
        };
        self.store.commit(commit).await?;
        Ok(item)
    }

    /// Writes an entry and keeps the claim.
    pub async fn mark(&self, claim: &mut Claim, entry: Entry) -> Result<(), Error> {
        let item = Item { entries: claim.item.entries + 1, ..claim.item.clone() };
        let commit = Commit {
            guards: vec![Guard::Version(item_key(&item.id), claim.version)],
            changes: write(Some(&claim.item), &item, Some(&entry))?,
            events: vec![event(&entry.kind, &item.id.0, &entry.by, entry.at, &entry)],
        };
        self.store.commit(commit).await?;
        claim.version += 1;
        claim.item = item;
        Ok(())
    }

    /// All entries of an item, oldest first.
    pub async fn journal(&self, id: &ItemId) -> Result<Vec<Entry>, Error> {
        let rows = self.store.scan(&format!("journal/{id}/"), "", usize::MAX).await?;
        rows.iter().map(|(key, row)| parse(key, row)).collect()
    }

    /// Items that wait in a queue, oldest first.
    pub async fn waiting(&self, queue: &QueueName, most: usize) -> Result<Vec<Item>, Error> {
        self.listed(&format!("queue/{queue}/"), most).await
    }

    /// Items that a worker takes next, among them those that are held.
    pub async fn ready(&self, most: usize) -> Result<Vec<Item>, Error> {
        self.listed("ready/", most).await
    }

    /// Finished items, oldest first.
    pub async fn done(&self, most: usize) -> Result<Vec<Item>, Error> {
        self.listed("done/", most).await
    }

    /// How many items an index has (`ready/`, `queue/<name>/`, `done/`).
    pub async fn count(&self, prefix: &str) -> Result<usize, Error> {
        Ok(self.store.scan(prefix, "", usize::MAX).await?.len())
    }

    /// Makes all leases of an earlier run of this daemon void, so that its work goes on at once.
    pub async fn release_all(&self, now: Timestamp) -> Result<usize, Error> {
        let mut released = 0;
        for item in self.ready(usize::MAX).await? {
            let Some((item, version)) = self.item(&item.id).await? else { continue };
            if item.lease.is_some() {
                let free = Item { lease: None, state: State::Ready(now), ..item.clone() };
                self.put(&item, &free, version).await?;
                released += 1;
            }
        }
        Ok(released)
    }

    /// The first item with these values of its class's `duplicate` fields. Remembers this one if it is the first.
    pub async fn first_with(&self, same: &str, item: &ItemId) -> Result<ItemId, Error> {
        let key = format!("same/{same}");
        let commit = Commit {
            guards: vec![Guard::Absent(key.clone())],
            changes: vec![Change::Put(key.clone(), body(&key, item)?)],
            events: Vec::new(),
        };
        match self.store.commit(commit).await {
            Ok(_) => Ok(item.clone()),
            Err(Error::Conflict(_)) => {
                Ok(self.read::<ItemId>(&key).await?.map_or_else(|| item.clone(), |(id, _)| id))
            }
            Err(error) => Err(error),
        }
    }

    async fn listed(&self, prefix: &str, most: usize) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        for (key, _) in self.store.scan(prefix, "", most).await? {
            let id = key.rsplit('/').next().unwrap_or_default();
            if let Some((item, _)) = self.item(&id.into()).await? {
                items.push(item);
            }
        }
        Ok(items)
    }

    async fn put(&self, before: &Item, after: &Item, version: u64) -> Result<u64, Error> {
        let guards = vec![Guard::Version(item_key(&after.id), version)];
        let changes = write(Some(before), after, None)?;
        self.store.commit(Commit { guards, changes, events: Vec::new() }).await?;
        Ok(version + 1)
    }
}

impl Item {
    /// The same item, held for a reason until it is tried again.
    #[must_use]
    pub fn hold(mut self, code: &str, reason: String, now: Timestamp, next: Timestamp) -> Self {
        let before = self.held.take().filter(|held| held.code == code);
        let (since, tries) = before.map_or((now, 0), |held| (held.since, held.tries));
        self.held = Some(Held { code: code.to_owned(), reason, since, tries: tries + 1 });
        self.state = State::Ready(next);
        self
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

/// The changes that bring an item's row, its place in the lists and its journal up to date.
fn write(before: Option<&Item>, after: &Item, entry: Option<&Entry>) -> Result<Vec<Change>, Error> {
    let key = item_key(&after.id);
    let mut changes = vec![Change::Put(key.clone(), body(&key, after)?)];
    let place = place(after);
    if let Some(old) = before.map(self::place).filter(|old| *old != place) {
        changes.push(Change::Delete(old));
    }
    changes.push(Change::Put(place, Vec::new()));
    if let Some(entry) = entry {
        let key = format!("journal/{}/{:08}", after.id, before.map_or(0, |item| item.entries));
        changes.push(Change::Put(key.clone(), body(&key, entry)?));
    }
    Ok(changes)
}

/// The list in which an item stands. A leased one stands where its lease ends, so that it is found again by itself.
fn place(item: &Item) -> String {
    match &item.state {
        State::Ready(due) => {
            let due = item.lease.as_ref().map_or(*due, |lease| lease.until.max(*due));
            format!("ready/{}/{}", sortable(due), item.id)
        }
        State::Waiting(queue) => format!("queue/{queue}/{}", item.id),
        State::Done(_) => format!("done/{}", item.id),
    }
}

fn event(what: &str, about: &str, who: &str, at: Timestamp, entry: &Entry) -> Event {
    let hash = blake3::hash(entry.body.to_string().as_bytes()).to_hex().to_string();
    Event {
        what: what.to_owned(),
        about: about.to_owned(),
        who: who.to_owned(),
        at: at.to_string(),
        hash,
    }
}

fn item_key(id: &ItemId) -> String {
    format!("item/{id}")
}

fn source_key(door: &ConnectorName, origin: &str) -> String {
    format!("src/{door}/{origin}")
}

fn sortable(time: Timestamp) -> String {
    format!("{:015}", time.as_millisecond().max(0))
}

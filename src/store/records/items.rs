//! Items and their journals: claimed by one, moved on by one commit.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Entry, Held, Item, Lease, Records, State, body, parse};
use crate::domain::{ConnectorName, ItemId, QueueName};
use crate::failpoint;
use crate::store::{Change, Commit, Error, Event, Guard, Range, Row, Taking};

/// Before the owner's name in the list of an item that is worked on.
pub(super) const LEASED: &str = "leased ";
/// Before the code in the list of an item that is held.
pub(super) const HELD: &str = "held ";

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
        self.claim_via(None, owner, lease, now).await
    }

    /// The same among the items whose next stage talks to a connector (`None`: to none).
    pub async fn claim_via(
        &self,
        via: Option<&ConnectorName>,
        owner: &str,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<Claim>, Error> {
        let taking = ToClaim { owner, lease, now, claimed: Mutex::default() };
        let prefix = super::via::list(via);
        // Due at this very moment counts too, hence the next one as the end.
        let before = format!("{prefix}{}", sortable(now + SignedDuration::from_millis(1)));
        let taken = self.store.take(Range { prefix: &prefix, before: &before }, &taking).await?;
        let claimed = taking.claimed.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Without a key, the last commit that was tried did not happen.
        Ok(taken.and(claimed))
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
        let Some(leased) = leased(&item, owner, lease, now) else { return Ok(None) };
        match self.put(&item, &kept(&item, &leased), version).await {
            Ok(version) => Ok(Some(Claim { item: leased, version })),
            Err(Error::Conflict(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes down that a further attempt begins.
    pub async fn count_attempt(&self, claim: &mut Claim) -> Result<(), Error> {
        claim.version = self.put(&claim.item, &claim.item, claim.version).await?;
        Ok(())
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
        let events = step.entry.iter().map(|entry| event(&item.id.0, entry));
        let commit = Commit {
            guards: vec![Guard::Version(key, claim.version)],
            changes,
            events: events.collect::<Result<_, _>>()?,
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
            events: vec![event(&item.id.0, &entry)?],
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

    /// The names of finished items, in the order in which they were accepted.
    pub async fn done_ids(&self) -> Result<Vec<ItemId>, Error> {
        let rows = self.store.scan("done/", "", usize::MAX).await?;
        Ok(rows.iter().filter_map(|(key, _)| Some(key.rsplit('/').next()?.into())).collect())
    }

    /// How many items an index has (`ready/`, `queue/<name>/`, `done/`).
    pub async fn count(&self, prefix: &str) -> Result<usize, Error> {
        self.store.count(prefix).await
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

    pub(super) async fn listed(&self, prefix: &str, most: usize) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        for (key, _) in self.store.scan(prefix, "", most).await? {
            let id = key.rsplit('/').next().unwrap_or_default();
            if let Some((item, _)) = self.item(&id.into()).await? {
                items.push(item);
            }
        }
        Ok(items)
    }

    pub(super) async fn put(
        &self,
        before: &Item,
        after: &Item,
        version: u64,
    ) -> Result<u64, Error> {
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

/// The item, taken; `None` when somebody else works on it or it waits for a person or is done.
fn leased(item: &Item, owner: &str, lease: Duration, now: Timestamp) -> Option<Item> {
    let taken = item.lease.as_ref().is_some_and(|lease| lease.until > now);
    if taken || !matches!(item.state, State::Ready(_)) {
        return None;
    }
    failpoint::hit("claim.before");
    let until = now.checked_add(lease).unwrap_or(now);
    // Counted before the work: an item that kills the daemon counts too.
    let lease = Some(Lease { owner: owner.to_owned(), until });
    Some(Item { lease, attempts: item.attempts + 1, ..item.clone() })
}

/// As it is written with the claim. A first attempt counts at once; a further one is made alone, and counts from
/// when it is ([`Records::count_attempt`]): while it waits for that, another item may end the daemon.
fn kept(before: &Item, leased: &Item) -> Item {
    Item { attempts: before.attempts.max(1), ..leased.clone() }
}

/// How a worker takes the next item of the list.
struct ToClaim<'a> {
    owner: &'a str,
    lease: Duration,
    now: Timestamp,
    /// What the last commit claims; it holds when that commit was the one that happened.
    claimed: Mutex<Option<Claim>>,
}

impl Taking for ToClaim<'_> {
    fn about(&self, key: &str) -> String {
        item_key(&key.rsplit('/').next().unwrap_or_default().into())
    }

    fn commit(&self, key: &str, row: Option<&Row>) -> Result<Option<Commit>, Error> {
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        *claimed = None;
        let Some(row) = row else { return Ok(None) };
        let item: Item = parse(key, row)?;
        let Some(leased) = leased(&item, self.owner, self.lease, self.now) else { return Ok(None) };
        let commit = Commit {
            guards: vec![Guard::Version(item_key(&item.id), row.version)],
            changes: write(Some(&item), &kept(&item, &leased), None)?,
            events: Vec::new(),
        };
        *claimed = Some(Claim { item: leased, version: row.version + 1 });
        Ok(Some(commit))
    }
}

/// The changes that bring an item's row, its place in the lists and its journal up to date.
pub(super) fn write(
    before: Option<&Item>,
    after: &Item,
    entry: Option<&Entry>,
) -> Result<Vec<Change>, Error> {
    let key = item_key(&after.id);
    let mut changes = vec![Change::Put(key.clone(), body(&key, after)?)];
    let place = place(after);
    if let Some(old) = before.map(self::place).filter(|old| *old != place) {
        changes.push(Change::Delete(old));
    }
    changes.push(listing(after));
    if let Some(entry) = entry {
        let key = journal_key(&after.id.0, before.map_or(0, |item| item.entries));
        changes.push(Change::Put(key.clone(), body(&key, entry)?));
    }
    Ok(changes)
}

/// The list in which an item stands. A leased one stands where its lease ends, so that it is found again by itself.
pub(in crate::store) fn place(item: &Item) -> String {
    match &item.state {
        State::Ready(due) => {
            let due = item.lease.as_ref().map_or(*due, |lease| lease.until.max(*due));
            format!("{}{}/{}", super::via::list(item.via.as_ref()), sortable(due), item.id)
        }
        State::Waiting(queue) => format!("queue/{queue}/{}", item.id),
        State::Done(_) => format!("done/{}", item.id),
    }
}

/// An item's place in its list.
pub(super) fn listing(item: &Item) -> Change {
    Change::Put(place(item), mark(item).into_bytes())
}

/// What a list tells of an item without reading it: who works on it, else why it is held.
fn mark(item: &Item) -> String {
    match (&item.lease, &item.held) {
        (Some(lease), _) => format!("{LEASED}{}", lease.owner),
        (None, Some(held)) => format!("{HELD}{}", held.code),
        (None, None) => String::new(),
    }
}

/// The event of a journal entry.
pub(super) fn event(about: &str, entry: &Entry) -> Result<Event, Error> {
    Ok(Event {
        what: entry.kind.clone(),
        about: about.to_owned(),
        who: entry.by.clone(),
        at: entry.at.to_string(),
        hash: entry_hash(&body(about, entry)?),
    })
}

/// The hash of a journal entry, as its row is written.
pub(in crate::store) fn entry_hash(row: &[u8]) -> String {
    blake3::hash(row).to_hex().to_string()
}

/// Where an entry of an item's journal stands, counted from 0.
pub(in crate::store) fn journal_key(item: &str, number: u32) -> String {
    format!("journal/{item}/{number:08}")
}

pub(super) fn item_key(id: &ItemId) -> String {
    format!("item/{id}")
}

/// Before the moments at which things reached a door.
pub(super) fn came_prefix(door: &ConnectorName) -> String {
    format!("came/{door}/")
}

/// Where an item stands among what came through its door.
pub(super) fn came_key(item: &Item) -> String {
    format!("{}{}/{}", came_prefix(&item.door), sortable(item.received), item.id)
}

pub(super) fn sortable(time: Timestamp) -> String {
    format!("{:015}", time.as_millisecond().max(0))
}

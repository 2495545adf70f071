//! What the store's keys mean: items, journals, people, sessions.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Error, Row, Store};
use crate::domain::{ClassRef, ConnectorName, Digest, ItemId, QueueName, UserName};

mod admit;
mod items;
mod learned;
mod leases;
mod ledger;
mod people;
mod schema;
mod sent;
mod via;

pub use admit::{Admitted, NewItem};
pub use items::{Claim, Step};
pub(in crate::store) use items::{entry_hash, journal_key, place};
pub use learned::{Back, Version, VersionDoor};
pub use ledger::Canary;
pub use schema::{Prepared, SCHEMA};
pub use sent::{Begun, Counted, Outgoing};
pub use via::Mark;

/// The store, with its keys' meaning.
#[derive(Clone)]
pub struct Records {
    store: Arc<dyn Store>,
}

impl Records {
    /// Reads and writes records in this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// The store itself, for bytes.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<(T, u64)>, Error> {
        let row = self.store.get(key).await?;
        row.map(|row| Ok((parse(key, &row)?, row.version))).transpose()
    }
}

fn parse<T: DeserializeOwned>(key: &str, row: &Row) -> Result<T, Error> {
    serde_json::from_slice(&row.body)
        .map_err(|source| Error::Unreadable { key: key.to_owned(), source })
}

fn body(key: &str, value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|source| Error::Unreadable { key: key.to_owned(), source })
}

/// One item, as far as lists and the engine need it at a glance. The journal tells the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its name for ever.
    pub id: ItemId,
    /// The door it came through.
    pub door: ConnectorName,
    /// The door's own name for it.
    pub origin: String,
    /// A file name, or `""` for a mail. For showing only.
    pub name: String,
    /// When it reached the door.
    pub received: Timestamp,
    /// When it was stored here.
    pub accepted: Timestamp,
    /// The received bytes.
    pub raw: Digest,
    /// What happens with it next.
    pub state: State,
    /// The connector that the next stage talks to, if it talks to one: the item then stands in that one's list.
    #[serde(default)]
    pub via: Option<ConnectorName>,
    /// How many journal entries it has.
    pub entries: u32,
    /// Attempts at the present stage that ended without a result.
    pub attempts: u32,
    /// Why it does not go on by itself right now.
    pub held: Option<Held>,
    /// Who works on it.
    pub lease: Option<Lease>,
    /// The subject or file name a person knows it by.
    pub subject: String,
    /// Who sent it, as they say.
    pub sender: String,
    /// What it is.
    pub class: Option<ClassRef>,
    /// How sure that is, 0 to 1.
    pub confidence: f32,
    /// How many findings the draft has.
    pub findings: u32,
    /// The nearest deadline.
    pub deadline: Option<Date>,
}

/// What happens with an item next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A worker takes it, not before this moment.
    Ready(Timestamp),
    /// A person of this queue takes it.
    Waiting(QueueName),
    /// It is finished.
    Done(Outcome),
}

/// How an item ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Approved and delivered.
    Delivered,
    /// Rejected by a person.
    Rejected,
    /// The same mail was accepted before.
    Duplicate,
    /// It is a report about another item, or a mail of ours that came back, and is told in that item's journal.
    Attached,
}

/// Why an item does not go on by itself right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// A code that `vorlage explain` knows, such as `H0101`.
    pub code: String,
    /// What exactly.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// How often it was tried since.
    pub tries: u32,
}

/// The right to work on an item until a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// A worker or a person.
    pub owner: String,
    /// When it ends by itself.
    pub until: Timestamp,
}

/// One entry of an item's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// `parsed`, `classified`, …: see [`crate::engine`].
    pub kind: String,
    /// When it was written.
    pub at: Timestamp,
    /// A part of the program, or the person.
    pub by: String,
    /// What it holds, as JSON.
    pub body: serde_json::Value,
    /// How long the stage that wrote it took.
    #[serde(default)]
    pub seconds: Option<f64>,
}

/// The kind of the newest entry that moved an item on. What was only noted about it beside its way does not count.
pub fn last_step(history: &[Entry]) -> &str {
    history.iter().rfind(|entry| entry.kind != "noted").map_or("", |entry| entry.kind.as_str())
}

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The sign-in name.
    pub name: UserName,
    /// As others read it.
    pub title: String,
    /// Of `office.toml`.
    pub roles: Vec<String>,
    /// The Argon2id hash in PHC format.
    pub password: String,
    /// The language of the pages; `None` for the office's.
    pub language: Option<String>,
    /// Whether the person may sign in.
    pub active: bool,
}

/// A signed-in browser. Stored under the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who.
    pub user: UserName,
    /// Goes into every form, so that no other page can send one.
    pub csrf: String,
    /// When it ends.
    pub until: Timestamp,
}

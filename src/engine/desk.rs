//! What the pages and the command line may ask of a running office.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::classify::Classification;
use crate::config::Office;
use crate::domain::{ConnectorName, ItemId, MediaType, Parsed, Problem, QueueName};
use crate::draft::Draft;
use crate::review::{Decision, NotAllowed, Verdict};
use crate::store::records::{Entry, Item, Session, User};
use crate::store;

/// A running office, as people see it.
pub struct Desk {}

/// A queue in the overview.
#[derive(Clone, Debug)]
pub struct QueueView {
    /// Its name.
    pub name: QueueName,
    /// As people read it.
    pub title: String,
    /// How many drafts wait.
    pub waiting: usize,
    /// When the oldest arrived.
    pub oldest: Option<Timestamp>,
    /// The nearest deadline.
    pub deadline: Option<Date>,
}

/// One item with everything a person needs to decide.
#[derive(Clone, Debug)]
pub struct ItemView {
    /// The item.
    pub item: Item,
    /// Goes into every form about it: a decision on an older version is refused.
    pub version: u64,
    /// What was read; `None` before that.
    pub parsed: Option<Parsed>,
    /// What it is.
    pub classification: Option<Classification>,
    /// The draft, if there is one.
    pub draft: Option<Draft>,
    /// The decisions made on this very draft.
    pub decisions: Vec<Decision>,
    /// Everything that happened, oldest first.
    pub history: Vec<Entry>,
    /// The step that waits, counted from 0.
    pub step: usize,
}

/// What works and what does not.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The doors.
    pub doors: Vec<DoorStatus>,
    /// The models.
    pub models: Vec<ModelStatus>,
    /// Items that wait for a worker, among them the held ones.
    pub ready: usize,
    /// Items that are held, with reasons.
    pub held: usize,
    /// Drafts that wait for a person.
    pub waiting: usize,
    /// Finished items.
    pub done: usize,
}

/// One door.
#[derive(Clone, Debug)]
pub struct DoorStatus {
    /// Its name.
    pub name: ConnectorName,
    /// When it was last asked with success.
    pub last_success: Option<Timestamp>,
    /// Why it does not work.
    pub error: Option<String>,
}

/// One model.
#[derive(Clone, Debug)]
pub struct ModelStatus {
    /// Its connector.
    pub name: ConnectorName,
    /// Why it does not answer; `None` when it does or was not asked yet.
    pub error: Option<String>,
}

/// Why a decision was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// Somebody else was first, or the page is old.
    #[error("the item was changed in the meantime")]
    Changed,
    /// The person has no role for the item's queue.
    #[error("`{0}` may not decide in this queue")]
    WrongQueue(String),
    /// The rules of the approval say no.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The item does not wait for this kind of decision.
    #[error("the item does not wait for this decision")]
    NotWaiting,
    /// There is no such item.
    #[error("there is no item `{0}`")]
    UnknownItem(ItemId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Desk {
    /// The office as it is configured now.
    pub fn office(&self) -> Arc<Office> {
        unreachable!()
    }

    /// Checks name and password. `None`: wrong, or too many attempts. `Some`: the cookie's secret.
    pub async fn sign_in(&self, _name: &str, _password: &str) -> Result<Option<String>, store::Error> {
        unreachable!()
    }

    /// The session and person behind a cookie's secret.
    pub async fn session(&self, _secret: &str) -> Result<Option<(Session, User)>, store::Error> {
        unreachable!()
    }

    /// Ends a session.
    pub async fn sign_out(&self, _secret: &str) -> Result<(), store::Error> {
        unreachable!()
    }

    /// The queues a person sees, in the order of `office.toml`.
    pub async fn queues(&self, _user: &User) -> Result<Vec<QueueView>, store::Error> {
        unreachable!()
    }

    /// The drafts that wait in a queue, those with the nearest deadline first, then the oldest.
    pub async fn waiting(&self, _queue: &QueueName, _most: usize) -> Result<Vec<Item>, store::Error> {
        unreachable!()
    }

    /// Items that do not go on right now, with reasons.
    pub async fn held(&self, _most: usize) -> Result<Vec<Item>, store::Error> {
        unreachable!()
    }

    /// Everything about one item.
    pub async fn item(&self, _id: &ItemId) -> Result<Option<ItemView>, store::Error> {
        unreachable!()
    }

    /// Whether a person's roles cover a queue.
    pub fn sees(&self, _user: &User, _queue: &QueueName) -> bool {
        unreachable!()
    }

    /// Takes a decision, and moves the item on until it waits again or is done. Answers with the new state.
    pub async fn decide(&self, _id: &ItemId, _version: u64, _user: &User, _verdict: Verdict) -> Result<Item, DecideError> {
        unreachable!()
    }

    /// A picture (PNG) of a page (from 1) of one of the item's documents (from 0).
    pub async fn picture(&self, _id: &ItemId, _document: usize, _page: u32) -> Result<Vec<u8>, Problem> {
        unreachable!()
    }

    /// The bytes of one of the item's documents, for a download.
    pub async fn document(&self, _id: &ItemId, _document: usize) -> Result<(MediaType, Vec<u8>), Problem> {
        unreachable!()
    }

    /// The letter made for the draft.
    pub async fn letter(&self, _id: &ItemId) -> Result<Option<(String, Vec<u8>)>, store::Error> {
        unreachable!()
    }

    /// What works and what does not.
    pub async fn status(&self) -> Result<Status, store::Error> {
        unreachable!()
    }

    /// The metrics in OpenMetrics text format.
    pub async fn metrics(&self) -> Result<String, store::Error> {
        unreachable!()
    }
}

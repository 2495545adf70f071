//! Where items, their journal and their bytes are kept.
//!
//! The store knows keys, versions and bytes, and nothing of stages: a backend is small enough to
//! write twice. What the keys mean is told in [`records`].

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::domain::Digest;
use crate::errors::Retry;

mod apply;
mod blobs;
mod chain;
mod memory;
pub mod records;
mod sled;

pub use self::memory::Memory;
pub use self::sled::Sled;

/// Ordered keys to versioned rows, changed by small transactions, plus immutable bytes.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// One row.
    async fn get(&self, key: &str) -> Result<Option<Row>, Error>;
    /// Rows whose key begins with `prefix` and is greater than `after`, in order, at most `most`.
    async fn scan(
        &self,
        prefix: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<(String, Row)>, Error>;
    /// Does all or nothing. `Ok` means that it is on stable storage.
    async fn commit(&self, commit: Commit) -> Result<u64, Error>;
    /// Keeps bytes under their hash. `Ok` means that they are on stable storage.
    async fn put_blob(&self, bytes: Vec<u8>) -> Result<Digest, Error>;
    /// Kept bytes.
    async fn blob(&self, digest: &Digest) -> Result<Vec<u8>, Error>;
    /// The number of the last commit, to wait for the next.
    fn watch(&self) -> watch::Receiver<u64>;
}

/// A value with its version, which grows with every change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// 1 for a new key.
    pub version: u64,
    /// What was put.
    pub body: Vec<u8>,
}

/// One transaction.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// What must be true for it to happen.
    pub guards: Vec<Guard>,
    /// What it changes.
    pub changes: Vec<Change>,
    /// What it writes into the audit chain.
    pub events: Vec<Event>,
}

/// A condition of a [`Commit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The key is not there.
    Absent(String),
    /// The key has this version.
    Version(String, u64),
}

/// A change of a [`Commit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Sets a key.
    Put(String, Vec<u8>),
    /// Removes a key, if it is there.
    Delete(String),
}

/// One entry of the audit chain. Ids and hashes only, never what stands in a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub what: String,
    /// To which item or thing.
    pub about: String,
    /// Who did it: a user or a part of the program.
    pub who: String,
    /// When, RFC 3339.
    pub at: String,
    /// Hash of the journal entry it belongs to, or `""`.
    pub hash: String,
}

/// Why the store does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another commit was first. Read again and decide again.
    #[error("`{0}` was changed by someone else")]
    Conflict(String),
    /// The bytes are not there.
    #[error("the bytes `{0}` are not in the store")]
    UnknownBytes(Digest),
    /// A row is not what it should be.
    #[error("the row `{key}` cannot be read")]
    Unreadable {
        /// Its key.
        key: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// Another daemon has it open.
    #[error("the store `{0}` is in use by another process")]
    InUse(String),
    /// The disk or the engine says no.
    #[error("the store at `{place}` failed: {why}")]
    Failed {
        /// Its path or address.
        place: String,
        /// The cause.
        why: String,
    },
}

impl Error {
    /// Whether trying again may help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Conflict(_) | Self::Failed { .. } | Self::InUse(_) => Retry::Later,
            Self::UnknownBytes(_) | Self::Unreadable { .. } => Retry::Never,
        }
    }
}

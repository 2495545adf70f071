//! Where items, their journal and their bytes are kept.
//!
//! The store knows keys, versions and bytes, and nothing of stages: a backend is small enough to
//! write twice. What the keys mean is told in [`records`].

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};

use crate::domain::Digest;
use crate::errors::Retry;

mod apply;
pub mod audit;
pub mod backup;
mod blobs;
mod chain;
pub mod copy;
mod memory;
mod postgres;
pub mod records;
mod sled;
mod sled_files;

pub use self::memory::Memory;
pub use self::postgres::{Password, Postgres, Server};
pub use self::sled::Sled;

/// Ordered keys to versioned rows, changed by small transactions, plus immutable bytes.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// One row.
    async fn get(&self, key: &str) -> Result<Option<Row>, Error>;
    /// Several rows, in the order of their keys. A backend that is reached over a network asks for all at once.
    async fn get_all(&self, keys: &[String]) -> Result<Vec<Option<Row>>, Error> {
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            rows.push(self.get(key).await?);
        }
        Ok(rows)
    }
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
    /// The names of kept bytes that are greater than `after`, in order, at most `most`.
    async fn blobs(&self, after: &Digest, most: usize) -> Result<Vec<Digest>, Error>;
    /// Changes with every commit, to wait for the next; also for commits of other daemons.
    fn watch(&self) -> watch::Receiver<u64>;
    /// How many keys begin with `prefix`.
    async fn count(&self, prefix: &str) -> Result<usize, Error>;
    /// All rows as they are at one moment, in order and in pieces. Commits that come meanwhile are not among them.
    async fn snapshot(&self, pieces: mpsc::Sender<Vec<(String, Row)>>) -> Result<(), Error>;
    /// Writes rows with the versions they have, without guards: for a copy into an empty store. `Ok` means that
    /// they are on stable storage.
    async fn load(&self, rows: Vec<(String, Row)>) -> Result<(), Error>;
    /// Whether this process is the only one that can work on it while it is open.
    fn is_exclusive(&self) -> bool {
        true
    }
    /// Takes the first key of a range that can be had: commits what `taking` makes of it, and tells the key.
    ///
    /// A backend with several daemons passes over keys that another is taking at this moment.
    async fn take(&self, range: Range<'_>, taking: &dyn Taking) -> Result<Option<String>, Error> {
        let mut after = String::new();
        loop {
            let rows = self.scan(range.prefix, &after, PIECE).await?;
            let Some((last, _)) = rows.last() else { return Ok(None) };
            after.clone_from(last);
            for (key, _) in rows {
                if key.as_str() >= range.before {
                    return Ok(None);
                }
                let row = self.get(&taking.about(&key)).await?;
                let Some(commit) = taking.commit(&key, row.as_ref())? else { continue };
                match self.commit(commit).await {
                    Ok(_) => return Ok(Some(key)),
                    Err(Error::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

/// So many rows are read at once where all of a long list are wanted.
pub(crate) const PIECE: usize = 256;

/// Keys that begin with `prefix` and are smaller than `before`.
#[derive(Clone, Copy, Debug)]
pub struct Range<'a> {
    /// With what the keys begin.
    pub prefix: &'a str,
    /// The first key that is too great.
    pub before: &'a str,
}

/// How a key of a list is taken by [`Store::take`].
pub trait Taking: Send + Sync {
    /// The key of the row that the key of the list stands for.
    fn about(&self, key: &str) -> String;
    /// The commit that takes it; `None` when it is not to be had.
    fn commit(&self, key: &str, row: Option<&Row>) -> Result<Option<Commit>, Error>;
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub what: String,
    /// To which item or thing.
    pub about: String,
    /// Who did it: a user or a part of the program.
    pub who: String,
    /// When, RFC 3339.
    pub at: String,
    /// Hash of the journal entry it belongs to, as its row is written; or `""`.
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
    /// A later program has written it.
    #[error(
        "the store has layout {found}, this program knows {known}: a newer version of it was here"
    )]
    Newer {
        /// The layout it has.
        found: u32,
        /// The newest one that this program knows.
        known: u32,
    },
    /// Another daemon has it open.
    #[error("the store `{0}` is in use by another process")]
    InUse(String),
    /// Its server does not answer, or the connection broke: nothing is wrong with what was asked.
    #[error("the store at `{place}` does not answer: {why}")]
    Away {
        /// Its address.
        place: String,
        /// The cause.
        why: String,
    },
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
            Self::Conflict(_) | Self::Away { .. } | Self::Failed { .. } | Self::InUse(_) => {
                Retry::Later
            }
            Self::UnknownBytes(_) | Self::Unreadable { .. } | Self::Newer { .. } => Retry::Never,
        }
    }
}

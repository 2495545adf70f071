//! Keeps everything in memory, for tests and for trying a workflow out.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::{mpsc, watch};

use super::apply::{Overlay, apply};
use super::{Commit, Error, PIECE, Row, Store};
use crate::domain::Digest;

/// A store that forgets everything when it is dropped.
#[derive(Debug)]
pub struct Memory {
    shelves: Mutex<Shelves>,
    commits: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Shelves {
    rows: BTreeMap<String, Row>,
    blobs: BTreeMap<Digest, Vec<u8>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { shelves: Mutex::default(), commits: watch::Sender::new(0) }
    }
}

impl Memory {
    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Memory {
    async fn get(&self, key: &str) -> Result<Option<Row>, Error> {
        Ok(self.shelves().rows.get(key).cloned())
    }

    async fn scan(
        &self,
        prefix: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<(String, Row)>, Error> {
        let start = if after > prefix { after } else { prefix };
        let range = (Bound::Included(start.to_owned()), Bound::Unbounded);
        let shelves = self.shelves();
        let rows = shelves.rows.range(range).take_while(|(key, _)| key.starts_with(prefix));
        let rows = rows.filter(|(key, _)| key.as_str() > after).take(most);
        Ok(rows.map(|(key, row)| (key.clone(), row.clone())).collect())
    }

    async fn commit(&self, commit: Commit) -> Result<u64, Error> {
        let mut shelves = self.shelves();
        let mut overlay = Overlay::new();
        apply(&commit, &mut overlay, &|key| Ok(shelves.rows.get(key).cloned()))?;
        for (key, row) in overlay {
            match row {
                Some(row) => shelves.rows.insert(key, row),
                None => shelves.rows.remove(&key),
            };
        }
        self.commits.send_modify(|number| *number += 1);
        Ok(*self.commits.borrow())
    }

    async fn put_blob(&self, bytes: Vec<u8>) -> Result<Digest, Error> {
        let digest = Digest(blake3::hash(&bytes).to_hex().to_string());
        self.shelves().blobs.insert(digest.clone(), bytes);
        Ok(digest)
    }

    async fn blob(&self, digest: &Digest) -> Result<Vec<u8>, Error> {
        self.shelves().blobs.get(digest).cloned().ok_or_else(|| Error::UnknownBytes(digest.clone()))
    }

    async fn blobs(&self, after: &Digest, most: usize) -> Result<Vec<Digest>, Error> {
        let range = (Bound::Excluded(after.clone()), Bound::Unbounded);
        Ok(self.shelves().blobs.range(range).take(most).map(|(digest, _)| digest.clone()).collect())
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }

    async fn count(&self, prefix: &str) -> Result<usize, Error> {
        let shelves = self.shelves();
        let rows = shelves.rows.range(prefix.to_owned()..);
        Ok(rows.take_while(|(key, _)| key.starts_with(prefix)).count())
    }

    async fn snapshot(&self, pieces: mpsc::Sender<Vec<(String, Row)>>) -> Result<(), Error> {
        let rows: Vec<(String, Row)> =
            self.shelves().rows.iter().map(|(key, row)| (key.clone(), row.clone())).collect();
        for piece in rows.chunks(PIECE) {
            if pieces.send(piece.to_vec()).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn load(&self, rows: Vec<(String, Row)>) -> Result<(), Error> {
        self.shelves().rows.extend(rows);
        Ok(())
    }
}

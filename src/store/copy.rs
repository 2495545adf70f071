//! Brings everything from one store into another, and proves afterwards that it is the same.
//!
//! The rows are those of one moment; the bytes are copied after them, so that everything the rows name is there.
//! What says which daemons are at work stays behind: it is about processes, not about the office.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::backup::Tell;
use super::{PIECE, Row, Store};
use crate::domain::Digest;

/// With what the keys begin that stay behind.
const OF_PROCESSES: [&str; 2] = ["daemon/", "door/"];
/// So many pieces of rows wait for the slower of the two stores at most.
const WAITING: usize = 4;
/// So many bytes are copied at the same time.
const SIDE_BY_SIDE: usize = 8;

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// How many rows.
    pub rows: u64,
    /// How many kept bytes.
    pub blobs: u64,
    /// Their size together.
    pub blob_bytes: u64,
}

/// Why nothing or not everything was copied.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something is there already.
    #[error("the store to copy into is not empty; give it an empty one")]
    NotEmpty,
    /// The rows that came out are not those that went in.
    #[error("the rows differ after the copy: {left} went in, {right} are there")]
    Different {
        /// Rows read from the one.
        left: u64,
        /// Rows found in the other.
        right: u64,
    },
    /// Bytes that are not those their name says.
    #[error("the bytes `{0}` are damaged")]
    Damaged(Digest),
    /// Bytes that are missing afterwards.
    #[error("{left} kept bytes went in, {right} are there")]
    Missing {
        /// Copied.
        left: u64,
        /// Found.
        right: u64,
    },
    /// One of the stores.
    #[error(transparent)]
    Store(#[from] super::Error),
}

/// Copies all rows with their versions and all bytes into an empty store, reads everything there again and compares.
/// `tell` hears of every row and every kept byte sequence, once when it is written and once when it is compared.
pub async fn copy(from: &dyn Store, to: &dyn Store, tell: Tell<'_>) -> Result<Copied, Error> {
    if to.count("").await? > 0 || !to.blobs(&Digest::default(), 1).await?.is_empty() {
        return Err(Error::NotEmpty);
    }
    let written = rows(from, Some(to), tell).await?;
    let (blobs, blob_bytes) = each_blob(from, tell, async |name, bytes| {
        let put = to.put_blob(bytes).await?;
        if put == name { Ok(()) } else { Err(Error::Damaged(name)) }
    })
    .await?;
    let there = rows(to, None, tell).await?;
    if there != written {
        return Err(Error::Different { left: written.count, right: there.count });
    }
    let (found, bytes) = each_blob(to, tell, async |_, _| Ok(())).await?;
    if (found, bytes) != (blobs, blob_bytes) {
        return Err(Error::Missing { left: blobs, right: found });
    }
    Ok(Copied { rows: written.count, blobs, blob_bytes })
}

/// What a set of rows is, in short: two that are equal have the same keys, versions and bodies.
#[derive(Debug, PartialEq, Eq)]
struct Sum {
    count: u64,
    hash: blake3::Hash,
}

/// Reads all rows of a store, and writes them into another if there is one.
async fn rows(from: &dyn Store, to: Option<&dyn Store>, tell: Tell<'_>) -> Result<Sum, Error> {
    let (pieces, mut coming) = mpsc::channel::<Vec<(String, Row)>>(WAITING);
    let taking = async move {
        let (mut count, mut hasher) = (0, blake3::Hasher::new());
        while let Some(mut piece) = coming.recv().await {
            piece.retain(|(key, _)| !OF_PROCESSES.iter().any(|it| key.starts_with(it)));
            for (key, row) in &piece {
                add(&mut hasher, key, row);
            }
            let more = piece.len() as u64;
            if let Some(to) = to {
                to.load(piece).await?;
            }
            count += more;
            tell(more);
        }
        Ok::<_, Error>(Sum { count, hash: hasher.finalize() })
    };
    let (read, taken) = tokio::join!(from.snapshot(pieces), taking);
    let sum = taken?;
    read?;
    Ok(sum)
}

fn add(hasher: &mut blake3::Hasher, key: &str, row: &Row) {
    for part in [key.as_bytes(), &row.version.to_be_bytes(), &row.body] {
        // The length goes first, so that no two different rows hash the same bytes.
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
}

/// Reads all kept bytes, checks that they are what their name says, and does something with them.
async fn each_blob(
    from: &dyn Store,
    tell: Tell<'_>,
    act: impl AsyncFn(Digest, Vec<u8>) -> Result<(), Error>,
) -> Result<(u64, u64), Error> {
    let (mut count, mut size, mut after) = (0, 0, Digest::default());
    loop {
        let names = from.blobs(&after, PIECE).await?;
        let Some(last) = names.last() else { return Ok((count, size)) };
        after = last.clone();
        let one = async |name: Digest| {
            let bytes = from.blob(&name).await?;
            if blake3::hash(&bytes).to_hex().as_str() != name.0 {
                return Err(Error::Damaged(name));
            }
            let length = bytes.len() as u64;
            act(name, bytes).await?;
            tell(1);
            Ok(length)
        };
        let lengths: Vec<u64> =
            stream::iter(names).map(one).buffer_unordered(SIDE_BY_SIDE).try_collect().await?;
        count += lengths.len() as u64;
        size += lengths.iter().sum::<u64>();
    }
}

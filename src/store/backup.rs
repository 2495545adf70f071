//! Writes a whole store into a folder while it goes on working, and reads it back.
//!
//! The rows are those of one moment; the bytes are copied after them, so that everything the rows name is
//! there. Bytes never change, so a second backup into the same folder writes only what is new. The folder
//! holds the last complete backup at every moment: `manifest.json` is replaced last.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::blobs::{Blobs, sync_folder};
use super::{Error, PIECE, Row, Store};
use crate::domain::Digest;

/// The version of the folder's layout.
const FORMAT: u32 = 1;
/// A row can hardly be larger; a greater number means that the file is damaged.
const LARGEST: usize = 256 * 1024 * 1024;
/// So many bytes are copied at the same time: a disk syncs several files faster than one after the other.
const AT_ONCE: usize = 16;
/// So many pieces of rows wait for the disk at most.
const WAITING: usize = 16;

/// What a backup is, as `manifest.json` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the layout.
    pub format: u32,
    /// When it was begun, RFC 3339.
    pub made: String,
    /// The file with the rows.
    pub rows_file: String,
    /// How many rows.
    pub rows: u64,
    /// The BLAKE3 hash of that file.
    pub rows_hash: String,
    /// How many kept bytes.
    pub blobs: u64,
    /// Their size together.
    pub blob_bytes: u64,
}

/// How far a long work is: how much of what.
pub type Tell<'a> = &'a (dyn Fn(u64) + Sync);

/// Writes all rows and bytes of a store into a folder.
pub async fn backup(
    store: &dyn Store,
    folder: &Path,
    made: String,
    tell: Tell<'_>,
) -> Result<Manifest, Error> {
    let place = folder.to_owned();
    private(folder)?;
    let (pieces, mut coming) = mpsc::channel(WAITING);
    let writing = tokio::task::spawn_blocking(move || write_rows(&place, &mut coming));
    store.snapshot(pieces).await?;
    let (rows_file, rows, rows_hash) = joined(writing.await, folder)?;
    tell(rows);
    let kept = Blobs::open(folder.join("blob"))?;
    let (mut blobs, mut blob_bytes, mut after) = (0, 0, Digest::default());
    loop {
        let names = store.blobs(&after, PIECE).await?;
        let Some(last) = names.last() else { break };
        after = last.clone();
        let copying = names.into_iter().map(async |name| {
            if let Some(size) = kept.size(&name) {
                return Ok(size);
            }
            let bytes = store.blob(&name).await?;
            let size = bytes.len() as u64;
            kept.put(bytes).await?;
            tell(1);
            Ok::<u64, Error>(size)
        });
        let mut copied = stream::iter(copying).buffer_unordered(AT_ONCE);
        while let Some(size) = copied.next().await {
            blob_bytes += size?;
            blobs += 1;
        }
    }
    let manifest = Manifest { format: FORMAT, made, rows_file, rows, rows_hash, blobs, blob_bytes };
    publish(folder, &manifest).map_err(|error| failed(folder, &error))?;
    Ok(manifest)
}

/// What a folder says it is.
pub fn manifest(folder: &Path) -> Result<Manifest, Error> {
    let text = fs::read(folder.join("manifest.json")).map_err(|error| failed(folder, &error))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| failed(folder, &error))?;
    if manifest.format != FORMAT {
        let why = format!("it has format {}, this program reads {FORMAT}", manifest.format);
        return Err(failed(folder, &why));
    }
    Ok(manifest)
}

/// Reads a backup into an empty store. Every byte is hashed: a damaged backup is refused before anything is written.
pub async fn restore(folder: &Path, store: &dyn Store, tell: Tell<'_>) -> Result<Manifest, Error> {
    if store.count("").await? > 0 {
        return Err(failed(folder, &"the store it should go into is not empty"));
    }
    let manifest = check(folder, tell).await?;
    let path = folder.join(&manifest.rows_file);
    let place = folder.to_owned();
    let (pieces, mut coming) = mpsc::channel::<Vec<(String, Row)>>(WAITING);
    let reading = tokio::task::spawn_blocking(move || {
        read_rows(&path, |piece| pieces.blocking_send(piece).is_ok())
            .map_err(|error| failed(&place, &error))
    });
    let kept = Blobs::open(folder.join("blob"))?;
    let mut after = Digest::default();
    loop {
        let names = kept.list(&after, PIECE).await?;
        let Some(last) = names.last() else { break };
        after = last.clone();
        let copying = names.into_iter().map(async |name| {
            store.put_blob(kept.get(&name).await?).await?;
            tell(1);
            Ok::<(), Error>(())
        });
        let mut copied = stream::iter(copying).buffer_unordered(AT_ONCE);
        while let Some(done) = copied.next().await {
            done?;
        }
    }
    // The rows come after the bytes, so that no row ever names bytes that are not there.
    while let Some(piece) = coming.recv().await {
        let count = piece.len() as u64;
        store.load(piece).await?;
        tell(count);
    }
    joined(reading.await, folder)?;
    Ok(manifest)
}

/// Hashes everything in a backup again.
pub async fn check(folder: &Path, tell: Tell<'_>) -> Result<Manifest, Error> {
    let manifest = manifest(folder)?;
    let path = folder.join(&manifest.rows_file);
    let (expected, place) = (manifest.clone(), folder.to_owned());
    let hashing = tokio::task::spawn_blocking(move || {
        let mut hasher = blake3::Hasher::new();
        let hashed = File::open(&path).and_then(|file| hasher.update_reader(file).map(|_| ()));
        hashed.map_err(|error| failed(&place, &error))?;
        if hasher.finalize().to_hex().as_str() != expected.rows_hash {
            let why = format!("`{}` is not the file that was written", expected.rows_file);
            return Err(failed(&place, &why));
        }
        Ok(())
    });
    joined(hashing.await, folder)?;
    let kept = Blobs::open(folder.join("blob"))?;
    let (mut blobs, mut after) = (0, Digest::default());
    loop {
        let names = kept.list(&after, PIECE).await?;
        let Some(last) = names.last() else { break };
        after = last.clone();
        for name in names {
            let bytes = kept.get(&name).await?;
            if blake3::hash(&bytes).to_hex().as_str() != name.0 {
                return Err(failed(folder, &format!("the bytes `{name}` are damaged")));
            }
            blobs += 1;
            tell(1);
        }
    }
    // More may be there: bytes that came while the backup ran, or belong to an earlier one.
    if blobs < manifest.blobs {
        let why = format!("{blobs} kept bytes are there, {} were written", manifest.blobs);
        return Err(failed(folder, &why));
    }
    Ok(manifest)
}

fn write_rows(
    folder: &Path,
    coming: &mut mpsc::Receiver<Vec<(String, Row)>>,
) -> Result<(String, u64, String), Error> {
    let part = folder.join("rows.part");
    let mut write = || -> std::io::Result<(u64, String)> {
        let mut file = BufWriter::new(File::create(&part)?);
        let (mut rows, mut hasher) = (0, blake3::Hasher::new());
        while let Some(piece) = coming.blocking_recv() {
            for (key, row) in piece {
                let bytes = encode(&key, &row);
                hasher.update(&bytes);
                file.write_all(&bytes)?;
                rows += 1;
            }
        }
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        Ok((rows, hasher.finalize().to_hex().to_string()))
    };
    let (rows, hash) = write().map_err(|error| failed(folder, &error))?;
    let name = format!("rows-{}", hash.get(..16).unwrap_or(&hash));
    fs::rename(&part, folder.join(&name)).map_err(|error| failed(folder, &error))?;
    Ok((name, rows, hash))
}

/// Makes the new manifest the valid one, then removes the rows of the one before.
fn publish(folder: &Path, manifest: &Manifest) -> std::io::Result<()> {
    let part = folder.join("manifest.part");
    let mut file = File::create(&part)?;
    file.write_all(&serde_json::to_vec_pretty(manifest)?)?;
    file.sync_all()?;
    fs::rename(&part, folder.join("manifest.json"))?;
    sync_folder(folder)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let old = name.to_string_lossy().starts_with("rows-") && *name != *manifest.rows_file;
        if old {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Key and body with their lengths before them, the version between.
fn encode(key: &str, row: &Row) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len() + row.body.len() + 24);
    bytes.extend((key.len() as u64).to_be_bytes());
    bytes.extend(key.as_bytes());
    bytes.extend(row.version.to_be_bytes());
    bytes.extend((row.body.len() as u64).to_be_bytes());
    bytes.extend(&row.body);
    bytes
}

fn read_rows(
    path: &PathBuf,
    mut tell: impl FnMut(Vec<(String, Row)>) -> bool,
) -> std::io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let mut piece = Vec::new();
    while let Some(length) = number(&mut file)? {
        let key = text(&mut file, length)?;
        let key = String::from_utf8(key).map_err(std::io::Error::other)?;
        let cut = || std::io::Error::other("the file with the rows ends too early");
        let version = number(&mut file)?.ok_or_else(cut)?;
        let length = number(&mut file)?.ok_or_else(cut)?;
        piece.push((key, Row { version, body: text(&mut file, length)? }));
        if piece.len() == PIECE && !tell(std::mem::take(&mut piece)) {
            return Ok(());
        }
    }
    tell(piece);
    Ok(())
}

fn number(file: &mut impl Read) -> std::io::Result<Option<u64>> {
    let mut bytes = [0; 8];
    match file.read(&mut bytes)? {
        0 => return Ok(None),
        some => file.read_exact(bytes.get_mut(some..).unwrap_or_default())?,
    }
    Ok(Some(u64::from_be_bytes(bytes)))
}

fn text(file: &mut impl Read, length: u64) -> std::io::Result<Vec<u8>> {
    let length = usize::try_from(length).ok().filter(|it| *it <= LARGEST);
    let mut bytes = vec![0; length.ok_or_else(|| std::io::Error::other("a row is damaged"))?];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The folder holds everything that the office received: only its owner may look into it.
fn private(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o700)))
        .map_err(|error| failed(folder, &error))
}

fn joined<T>(
    done: Result<Result<T, Error>, tokio::task::JoinError>,
    folder: &Path,
) -> Result<T, Error> {
    done.map_err(|error| failed(folder, &error))?
}

fn failed(folder: &Path, why: &impl ToString) -> Error {
    Error::Failed { place: folder.display().to_string(), why: why.to_string() }
}

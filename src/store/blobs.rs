//! Immutable bytes as files named by their BLAKE3 hash, on stable storage before anyone is told.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Error;
use crate::domain::Digest;
use crate::failpoint;

/// A folder of blobs.
#[derive(Clone, Debug)]
pub(super) struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    pub(super) fn open(folder: PathBuf) -> Result<Self, Error> {
        let blobs = Self { folder };
        fs::create_dir_all(blobs.folder.join("tmp")).map_err(|error| blobs.failed(&error))?;
        Ok(blobs)
    }

    /// Removes what a crash left half written: nothing knows of it. Only for whoever has the folder alone.
    pub(super) fn sweep(&self) -> Result<(), Error> {
        let entries = fs::read_dir(self.folder.join("tmp")).map_err(|error| self.failed(&error))?;
        for entry in entries.flatten() {
            fs::remove_file(entry.path()).map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    pub(super) async fn put(&self, bytes: Vec<u8>) -> Result<Digest, Error> {
        let this = self.clone();
        let place = self.folder.display().to_string();
        tokio::task::spawn_blocking(move || this.write(&bytes).map_err(|error| this.failed(&error)))
            .await
            .map_err(|error| Error::Failed { place, why: error.to_string() })?
    }

    pub(super) async fn get(&self, digest: &Digest) -> Result<Vec<u8>, Error> {
        match tokio::fs::read(self.path(digest)).await {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::UnknownBytes(digest.clone()))
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// How many bytes are kept under a name; `None` when they are not.
    pub(super) fn size(&self, digest: &Digest) -> Option<u64> {
        self.path(digest).metadata().ok().map(|it| it.len())
    }

    /// Names greater than `after`, in order.
    pub(super) async fn list(&self, after: &Digest, most: usize) -> Result<Vec<Digest>, Error> {
        let (this, after) = (self.clone(), after.clone());
        let place = self.folder.display().to_string();
        let listing = tokio::task::spawn_blocking(move || {
            this.names(&after, most).map_err(|error| this.failed(&error))
        });
        listing.await.map_err(|error| Error::Failed { place, why: error.to_string() })?
    }

    fn names(&self, after: &Digest, most: usize) -> io::Result<Vec<Digest>> {
        let mut found = Vec::new();
        for shelf in sorted(&self.folder)? {
            let is_shelf = shelf.len() == 2 && shelf.bytes().all(|it| it.is_ascii_hexdigit());
            // The shelf is the beginning of the names on it.
            if !is_shelf || after.0.get(..2).is_some_and(|begin| shelf.as_str() < begin) {
                continue;
            }
            found.extend(sorted(&self.folder.join(&shelf))?.into_iter().filter(|it| *it > after.0));
            if found.len() >= most {
                break;
            }
        }
        found.truncate(most);
        Ok(found.into_iter().map(Digest).collect())
    }

    fn write(&self, bytes: &[u8]) -> io::Result<Digest> {
        let digest = Digest(blake3::hash(bytes).to_hex().to_string());
        let target = self.path(&digest);
        let folder = target.parent().unwrap_or(&self.folder);
        if target.exists() {
            // Whoever wrote it may have been ended before its name was durable.
            sync_folder(folder)?;
            sync_folder(&self.folder)?;
            return Ok(digest);
        }
        fs::create_dir_all(folder)?;
        let temporary = self.folder.join("tmp").join(uuid::Uuid::now_v7().to_string());
        if let Err(error) = write_new(&temporary, bytes) {
            // On a full disk every byte counts.
            fs::remove_file(&temporary).ok();
            return Err(error);
        }
        fs::rename(&temporary, &target)?;
        failpoint::io("blob.renamed")?;
        sync_folder(folder)?;
        sync_folder(&self.folder)?;
        failpoint::hit("blob.done");
        Ok(digest)
    }

    /// Hash names come from our own rows, but a row may be damaged: no other path is ever made of one.
    fn path(&self, digest: &Digest) -> PathBuf {
        let name: String = digest.0.chars().filter(char::is_ascii_hexdigit).collect();
        let shelf: String = name.chars().take(2).collect();
        self.folder.join(shelf).join(name)
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::Failed { place: self.folder.display().to_string(), why: error.to_string() }
    }
}

fn sorted(folder: &Path) -> io::Result<Vec<String>> {
    let names = fs::read_dir(folder)?.map(|it| Ok(it?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<String>>>()?;
    names.sort();
    Ok(names)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    failpoint::io("blob.before_write")?;
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    failpoint::io("blob.written")?;
    if !failpoint::is_left_out("blob.sync") {
        file.sync_all()?;
    }
    failpoint::io("blob.synced")
}

/// A new name is durable only when its folder is (fsync(2), notes).
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

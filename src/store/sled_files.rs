//! What sled 0.34 leaves undone in its folder, and what a crash may leave there.
//!
//! Its file `conf` is written once and never synced: after a power loss it may be there with its length and without its
//! contents, and then the store does not open any more. A half-written `snap.….generating` is taken for the newest
//! snapshot, which it never was: the one before it is still there, or the log has everything.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens the rows, also when a crash came while a snapshot was written.
pub(super) fn open(config: &::sled::Config, rows: &Path) -> Result<::sled::Db, ::sled::Error> {
    match config.open() {
        // Nobody else has it open, or that would have been the error.
        Err(::sled::Error::Corruption { .. }) if remove_half_written(rows)? > 0 => {
            tracing::warn!("removed a half-written snapshot of the store");
            config.open()
        }
        other => other,
    }
}

/// Brings to stable storage what sled does not, and the folders' own names.
pub(super) fn seal(folder: &Path, rows: &Path) -> io::Result<()> {
    File::open(rows.join("conf"))?.sync_all()?;
    File::open(rows)?.sync_all()?;
    File::open(folder)?.sync_all()?;
    folder.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

fn remove_half_written(rows: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(rows)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "generating") {
            fs::remove_file(path)?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Change, Commit, Sled, Store};

    #[tokio::test]
    async fn a_half_written_snapshot_does_not_close_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Sled::open(folder.path().to_owned(), 16);
        let put = Change::Put("a".into(), b"1".to_vec());
        let store = open().unwrap();
        store.commit(Commit { changes: vec![put], ..Commit::default() }).await.unwrap();
        drop(store);
        fs::write(folder.path().join("rows/snap.7FFFFFFFFFFFFFFF.generating"), "half").unwrap();
        // The lock goes with the thread that writes, which ends a moment later.
        let mut again = open();
        while matches!(again, Err(crate::store::Error::InUse(_))) {
            tokio::task::yield_now().await;
            again = open();
        }
        assert_eq!(again.unwrap().get("a").await.unwrap().unwrap().body, b"1");
    }
}

//! Watches the space for the state folder: before the disk is full, the doors take nothing more in, so that
//! what is here can still be worked on, decided and delivered.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate, statvfs};

use super::Desk;

/// Space that is given back when the disk is full all the same, so that states can still be written.
const BALLAST: u64 = 64 * 1024 * 1024;
const MB: u64 = 1024 * 1024;

/// The space of the state folder's disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Space {
    /// That we may still use.
    pub(super) free: u64,
    /// The whole disk.
    pub(super) size: u64,
}

impl Space {
    fn of(folder: &Path) -> io::Result<Self> {
        let found = statvfs(folder)?;
        Ok(Self { free: found.f_bavail * found.f_frsize, size: found.f_blocks * found.f_frsize })
    }

    /// Why nothing more is taken in; `None` while there is space enough.
    fn too_little(self, least_mb: u64, least_percent: u8) -> Option<String> {
        let least = (least_mb * MB).max(self.size / 100 * u64::from(least_percent));
        (self.free < least).then(|| {
            format!("the disk has {} MB left, {} MB are kept free", self.free / MB, least / MB)
        })
    }
}

impl Desk {
    /// Why the doors take nothing in at this moment; `None` when they do.
    pub(super) fn disk_is_short(&self) -> Option<String> {
        let limits = &self.rules().office.settings.limits;
        let folder = &self.place().state;
        // A folder that is not there yet will be made on a disk we do not know.
        let space = Space::of(folder).ok()?;
        self.meters.disk(space);
        let short = space.too_little(limits.disk_free_mb, limits.disk_free_percent);
        if let Err(error) = ballast(&folder.join("ballast"), space, limits.disk_free_mb) {
            tracing::debug!("the ballast file could not be changed: {error}");
        }
        short
    }
}

/// Gives the ballast back when the disk is nearly full, and takes it again when there is space.
fn ballast(file: &Path, space: Space, least_mb: u64) -> io::Result<()> {
    let there = file.exists();
    if there && space.free < BALLAST {
        std::fs::remove_file(file)?;
        tracing::warn!("the disk is nearly full: {} MB of ballast were given back", BALLAST / MB);
    }
    if !there && least_mb > 0 && space.free > least_mb.max(1) * MB + 2 * BALLAST {
        fallocate(&File::create(file)?, FallocateFlags::empty(), 0, BALLAST)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greater_of_both_limits_counts() {
        let space = |free_mb: u64| Space { free: free_mb * MB, size: 100_000 * MB };
        assert_eq!(space(5000).too_little(1024, 2), None);
        assert!(space(1999).too_little(1024, 2).unwrap().contains("1999 MB left, 2000 MB"));
        assert!(space(1023).too_little(1024, 0).is_some());
        assert_eq!(space(0).too_little(0, 0), None);
    }

    #[test]
    fn ballast_goes_and_comes_with_the_space() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ballast");
        let space = |free_mb: u64| Space { free: free_mb * MB, size: 100_000 * MB };
        ballast(&file, space(10_000), 1024).unwrap();
        assert_eq!(file.metadata().unwrap().len(), BALLAST);
        ballast(&file, space(500), 1024).unwrap();
        assert!(file.exists());
        ballast(&file, space(10), 1024).unwrap();
        assert!(!file.exists());
    }
}

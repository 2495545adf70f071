//! What happens to a file once it is safely stored. Doing it twice changes nothing.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::scan::{self, Found, PROCESSED, Places};
use crate::failpoint;

/// Moves a file to `processed/`, or deletes it. A file that changed since is another arrival and stays.
pub(super) fn finish(places: &Places, origin: &str, delete: bool) -> io::Result<()> {
    let Some((path, inside)) = find(places, origin) else { return Ok(()) };
    failpoint::io("share.before_move")?;
    if delete {
        return fs::remove_file(path);
    }
    let target = places.root.join(PROCESSED).join(inside);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    for number in 1..10_000 {
        match rename_new(&path, &numbered(&target, number)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other,
        }
    }
    Err(io::Error::other("there are too many files of this name"))
}

/// Takes a file away from everybody else who looks into the share. `None` when another was first.
pub(super) fn claim(places: &Places, found: Found) -> io::Result<Option<Found>> {
    let Some(claimed) = places.claimed.as_ref().filter(|_| !found.is_claimed) else {
        return Ok(Some(found));
    };
    let inside = found.path.strip_prefix(&places.root).map_err(io::Error::other)?;
    let path = claimed.join(inside);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match rename_new(&found.path, &path) {
        Ok(()) => Ok(Some(Found { path, is_claimed: true, ..found })),
        // Another was first, or an earlier file of this name is not finished yet.
        Err(error)
            if [io::ErrorKind::NotFound, io::ErrorKind::AlreadyExists].contains(&error.kind()) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The file with this origin and its path in the share, unless it is gone or has changed.
fn find(places: &Places, origin: &str) -> Option<(PathBuf, PathBuf)> {
    let inside = scan::unescape(origin.rsplitn(3, '/').nth(2).unwrap_or_default());
    let is_inside = inside.components().all(|it| matches!(it, Component::Normal(_)));
    places.all().filter(|_| is_inside).find_map(|root| {
        let path = root.join(&inside);
        let metadata = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
        let same = scan::describe(root, path, &metadata).filter(|it| it.origin == origin)?;
        Some((same.path, inside.clone()))
    })
}

/// `Brief.pdf`, `Brief (2).pdf`, …
fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return path.to_owned();
    }
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(" ({number})"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Renames without replacing, also on file systems that cannot do both in one step.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            if to.symlink_metadata().is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(from, to)
        }
        other => other.map_err(io::Error::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_of_one_name_are_both_kept() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places { root: folder.path().to_owned(), claimed: None };
        let file = folder.path().join("Brief.pdf");
        for text in ["eins", "zwei", "drei"] {
            fs::write(&file, text).unwrap();
            let origin = scan::scan(&places, false).unwrap().0[0].origin.clone();
            finish(&places, &origin, false).unwrap();
            finish(&places, &origin, false).unwrap();
        }
        let text =
            |name: &str| fs::read_to_string(folder.path().join(PROCESSED).join(name)).unwrap();
        assert_eq!(
            text("Brief.pdf") + &text("Brief (2).pdf") + &text("Brief (3).pdf"),
            "einszweidrei"
        );
        assert!(scan::scan(&places, true).unwrap().0.is_empty());
    }

    #[test]
    fn a_file_that_changed_is_not_moved_away() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places { root: folder.path().to_owned(), claimed: None };
        let file = folder.path().join("100 %.pdf");
        fs::write(&file, "eins").unwrap();
        let origin = scan::scan(&places, false).unwrap().0[0].origin.clone();
        fs::write(&file, "eins und zwei").unwrap();
        finish(&places, &origin, true).unwrap();
        assert!(file.exists());
        let origin = scan::scan(&places, false).unwrap().0[0].origin.clone();
        finish(&places, &origin, true).unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn an_origin_cannot_lead_out_of_the_share() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places { root: folder.path().to_owned(), claimed: None };
        let inside = folder.path().join("share");
        fs::create_dir(&inside).unwrap();
        fs::write(folder.path().join("fremd.pdf"), "x").unwrap();
        let origin = scan::scan(&places, false).unwrap().0[0].origin.clone();
        let narrow = Places { root: inside, claimed: None };
        finish(&narrow, &format!("../{origin}"), true).unwrap();
        assert!(folder.path().join("fremd.pdf").exists());
    }
}

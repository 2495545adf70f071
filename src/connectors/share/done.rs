//! What happens to a file once it is safely stored. Doing it twice changes nothing.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::scan::{self, PROCESSED};
use crate::failpoint;

/// Moves a file to `processed/`, or deletes it. A file that changed since is another arrival and stays.
pub(super) fn finish(root: &Path, origin: &str, delete: bool) -> io::Result<()> {
    let Some(path) = find(root, origin)? else { return Ok(()) };
    failpoint::io("share.before_move")?;
    if delete {
        return fs::remove_file(path);
    }
    let inside = path.strip_prefix(root).map_err(io::Error::other)?;
    let target = root.join(PROCESSED).join(inside);
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

/// The file with this origin, unless it is gone or has changed.
fn find(root: &Path, origin: &str) -> io::Result<Option<PathBuf>> {
    let inside = origin.rsplitn(3, '/').nth(2).unwrap_or_default();
    if inside.contains('%') {
        // Its name is not plain text, so it is found by looking at all.
        let found = scan::scan(root, true)?;
        return Ok(found.into_iter().find(|it| it.origin == origin).map(|it| it.path));
    }
    let is_inside = Path::new(inside).components().all(|it| matches!(it, Component::Normal(_)));
    let path = root.join(inside);
    let Some(metadata) = path.symlink_metadata().ok().filter(|it| is_inside && it.is_file()) else {
        return Ok(None);
    };
    let same = scan::describe(root, path.clone(), &metadata).is_some_and(|it| it.origin == origin);
    Ok(same.then_some(path))
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
        let file = folder.path().join("Brief.pdf");
        for text in ["eins", "zwei", "drei"] {
            fs::write(&file, text).unwrap();
            let origin = scan::scan(folder.path(), false).unwrap()[0].origin.clone();
            finish(folder.path(), &origin, false).unwrap();
            finish(folder.path(), &origin, false).unwrap();
        }
        let text =
            |name: &str| fs::read_to_string(folder.path().join(PROCESSED).join(name)).unwrap();
        assert_eq!(
            text("Brief.pdf") + &text("Brief (2).pdf") + &text("Brief (3).pdf"),
            "einszweidrei"
        );
        assert!(scan::scan(folder.path(), true).unwrap().is_empty());
    }

    #[test]
    fn a_file_that_changed_is_not_moved_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("100 %.pdf");
        fs::write(&file, "eins").unwrap();
        let origin = scan::scan(folder.path(), false).unwrap()[0].origin.clone();
        fs::write(&file, "eins und zwei").unwrap();
        finish(folder.path(), &origin, true).unwrap();
        assert!(file.exists());
        let origin = scan::scan(folder.path(), false).unwrap()[0].origin.clone();
        finish(folder.path(), &origin, true).unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn an_origin_cannot_lead_out_of_the_share() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("share");
        fs::create_dir(&inside).unwrap();
        fs::write(folder.path().join("fremd.pdf"), "x").unwrap();
        let origin = scan::scan(folder.path(), false).unwrap()[0].origin.clone();
        finish(&inside, &format!("../{origin}"), true).unwrap();
        assert!(folder.path().join("fremd.pdf").exists());
    }
}

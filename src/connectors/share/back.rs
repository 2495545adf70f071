//! Files that were put away since a moment: after a restore the store may not know them.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use jiff::Timestamp;

use super::scan::{self, Found, PROCESSED, Places};

/// The files in `processed/` that were moved there since a moment, each under the names it may have had before.
pub(super) fn put_away(places: &Places, since: Timestamp) -> io::Result<Vec<(Found, Vec<String>)>> {
    let root = places.root.join(PROCESSED);
    if !root.exists() {
        return Ok(Vec::new());
    }
    let (found, _) = scan::scan(&Places { root, claimed: None }, true)?;
    // Moving a file changes neither its size nor its time, but the time at which its entry was changed.
    let moved = |path: &Path| path.symlink_metadata().map_or(0, |it| it.ctime());
    let recent = found.into_iter().filter(|it| moved(&it.path) >= since.as_second());
    Ok(recent
        .map(|it| {
            let names = names(&it.origin);
            // Nobody else takes what lies there.
            (Found { is_claimed: true, ..it }, names)
        })
        .collect())
}

/// The origin as it stands, and without the number that a second file of the same name got.
fn names(origin: &str) -> Vec<String> {
    let mut names = vec![origin.to_owned()];
    let mut parts = origin.rsplitn(3, '/');
    let (time, size, path) = (parts.next(), parts.next(), parts.next());
    if let (Some(time), Some(size), Some(path)) = (time, size, path)
        && let Some(plain) = without_number(path)
    {
        names.push(format!("{plain}/{size}/{time}"));
    }
    names
}

/// `Brief (2).pdf` was `Brief.pdf`.
fn without_number(path: &str) -> Option<String> {
    let (before, rest) = path.rsplit_once(" (")?;
    let (number, ending) = rest.split_once(')')?;
    let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
    let is_ending = ending.is_empty() || ending.starts_with('.') && !ending.contains('/');
    (is_number && is_ending).then(|| format!("{before}{ending}"))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_number_of_ours_is_taken_off_and_nothing_else() {
        assert_eq!(names("a/Brief (2).pdf/4/1"), ["a/Brief (2).pdf/4/1", "a/Brief.pdf/4/1"]);
        assert_eq!(names("Brief (2)/4/1"), ["Brief (2)/4/1", "Brief/4/1"]);
        assert_eq!(names("Brief (neu).pdf/4/1").len(), 1);
        assert_eq!(names("Jahr (2026) x/y.pdf/4/1").len(), 1);
    }
}

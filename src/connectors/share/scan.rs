//! Looks into a folder and tells which of its files are complete.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::connectors::Arrival;
use crate::domain::Problem;

/// Where files go once they are stored.
pub(super) const PROCESSED: &str = "processed";
/// So much of a file over the limit is kept, for a person to see what it is.
const BEGINNING: u64 = 64 * 1024;
/// Without waiting (`settle_seconds = 0`), a file this old is complete at the first look.
const OLD: Duration = Duration::from_secs(1);
/// Deeper folders are not looked into.
const DEPTH: usize = 16;

/// Where files may lie.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// The share.
    pub(super) root: PathBuf,
    /// Where those lie that this daemon has claimed, if it does so.
    pub(super) claimed: Option<PathBuf>,
}

impl Places {
    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &PathBuf> {
        self.claimed.iter().chain([&self.root])
    }
}

/// A file that may be an item.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) origin: String,
    pub(super) size: u64,
    pub(super) modified: Timestamp,
    /// Whether nobody else can take it any more.
    pub(super) is_claimed: bool,
}

/// What was there at the last look, and since when it has been as it is.
#[derive(Debug, Default)]
pub(super) struct Seen {
    since: HashMap<String, Instant>,
    /// Whether a file is there that was not complete at the last look.
    pub(super) unsettled: bool,
}

impl Seen {
    /// The files that have not changed since an earlier look, for as long as asked; oldest first.
    /// `now` is told by the calendar, to compare with times of files, and by a clock that is never set.
    pub(super) fn still(
        &mut self,
        found: Vec<Found>,
        settle: Duration,
        now: (Timestamp, Instant),
    ) -> Vec<Found> {
        let (mut since, mut ready) = (HashMap::new(), Vec::new());
        self.unsettled = false;
        for file in found {
            let earlier = self.since.get(&file.origin).copied();
            let age = Duration::try_from(now.0.duration_since(file.modified)).unwrap_or_default();
            let still = match earlier {
                Some(earlier) => now.1.saturating_duration_since(earlier) >= settle,
                None => settle.is_zero() && age > OLD,
            };
            since.insert(file.origin.clone(), earlier.unwrap_or(now.1));
            if still {
                ready.push(file);
            } else {
                self.unsettled = true;
            }
        }
        self.since = since;
        ready.sort_by(|a, b| (a.modified, &a.path).cmp(&(b.modified, &b.path)));
        ready
    }
}

/// All files that may be items, complete or not, and how many folders could not be read.
pub(super) fn scan(places: &Places, subfolders: bool) -> io::Result<(Vec<Found>, usize)> {
    let (mut found, mut unreadable) = (Vec::new(), 0);
    let depth = if subfolders { DEPTH } else { 0 };
    if let Some(claimed) = places.claimed.as_ref().filter(|it| it.exists()) {
        folder((claimed, claimed), DEPTH, &mut found, &mut unreadable)?;
        found.iter_mut().for_each(|it| it.is_claimed = true);
    }
    folder((&places.root, &places.root), depth, &mut found, &mut unreadable)?;
    Ok((found, unreadable))
}

fn folder(
    (root, path): (&Path, &Path),
    depth: usize,
    found: &mut Vec<Found>,
    unreadable: &mut usize,
) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        if is_passing(&name.to_string_lossy()) {
            continue;
        }
        // Not followed: a link could lead out of the share.
        let Ok(metadata) = entry.path().symlink_metadata() else { continue };
        let is_processed = path == root && name == PROCESSED;
        if metadata.is_dir() && depth > 0 && !is_processed {
            // A folder that nobody lets us read must not hide the others.
            let read = folder((root, &entry.path()), depth - 1, found, unreadable);
            *unreadable += usize::from(read.is_err());
        }
        if metadata.is_file() {
            found.extend(describe(root, entry.path(), &metadata));
        }
    }
    Ok(())
}

/// Names of files that are still being made, or belong to a program and not to a person.
fn is_passing(name: &str) -> bool {
    let lower = name.to_lowercase();
    let ends = [".part", ".tmp", ".crdownload", ".partial", ".filepart", ".lock"];
    let own = ["thumbs.db", "desktop.ini"];
    lower.starts_with('.')
        || lower.starts_with("~$")
        || own.contains(&lower.as_str())
        || ends.iter().any(|end| lower.ends_with(end))
}

pub(super) fn describe(root: &Path, path: PathBuf, metadata: &Metadata) -> Option<Found> {
    let modified = Timestamp::try_from(metadata.modified().ok()?).ok()?;
    let inside = escape(path.strip_prefix(root).ok()?);
    let origin = format!("{inside}/{}/{}", metadata.len(), modified.as_nanosecond());
    Some(Found { path, origin, size: metadata.len(), modified, is_claimed: false })
}

/// A path as text, also when its bytes are not UTF-8: `%` and such bytes as two hexadecimal digits.
fn escape(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// The path that became this text.
pub(super) fn unescape(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let digits = after.get(..2).and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(digits.unwrap_or(b'%'));
        rest = digits.and_then(|_| after.get(2..)).unwrap_or(after);
    }
    bytes.extend_from_slice(rest.as_bytes());
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

/// Reads a file. `None` when it changed since it was seen.
pub(super) fn read(found: &Found, max_mb: u64) -> io::Result<Option<Arrival>> {
    let mut file = File::open(&found.path)?;
    let oversize = found.size > max_mb.saturating_mul(1024 * 1024);
    let most = if oversize { BEGINNING } else { found.size.saturating_add(1) };
    let mut bytes = Vec::new();
    (&mut file).take(most).read_to_end(&mut bytes)?;
    let after = file.metadata()?;
    let time = after.modified().ok().and_then(|it| Timestamp::try_from(it).ok());
    let whole = oversize || u64::try_from(bytes.len()) == Ok(found.size);
    if after.len() != found.size || time != Some(found.modified) || !whole {
        return Ok(None);
    }
    let problem = oversize.then(|| {
        let megabytes = found.size.div_ceil(1024 * 1024);
        Problem::new("P0103", format!("the file has {megabytes} MB, the limit is {max_mb} MB"))
    });
    let name = found.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Some(Arrival {
        origin: found.origin.clone(),
        name,
        received: found.modified,
        bytes,
        problem,
    }))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn what_is_still_being_made_is_passed_by() {
        let passed = [".hidden", "a.pdf.part", "X.TMP", "~$Brief.docx", "Thumbs.db"];
        assert!(passed.iter().all(|name| is_passing(name)));
        assert!(!["Brief.docx", "Übersicht~.pdf", "party"].iter().any(|name| is_passing(name)));
    }

    #[test]
    fn names_that_are_not_text_keep_apart() {
        let strange = Path::new(OsStr::from_bytes(b"Gr\xfc\xdfe%.pdf")).to_owned();
        assert_eq!(escape(&strange), "Gr%FC%DFe%25.pdf");
        assert_eq!(escape(Path::new("Grüße.pdf")), "Grüße.pdf");
        assert_eq!(unescape("Gr%FC%DFe%25.pdf"), strange);
        assert_eq!(unescape("Grüße.pdf"), Path::new("Grüße.pdf"));
    }

    #[test]
    fn a_file_that_grows_is_not_taken() {
        let file = |size: u64| Found {
            path: "a.pdf".into(),
            origin: format!("a.pdf/{size}/0"),
            size,
            modified: Timestamp::UNIX_EPOCH,
            is_claimed: false,
        };
        let (begin, settle) = (Instant::now(), Duration::from_secs(10));
        let mut seen = Seen::default();
        let mut look = |size, seconds| {
            let now = (Timestamp::UNIX_EPOCH, begin + Duration::from_secs(seconds));
            let ready = seen.still(vec![file(size)], settle, now).len();
            (ready, seen.unsettled)
        };
        assert_eq!(look(1, 0), (0, true));
        assert_eq!(look(2, 11), (0, true));
        assert_eq!(look(3, 22), (0, true));
        assert_eq!(look(3, 31), (0, true));
        assert_eq!(look(3, 32), (1, false));
    }

    #[test]
    fn a_file_over_the_limit_comes_with_its_beginning_and_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("groß.pdf"), vec![7; 2 * 1024 * 1024]).unwrap();
        let places = Places { root: folder.path().to_owned(), claimed: None };
        let (found, _) = scan(&places, false).unwrap();
        let arrival = read(&found[0], 1).unwrap().unwrap();
        assert_eq!(arrival.bytes.len(), 64 * 1024);
        assert_eq!(arrival.problem.unwrap().code, "P0103");
        let whole = read(&found[0], 2).unwrap().unwrap();
        assert_eq!((whole.bytes.len(), whole.problem), (2 * 1024 * 1024, None));
    }
}

//! Writing files so that they are there whole or not at all, also after a power failure.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::Error;
use crate::failpoint;

/// Writes a new file and brings it to stable storage.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Replaces a file in one step. Who may read it stays the same.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut part = path.file_name().unwrap_or_default().to_owned();
    part.push(".part");
    let part = folder.join(part);
    write(&part, bytes)?;
    if let Ok(before) = path.metadata() {
        fs::set_permissions(&part, before.permissions())?;
    }
    failpoint::io("table.before_replace")?;
    fs::rename(&part, path)?;
    failpoint::io("table.replaced")?;
    sync_folder(folder)
}

/// Brings the names in a folder to stable storage.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A name that can stand in a folder: no path, not hidden, not too long.
pub(super) fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let forbidden =
        |it: char| it.is_control() || matches!(it, ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let plain: String = last.chars().map(|it| if forbidden(it) { '_' } else { it }).collect();
    let plain = plain.trim_matches(['.', ' ']);
    let skipped = plain.chars().count().saturating_sub(100);
    let short: String = plain.chars().skip(skipped).collect();
    if short.is_empty() { "_".to_owned() } else { short }
}

/// A failure of the disk: the folder may come back, or get space again.
pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Unreachable { place: path.display().to_string(), why: error.to_string() }
}

/// Does work that waits for the disk without holding up others.
pub(super) async fn blocking<T: Send + 'static>(
    place: &Path,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Error::Refused { place: place.display().to_string(), why: error.to_string() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_its_folder() {
        for (name, safe) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\x.exe", "x.exe"),
            ("..", "_"),
            (".ssh", "ssh"),
            ("Bescheid für Groß.docx", "Bescheid für Groß.docx"),
            ("a\n\"b\".pdf", "a__b_.pdf"),
        ] {
            assert_eq!(safe_name(name), safe);
        }
        assert!(safe_name(&("ü".repeat(300) + ".pdf")).len() < 255);
    }
}

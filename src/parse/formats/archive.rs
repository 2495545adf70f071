//! Archives (ZIP), and the guard for every format that is a zip inside.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Context, Inner, problem};
use crate::domain::{Document, Problem};

/// Files in one archive.
const ENTRIES: usize = 1000;
/// Bytes of all files of one archive, unpacked.
const UNPACKED: u64 = 100 << 20;
/// How much smaller than its content a file may be. Text is seldom packed better than 20 : 1.
const RATIO: u64 = 200;
/// Below this the ratio does no harm.
const SMALL: u64 = 1 << 20;

/// What programs leave in archives for themselves.
const LITTER: &[&str] = &["__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini"];

/// Lists what is in an archive; the files in it are documents of their own.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let listed = check(bytes).map(|mut archive| names(&mut archive));
    match listed {
        Ok(names) => listing(names),
        Err(Problem { code, detail }) => problem(&code, &detail),
    }
}

/// The files in an archive. What cannot be unpacked comes with its problem instead.
pub(super) fn parts(bytes: &[u8]) -> Vec<Inner> {
    let Ok(mut archive) = check(bytes) else { return Vec::new() };
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_raw(index) else { continue };
        let name = entry.name().map(|name| name.into_owned()).unwrap_or_default();
        if entry.is_dir() || is_litter(&name) {
            continue;
        }
        let locked = entry.encrypted();
        drop(entry);
        let content = match locked {
            true => Err(Problem::new("P0101", "the file has a password")),
            false => unpack(&mut archive, index),
        };
        parts.push(Inner::unpacked(name, content));
    }
    parts
}

fn unpack(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Result<Vec<u8>, Problem> {
    let entry = archive.by_index(index).map_err(|error| match error {
        ZipError::UnsupportedArchive(what) => {
            Problem::new("P0301", format!("packed in a way that is not read here: {what}"))
        }
        error => Problem::new("P0102", format!("damaged in the archive: {error}")),
    })?;
    limited(entry, UNPACKED)
}

/// All of something packed, unless it is larger than the limit.
pub(super) fn limited(mut packed: impl Read, limit: u64) -> Result<Vec<u8>, Problem> {
    let mut content = Vec::new();
    match packed.by_ref().take(limit + 1).read_to_end(&mut content) {
        Ok(size) if size as u64 > limit => {
            let detail = format!("more than {} MB when unpacked", limit >> 20);
            Err(Problem::new("P0107", detail))
        }
        Ok(_) => Ok(content),
        Err(error) => Err(Problem::new("P0102", format!("damaged in the archive: {error}"))),
    }
}

/// The names of the files in an archive as its text.
pub(super) fn listing(names: Vec<String>) -> Document {
    let names: Vec<String> = names.into_iter().filter(|name| !is_litter(name)).collect();
    if names.is_empty() {
        return problem("P0302", "the archive is empty");
    }
    Document { text: names.join("\n"), ..Document::default() }
}

/// Whether a file in an archive is none that anybody sent, or a folder.
pub(super) fn is_litter(name: &str) -> bool {
    name.ends_with('/') || LITTER.iter().any(|it| name.starts_with(it) || name.ends_with(it))
}

/// The names of all files in an archive.
pub(super) fn names(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Vec<String> {
    archive.file_names().filter_map(Result::ok).map(|name| name.into_owned()).collect()
}

/// Opens a zip that a document is made of, and looks at its table of contents before anything is
/// unpacked.
pub(super) fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Problem> {
    let mut archive = check(bytes)?;
    for index in 0..archive.len() {
        if archive.by_index_raw(index).is_ok_and(|entry| entry.encrypted()) {
            return Err(Problem::new("P0101", "the archive has a password"));
        }
    }
    Ok(archive)
}

/// Refuses what would be too much, by what the table of contents says.
fn check(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Problem> {
    let damaged = |error: ZipError| Problem::new("P0102", format!("damaged archive: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut sizes = Sizes::default();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        sizes.add(entry.size(), Some(entry.compressed_size()))?;
    }
    Ok(archive)
}

/// What the files of an archive come to, by its own word.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    files: usize,
    unpacked: u64,
}

impl Sizes {
    /// Adds a file with its size unpacked and packed; too much is a problem.
    pub(super) fn add(&mut self, size: u64, packed: Option<u64>) -> Result<(), Problem> {
        self.files += 1;
        self.unpacked = self.unpacked.saturating_add(size);
        let ratio = packed.map_or(0, |packed| size / packed.max(1));
        let detail = if self.files > ENTRIES {
            format!("more than {ENTRIES} files in one archive")
        } else if size > SMALL && ratio > RATIO {
            format!("a file is packed {ratio} : 1, more than {RATIO} : 1")
        } else if self.unpacked > UNPACKED {
            format!("more than {} MB, unpacked", UNPACKED >> 20)
        } else {
            return Ok(());
        };
        Err(Problem::new("P0107", detail))
    }
}

/// How much a single packed stream may unpack to.
pub(super) fn most(packed: &[u8]) -> u64 {
    (packed.len() as u64).saturating_mul(RATIO).clamp(SMALL, UNPACKED)
}

/// One file of an archive as text, `None` when it has none of that name. What a table of contents
/// says about sizes may be a lie, so the limit holds here too.
pub(super) fn text_of(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
) -> Option<Result<String, Problem>> {
    let entry = archive.by_name(name).ok()?;
    let mut content = Vec::new();
    let read = entry.take(UNPACKED + 1).read_to_end(&mut content);
    Some(match read {
        Ok(size) if size as u64 > UNPACKED => {
            Err(Problem::new("P0107", format!("`{name}` is larger than it says")))
        }
        Ok(_) => Ok(crate::parse::text::decode(&content)),
        Err(error) => Err(Problem::new("P0102", format!("`{name}` is damaged: {error}"))),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    /// A zip with these files.
    pub(in crate::parse::formats) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    const CONTEXT: Context<'static> = Context { media_type: "application/zip" };

    #[test]
    fn an_archive_is_listed_and_its_files_come_out() {
        let bytes = zip(&[("a.txt", b"A"), ("b/c.pdf", b"B"), ("__MACOSX/x", b"")]);
        let document = read(&bytes, &CONTEXT);
        assert_eq!(document.text, "a.txt\nb/c.pdf");
        assert!(document.problems.is_empty());
        let parts: Vec<(String, Vec<u8>)> =
            parts(&bytes).into_iter().map(|it| (it.name, it.bytes)).collect();
        assert_eq!(parts, [("a.txt".into(), b"A".to_vec()), ("b/c.pdf".into(), b"B".to_vec())]);
    }

    #[test]
    fn a_file_with_a_password_is_named_and_the_others_come_out() {
        // The bit that says so, in the entry itself and in the table of contents.
        let mut bytes = zip(&[("a.txt", b"A"), ("b.txt", b"B")]);
        for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
            let at = bytes.windows(4).position(|it| it == signature).unwrap();
            bytes[at + flags] |= 1;
        }
        let parts = parts(&bytes);
        assert_eq!(parts[0].problem.as_ref().unwrap().code, "P0101");
        assert_eq!(parts[1].bytes, b"B");
        assert_eq!(open(&bytes).unwrap_err().code, "P0101");
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        let document = read(&zip(&[("zeros", &vec![0; 8 << 20])]), &CONTEXT);
        assert_eq!(document.problems[0].code, "P0107", "{:?}", document.problems);
        let names: Vec<String> = (0..1001).map(|number| format!("{number}")).collect();
        let files: Vec<(&str, &[u8])> =
            names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
        assert_eq!(read(&zip(&files), &CONTEXT).problems[0].code, "P0107");
    }

    #[test]
    fn a_cut_archive_is_damaged() {
        let bytes = zip(&[("a.txt", b"A")]);
        assert_eq!(read(&bytes[..bytes.len() - 10], &CONTEXT).problems[0].code, "P0102");
    }
}

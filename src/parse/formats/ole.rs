//! OLE containers ([MS-CFB]): the little file systems in old Office files and Outlook messages.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use cfb::CompoundFile;

use crate::domain::Problem;

/// Streams and storages of one container.
const ENTRIES: usize = 20_000;

/// An opened container.
pub(super) struct Ole<'a> {
    file: CompoundFile<Cursor<&'a [u8]>>,
    size: u64,
}

impl<'a> Ole<'a> {
    /// Opens a container.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        let file = CompoundFile::open(Cursor::new(bytes))
            .map_err(|error| Problem::new("P0102", format!("damaged OLE container: {error}")))?;
        Ok(Self { file, size: bytes.len() as u64 })
    }

    /// The content of a stream, or `None` when there is none of that name or it is damaged.
    pub(super) fn stream(&mut self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        let stream = self.file.open_stream(path).ok()?;
        let mut content = Vec::new();
        // No stream is larger than its container, whatever its directory says.
        stream.take(self.size).read_to_end(&mut content).ok()?;
        Some(content)
    }

    /// A stream that must be there.
    pub(super) fn needed(&mut self, path: &str) -> Result<Vec<u8>, Problem> {
        let missing = || Problem::new("P0102", format!("the stream `{path}` is missing"));
        self.stream(path).ok_or_else(missing)
    }

    /// What stands in a storage: paths, in the order of their names.
    pub(super) fn list(&self, storage: &Path) -> Vec<PathBuf> {
        let Ok(entries) = self.file.read_storage(storage) else { return Vec::new() };
        let mut paths: Vec<PathBuf> =
            entries.take(ENTRIES).map(|entry| entry.path().to_owned()).collect();
        paths.sort();
        paths
    }

    /// Whether there is a stream or a storage of that path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.file.exists(path)
    }
}

/// The little-endian number of two bytes at a place.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// The little-endian number of four bytes at a place.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// The little-endian number of eight bytes at a place.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// Text of two bytes a character.
pub(super) fn utf16(bytes: &[u8]) -> String {
    encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0.into_owned()
}

/// The encoding of a Windows code page; what is unknown is the western one.
pub(super) fn codepage(number: u32) -> &'static encoding_rs::Encoding {
    u16::try_from(number).ok().and_then(codepage::to_encoding).unwrap_or(encoding_rs::WINDOWS_1252)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    /// A container with these streams; storages are made as needed.
    pub(in crate::parse::formats) fn ole(streams: &[(&str, &[u8])]) -> Vec<u8> {
        let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        for (path, content) in streams {
            file.create_storage_all(Path::new(path).parent().unwrap()).unwrap();
            file.create_stream(path).unwrap().write_all(content).unwrap();
        }
        file.flush().unwrap();
        file.into_inner().into_inner()
    }

    #[test]
    fn streams_are_found_by_their_path() {
        let bytes = ole(&[("/a/b", b"inner"), ("/c", b"outer")]);
        let mut opened = Ole::open(&bytes).unwrap();
        assert_eq!(opened.stream("/a/b").unwrap(), b"inner");
        assert_eq!(opened.list(Path::new("/")), [Path::new("/a"), Path::new("/c")]);
        assert!(opened.has("/c") && !opened.has("/d"));
        assert_eq!(opened.needed("/d").unwrap_err().code, "P0102");
        assert!(Ole::open(&bytes[..100]).is_err());
    }
}

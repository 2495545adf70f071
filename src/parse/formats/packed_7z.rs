//! Archives of 7-Zip.

use std::io::Cursor;

use sevenz_rust2::{ArchiveReader, Error, Password};

use super::archive::{self, Sizes, limited};
use super::{Context, Inner, problem};
use crate::domain::{Document, Problem};

/// Lists what is in an archive.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    match open(bytes) {
        Ok(reader) => {
            let files = reader.archive().files.iter().filter(|file| !file.is_directory());
            archive::listing(files.map(|file| file.name().to_owned()).collect())
        }
        Err(Problem { code, detail }) => problem(&code, &detail),
    }
}

/// The files in an archive.
pub(super) fn parts(bytes: &[u8]) -> Vec<Inner> {
    let Ok(mut reader) = open(bytes) else { return Vec::new() };
    let mut parts = Vec::new();
    let end = reader.for_each_entries(|entry, content| {
        if !entry.is_directory() && !archive::is_litter(entry.name()) {
            let content = limited(content, entry.size());
            parts.push(Inner::unpacked(entry.name().to_owned(), content));
        }
        Ok(true)
    });
    if let Err(error) = end {
        parts.push(Inner::unpacked(String::new(), Err(told(&error))));
    }
    parts
}

fn open(bytes: &[u8]) -> Result<ArchiveReader<Cursor<&[u8]>>, Problem> {
    let reader = ArchiveReader::new(Cursor::new(bytes), Password::empty());
    let reader = reader.map_err(|error| told(&error))?;
    let mut sizes = Sizes::default();
    for file in &reader.archive().files {
        sizes.add(file.size(), None)?;
    }
    Ok(reader)
}

fn told(error: &Error) -> Problem {
    let message = error.to_string();
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => {
            Problem::new("P0101", "the archive has a password")
        }
        Error::UnsupportedCompressionMethod(method) if method.contains("AES") => {
            Problem::new("P0101", "the archive has a password")
        }
        Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_) => {
            Problem::new("P0301", format!("packed in a way that is not read here: {message}"))
        }
        _ => Problem::new("P0102", format!("damaged archive: {message}")),
    }
}

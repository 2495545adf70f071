//! Archives: what is in them is told, but not read; and the guard for every format that is a zip inside.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{Context, problem};
use crate::domain::{Document, Problem};

/// Files in one archive.
const ENTRIES: usize = 1000;
/// Bytes of all files of one archive, unpacked.
const UNPACKED: u64 = 100 << 20;
/// How much smaller than its content a file may be. Text is seldom packed better than 20 : 1.
const RATIO: u64 = 200;
/// Below this the ratio does no harm.
const SMALL: u64 = 1 << 20;

/// Lists what is in an archive.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let archive = match open(bytes) {
        Ok(archive) => archive,
        Err(Problem { code, detail }) => return problem(&code, &detail),
    };
    let names: Vec<String> =
        archive.file_names().filter_map(Result::ok).map(|name| name.into_owned()).collect();
    let detail = format!("the {} files of an archive are not read", names.len());
    Document { text: names.join("\n"), ..problem("P0301", &detail) }
}

/// Opens a zip and looks at its table of contents before anything is unpacked.
pub(super) fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Problem> {
    let damaged =
        |error: zip::result::ZipError| Problem::new("P0102", format!("damaged archive: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > ENTRIES {
        return Err(Problem::new(
            "P0107",
            format!("{} files in one archive, more than {ENTRIES}", archive.len()),
        ));
    }
    let mut unpacked = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        if entry.encrypted() {
            return Err(Problem::new("P0101", "the archive has a password"));
        }
        let (size, packed) = (entry.size(), entry.compressed_size());
        unpacked = unpacked.saturating_add(size);
        if size > SMALL && size / packed.max(1) > RATIO {
            return Err(Problem::new(
                "P0107",
                format!("a file is packed {} : 1, more than {RATIO} : 1", size / packed.max(1)),
            ));
        }
    }
    if unpacked > UNPACKED {
        return Err(Problem::new(
            "P0107",
            format!("{} MB unpacked, more than {}", unpacked >> 20, UNPACKED >> 20),
        ));
    }
    Ok(archive)
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
    fn an_archive_is_listed_and_named_as_not_read() {
        let document = read(&zip(&[("a.txt", b"A"), ("b/c.pdf", b"B")]), &CONTEXT);
        assert_eq!(document.text, "a.txt\nb/c.pdf");
        assert_eq!(document.problems[0].code, "P0301");
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

//! What Unix packs (tar, gz, bz2, xz): one file, or many in one.

use std::io::Cursor;

use super::archive::{self, Sizes, limited};
use super::{Context, Inner, problem};
use crate::domain::{Document, Problem};

/// Files that hold exactly one other.
pub(super) const MEDIA_TYPES: &[&str] = &[GZIP, BZIP2, XZ];
const GZIP: &str = "application/gzip";
const BZIP2: &str = "application/x-bzip2";
const XZ: &str = "application/x-xz";
/// Memory for the dictionary of one xz stream.
const XZ_KB: u32 = 128 << 10;

/// Reads a packed file: its name, if it has one. What is in it is a document of its own.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    Document { text: name_of(bytes), ..Document::default() }
}

/// The file in it.
pub(super) fn parts(bytes: &[u8]) -> Vec<Inner> {
    let most = archive::most(bytes);
    let content = match bytes {
        [0x1f, 0x8b, ..] => limited(flate2::read::MultiGzDecoder::new(bytes), most),
        [b'B', b'Z', b'h', ..] => limited(bzip2::read::MultiBzDecoder::new(bytes), most),
        _ => limited(lzma_rust2::XzReader::new_mem_limit(bytes, true, XZ_KB), most),
    };
    vec![Inner::unpacked(name_of(bytes), content)]
}

/// gzip may keep the name that the file had (RFC 1952, section 2.3.1).
fn name_of(bytes: &[u8]) -> String {
    let header = match bytes {
        [0x1f, 0x8b, ..] => flate2::read::GzDecoder::new(bytes).header().cloned(),
        _ => None,
    };
    let name = header.and_then(|header| header.filename().map(<[u8]>::to_vec));
    crate::parse::text::decode(&name.unwrap_or_default())
}

/// Lists what is in a tar.
pub(super) fn read_tar(bytes: &[u8], _: &Context<'_>) -> Document {
    match tar(bytes, |_| ()) {
        Ok(files) => archive::listing(files.into_iter().map(|(name, ())| name).collect()),
        Err(Problem { code, detail }) => problem(&code, &detail),
    }
}

/// The files in a tar.
pub(super) fn parts_of_tar(bytes: &[u8]) -> Vec<Inner> {
    let files = tar(bytes, |entry| limited(entry, bytes.len() as u64)).unwrap_or_default();
    files.into_iter().map(|(name, content)| Inner::unpacked(name, content)).collect()
}

type Entry<'a, 'b> = tar::Entry<'a, Cursor<&'b [u8]>>;

/// What somebody makes of each file in a tar, with its name.
fn tar<T>(
    bytes: &[u8],
    mut visit: impl FnMut(&mut Entry<'_, '_>) -> T,
) -> Result<Vec<(String, T)>, Problem> {
    let damaged =
        |error: std::io::Error| Problem::new("P0102", format!("damaged archive: {error}"));
    let mut files = Vec::new();
    let mut sizes = Sizes::default();
    for entry in tar::Archive::new(Cursor::new(bytes)).entries().map_err(damaged)? {
        let mut entry = match entry {
            Ok(entry) => entry,
            // What came before the damage is still there.
            Err(_) if !files.is_empty() => break,
            Err(error) => return Err(damaged(error)),
        };
        let name = crate::parse::text::decode(&entry.path_bytes());
        if !entry.header().entry_type().is_file() || archive::is_litter(&name) {
            continue;
        }
        sizes.add(entry.size(), None)?;
        let made = visit(&mut entry);
        files.push((name, made));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append_data(&mut header, name, *content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn gz(name: &str, content: &[u8]) -> Vec<u8> {
        let builder = flate2::GzBuilder::new().filename(name);
        let mut encoder = builder.write(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_tar_is_listed_and_its_files_come_out() {
        let bytes = tar_of(&[("a.txt", b"A"), ("b/c.txt", b"BC")]);
        let document = read_tar(&bytes, &Context { media_type: "application/x-tar" });
        assert_eq!(document.text, "a.txt\nb/c.txt");
        let parts: Vec<Vec<u8>> = parts_of_tar(&bytes).into_iter().map(|it| it.bytes).collect();
        assert_eq!(parts, [b"A".to_vec(), b"BC".to_vec()]);
    }

    #[test]
    fn every_way_to_pack_is_unpacked() {
        let mut bz2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        bz2.write_all("für".as_bytes()).unwrap();
        // `printf für | xz`
        let xz = include_bytes!("../../../fixtures/parse/packed.xz");
        for packed in [gz("brief.txt", "für".as_bytes()), bz2.finish().unwrap(), xz.to_vec()] {
            assert_eq!(parts(&packed)[0].bytes, "für".as_bytes());
            assert!(parts(&packed[..packed.len() - 6])[0].problem.is_some());
        }
        assert_eq!(parts(&gz("brief.txt", b""))[0].name, "brief.txt");
    }

    #[test]
    fn a_bomb_ends_early() {
        let bomb = gz("", &vec![0; 4 << 20]);
        assert_eq!(parts(&bomb)[0].problem.as_ref().unwrap().code, "P0107");
    }
}

//! What can be read. A new format is one file here and one line in [`FORMATS`].

pub(super) mod archive;
mod calendar;
mod csv;
mod doc;
mod doc_marks;
mod docx;
mod docx_numbers;
mod drawings;
pub(super) mod einvoice;
mod einvoice_required;
mod einvoice_rules;
mod einvoice_syntax;
mod einvoice_terms;
mod einvoice_text;
mod html;
mod html_grid;
mod html_tables;
pub(super) mod image;
pub(super) mod mail;
mod mail_automatic;
mod mail_pieces;
mod mail_report;
mod mail_sender;
mod mail_signed;
pub(super) mod mail_view;
mod mapi;
pub(super) mod msg;
mod ods_bounds;
mod ole;
mod opendocument;
mod packed;
mod packed_7z;
pub(super) mod pdf;
mod pdf_fit;
mod pdf_glyphs;
mod pdf_place;
mod pdf_seen;
mod pdf_xfa;
mod pgp;
mod plain;
mod ppt;
mod rtf;
mod rtf_reader;
mod rtf_words;
mod sheets;
mod sheets_cells;
pub(super) mod tiff;
mod sheets_hidden;
mod slides;
mod tnef;
mod xls_bounds;
mod xls_boxes;
mod xml;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::sniff::Claim;
use super::{danger, pace, text};
use crate::domain::{Digest, Document, MediaType, Part, Problem};

/// One kind of file that can be read.
pub(super) struct Format {
    /// As [`super::sniff::media_type`] names it.
    pub(super) media_types: &'static [&'static str],
    /// What people use it for; part of the message when it fails.
    pub(super) purpose: &'static str,
    /// Reads it. Text, pages, words, facts, problems; the rest is filled in by [`read`].
    pub(super) read: fn(&[u8], &Context<'_>) -> Document,
    /// The files inside it that are documents of their own.
    pub(super) parts: fn(&[u8]) -> Vec<Inner>,
    /// Whether it is made to hold files that can each be read without the others.
    pub(super) container: bool,
}

/// What a reader may know besides the bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    /// What the bytes are.
    pub(super) media_type: &'a str,
}

/// A file inside a file.
#[derive(Debug, Default)]
pub(super) struct Inner {
    /// For showing only.
    pub(super) name: String,
    /// What the sender says it is; may be empty.
    pub(super) declared: String,
    /// Its decoded bytes.
    pub(super) bytes: Vec<u8>,
    /// Why there are none.
    pub(super) problem: Option<Problem>,
    /// What program it is, when it is one; told by [`Inner::look`].
    pub(super) program: Option<String>,
}

impl Inner {
    /// A file that came out of an archive, or did not.
    fn unpacked(name: String, content: Result<Vec<u8>, Problem>) -> Self {
        let (bytes, problem) = match content {
            Ok(bytes) => (bytes, None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        Self { name, bytes, problem, ..Self::default() }
    }

    /// Looks whether it is a program, which is not opened.
    pub(super) fn look(&mut self) {
        self.program = danger::is_program(&text::shown_name(&self.name), &self.bytes);
    }
}

/// Every format there is.
pub(super) const FORMATS: &[Format] = &[
    Format {
        media_types: &["message/rfc822"],
        purpose: "mail",
        read: mail::read,
        parts: mail::parts,
        container: true,
    },
    Format {
        media_types: msg::MEDIA_TYPES,
        purpose: "Outlook message",
        read: msg::read,
        parts: msg::parts,
        container: true,
    },
    Format {
        media_types: tnef::MEDIA_TYPES,
        purpose: "winmail.dat",
        read: tnef::read,
        parts: tnef::parts,
        container: true,
    },
    Format {
        media_types: mail_pieces::MEDIA_TYPES,
        purpose: "piece of a mail",
        read: mail_pieces::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: mail_signed::MEDIA_TYPES,
        purpose: "signature",
        read: mail_signed::read,
        parts: mail_signed::parts,
        container: false,
    },
    Format {
        media_types: &["text/plain"],
        purpose: "plain text",
        read: plain::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: &["text/csv"],
        purpose: "table as text",
        read: csv::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: &["text/html"],
        purpose: "web page",
        read: html::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: rtf::MEDIA_TYPES,
        purpose: "rich text",
        read: rtf::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: calendar::MEDIA_TYPES,
        purpose: "invitation or address card",
        read: calendar::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: &["application/pdf"],
        purpose: "PDF",
        read: pdf::read,
        parts: pdf::parts,
        container: false,
    },
    Format {
        media_types: docx::MEDIA_TYPES,
        purpose: "Word document",
        read: docx::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: doc::MEDIA_TYPES,
        purpose: "old Word document",
        read: doc::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: opendocument::MEDIA_TYPES,
        purpose: "OpenDocument text or slides",
        read: opendocument::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: sheets::MEDIA_TYPES,
        purpose: "spreadsheet",
        read: sheets::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: slides::MEDIA_TYPES,
        purpose: "slides",
        read: slides::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: ppt::MEDIA_TYPES,
        purpose: "old slides",
        read: ppt::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: image::MEDIA_TYPES,
        purpose: "picture",
        read: image::read,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: image::UNKNOWN_TYPES,
        purpose: "picture",
        read: image::unknown,
        parts: nothing,
        container: false,
    },
    Format {
        media_types: &["application/xml"],
        purpose: "XML, e-invoice",
        read: einvoice::read,
        parts: einvoice::parts,
        container: false,
    },
    Format {
        media_types: &["application/zip"],
        purpose: "archive",
        read: archive::read,
        parts: archive::parts,
        container: true,
    },
    Format {
        media_types: &["application/x-tar"],
        purpose: "archive (tar)",
        read: packed::read_tar,
        parts: packed::parts_of_tar,
        container: true,
    },
    Format {
        media_types: packed::MEDIA_TYPES,
        purpose: "packed file",
        read: packed::read,
        parts: packed::parts,
        container: true,
    },
    Format {
        media_types: &["application/x-7z-compressed"],
        purpose: "archive (7z)",
        read: packed_7z::read,
        parts: packed_7z::parts,
        container: true,
    },
];

/// Nothing can be read from these without a secret that we do not have.
const ENCRYPTED: &[&str] = &[
    "application/encrypted",
    "application/pgp-encrypted",
    "application/pgp",
    "application/pkcs7-mime; smime-type=enveloped-data",
];

/// The format of a media type.
pub(super) fn find(media_type: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.media_types.contains(&media_type))
}

/// Reads bytes of a known type. A reader that panics is a problem of this document alone.
pub(super) fn read(bytes: &[u8], outline: Document) -> Document {
    // The text of a mail is no file that anybody opens.
    let is_file = outline.part != Part::Body;
    let program = if is_file { danger::is_program(&outline.name, bytes) } else { None };
    read_as(bytes, program, outline)
}

fn read_as(bytes: &[u8], program: Option<String>, outline: Document) -> Document {
    let media_type = outline.media_type.0.clone();
    let context = Context { media_type: &media_type };
    pace::part(&outline.part);
    let format = find(&media_type);
    let mut document = match format {
        _ if program.is_some() => {
            problem("P0401", &format!("{}; not opened", program.unwrap_or_default()))
        }
        Some(format) => catch_unwind(AssertUnwindSafe(|| (format.read)(bytes, &context)))
            .unwrap_or_else(|_| {
                let detail = format!("the reader for {} gave up on it", format.purpose);
                problem("P0102", &detail)
            }),
        None if media_type == "application/x-empty" => problem("P0302", "the file is empty"),
        None if media_type == "application/encrypted" => {
            problem("P0101", "the Office file has a password")
        }
        None if ENCRYPTED.contains(&media_type.as_str()) => {
            problem("P0101", &format!("encrypted ({media_type})"))
        }
        None => problem("P0301", &format!("there is no reader for {media_type}")),
    };
    document.name = outline.name;
    document.media_type = outline.media_type;
    document.part = outline.part;
    document.digest = outline.digest;
    if document.part != Part::Body {
        danger::look(&mut document, bytes);
    }
    text::finish(&mut document, || {
        // Nothing to read on the outside is nothing to complain about.
        format.is_some_and(|it| it.container && !inner_files(it, bytes).is_empty())
    });
    document
}

/// The files inside a file. A reader that panics has found none.
pub(super) fn inner_files(format: &Format, bytes: &[u8]) -> Vec<Inner> {
    catch_unwind(AssertUnwindSafe(|| (format.parts)(bytes))).unwrap_or_default()
}

/// Reads a file that was inside another.
pub(super) fn read_inner(inner: &Inner, mut outline: Document) -> Document {
    match &inner.problem {
        None => read_as(&inner.bytes, inner.program.clone(), outline),
        Some(problem) => {
            outline.problems.push(problem.clone());
            outline
        }
    }
}

/// A document of which only the outside is known.
pub(super) fn outline(bytes: &[u8], name: &str, media_type: MediaType, part: Part) -> Document {
    Document {
        name: text::shown_name(name),
        media_type,
        part,
        digest: digest(bytes),
        ..Document::default()
    }
}

/// The media type of an inner file.
pub(super) fn media_type_of(inner: &Inner) -> MediaType {
    if inner.problem.is_some() {
        return MediaType::from("application/octet-stream");
    }
    super::sniff::media_type(&inner.bytes, Claim { name: &inner.name, declared: &inner.declared })
}

/// A document of which only the problem is known.
pub(super) fn problem(code: &str, detail: &str) -> Document {
    Document { problems: vec![Problem::new(code, detail)], ..Document::default() }
}

/// The name of bytes in the store.
pub(super) fn digest(bytes: &[u8]) -> Digest {
    Digest(blake3::hash(bytes).to_hex().to_string())
}

fn nothing(_: &[u8]) -> Vec<Inner> {
    Vec::new()
}

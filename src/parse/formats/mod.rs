//! What can be read. A new format is one file here and one line in [`FORMATS`].

pub(super) mod archive;
mod docx;
pub(super) mod einvoice;
mod einvoice_terms;
mod einvoice_text;
mod html;
mod image;
pub(super) mod mail;
mod mail_automatic;
mod mail_pieces;
mod mail_report;
mod mail_signed;
pub(super) mod pdf;
mod pdf_place;
mod pgp;
mod plain;
mod sheets;
mod xml;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::sniff::Claim;
use super::text;
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
}

/// Every format there is.
pub(super) const FORMATS: &[Format] = &[
    Format {
        media_types: &["message/rfc822"],
        purpose: "mail",
        read: mail::read,
        parts: mail::parts,
    },
    Format {
        media_types: mail_pieces::MEDIA_TYPES,
        purpose: "piece of a mail",
        read: mail_pieces::read,
        parts: nothing,
    },
    Format {
        media_types: mail_signed::MEDIA_TYPES,
        purpose: "signature",
        read: mail_signed::read,
        parts: mail_signed::parts,
    },
    Format {
        media_types: &["text/plain"],
        purpose: "plain text",
        read: plain::read,
        parts: nothing,
    },
    Format {
        media_types: &["text/csv"],
        purpose: "table as text",
        read: plain::read,
        parts: nothing,
    },
    Format { media_types: &["text/html"], purpose: "web page", read: html::read, parts: nothing },
    Format {
        media_types: &["application/pdf"],
        purpose: "PDF",
        read: pdf::read,
        parts: pdf::parts,
    },
    Format {
        media_types: docx::MEDIA_TYPES,
        purpose: "text document",
        read: docx::read,
        parts: nothing,
    },
    Format {
        media_types: sheets::MEDIA_TYPES,
        purpose: "spreadsheet",
        read: sheets::read,
        parts: nothing,
    },
    Format {
        media_types: image::MEDIA_TYPES,
        purpose: "picture",
        read: image::read,
        parts: nothing,
    },
    Format {
        media_types: &["application/xml"],
        purpose: "XML, e-invoice",
        read: einvoice::read,
        parts: nothing,
    },
    Format {
        media_types: &["application/zip"],
        purpose: "archive",
        read: archive::read,
        parts: nothing,
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
    let media_type = outline.media_type.0.clone();
    let context = Context { media_type: &media_type };
    let mut document = match find(&media_type) {
        Some(format) => catch_unwind(AssertUnwindSafe(|| (format.read)(bytes, &context)))
            .unwrap_or_else(|_| {
                let detail = format!("the reader for {} gave up on it", format.purpose);
                problem("P0102", &detail)
            }),
        None if media_type == "application/x-empty" => problem("P0302", "the file is empty"),
        None if ENCRYPTED.contains(&media_type.as_str()) => {
            problem("P0101", &format!("encrypted ({media_type})"))
        }
        None => problem("P0301", &format!("there is no reader for {media_type}")),
    };
    document.name = outline.name;
    document.media_type = outline.media_type;
    document.part = outline.part;
    document.digest = outline.digest;
    text::finish(&mut document);
    document
}

/// A document of which only the outside is known.
pub(super) fn outline(bytes: &[u8], name: &str, media_type: MediaType, part: Part) -> Document {
    Document {
        name: name.to_owned(),
        media_type,
        part,
        digest: digest(bytes),
        ..Document::default()
    }
}

/// The media type of an inner file.
pub(super) fn media_type_of(inner: &Inner) -> MediaType {
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

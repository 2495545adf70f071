//! The readers as functions of bytes, for `fuzz/`. A new reader is one line in [`TARGETS`].

use std::panic;

use super::formats::{self, mail};
use super::sniff::{self, Claim};
use super::{parts, read, wire};
use crate::domain::{Document, MediaType, Part, Span};

/// One reader.
#[derive(Debug)]
pub struct Target {
    /// How it is called.
    pub name: &'static str,
    /// Reads, and aborts or panics when what it made contradicts itself.
    pub read: fn(&[u8]),
}

/// Every reader of strangers' bytes.
pub const TARGETS: &[Target] = &[
    Target { name: "item", read: item },
    Target { name: "mail", read: |bytes| format(bytes, "message/rfc822") },
    Target { name: "parts", read: mail_parts },
    Target { name: "pdf", read: |bytes| format(bytes, "application/pdf") },
    Target { name: "docx", read: |bytes| format(bytes, DOCX) },
    Target { name: "xlsx", read: |bytes| format(bytes, XLSX) },
    Target { name: "ods", read: |bytes| format(bytes, ODS) },
    Target { name: "xls", read: |bytes| format(bytes, "application/vnd.ms-excel") },
    Target { name: "zip", read: |bytes| format(bytes, "application/zip") },
    Target { name: "xml", read: |bytes| format(bytes, "application/xml") },
    Target { name: "html", read: |bytes| format(bytes, "text/html") },
    Target { name: "plain", read: |bytes| format(bytes, "text/plain") },
    Target { name: "csv", read: |bytes| format(bytes, "text/csv") },
    Target { name: "picture", read: picture },
    Target { name: "sniff", read: sniffed },
    Target { name: "answer", read: answer },
];

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// Ends the program at a panic in our own code. One in a library is caught, as in the daemon, where
/// it is a problem of one document.
pub fn end_at_our_own_faults() {
    panic::set_hook(Box::new(|panicked| {
        let ours = panicked.location().is_none_or(|at| !at.file().contains("/registry/"));
        if ours {
            std::io::Write::write_all(&mut std::io::stderr(), format!("{panicked}\n").as_bytes())
                .unwrap_or_default();
            std::process::abort();
        }
    }));
}

fn item(bytes: &[u8]) {
    let parsed = read::item("datei", bytes);
    parsed.documents.iter().for_each(check);
    // The body of a mail may be empty without a word when the letter is attached.
    let told = parsed.documents.iter().any(is_told) || !parsed.problems.is_empty();
    assert!(told, "nothing, without a reason");
}

fn format(bytes: &[u8], media_type: &str) {
    let outline = formats::outline(bytes, "datei", MediaType::from(media_type), Part::Whole);
    let document = formats::read(bytes, outline);
    check(&document);
    assert!(is_told(&document), "nothing, without a reason");
    parts::inner_files(&MediaType::from(media_type), bytes);
}

fn mail_parts(bytes: &[u8]) {
    mail::envelope(bytes);
    let outline = read::outline("", bytes);
    for document in &outline.documents {
        let again = parts::extract(bytes, &document.part);
        // What is named can be taken out, and is the same.
        assert!(again.is_ok_and(|(_, bytes)| formats::digest(&bytes) == document.digest));
    }
}

fn picture(bytes: &[u8]) {
    let media_type = sniff::media_type(bytes, Claim::default());
    drop(super::picture::draw(&media_type, bytes.to_vec(), 1, 30));
    let outline = formats::outline(bytes, "bild", media_type, Part::Whole);
    check(&formats::read(bytes, outline));
}

fn sniffed(bytes: &[u8]) {
    let name = String::from_utf8_lossy(bytes.get(..20).unwrap_or(bytes)).into_owned();
    let media_type = sniff::media_type(bytes, Claim { name: &name, declared: &name });
    assert!(!media_type.0.is_empty());
}

/// What a taken-over reader could answer to the daemon.
fn answer(bytes: &[u8]) {
    if let Some((_, payload)) = wire::split::<wire::Answer>(bytes.to_vec()) {
        drop(serde_json::from_slice::<crate::domain::Parsed>(&payload));
    }
}

/// What must be true of every document, whatever it was made of.
fn check(document: &Document) {
    let chars = document.text.chars().count();
    let within = |span: Span| assert!(span.start <= span.end && span.end <= chars, "{span:?}");
    let mut end = 0;
    for page in &document.pages {
        within(page.span);
        assert!(page.span.start >= end, "pages overlap: {page:?}");
        end = page.span.end;
    }
    for word in &document.words {
        within(word.span);
        assert!(document.pages.iter().any(|page| page.number == word.page), "{word:?}");
        let edges = [word.area.x, word.area.y, word.area.width, word.area.height];
        assert!(edges.iter().all(|edge| edge.is_finite()), "{word:?}");
    }
}

/// Whether a person learns something: text, values, pages to recognise, or what is wrong.
fn is_told(document: &Document) -> bool {
    let is_read = !document.text.trim().is_empty() || !document.facts.is_empty();
    is_read || !document.pages.is_empty() || !document.problems.is_empty()
}

//! The readers as functions of bytes, for `fuzz/`. A new reader is one line in [`TARGETS`]; a format that has
//! none fails a test.

use std::cell::Cell;
use std::panic;

use super::formats::{self, mail, mail_view};
use super::sniff::{self, Claim};
use super::{ocr, parts, read, sections, text, wire};
use crate::domain::{Document, MediaType, Page, Part, Span};

/// One reader.
#[derive(Debug)]
pub struct Target {
    /// How it is called.
    pub name: &'static str,
    read: Read,
}

#[derive(Debug)]
enum Read {
    /// What is read of a file of this media type.
    As(&'static str),
    /// Reads, and panics when what it made contradicts itself.
    With(fn(&[u8])),
}
use Read::{As, With};

/// Every reader of strangers' bytes.
pub const TARGETS: &[Target] = &[
    Target { name: "item", read: With(item) },
    Target { name: "parts", read: With(parts_of_item) },
    Target { name: "mail", read: As("message/rfc822") },
    Target { name: "view", read: With(view) },
    Target { name: "sections", read: With(sectioned) },
    Target { name: "msg", read: As("application/vnd.ms-outlook") },
    Target { name: "tnef", read: As("application/vnd.ms-tnef") },
    Target { name: "piece", read: As("message/partial") },
    Target { name: "signature", read: As("application/pkcs7-signature") },
    Target { name: "plain", read: As("text/plain") },
    Target { name: "csv", read: As("text/csv") },
    Target { name: "html", read: As("text/html") },
    Target { name: "rtf", read: As("text/rtf") },
    Target { name: "calendar", read: As("text/calendar") },
    Target { name: "pdf", read: As("application/pdf") },
    Target { name: "docx", read: As(DOCX) },
    Target { name: "doc", read: As("application/msword") },
    Target { name: "odt", read: As("application/vnd.oasis.opendocument.text") },
    Target { name: "xlsx", read: As(XLSX) },
    Target { name: "xlsb", read: As("application/vnd.ms-excel.sheet.binary.macroenabled.12") },
    Target { name: "ods", read: As("application/vnd.oasis.opendocument.spreadsheet") },
    Target { name: "xls", read: As("application/vnd.ms-excel") },
    Target { name: "pptx", read: As(PPTX) },
    Target { name: "ppt", read: As("application/vnd.ms-powerpoint") },
    Target { name: "picture", read: With(picture) },
    Target { name: "heic", read: As("image/heic") },
    Target { name: "xml", read: As("application/xml") },
    Target { name: "zip", read: As("application/zip") },
    Target { name: "tar", read: As("application/x-tar") },
    Target { name: "gzip", read: As("application/gzip") },
    Target { name: "bzip2", read: As("application/x-bzip2") },
    Target { name: "xz", read: As("application/x-xz") },
    Target { name: "sevenzip", read: As("application/x-7z-compressed") },
    Target { name: "sniff", read: With(sniffed) },
    Target { name: "ocr", read: With(recognised) },
    Target { name: "question", read: With(question) },
    Target { name: "answer", read: With(answer) },
];

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

impl Target {
    /// Reads bytes. Panics when what was read contradicts itself; a panic in a library is caught here as in a
    /// reader of the daemon, where it is a problem of one document.
    pub fn read(&self, bytes: &[u8]) {
        let read = || match self.read {
            As(media_type) => file(bytes, media_type),
            With(read) => read(bytes),
        };
        if let Err(panicked) = panic::catch_unwind(read)
            && !LIBRARY_PANICKED.take()
        {
            panic::resume_unwind(panicked);
        }
    }
}

thread_local! {
    static LIBRARY_PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// Ends the program at a panic in our own code.
pub fn end_at_our_own_faults() {
    panic::set_hook(Box::new(|panicked| {
        let ours = panicked.location().is_none_or(|at| !at.file().contains("/registry/"));
        LIBRARY_PANICKED.set(!ours);
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

fn file(bytes: &[u8], media_type: &str) {
    let outline = formats::outline(bytes, "datei", MediaType::from(media_type), Part::Whole);
    let document = formats::read(bytes, outline);
    check(&document);
    let inner = parts::inner_files(&MediaType::from(media_type), bytes);
    assert!(is_told(&document) || !inner.is_empty(), "nothing, without a reason");
}

fn parts_of_item(bytes: &[u8]) {
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
    drop(super::picture::draw(&media_type, bytes.to_vec(), 1.into(), 30));
    let outline = formats::outline(bytes, "bild", media_type, Part::Whole);
    check(&formats::read(bytes, outline));
}

fn sniffed(bytes: &[u8]) {
    let name = String::from_utf8_lossy(bytes.get(..20).unwrap_or(bytes)).into_owned();
    let media_type = sniff::media_type(bytes, Claim { name: &name, declared: &name });
    assert!(!media_type.0.is_empty());
}

/// A mail as its sender formatted it, and what a browser gets of any HTML.
fn view(bytes: &[u8]) {
    let page = [b"Content-Type: text/html; charset=utf-8\r\n\r\n".as_slice(), bytes].concat();
    for mail in [bytes, &page] {
        let Ok(shown) = mail_view::formatted(mail) else { continue };
        let html = shown.html.to_lowercase();
        let active = ["<script", "<iframe", "<form", "<object", "<embed", "<link", "<meta"];
        assert!(!active.iter().any(|it| html.contains(it)), "active: {html}");
    }
}

fn sectioned(bytes: &[u8]) {
    let text = text::decode(bytes);
    let chars = text.chars().count();
    let quoted = Span { start: chars / 3, end: chars / 2 };
    let subject = text.lines().next().unwrap_or_default();
    for quoted in [&[][..], &[quoted]] {
        for section in sections::sections(&text, quoted, subject) {
            assert!(section.span.start <= section.span.end && section.span.end <= chars);
        }
    }
}

/// tesseract's table: what it makes of a picture is in a stranger's hands too.
fn recognised(bytes: &[u8]) {
    let page = ocr::read_tsv(&String::from_utf8_lossy(bytes));
    let span = Span { start: 0, end: 0 };
    let mut document = Document {
        pages: (1..=2).map(|number| Page { number, span, ..Page::default() }).collect(),
        ..Document::default()
    };
    ocr::insert(&mut document, vec![(2, page)]);
    check(&document);
}

/// What the daemon asks a reader.
fn question(bytes: &[u8]) {
    drop(wire::split::<wire::Request>(Vec::from(bytes)));
}

/// What a taken-over reader could answer to the daemon.
fn answer(bytes: &[u8]) {
    if let Some((_, payload)) = wire::split::<wire::Answer>(Vec::from(bytes)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_a_target() {
        let without: Vec<&str> = formats::FORMATS
            .iter()
            .filter(|format| {
                // Pictures are drawn too.
                let is_picture = format.media_types.contains(&"image/png");
                let is_read = |target: &Target| match target.read {
                    As(media_type) => format.media_types.contains(&media_type),
                    With(read) => is_picture && std::ptr::fn_addr_eq(read, picture as fn(&[u8])),
                };
                !TARGETS.iter().any(is_read)
            })
            .map(|format| format.purpose)
            .collect();
        assert!(without.is_empty(), "no target reads {without:?}");
    }

    #[test]
    fn each_target_reads_what_others_are_made_for() {
        for target in TARGETS {
            for bytes in
                [b"".as_slice(), b"PK\x03\x04", b"From: a\n\n<p>x", b"{\"problem\":null}\n{}"]
            {
                target.read(bytes);
            }
        }
    }
}

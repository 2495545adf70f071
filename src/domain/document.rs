//! What a parser makes of received bytes: text with positions, parts and problems.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Code, Digest, Envelope, MediaType, RuleCheck, Table};

/// All that was read from one arrival.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parsed {
    /// What the mail says about itself; `None` for a file from a share.
    pub envelope: Option<Envelope>,
    /// The mail's body first, then its attachments in order; or the one file.
    pub documents: Vec<Document>,
    /// What could not be read, for the item as a whole.
    pub problems: Vec<Problem>,
}

/// One readable part of an item: a mail's body, an attachment, a scanned letter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The file name or `""` for a mail's body. For showing only: never a path.
    pub name: String,
    /// What the bytes are, by content.
    pub media_type: MediaType,
    /// Which part of the item it is.
    pub part: Part,
    /// The hash of this part's own (decoded) bytes.
    pub digest: Digest,
    /// The whole text in reading order. Pages are parted by form feeds (`\u{c}`).
    pub text: String,
    /// Pages in order; empty for formats without pages.
    pub pages: Vec<Page>,
    /// Words with their places, for formats that have them (PDF, OCR).
    pub words: Vec<Word>,
    /// Tables as the format or the layout gives them; their cells are ranges of the text.
    #[serde(default)]
    pub tables: Vec<Table>,
    /// Values that stand in a structure of the file (e-invoice XML, PDF form, payment code) and need no model.
    pub facts: Vec<Fact>,
    /// Barcodes and QR codes on its pages.
    #[serde(default)]
    pub codes: Vec<Code>,
    /// What of a mail's text is new, quoted, a signature, in order and without gaps; empty when all is new.
    #[serde(default)]
    pub sections: Vec<Section>,
    /// What the rules of its own standard say about it (EN 16931 about an invoice).
    #[serde(default)]
    pub rule_check: Option<RuleCheck>,
    /// ISO 639-1 code of the text's language, when it could be told.
    pub language: Option<String>,
    /// What could not be read here.
    pub problems: Vec<Problem>,
}

/// Where in the item's original bytes a document stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The item is this one file.
    #[default]
    Whole,
    /// The text of a mail.
    Body,
    /// An attachment, counted from 0 through all mails in mails; or a file inside the one file.
    ///
    /// Items stored by the first version have numbers from 1000 on: `1000 * (n + 1) + k` is file
    /// `k` inside attachment `n`.
    Attachment(u32),
    /// A file inside files (an archive, a PDF, an Outlook message): the number of the attachment,
    /// then the place of each next file in the one before it.
    Inside(Vec<u32>),
}

/// A passage of a mail's text, by what it is for the one who wrote the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Within [`Document::text`]; whole lines.
    pub span: Span,
    /// What it is.
    pub kind: SectionKind,
}

/// What a passage of a mail's text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// What the writer wrote, or forwards without words of their own.
    #[default]
    New,
    /// An earlier mail.
    Quoted,
    /// The header of an earlier mail, as mail programs write it above.
    ForwardedHeader,
    /// Name and address of the writer.
    Signature,
    /// For whom the mail is, and other notices under every mail of a house.
    Disclaimer,
}

/// One page of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Counted from 1.
    pub number: u32,
    /// The page's text within [`Document::text`].
    pub span: Span,
    /// Width in points (1/72 inch).
    pub width: f32,
    /// Height in points (1/72 inch).
    pub height: f32,
    /// Where its text comes from.
    pub text_source: TextSource,
    /// So many degrees clockwise the page was turned until its text stood upright: 0, 90, 180 or 270.
    #[serde(default)]
    pub turned: u16,
}

/// Where a page's text comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    /// The file's own text layer.
    Layer,
    /// Recognised from the picture.
    Ocr,
    /// Recognised by whoever scanned it, and laid unseen over the picture of the page.
    Scan,
    /// Nothing is on the page.
    Blank,
    /// There is none.
    #[default]
    None,
}

/// A range of characters (not bytes) of [`Document::text`]; `end` is one past the last.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span {
    /// The first character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// A box on a page, in parts of the page's width and height (0 to 1), from the upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// One word and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// In [`Document::text`].
    pub span: Span,
    /// Counted from 1.
    pub page: u32,
    /// On that page.
    pub area: Area,
    /// How sure the character recognition is (0 to 1); `None` for a text layer.
    pub confidence: Option<f32>,
}

/// A value that the file itself names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The standard's own name: a business term of EN 16931 (`BT-1`), `form:` and the name of a PDF form field, or
    /// an element of a payment code (`girocode.iban`).
    pub name: String,
    /// The value as it stands there.
    pub value: String,
    /// Where: an XML path, a form field, or a code ([`Document::code_of`]).
    pub path: String,
    /// How far it is trusted.
    pub trust: Trust,
}

/// The kinds of structure a [`Fact`] may come from, most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Structured XML, such as an e-invoice.
    Xml,
    /// A field of a PDF form.
    FormField,
    /// A barcode or QR code.
    Barcode,
}

/// Something wrong with what a stranger sent. Never an error: a person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A code that `vorlage explain` knows, such as `P0301`.
    pub code: String,
    /// What exactly, in English; the desk shows the code's own translated title first.
    pub detail: String,
}

impl Parsed {
    /// Believes what the office's own mail servers say about the sender.
    pub fn believe(&mut self, servers: &[String]) {
        if let Some(envelope) = &mut self.envelope {
            envelope.sender.believe(servers);
        }
    }

    /// ISO 639-1 code of the language somebody wrote in: of the first document that has one.
    pub fn language(&self) -> Option<&str> {
        self.documents.iter().find_map(|document| document.language.as_deref())
    }

    /// What could not be read, in the item and in each of its documents.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().chain(self.documents.iter().flat_map(|it| &it.problems))
    }
}

impl Page {
    /// Whether its words were read from a picture, by us or by whoever scanned it.
    pub fn is_pictured(&self) -> bool {
        matches!(self.text_source, TextSource::Ocr | TextSource::Scan)
    }
}

impl Problem {
    /// A problem with its code and what exactly happened.
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.to_owned(), detail: detail.into() }
    }
}

impl Span {
    /// The text of this range, or `""` when it lies outside.
    pub fn of(self, text: &str) -> &str {
        let mut places = text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len()));
        let Some(start) = places.by_ref().nth(self.start) else { return "" };
        if self.end <= self.start {
            return "";
        }
        let Some(end) = places.nth(self.end - self.start - 1) else { return "" };
        text.get(start..end).unwrap_or("")
    }

    /// The range of characters that a range of bytes of `text` stands for.
    pub fn from_bytes(text: &str, bytes: std::ops::Range<usize>) -> Self {
        let count = |end: usize| text.get(..end).unwrap_or(text).chars().count();
        Self { start: count(bytes.start), end: count(bytes.end) }
    }

    /// Whether the two share at least one character.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl Document {
    /// The page on which a range begins, if the document has pages.
    pub fn page_of(&self, span: Span) -> Option<u32> {
        let page = self.pages.iter().rev().find(|page| page.span.start <= span.start)?;
        Some(page.number)
    }

    /// Whether a range lies in what came along: a quoted mail, its header, a notice.
    pub fn came_along(&self, span: Span) -> bool {
        let section =
            self.sections.iter().find(|it| it.span.start <= span.start && span.start < it.span.end);
        section.is_some_and(|it| it.kind.came_along())
    }

    /// The text without what came along; all of it when nothing else is there.
    pub fn own_text(&self) -> Cow<'_, str> {
        if !self.sections.iter().any(|it| it.kind.came_along()) {
            return Cow::Borrowed(&self.text);
        }
        let own = self.sections.iter().filter(|it| !it.kind.came_along());
        let own: String = own.map(|it| it.span.of(&self.text)).collect();
        if own.trim().is_empty() { Cow::Borrowed(&self.text) } else { Cow::Owned(own) }
    }

    /// The cells of its tables, to move them along with the text.
    pub fn cells_mut(&mut self) -> impl Iterator<Item = &mut Span> {
        let rows = self.tables.iter_mut().flat_map(|table| &mut table.rows);
        rows.flat_map(|row| &mut row.cells)
    }

    /// The boxes of the words in a range, one per line of the page.
    pub fn areas_of(&self, span: Span) -> Vec<Area> {
        let mut areas: Vec<Area> = Vec::new();
        for word in self.words.iter().filter(|word| word.span.overlaps(span)) {
            match areas.last_mut() {
                Some(line) if line.same_line(&word.area) => *line = line.join(&word.area),
                _ => areas.push(word.area),
            }
        }
        areas
    }
}

impl SectionKind {
    /// Whether somebody else wrote it, or nobody for this mail.
    pub fn came_along(self) -> bool {
        matches!(self, Self::Quoted | Self::ForwardedHeader | Self::Disclaimer)
    }
}

impl Area {
    fn same_line(&self, next: &Self) -> bool {
        let middle = next.y + next.height / 2.0;
        middle > self.y && middle < self.y + self.height && next.x >= self.x
    }

    /// The smallest box around both.
    pub fn join(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Self { x, y, width: right - x, height: bottom - y }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_counts_characters_and_not_bytes() {
        let text = "für Jürgen";
        let at = text.find("Jürgen").unwrap();
        let span = Span::from_bytes(text, at..text.len());
        assert_eq!(span, Span { start: 4, end: 10 });
        assert_eq!(span.of(text), "Jürgen");
        assert_eq!(Span { start: 4, end: 99 }.of(text), "");
        assert_eq!(Span { start: 3, end: 3 }.of(text), "");
    }

    #[test]
    fn the_boxes_of_one_line_are_joined() {
        let word = |start, end, x, y| Word {
            span: Span { start, end },
            page: 1,
            area: Area { x, y, width: 0.1, height: 0.02 },
            confidence: None,
        };
        let words = vec![word(0, 2, 0.1, 0.1), word(3, 5, 0.25, 0.1), word(6, 8, 0.1, 0.2)];
        let document = Document { words, ..Document::default() };
        assert_eq!(document.areas_of(Span { start: 0, end: 8 }).len(), 2);
        assert!((document.areas_of(Span { start: 0, end: 5 })[0].width - 0.25).abs() < 1e-6);
    }
}

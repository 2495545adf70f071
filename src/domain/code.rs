//! Barcodes and QR codes on the pages of a document.

use serde::{Deserialize, Serialize};

use super::{Area, Document, Fact, Parsed, Problem, Span, Trust};

/// A code on a page. What it says is shown as text and never followed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// How it is written.
    pub symbology: Symbology,
    /// What it says; empty for one that is not read.
    pub content: String,
    /// Counted from 1.
    pub page: u32,
    /// On that page.
    pub area: Area,
}

/// The kinds of codes that are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Symbology {
    /// A place that looks like a code; only until it is read.
    #[default]
    NotRead,
    /// QR code (ISO/IEC 18004).
    Qr,
    /// Data Matrix (ISO/IEC 16022), such as on the post's franking.
    DataMatrix,
    /// Aztec (ISO/IEC 24778), such as on railway tickets.
    Aztec,
    /// PDF417 (ISO/IEC 15438).
    Pdf417,
    /// Code 128 (ISO/IEC 15417).
    Code128,
    /// Code 39 (ISO/IEC 16388).
    Code39,
    /// EAN-13 and EAN-8 (ISO/IEC 15420).
    Ean,
    /// Interleaved 2 of 5 (ISO/IEC 16390).
    Itf,
}

impl Symbology {
    /// As it is called in every language.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotRead => "",
            Self::Qr => "QR",
            Self::DataMatrix => "Data Matrix",
            Self::Aztec => "Aztec",
            Self::Pdf417 => "PDF417",
            Self::Code128 => "Code 128",
            Self::Code39 => "Code 39",
            Self::Ean => "EAN",
            Self::Itf => "ITF",
        }
    }
}

impl Document {
    /// Where a code's values stand, as [`Fact::path`] names it: its page and its place among the codes there.
    pub fn code_path(&self, index: usize) -> Option<String> {
        let code = self.codes.get(index)?;
        let before = self.codes.iter().take(index).filter(|it| it.page == code.page).count();
        Some(format!("page {} code {}", code.page, before + 1))
    }

    /// The code from which a value comes.
    pub fn code_of(&self, fact: &Fact) -> Option<&Code> {
        let is_it = |index: &usize| self.code_path(*index).as_deref() == Some(fact.path.as_str());
        let index = (0..self.codes.len()).find(is_it).filter(|_| fact.trust == Trust::Barcode)?;
        self.codes.get(index)
    }

    /// The pages with a sheet that parts letters, and what each sheet says.
    fn separators(&self, patterns: &[String]) -> Vec<(u32, &str)> {
        let is_sheet =
            |code: &&Code| patterns.iter().any(|pattern| matches(pattern, code.content.trim()));
        let mut sheets: Vec<(u32, &str)> =
            self.codes.iter().filter(is_sheet).map(|it| (it.page, it.content.trim())).collect();
        sheets.sort_by_key(|(page, _)| *page);
        sheets.dedup_by_key(|(page, _)| *page);
        sheets
    }

    /// What stands on some of its pages, as a document with the same bytes and the same page numbers.
    fn excerpt(&self, pages: std::ops::RangeInclusive<u32>) -> Option<Self> {
        let inside = |number: u32| pages.contains(&number);
        let kept: Vec<_> = self.pages.iter().filter(|it| inside(it.number)).cloned().collect();
        let (first, last) = (kept.first()?.clone(), kept.last()?.clone());
        let all = Span { start: first.span.start, end: last.span.end };
        let moved = |span: Span| Span { start: span.start - all.start, end: span.end - all.start };
        let within = |span: &Span| span.start >= all.start && span.end <= all.end;
        let mut part = self.clone();
        part.name = match first.number == last.number {
            true => format!("{} [{}]", self.name, first.number),
            false => format!("{} [{}–{}]", self.name, first.number, last.number),
        };
        part.text = all.of(&self.text).to_owned();
        part.pages = kept;
        part.pages.iter_mut().for_each(|page| page.span = moved(page.span));
        part.words.retain(|word| inside(word.page) && within(&word.span));
        part.words.iter_mut().for_each(|word| word.span = moved(word.span));
        part.tables.retain(|table| table.rows.iter().flat_map(|row| &row.cells).all(within));
        let rows = part.tables.iter_mut().flat_map(|table| &mut table.rows);
        rows.flat_map(|row| &mut row.cells).for_each(|cell| *cell = moved(*cell));
        // What is about the whole file holds for all its parts.
        part.facts.retain(|fact| self.code_of(fact).is_none_or(|code| inside(code.page)));
        part.codes.retain(|code| inside(code.page));
        part.problems.retain(|it| page_told(it).is_none_or(inside));
        part.sections.clear();
        Some(part)
    }
}

impl Parsed {
    /// Divides a file that came from a share at its separator sheets: pages with a code whose content is one of the
    /// patterns (`*` stands for anything). Each letter becomes a document of the item, with the page numbers of the
    /// file; the sheets are left out and named. A mail is not divided: what its sender encloses is theirs to part.
    pub fn divide(&mut self, patterns: &[String]) {
        if self.envelope.is_some() || patterns.is_empty() {
            return;
        }
        let mut divided = Vec::new();
        for document in std::mem::take(&mut self.documents) {
            let sheets = document.separators(patterns);
            let last = document.pages.last().map_or(0, |page| page.number);
            let ends = sheets.iter().map(|(page, _)| *page).chain([last + 1]);
            let mut start = 1;
            let mut parts = Vec::new();
            for end in ends {
                if start < end {
                    parts.extend(document.excerpt(start..=end - 1));
                }
                start = end + 1;
            }
            let name = &document.name;
            self.problems.extend(sheets.iter().map(|(page, content)| {
                Problem::new("P0212", format!("{name}, page {page}: “{content}”, left out"))
            }));
            // Without a sheet, or with nothing but sheets, the file stays as it is.
            if sheets.is_empty() || parts.is_empty() {
                parts = vec![document];
            }
            divided.extend(parts);
        }
        self.documents = divided;
    }
}

/// The page a problem speaks of (`page 3: …`).
fn page_told(problem: &Problem) -> Option<u32> {
    let (number, _) = problem.detail.strip_prefix("page ")?.split_once(':')?;
    number.parse().ok()
}

/// Whether a text is what a pattern says, where `*` stands for any letters, also none.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(head) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let tail = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some((_, behind)) = left.split_once(piece) else { return false };
        left = behind;
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Page, Word};

    fn scan(codes: &[(u32, &str)]) -> Parsed {
        let text = ["eins", "Blatt", "zwei", "drei"].join("\u{c}");
        let page =
            |(number, start, end)| Page { number, span: Span { start, end }, ..Page::default() };
        let pages: Vec<Page> = [(1, 0, 4), (2, 5, 10), (3, 11, 15), (4, 16, 20)].map(page).to_vec();
        let words =
            pages.iter().map(|it| Word { span: it.span, page: it.number, ..Word::default() });
        let code = |(page, content): &(u32, &str)| Code {
            symbology: Symbology::Code128,
            content: (*content).to_owned(),
            page: *page,
            area: Area::default(),
        };
        let document = Document {
            name: "scan.pdf".into(),
            text,
            words: words.collect(),
            pages,
            codes: codes.iter().map(code).collect(),
            ..Document::default()
        };
        Parsed { documents: vec![document], ..Parsed::default() }
    }

    #[test]
    fn a_scan_is_divided_at_its_sheets_and_keeps_its_page_numbers() {
        let mut parsed = scan(&[(2, "TRENNBLATT 1"), (4, "Angebot")]);
        let value = Fact {
            name: "girocode.iban".into(),
            value: "DE1".into(),
            path: "page 4 code 1".into(),
            trust: Trust::Barcode,
        };
        parsed.documents[0].facts.push(value);
        parsed.divide(&["TRENNBLATT*".to_owned()]);
        let names: Vec<&str> = parsed.documents.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["scan.pdf [1]", "scan.pdf [3–4]"]);
        let [first, second] = parsed.documents.as_slice() else { panic!("two") };
        assert_eq!((first.text.as_str(), second.text.as_str()), ("eins", "zwei\u{c}drei"));
        assert!(first.facts.is_empty() && second.code_of(&second.facts[0]).is_some());
        let words: Vec<_> =
            second.words.iter().map(|it| (it.page, it.span.of(&second.text))).collect();
        assert_eq!(words, [(3, "zwei"), (4, "drei")]);
        assert_eq!(second.page_of(Span { start: 5, end: 9 }), Some(4));
        assert_eq!(parsed.problems[0].code, "P0212");
    }

    #[test]
    fn nothing_is_divided_without_a_sheet_or_in_a_mail() {
        for (codes, patterns) in [
            (vec![(2, "Angebot")], vec!["TRENNBLATT*".to_owned()]),
            (vec![(2, "TRENNBLATT 1")], vec![]),
            (vec![(1, "T"), (2, "T"), (3, "T"), (4, "T")], vec!["T".to_owned()]),
        ] {
            let mut parsed = scan(&codes);
            parsed.divide(&patterns);
            assert_eq!(parsed.documents, scan(&codes).documents);
        }
        let mut mail = scan(&[(2, "T")]);
        mail.envelope = Some(crate::domain::Envelope::default());
        mail.divide(&["T".to_owned()]);
        assert_eq!(mail.documents.len(), 1);
    }

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, yes, no) in [
            ("TRENN*", "TRENNBLATT 7", "XTRENN"),
            ("*BLATT", "TRENNBLATT", "BLATT 2"),
            ("A*B*C", "A1B2C", "ACB"),
            ("A", "A", "AA"),
            ("aa*aa", "aaaa", "aaa"),
            ("*", "", "\u{0}never"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(pattern == "*" || !matches(pattern, no), "{pattern} {no}");
        }
    }
}

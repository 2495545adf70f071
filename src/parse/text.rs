//! Text from bytes, text that counts its characters while it grows, and what every text ends with.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::language::language;
use crate::domain::{Document, Problem, Span, TextSource};

/// Characters of one document that are kept. A thousand pages have about three million.
pub(super) const MOST_CHARS: usize = 5_000_000;
/// Characters of a file name that are shown, and of these so many from its end.
const MOST_NAME_CHARS: usize = 200;
const NAME_END_CHARS: usize = 20;

/// Decodes text that says nothing about itself: byte order mark, else UTF-8, else Windows-1252.
pub(super) fn decode(bytes: &[u8]) -> String {
    decode_as(bytes, None)
}

/// As [`decode`], with the encoding that the text itself names (`<?xml encoding`, `<meta charset`).
pub(super) fn decode_as(bytes: &[u8], label: Option<&str>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let bytes = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let named = label.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    let encoding = named.filter(|encoding| *encoding != UTF_8).unwrap_or(WINDOWS_1252);
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Text that knows at every moment how many characters it has, so that spans cost nothing.
#[derive(Debug, Default)]
pub(super) struct Text {
    text: String,
    chars: usize,
}

impl Text {
    /// How many characters there are.
    pub(super) fn chars(&self) -> usize {
        self.chars
    }

    /// Adds text; the answer is where it stands.
    pub(super) fn push(&mut self, text: &str) -> Span {
        let start = self.chars;
        self.chars += text.chars().count();
        self.text.push_str(text);
        Span { start, end: self.chars }
    }

    /// The text so far.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The text.
    pub(super) fn into_string(self) -> String {
        self.text
    }
}

/// Line ends as `\n`, no spaces before them, never more than one empty line.
pub(super) fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut empty = 0;
    for line in
        text.lines().map(|line| line.trim_end_matches(|c: char| c.is_whitespace() && c != '\u{c}'))
    {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 && !(tidied.is_empty() && line.is_empty()) {
            tidied.push_str(line);
            tidied.push('\n');
        }
    }
    tidied.truncate(tidied.trim_end_matches('\n').len());
    tidied
}

/// A file name as it may be shown: without folders, signs that turn the direction of writing, and
/// what no terminal likes. It is never a path.
pub(super) fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut chars: Vec<char> = last.chars().filter(|c| !c.is_control() && !turns(*c)).collect();
    if chars.len() > MOST_NAME_CHARS {
        // The ending says more than the middle.
        let ending = chars.split_off(chars.len() - NAME_END_CHARS);
        chars.truncate(MOST_NAME_CHARS - NAME_END_CHARS - 1);
        chars.push('…');
        chars.extend(ending);
    }
    chars.into_iter().collect()
}

/// What holds for every document: bounded length, its language, and a problem when there is nothing to read,
/// unless there are files in it that say something (asked only then).
pub(super) fn finish(document: &mut Document, holds_files: impl FnOnce() -> bool) {
    if let Some((at, _)) = document.text.char_indices().nth(MOST_CHARS) {
        document.text.truncate(at);
        document.words.retain(|word| word.span.end <= MOST_CHARS);
        for page in &mut document.pages {
            page.span.start = page.span.start.min(MOST_CHARS);
            page.span.end = page.span.end.min(MOST_CHARS);
        }
        for cell in document.cells_mut() {
            cell.start = cell.start.min(MOST_CHARS);
            cell.end = cell.end.min(MOST_CHARS);
        }
        document.problems.push(Problem::new(
            "P0107",
            format!("only the first {MOST_CHARS} characters are kept"),
        ));
    }
    if document.text.contains('\u{0}') {
        // As many characters as before: the places of words hold.
        document.text = document.text.replace('\u{0}', "\u{fffd}");
    }
    document.language = language(&document.text);
    let unread = document.pages.iter().any(|page| page.text_source == TextSource::None);
    if document.problems.is_empty()
        && !unread
        && document.text.trim().is_empty()
        && document.facts.is_empty()
        && !holds_files()
    {
        document.problems.push(Problem::new("P0302", "there is no text in it"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_without_folders_and_tricks() {
        assert_eq!(shown_name("../../etc/passwd"), "passwd");
        assert_eq!(shown_name("C:\\Users\\a\\Brief.docx"), "Brief.docx");
        assert_eq!(shown_name("rechnung\u{202e}fdp.exe"), "rechnungfdp.exe");
        assert_eq!(shown_name("a\r\nBcc: x"), "aBcc: x");
        assert_eq!(shown_name(".../"), "...");
        let long = shown_name(&format!("{}.pdf", "ü".repeat(5000)));
        assert_eq!(long.chars().count(), 200);
        assert!(long.ends_with("ü.pdf"));
    }

    #[test]
    fn text_without_a_name_for_its_encoding_is_read() {
        assert_eq!(decode("für".as_bytes()), "für");
        assert_eq!(decode(b"f\xfcr \x80"), "für €");
        assert_eq!(decode(b"\xff\xfef\x00\xfc\x00"), "fü");
        assert_eq!(decode(b"\xef\xbb\xbf\xc3\xbc"), "ü");
        assert_eq!(decode_as(b"\xa4", Some("iso-8859-15")), "€");
    }

    #[test]
    fn the_language_is_told_only_when_there_is_enough_text() {
        let german = "Hiermit melde ich meinen Hund zur Hundesteuer an. Er ist ein Mischling und lebt seit dem Frühjahr bei uns.";
        assert_eq!(language(german).as_deref(), Some("de"));
        let english = "I would like to register my dog for the dog tax, because he has lived with us since the spring of this year.";
        assert_eq!(language(english).as_deref(), Some("en"));
        assert_eq!(language("Guten Tag"), None);
    }

    #[test]
    fn growing_text_counts_characters() {
        let mut text = Text::default();
        text.push("für ");
        assert_eq!(text.push("Öl"), Span { start: 4, end: 6 });
        assert_eq!(text.chars(), 6);
    }

    #[test]
    fn empty_lines_are_squeezed() {
        assert_eq!(tidy("\r\n a  \r\n\r\n\r\n\r\nb\n\n"), " a\n\nb");
    }
}

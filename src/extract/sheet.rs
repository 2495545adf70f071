//! A document as a person sees it: lines of words with their places, and gaps between them.
//!
//! Where the format has no places (a mail, a plain text), the letters themselves are the measure:
//! a letter is half as wide as a line is high.

use std::ops::Range;

use super::slant;
use crate::domain::{Document, Span};

/// Words of one line that stand farther apart (in heights of the line) belong to different phrases.
const PHRASE_GAP: f32 = 0.9;
/// So many words of a document are looked at: labels stand at its beginning, sums at its end.
const MOST_WORDS: usize = 60_000;
/// So many lines may be open at one height: columns and sizes of letters.
const OPEN_LINES: usize = 4;
/// So many words of a row are looked at from one place: a text without line breaks is one row.
pub(super) const ROW_WORDS: usize = 200;
/// Words of a picture that stand farther apart than so many letters belong to different phrases: a typewriter parts
/// words by one.
const LETTERS_APART: f32 = 1.9;
/// Words of a picture with so many letters tell how wide letters are.
const TELLING: usize = 3;
/// The width of a letter where there are no places.
const LETTER: f32 = 0.5;

/// A page whose size is not known: A4, in points.
const PAGE: (f32, f32) = (595.0, 842.0);

/// A word with its place, in points from the upper left corner of its page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
    /// A gap stands before it, or nothing.
    pub(super) first: bool,
    /// What stands farther before it than this is another phrase.
    pub(super) gap: f32,
}

/// The words of one line, from left to right.
#[derive(Clone, Debug, Default)]
pub(super) struct Line<'a> {
    /// Counted from 1; for texts without pages, from form feed to form feed.
    pub(super) page: u32,
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) top: f32,
    pub(super) bottom: f32,
    /// The middle one of the heights of its words.
    height: f32,
    /// Ranges of words without gaps.
    phrases: Vec<Range<usize>>,
    /// It was read from a picture: boxes are as high as the ink of their words.
    pub(super) pictured: bool,
}

/// A document, line by line.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet<'a> {
    pub(super) lines: Vec<Line<'a>>,
    text: &'a str,
    /// The byte of every character, and the end.
    starts: Vec<usize>,
    /// Whether the places come from the format.
    pub(super) placed: bool,
    /// Width and height of the first page, in points.
    pub(super) size: (f32, f32),
    /// Where each word ends, its line and its number there, in the order of the text.
    index: Vec<(usize, usize, usize)>,
}

impl<'a> Sheet<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let text = document.text.as_str();
        let starts: Vec<usize> =
            text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len())).collect();
        let size = document.pages.first().map_or(PAGE, |page| (page.width, page.height));
        let (lines, index) = (Vec::new(), Vec::new());
        let mut sheet = Self { lines, text, starts, placed: true, size, index };
        sheet.lines = if document.words.is_empty() {
            sheet.placed = false;
            lines_of_text(text)
        } else {
            sheet.lines_of_pages(document)
        };
        for line in &mut sheet.lines {
            line.settle();
        }
        for (number, line) in sheet.lines.iter().enumerate() {
            let tokens = line.tokens.iter().enumerate();
            sheet.index.extend(tokens.map(|(token, it)| (it.span.end, number, token)));
        }
        sheet.index.sort_unstable();
        sheet
    }

    /// The line and the word at which a range begins.
    pub(super) fn at(&self, span: Span) -> Option<(&Line<'a>, &Token<'a>)> {
        let index = self.index.partition_point(|(end, ..)| *end <= span.start);
        let (_, line, token) = self.index.get(index)?;
        let line = self.lines.get(*line)?;
        let token = line.tokens.get(*token)?;
        (token.span.start < span.end).then_some((line, token))
    }

    /// The words to the right of a word that stand on its row, also those of another size.
    pub(super) fn row_after(&self, line: usize, token: usize) -> Vec<&Token<'a>> {
        let Some(from) = self.lines.get(line) else { return Vec::new() };
        let Some(word) = from.tokens.get(token) else { return Vec::new() };
        let mut row: Vec<&Token<'a>> = from.tokens.iter().skip(token + 1).take(ROW_WORDS).collect();
        let near = line.saturating_sub(OPEN_LINES)..=line + OPEN_LINES;
        for other in near.filter(|it| *it != line).filter_map(|it| self.lines.get(it)) {
            let right = other.tokens.partition_point(|it| it.left < word.right);
            row.extend(other.tokens.iter().skip(right).take(ROW_WORDS).filter(|it| {
                let shared = it.bottom.min(word.bottom) - it.top.max(word.top);
                let least = (it.bottom - it.top).min(word.bottom - word.top);
                other.page == from.page && shared > 0.5 * least
            }));
        }
        row.sort_by(|a, b| a.left.total_cmp(&b.left));
        row
    }

    /// The text of a range of characters.
    pub(super) fn text(&self, span: Span) -> &'a str {
        let place = |at: usize| self.starts.get(at).copied().unwrap_or(self.text.len());
        self.text.get(place(span.start)..place(span.end)).unwrap_or("")
    }

    fn lines_of_pages(&self, document: &Document) -> Vec<Line<'a>> {
        let mut tokens: Vec<(u32, Token<'a>)> = Vec::new();
        let slopes =
            slant::slopes(document, |between| self.text(between).contains(['\n', '\u{c}']));
        for word in document.words.iter().take(MOST_WORDS) {
            let page = document.pages.iter().find(|page| page.number == word.page);
            let (width, height) = page.map_or(PAGE, |page| (page.width, page.height));
            let (left, top) = (word.area.x * width, word.area.y * height);
            let (right, bottom) = (left + word.area.width * width, top + word.area.height * height);
            let fall = slopes.get(&word.page).map_or(0.0, |slope| slope * left);
            let (top, bottom) = (top - fall, bottom - fall);
            let text = self.text(word.span).trim();
            // What stands upright along the edge of a page is no line.
            let upright = bottom - top > 3.0 * (right - left) && text.chars().count() > 2;
            if !text.is_empty() && !upright {
                let span = word.span;
                tokens.push((
                    word.page,
                    Token { text, span, left, right, top, bottom, first: false, gap: 0.0 },
                ));
            }
        }
        let is_pictured = |number: u32| {
            let mut pages = document.pages.iter();
            pages.any(|page| page.number == number && page.is_pictured())
        };
        let middle = |token: &Token<'_>| (token.top + token.bottom) / 2.0;
        tokens
            .sort_by(|(page, a), (other, b)| page.cmp(other).then(middle(a).total_cmp(&middle(b))));
        let mut lines: Vec<Line<'a>> = Vec::new();
        for (page, token) in tokens {
            // Letters of another size are a line of their own.
            let open = lines.iter_mut().rev().take(OPEN_LINES);
            let mut fitting = open.filter(|line| line.page == page && line.holds(&token));
            match fitting.next() {
                Some(line) => line.tokens.push(token),
                None => {
                    let (top, bottom) = (token.top, token.bottom);
                    let last = lines.last().filter(|line| line.page == page);
                    let pictured = last.map_or_else(|| is_pictured(page), |line| line.pictured);
                    let tokens = vec![token];
                    lines.push(Line { page, tokens, top, bottom, pictured, ..Line::default() });
                }
            }
        }
        lines
    }
}

/// The middle one of some lengths.
fn middle(lengths: &mut [f32]) -> Option<f32> {
    lengths.sort_by(f32::total_cmp);
    lengths.get(lengths.len() / 2).copied()
}

/// Lines of a text without places.
fn lines_of_text(text: &str) -> Vec<Line<'_>> {
    let (mut lines, mut page, mut place, mut count) = (Vec::new(), 1, 0, 0);
    for (number, whole) in text.split_inclusive(['\n', '\u{c}']).enumerate() {
        let mut line =
            Line { page, top: number as f32, bottom: number as f32 + 1.0, ..Line::default() };
        let (mut column, mut from) = (0_usize, None);
        for (byte, letter) in whole.char_indices() {
            if letter.is_whitespace() || letter == '|' {
                if let Some((start, at, left)) = from.take() {
                    line.push(whole.get(at..byte).unwrap_or(""), start, place, left, column);
                }
                // A tab parts columns, as a stroke does.
                column += if matches!(letter, '\t' | '|') { 4 } else { 1 };
            } else {
                from = from.or(Some((place, byte, column)));
                column += 1;
            }
            place += 1;
        }
        if let Some((start, at, left)) = from {
            line.push(whole.get(at..).unwrap_or(""), start, place, left, column);
        }
        page += u32::from(whole.ends_with('\u{c}'));
        line.tokens.truncate(MOST_WORDS - count);
        count += line.tokens.len();
        if !line.tokens.is_empty() {
            lines.push(line);
        }
        if count >= MOST_WORDS {
            break;
        }
    }
    lines
}

impl<'a> Line<'a> {
    fn push(&mut self, text: &'a str, start: usize, end: usize, left: usize, right: usize) {
        let (top, bottom) = (self.top, self.bottom);
        let (left, right) = (left as f32 * LETTER, right as f32 * LETTER);
        let span = Span { start, end };
        self.tokens.push(Token { text, span, left, right, top, bottom, first: false, gap: 0.0 });
    }

    fn holds(&self, token: &Token<'_>) -> bool {
        // The first word tells: a line does not grow downwards word by word.
        let Some(first) = self.tokens.first() else { return false };
        let (mine, other) = (first.bottom - first.top, token.bottom - token.top);
        if self.pictured {
            // `was` is half as high as `by`, and stands on the same line.
            let shared = first.bottom.min(token.bottom) - first.top.max(token.top);
            let alike = mine < 2.2 * other && other < 2.2 * mine;
            return alike && shared > 0.5 * mine.min(other);
        }
        let middle = (token.top + token.bottom) / 2.0;
        middle < first.bottom - 0.25 * mine && mine < 1.5 * other && other < 1.5 * mine
    }

    /// Sorts its words and finds the gaps.
    fn settle(&mut self) {
        self.tokens.sort_by(|a, b| a.left.total_cmp(&b.left));
        self.top = self.tokens.iter().map(|it| it.top).fold(f32::MAX, f32::min);
        self.bottom = self.tokens.iter().map(|it| it.bottom).fold(f32::MIN, f32::max);
        let mut heights: Vec<f32> = self.tokens.iter().map(|it| it.bottom - it.top).collect();
        self.height = middle(&mut heights).unwrap_or(1.0).max(0.1);
        let telling = |it: &&Token<'_>| it.text.chars().count() >= TELLING;
        let letter = |it: &Token<'_>| (it.right - it.left) / it.text.chars().count() as f32;
        let mut letters: Vec<f32> = self.tokens.iter().filter(telling).map(letter).collect();
        let apart = LETTERS_APART * middle(&mut letters).unwrap_or_default();
        let pictured = apart.max(PHRASE_GAP * self.height);
        let mut right = f32::MIN;
        for token in &mut self.tokens {
            let own = PHRASE_GAP * (token.bottom - token.top).max(0.1);
            token.gap = if self.pictured { pictured } else { own };
            token.first = token.left - right > token.gap;
            right = token.right;
        }
        let begins: Vec<usize> = (0..self.tokens.len())
            .filter(|it| *it == 0 || self.tokens.get(*it).is_some_and(|token| token.first))
            .collect();
        let ends = begins.iter().skip(1).copied().chain(std::iter::once(self.tokens.len()));
        self.phrases = begins.iter().zip(ends).map(|(begin, end)| *begin..end).collect();
    }

    /// The phrases: ranges of words without gaps.
    pub(super) fn phrases(&self) -> &[Range<usize>] {
        &self.phrases
    }

    /// The middle one of the heights of its words.
    pub(super) fn height(&self) -> f32 {
        self.height
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Area, Page, TextSource, Word};

    #[test]
    fn a_text_without_places_has_columns_where_it_has_gaps() {
        let document =
            Document { text: "Größe: 5   Ort\tMainz\n\nEnde".into(), ..Document::default() };
        let sheet = Sheet::of(&document);
        let texts = |line: &Line<'_>| -> Vec<String> {
            let phrase = |it: std::ops::Range<usize>| {
                let words = line.tokens[it].iter().map(|token| token.text);
                words.collect::<Vec<_>>().join(" ")
            };
            line.phrases().iter().cloned().map(phrase).collect()
        };
        assert_eq!(sheet.lines.len(), 2);
        assert_eq!(texts(&sheet.lines[0]), ["Größe: 5", "Ort", "Mainz"]);
        assert_eq!(sheet.text(sheet.lines[1].tokens[0].span), "Ende");
    }

    /// `by was ab` as a picture shows it, the letters of `was` lower than the others; typed, the words stand wide apart.
    #[test]
    fn words_of_a_picture_are_as_high_as_their_ink() {
        let word = |start, x, y, height| Word {
            span: Span { start, end: start + 3 },
            page: 1,
            area: Area { x, y, width: 0.045, height },
            confidence: None,
        };
        let words =
            vec![word(0, 0.1, 0.1, 0.01), word(4, 0.172, 0.105, 0.005), word(8, 0.24, 0.1, 0.012)];
        let page = |text_source| {
            let page =
                Page { number: 1, width: 600.0, height: 800.0, text_source, ..Page::default() };
            let (words, pages) = (words.clone(), vec![page]);
            Document { text: "tyb was dop".into(), words, pages, ..Document::default() }
        };
        let phrases = |document: &Document| -> Vec<usize> {
            Sheet::of(document).lines.iter().map(|line| line.phrases().len()).collect()
        };
        assert_eq!(phrases(&page(TextSource::Ocr)), [1]);
        assert_eq!(phrases(&page(TextSource::Layer)), [2, 1]);
    }

    #[test]
    fn words_of_a_page_are_lines_in_whatever_order_they_come() {
        let word = |start, end, x, y| Word {
            span: Span { start, end },
            page: 1,
            area: Area { x, y, width: 0.1, height: 0.01 },
            confidence: None,
        };
        let document = Document {
            text: "b c a".into(),
            words: vec![word(0, 1, 0.5, 0.1), word(2, 3, 0.1, 0.2), word(4, 5, 0.1, 0.101)],
            pages: vec![Page { number: 1, width: 600.0, height: 800.0, ..Page::default() }],
            ..Document::default()
        };
        let sheet = Sheet::of(&document);
        let first: Vec<&str> = sheet.lines[0].tokens.iter().map(|it| it.text).collect();
        assert_eq!(first, ["a", "b"]);
        assert!(sheet.lines[0].tokens[1].first);
    }
}

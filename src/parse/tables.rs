//! Tables of pages that have only words with places, in print or recognised from a picture.
//!
//! A table is looked for where lines are drawn around cells (`table_lines`), then where words stand in
//! columns below their headings (`table_columns`). Better none than a wrong one: letters in two
//! columns, addresses beside a reference block and lists of names with values are none. The words of a
//! table are put in order row by row and cell by cell, so that every cell is a range of the text.

use super::text::Text;
use super::{table_columns, table_lines};
use crate::domain::{Area, Row, Span, Table, Word};

/// Words of one page that are looked at; a page of a telephone book has about 3000.
const MOST_WORDS: usize = 8_000;

/// A box in points from the upper left corner of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    /// Left edge.
    pub(super) left: f32,
    /// Upper edge.
    pub(super) top: f32,
    /// Right edge.
    pub(super) right: f32,
    /// Lower edge.
    pub(super) bottom: f32,
}

/// A word as the search for tables sees it.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    /// Its letters.
    pub(super) text: &'a str,
    /// Where it stands.
    pub(super) place: Place,
}

/// A table: rows of cells of words, these by their number on the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    /// So many rows at the top are headings.
    pub(super) headings: usize,
    /// The rows; each has as many cells as the table has columns.
    pub(super) rows: Vec<Vec<Vec<usize>>>,
}

/// The words of one page, their text and its tables.
#[derive(Debug, Default)]
pub(super) struct Arranged {
    /// The text.
    pub(super) text: String,
    /// In the order of the text.
    pub(super) words: Vec<Word>,
    /// From top to bottom.
    pub(super) tables: Vec<Table>,
}

/// Finds the tables of a page of `size` points and arranges its text by them. Spans count within the
/// page; `lines` are those drawn on it.
pub(super) fn arrange(
    text: String,
    words: Vec<Word>,
    size: (f32, f32),
    lines: &[Place],
) -> Arranged {
    if words.len() > MOST_WORDS {
        return Arranged { text, words, tables: Vec::new() };
    }
    let letters: Vec<char> = text.chars().collect();
    let content = |span: Span| -> String {
        letters.get(span.start..span.end).unwrap_or_default().iter().collect()
    };
    let contents: Vec<String> = words.iter().map(|word| content(word.span)).collect();
    let items: Vec<Item<'_>> = words
        .iter()
        .zip(&contents)
        .map(|(word, text)| Item { text, place: Place::of(&word.area, size) })
        .collect();
    let mut found = table_lines::find(&items, lines);
    let mut taken = vec![false; items.len()];
    for number in found.iter().flat_map(|it| it.rows.iter().flatten().flatten()) {
        taken.iter_mut().skip(*number).take(1).for_each(|it| *it = true);
    }
    found.extend(table_columns::find(&items, &taken));
    if found.is_empty() {
        return Arranged { text, words, tables: Vec::new() };
    }
    let mut owner = vec![None; words.len()];
    for (table, it) in found.iter().enumerate() {
        for number in it.rows.iter().flatten().flatten() {
            owner.iter_mut().skip(*number).take(1).for_each(|it| *it = Some(table));
        }
    }
    let mut page = Writer { words: &words, contents: &contents, ..Writer::default() };
    let mut written = vec![false; found.len()];
    let mut last = None;
    for (number, word) in words.iter().enumerate() {
        let table = owner.get(number).copied().flatten();
        let Some(table) = table else {
            let between = match last {
                _ if page.after_table => "\n\n".to_owned(),
                Some(end) => content(Span { start: end, end: word.span.start }),
                None => String::new(),
            };
            page.text.push(&between);
            page.after_table = false;
            page.word(number);
            last = Some(word.span.end);
            continue;
        };
        if let (Some(it), Some(false)) = (found.get(table), written.get(table)) {
            page.table(it);
            written.iter_mut().skip(table).take(1).for_each(|it| *it = true);
        }
    }
    Arranged { text: page.text.into_string(), words: page.placed, tables: page.tables }
}

/// A page that is being written.
#[derive(Default)]
struct Writer<'a> {
    words: &'a [Word],
    contents: &'a [String],
    text: Text,
    placed: Vec<Word>,
    tables: Vec<Table>,
    after_table: bool,
}

impl Writer<'_> {
    fn word(&mut self, number: usize) {
        let (Some(word), Some(content)) = (self.words.get(number), self.contents.get(number))
        else {
            return;
        };
        let span = self.text.push(content);
        self.placed.push(Word { span, ..word.clone() });
    }

    fn table(&mut self, found: &Found) {
        if self.text.chars() > 0 {
            self.text.push("\n\n");
        }
        let first = self.placed.len();
        let mut rows = Vec::new();
        for (number, cells) in found.rows.iter().enumerate() {
            if number > 0 {
                self.text.push("\n");
            }
            let mut row = Row::default();
            for (number, cell) in cells.iter().enumerate() {
                if number > 0 {
                    self.text.push("\t");
                }
                row.cells.push(self.cell(cell));
            }
            rows.push(row);
        }
        self.after_table = true;
        let words = self.placed.get(first..).unwrap_or_default();
        let page = words.first().map(|word| word.page);
        let area = words.iter().map(|word| word.area).reduce(|all, it| all.join(&it));
        let headings = found.headings;
        self.tables.push(Table { page, area, headings, rows, ..Table::default() });
    }

    fn cell(&mut self, words: &[usize]) -> Span {
        let start = self.text.chars();
        let mut last: Option<Area> = None;
        for number in words {
            let area = self.words.get(*number).map(|word| word.area).unwrap_or_default();
            if let Some(last) = last {
                let middle = area.y + area.height / 2.0;
                let below = middle > last.y + last.height || middle < last.y;
                self.text.push(if below { "\n" } else { " " });
            }
            self.word(*number);
            last = Some(area);
        }
        Span { start, end: self.text.chars() }
    }
}

impl Place {
    fn of(area: &Area, (width, height): (f32, f32)) -> Self {
        Self {
            left: area.x * width,
            top: area.y * height,
            right: (area.x + area.width) * width,
            bottom: (area.y + area.height) * height,
        }
    }

    /// How wide it is.
    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    /// How high it is.
    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// The middle, across and down.
    pub(super) fn middle(&self) -> (f32, f32) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }
}

/// Whether something is a number, an amount, a date or a share, as they stand in the columns of tables.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|it| it.is_alphabetic()).count();
    let unit = ["EUR", "€", "USD", "$", "%", "CHF"].iter().any(|unit| text.contains(unit));
    digits > 0 && (letters == 0 || unit && letters <= 3)
}

/// Numbers of words in the order in which they are read: by lines, from left to right.
pub(super) fn lines_of(items: &[Item<'_>], mut numbers: Vec<usize>) -> Vec<Vec<usize>> {
    let place = |number: &usize| items.get(*number).map(|it| it.place).unwrap_or_default();
    numbers.sort_by(|a, b| place(a).middle().1.total_cmp(&place(b).middle().1));
    let mut lines: Vec<(f32, f32, Vec<usize>)> = Vec::new();
    for number in numbers {
        let it = place(&number);
        match lines.last_mut() {
            // Small print beside large print is on the same line when their middles are near.
            Some((middle, height, line))
                if it.middle().1 - *middle < 0.45 * height.min(it.height()) =>
            {
                line.push(number);
                *middle += (it.middle().1 - *middle) / line.len() as f32;
                *height = height.max(it.height());
            }
            _ => lines.push((it.middle().1, it.height(), vec![number])),
        }
    }
    let mut lines: Vec<Vec<usize>> = lines.into_iter().map(|(_, _, line)| line).collect();
    for line in &mut lines {
        line.sort_by(|a, b| place(a).left.total_cmp(&place(b).left));
    }
    lines
}

//! Tables without lines around their cells: words in columns below their headings.
//!
//! What makes a table is its heading: a line of at least three short names without numbers, far
//! apart, with lines below that keep to its columns and have numbers in at least one of them. Where
//! a table goes on without a heading, only rows with at least two columns of amounts count.

use super::tables::{Found, Item, Place, is_number, lines_of};

/// Words of a line that stand so far apart (in heights of a line) are in different columns.
const COLUMN_GAP: f32 = 0.9;
/// Words of a line that stand nearer than this belong together in any case.
const WORD_GAP: f32 = 0.5;
/// So many heights of a line may lie between the middles of two rows.
const ROW_GAP: f32 = 4.2;
/// So many between the lines of one row.
const LINE_GAP: f32 = 1.75;
/// Letters of one heading.
const HEADING_CHARS: usize = 28;
/// Lines of one row.
const ROW_LINES: usize = 8;
/// Rows without a heading that are a table.
const BARE_ROWS: usize = 3;

/// The tables among the words that are not `taken`, from top to bottom.
pub(super) fn find(items: &[Item<'_>], taken: &[bool]) -> Vec<Found> {
    let free = (0..items.len()).filter(|it| !taken.get(*it).copied().unwrap_or_default());
    let lines = lines_of(items, free.collect());
    let lines: Vec<Line<'_>> = lines.into_iter().map(|words| Line::of(items, words)).collect();
    let mut tables = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at + 1..).unwrap_or_default();
        let headings =
            if line.is_heading() { Some(1) } else { line.is_row_of_amounts().then_some(0) };
        let grown = headings.map(|headings| Growing::new(line, headings).grown(rest));
        match grown.filter(|(table, _)| table.is_table()) {
            Some((table, used)) => {
                at += used + 1;
                tables.push(table.found(items));
            }
            None => at += 1,
        }
    }
    tables
}

/// Words of one line that stand near each other.
#[derive(Clone, Debug)]
struct Phrase {
    words: Vec<usize>,
    place: Place,
    text: String,
}

/// A line across the whole page.
#[derive(Debug)]
struct Line<'a> {
    items: &'a [Item<'a>],
    words: Vec<usize>,
    middle: f32,
    height: f32,
}

impl<'a> Line<'a> {
    fn of(items: &'a [Item<'a>], words: Vec<usize>) -> Self {
        let places: Vec<Place> =
            words.iter().filter_map(|it| items.get(*it)).map(|it| it.place).collect();
        let count = places.len().max(1) as f32;
        let middle = places.iter().map(|it| it.middle().1).sum::<f32>() / count;
        let mut heights: Vec<f32> = places.iter().map(Place::height).collect();
        heights.sort_by(f32::total_cmp);
        let height = heights.get(heights.len() / 2).copied().unwrap_or(1.0).max(1.0);
        Self { items, words, middle, height }
    }

    /// The words of the line, parted where the gap is larger than so many heights.
    fn phrases(&self, gap: f32) -> Vec<Phrase> {
        let mut phrases: Vec<Phrase> = Vec::new();
        for number in &self.words {
            let Some(item) = self.items.get(*number) else { continue };
            match phrases.last_mut() {
                Some(last) if item.place.left - last.place.right <= gap * self.height => {
                    last.words.push(*number);
                    last.text = format!("{} {}", last.text, item.text);
                    last.place.right = last.place.right.max(item.place.right);
                    last.place.top = last.place.top.min(item.place.top);
                    last.place.bottom = last.place.bottom.max(item.place.bottom);
                }
                _ => phrases.push(Phrase {
                    words: vec![*number],
                    place: item.place,
                    text: item.text.to_owned(),
                }),
            }
        }
        phrases
    }

    fn is_heading(&self) -> bool {
        let phrases = self.phrases(COLUMN_GAP);
        let named = |it: &Phrase| it.text.chars().any(char::is_alphabetic);
        phrases.len() >= 3
            && phrases.iter().all(|it| is_name(&it.text))
            && phrases.iter().filter(|it| named(it)).count() >= 2
    }

    fn is_row_of_amounts(&self) -> bool {
        let phrases = self.phrases(COLUMN_GAP);
        let amounts = phrases.iter().filter(|it| is_amount(&it.text)).count();
        phrases.len() >= 3 && amounts >= 2
    }

    fn has_digits(&self) -> bool {
        let digits = |number: &usize| {
            self.items.get(*number).is_some_and(|it| it.text.chars().any(|c| c.is_ascii_digit()))
        };
        self.words.iter().any(digits)
    }
}

/// Whether it may name a column: short, without numbers other than years, and no end of a sentence.
fn is_name(text: &str) -> bool {
    let is_year =
        |word: &str| word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    let numbered = text
        .split_whitespace()
        .any(|word| word.chars().any(|it| it.is_ascii_digit()) && !is_year(word));
    // Who names a value and gives it beside the name ends the name so.
    text.chars().count() <= HEADING_CHARS && !numbered && !text.ends_with(':')
}

/// A number with two digits behind a comma or point.
fn is_amount(text: &str) -> bool {
    let number = text.split_whitespace().find(|it| it.chars().any(|it| it.is_ascii_digit()));
    let tail = number.and_then(|it| it.rsplit([',', '.']).next().filter(|tail| *tail != it));
    is_number(text) && tail.is_some_and(|it| it.chars().filter(char::is_ascii_digit).count() == 2)
}

/// A column that is being found.
#[derive(Clone, Copy, Debug)]
struct Column {
    left: f32,
    right: f32,
}

/// A table that takes in line after line.
struct Growing {
    columns: Vec<Column>,
    headings: usize,
    /// The cells of each row: words of each column.
    cells: Vec<Vec<Vec<usize>>>,
    numbers: Vec<usize>,
    last: (f32, f32),
    lines_of_row: usize,
}

impl Growing {
    fn new(first: &Line<'_>, headings: usize) -> Self {
        let phrases = first.phrases(COLUMN_GAP);
        let column = |it: &Phrase| Column { left: it.place.left, right: it.place.right };
        let numbers = phrases.iter().filter(|it| is_number(&it.text)).count();
        Self {
            columns: phrases.iter().map(column).collect(),
            headings,
            cells: vec![phrases.iter().map(|it| it.words.clone()).collect()],
            numbers: vec![numbers],
            last: (first.middle, first.height),
            lines_of_row: 1,
        }
    }

    /// The table and how many of the lines below belong to it.
    fn grown(mut self, lines: &[Line<'_>]) -> (Self, usize) {
        let mut used = 0;
        while let Some(line) = lines.get(used) {
            if self.take(line) {
                used += 1;
                continue;
            }
            let rest = lines.get(used..).unwrap_or_default();
            let Some(count) = self.details(rest) else { break };
            for line in rest.iter().take(count) {
                self.take_detail(line);
            }
            used += count;
        }
        (self, used)
    }

    /// So many lines of text about the last row stand above the next whole row, if there is one: they
    /// may reach over several columns.
    fn details(&self, lines: &[Line<'_>]) -> Option<usize> {
        let edge = self.columns.first()?.left;
        let mut last = self.last;
        for (number, line) in lines.iter().enumerate().take(ROW_LINES + 1) {
            let gap = (line.middle - last.0) / last.1.max(line.height);
            let is_beside = line.phrases(COLUMN_GAP).first()?.place.left < edge - line.height;
            if gap > ROW_GAP || is_beside || line.is_heading() {
                return None;
            }
            let cells = self.cells_of(line.phrases(WORD_GAP), line.height);
            let filled = cells.iter().flatten().filter(|cell| !cell.is_empty()).count();
            let numbers = line.phrases(COLUMN_GAP).iter().filter(|it| is_number(&it.text)).count();
            if number > 0 && filled * 2 > self.columns.len() && numbers >= 2 {
                return Some(number);
            }
            last = (line.middle, line.height);
        }
        None
    }

    fn take_detail(&mut self, line: &Line<'_>) {
        let left = line.phrases(COLUMN_GAP).first().map_or(0.0, |it| it.place.left);
        let column = self.columns.iter().position(|it| it.right > left).unwrap_or_default();
        let cell = self.cells.last_mut().and_then(|row| row.get_mut(column));
        cell.into_iter().for_each(|cell| cell.extend(line.words.iter().copied()));
        self.last = (line.middle, line.height);
    }

    /// Takes a line in; `false` when the table ends above it.
    fn take(&mut self, line: &Line<'_>) -> bool {
        let height = self.last.1.max(line.height);
        let gap = (line.middle - self.last.0) / height;
        if gap > ROW_GAP || line.height > 1.8 * self.last.1 {
            return false;
        }
        let Some(cells) = self.columns_of(line) else { return false };
        let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
        let text = |cell: &Vec<usize>| -> String {
            let words = cell.iter().filter_map(|it| line.items.get(*it)).map(|it| it.text);
            words.collect::<Vec<_>>().join(" ")
        };
        let numbers = cells.iter().filter(|cell| is_number(&text(cell))).count();
        let in_heading = self.headings > 0 && self.cells.len() == self.headings;
        let goes_on = gap <= LINE_GAP && self.lines_of_row < ROW_LINES;
        if in_heading && goes_on && !line.has_digits() && filled < self.columns.len() {
            // The second line of the headings.
        } else if filled >= 2 && numbers >= 1 {
            if self.cells_of(line.phrases(WORD_GAP), line.height).is_some() {
                self.widen(line, &cells);
            }
            self.cells.push(cells);
            self.numbers.push(numbers);
            self.last = (line.middle, line.height);
            self.lines_of_row = 1;
            return true;
        } else if in_heading || !goes_on {
            return false;
        }
        self.widen(line, &cells);
        for (cell, more) in self.cells.last_mut().into_iter().flatten().zip(cells) {
            cell.extend(more);
        }
        self.last = (line.middle, line.height);
        self.lines_of_row += 1;
        true
    }

    /// The words of a line by column; `None` when words that belong together stand in several.
    fn columns_of(&self, line: &Line<'_>) -> Option<Vec<Vec<usize>>> {
        self.cells_of(line.phrases(WORD_GAP), line.height).or_else(|| self.sum_of(line))
    }

    fn cells_of(&self, phrases: Vec<Phrase>, height: f32) -> Option<Vec<Vec<usize>>> {
        let mut cells = vec![Vec::new(); self.columns.len()];
        let mut before = 0;
        for phrase in phrases {
            let column = self.column_of(&phrase.place, height)?;
            if column < before {
                return None;
            }
            cells.get_mut(column)?.extend(phrase.words);
            before = column;
        }
        Some(cells)
    }

    /// A sum below the columns: its name may reach over several, its amount stands in the last.
    fn sum_of(&self, line: &Line<'_>) -> Option<Vec<Vec<usize>>> {
        let phrases = line.phrases(COLUMN_GAP);
        let [name, amount] = phrases.as_slice() else { return None };
        let last = self.columns.len() - 1;
        let is_sum = is_amount(&amount.text)
            && name.text.chars().count() <= 2 * HEADING_CHARS
            && self.column_of(&amount.place, line.height) == Some(last);
        let touches = |column: &Column| column.right > name.place.left;
        let first = self.columns.iter().position(touches).filter(|it| is_sum && *it < last)?;
        let mut cells = vec![Vec::new(); self.columns.len()];
        cells.get_mut(first)?.extend(name.words.iter().copied());
        cells.get_mut(last)?.extend(amount.words.iter().copied());
        Some(cells)
    }

    /// The column a phrase stands in: the one it shares most with, else the one it is next to.
    fn column_of(&self, place: &Place, height: f32) -> Option<usize> {
        let shared = |column: &Column| place.right.min(column.right) - place.left.max(column.left);
        let touched = self.columns.iter().filter(|it| shared(it) > 0.15 * height).count();
        if touched > 1 {
            return None;
        }
        let (best, column) = self
            .columns
            .iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| shared(a).total_cmp(&shared(b)))?;
        // Beside all columns there is another text.
        (shared(column) > -4.0 * height).then_some(best)
    }

    fn widen(&mut self, line: &Line<'_>, cells: &[Vec<usize>]) {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            for place in cell.iter().filter_map(|it| line.items.get(*it)).map(|it| it.place) {
                column.left = column.left.min(place.left);
                column.right = column.right.max(place.right);
            }
        }
    }

    fn is_table(&self) -> bool {
        let filled = |row: &Vec<Vec<usize>>| row.iter().filter(|it| !it.is_empty()).count();
        let columns = self.columns.len();
        let body = self.cells.get(self.headings..).unwrap_or_default();
        let numbers = self.numbers.get(self.headings..).unwrap_or_default();
        let is_full = |row: &&Vec<Vec<usize>>| filled(row) * 2 > columns;
        let full = body.iter().filter(is_full).count();
        // Below the last of them there may be sums.
        let until = body.iter().rposition(|row| is_full(&row)).map_or(0, |at| at + 1);
        let many = numbers.iter().filter(|it| **it >= 2).count();
        if self.headings == 0 {
            return body.len() >= BARE_ROWS && many >= BARE_ROWS && full * 3 >= body.len() * 2;
        }
        (many >= 1 || until >= 2) && full >= 1 && full * 2 >= until
    }

    fn found(self, items: &[Item<'_>]) -> Found {
        let in_order = |cell: Vec<usize>| lines_of(items, cell).into_iter().flatten().collect();
        let rows = self.cells.into_iter();
        let rows = rows.map(|row| row.into_iter().map(in_order).collect()).collect();
        Found { headings: self.headings, rows }
    }
}

//! Tables as text (CSV, RFC 4180): the text stays as it is, and every cell is a range of it.

use super::Context;
use crate::domain::{Document, Row, Span, Table};
use crate::parse::text;

/// What parts cells, most likely first in an office that writes `1.234,56`.
const DELIMITERS: &[char] = &[';', '\t', ',', '|'];
/// Characters that the delimiter is guessed from.
const SAMPLE: usize = 20_000;
/// Cells that are kept.
const CELLS: usize = 200_000;

/// Reads a table.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let text = text::decode(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let rows = rows(&text);
    let tables = match rows.is_empty() {
        true => Vec::new(),
        false => vec![Table { rows, ..Table::default() }],
    };
    Document { text, tables, ..Document::default() }
}

fn rows(text: &str) -> Vec<Row> {
    // Excel's own way to name the delimiter, which is no row of the table.
    let named = text.strip_prefix("sep=").and_then(|rest| rest.chars().next());
    let skipped = named.map_or(0, |_| text.chars().take_while(|it| *it != '\n').count() + 1);
    let delimiter = named.or_else(|| delimiter(text)).unwrap_or(';');
    let mut reader = Rows { rows: Vec::new(), row: Row::default(), cells: 0 };
    let (mut start, mut quoted, mut fresh) = (skipped, false, true);
    let mut end = skipped;
    for (place, letter) in text.chars().enumerate().skip(skipped) {
        end = place + 1;
        match letter {
            // A quote in the middle of a cell is an inch.
            '"' if fresh || quoted => (quoted, fresh) = (!quoted, true),
            '\n' if !quoted => {
                reader.cell(start, place);
                reader.end_row();
                (start, fresh) = (end, true);
            }
            _ if letter == delimiter && !quoted => {
                reader.cell(start, place);
                (start, fresh) = (end, true);
            }
            _ => fresh = false,
        }
    }
    if end > start || !reader.row.cells.is_empty() {
        reader.cell(start, end);
    }
    reader.end_row();
    let quotes = Quotes::of(text);
    for cell in reader.rows.iter_mut().flat_map(|row| &mut row.cells) {
        quotes.take_off(cell);
    }
    reader.rows
}

struct Rows {
    rows: Vec<Row>,
    row: Row,
    cells: usize,
}

impl Rows {
    fn cell(&mut self, start: usize, end: usize) {
        self.cells += 1;
        if self.cells <= CELLS {
            self.row.cells.push(Span { start, end });
        }
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        let is_empty = row.cells.iter().all(|cell| cell.start == cell.end);
        if row.cells.len() > 1 || (row.cells.len() == 1 && !is_empty) {
            self.rows.push(row);
        }
    }
}

/// Where the quotes of a text are, so that cells can do without those around them.
struct Quotes(std::collections::BTreeSet<usize>);

impl Quotes {
    fn of(text: &str) -> Self {
        Self(text.chars().enumerate().filter(|(_, it)| *it == '"').map(|(at, _)| at).collect())
    }

    fn take_off(&self, cell: &mut Span) {
        let is_quoted = cell.end >= cell.start + 2
            && self.0.contains(&cell.start)
            && self.0.contains(&(cell.end - 1));
        if is_quoted {
            (cell.start, cell.end) = (cell.start + 1, cell.end - 1);
        }
    }
}

/// The delimiter that parts the lines into the most even rows.
fn delimiter(text: &str) -> Option<char> {
    let mut counts: Vec<Vec<usize>> = vec![Vec::new(); DELIMITERS.len()];
    let mut quoted = false;
    let mut line = vec![0; DELIMITERS.len()];
    for letter in text.chars().take(SAMPLE) {
        match letter {
            '"' => quoted = !quoted,
            '\n' if !quoted => {
                for (counts, count) in counts.iter_mut().zip(&mut line) {
                    counts.push(std::mem::take(count));
                }
            }
            _ if quoted => {}
            _ => {
                let place = DELIMITERS.iter().position(|it| *it == letter);
                place.and_then(|at| line.get_mut(at)).into_iter().for_each(|count| *count += 1);
            }
        }
    }
    for (counts, count) in counts.iter_mut().zip(line).filter(|(counts, _)| counts.is_empty()) {
        counts.push(count);
    }
    let score = |counts: &[usize]| {
        let first = counts.iter().copied().find(|count| *count > 0).unwrap_or_default();
        let even = counts.iter().filter(|count| **count == first && first > 0).count();
        (even, first)
    };
    let (best, counts) = counts.iter().enumerate().rev().max_by_key(|(_, counts)| score(counts))?;
    (score(counts).0 > 0).then(|| DELIMITERS.get(best).copied()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &[&[&str]]) {
        let document = read(bytes, &Context { media_type: "text/csv" });
        assert_eq!(document.tables[0].texts(&document.text), expected);
    }

    #[test]
    fn german_tables_are_read_as_they_are() {
        let bytes = b"Name;Betrag\r\nM\xfcller, J\xfcrgen;1.234,56\r\n;0,10";
        check(bytes, &[&["Name", "Betrag"], &["Müller, Jürgen", "1.234,56"], &["", "0,10"]]);
        let document = read(bytes, &Context { media_type: "text/csv" });
        assert_eq!(document.text, "Name;Betrag\nMüller, Jürgen;1.234,56\n;0,10");
    }

    #[test]
    fn quoted_cells_may_hold_delimiters_and_lines() {
        check(
            b"a,\"b, c\nd\",e\n1,\"sagt \"\"ja\"\"\",3 \" Zoll\n",
            &[&["a", "b, c\nd", "e"], &["1", "sagt \"\"ja\"\"", "3 \" Zoll"]],
        );
    }

    #[test]
    fn other_delimiters_and_encodings_are_found() {
        check(b"\xff\xfea\0\t\0b\0\n\0\xfc\0\t\0d\0", &[&["a", "b"], &["ü", "d"]]);
        check("\u{feff}a|b\n1|2,5\n".as_bytes(), &[&["a", "b"], &["1", "2,5"]]);
        check(b"sep=|\na;b|c\n", &[&["a;b", "c"]]);
        check(b"nur eine Spalte\nx\n", &[&["nur eine Spalte"], &["x"]]);
    }
}

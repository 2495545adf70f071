//! Text as it flows out of office formats: tidy lines that know the tables they stand in.

use super::text::MOST_CHARS;
use crate::domain::{Document, Row, Span, Table};

/// Cells of one document that are kept as cells; the text of the others is still there.
const MOST_CELLS: usize = 200_000;

/// Text that is tidied while it grows, so that the places of cells hold from the beginning.
///
/// Lines lose the spaces at their ends, and there is never more than one empty line. Cells of a
/// row are parted by tabs, rows by line ends.
#[derive(Debug, Default)]
pub(super) struct Flow {
    text: String,
    chars: usize,
    /// Line ends since the last character.
    breaks: usize,
    /// Spaces since then, or since the last line end.
    spaces: String,
    /// The tables that have begun, outermost first.
    open: Vec<Open>,
    tables: Vec<Table>,
    cells: usize,
}

#[derive(Debug, Default)]
struct Open {
    /// Where it will stand among the tables: in the order in which they begin.
    number: usize,
    table: Table,
    row: Option<Row>,
    cell: Option<Cell>,
}

#[derive(Debug, Default)]
struct Cell {
    /// Of its first character, once there is one.
    start: Option<usize>,
    /// What stood before it, to be restored when it stays empty.
    breaks: usize,
    spaces: String,
    /// A line ended in it: the spaces before it are not seen.
    broken: bool,
}

impl Flow {
    /// Adds text, with line ends and spaces as they come.
    pub(super) fn push(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\n' => self.end_line(),
                '\r' => {}
                _ if character.is_whitespace() => self.spaces.push(character),
                // Nothing is shown of these, and no quote is found across them.
                '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{ad}' | '\u{feff}' => {}
                _ => self.show(character),
            }
        }
    }

    /// Ends the line.
    pub(super) fn end_line(&mut self) {
        self.breaks += 1;
        self.forget_spaces();
    }

    /// Ends the line, if anything stands on it.
    pub(super) fn start_line(&mut self) {
        if self.breaks == 0 {
            self.end_line();
        }
    }

    /// Whether nothing stands on the line yet.
    pub(super) fn at_line_start(&self) -> bool {
        self.breaks > 0 || self.chars == 0
    }

    /// Takes back the line ends since the last letter.
    pub(super) fn join_line(&mut self) {
        self.breaks = 0;
        self.forget_spaces();
    }

    fn forget_spaces(&mut self) {
        self.spaces.clear();
        if let Some(cell) = self.open.iter_mut().rev().find_map(|open| open.cell.as_mut()) {
            cell.broken = true;
        }
    }

    /// The spaces before the cells that get their first letter, then those in the innermost.
    fn gather_spaces(&mut self) {
        let mut gathered = String::new();
        for cell in self.open.iter_mut().filter_map(|open| open.cell.as_mut()) {
            gathered.push_str(&std::mem::take(&mut cell.spaces));
            if std::mem::take(&mut cell.broken) {
                gathered.clear();
            }
        }
        gathered.push_str(&self.spaces);
        self.spaces = gathered;
    }

    fn show(&mut self, character: char) {
        if self.chars > MOST_CHARS {
            return; // `text::finish` cuts there and says so.
        }
        if self.chars > 0 {
            for _ in 0..self.breaks.min(2) {
                self.text.push('\n');
                self.chars += 1;
            }
        }
        let is_fresh = |open: &Open| open.cell.as_ref().is_some_and(|cell| cell.start.is_none());
        let first = self.open.iter().any(is_fresh);
        if first {
            self.gather_spaces();
        }
        self.text.push_str(&self.spaces);
        self.chars += self.spaces.chars().count();
        self.breaks = 0;
        self.spaces.clear();
        if first {
            for cell in self.open.iter_mut().filter_map(|open| open.cell.as_mut()) {
                cell.start.get_or_insert(self.chars);
            }
        }
        self.text.push(character);
        self.chars += 1;
    }

    /// Begins a table; inside a cell it is a table of its own.
    pub(super) fn begin_table(&mut self, name: &str) {
        let is_fresh = self
            .open
            .last()
            .is_some_and(|open| open.cell.as_ref().is_some_and(|cell| cell.start.is_none()));
        if !is_fresh {
            self.start_line();
        }
        self.tables.push(Table::default());
        let table = Table { name: name.to_owned(), ..Table::default() };
        self.open.push(Open { number: self.tables.len() - 1, table, ..Open::default() });
    }

    /// The table that is being filled.
    pub(super) fn table(&mut self) -> Option<&mut Table> {
        self.open.last_mut().map(|open| &mut open.table)
    }

    /// Begins a row, and ends the one before.
    pub(super) fn begin_row(&mut self) {
        self.end_row();
        if self.open.last().is_some_and(|open| !open.table.rows.is_empty()) {
            self.start_line();
        }
        if let Some(open) = self.open.last_mut() {
            open.row = Some(Row::default());
        }
    }

    /// Marks the row as one that is not shown.
    pub(super) fn hide_row(&mut self) {
        if let Some(row) = self.open.last_mut().and_then(|open| open.row.as_mut()) {
            row.hidden = true;
        }
    }

    /// Begins a cell, and ends the one before.
    pub(super) fn begin_cell(&mut self) {
        self.end_cell();
        let Some(open) = self.open.last_mut() else { return };
        let row = open.row.get_or_insert_default();
        if !row.cells.is_empty() {
            self.spaces.push('\t');
        }
        // Taken and not copied: thousands of empty cells may follow each other.
        let (breaks, spaces) = (self.breaks, std::mem::take(&mut self.spaces));
        open.cell = Some(Cell { breaks, spaces, ..Cell::default() });
    }

    /// Begins table, row and cell, as far as none has begun.
    pub(super) fn begin_cell_of_row(&mut self) {
        if !self.in_table() {
            self.begin_table("");
        }
        if !self.in_row() {
            self.begin_row();
        }
        if !self.in_cell() {
            self.begin_cell();
        }
    }

    /// Ends a cell.
    pub(super) fn end_cell(&mut self) {
        let Some(open) = self.open.last_mut() else { return };
        let Some(cell) = open.cell.take() else { return };
        let span = match cell.start {
            Some(start) => {
                (self.breaks, self.spaces) = (0, String::new());
                Span { start, end: self.chars }
            }
            None => {
                (self.breaks, self.spaces) = (cell.breaks, cell.spaces);
                Span { start: self.chars, end: self.chars }
            }
        };
        self.cells += 1;
        if self.cells <= MOST_CELLS {
            open.row.get_or_insert_default().cells.push(span);
        }
    }

    /// Ends a row.
    pub(super) fn end_row(&mut self) {
        self.end_cell();
        let Some(open) = self.open.last_mut() else { return };
        let Some(row) = open.row.take() else { return };
        if self.cells <= MOST_CELLS {
            open.table.rows.push(row);
        }
        self.start_line();
    }

    /// Ends a table.
    pub(super) fn end_table(&mut self) {
        self.end_row();
        let Some(open) = self.open.pop() else { return };
        if let Some(place) = self.tables.get_mut(open.number) {
            *place = open.table;
        }
        self.start_line();
    }

    /// Whether a table has begun.
    pub(super) fn in_table(&self) -> bool {
        !self.open.is_empty()
    }

    fn in_row(&self) -> bool {
        self.open.last().is_some_and(|open| open.row.is_some())
    }

    fn in_cell(&self) -> bool {
        self.open.last().is_some_and(|open| open.cell.is_some())
    }

    /// The text and its tables.
    pub(super) fn finish(mut self) -> Document {
        while self.in_table() {
            self.end_table();
        }
        // A table without any cell with words is a frame.
        self.tables.retain(|table| {
            table.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.end > cell.start)
        });
        Document { text: self.text, tables: self.tables, ..Document::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_tidied_while_they_grow() {
        let mut flow = Flow::default();
        flow.push("\r\n a  \r\n\r\n\r\n\r\nb\n\n");
        assert_eq!(flow.finish().text, " a\n\nb");
    }

    #[test]
    fn cells_know_where_they_stand() {
        let mut flow = Flow::default();
        flow.push("davor\n");
        flow.begin_table("Blatt");
        for row in [["", "Größe \n", ""], ["x\ny", "", "z"]] {
            flow.begin_row();
            for cell in row {
                flow.begin_cell();
                flow.push(cell);
            }
        }
        flow.end_table();
        flow.push("danach");
        let document = flow.finish();
        assert_eq!(document.text, "davor\n\tGröße\nx\ny\t\tz\ndanach");
        let cells = document.tables[0].texts(&document.text);
        assert_eq!(cells, [["", "Größe", ""], ["x\ny", "", "z"]]);
        assert_eq!(document.tables[0].name, "Blatt");
    }

    #[test]
    fn a_table_in_a_cell_is_a_table_of_its_own() {
        let mut flow = Flow::default();
        flow.begin_table("");
        flow.begin_row();
        flow.begin_cell();
        flow.push("links");
        flow.begin_cell();
        flow.begin_table("");
        flow.begin_row();
        for cell in ["a", "b"] {
            flow.begin_cell();
            flow.push(cell);
        }
        flow.end_table();
        flow.end_table();
        let document = flow.finish();
        assert_eq!(document.text, "links\ta\tb");
        assert_eq!(document.tables[0].texts(&document.text), [["links", "a\tb"]]);
        assert_eq!(document.tables[1].texts(&document.text), [["a", "b"]]);
    }
}

//! Looks at the sheets of an `OpenDocument` file before calamine does, which writes out all that is repeated:
//! one cell, repeated in all rows and columns of a sheet, would take all memory.

use std::io::Cursor;

use zip::ZipArchive;

use super::archive;
use super::sheets_cells::AREA;
use super::xml::{self, Element, Step};
use crate::domain::Problem;
use crate::parse::text::MOST_CHARS;

/// Columns of a sheet; calamine leaves out what is beyond.
const COLUMNS: u64 = 16_384;

/// Refuses what would grow too large, and XML that is damaged.
pub(super) fn check(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<(), Problem> {
    // What is missing is said by whoever reads the cells.
    let Some(content) = archive::text_of(archive, "content.xml") else { return Ok(()) };
    let mut grown = Grown::default();
    xml::walk(&content?, |step| match step {
        Step::Open(element) => grown.begin(&element),
        Step::Close => grown.end(),
        Step::Text(text) => grown.text += text.trim().len() as u64,
    })?;
    if grown.cells > AREA || grown.read > AREA {
        let detail = format!("more than {AREA} cells, most of them empty or repeated");
        return Err(Problem::new("P0107", detail));
    }
    if grown.bytes > 4 * MOST_CHARS as u64 {
        return Err(Problem::new("P0107", format!("more than {MOST_CHARS} characters, repeated")));
    }
    Ok(())
}

/// What the sheets come to when what is repeated is written out.
#[derive(Debug, Default)]
struct Grown {
    /// In the tables around what is not empty.
    cells: u64,
    /// In the rows as they stand in the file.
    read: u64,
    /// Of the texts in them.
    bytes: u64,
    open: Vec<Opened>,
    /// Of the sheet.
    rows: u64,
    columns: u64,
    empty_rows: u64,
    row: Row,
    /// Of the cell.
    text: u64,
}

#[derive(Debug, Default)]
struct Row {
    repeated: u64,
    columns: u64,
    empty: u64,
    filled: u64,
    bytes: u64,
}

#[derive(Clone, Copy, Debug)]
enum Opened {
    Sheet,
    Row,
    Cell { repeated: u64, valued: bool },
    Other,
}

impl Grown {
    fn begin(&mut self, element: &Element<'_>) {
        let repeated = |name| {
            let repeated = element.local(name).and_then(|it| it.parse::<u64>().ok());
            repeated.unwrap_or(1)
        };
        let opened = match element.name {
            "table" => Opened::Sheet,
            "table-row" => {
                self.row = Row { repeated: repeated("number-rows-repeated"), ..Row::default() };
                Opened::Row
            }
            "table-cell" | "covered-table-cell" => {
                self.text = 0;
                let valued = ["value-type", "value", "formula"];
                let valued = valued.iter().any(|name| element.local(name).is_some());
                Opened::Cell { repeated: repeated("number-columns-repeated"), valued }
            }
            _ => Opened::Other,
        };
        self.open.push(opened);
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(Opened::Cell { repeated, valued }) => {
                let row = &mut self.row;
                // Empty cells count when another one follows.
                row.columns = row.columns.saturating_add(row.empty).min(COLUMNS);
                if !valued && self.text == 0 {
                    row.empty = repeated;
                    return;
                }
                row.empty = 0;
                row.columns = row.columns.saturating_add(repeated).min(COLUMNS);
                row.filled = row.columns;
                row.bytes =
                    row.bytes.saturating_add(repeated.min(COLUMNS).saturating_mul(self.text));
            }
            Some(Opened::Row) => {
                self.read = self.read.saturating_add(self.row.columns);
                if self.row.filled == 0 {
                    self.empty_rows = self.empty_rows.saturating_add(self.row.repeated);
                    return;
                }
                // Empty rows above the first one count for nothing.
                if self.rows > 0 {
                    self.rows = self.rows.saturating_add(self.empty_rows);
                }
                self.empty_rows = 0;
                self.rows = self.rows.saturating_add(self.row.repeated);
                self.columns = self.columns.max(self.row.filled);
                let bytes = self.row.bytes.saturating_mul(self.row.repeated);
                self.bytes = self.bytes.saturating_add(bytes);
            }
            Some(Opened::Sheet) => {
                self.cells = self.cells.saturating_add(self.rows.saturating_mul(self.columns));
                (self.rows, self.columns, self.empty_rows) = (0, 0, 0);
            }
            Some(Opened::Other) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: &str = "<table-cell value-type='string'><p>Wort</p></table-cell>";

    fn code(sheets: &str) -> Option<String> {
        let xml = format!("<body>{sheets}</body>");
        let bytes = archive::tests::zip(&[("content.xml", xml.as_bytes())]);
        check(&mut archive::open(&bytes).unwrap()).err().map(|problem| problem.code)
    }

    fn row(rows: u64, cells: &str) -> String {
        format!("<table-row number-rows-repeated='{rows}'>{cells}</table-row>")
    }

    fn many(columns: u64, cell: &str) -> String {
        cell.replace("<table-cell", &format!("<table-cell number-columns-repeated='{columns}'"))
    }

    #[test]
    fn the_frame_to_the_edge_of_a_sheet_is_no_harm() {
        let frame = many(16_380, "<table-cell/>");
        let rows =
            [row(1, &(CELL.to_owned() + &frame)), row(1_048_575, &many(16_384, "<table-cell/>"))];
        assert_eq!(code(&format!("<table>{}</table>", rows.concat())), None);
        // What is empty at the top is not kept.
        let low = [row(1_000_000, "<table-cell/>"), row(1, &many(20, CELL))];
        assert_eq!(code(&format!("<table>{}</table>", low.concat())), None);
    }

    #[test]
    fn what_grows_too_large_is_refused() {
        let all = row(1_048_576, &many(16_384, CELL));
        let corners = [
            row(1, CELL),
            row(1_048_000, "<table-cell/>"),
            row(1, &(many(16_000, "<table-cell/>") + CELL)),
        ];
        let rows = row(1, &many(16_384, CELL)).repeat(300);
        let sheet = format!("<table>{}</table>", row(1000, &many(1000, CELL)));
        let long = CELL.replace("Wort", &"Wort".repeat(1000));
        for sheets in [all, corners.concat(), rows, sheet.repeat(5), row(10, &many(1000, &long))] {
            assert_eq!(
                code(&format!("<table>{sheets}</table>")).as_deref(),
                Some("P0107"),
                "{sheets}"
            );
        }
    }
}

//! Tables: rows of cells, each cell a range of its document's text.

use serde::{Deserialize, Serialize};

use super::{Area, Span};

/// A table, as the format itself or the layout of a page gives it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The name of its sheet; empty for a table in a text.
    #[serde(default)]
    pub name: String,
    /// Set when the program that wrote it does not show it.
    #[serde(default)]
    pub hidden: bool,
    /// The page it stands on, counted from 1, for formats with pages.
    #[serde(default)]
    pub page: Option<u32>,
    /// Where on that page.
    #[serde(default)]
    pub area: Option<Area>,
    /// So many rows at the top are headings, as far as the format says so.
    #[serde(default)]
    pub headings: usize,
    /// The rows from top to bottom. Rows may differ in length.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The cells from left to right; an empty one is an empty range.
    pub cells: Vec<Span>,
    /// Set when the program that wrote it does not show it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

impl Table {
    /// How many columns the longest row has.
    pub fn columns(&self) -> usize {
        self.rows.iter().map(|row| row.cells.len()).max().unwrap_or_default()
    }

    /// The texts of its cells, row by row.
    pub fn texts<'a>(&self, text: &'a str) -> Vec<Vec<&'a str>> {
        // Counting characters anew for every cell would take minutes for a large sheet.
        let starts: Vec<usize> =
            text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len())).collect();
        let place = |number: usize| starts.get(number).copied().unwrap_or(text.len());
        let cell = |span: &Span| text.get(place(span.start)..place(span.end)).unwrap_or("");
        self.rows.iter().map(|row| row.cells.iter().map(cell).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_ranges_of_the_text() {
        let row = |cells: &[(usize, usize)]| Row {
            cells: cells.iter().map(|(start, end)| Span { start: *start, end: *end }).collect(),
            hidden: false,
        };
        let table =
            Table { rows: vec![row(&[(0, 3), (4, 6)]), row(&[(7, 7)])], ..Table::default() };
        assert_eq!(table.texts("für Öl\n"), [vec!["für", "Öl"], vec![""]]);
        assert_eq!(table.columns(), 2);
    }
}

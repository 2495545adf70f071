//! The tables of a document, shown as tables below its text.

use crate::domain::{Document, Table};
use crate::web::words::Words;

/// Tables of one document that are shown.
const MOST_TABLES: usize = 20;
/// Rows of one table that are shown; the file itself has all.
const MOST_ROWS: usize = 200;
/// Cells of one row that are shown.
const MOST_CELLS: usize = 40;

/// One table.
pub(in crate::web) struct Grid {
    /// Which one it is.
    pub title: String,
    /// Its headings; several rows of them are rare.
    pub heads: Vec<Vec<String>>,
    /// Its other rows.
    pub rows: Vec<Vec<String>>,
    /// What is not shown of it; empty when all is.
    pub cut: String,
}

/// The tables of a document, as a person may look at them.
pub(super) fn grids(words: &Words, document: &Document) -> Vec<Grid> {
    let tables = document.tables.iter().filter(|it| !it.hidden).take(MOST_TABLES);
    (1..).zip(tables).map(|(number, table)| grid(words, document, number, table)).collect()
}

fn grid(words: &Words, document: &Document, number: usize, table: &Table) -> Grid {
    let title = match (&table.name, table.page) {
        (name, _) if !name.is_empty() => words.with("table-named", "name", name),
        (_, Some(page)) => words.fill(
            "table-on-page",
            &[("number", number.to_string().as_str()), ("page", page.to_string().as_str())],
        ),
        _ => words.with("table-numbered", "number", &number.to_string()),
    };
    // What the program that wrote it does not show is not shown here either.
    let seen = |table: &Table| Table {
        rows: table.rows.iter().filter(|row| !row.hidden).take(MOST_ROWS).cloned().collect(),
        ..table.clone()
    };
    let all = table.rows.iter().filter(|row| !row.hidden).count();
    let texts = seen(table).texts(&document.text);
    let row = |row: &Vec<&str>| -> Vec<String> {
        row.iter().take(MOST_CELLS).map(|cell| cell.trim().to_owned()).collect()
    };
    let mut heads: Vec<Vec<String>> = texts.iter().map(row).collect();
    let rows = heads.split_off(table.headings.min(heads.len()));
    let is_cut = all > MOST_ROWS || table.columns() > MOST_CELLS;
    let cut = if is_cut {
        let count = MOST_ROWS.min(all).to_string();
        words.fill("table-cut", &[("count", count.as_str()), ("all", all.to_string().as_str())])
    } else {
        String::new()
    };
    Grid { title, heads, rows, cut }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Row, Span};

    #[test]
    fn a_long_table_is_cut_and_hidden_rows_are_left_out() {
        let text = "Name\tArt\nBello\tgroß\n";
        let cells = |spans: &[(usize, usize)]| {
            spans.iter().map(|(start, end)| Span { start: *start, end: *end }).collect()
        };
        let head = Row { cells: cells(&[(0, 4), (5, 8)]), hidden: false };
        let row = Row { cells: cells(&[(9, 14), (15, 19)]), hidden: false };
        let hidden = Row { hidden: true, ..row.clone() };
        let mut rows = vec![head, hidden];
        rows.extend(std::iter::repeat_n(row, 300));
        let table = Table { name: "Hunde".into(), headings: 1, rows, ..Table::default() };
        let unseen = Table { hidden: true, ..table.clone() };
        let document =
            Document { text: text.into(), tables: vec![unseen, table], ..Document::default() };
        let words = Words::new("de", "Europe/Berlin");
        let grids = grids(&words, &document);
        let [grid] = grids.as_slice() else { panic!("{} tables", grids.len()) };
        assert_eq!(grid.title, "Tabelle „Hunde“");
        assert_eq!(grid.heads, [["Name", "Art"]]);
        assert_eq!((grid.rows.len(), &grid.rows[0]), (199, &vec!["Bello".into(), "groß".into()]));
        assert!(grid.cut.contains("200") && grid.cut.contains("301"), "{}", grid.cut);
    }
}

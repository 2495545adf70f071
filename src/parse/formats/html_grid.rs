//! The text of a web page with the cells of its tables side by side.

use super::html_tables::{CELL, CELL_END, MARKS, ROW, Seen, TABLE, TABLE_END};
use crate::domain::{Document, Span};
use crate::parse::flow::Flow;

/// The text with its tables. `marked` is the text of a page with the marks of `html_tables`.
pub(super) fn lay_out(marked: &str, tables: &[Seen]) -> Document {
    let texts = texts(marked, tables.len());
    let is_table: Vec<bool> =
        tables.iter().zip(&texts).map(|(table, texts)| table.is_table(texts)).collect();
    let mut flow = Flow::default();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut begun = 0;
    for piece in marked.split_inclusive(MARKS) {
        let text = piece.trim_end_matches(MARKS);
        let inside = open.last().is_some_and(|it| it.is_table);
        match open.last_mut() {
            Some(table) if table.is_table => table.add(&mut flow, text),
            _ if flow.at_line_start() => flow.push(text.trim_start_matches('\n')),
            _ => flow.push(text),
        }
        match piece.chars().last() {
            Some(TABLE) => {
                let is_table = is_table.get(begun).copied().unwrap_or_default();
                open.push(Open { table: tables.get(begun), is_table, ..Open::default() });
                begun += 1;
                if is_table {
                    flow.begin_table("");
                }
            }
            Some(ROW) if inside => open.last_mut().into_iter().for_each(|it| it.row(&mut flow)),
            Some(CELL) if inside => open.last_mut().into_iter().for_each(|it| it.cell(&mut flow)),
            Some(CELL_END) if inside => {
                open.last_mut().into_iter().for_each(|it| it.close(&mut flow))
            }
            Some(TABLE_END) => {
                if let Some(mut table) = open.pop().filter(|it| it.is_table) {
                    table.finish(&mut flow);
                }
            }
            _ => {}
        }
    }
    let mut document = flow.finish();
    without_brackets(&mut document);
    document
}

/// A cell that is one link is what the link says, without the brackets that stand for it in the text.
fn without_brackets(document: &mut Document) {
    let letters: Vec<char> = document.text.chars().collect();
    for cell in document.cells_mut() {
        let inside = letters.get(cell.start..cell.end).unwrap_or_default();
        let plain = |it: &[char]| !it.is_empty() && !it.iter().any(|it| matches!(it, '[' | ']'));
        if matches!(inside, ['[', words @ .., ']'] if plain(words)) {
            *cell = Span { start: cell.start + 1, end: cell.end - 1 };
        }
    }
}

/// The text of every cell, without that of tables inside, for each table.
fn texts(marked: &str, count: usize) -> Vec<Vec<Vec<String>>> {
    let mut all: Vec<Vec<Vec<String>>> = vec![Vec::new(); count];
    let mut open = Vec::new();
    let mut begun = 0;
    for piece in marked.split_inclusive(MARKS) {
        let text = piece.trim_end_matches(MARKS);
        let inner = open.last().and_then(|number: &usize| all.get_mut(*number));
        if let Some(cell) = inner.and_then(|it| it.last_mut()).and_then(|row| row.last_mut()) {
            cell.push_str(text);
        }
        let table = open.last().copied();
        let table = table.and_then(|number| all.get_mut(number));
        match (piece.chars().last(), table) {
            (Some(TABLE), _) => {
                open.push(begun);
                begun += 1;
            }
            (Some(ROW), Some(rows)) => rows.push(Vec::new()),
            (Some(CELL), Some(rows)) => {
                rows.last_mut().into_iter().for_each(|row| row.push(String::new()));
            }
            (Some(TABLE_END), _) => {
                open.pop();
            }
            _ => {}
        }
    }
    all
}

/// A table that is being laid out.
#[derive(Default)]
struct Open<'a> {
    table: Option<&'a Seen>,
    is_table: bool,
    /// How many rows and how many cells of the last have begun.
    rows: usize,
    cells: usize,
    /// The next column, and for each column in how many more rows a cell from above stands.
    column: usize,
    from_above: Vec<usize>,
    in_cell: bool,
    /// Whether the cell has words.
    begun: bool,
}

impl Open<'_> {
    fn row(&mut self, flow: &mut Flow) {
        self.fill(flow);
        flow.begin_row();
        (self.rows, self.cells, self.column) = (self.rows + 1, 0, 0);
    }

    fn cell(&mut self, flow: &mut Flow) {
        self.skip(flow);
        let rows = self.table.map(|table| table.rows.as_slice()).unwrap_or_default();
        let row = rows.get(self.rows.saturating_sub(1));
        let cell = row.and_then(|row| row.get(self.cells)).copied().unwrap_or_default();
        flow.begin_cell();
        let end = self.column + cell.columns.max(1);
        self.from_above.resize(self.from_above.len().max(end), 0);
        for column in self.from_above.iter_mut().take(end).skip(self.column) {
            *column = cell.rows.max(1) - 1;
        }
        (self.column, self.cells) = (self.column + 1, self.cells + 1);
        (self.in_cell, self.begun) = (true, false);
    }

    fn add(&mut self, flow: &mut Flow, text: &str) {
        // Between cells there is nothing but the line ends of the page.
        if !self.in_cell {
            return;
        }
        let text = if self.begun { text } else { text.trim_start() };
        flow.push(text);
        self.begun |= !text.is_empty();
    }

    fn close(&mut self, flow: &mut Flow) {
        flow.end_cell();
        self.in_cell = false;
        let rows = self.table.map(|table| table.rows.as_slice()).unwrap_or_default();
        let row = rows.get(self.rows.saturating_sub(1));
        let cell = row.and_then(|row| row.get(self.cells.saturating_sub(1)));
        // A cell over several columns stands in the first of them.
        for _ in 1..cell.map_or(1, |cell| cell.columns) {
            flow.begin_cell();
            flow.end_cell();
            self.column += 1;
        }
    }

    /// Empty cells where one from above reaches down.
    fn skip(&mut self, flow: &mut Flow) {
        while let Some(rows) = self.from_above.get_mut(self.column).filter(|rows| **rows > 0) {
            *rows -= 1;
            self.column += 1;
            flow.begin_cell();
            flow.end_cell();
        }
    }

    /// The row is over: what reaches down into its last columns.
    fn fill(&mut self, flow: &mut Flow) {
        if self.rows > 0 {
            self.skip(flow);
        }
    }

    fn finish(&mut self, flow: &mut Flow) {
        self.fill(flow);
        if let (Some(place), Some(table)) = (flow.table(), self.table) {
            place.headings = table.headings;
        }
        flow.end_table();
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::{Context, html};

    /// The tables of a page, each with its number of heading rows.
    fn tables(page: &str) -> Vec<(usize, Vec<Vec<String>>)> {
        let document = html::read(page.as_bytes(), &Context { media_type: "text/html" });
        let own = |rows: Vec<Vec<&str>>| {
            rows.iter().map(|row| row.iter().map(|it| (*it).to_owned()).collect()).collect()
        };
        let tables = document.tables.iter();
        tables.map(|table| (table.headings, own(table.texts(&document.text)))).collect()
    }

    fn check(page: &str, headings: usize, expected: &[&[&str]]) {
        let found = tables(page);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, headings);
        assert_eq!(found[0].1, expected);
    }

    #[test]
    fn a_table_is_read_by_rows_and_columns() {
        let page = "<p>Ihre Bestellung</p><table><thead><tr><th>Pos.<th>Ware<th>Preis</thead>
            <tbody><tr><td>1<td>Kopierpapier A4<br>weiß<td>19,90&nbsp;€<tr><td>2<td><td>5,00 €</tbody></table><p>Danke</p>";
        let expected: &[&[&str]] = &[
            &["Pos.", "Ware", "Preis"],
            &["1", "Kopierpapier A4\nweiß", "19,90\u{a0}€"],
            &["2", "", "5,00 €"],
        ];
        check(page, 1, expected);
        let document = html::read(page.as_bytes(), &Context { media_type: "text/html" });
        assert!(document.text.starts_with("Ihre Bestellung\n"), "{}", document.text);
        assert!(document.text.contains("\nPos.\tWare\tPreis\n1\tKopier"), "{}", document.text);
        assert!(document.text.ends_with("\n2\t\t5,00 €\nDanke"), "{:?}", document.text);
    }

    #[test]
    fn cells_over_several_columns_and_rows_keep_the_columns() {
        let page = "<table border=1><tr><td rowspan=2>Frist<td colspan=2>Zeit<td>Ort</tr>
            <tr><td>von<td>bis<td rowspan='2'>Rathaus</tr><tr><td>A<td>8<td>12</tr></table>";
        let expected: &[&[&str]] =
            &[&["Frist", "Zeit", "", "Ort"], &["", "von", "bis", "Rathaus"], &["A", "8", "12", ""]];
        check(page, 0, expected);
    }

    #[test]
    fn the_order_in_a_shops_mail_is_a_table_and_what_places_it_is_none() {
        let page = r#"<table role="presentation" width="100%"><tr><td align="center">
            <table width="600"><tr><td><img src="logo.png" alt=""></td><td><a href="x">Mein Konto</a></td></tr>
            <tr><td colspan="2"><h1>Danke für Ihre Bestellung!</h1><p>Hallo Frau Muster,</p></td></tr>
            <tr><td colspan="2"><table><tr><td>Artikel</td><td>Menge</td><td>Preis</td></tr>
            <tr><td><a href="y">Wasserball</a></td><td>2</td><td>9,98 €</td></tr>
            <tr><td>Versand</td><td></td><td>4,90 €</td></tr>
            <tr><td colspan="2">Summe</td><td>14,88 €</td></tr></table></td></tr>
            <tr><td><a href="z">Impressum</a></td><td><a href="w">Abmelden</a></td></tr></table></td></tr></table>"#;
        let expected: &[&[&str]] = &[
            &["Artikel", "Menge", "Preis"],
            &["Wasserball", "2", "9,98 €"],
            &["Versand", "", "4,90 €"],
            &["Summe", "", "14,88 €"],
        ];
        check(page, 0, expected);
        let document = html::read(page.as_bytes(), &Context { media_type: "text/html" });
        assert!(!document.text.contains(super::MARKS), "{}", document.text);
        assert!(document.text.contains("Hallo Frau Muster,"), "{}", document.text);
    }

    #[test]
    fn a_newsletter_in_two_columns_a_menu_and_a_signature_are_no_tables() {
        let teaser = "<h3>Neues aus dem Rathaus</h3><p>Am Montag öffnet das Bürgerbüro wieder.</p>";
        let newsletter = format!(
            "<table><tr><td>{teaser}<td>{teaser}</tr><tr><td>{teaser}<td>{teaser}</tr></table>"
        );
        assert_eq!(tables(&newsletter), []);
        let long = "Ein längerer Absatz steht hier neben einem anderen. ".repeat(8);
        let columns = format!("<table><tr><td>{long}<td>{long}<tr><td>{long}<td>{long}</table>");
        assert_eq!(tables(&columns), []);
        let menu = "<table><tr><td><a href=a>Start</a><td><a href=b>Presse</a><tr><td><a href=c>Hilfe</a><td><a href=d>Kontakt</a></table>";
        assert_eq!(tables(menu), []);
        let signature =
            "<table><tr><td><img src=l alt=''></td><td>Max Muster<br>Muster GmbH</td></tr></table>";
        assert_eq!(tables(signature), []);
        let said = "<table role=none><tr><th>a<th>b<tr><td>1<td>2</table>";
        assert_eq!(tables(said), []);
    }

    #[test]
    fn quoted_mails_move_with_the_tables_behind_them() {
        let page = "<blockquote type=cite><p>Alt</p></blockquote><table><tr><th>A<th>B<tr><td>1<td>2</table>";
        check(page, 1, &[&["A", "B"], &["1", "2"]]);
    }

    #[test]
    fn signs_that_look_like_marks_break_nothing() {
        let page = "<table><tr><th>A&#xf8f8;<th>B&#xf8f4;&#xf8f5;<tr><td>&#xf8f6;1<td>2&#xf8f7;</table>\
            <p>Ende&#xf8f8;&#xf8f5;&#xf8f6;</p>";
        let document = html::read(page.as_bytes(), &Context { media_type: "text/html" });
        assert!(document.text.contains("Ende"), "{}", document.text);
        let deep = format!("{}x{}", "<table><tr><td>".repeat(300), "</table>".repeat(300));
        let work = move || html::read(deep.as_bytes(), &Context { media_type: "text/html" });
        let stack = std::thread::Builder::new().stack_size(512 << 20);
        let document = stack.spawn(work).unwrap().join().unwrap();
        assert!(document.tables.is_empty());
    }
}

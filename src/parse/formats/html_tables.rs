//! Tables of web pages and HTML mail, told from the tables that only place things on the page.
//!
//! Mail programs have known nothing but tables to lay out a page for decades, so that most `<table>`
//! elements in a mail are no tables. The rule follows what browsers tell people who cannot see a page
//! (Firefox's `IsProbablyLayoutTable`, Chromium's `IsDataTable`), with more care about mail: see
//! [`Kind`] and [`Seen::is_table`]. `html_grid` lays the text out.

use html2text::render::PlainDecorator;
use html2text::{Element, Handle, RcDom, config};

/// Stand in the text, while it is made from HTML, where tables, rows and cells begin and end.
pub(super) const MARKS: [char; 5] = [TABLE, ROW, CELL, CELL_END, TABLE_END];
pub(super) const TABLE: char = '\u{f8f4}';
pub(super) const ROW: char = '\u{f8f5}';
pub(super) const CELL: char = '\u{f8f6}';
pub(super) const CELL_END: char = '\u{f8f7}';
pub(super) const TABLE_END: char = '\u{f8f8}';

/// Columns or rows that one cell may reach over.
const MOST_SPAN: usize = 100;
/// Cells of one page that are looked at.
const MOST_CELLS: usize = 20_000;
/// Elements and texts inside one of them that are looked at.
const MOST_INSIDE: usize = 20_000;
/// Letters of a cell that is no passage of text.
const CELL_CHARS: usize = 300;
/// Lines of a cell that is no passage of text.
const CELL_LINES: usize = 4;

/// What the elements of a table say about its purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It says that it only places things, or tables are laid out in it.
    Layout,
    /// Its cells decide.
    Open,
    /// It has headings, a caption or lines around its cells.
    Table,
}

/// A table of the page, in the order in which they begin.
#[derive(Debug)]
pub(super) struct Seen {
    kind: Kind,
    /// So many rows at the top are headings.
    pub(super) headings: usize,
    /// Its cells, as they stand there.
    pub(super) rows: Vec<Vec<Cell>>,
}

/// A cell, before anything is known about its words.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cell {
    /// So many columns it reaches over.
    pub(super) columns: usize,
    /// So many rows it reaches over.
    pub(super) rows: usize,
    is_heading: bool,
    /// Headings of the text, lists: no value of a table.
    has_blocks: bool,
    /// Something to click at, or a picture.
    links: bool,
}

/// Puts marks into every table of a page.
pub(super) fn mark(page: &RcDom, settings: &config::Config<PlainDecorator>) -> Vec<Seen> {
    let mut tables = Vec::new();
    let mut cells = 0;
    let mut open = vec![page.document.clone()];
    while let Some(node) = open.pop() {
        if node.is("table") {
            tables.extend(marked(&node, settings, &mut cells));
        }
        // The first child is looked at next: tables are numbered in the order in which they begin.
        open.extend(node.children.borrow().iter().rev().cloned());
    }
    tables
}

fn marked(
    table: &Handle,
    settings: &config::Config<PlainDecorator>,
    cells: &mut usize,
) -> Option<Seen> {
    let mut rows: Vec<(bool, Vec<Handle>)> = Vec::new();
    for part in table.elements() {
        let is_head = part.is("thead");
        let lines = if part.is("tr") { vec![part] } else { part.elements() };
        for line in lines.into_iter().filter(|it| it.is("tr")) {
            let of_line = line.elements().into_iter().filter(|it| it.is("td") || it.is("th"));
            rows.push((is_head, of_line.collect()));
        }
    }
    rows.retain(|(_, row)| !row.is_empty());
    let count: usize = rows.iter().map(|(_, row)| row.len()).sum();
    *cells += count;
    if count == 0 || *cells > MOST_CELLS {
        return None;
    }
    let seen: Vec<Vec<Cell>> =
        rows.iter().map(|(_, row)| row.iter().map(Cell::of).collect()).collect();
    let is_heading = |(row, seen): &(&(bool, Vec<Handle>), &Vec<Cell>)| {
        row.0 || seen.iter().all(|cell| cell.is_heading)
    };
    let headings = rows.iter().zip(&seen).take_while(is_heading).count();
    let kind = kind(table, &seen);
    let last = rows.len() - 1;
    for (number, (_, row)) in rows.iter().enumerate() {
        let end = row.len() - 1;
        for (place, cell) in row.iter().enumerate() {
            let mut before = String::new();
            if number == 0 && place == 0 {
                before.push(TABLE);
            }
            if place == 0 {
                before.push(ROW);
            }
            before.push(CELL);
            let mut after = CELL_END.to_string();
            if number == last && place == end {
                after.push(TABLE_END);
            }
            let mut children = cell.children.borrow_mut();
            if let Some(text) = text_node(settings, &before) {
                children.insert(0, text);
            }
            children.extend(text_node(settings, &after));
        }
    }
    Some(Seen { kind, headings, rows: seen })
}

/// What the elements themselves tell.
fn kind(table: &Handle, rows: &[Vec<Cell>]) -> Kind {
    let role = table.attribute("role").unwrap_or_default();
    if role.contains("presentation") || role.contains("none") {
        return Kind::Layout;
    }
    let heads = |row: &&Vec<Cell>| row.iter().filter(|cell| cell.is_heading).count() >= 2;
    let row_heads = rows.iter().filter(|row| row.first().is_some_and(|it| it.is_heading)).count();
    if rows.iter().any(|row| heads(&row)) || row_heads >= 2 {
        return Kind::Table;
    }
    // A table with tables in it places them.
    if contains(table, |node| node.is("table")) {
        return Kind::Layout;
    }
    let border = table.attribute("border").is_some_and(|it| !matches!(it.trim(), "" | "0"));
    let caption = table.elements().iter().any(|part| part.is("caption"));
    if border || caption { Kind::Table } else { Kind::Open }
}

impl Cell {
    fn of(cell: &Handle) -> Self {
        let number = |name: &str| {
            let value = cell.attribute(name).and_then(|it| it.trim().parse().ok());
            value.unwrap_or(1).clamp(1, MOST_SPAN)
        };
        let blocks = ["h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "form", "button", "video"];
        Self {
            columns: number("colspan"),
            rows: number("rowspan"),
            is_heading: cell.is("th"),
            has_blocks: contains(cell, |node| blocks.iter().any(|name| node.is(name))),
            links: contains(cell, |node| node.is("a") || node.is("img")),
        }
    }
}

impl Seen {
    /// Whether it is a table to read by rows and columns. At least two rows must have words in at
    /// least two cells. Where no headings or lines tell, most rows must, and the cells must be values:
    /// no passages of text, no headings, no lists, and not only things to click at.
    pub(super) fn is_table(&self, texts: &[Vec<String>]) -> bool {
        let filled = |row: &&Vec<String>| row.iter().filter(|it| !it.trim().is_empty()).count();
        let full = texts.iter().filter(|row| filled(row) >= 2).count();
        let some = texts.iter().filter(|row| filled(row) >= 1).count();
        match self.kind {
            Kind::Layout => false,
            _ if full < 2 => false,
            Kind::Table => true,
            Kind::Open => {
                let cells = self.rows.iter().flatten().zip(texts.iter().flatten());
                let cells: Vec<(&Cell, &str)> = cells
                    .map(|(cell, text)| (cell, text.trim()))
                    .filter(|(_, text)| !text.is_empty())
                    .collect();
                let lines = |text: &str| text.lines().filter(|it| !it.trim().is_empty()).count();
                let is_passage = |(cell, text): &&(&Cell, &str)| {
                    cell.has_blocks || text.chars().count() > CELL_CHARS || lines(text) > CELL_LINES
                };
                let links = cells.iter().filter(|(cell, _)| cell.links).count();
                full * 5 >= some * 3
                    && !cells.iter().any(|it| is_passage(&it))
                    && links * 2 <= cells.len()
            }
        }
    }
}

/// A text of its own: the parser is the only one who makes any.
fn text_node(settings: &config::Config<PlainDecorator>, text: &str) -> Option<Handle> {
    let page = settings.parse_html(text.as_bytes()).ok()?;
    let mut node = page.document.clone();
    loop {
        let last = node.children.borrow().last().cloned();
        match last {
            Some(child) => node = child,
            None => return Some(node),
        }
    }
}

/// Whether something inside is of a kind; also when there is more inside than in any cell of a table.
fn contains(node: &Handle, is: impl Fn(&Handle) -> bool) -> bool {
    let mut open: Vec<Handle> = node.children.borrow().clone();
    let mut looked_at = 0;
    while let Some(node) = open.pop() {
        looked_at += 1;
        if is(&node) || looked_at > MOST_INSIDE {
            return true;
        }
        open.extend(node.children.borrow().iter().cloned());
    }
    false
}

/// What is asked of an element.
trait Asked {
    fn is(&self, name: &str) -> bool;
    fn attribute(&self, name: &str) -> Option<String>;
    fn elements(&self) -> Vec<Handle>;
}

impl Asked for Handle {
    fn is(&self, tag: &str) -> bool {
        matches!(&self.data, Element { name, .. } if &*name.local == tag)
    }

    fn attribute(&self, wanted: &str) -> Option<String> {
        let Element { attrs, .. } = &self.data else { return None };
        let attrs = attrs.borrow();
        let found = attrs.iter().find(|it| &*it.name.local == wanted)?;
        Some(found.value.to_ascii_lowercase())
    }

    fn elements(&self) -> Vec<Handle> {
        let children = self.children.borrow();
        children.iter().filter(|it| matches!(it.data, Element { .. })).cloned().collect()
    }
}

//! Values that stand in the columns of a table: the line items of an invoice, the children of an application.
//!
//! A table is taken when its headings name the columns a class asks for. Its rows stay rows: value `n` of each column
//! stands in row `n`, and an empty cell is an empty value. Sums below the items are no items. No model is asked.

use crate::config::{Class, Field};
use crate::domain::{Candidate, Evidence, FieldName, FieldValue, Form, Method, Parsed, Span};
use crate::domain::{Document, Table};
use crate::fields::{FieldType, Search};

use super::headings::{Column, heading, squeezed};
use super::places;
use super::totals::{Total, total};

/// Longer lists are no matter of a form: their file is read as a whole or not at all.
const MOST_ROWS: usize = 300;
/// How sure a value is that stands in the named column.
const IN_COLUMN: f32 = 0.95;

/// A field that is a column.
type Asked<'a> = (&'a FieldName, &'a Field, &'static FieldType);
/// The cells of one row, one for each field; an empty one has an empty value.
type Cells = Vec<Candidate>;

/// Settles the fields of a class that are columns of tables.
pub(super) fn settle(class: &Class, parsed: &Parsed, form: &mut Form) {
    for group in groups(class) {
        let (rows, confidence) = match of_structure(&group, parsed) {
            rows if rows.is_empty() => (of_tables(&group, parsed), IN_COLUMN),
            rows => (rows, 1.0),
        };
        for (at, (name, ..)) in group.iter().enumerate() {
            let column: Vec<Candidate> =
                rows.iter().filter_map(|row| row.get(at).cloned()).collect();
            if column.iter().any(|it| !it.value.is_empty()) {
                form.insert((*name).clone(), FieldValue::of_all(column, confidence));
            }
        }
    }
}

/// The cells of a column as they were read, to keep the proofs of what a person leaves as it is.
pub(super) fn read_again(class: &Class, name: &FieldName, parsed: &Parsed) -> Vec<Candidate> {
    let mut form = Form::new();
    settle(class, parsed, &mut form);
    let Some(FieldValue { value: Some(value), raw, evidence, method, more, .. }) =
        form.shift_remove(name)
    else {
        return Vec::new();
    };
    std::iter::once(Candidate { value, raw, evidence, method }).chain(more).collect()
}

/// The columns of each table: those with one name for their rows, and each without a name for itself.
fn groups(class: &Class) -> Vec<Vec<Asked<'_>>> {
    let mut groups: Vec<(Option<&str>, Vec<Asked<'_>>)> = Vec::new();
    for (name, field) in class.fields.iter().filter(|(_, it)| it.is_column()) {
        let Some(kind) = field.kind.find() else { continue };
        let rows = field.rows.as_deref();
        match groups.iter_mut().find(|(known, _)| rows.is_some() && *known == rows) {
            Some((_, group)) => group.push((name, field, kind)),
            None => groups.push((rows, vec![(name, field, kind)])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The rows that the structure of a file names: the lines of an e-invoice.
fn of_structure(group: &[Asked<'_>], parsed: &Parsed) -> Vec<Cells> {
    let of_field = |(name, field, kind): &Asked<'_>| -> Vec<Candidate> {
        let facts = places::facts(name, field, kind, parsed).into_iter();
        let facts = facts.map(|it| it.candidate).filter(|it| it.method == Method::Xml);
        facts.collect()
    };
    let columns: Vec<Vec<Candidate>> = group.iter().map(of_field).collect();
    let documents = columns.iter().flatten().flat_map(|it| &it.evidence).map(|it| it.document);
    // Two files that say the same are not added up.
    let Some(document) = documents.min() else { return Vec::new() };
    let path = |it: &Candidate| -> Option<String> {
        it.evidence.iter().find(|it| it.document == document)?.path.clone()
    };
    let columns: Vec<Vec<(String, Candidate)>> = columns
        .into_iter()
        .map(|all| all.into_iter().filter_map(|it| Some((path(&it)?, it))).collect())
        .collect();
    let depth = columns.iter().filter_map(|all| repeated(all)).min();
    let row_of = |path: &str| -> String {
        depth.map_or_else(String::new, |it| {
            path.split('/').take(it + 1).collect::<Vec<_>>().join("/")
        })
    };
    let mut rows: Vec<(String, Cells)> = Vec::new();
    for (at, (path, candidate)) in columns
        .into_iter()
        .enumerate()
        .flat_map(|(at, all)| all.into_iter().map(move |it| (at, it)))
    {
        let key = row_of(&path);
        if rows.iter().all(|(known, _)| *known != key) {
            rows.push((key.clone(), vec![Candidate::default(); group.len()]));
        }
        let row = rows.iter_mut().find(|(known, _)| *known == key);
        let cell = row.and_then(|(_, cells)| cells.get_mut(at));
        if let Some(cell) = cell.filter(|it| it.value.is_empty()) {
            *cell = candidate;
        }
    }
    rows.sort_by_cached_key(|(key, _)| number_of(key));
    rows.into_iter().map(|(_, cells)| cells).take(MOST_ROWS).collect()
}

/// The number in brackets at the end of a path: the how manyeth line it is.
fn number_of(path: &str) -> usize {
    let inside = path.rsplit_once('[').and_then(|(_, it)| it.strip_suffix(']'));
    inside.and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// At which step the paths of one column part: there the rows are counted.
fn repeated(column: &[(String, Candidate)]) -> Option<usize> {
    let (first, others) = column.split_first()?;
    let first: Vec<&str> = first.0.split('/').collect();
    let parts = others.iter().filter_map(|(path, _)| {
        let mut steps = path.split('/').zip(&first);
        steps.position(|(one, other)| one != *other)
    });
    parts.min()
}

/// The rows of the table whose headings name most of the columns, and of its further parts.
fn of_tables(group: &[Asked<'_>], parsed: &Parsed) -> Vec<Cells> {
    let wanted: Vec<Column> = group.iter().map(|(_, field, _)| Column::of(field)).collect();
    let mut best: Option<(usize, usize)> = None;
    let documents = parsed.documents.iter().enumerate();
    let found: Vec<(usize, Vec<Part<'_>>)> =
        documents.map(|(index, document)| (index, parts(document, &wanted))).collect();
    for (index, parts) in &found {
        let most = parts.iter().map(|it| it.known()).max().unwrap_or_default();
        if most > best.map_or(0, |(most, _)| most) {
            best = Some((most, *index));
        }
    }
    let Some((most, index)) = best else { return Vec::new() };
    let Some(document) = parsed.documents.get(index) else { return Vec::new() };
    let parts = found.into_iter().find(|(it, _)| *it == index).map(|it| it.1).unwrap_or_default();
    let mut rows: Vec<Cells> = Vec::new();
    let mut named: Option<&Part<'_>> = None;
    for part in &parts {
        // A table goes on under the same headings, or on the next page without any.
        let goes_on = match named {
            None => part.known() == most,
            Some(first) => part.is_more_of(first) || part.follows(first),
        };
        if !goes_on {
            continue;
        }
        let columns = match named {
            Some(first) if part.known() == 0 => &first.columns,
            _ => &part.columns,
        };
        named = named.or(Some(part));
        rows.extend(part.items(group, columns, (index, document)));
    }
    if rows.len() > MOST_ROWS { Vec::new() } else { rows }
}

/// A table with the columns that its headings name.
struct Part<'a> {
    table: &'a Table,
    texts: Vec<Vec<&'a str>>,
    /// For each field its column.
    columns: Vec<Option<usize>>,
    /// What the headings say.
    headings: Vec<String>,
    /// The first row below them.
    first: usize,
}

/// The tables of a document, with what their headings name.
fn parts<'a>(document: &'a Document, wanted: &[Column]) -> Vec<Part<'a>> {
    let is_new = |table: &&Table| {
        let cell = table.rows.iter().flat_map(|row| &row.cells).next();
        !table.hidden && cell.is_none_or(|cell| !document.came_along(*cell))
    };
    let part = |table: &'a Table| {
        let texts = table.texts(&document.text);
        let found = heading(&texts, table.headings, wanted);
        let (first, columns) = found.unwrap_or((0, vec![None; wanted.len()]));
        let above = texts.get(..first).unwrap_or_default();
        let headings = above.iter().flatten().map(|it| squeezed(it)).collect();
        Part { table, columns, headings, first, texts }
    };
    document.tables.iter().filter(is_new).map(part).collect()
}

impl Part<'_> {
    fn known(&self) -> usize {
        self.columns.iter().flatten().count()
    }

    /// Whether the same columns stand at the same places, whatever else its headings say.
    fn is_more_of(&self, first: &Part<'_>) -> bool {
        self.columns == first.columns
    }

    /// Whether it is the rest of a table on the page before: as many columns and no headings of its own.
    fn follows(&self, first: &Part<'_>) -> bool {
        let next = self.table.page.zip(first.table.page).is_some_and(|(own, other)| own > other);
        next && self.table.headings == 0 && self.table.columns() == first.table.columns()
    }

    /// Its rows that are items.
    fn items(
        &self,
        group: &[Asked<'_>],
        columns: &[Option<usize>],
        (index, document): (usize, &Document),
    ) -> Vec<Cells> {
        let body = self.table.rows.iter().zip(&self.texts).skip(self.first);
        let body: Vec<_> = body.filter(|(row, _)| !row.hidden).collect();
        let filled = |texts: &[&str]| {
            let cells = columns.iter().flatten().filter_map(|column| texts.get(*column));
            cells.filter(|cell| !cell.trim().is_empty()).count()
        };
        let full = body.iter().map(|(_, texts)| filled(texts)).max().unwrap_or_default();
        let mut items = Vec::new();
        for (row, texts) in body {
            let again: Vec<String> = texts.iter().map(|it| squeezed(it)).collect();
            if filled(texts) == 0 || again == self.headings {
                continue;
            }
            match total(texts, filled(texts), full) {
                Total::Last => break,
                Total::Between => continue,
                Total::No => {}
            }
            let cells: Cells = group
                .iter()
                .zip(columns)
                .map(|((_, field, kind), column)| {
                    let text = column.and_then(|it| texts.get(it)).copied().unwrap_or_default();
                    let span = column.and_then(|it| row.cells.get(it)).copied();
                    cell(field, kind, text, (index, document, span.unwrap_or_default()))
                })
                .collect();
            if is_item(group, &cells) {
                items.push(cells);
            }
        }
        items
    }
}

/// Of a row with numbers or days at least one must be readable: a line of words between items is none.
fn is_item(group: &[Asked<'_>], cells: &[Candidate]) -> bool {
    let mut typed = group.iter().zip(cells).filter(|((_, _, kind), _)| !is_text(kind)).peekable();
    let readable = |(_, field, kind): &Asked<'_>, cell: &Candidate| {
        !cell.value.is_empty() && (kind.normalise)(&cell.raw, &field.asked()).is_ok()
    };
    typed.peek().is_none() || typed.any(|(asked, cell)| readable(asked, cell))
}

/// Anything may be a value of it.
fn is_text(kind: &FieldType) -> bool {
    matches!(kind.search, Search::Passage { .. })
}

/// The value of a cell. What does not fit the type of its column stays as it stands there, for a person to see.
fn cell(
    field: &Field,
    kind: &FieldType,
    text: &str,
    (index, document, span): (usize, &Document, Span),
) -> Candidate {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut raw = words(text);
    if raw.is_empty() {
        return Candidate::default();
    }
    let mut value = (kind.normalise)(&raw, &field.asked()).ok();
    if let (None, Search::Recogniser(find) | Search::Both(find, _)) = (&value, kind.search)
        && let [hit] = find(&raw, &field.asked()).as_slice()
    {
        // `2 Stück`, `61,50 € je Stunde`: one value with words around it.
        let alone = hit.span.of(&raw);
        match sign(Span { start: 0, end: hit.span.start }.of(&raw)) {
            Some("") => (value, raw) = (Some(hit.value.clone()), alone.to_owned()),
            Some(sign) => {
                let signed = format!("{sign}{alone}");
                value = (kind.normalise)(&signed, &field.asked()).ok();
                if value.is_some() {
                    raw = signed;
                }
            }
            None => {}
        }
    }
    let evidence = vec![Evidence::quoting(index, document, span, text)];
    Candidate {
        value: value.unwrap_or_else(|| raw.clone()),
        raw,
        evidence,
        method: Method::Recognised,
    }
}

/// The sign right before a number, by what stands before it: `-` of `-5 Stück`, nothing of `ca. 5`. `None`: a mark
/// joins it to something else (`A-5`).
fn sign(before: &str) -> Option<&str> {
    let last = before.trim_end().chars().next_back().filter(|it| matches!(it, '-' | '−' | '–'));
    if last.is_none() {
        return Some("");
    }
    let ahead = before.trim_end().trim_end_matches(['-', '−', '–']);
    (ahead.is_empty() || ahead.ends_with(char::is_whitespace)).then_some("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::TypeName;

    #[test]
    fn a_sign_is_kept_and_what_is_no_one_value_stays_as_it_stands() {
        let read = |kind: &str, text: &str| -> (String, String) {
            let field = Field { kind: TypeName(kind.into()), ..Field::default() };
            let document = Document { text: text.into(), ..Document::default() };
            let span = Span { start: 0, end: text.chars().count() };
            let cell = cell(&field, field.kind.find().unwrap(), text, (0, &document, span));
            (cell.value, cell.raw)
        };
        let pair = |value: &str, raw: &str| (value.to_owned(), raw.to_owned());
        assert_eq!(read("number", "-5 Stk"), pair("-5", "-5"));
        assert_eq!(read("number", "– 5 Stk"), pair("-5", "-5"));
        assert_eq!(read("number", "ca. 5 Stk"), pair("5", "5"));
        assert_eq!(read("number", "10-15 Stk"), pair("10-15 Stk", "10-15 Stk"));
        assert_eq!(read("number", "A-5 Stk"), pair("A-5 Stk", "A-5 Stk"));
        assert_eq!(read("amount", "61,50 € je Stunde"), pair("61.50 EUR", "61,50 €"));
        assert_eq!(read("amount", "-3,50 €"), pair("-3.50 EUR", "-3,50 €"));
        assert_eq!(read("number", " "), pair("", ""));
    }
}

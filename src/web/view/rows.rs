//! Fields that are columns of one table: shown and edited row by row, a cell an input.

use super::fields::shown;
use super::proof::{Proof, anchor, proof};
use super::summary::begun_with_a_capital;
use crate::config::Field;
use crate::domain::{Evidence, FieldName, FieldValue, Form, Parsed};
use crate::web::answers::Answers;
use crate::web::words::Words;

/// A table of the form.
pub(in crate::web) struct RowTable {
    /// The name of its rows in the workflow.
    pub name: String,
    /// The same as people read it.
    pub title: String,
    /// The titles of its columns.
    pub heads: Vec<String>,
    /// Its rows, and an empty one to write a new one.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of it.
pub(in crate::web) struct Cell {
    /// The field whose value it is.
    pub field: String,
    /// The row, counted from 0.
    pub row: usize,
    /// Column and row as a screen reader reads them.
    pub label: String,
    /// As it stands in the form now.
    pub value: String,
    /// Where it stands.
    pub proof: Option<Proof>,
}

/// The table of the rows of a name.
pub(super) fn table(
    words: &Words,
    form: &Form,
    parsed: Option<&Parsed>,
    (name, columns): (&str, &[(&FieldName, &Field)]),
) -> RowTable {
    let title = |(name, field): &(&FieldName, &Field)| {
        field.title.clone().unwrap_or_else(|| begun_with_a_capital(&name.0.replace('_', " ")))
    };
    let heads: Vec<String> = columns.iter().map(title).collect();
    let cells: Vec<Vec<(String, Option<Proof>)>> =
        columns.iter().map(|column| cells(words, form, parsed, column)).collect();
    let count = cells.iter().map(Vec::len).max().unwrap_or_default();
    let cell = |row: usize, at: usize, (field, _): &(&FieldName, &Field)| {
        let known = cells.get(at).and_then(|it| it.get(row)).cloned();
        let (value, proof) = known.unwrap_or_default();
        let number = (row + 1).to_string();
        let column = heads.get(at).map_or("", String::as_str);
        let label = words.fill("rows-cell", &[("column", column), ("row", number.as_str())]);
        Cell { field: field.0.clone(), row, label, value, proof }
    };
    let row = |row: usize| -> Vec<Cell> {
        columns.iter().enumerate().map(|(at, column)| cell(row, at, column)).collect()
    };
    let rows = (0..=count).map(row).collect();
    let title = begun_with_a_capital(&name.replace('_', " "));
    RowTable { name: name.to_owned(), title, heads, rows }
}

/// The cells of one column, each with its first proof.
fn cells(
    words: &Words,
    form: &Form,
    parsed: Option<&Parsed>,
    (name, field): &(&FieldName, &Field),
) -> Vec<(String, Option<Proof>)> {
    let Some(value) = form.get(*name).filter(|it| it.value.is_some()) else { return Vec::new() };
    let first: &[Evidence] = &value.evidence;
    let proofs = std::iter::once(first).chain(value.more.iter().map(|it| it.evidence.as_slice()));
    // The places in the papers are counted over all proofs of a field.
    let mut nth = 0;
    let cell = |(text, places): (&str, &[Evidence])| {
        let at = anchor(&name.0, nth);
        nth += places.len();
        let proof = places.first().map(|place| proof(words, parsed, at, place));
        (shown(words, Some(field), text), proof)
    };
    value.values().zip(proofs).map(cell).collect()
}

/// What a person sent for a column: all its cells, without the rows that have nothing in any column. `None`: the form
/// did not show the table, or nothing was changed. `Some(None)`: nothing is left.
pub(super) fn changed(
    words: &Words,
    (name, field): (&FieldName, &Field),
    columns: &[(&FieldName, &Field)],
    value: &FieldValue,
    answers: &Answers,
) -> Option<Option<String>> {
    let sent = |name: &FieldName, row: usize| answers.get(&format!("v.{name}.{row}"));
    sent(name, 0)?;
    let is_kept = |row: &usize| {
        let mut cells = columns.iter().filter_map(|(name, _)| sent(name, *row));
        cells.any(|cell| !cell.trim().is_empty())
    };
    let rows = (0..).take_while(|row| sent(name, *row).is_some()).filter(is_kept);
    let known: Vec<&str> =
        if value.value.is_some() { value.values().collect() } else { Vec::new() };
    let cell = |row: usize| -> String {
        let typed = sent(name, row).unwrap_or_default().trim();
        let known = known.get(row).copied().unwrap_or_default();
        if typed == shown(words, Some(field), known).trim() {
            return known.to_owned();
        }
        super::answer::normal(Some(field), typed)
    };
    let new: Vec<String> = rows.map(cell).collect();
    if new.iter().all(String::is_empty) {
        return value.value.is_some().then_some(None);
    }
    (new != known).then(|| Some(new.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Class;
    use crate::domain::Candidate;

    fn class() -> Class {
        toml::from_str(
            r#"
            title = "Rechnung"
            description = ""
            approval = []
            field.tag = { type = "date", several = true, column = ["Tag"], rows = "fahrten" }
            field.km = { type = "number", several = true, column = ["km"], rows = "fahrten" }
            "#,
        )
        .unwrap()
    }

    fn form() -> Form {
        let column = |cells: &[&str]| {
            let cell = |value: &&str| {
                let places = usize::from(!value.is_empty());
                let evidence =
                    vec![Evidence { quote: (*value).into(), ..Evidence::default() }; places];
                Candidate { value: (*value).into(), evidence, ..Candidate::default() }
            };
            FieldValue::of_all(cells.iter().map(cell).collect(), 0.9)
        };
        let (days, km) = (column(&["2026-03-12", "2026-03-13"]), column(&["", "40"]));
        [("tag".into(), days), ("km".into(), km)].into()
    }

    fn sent(pairs: &[(&str, &str)]) -> Vec<Option<Option<String>>> {
        let class = class();
        let columns = class.rows()["fahrten"].clone();
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let answers = Answers(pairs.collect());
        let words = Words::new("de", "Europe/Berlin");
        let form = form();
        let each = columns.iter().map(|(name, field)| {
            changed(&words, (*name, *field), &columns, &form[*name], &answers)
        });
        each.collect()
    }

    #[test]
    fn a_table_shows_every_cell_beside_its_proof_and_an_empty_row() {
        let class = class();
        let columns = class.rows()["fahrten"].clone();
        let words = Words::new("de", "Europe/Berlin");
        let table = table(&words, &form(), None, ("fahrten", &columns));
        assert_eq!(
            (table.title.as_str(), table.heads.as_slice()),
            ("Fahrten", &["Tag".into(), "Km".into()][..])
        );
        let texts: Vec<Vec<&str>> =
            table.rows.iter().map(|row| row.iter().map(|it| it.value.as_str()).collect()).collect();
        assert_eq!(texts, [["12.03.2026", ""], ["13.03.2026", "40"], ["", ""]]);
        let anchors = |column: usize| -> Vec<Option<&str>> {
            let cells = table.rows.iter().filter_map(|row| row.get(column));
            cells.map(|it| it.proof.as_ref().map(|it| it.anchor.as_str())).collect()
        };
        assert_eq!(anchors(0), [Some("e-tag"), Some("e-tag-1"), None]);
        assert_eq!(anchors(1), [None, Some("e-km"), None], "only what has a proof is counted");
        assert_eq!(table.rows[1][1].label, "Km, Zeile 2");
    }

    #[test]
    fn rows_are_changed_added_and_taken_out_in_all_columns() {
        let shown = [
            ("v.tag.0", "12.03.2026"),
            ("v.km.0", ""),
            ("v.tag.1", "13.03.2026"),
            ("v.km.1", "40"),
        ];
        assert_eq!(sent(&[&shown[..], &[("v.tag.2", ""), ("v.km.2", "")]].concat()), [None, None]);
        let new = [&shown[..], &[("v.tag.2", "1.4.2026"), ("v.km.2", "7")]].concat();
        let lines = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(sent(&new), [lines("2026-03-12\n2026-03-13\n2026-04-01"), lines("\n40\n7")]);
        let without =
            [("v.tag.0", ""), ("v.km.0", ""), ("v.tag.1", "13.03.2026"), ("v.km.1", "40")];
        assert_eq!(sent(&without), [lines("2026-03-13"), lines("40")]);
        let none = [("v.tag.0", ""), ("v.km.0", "")];
        assert_eq!(sent(&none), [Some(None), Some(None)]);
        assert_eq!(sent(&[]), [None, None]);
    }
}

//! A table as a workbook with one plain sheet. It is written anew with each row, so only workbooks
//! that we made are accepted: of others, formats, formulas and further sheets would be lost.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::Workbook;

use super::{titles, under};

/// The sheet by which we know our own workbooks.
const SHEET: &str = "Vorlage";

/// The file with the row; `None` when the key is there already.
pub(super) fn with_row(
    before: Option<&[u8]>,
    key: &str,
    row: &[(String, String)],
) -> Result<Option<Vec<u8>>, String> {
    let mut rows = match before {
        Some(before) => rows(before)?,
        None => vec![titles(row)],
    };
    if rows.iter().skip(1).any(|it| it.first().is_some_and(|first| first == key)) {
        return Ok(None);
    }
    let titles = rows.first().cloned().unwrap_or_default();
    rows.push(under(&titles, key, row)?);
    write(&rows).map(Some).map_err(|error| error.to_string())
}

/// All rows as texts, the titles first.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    if book.sheet_names() != [SHEET] {
        return Err(format!(
            "the workbook was not made by Vorlage: it has other sheets than `{SHEET}`"
        ));
    }
    let formulas = book.worksheet_formula(SHEET).map_err(|error| error.to_string())?;
    if formulas.used_cells().any(|(_, _, formula)| !formula.is_empty()) {
        return Err("the workbook has formulas, and they would be lost".to_owned());
    }
    let range = book.worksheet_range(SHEET).map_err(|error| error.to_string())?;
    let text = |cell: &Data| match cell {
        Data::DateTimeIso(text) | Data::String(text) => text.clone(),
        other => other.to_string(),
    };
    Ok(range.rows().map(|row| row.iter().map(text).collect()).collect())
}

fn write(rows: &[Vec<String>]) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(SHEET)?;
    for (y, row) in (0u32..).zip(rows) {
        for (x, value) in (0u16..).zip(row) {
            // A text never becomes a formula, whatever it begins with.
            sheet.write_string(y, x, value)?;
        }
    }
    book.save_to_buffer()
}

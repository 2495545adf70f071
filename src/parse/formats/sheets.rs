//! Spreadsheets: every sheet as lines, cells parted by tabs.

use std::io::Cursor;

use calamine::{Data, Ods, Range, Reader, Xls, Xlsb, Xlsx};

use super::{Context, archive, problem};
use crate::domain::{Document, Problem};

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &[XLSX, XLSB, ODS, XLS];
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const XLSB: &str = "application/vnd.ms-excel.sheet.binary.macroenabled.12";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";
const XLS: &str = "application/vnd.ms-excel";

/// Reads all sheets.
pub(super) fn read(bytes: &[u8], context: &Context<'_>) -> Document {
    if context.media_type != XLS
        && let Err(Problem { code, detail }) = archive::open(bytes)
    {
        return problem(&code, &detail);
    }
    let cursor = Cursor::new(bytes);
    match context.media_type {
        XLSX => sheets(Xlsx::new(cursor)),
        XLSB => sheets(Xlsb::new(cursor)),
        ODS => sheets(Ods::new(cursor)),
        _ => sheets(Xls::new(cursor)),
    }
}

fn sheets<'a, R>(book: Result<R, R::Error>) -> Document
where
    R: Reader<Cursor<&'a [u8]>>,
    R::Error: std::fmt::Display,
{
    let mut book = match book {
        Ok(book) => book,
        Err(error) => {
            let message = error.to_string();
            let locked = message.to_lowercase().contains("password")
                || message.to_lowercase().contains("encrypt");
            return problem(if locked { "P0101" } else { "P0102" }, &message);
        }
    };
    let mut document = Document::default();
    for name in book.sheet_names() {
        match book.worksheet_range(&name) {
            Ok(range) if !range.is_empty() => {
                document.text.push_str(&format!("{name}\n{}\n", lines(&range)));
            }
            Ok(_) => {}
            Err(error) => {
                document.problems.push(Problem::new("P0102", format!("sheet `{name}`: {error}")))
            }
        }
    }
    document
}

fn lines(range: &Range<Data>) -> String {
    let mut lines = String::new();
    for row in range.rows() {
        let used = row.iter().rposition(|cell| *cell != Data::Empty).map_or(0, |last| last + 1);
        if used == 0 {
            continue;
        }
        let cells: Vec<String> = row.iter().take(used).map(cell).collect();
        lines.push_str(&cells.join("\t"));
        lines.push('\n');
    }
    lines
}

fn cell(cell: &Data) -> String {
    match cell {
        Data::DateTime(date) if date.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ if date.as_f64() < 1.0 => format!("{hour:02}:{minute:02}:{second:02}"),
                _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
            }
        }
        Data::DateTimeIso(date) => date.strip_suffix("T00:00:00").unwrap_or(date).to_owned(),
        other => other.to_string().replace(['\t', '\n', '\r'], " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_lines_of_cells_with_dates_that_sort() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.set_name("Hunde").unwrap();
        sheet.write(0, 0, "Name").unwrap();
        sheet.write(0, 1, "seit").unwrap();
        sheet.write(1, 0, "Bello").unwrap();
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 3, 12).unwrap();
        sheet
            .write_with_format(
                1,
                1,
                &date,
                &rust_xlsxwriter::Format::new().set_num_format("dd.mm.yyyy"),
            )
            .unwrap();
        sheet.write(1, 2, 90.5).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let document = read(&bytes, &Context { media_type: XLSX });
        assert_eq!(document.text, "Hunde\nName\tseit\nBello\t2026-03-12\t90.5\n\n");
        assert!(document.problems.is_empty());
    }

    #[test]
    fn a_damaged_sheet_is_a_problem() {
        for media_type in MEDIA_TYPES {
            let document = read(b"PK\x03\x04 and then nothing", &Context { media_type });
            assert_eq!(document.problems[0].code, "P0102", "{media_type}");
        }
    }
}

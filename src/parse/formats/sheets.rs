//! Spreadsheets: every sheet as lines, cells parted by tabs.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{Data, Ods, Range, Reader, SheetType, SheetVisible, StyleRange, Xls, Xlsb, Xlsx};
use zip::ZipArchive;

use super::sheets_hidden::{self, Hidden};
use super::{Context, archive, drawings, opendocument, problem, xls_boxes};
use crate::domain::{Document, Problem};
use crate::parse::flow::Flow;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &[XLSX, XLSB, ODS, XLS];

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const XLSB: &str = "application/vnd.ms-excel.sheet.binary.macroenabled.12";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";
const XLS: &str = "application/vnd.ms-excel";

/// Reads all sheets, each a table of its own.
pub(super) fn read(bytes: &[u8], context: &Context<'_>) -> Document {
    let cursor = Cursor::new(bytes);
    let (mut flow, none) = (Flow::default(), Hidden::new());
    if context.media_type == XLS {
        let problems = sheets(Xls::new(cursor), &none, |_, _| None, &mut flow);
        if problems.is_empty() {
            xls_boxes::read(bytes, &mut flow);
        }
        return Document { problems, ..flow.finish() };
    }
    let mut archive = match archive::open(bytes) {
        Ok(archive) => archive,
        Err(Problem { code, detail }) => return problem(&code, &detail),
    };
    if context.media_type == ODS && opendocument::is_encrypted(&mut archive) {
        return problem("P0101", "the spreadsheet has a password");
    }
    let problems = match context.media_type {
        XLSB => sheets(Xlsb::new(cursor), &none, |_, _| None, &mut flow),
        ODS => sheets(Ods::new(cursor), &none, |_, _| None, &mut flow),
        _ => {
            let matter = has_percentages(&mut archive);
            let hidden = sheets_hidden::read(&mut archive);
            let styles = |book: &mut Xlsx<_>, name: &str| {
                matter.then(|| book.worksheet_style(name).ok()).flatten()
            };
            sheets(Xlsx::new(cursor), &hidden, styles, &mut flow)
        }
    };
    // Damage in a drawing is no reason to doubt the cells.
    drop(drawings::read(&mut archive, &["xl/drawings/drawing", "xl/charts/chart"], &mut flow));
    Document { problems, ..flow.finish() }
}

/// Styles are read only where they change what is seen.
fn has_percentages(archive: &mut ZipArchive<Cursor<&[u8]>>) -> bool {
    let styles = archive::text_of(archive, "xl/styles.xml").and_then(Result::ok);
    let signs = ["%", "numFmtId=\"9\"", "numFmtId=\"10\""];
    styles.is_some_and(|styles| signs.iter().any(|sign| styles.contains(sign)))
}

fn sheets<'a, R>(
    book: Result<R, R::Error>,
    hidden: &Hidden,
    styles: impl Fn(&mut R, &str) -> Option<StyleRange>,
    flow: &mut Flow,
) -> Vec<Problem>
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
            return vec![Problem::new(if locked { "P0101" } else { "P0102" }, message)];
        }
    };
    let mut problems = Vec::new();
    for sheet in book.sheets_metadata().to_vec() {
        match book.worksheet_range(&sheet.name) {
            Ok(range) if !range.is_empty() => {
                let styles = styles(&mut book, &sheet.name);
                flow.push(&sheet.name);
                flow.begin_table(&sheet.name);
                if let Some(table) = flow.table() {
                    table.hidden = sheet.visible != SheetVisible::Visible;
                }
                rows(&range, styles.as_ref(), hidden.get(&sheet.name), flow);
                flow.end_table();
                flow.end_line();
            }
            Ok(_) => {}
            // A sheet that is a chart has no cells, and that is no damage.
            Err(_) if sheet.typ != SheetType::WorkSheet => {}
            Err(error) => {
                let detail = format!("sheet `{}`: {error}", sheet.name);
                problems.push(Problem::new("P0102", detail));
            }
        }
    }
    problems
}

fn rows(
    range: &Range<Data>,
    styles: Option<&StyleRange>,
    hidden: Option<&BTreeSet<u32>>,
    flow: &mut Flow,
) {
    let (top, left) = range.start().unwrap_or_default();
    for (row, cells) in (top..).zip(range.rows()) {
        let last = cells.iter().rposition(|cell| *cell != Data::Empty);
        flow.begin_row();
        if hidden.is_some_and(|rows| rows.contains(&row)) {
            flow.hide_row();
        }
        let Some(last) = last else { continue };
        for (column, value) in (left..).zip(cells.iter().take(last + 1)) {
            flow.begin_cell();
            let style = styles.and_then(|it| it.get((row, column)));
            let format = style.and_then(|it| it.number_format.as_ref());
            flow.push(&cell(value, format.map(|it| it.format_code.as_str())));
        }
    }
}

/// What the cell shows: dates that sort, numbers with as many digits as Excel has.
fn cell(cell: &Data, format: Option<&str>) -> String {
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
        Data::Float(number) => match format.and_then(percent_digits) {
            Some(digits) => format!("{:.digits$}%", number * 100.0),
            None => digits_of(*number),
        },
        Data::Bool(truth) => truth.to_string().to_uppercase(),
        other => other.to_string().replace(['\t', '\n', '\r'], " "),
    }
}

/// How many digits follow the point of a percentage: 2 for `0.00%`.
fn percent_digits(format: &str) -> Option<usize> {
    let (number, _) = format.split(';').next()?.split_once('%')?;
    let after = number.split_once('.').map_or("", |(_, after)| after);
    Some(after.chars().filter(|it| *it == '0').count().min(10))
}

/// Excel keeps 15 digits; 0.1 + 0.2 is 0.3 there.
fn digits_of(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    rounded.to_string()
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
        let percent = rust_xlsxwriter::Format::new().set_num_format("0.0%");
        sheet.write_with_format(1, 3, 0.19, &percent).unwrap();
        sheet.write(1, 4, 0.1 + 0.2).unwrap();
        sheet.write(2, 0, "weg").unwrap();
        sheet.set_row_hidden(2).unwrap();
        let secret = book.add_worksheet();
        secret.write(0, 0, "x").unwrap();
        secret.set_hidden(true);
        let bytes = book.save_to_buffer().unwrap();
        let document = read(&bytes, &Context { media_type: XLSX });
        assert_eq!(
            document.text,
            "Hunde\nName\tseit\nBello\t2026-03-12\t90.5\t19.0%\t0.3\nweg\n\nSheet2\nx"
        );
        let [table, secret] = document.tables.as_slice() else { panic!("{:?}", document.tables) };
        assert_eq!(table.texts(&document.text)[1], ["Bello", "2026-03-12", "90.5", "19.0%", "0.3"]);
        assert_eq!((table.name.as_str(), table.hidden, secret.hidden), ("Hunde", false, true));
        let hidden: Vec<bool> = table.rows.iter().map(|row| row.hidden).collect();
        assert_eq!(hidden, [false, false, true]);
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

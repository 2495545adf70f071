//! Spreadsheets: every sheet as lines, cells parted by tabs.

use std::io::{Cursor, Read, Seek};

use calamine::{Data, Ods, Reader, SheetType, SheetVisible, Xls, Xlsb, XlsbError, Xlsx, XlsxError};

use super::sheets_cells::Cells;
use super::sheets_hidden::{self, Hidden};
use super::{Context, archive, drawings, ods_bounds, opendocument, problem, xls_bounds, xls_boxes};
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
    let read = match context.media_type {
        XLS => old(bytes),
        _ => packed(bytes, context.media_type),
    };
    read.unwrap_or_else(|Problem { code, detail }| problem(&code, &detail))
}

fn old(bytes: &[u8]) -> Result<Document, Problem> {
    let mut flow = Flow::default();
    let book = xls_boxes::workbook(bytes)?;
    let boxes = xls_boxes::read(&book);
    let bounded = xls_bounds::bounded(book)?;
    let problems =
        sheets(Xls::new(Cursor::new(bounded.as_slice())), &Hidden::new(), whole, &mut flow);
    if problems.is_empty() {
        boxes.iter().for_each(|text| {
            flow.push(text);
            flow.end_line();
        });
    }
    Ok(Document { problems, ..flow.finish() })
}

fn packed(bytes: &[u8], media_type: &str) -> Result<Document, Problem> {
    let cursor = Cursor::new(bytes);
    let (mut flow, none) = (Flow::default(), Hidden::new());
    let mut archive = archive::open(bytes)?;
    let problems = match media_type {
        XLSB => sheets(Xlsb::new(cursor), &none, xlsb_cells, &mut flow),
        ODS if opendocument::is_encrypted(&mut archive) => {
            return Err(Problem::new("P0101", "the spreadsheet has a password"));
        }
        ODS => {
            ods_bounds::check(&mut archive)?;
            sheets(Ods::new(cursor), &none, whole, &mut flow)
        }
        _ => {
            let hidden = sheets_hidden::read(&mut archive);
            sheets(Xlsx::new(cursor), &hidden, xlsx_cells, &mut flow)
        }
    };
    // Damage in a drawing is no reason to doubt the cells.
    drop(drawings::read(&mut archive, &["xl/drawings/drawing", "xl/charts/chart"], &mut flow));
    Ok(Document { problems, ..flow.finish() })
}

fn sheets<'a, R>(
    book: Result<R, R::Error>,
    hidden: &Hidden,
    cells: impl Fn(&mut R, &str, &mut Cells) -> Result<(), R::Error>,
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
    let mut told = |name: &str, Problem { code, detail }| {
        problems.push(Problem::new(&code, format!("sheet `{name}`: {detail}")));
    };
    for sheet in book.sheets_metadata().to_vec() {
        let mut found = Cells::default();
        match cells(&mut book, &sheet.name, &mut found) {
            // A sheet that is a chart has no cells, and that is no damage.
            Err(_) if sheet.typ != SheetType::WorkSheet => {}
            Err(error) => told(&sheet.name, Problem::new("P0102", error.to_string())),
            Ok(()) => {}
        }
        if found.is_empty() {
            continue;
        }
        flow.push(&sheet.name);
        flow.begin_table(&sheet.name);
        if let Some(table) = flow.table() {
            table.hidden = sheet.visible != SheetVisible::Visible;
        }
        if let Some(problem) = found.write(hidden.get(&sheet.name), flow) {
            told(&sheet.name, problem);
        }
        flow.end_table();
        flow.end_line();
    }
    problems
}

/// For formats whose sheets calamine has only as a whole. Their size was looked at before.
fn whole<'a, R: Reader<Cursor<&'a [u8]>>>(
    book: &mut R,
    name: &str,
    cells: &mut Cells,
) -> Result<(), R::Error> {
    let range = book.worksheet_range(name)?;
    let (top, left) = range.start().unwrap_or_default();
    for (row, line) in (top..).zip(range.rows()) {
        for (column, value) in (left..).zip(line) {
            if *value != Data::Empty && !cells.add((row, column), cell(value, None)) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn xlsx_cells<R: Read + Seek>(
    book: &mut Xlsx<R>,
    name: &str,
    cells: &mut Cells,
) -> Result<(), XlsxError> {
    let mut reader = match book.worksheet_cells_reader(name) {
        Err(XlsxError::NotAWorksheet(_)) => return Ok(()),
        reader => reader?,
    };
    while let Some((found, style)) = reader.next_cell_with_style_id()? {
        let style = reader.styles().get(style);
        let format = style.and_then(|it| it.number_format.as_ref());
        let value = Data::from(found.get_value().clone());
        let text = cell(&value, format.map(|it| it.format_code.as_str()));
        if value != Data::Empty && !cells.add(found.get_position(), text) {
            break;
        }
    }
    Ok(())
}

fn xlsb_cells<R: Read + Seek>(
    book: &mut Xlsb<R>,
    name: &str,
    cells: &mut Cells,
) -> Result<(), XlsbError> {
    let mut reader = book.worksheet_cells_reader(name)?;
    while let Some(found) = reader.next_cell()? {
        let value = Data::from(found.get_value().clone());
        if value != Data::Empty && !cells.add(found.get_position(), cell(&value, None)) {
            break;
        }
    }
    Ok(())
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
    fn an_old_book_may_lie_about_its_size() {
        let book = xls_bounds::tests::book(&[(0, 0), (2, 1)], u32::MAX);
        let bytes = super::super::ole::tests::ole(&[("/Workbook", &book)]);
        let document = read(&bytes, &Context { media_type: XLS });
        assert_eq!((document.text.as_str(), document.problems.len()), ("Liste\n1\n\t2", 0));
    }

    #[test]
    fn a_damaged_sheet_is_a_problem() {
        for media_type in MEDIA_TYPES {
            let document = read(b"PK\x03\x04 and then nothing", &Context { media_type });
            assert_eq!(document.problems[0].code, "P0102", "{media_type}");
        }
    }
}

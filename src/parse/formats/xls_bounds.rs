//! Looks at the workbook of an old Excel file ([MS-XLS]) before calamine does, which believes it: a table of
//! sectors that goes round, a stream of gigabytes, or two cells in opposite corners would take all memory.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use cfb::{CompoundFile, Version};

use super::ole::{u16_at, u32_at};
use super::sheets_cells::{AREA, Extent};
use crate::domain::Problem;

/// The file is encrypted (2.4.117).
const FILE_PASS: u16 = 0x002f;
/// Where a sheet begins (2.4.28).
const BOUND_SHEET: u16 = 0x0085;
/// The beginning and the end of a sheet, or of a chart in it (2.4.21, 2.4.103).
const BOF: u16 = 0x0809;
const EOF: u16 = 0x000a;
/// What the sheet says about its size (2.4.90). calamine reserves memory for it.
const DIMENSIONS: u16 = 0x0200;
/// Several numbers in one row (2.4.175).
const MUL_RK: u16 = 0x00bd;
/// Every kind of cell that has a value: formula, number, label, truth, number in short, text.
const CELLS: &[u16] = &[0x0006, 0x0203, 0x0204, 0x00d6, 0x0205, 0x027e, 0x00fd, MUL_RK];
/// A record that means nothing to anybody.
const NOTHING: [u8; 2] = [0xff, 0xff];
/// How often the same bytes may belong to a sheet.
const OVERLAPS: usize = 4;

/// A container with nothing but this workbook, whose sheets are no larger than can be held.
pub(super) fn bounded(mut book: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let mut sheets = BTreeSet::new();
    for record in Records::of(&book, 0) {
        match record.kind {
            FILE_PASS => return Err(Problem::new("P0101", "the spreadsheet has a password")),
            BOUND_SHEET => sheets.extend(u32_at(record.data, 0)),
            EOF => break,
            _ => {}
        }
    }
    let (mut area, mut seen, mut sizes) = (0_u64, 0, Vec::new());
    for start in sheets {
        let Ok(start) = usize::try_from(start) else { continue };
        let sheet = Sheet::look(&book, start);
        area = area.saturating_add(sheet.around.area());
        seen += sheet.length;
        sizes.extend(sheet.sizes);
        if area > AREA {
            let detail = format!("the cells lie too far apart: {area} with the empty ones between");
            return Err(Problem::new("P0107", detail));
        }
        if seen > OVERLAPS * book.len() {
            return Err(Problem::new("P0102", "its sheets lie over each other"));
        }
    }
    for at in sizes {
        if let Some(kind) = book.get_mut(at..at + NOTHING.len()) {
            kind.copy_from_slice(&NOTHING);
        }
    }
    container(&book).map_err(|error| Problem::new("P0102", error.to_string()))
}

fn container(book: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut file = CompoundFile::create_with_version(Version::V3, Cursor::new(Vec::new()))?;
    file.create_stream("/Workbook")?.write_all(book)?;
    file.flush()?;
    Ok(file.into_inner().into_inner())
}

/// What one sheet comes to.
#[derive(Default)]
struct Sheet {
    around: Extent,
    /// Bytes.
    length: usize,
    /// Where it says how large it is.
    sizes: Vec<usize>,
}

impl Sheet {
    fn look(book: &[u8], start: usize) -> Self {
        let mut sheet = Self::default();
        let mut depth = 0_usize;
        for record in Records::of(book, start) {
            sheet.length = record.at + 4 + record.data.len() - start;
            match record.kind {
                BOF => depth += 1,
                EOF if depth <= 1 => break,
                EOF => depth -= 1,
                DIMENSIONS => sheet.sizes.push(record.at),
                kind if CELLS.contains(&kind) => {
                    let (row, column) = (u16_at(record.data, 0), u16_at(record.data, 2));
                    let (Some(row), Some(column)) = (row, column) else { continue };
                    let more = match kind {
                        MUL_RK => (record.data.len() / 6).saturating_sub(2),
                        _ => 0,
                    };
                    let more = u32::try_from(more).unwrap_or(u32::MAX);
                    sheet.around.add((row.into(), column.into()));
                    sheet.around.add((row.into(), u32::from(column).saturating_add(more)));
                }
                _ => {}
            }
        }
        sheet
    }
}

struct Record<'a> {
    at: usize,
    kind: u16,
    data: &'a [u8],
}

/// The records from a place on, until one is cut.
struct Records<'a> {
    book: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    fn of(book: &'a [u8], at: usize) -> Self {
        Self { book, at }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let at = self.at;
        let kind = u16_at(self.book, at)?;
        let length = usize::from(u16_at(self.book, at + 2)?);
        let data = self.book.get(at + 4..at + 4 + length)?;
        self.at += 4 + length;
        Some(Record { at, kind, data })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    }

    /// A workbook with one sheet of numbers at these places, which says to be of a size.
    pub(in crate::parse::formats) fn book(cells: &[(u16, u16)], rows: u32) -> Vec<u8> {
        let bof = |kind: u16| {
            let head = [0x0600_u16, kind, 0, 0, 0, 0, 0, 0];
            record(BOF, &head.iter().flat_map(|it| it.to_le_bytes()).collect::<Vec<u8>>())
        };
        let name = b"\0\0\x05\0Liste";
        let globals = |at: u32| {
            let sheet = [&at.to_le_bytes()[..], name].concat();
            [bof(5), record(BOUND_SHEET, &sheet), record(EOF, &[])].concat()
        };
        let start = u32::try_from(globals(0).len()).unwrap();
        let size = [&0_u32.to_le_bytes()[..], &rows.to_le_bytes(), &[0, 0, 0, 1, 0, 0]].concat();
        let mut book = [globals(start), bof(0x10), record(DIMENSIONS, &size)].concat();
        for (number, (row, column)) in (1..).zip(cells) {
            let place = [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
            book.extend(record(
                0x0203,
                &[place, f64::from(number).to_le_bytes().to_vec()].concat(),
            ));
        }
        [book, record(EOF, &[])].concat()
    }

    fn code(book: Vec<u8>) -> Option<String> {
        bounded(book).err().map(|problem| problem.code)
    }

    #[test]
    fn cells_in_opposite_corners_are_refused() {
        assert_eq!(code(book(&[(0, 0), (65535, 255)], 2)).as_deref(), Some("P0107"));
        assert_eq!(code(book(&[(0, 0), (65535, 1)], 2)), None);
    }

    #[test]
    fn sheets_over_each_other_are_refused() {
        let mut book = book(&[(0, 0); 40], 2);
        // Each cell begins a sheet.
        let cells = Records::of(&book, 0).filter(|it| it.kind == 0x0203).map(|it| it.at);
        let sheets: Vec<u8> = cells
            .flat_map(|at| record(BOUND_SHEET, &u32::try_from(at + 40 * 8).unwrap().to_le_bytes()))
            .collect();
        let end = 4 + 16;
        book.splice(end..end, sheets);
        assert_eq!(code(book).as_deref(), Some("P0102"));
    }

    #[test]
    fn a_password_is_told() {
        assert_eq!(code(record(FILE_PASS, &[1, 0, 1, 0])).as_deref(), Some("P0101"));
    }
}

//! Text boxes on the sheets of old Excel files ([MS-XLS] 2.4.329), which calamine does not read.

use super::ole::{Ole, u16_at, utf16};
use crate::domain::Problem;

/// A text box; its text follows in continuations.
const BOX: u16 = 0x01b6;
/// What did not fit into the record before.
const CONTINUED: u16 = 0x003c;

/// The workbook in an old Excel file.
pub(super) fn workbook(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut file = Ole::open(bytes)?;
    match file.stream("/Workbook") {
        Some(book) => Ok(book),
        None => file.needed("/Book"),
    }
}

/// The texts of all boxes in a workbook.
pub(super) fn read(book: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    let mut text = String::new();
    // Letters of the box that are still to come.
    let mut missing = 0;
    let mut rest = book;
    while let (Some(kind), Some(length)) = (u16_at(rest, 0), u16_at(rest, 2)) {
        let Some(record) = rest.get(4..4 + usize::from(length)) else { break };
        rest = rest.get(4 + record.len()..).unwrap_or_default();
        match kind {
            BOX => missing = usize::from(u16_at(record, 10).unwrap_or_default()),
            CONTINUED if missing > 0 => {
                let Some((wide, letters)) = record.split_first() else { continue };
                let width = if wide & 1 == 1 { 2 } else { 1 };
                let letters = letters.get(..missing * width).unwrap_or(letters);
                missing -= letters.len() / width;
                match width {
                    2 => text.push_str(&utf16(letters)),
                    _ => text.extend(letters.iter().copied().map(char::from)),
                }
                if missing == 0 {
                    texts.push(std::mem::take(&mut text));
                }
            }
            _ => missing = 0,
        }
    }
    // One that breaks off.
    texts.extend(Some(text).filter(|text| !text.is_empty()));
    texts
}

#[cfg(test)]
mod tests {
    use super::super::ole::tests::ole;
    use super::*;

    #[test]
    fn boxes_are_read_in_pieces() {
        let record = |kind: u16, content: &[u8]| {
            let length = u16::try_from(content.len()).unwrap();
            [&kind.to_le_bytes()[..], &length.to_le_bytes(), content].concat()
        };
        let head: Vec<u8> = [vec![0; 10], vec![6, 0], vec![0; 6]].concat();
        let wide: Vec<u8> = "ße".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let book = [
            record(BOX, &head),
            record(CONTINUED, b"\0Gr\xf6\xdf"),
            record(CONTINUED, &[vec![1], wide].concat()),
            record(CONTINUED, b"\0no more"),
        ]
        .concat();
        let file = ole(&[("/Workbook", &book)]);
        assert_eq!(read(&workbook(&file).unwrap()), ["Größße"]);
    }
}

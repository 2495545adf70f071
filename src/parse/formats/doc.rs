//! Old Word documents (DOC, [MS-DOC]): text with tables, without what is hidden or deleted.

use encoding_rs::WINDOWS_1252;

use super::doc_marks::Marks;
use super::ole::{Ole, u16_at, u32_at, utf16};
use super::{Context, problem};
use crate::domain::{Document, Problem};
use crate::parse::flow::Flow;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &["application/msword"];

/// The first version whose text may stand in pieces anywhere in the file (Word 97).
const WORD_97: u16 = 0xc1;
/// Characters of one document.
const CHARS: usize = 6_000_000;

/// One letter and where in the file it stands.
type Letter = (char, u32);

/// Reads an old Word document.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    document(bytes).unwrap_or_else(|Problem { code, detail }| problem(&code, &detail))
}

fn document(bytes: &[u8]) -> Result<Document, Problem> {
    let mut file = Ole::open(bytes)?;
    let main = file.needed("/WordDocument")?;
    let damaged = || Problem::new("P0102", "damaged Word document");
    let version = u16_at(&main, 2).ok_or_else(damaged)?;
    let flags = u16_at(&main, 0x0a).ok_or_else(damaged)?;
    if flags & 0x0100 != 0 {
        return Err(Problem::new("P0101", "the Word document has a password"));
    }
    let mut flow = Flow::default();
    if version < WORD_97 {
        // One piece, one byte a letter ([MS-DOC] does not tell; so do the files of Word 6 and 95).
        let begin = u32_at(&main, 0x18).ok_or_else(damaged)? as usize;
        let length = u32_at(&main, 0x34).ok_or_else(damaged)? as usize;
        let end = begin.saturating_add(length).min(main.len());
        let text = main.get(begin..end).ok_or_else(damaged)?;
        let letters: Vec<Letter> = single(text).zip(0..).collect();
        show(&letters, &Marks::default(), &mut flow);
        return Ok(flow.finish());
    }
    let table = file.needed(if flags & 0x0200 != 0 { "/1Table" } else { "/0Table" })?;
    let letters = letters(&main, &table).ok_or_else(damaged)?;
    let marks = Marks::read(&main, &table);
    for part in parts(&main, letters.len()) {
        flow.start_line();
        show(letters.get(part).unwrap_or_default(), &marks, &mut flow);
    }
    Ok(flow.finish())
}

/// Letterheads, text, footnotes, remarks, endnotes, text boxes.
fn parts(main: &[u8], all: usize) -> Vec<std::ops::Range<usize>> {
    let mut at = 0_usize;
    // Text, footnotes, headers, an unused one, remarks, endnotes, text boxes, those in headers.
    let ranges: Vec<_> = (0..8)
        .map(|number| {
            let length = u32_at(main, 76 + number * 4).unwrap_or_default() as usize;
            let start = at;
            at = at.saturating_add(length).min(all);
            start..at
        })
        .collect();
    let named: Vec<_> =
        [2, 0, 1, 4, 5, 6, 7].iter().filter_map(|it| ranges.get(*it).cloned()).collect();
    match named.iter().all(|range| range.is_empty()) {
        true => std::iter::once(0..all).collect(),
        false => named,
    }
}

/// All letters in their order, from the table of pieces ([MS-DOC] 2.9.38).
fn letters(main: &[u8], table: &[u8]) -> Option<Vec<Letter>> {
    let begin = u32_at(main, 0x1a2)? as usize;
    let length = u32_at(main, 0x1a6)? as usize;
    let mut clx = table.get(begin..begin.checked_add(length)?.min(table.len()))?;
    while clx.first() == Some(&1) {
        clx = clx.get(3 + usize::from(u16_at(clx, 1)?)..)?;
    }
    let pieces = clx.get(5..)?;
    let count = (u32_at(clx, 1)? as usize).min(pieces.len()).checked_sub(4)? / 12;
    let mut letters = Vec::new();
    for piece in 0..count {
        let first = u32_at(pieces, piece * 4)?;
        let last = u32_at(pieces, piece * 4 + 4)?;
        let place = u32_at(pieces, (count + 1) * 4 + piece * 8 + 2)?;
        let length = last.checked_sub(first)? as usize;
        if letters.len() + length > CHARS {
            break;
        }
        if place & 0x4000_0000 != 0 {
            let start = (place & 0x3fff_ffff) / 2;
            let text = main.get(start as usize..).unwrap_or_default();
            letters.extend(single(text.get(..length).unwrap_or(text)).zip(start..));
        } else {
            let start = place & 0x3fff_ffff;
            let text = main.get(start as usize..).unwrap_or_default();
            double(text.get(..length * 2).unwrap_or(text), start, &mut letters);
        }
    }
    Some(letters)
}

fn single(text: &[u8]) -> impl Iterator<Item = char> + '_ {
    text.iter().map(|byte| match byte {
        0x80..=0x9f => {
            WINDOWS_1252.decode_without_bom_handling(&[*byte]).0.chars().next().unwrap_or(' ')
        }
        _ => char::from(*byte),
    })
}

/// Every unit is one place; the second half of a pair is an empty letter.
fn double(text: &[u8], start: u32, letters: &mut Vec<Letter>) {
    let mut place = start;
    for letter in utf16(text).chars() {
        letters.push((letter, place));
        if letter.len_utf16() == 2 {
            letters.push(('\u{0}', place));
        }
        place = place.saturating_add(2 * u32::try_from(letter.len_utf16()).unwrap_or(1));
    }
}

/// What stands between the codes of fields, with the marks of cells and lines.
fn show(letters: &[Letter], marks: &Marks, flow: &mut Flow) {
    // For each field that is open, whether its code is still going on; its result is shown.
    let mut codes: Vec<bool> = Vec::new();
    let mut text = String::new();
    for (letter, place) in letters {
        match letter {
            '\u{13}' => codes.push(true),
            '\u{14}' => codes.iter_mut().next_back().into_iter().for_each(|code| *code = false),
            '\u{15}' => drop(codes.pop()),
            _ if codes.contains(&true) || marks.is_unseen(*place) => {}
            '\u{7}' if marks.is_row_end(*place) => {
                put(&mut text, marks, *place, flow);
                flow.end_row();
            }
            '\u{7}' => {
                put(&mut text, marks, *place, flow);
                flow.begin_cell_of_row();
                flow.end_cell();
            }
            '\r' | '\u{c}' => {
                text.push('\n');
                put(&mut text, marks, *place, flow);
            }
            '\u{b}' | '\u{e}' => text.push('\n'),
            '\u{1e}' => text.push('-'),
            '\u{1}'..='\u{8}' | '\u{1f}' => {}
            _ => text.push(*letter),
        }
    }
    let end = letters.last().map_or(0, |letter| letter.1);
    put(&mut text, marks, end, flow);
    while flow.in_table() {
        flow.end_table();
    }
}

/// A paragraph: into a cell when it stands in a table.
fn put(text: &mut String, marks: &Marks, place: u32, flow: &mut Flow) {
    let in_table = marks.in_table(place);
    if in_table {
        if !marks.is_row_end(place) {
            flow.begin_cell_of_row();
        }
    } else if flow.in_table() {
        flow.end_table();
    }
    flow.push(text);
    text.clear();
}

#[cfg(test)]
mod tests {
    use super::super::ole::tests::ole;
    use super::*;

    /// A document of one piece in Unicode and one of single bytes; `paragraphs` has runs with their
    /// changes, in characters of the first piece.
    fn word(flags: u16) -> Vec<u8> {
        let first = "Gr\u{f6}\u{df}e\u{13} CODE \u{14}Wert\u{15}\rNr.\u{7}Chip\u{7}\u{7}";
        let second = b"Ende\x92s\r";
        let wide: Vec<u8> = first.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let start = 1024_u32;
        let count = u32::try_from(first.encode_utf16().count()).unwrap();
        let after = start + 2 * count;
        let all = count + u32::try_from(second.len()).unwrap();
        let mut main = vec![0; 1024];
        let mut put = |at: usize, bytes: &[u8]| main[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &[0xec, 0xa5, 0xc1, 0]);
        put(0x0a, &(0x0200 | flags).to_le_bytes());
        put(76, &all.to_le_bytes());
        let pieces = [
            0_u32.to_le_bytes().to_vec(),
            count.to_le_bytes().to_vec(),
            all.to_le_bytes().to_vec(),
            [&[0, 0], &start.to_le_bytes()[..], &[0, 0]].concat(),
            [&[0, 0], &(0x4000_0000 | (after * 2)).to_le_bytes()[..], &[0, 0]].concat(),
        ]
        .concat();
        let length = u32::try_from(pieces.len()).unwrap();
        let clx = [&[2], &length.to_le_bytes()[..], &pieces].concat();
        put(0x01a6, &u32::try_from(clx.len()).unwrap().to_le_bytes());
        // The page of paragraphs is the fourth of the file, and its list follows the pieces.
        put(0x0102, &u32::try_from(clx.len()).unwrap().to_le_bytes());
        put(0x0106, &12_u32.to_le_bytes());
        let place = |text: &str| {
            let at = first.find(text).unwrap();
            start + 2 * u32::try_from(first.split_at(at).0.encode_utf16().count()).unwrap()
        };
        let table =
            [clx, start.to_le_bytes().to_vec(), after.to_le_bytes().to_vec(), vec![4, 0, 0, 0]];
        let mut page = vec![0; 512];
        let bounds = [start, place("Nr."), after - 2, after];
        for (number, bound) in bounds.iter().enumerate() {
            page[number * 4..number * 4 + 4].copy_from_slice(&bound.to_le_bytes());
        }
        // Runs 1 and 2 stand in a table; run 2 ends the row.
        (page[16 + 13], page[16 + 26], page[511]) = (200, 220, 3);
        page[400..406].copy_from_slice(&[3, 0, 0, 0x16, 0x24, 1]);
        page[440..449].copy_from_slice(&[5, 0, 0, 0x16, 0x24, 1, 0x17, 0x24, 1]);
        main.extend(wide);
        main.extend(second);
        main.resize(2048, 0);
        main.extend(page);
        ole(&[("/WordDocument", &main), ("/1Table", &table.concat())])
    }

    #[test]
    fn pieces_fields_and_tables_are_read() {
        let document = read(&word(0), &Context { media_type: MEDIA_TYPES[0] });
        assert_eq!(document.text, "GrößeWert\nNr.\tChip\nEnde’s");
        assert_eq!(document.tables[0].texts(&document.text), [["Nr.", "Chip"]]);
    }

    #[test]
    fn a_password_is_named_and_damage_too() {
        let context = Context { media_type: MEDIA_TYPES[0] };
        assert_eq!(read(&word(0x0100), &context).problems[0].code, "P0101");
        let cut = ole(&[("/WordDocument", b"\xec\xa5")]);
        assert_eq!(read(&cut, &context).problems[0].code, "P0102");
    }
}

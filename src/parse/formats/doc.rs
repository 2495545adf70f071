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

//! Names first, numbers after: texts of papers whose columns were read one after the other.

use super::sheet::{Line, Sheet};

/// So many lines below a name are looked at.
const LINES: usize = 30;
/// A number with its currency, read apart, is so many words at most.
const PARTS: usize = 6;

/// The line with the number of the name on a line: in a block of names and a block of as many
/// numbers the last belong together, and so on upwards.
pub(super) fn number_of<'s, 'a>(sheet: &'s Sheet<'a>, name: usize) -> Option<&'s Line<'a>> {
    if sheet.placed {
        return None;
    }
    let after: Vec<&Line<'_>> = sheet.lines.iter().skip(name).take(LINES).collect();
    let names = after.iter().take_while(|line| !is_number(line)).count();
    let numbers = after.iter().skip(names).take_while(|line| is_number(line)).count();
    let before = sheet.lines.iter().take(name).rev().take(LINES);
    let before = before.take_while(|it| !is_number(it)).count();
    let enough = names >= 2 && numbers >= names && before + names >= numbers;
    enough.then(|| sheet.lines.get(name + numbers)).flatten()
}

/// Whether a line is nothing but one number with decimals.
fn is_number(line: &Line<'_>) -> bool {
    if line.tokens.len() > PARTS {
        return false;
    }
    let text: String = line.tokens.iter().map(|token| token.text).collect();
    let text = text.trim_start_matches(|it: char| !it.is_ascii_digit() && it != '.');
    let text = text.trim_end_matches(|it: char| !it.is_ascii_digit());
    let tail = text.rsplit(['.', ',']).next().unwrap_or_default();
    tail != text
        && text.chars().all(|it| it.is_ascii_digit() || matches!(it, '.' | ','))
        && line
            .tokens
            .iter()
            .all(|token| token.text.chars().filter(|it| it.is_alphabetic()).count() < 4)
}

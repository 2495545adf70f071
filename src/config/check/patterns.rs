//! The admin's own regular expressions.

use super::{Checks, Sheet};
use crate::config::place;
use crate::config::tree::Node;

pub(super) fn check(checks: &mut Checks<'_>, sheet: &Sheet<'_>, field: &Node) {
    let Some(node) = field.get("pattern") else { return };
    let Some(error) = node.text().and_then(|text| regex::Regex::new(text).err()) else { return };
    let told = error.to_string();
    let at = caret(&told).map(|at| byte_of(node.text().unwrap_or(""), at));
    let at = at.map_or(node.span.clone(), |at| place::within(sheet.text, &node.span, &(at..at)));
    let what = told.rsplit("error: ").next().unwrap_or("").lines().next().unwrap_or("");
    checks.wrong_at("E0304", sheet.path, at, format!("bad pattern: {what}"));
}

/// The character of a pattern of one line that the error points at: its text shows the pattern,
/// moved by four blanks, and `^` in the line below.
fn caret(told: &str) -> Option<usize> {
    let line = told.lines().find(|line| line.trim_start().starts_with('^'))?;
    line.chars().position(|letter| letter == '^')?.checked_sub(4)
}

fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

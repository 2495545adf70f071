//! Mistakes of TOML's grammar, several in one run, without those that only follow from another.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::Error;

use super::place;
use super::tree::{Node, Value};
use crate::errors::Diagnostic;

/// What is wrong with the grammar of a file, and how far that goes.
pub(super) struct Mistakes {
    /// One for each line at most.
    pub(super) found: Vec<Diagnostic>,
    /// The lines on which they stand.
    lines: BTreeSet<usize>,
    /// From here on nothing is reliable, because a bracket is never closed.
    open: Option<usize>,
}

impl Mistakes {
    /// The mistakes that the parser found, in the order of the file.
    pub(super) fn of(file: &str, text: &str, tree: &Node, errors: &[Error]) -> Self {
        let open = errors.iter().filter(|error| error.message().starts_with("unclosed"));
        let open = open.filter_map(|error| opening(tree, error.span()?.start, text)).min();
        let mut mistakes = Self { found: Vec::new(), lines: BTreeSet::new(), open };
        if let Some(at) = open {
            let bracket = text.get(at..at + 1).unwrap_or("[");
            let message = format!("this `{bracket}` is never closed");
            mistakes.add(text, Diagnostic::new("E0101", file, message).at(Some(at..at + 1)));
        }
        let mut errors: Vec<&Error> = errors.iter().collect();
        errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
        for error in errors {
            let at = place::whole(text, error.span().unwrap_or(0..0));
            if open.is_none_or(|open| at.start < open) {
                mistakes.add(text, diagnostic(file, text, error, at));
            }
        }
        mistakes
    }

    /// Whether another mistake stands on its own and does not follow from one of these.
    pub(super) fn leaves(&self, text: &str, other: &Diagnostic) -> bool {
        if self.found.is_empty() {
            return true;
        }
        // What is missing may stand in a line that could not be read.
        let Some(at) = &other.at else { return false };
        let after = self.open.is_some_and(|open| at.start >= open);
        other.code != "E0103" && !after && !self.lines.contains(&line(text, at.start))
    }

    fn add(&mut self, text: &str, diagnostic: Diagnostic) {
        let start = diagnostic.at.as_ref().map_or(0, |at| at.start);
        if self.lines.insert(line(text, start)) {
            self.found.push(diagnostic);
        }
    }
}

/// One mistake in our words where the parser's are hard to understand.
fn diagnostic(file: &str, text: &str, error: &Error, at: Range<usize>) -> Diagnostic {
    let here = text.get(at.clone()).unwrap_or("");
    let message = error.message();
    let told = |code, message: String| Diagnostic::new(code, file, message).at(Some(at.clone()));
    if message == "duplicate key" {
        return told("E0107", format!("`{here}` stands here a second time"))
            .hint("keep one of them; a table's keys all stand under one header");
    }
    if message.starts_with("string values must be quoted") {
        let empty = here.trim().is_empty();
        let what = if empty { "a value is missing here" } else { "a text needs quotes" };
        let hint = if empty {
            "write `\"\"` for an empty text".into()
        } else {
            format!("write `\"{here}\"`")
        };
        return told("E0101", what.to_owned()).hint(hint);
    }
    match message.split_once(", expected ") {
        Some((what, expected)) => {
            told("E0101", what.to_owned()).hint(format!("expected here: {expected}"))
        }
        None => told("E0101", message.to_owned()),
    }
}

/// Where the outermost list or inline table begins that ends at a place, because it ends nowhere.
fn opening(node: &Node, end: usize, text: &str) -> Option<usize> {
    let bracket = text.get(node.span.start..).is_some_and(|rest| rest.starts_with(['[', '{']));
    let is_open = bracket && node.span.end >= end && node.span.start < end;
    match &node.value {
        Value::List(_) | Value::Table(_) if is_open => Some(node.span.start),
        Value::List(items) => items.iter().find_map(|item| opening(item, end, text)),
        Value::Table(entries) => entries.iter().find_map(|(_, item)| opening(item, end, text)),
        _ => None,
    }
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::super::tree::Node;
    use super::*;

    fn check(text: &str) -> Vec<String> {
        let (tree, errors) = Node::parse(text);
        let found = Mistakes::of("a.toml", text, &tree, &errors).found;
        let show =
            |it: Diagnostic| format!("{}: {}", line(text, it.at.unwrap().start) + 1, it.message);
        found.into_iter().map(show).collect()
    }

    #[test]
    fn several_mistakes_are_told_once_for_each_line() {
        let text = "a =\nb = Bello\nc = 1\nc = 2\n[t\nd = 3\n";
        let found = check(text);
        assert_eq!(found.len(), 4, "{found:#?}");
        assert_eq!(found[0], "1: a value is missing here");
        assert_eq!(found[1], "2: a text needs quotes");
        assert_eq!(found[2], "4: `c` stands here a second time");
    }

    #[test]
    fn a_bracket_that_is_never_closed_is_told_where_it_opens() {
        assert_eq!(check("a = 1\nb = [1,\n2\n[t]\nc = 3\n"), ["2: this `[` is never closed"]);
    }
}

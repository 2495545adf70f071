//! Values that stand after their label (`Rasse: Labrador`), for types no recogniser knows by their shape.

use crate::config::Field;
use crate::domain::{Document, Span};
use crate::fields::{FieldType, Hit, Search};

/// Longer values are sentences, and a label before one is chance.
const MOST_WORDS: usize = 12;

/// The values that stand after one of the field's labels, on the same line or alone on the next.
pub(super) fn find(field: &Field, kind: &FieldType, document: &Document) -> Vec<Hit> {
    let words = match kind.search {
        Search::Passage { words } | Search::Both(_, words) if words <= MOST_WORDS => words,
        _ => return Vec::new(),
    };
    let mut hits = Vec::new();
    let mut lines = Lines::of(&document.text).peekable();
    while let Some(line) = lines.next() {
        let Some(rest) = after_label(line.text, &field.labels) else { continue };
        let value = if rest.trim().is_empty() {
            lines.peek().map(|next| (next.start, next.text))
        } else {
            let before = line.text.chars().count() - rest.chars().count();
            Some((line.start + before, rest))
        };
        hits.extend(value.and_then(|(start, text)| hit(field, kind, start, text, words)));
    }
    hits
}

/// What stands behind a label at the beginning of a line, if the two are parted as a form parts them.
fn after_label<'a>(line: &'a str, labels: &[String]) -> Option<&'a str> {
    let line = line.trim_start();
    labels.iter().find_map(|label| {
        let rest = strip(line, label)?;
        let gap = rest.len() - rest.trim_start().len();
        match rest.trim_start().strip_prefix(':') {
            Some(value) => Some(value),
            None if gap >= 2 || rest.starts_with('\t') || rest.is_empty() => Some(rest),
            None => None,
        }
    })
}

/// The text without a beginning that equals the label in any case of letters.
fn strip<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let mut letters = text.chars();
    for wanted in label.chars() {
        let letter = letters.next()?;
        if !letter.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(letters.as_str())
}

fn hit(field: &Field, kind: &FieldType, start: usize, text: &str, words: usize) -> Option<Hit> {
    // Columns of a table are parted by tabs or wide gaps: the value ends there.
    let lead = text.chars().count() - text.trim_start().chars().count();
    let text = text.trim_start();
    let cell = text.split(['\t', '|']).next()?.split("   ").next()?.trim_end();
    let cell = cell.trim_end_matches([',', ';', '.']);
    let count = cell.split_whitespace().count();
    if count == 0 || count > words || cell.ends_with(':') {
        return None;
    }
    let value = (kind.normalise)(cell, &field.asked()).ok()?;
    let start = start + lead;
    let span = Span { start, end: start + cell.chars().count() };
    Some(Hit { span, value, labelled: true, checked: false, corrected: false })
}

struct Line<'a> {
    /// The place of its first character.
    start: usize,
    text: &'a str,
}

struct Lines<'a> {
    rest: std::str::Split<'a, [char; 2]>,
    start: usize,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self { rest: text.split(['\n', '\u{c}']), start: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let text = self.rest.next()?;
        let start = self.start;
        self.start += text.chars().count() + 1;
        Some(Line { start, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::TypeName;

    fn found(text: &str) -> Vec<String> {
        let field = Field { labels: vec!["Rasse".into(), "Breed".into()], ..Field::default() };
        let kind = TypeName("text".into()).find().unwrap();
        let document = Document { text: text.into(), ..Document::default() };
        let hits = find(&field, kind, &document);
        hits.iter().map(|hit| hit.span.of(&document.text).to_owned()).collect()
    }

    #[test]
    fn a_value_stands_behind_its_label_as_a_form_parts_them() {
        assert_eq!(
            found("Größe: 60\nrasse:  Deutscher Schäferhund,\nChip"),
            ["Deutscher Schäferhund"]
        );
        assert_eq!(found("Rasse\n  Pudel\n"), ["Pudel"]);
        assert_eq!(found("Rasse     Pudel     Farbe schwarz"), ["Pudel"]);
        assert_eq!(found("Rasse und Farbe sind bekannt"), Vec::<String>::new());
        assert_eq!(found("Rasse:\nChip:\n"), Vec::<String>::new());
    }
}

//! Empty on the form: the label of a field stands there and no value beside it. A person who reads "not found" looks
//! for the value; one who reads "empty" knows that nobody filled it in.

use crate::config::Class;
use crate::domain::{Document, Evidence, Form, Method, Parsed, Span};

/// Marks the fields of a form that were found empty.
pub(super) fn mark(class: &Class, parsed: &Parsed, form: &mut Form) {
    let all: Vec<&str> =
        class.fields.values().flat_map(|field| &field.labels).map(String::as_str).collect();
    for (name, field) in &class.fields {
        let Some(value) = form.get_mut(name) else { continue };
        if value.value.is_some() || value.method != Method::NotFound {
            continue;
        }
        let documents = parsed.documents.iter().enumerate();
        value.empty = documents.into_iter().find_map(|(index, document)| {
            let span = label(document, &field.labels, &all)?;
            Some(Evidence::in_text(index, document, span))
        });
    }
}

/// Where one of a field's labels stands with nothing beside it and nothing below.
fn label(document: &Document, labels: &[String], all: &[&str]) -> Option<Span> {
    let mut next = 0;
    let lines = document.text.split(['\n', '\u{c}']).map(|line| {
        let start = next;
        next += line.chars().count() + 1;
        (start, line)
    });
    let mut lines = lines.peekable();
    while let Some((start, line)) = lines.next() {
        let Some((label, rest)) = after(line, labels) else { continue };
        let announced = rest.trim_start().starts_with(':') || is_blank(rest);
        if !announced || !is_blank(rest.trim_start().trim_start_matches(':')) {
            continue;
        }
        // Below a label may stand its value; another label, a rule or a gap is none.
        let below = lines.peek().map_or("", |it| it.1);
        let parted = is_blank(below)
            || below.trim_end().ends_with(':')
            || all.iter().any(|it| starts_with(below.trim_start(), it).is_some());
        if parted {
            let start = start + line.chars().take_while(|letter| letter.is_whitespace()).count();
            return Some(Span { start, end: start + label.chars().count() });
        }
    }
    None
}

/// The label at the beginning of a line, and what stands behind it.
fn after<'l, 't>(line: &'t str, labels: &'l [String]) -> Option<(&'l str, &'t str)> {
    let line = line.trim_start();
    labels.iter().find_map(|label| {
        let rest = starts_with(line, label.trim_end_matches(':'))?;
        (!rest.starts_with(char::is_alphanumeric)).then_some((label.trim_end_matches(':'), rest))
    })
}

fn starts_with<'t>(text: &'t str, label: &str) -> Option<&'t str> {
    let mut letters = text.chars();
    let same =
        |wanted: char| letters.next().is_some_and(|it| it.to_lowercase().eq(wanted.to_lowercase()));
    let begins = !label.trim().is_empty() && label.chars().all(same);
    begins.then_some(letters.as_str())
}

/// Nothing, or what a form prints to be written on.
fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|letter| letter.is_whitespace() || matches!(letter, '_' | '.' | '…' | '-' | '|' | '–'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        let labels = ["Name".to_owned(), "Chip".to_owned()];
        let document = Document { text: text.into(), ..Document::default() };
        let span = label(&document, labels.get(1..).unwrap(), &["Name", "Chip"])?;
        Some(span.of(&document.text).to_owned())
    }

    #[test]
    fn a_label_with_nothing_beside_it_is_an_empty_field() {
        assert_eq!(found("Name: Bello\nChip:\n").as_deref(), Some("Chip"));
        assert_eq!(found("  Chip: ________\nName: Bello").as_deref(), Some("Chip"));
        assert_eq!(found("Chip\nName").as_deref(), Some("Chip"));
        assert_eq!(found("Chip: 4711"), None);
        assert_eq!(found("Chip:\n4711"), None);
        assert_eq!(found("Chipnummer:\n"), None);
        assert_eq!(found("Der Chip ist neu."), None);
    }
}

//! Marks in a text: where the values stand. Positions are characters; templates escape the text.

use std::collections::BTreeSet;

use crate::domain::Span;

/// A place in a text that proves a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web) struct Mark {
    /// Where.
    pub span: Span,
    /// Which field.
    pub field: String,
    /// The name of the place in the page's address.
    pub anchor: String,
    /// The field as people read it.
    pub label: String,
}

/// A piece of a text that is marked for the same fields from its first to its last character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::web) struct Segment {
    /// The text as it came from a stranger: never trusted, always escaped.
    pub text: String,
    /// The names of places that begin here.
    pub anchors: Vec<String>,
    /// The fields it proves, parted by spaces; `""` when it proves none.
    pub fields: String,
    /// The same as people read them.
    pub labels: String,
}

/// Cuts a range of a text where marks begin or end.
pub(in crate::web) fn segments(text: &str, range: Span, marks: &[Mark]) -> Vec<Segment> {
    let mut cuts = BTreeSet::from([range.start, range.end]);
    for mark in marks {
        let inside = |at: &usize| *at > range.start && *at < range.end;
        cuts.extend([mark.span.start, mark.span.end].into_iter().filter(inside));
    }
    let cuts: Vec<usize> = cuts.into_iter().collect();
    let mut letters = text.chars().skip(range.start);
    let mut found = Vec::new();
    for (start, end) in cuts.iter().zip(cuts.iter().skip(1)) {
        let piece: String = letters.by_ref().take(end - start).map(visible).collect();
        let here = marks.iter().filter(|it| it.span.start <= *start && it.span.end >= *end);
        let here: Vec<&Mark> = here.collect();
        let first = |mark: &&&Mark| mark.span.start.max(range.start) == *start;
        found.push(Segment {
            text: piece,
            anchors: here.iter().filter(first).map(|it| it.anchor.clone()).collect(),
            fields: joined(&here, " ", |it| &it.field),
            labels: joined(&here, ", ", |it| &it.label),
        });
    }
    found
}

/// A form feed parts pages, and people see a new line.
fn visible(letter: char) -> char {
    if letter == '\u{c}' { '\n' } else { letter }
}

fn joined(marks: &[&Mark], by: &str, part: impl Fn(&Mark) -> &String) -> String {
    let mut parts: Vec<&str> = marks.iter().map(|mark| part(mark).as_str()).collect();
    parts.dedup();
    parts.join(by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(start: usize, end: usize, field: &str) -> Mark {
        let (anchor, label) = (format!("e-{field}"), field.to_uppercase());
        Mark { span: Span { start, end }, field: field.to_owned(), anchor, label }
    }

    fn whole(text: &str, marks: &[Mark]) -> Vec<Segment> {
        segments(text, Span { start: 0, end: text.chars().count() }, marks)
    }

    #[test]
    fn marks_stand_right_beside_umlauts_and_emoji() {
        let parts = whole("für 🐕 Jürgen Müß", &[mark(6, 12, "name")]);
        let texts: Vec<&str> = parts.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["für 🐕 ", "Jürgen", " Müß"]);
        assert_eq!(parts[1].fields, "name");
        assert_eq!(parts[1].anchors, ["e-name"]);
    }

    #[test]
    fn overlapping_marks_are_cut_and_each_begins_once() {
        let parts = whole("abcdef", &[mark(0, 4, "a"), mark(2, 6, "b")]);
        let fields: Vec<&str> = parts.iter().map(|it| it.fields.as_str()).collect();
        assert_eq!(fields, ["a", "a b", "b"]);
        assert_eq!(parts[1].anchors, ["e-b"]);
        assert!(parts[2].anchors.is_empty());
    }

    #[test]
    fn a_mark_outside_of_the_text_changes_nothing() {
        let parts = whole("kurz", &[mark(40, 50, "a")]);
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].text, "kurz");
        assert!(whole("", &[mark(0, 3, "a")]).iter().all(|it| it.text.is_empty()));
    }
}

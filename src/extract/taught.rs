//! What approved forms teach about where values stand: the labels that people who write to the office use.
//!
//! A label is learned when it stood before the approved value in several items and hardly ever before another one.
//! From then on it counts as if the admin had written it into the workflow file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::config::Class;
use crate::domain::{Document, FieldName, Form, Parsed, Span};

/// In so many items a label must have stood before the value.
const FEWEST: usize = 3;
/// For each item in which it stood before something else, so many where it did not.
const TO_ONE: usize = 4;
/// Longer ones are sentences.
const MOST_CHARS: usize = 40;
const MOST_WORDS: usize = 5;
const FEWEST_LETTERS: usize = 3;
/// So many labels of one item are remembered.
const MOST: usize = 60;

/// The labels of one item, and which of them name an approved value. No other word of the item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    named: BTreeSet<(FieldName, String)>,
    seen: BTreeSet<String>,
}

/// A label that was learned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// In lower case.
    pub text: String,
    /// In how many items it stood before the approved value.
    pub items: usize,
}

/// The labels learned for the fields of one class.
pub type Labels = BTreeMap<FieldName, Vec<Label>>;

/// The labels of an item whose form a person approved.
pub fn traces(form: &Form, parsed: &Parsed) -> Traces {
    let mut traces = Traces::default();
    for document in &parsed.documents {
        traces.seen.extend(labels_of(document).take(MOST.saturating_sub(traces.seen.len())));
    }
    for (name, value) in form {
        for evidence in &value.evidence {
            let document = parsed.documents.get(evidence.document);
            let label = document.zip(evidence.span).and_then(|(it, span)| before(&it.text, span));
            traces.named.extend(label.map(|label| (name.clone(), label)));
        }
    }
    traces
}

/// The labels that the items of a class teach, beside those that its file names.
pub fn labels(class: &Class, items: &[&Traces]) -> Labels {
    let mut stood: BTreeMap<&(FieldName, String), usize> = BTreeMap::new();
    for traces in items {
        traces.named.iter().for_each(|named| *stood.entry(named).or_default() += 1);
    }
    let mut labels = Labels::new();
    for (named, items_with) in stood.into_iter().filter(|(_, count)| *count >= FEWEST) {
        let (name, text) = named;
        let Some(field) = class.fields.get(name) else { continue };
        let elsewhere = items
            .iter()
            .filter(|traces| traces.seen.contains(text) && !traces.named.contains(named))
            .count();
        let known = field.labels.iter().any(|label| plain(label) == *text);
        if !known && elsewhere * TO_ONE <= items_with {
            let label = Label { text: text.clone(), items: items_with };
            labels.entry(name.clone()).or_default().push(label);
        }
    }
    labels
}

/// The class as if the admin had written the learned labels too, after his own.
pub fn with_labels(class: &Class, labels: &Labels) -> Class {
    let mut class = class.clone();
    for (name, learned) in labels {
        if let Some(field) = class.fields.get_mut(name) {
            field.labels.extend(learned.iter().map(|label| label.text.clone()));
        }
    }
    class
}

/// Everything in a document that looks like a label.
fn labels_of(document: &Document) -> impl Iterator<Item = String> {
    document.text.lines().flat_map(|line| {
        let cells = line.split(['\t', '|']).flat_map(|it| it.split("   "));
        cells.filter_map(|cell| {
            let cell = cell.trim();
            label(cell.split_once(':').map_or(cell, |(label, _)| label))
        })
    })
}

/// The label right before a value: on its line, set off by a colon or a gap, or alone on the line above.
fn before(text: &str, span: Span) -> Option<String> {
    let head = Span { start: 0, end: span.start }.of(text);
    let (above, line) = head.rsplit_once('\n').unwrap_or(("", head));
    if line.trim().is_empty() {
        let last = above.trim_end().rsplit('\n').next()?.trim();
        return label(last.strip_suffix(':')?);
    }
    let end = line.trim_end();
    let gap = line.chars().count() - end.chars().count();
    let set_off = end.ends_with([':', '|']) || gap >= 2 || line.ends_with('\t');
    let cell = end.trim_end_matches(['|', ' ']).rsplit(['\t', '|']).next()?.rsplit("   ").next()?;
    set_off.then(|| label(cell.trim().trim_end_matches(':'))).flatten()
}

/// The text as a label is remembered, if it looks like one.
fn label(text: &str) -> Option<String> {
    let text = plain(text);
    let letters = text.chars().filter(|it| it.is_alphabetic()).count();
    let fine = letters >= FEWEST_LETTERS
        && text.chars().count() <= MOST_CHARS
        && text.split(' ').count() <= MOST_WORDS
        && !text.contains(|letter: char| letter.is_numeric() || letter == '@');
    fine.then_some(text)
}

fn plain(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ").trim_end_matches([':', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Evidence, FieldValue};

    /// An item and its form; each value with its proof where it stands first.
    fn item(text: &str, values: &[(&str, &str)]) -> Traces {
        let document = Document { text: text.to_owned(), ..Document::default() };
        let form = values.iter().map(|(name, value)| {
            let start = text.split(value).next().unwrap().chars().count();
            let span = Span { start, end: start + value.chars().count() };
            let evidence = vec![Evidence::in_text(0, &document, span)];
            (FieldName((*name).to_owned()), FieldValue { evidence, ..FieldValue::default() })
        });
        let form = form.collect();
        traces(&form, &Parsed { documents: vec![document], ..Parsed::default() })
    }

    fn class() -> Class {
        toml::from_str(
            r#"title = "Antrag"
            description = "Jemand beantragt etwas."
            approval = [{ queue = "amt" }]
            field.zeichen = { type = "text", labels = ["Kassenzeichen"] }
            field.datum = { type = "date" }"#,
        )
        .unwrap()
    }

    fn learned(items: &[Traces]) -> Vec<(String, String)> {
        let labels = labels(&class(), &items.iter().collect::<Vec<_>>());
        let flat = labels
            .iter()
            .flat_map(|(name, all)| all.iter().map(|it| (name.0.clone(), it.text.clone())));
        flat.collect()
    }

    #[test]
    fn a_label_before_three_approved_values_is_learned() {
        let one = |value: &str| {
            item(&format!("Guten Tag\nUnser Zeichen:  {value}\nGruß"), &[("zeichen", value)])
        };
        let items = [one("A-1"), one("B-2"), one("C-3")];
        assert_eq!(learned(&items), [("zeichen".to_owned(), "unser zeichen".to_owned())]);
        assert_eq!(learned(&items[..2]), []);
        let labels = labels(&class(), &items.iter().collect::<Vec<_>>());
        let with = with_labels(&class(), &labels);
        assert_eq!(
            with.fields[&FieldName("zeichen".into())].labels,
            ["Kassenzeichen", "unser zeichen"]
        );
    }

    #[test]
    fn what_stands_before_other_things_too_is_not() {
        let right = |value: &str| item(&format!("Nr.   {value}"), &[("zeichen", value)]);
        let other = item("Nr.   77\nZeichen: X-9", &[("zeichen", "X-9")]);
        let mixed = [right("A-1"), right("B-2"), right("C-3"), other];
        assert!(learned(&mixed).is_empty(), "two letters are no label");
        let right = |value: &str| item(&format!("Vorgang\t{value}"), &[("zeichen", value)]);
        let other = item("Vorgang\t77\nAkte: X-9", &[("zeichen", "X-9")]);
        assert!(!learned(&[right("A-1"), right("B-2"), right("C-3")]).is_empty());
        assert!(learned(&[right("A-1"), right("B-2"), right("C-3"), other]).is_empty());
    }

    #[test]
    fn sentences_numbers_and_known_labels_are_none() {
        let sentence =
            |value: &str| item(&format!("ich beziehe mich auf {value}"), &[("zeichen", value)]);
        assert!(learned(&[sentence("A-1"), sentence("B-2"), sentence("C-3")]).is_empty());
        let numbered = |value: &str| item(&format!("Feld 17: {value}"), &[("zeichen", value)]);
        assert!(learned(&[numbered("A-1"), numbered("B-2"), numbered("C-3")]).is_empty());
        let known = |value: &str| item(&format!("KASSENZEICHEN: {value}"), &[("zeichen", value)]);
        assert!(learned(&[known("A-1"), known("B-2"), known("C-3")]).is_empty());
        let above = |value: &str| item(&format!("Tag der Geburt:\n  {value}"), &[("datum", value)]);
        assert_eq!(learned(&[above("1.2.2001"), above("3.4.1999"), above("5.6.1980")]).len(), 1);
    }
}

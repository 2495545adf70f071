//! Titles, and why an item is where it is.

use crate::classify::{By, Classification, Matter};
use crate::config::{Class, Office};
use crate::domain::{ClassRef, FieldName};
use crate::web::words::Words;

/// Letters of a passage that are shown beside its class.
const MOST_QUOTED: usize = 160;

/// A class as people read it; its name when the workflow does not have it any more.
pub(in crate::web) fn class_title(office: &Office, name: &ClassRef) -> String {
    match office.class(name) {
        Some((workflow, class)) => format!("{} – {}", workflow.title, class.title),
        None => name.to_string(),
    }
}

/// A field as people read it.
pub(super) fn field_label(class: Option<&Class>, field: &FieldName) -> String {
    let settings = class.and_then(|class| class.fields.get(field));
    match settings.and_then(|it| it.title.clone()) {
        Some(title) => title,
        None => begun_with_a_capital(&field.0.replace('_', " ")),
    }
}

pub(super) fn begun_with_a_capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// Why the item is here, in one or two sentences.
pub(in crate::web) fn why_here(
    words: &Words,
    office: &Office,
    classification: Option<&Classification>,
) -> String {
    let Some(it) = classification else { return words.t("why-not-classified") };
    let title = |class: &Option<ClassRef>| match class {
        Some(class) => class_title(office, class),
        None => words.t("why-none-of-these"),
    };
    let share = format!("{} ({})", words.confidence(it.confidence), words.percent(it.confidence));
    let by = words.t(match it.by {
        By::Signal => "by-signal",
        By::Automatic => "by-automatic",
        By::Fact => "by-fact",
        By::Model => "by-model",
        By::Learned if it.learned == 0 => "by-told",
        By::Learned => "by-learned",
        By::Person => "by-person",
        By::Nobody => "by-nobody",
    });
    let (class, by) = (title(&it.class), by.as_str());
    let mut text = match it.class {
        Some(_) => words
            .fill("why-class", &[("class", class.as_str()), ("by", by), ("sure", share.as_str())]),
        None if !it.matters.is_empty() => words.t("why-several-matters"),
        None if it.by == By::Nobody => words.t("why-nobody"),
        None => words.t("why-no-class"),
    };
    let others =
        it.alternatives.iter().filter(|(class, share)| *class != it.class && *share >= 0.01);
    let others: Vec<String> = others
        .take(3)
        .map(|(class, share)| format!("{} ({})", title(class), words.percent(*share)))
        .collect();
    if !others.is_empty() {
        text.push(' ');
        text.push_str(&words.with("why-others", "others", &others.join(", ")));
    }
    text
}

/// One of several matters of an item.
pub(in crate::web) struct MatterRow {
    /// The name of its class.
    pub class: String,
    /// The class as people read it.
    pub title: String,
    /// The passage that speaks for it.
    pub quote: String,
    /// Whether the draft is about it.
    pub present: bool,
}

/// The matters of an item that has several; empty for one.
pub(in crate::web) fn matters(
    office: &Office,
    classification: Option<&Classification>,
) -> Vec<MatterRow> {
    let Some(it) = classification else { return Vec::new() };
    let row = |matter: &Matter| {
        let words: Vec<&str> = matter.evidence.quote.split_whitespace().collect();
        let whole = words.join(" ");
        let mut quote: String = whole.chars().take(MOST_QUOTED).collect();
        if quote.len() < whole.len() {
            quote.push('…');
        }
        MatterRow {
            class: matter.class.to_string(),
            title: class_title(office, &matter.class),
            quote,
            present: it.class.as_ref() == Some(&matter.class),
        }
    };
    // A class that a newer workflow does not have cannot be chosen.
    it.matters.iter().filter(|it| office.class(&it.class).is_some()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_without_a_title_is_shown_by_its_name() {
        assert_eq!(field_label(None, &"anzahl_hunde".into()), "Anzahl hunde");
        assert_eq!(field_label(None, &"änderung".into()), "Änderung");
    }
}

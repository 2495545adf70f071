//! What ties two items together: a reply and the report about it.

use crate::engine::ItemView;
use crate::store::records::Entry;
use crate::web::words::Words;

/// The way to another item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web) struct Relation {
    /// What it is, in a sentence.
    pub text: String,
    /// Where it is.
    pub href: String,
    /// The words of the link.
    pub label: String,
}

/// What a person reads over a delivery that waits for them.
pub(in crate::web) struct DeliverTexts {
    /// What is the matter.
    pub lead: String,
    /// The button to send it again.
    pub again: String,
    /// The button to leave it.
    pub counts: String,
}

impl Relation {
    /// The other item that an entry names.
    pub(in crate::web) fn of(words: &Words, entry: &Entry) -> Option<Self> {
        let (member, label) = match entry.kind.as_str() {
            "attached" => ("cause", "to-cause"),
            "noted" | "returned" => ("report", "to-report"),
            _ => return None,
        };
        let other = entry.body.get(member)?.as_str()?;
        let text = told(words, entry).unwrap_or_default();
        Some(Self { text, href: format!("/items/{other}"), label: words.or(label, label) })
    }
}

/// The relation of an item that is about another one.
pub(in crate::web) fn relation(words: &Words, view: &ItemView) -> Option<Relation> {
    let last = view.history.last().filter(|entry| entry.kind == "attached")?;
    Relation::of(words, last)
}

/// What a report tells, in a sentence.
pub(super) fn told(words: &Words, entry: &Entry) -> Option<String> {
    let is_report = matches!(entry.kind.as_str(), "attached" | "noted" | "returned");
    let what = entry.body.get("what").filter(|_| is_report)?.as_str()?;
    Some(words.or(&format!("told-{}", what.replace('_', "-")), what))
}

impl DeliverTexts {
    /// By the reason for which the delivery waits.
    pub(in crate::web) fn of(words: &Words, view: &ItemView) -> Self {
        let code = view.item.held.as_ref().map_or("", |held| held.code.as_str());
        let lead = words.or(&format!("deliver-lead-{code}"), &words.t("deliver-lead"));
        let (again, counts) = match code {
            "H0108" | "H0105" => ("deliver-again", "deliver-settled"),
            "H0109" => ("deliver-again", "deliver-not"),
            "H0111" => ("deliver-release", "deliver-not"),
            _ => ("deliver-again", "deliver-counts"),
        };
        Self { lead, again: words.or(again, again), counts: words.or(counts, counts) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_report_and_its_item_lead_to_each_other() {
        let words = Words::new("de", "Europe/Berlin");
        let entry = |kind: &str, member: &str| Entry {
            kind: kind.to_owned(),
            body: serde_json::json!({ member: "item-2", "what": "auto_reply", "status": null }),
            ..samples::item().history[0].clone()
        };
        let noted = Relation::of(&words, &entry("noted", "report")).unwrap();
        assert_eq!((noted.href.as_str(), noted.label.as_str()), ("/items/item-2", "Zur Nachricht"));
        assert!(noted.text.contains("Abwesenheitsnotiz"), "{}", noted.text);
        let attached = Relation::of(&words, &entry("attached", "cause")).unwrap();
        assert_eq!(attached.label, "Zum Vorgang, um den es geht");
        assert_eq!(Relation::of(&words, &entry("delivered", "to")), None);
    }
}

//! The journal in words, and what the persons before changed.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::relation::Relation;
use super::summary::{class_title, field_label};
use crate::classify::Classification;
use crate::config::{Class, Office};
use crate::domain::Parsed;
use crate::draft::Draft;
use crate::llm::Trace;
use crate::review::{Decision, Verdict};
use crate::store::records::Entry;
use crate::web::words::Words;

/// One entry of the journal.
pub(in crate::web) struct StoryRow {
    /// What happened.
    pub title: String,
    /// When.
    pub at: String,
    /// A part of the program, or the person.
    pub by: String,
    /// What exactly.
    pub lines: Vec<String>,
    /// The other item it is about.
    pub relation: Option<Relation>,
    /// Answers of a model.
    pub traces: Vec<Trace>,
}

/// One change of a person.
pub(in crate::web) struct ChangeRow {
    /// Who and when.
    pub who: String,
    /// What, as people read it.
    pub field: String,
    /// The value before.
    pub old: String,
    /// The value after.
    pub new: String,
}

/// Reads a part of an entry: the whole body or one of its members.
fn part<T: DeserializeOwned>(body: &Value) -> Option<T> {
    let whole = T::deserialize(body).ok();
    whole.or_else(|| body.as_object()?.values().find_map(|it| T::deserialize(it).ok()))
}

/// The verdict an entry holds, if a person made one.
fn verdict(entry: &Entry) -> Option<Verdict> {
    let decision = part::<Decision>(&entry.body).map(|it| it.verdict);
    decision.or_else(|| part::<Verdict>(&entry.body))
}

/// The journal in words, oldest first.
pub(in crate::web) fn story(words: &Words, office: &Office, history: &[Entry]) -> Vec<StoryRow> {
    let row = |entry: &Entry| StoryRow {
        title: words.or(&format!("journal-{}", entry.kind.replace('_', "-")), &entry.kind),
        at: words.moment(entry.at),
        by: match entry.by.as_str() {
            "vorlage" | "intake" | "desk" => words.t("by-program"),
            person => person.to_owned(),
        },
        lines: lines(words, office, entry),
        relation: Relation::of(words, entry),
        traces: Trace::all_in(&entry.body),
    };
    history.iter().map(row).collect()
}

fn lines(words: &Words, office: &Office, entry: &Entry) -> Vec<String> {
    if let Some(verdict) = verdict(entry) {
        return verdict_lines(words, office, &verdict);
    }
    if let Some(draft) = part::<Draft>(&entry.body) {
        let (fields, findings) = (draft.form.len().to_string(), draft.findings.len().to_string());
        let args = [
            ("class", draft.title.as_str()),
            ("fields", fields.as_str()),
            ("findings", findings.as_str()),
        ];
        return vec![words.fill("journal-draft-line", &args)];
    }
    if let Some(it) = part::<Classification>(&entry.body) {
        return vec![super::why_here(words, office, Some(&it))];
    }
    if let Some(parsed) = part::<Parsed>(&entry.body).filter(|it| !it.documents.is_empty()) {
        let problems = parsed.all_problems();
        let problems = problems.map(|it| format!("{} ({})", words.code(&it.code), it.code));
        let count = words.with("journal-parsed-line", "count", &parsed.documents.len().to_string());
        return std::iter::once(count).chain(problems).collect();
    }
    let told = super::relation::told(words, entry);
    told.into_iter().chain(scalars(words, &entry.body)).collect()
}

fn verdict_lines(words: &Words, office: &Office, verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Approve => vec![words.t("verdict-approve")],
        Verdict::Reject { reason } => vec![words.with("verdict-reject", "reason", reason)],
        Verdict::Forward { queue, reason } => {
            vec![words.fill(
                "verdict-forward",
                &[("queue", queue.0.as_str()), ("reason", reason.as_str())],
            )]
        }
        Verdict::Reclassify { class } => {
            vec![words.with("verdict-reclassify", "class", &class_title(office, class))]
        }
        Verdict::Correct { values, confirmed, reply } => {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| words.t("absent"));
            let mut lines: Vec<String> = values
                .iter()
                .map(|(name, new)| {
                    words.fill(
                        "verdict-correct",
                        &[("field", name.0.as_str()), ("value", value(new).as_str())],
                    )
                })
                .collect();
            lines.extend(confirmed.iter().map(|it| words.with("verdict-confirm", "field", &it.0)));
            lines.extend(reply.iter().map(|_| words.t("verdict-reply")));
            lines
        }
        Verdict::WithoutModel => vec![words.t("verdict-without-model")],
        Verdict::Deliver { again: true } => vec![words.t("verdict-deliver-again")],
        Verdict::Deliver { again: false } => vec![words.t("verdict-deliver-counts")],
    }
}

/// The short members of a body of another shape.
fn scalars(words: &Words, body: &Value) -> Vec<String> {
    let Some(members) = body.as_object() else {
        return body.as_str().map(str::to_owned).into_iter().collect();
    };
    let line = |(name, value): (&String, &Value)| {
        let text = match value {
            // Told in words and as a link already.
            _ if matches!(name.as_str(), "cause" | "report" | "what") => return None,
            Value::String(text) if !text.is_empty() && text.chars().count() <= 200 => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(format!("{}: {text}", words.or(&format!("member-{name}"), name)))
    };
    members.iter().filter_map(line).take(8).collect()
}

/// Whether the reply that is shown was written by a person: the last correction had one.
pub(in crate::web) fn reply_of_a_person(history: &[Entry]) -> bool {
    let last = history.iter().rev().find_map(|entry| match verdict(entry)? {
        Verdict::Correct { reply, .. } => Some(reply.is_some()),
        Verdict::Reclassify { .. } => Some(false),
        _ => None,
    });
    last.unwrap_or(false)
}

/// What persons changed since the item got its class, oldest first: the second pair of eyes reads only this.
pub(in crate::web) fn changes(
    words: &Words,
    class: Option<&Class>,
    history: &[Entry],
) -> Vec<ChangeRow> {
    let mut rows = Vec::new();
    let mut draft: Option<Draft> = None;
    for entry in history {
        match verdict(entry) {
            Some(Verdict::Correct { values, reply, .. }) => {
                let who = format!("{}, {}", entry.by, words.moment(entry.at));
                for (name, new) in &values {
                    let old = draft.as_ref().and_then(|it| it.form.get(name)?.value.clone());
                    rows.push(ChangeRow {
                        who: who.clone(),
                        field: field_label(class, name),
                        old: old.unwrap_or_else(|| "–".to_owned()),
                        new: new.clone().unwrap_or_else(|| words.t("absent")),
                    });
                }
                if reply.is_some() {
                    let (field, new) = (words.t("reply"), words.t("verdict-reply"));
                    rows.push(ChangeRow { who, field, old: String::new(), new });
                }
            }
            Some(Verdict::Reclassify { .. }) => rows.clear(),
            _ => {}
        }
        draft = part::<Draft>(&entry.body).or(draft);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_second_person_sees_what_the_first_changed() {
        let view = samples::second_step();
        let rows = changes(&Words::new("de", "Europe/Berlin"), None, &view.history);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].old.as_str(), rows[0].new.as_str()), ("–", "276098102345678"));
        assert!(rows[0].who.starts_with("anna, "));
    }

    #[test]
    fn the_answers_of_the_model_are_found_wherever_they_stand() {
        let view = samples::item();
        let rows = story(&Words::new("de", "Europe/Berlin"), &samples::office(), &view.history);
        let raw: Vec<&str> =
            rows.iter().flat_map(|it| &it.traces).map(|it| it.raw.as_str()).collect();
        assert_eq!(raw, ["A"]);
    }
}

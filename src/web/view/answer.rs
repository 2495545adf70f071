//! What a person changed, told from what the form sent and what it showed.

use std::collections::BTreeMap;

use super::fields::lines;
use super::rows;
use super::story::reply_of_a_person;
use crate::config::{Class, Field};
use crate::domain::{FieldName, FieldValue, Method};
use crate::draft::{Draft, Reply};
use crate::engine::ItemView;
use crate::web::answers::Answers;
use crate::web::words::Words;

/// What a person changed in a draft.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::web) struct Corrections {
    /// New values; `None` for "not in the document".
    pub values: BTreeMap<FieldName, Option<String>>,
    /// Every field the person has confirmed, now or before.
    pub confirmed: Vec<FieldName>,
    /// Whether some of them are new.
    pub newly_confirmed: bool,
    /// The reply to keep; `None` for the template's.
    pub reply: Option<Reply>,
    /// Whether the reply is another than the one shown.
    pub reply_changed: bool,
}

impl Corrections {
    /// Whether anything was changed that the person has not seen as it will be.
    pub(in crate::web) fn changes_the_draft(&self) -> bool {
        !self.values.is_empty() || self.reply_changed
    }

    /// Whether nothing was changed at all.
    pub(in crate::web) fn are_none(&self) -> bool {
        !self.changes_the_draft() && !self.newly_confirmed
    }
}

/// What the person changed. The version in the form vouches that it showed this very draft.
pub(in crate::web) fn corrections(
    words: &Words,
    view: &ItemView,
    class: Option<&Class>,
    answers: &Answers,
) -> Corrections {
    let Some(draft) = &view.draft else { return Corrections::default() };
    let mut found = Corrections::default();
    let tables = class.map(Class::rows).unwrap_or_default();
    for (name, value) in &draft.form {
        let field = class.and_then(|class| class.fields.get(name));
        let columns = field.and_then(|it| tables.get(it.rows.as_deref()?));
        let new = match (field, columns) {
            (Some(field), Some(columns)) if !answers.ticked(&format!("n.{name}")) => {
                rows::changed(words, (name, field), columns, value, answers)
            }
            _ => changed(words, field, (name, value), answers),
        };
        if let Some(new) = new {
            found.values.insert(name.clone(), new);
        }
        let must = field.is_some_and(|it| it.must_confirm) || draft.unconfirmed.contains(name);
        if must && answers.ticked(&format!("c.{name}")) {
            found.newly_confirmed |= draft.unconfirmed.contains(name);
            found.confirmed.push(name.clone());
        }
    }
    reply(draft, view, answers, &mut found);
    found
}

/// Whether two drafts differ in nothing but what is still to be confirmed.
pub(in crate::web) fn same_but_confirmed(before: &Draft, after: &Draft) -> bool {
    let values = |draft: &Draft| -> Vec<(FieldName, Option<String>)> {
        draft.form.iter().map(|(name, value)| (name.clone(), value.lines())).collect()
    };
    before.class == after.class
        && values(before) == values(after)
        && before.reply == after.reply
        && before.letter.is_some() == after.letter.is_some()
        && before.steps == after.steps
        && before.deliveries == after.deliveries
}

/// `None`: unchanged. `Some(None)`: not in the document.
fn changed(
    words: &Words,
    field: Option<&Field>,
    (name, value): (&FieldName, &FieldValue),
    answers: &Answers,
) -> Option<Option<String>> {
    if answers.ticked(&format!("n.{name}")) {
        let known = value.value.is_none() && value.method == Method::Person;
        return (!known).then_some(None);
    }
    let chosen = answers.text(&format!("a.{name}")).parse::<usize>().ok();
    if let Some(candidate) = chosen.and_then(|nth| value.alternatives.get(nth)) {
        let several = field.is_some_and(|it| it.several);
        let known = value.lines().filter(|_| several).map(|lines| lines + "\n");
        let new = Some(known.unwrap_or_default() + &candidate.value);
        return (new != value.value).then_some(new);
    }
    let typed = unix_lines(answers.get(&format!("v.{name}"))?);
    let typed = typed.trim();
    let present = lines(words, field, value);
    if typed == present.trim() {
        return None;
    }
    let each = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let new = match field {
        Some(field) if field.several => {
            each.map(|line| normal(Some(field), line)).collect::<Vec<_>>().join("\n")
        }
        _ => normal(field, typed),
    };
    Some((!typed.is_empty()).then_some(new))
}

/// The normal form of a value, or the text itself: then the draft made from it says what is wrong.
pub(super) fn normal(field: Option<&Field>, typed: &str) -> String {
    let normalised = field.and_then(|field| {
        let kind = field.kind.find()?;
        (kind.normalise)(typed, &field.asked()).ok()
    });
    normalised.unwrap_or_else(|| typed.to_owned())
}

fn reply(draft: &Draft, view: &ItemView, answers: &Answers, found: &mut Corrections) {
    let Some(shown) = &draft.reply else { return };
    let by_a_person = reply_of_a_person(&view.history);
    if answers.ticked("reply.template") {
        found.reply_changed = by_a_person;
        return;
    }
    let (Some(subject), Some(text)) = (answers.get("reply.subject"), answers.get("reply.text"))
    else {
        return;
    };
    let typed = unix_lines(text);
    let same = subject.trim() == shown.subject.trim() && typed.trim_end() == shown.text.trim_end();
    found.reply_changed = !same;
    if !same || by_a_person {
        // Whom it goes to is no field of the form: it stays what the mail's header says.
        let to = shown.to.clone();
        found.reply = Some(Reply { to, subject: subject.trim().to_owned(), text: typed });
    }
}

/// Browsers send line breaks as CR LF.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> Corrections {
        let answers = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let words = Words::new("de", "Europe/Berlin");
        corrections(&words, &samples::item(), None, &Answers(answers.collect()))
    }

    #[test]
    fn a_form_sent_as_it_was_shown_changes_nothing() {
        let reply = samples::item().draft.unwrap().reply.unwrap();
        let text = reply.text.replace('\n', "\r\n");
        let sent = sent(&[
            ("v.halter", "Müller, Jana"),
            ("v.chip", ""),
            ("reply.subject", &reply.subject),
            ("reply.text", &text),
        ]);
        assert!(sent.are_none(), "{sent:?}");
    }

    #[test]
    fn a_typed_value_a_chosen_one_and_an_absent_one_are_corrections() {
        let sent = sent(&[("v.halter", "Meier, Ada"), ("a.chip", "1"), ("n.rasse", "on")]);
        assert_eq!(sent.values.get("halter"), Some(&Some("Meier, Ada".to_owned())));
        assert_eq!(sent.values.get("chip"), Some(&Some("276098102345679".to_owned())));
        assert_eq!(sent.values.get("rasse"), Some(&None));
        assert!(sent.changes_the_draft());
    }

    #[test]
    fn a_confirmation_alone_does_not_change_the_draft() {
        let sent = sent(&[("v.halter", "Müller, Jana"), ("c.halter", "on")]);
        assert!(!sent.changes_the_draft() && sent.newly_confirmed);
        assert_eq!(sent.confirmed, ["halter".into()]);
    }

    #[test]
    fn nobody_changes_whom_a_reply_goes_to() {
        let sent = sent(&[
            ("reply.to", "evil@example.org"),
            ("reply.subject", "Neu"),
            ("reply.text", "Neu"),
        ]);
        assert_eq!(sent.reply.unwrap().to, "jana.mueller@example.org");
    }
}

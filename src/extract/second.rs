//! The second look at fields that matter: asked once more with another question, or of another model. Agreement makes
//! a value surer; of two answers both are kept, and the doubt is shown.

use crate::config::{Class, CrossCheck, Field};
use crate::domain::{Candidate, ConnectorName, FieldName, FieldValue, Form, Method, Parsed, bare};
use crate::fields::{FieldType, Search};
use crate::llm::{self, Answers, Blank, FilledBlank, LanguageModel, Prompt};
use crate::locale;

use super::ask::{beside, continued};
use super::{Asking, Before, Extraction, answer, passages};

/// The second answer is a passage of at most so many words, unless its type has longer ones: a value with the words
/// around it, because nothing is offered to choose from.
const WORDS: usize = 12;
/// Two looks with different answers leave so much of the confidence: below what counts as sure.
const DISAGREED: f32 = 0.5;
/// What only the first look saw keeps so much of it.
const UNSEEN: f32 = 0.7;

/// Whether a value waits for a second look.
pub(super) fn is_asked(class: &Class, form: &Form) -> bool {
    class.fields.iter().any(|(name, field)| who(name, field, form).is_some())
}

/// Who takes the second look at a field: `None` for one that has none, or whose value comes from no reading.
fn who<'a>(name: &FieldName, field: &'a Field, form: &Form) -> Option<&'a CrossCheck> {
    let check = field.cross_check.as_ref().filter(|it| **it != CrossCheck::No)?;
    if field.is_column() {
        return None;
    }
    let value = form.get(name)?;
    let read = matches!(value.method, Method::Recognised | Method::Chosen | Method::Copied);
    (read && value.value.is_some()).then_some(check)
}

/// Takes the second look at all fields that ask for one, in one question for each model.
pub(super) async fn look(
    model: &dyn LanguageModel,
    class: &Class,
    parsed: &Parsed,
    before: &Before<'_>,
    extraction: &mut Extraction,
) -> Result<(), llm::Error> {
    let mut checkers: Vec<Option<&ConnectorName>> = Vec::new();
    for (name, field) in &class.fields {
        let by = match who(name, field, &extraction.form) {
            Some(CrossCheck::By(other)) => Some(other),
            Some(_) => None,
            None => continue,
        };
        if !checkers.contains(&by) {
            checkers.push(by);
        }
    }
    for by in checkers {
        let reader = match by {
            None => model,
            Some(other) => named(other, before)?,
        };
        let asks = |check: &CrossCheck| match check {
            CrossCheck::By(other) => by == Some(other),
            _ => by.is_none(),
        };
        let fields: Vec<(&FieldName, &Field)> = class
            .fields
            .iter()
            .filter(|(name, field)| who(name, field, &extraction.form).is_some_and(asks))
            .collect();
        ask(reader, class, &fields, parsed, before, extraction).await?;
    }
    Ok(())
}

fn named<'a>(
    name: &ConnectorName,
    before: &Before<'a>,
) -> Result<&'a dyn LanguageModel, llm::Error> {
    let found = before.others.iter().find(|(other, _)| *other == name).map(|(_, model)| *model);
    let why = || "it is not open, or the policy does not let it see this class of data".to_owned();
    found.ok_or_else(|| llm::Error::Missing { model: name.0.clone(), why: why() })
}

async fn ask(
    model: &dyn LanguageModel,
    class: &Class,
    fields: &[(&FieldName, &Field)],
    parsed: &Parsed,
    before: &Before<'_>,
    extraction: &mut Extraction,
) -> Result<(), llm::Error> {
    let known = fields.iter().filter_map(|(name, field)| Some((*name, *field, field.kind.find()?)));
    let known: Vec<(&FieldName, &Field, &FieldType)> = known.collect();
    let asking: Vec<(FieldName, Asking)> = known
        .iter()
        .map(|(name, _, kind)| ((*name).clone(), Asking::Passage(words(kind))))
        .collect();
    let shown = passages::show(class, &asking, parsed, before.language);
    let blanks: Vec<Blank> = known
        .iter()
        .map(|(name, _, kind)| Blank { name: again(name), answers: Answers::Passage(words(kind)) })
        .collect();
    let prompt = question(before, &known, &shown.passages);
    let filled = model.fill(&prompt, &blanks, &shown.readable).await?;
    for ((name, field, kind), answer) in known.iter().zip(&filled.values) {
        let seen = second(field, kind, parsed, answer);
        if let Some(first) = extraction.form.get_mut(*name) {
            compare(first, seen, answer.share);
        }
    }
    extraction.second.push(filled.trace);
    Ok(())
}

/// Another question than the first: the description comes first, and nothing is offered.
fn question(
    before: &Before<'_>,
    fields: &[(&FieldName, &Field, &FieldType)],
    passages: &str,
) -> Prompt {
    let told = locale::text(before.language, "prompt-again", &[]);
    let mut question = format!("{}{told}", beside(passages, before.language));
    for (name, field, _) in fields {
        let title = field.title.as_deref().unwrap_or(name.0.as_str());
        let about = field.description.trim();
        let about = if about.is_empty() { title } else { about };
        question.push_str(&format!("\n- {about} → {}", again(name)));
    }
    continued(before, question)
}

/// The name of the second blank: a model that sees the first one again repeats its answer.
fn again(name: &FieldName) -> String {
    format!("{name}_again")
}

fn words(kind: &FieldType) -> usize {
    match kind.search {
        Search::Passage { words } | Search::Both(_, words) => words.max(WORDS),
        Search::Recogniser(_) | Search::Options => WORDS,
    }
}

/// The values the second answer holds: what its recogniser finds in the passage, else the passage itself.
fn second(
    field: &Field,
    kind: &FieldType,
    parsed: &Parsed,
    answer: &FilledBlank,
) -> Vec<Candidate> {
    let Some(copied) = answer::passage(field, kind, parsed, answer) else { return Vec::new() };
    let candidate = |value: String| Candidate {
        value,
        raw: copied.raw.clone(),
        evidence: copied.evidence.clone(),
        method: Method::Copied,
    };
    if let Search::Recogniser(find) | Search::Both(find, _) = kind.search {
        let hits = find(&copied.raw, &field.asked());
        if !hits.is_empty() {
            return hits.into_iter().map(|hit| candidate(hit.value)).collect();
        }
    }
    let valid = (kind.normalise)(&copied.raw, &field.asked()).is_ok();
    copied.value.clone().filter(|_| valid).map(candidate).into_iter().collect()
}

/// What two looks amount to.
fn compare(first: &mut FieldValue, seen: Vec<Candidate>, share: f32) {
    let same = |it: &Candidate| first.values().any(|value| is_same(value, &it.value));
    if seen.iter().any(same) {
        first.confidence += (1.0 - first.confidence) * share.clamp(0.0, 1.0) / 2.0;
        return;
    }
    if seen.is_empty() {
        first.confidence *= UNSEEN;
        return;
    }
    first.confidence *= DISAGREED;
    first.alternatives.retain(|it| seen.iter().all(|new| new.value != it.value));
    let others = std::mem::take(&mut first.alternatives);
    first.alternatives = seen.into_iter().chain(others).take(9).collect();
}

/// The same value, or one within the other: the second look copies a passage with the words around it.
fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (bare(one), bare(other));
    !one.is_empty() && !other.is_empty() && (one.contains(&other) || other.contains(&one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value() -> FieldValue {
        let value = Some("2026-03-12".to_owned());
        FieldValue { value, method: Method::Chosen, confidence: 0.8, ..FieldValue::default() }
    }

    fn seen(value: &str) -> Vec<Candidate> {
        vec![Candidate { value: value.into(), ..Candidate::default() }]
    }

    #[test]
    fn agreement_makes_surer_and_disagreement_keeps_both() {
        let mut agreed = value();
        compare(&mut agreed, seen("2026-03-12"), 0.9);
        assert!(agreed.confidence > 0.85 && agreed.alternatives.is_empty());
        let mut other = value();
        compare(&mut other, seen("2026-04-01"), 0.9);
        assert_eq!(other.value.as_deref(), Some("2026-03-12"));
        assert_eq!(other.alternatives[0].value, "2026-04-01");
        assert!(other.confidence < 0.6, "a person has to look");
        let mut alone = value();
        compare(&mut alone, Vec::new(), 0.9);
        assert!(alone.confidence < 0.6 && alone.alternatives.is_empty());
    }
}

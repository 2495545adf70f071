//! Finds the values a class asks for, each with the place it was found.
//!
//! Trust order: structured XML, PDF form field, payment code, recogniser (one clear place), model choosing among
//! recognised places, model copying a passage. Whatever the model answers is looked up in the source
//! again; what does not stand there is not a value.

use serde::{Deserialize, Serialize};

use crate::config::Class;
use crate::domain::{ConnectorName, FieldName, FieldValue, Form, Parsed};
use crate::llm::{self, LanguageModel, Prompt, Trace};

mod answer;
mod ask;
mod baseline;
mod beside;
mod captioned;
mod column;
mod empty;
mod headings;
mod label;
mod party;
mod passages;
mod places;
mod rows;
mod second;
mod settle;
mod sheet;
mod slant;
mod stacked;
mod sums;
mod taught;
mod totals;

pub use baseline::first_of_type;

use ask::Asking;
use places::Seen;
use settle::Settled;

pub use taught::{Label, Labels, Traces, labels, traces, with_labels};

/// The values of an item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// Every field of the class, found or not.
    pub form: Form,
    /// The model's answer, if one was asked.
    pub trace: Option<Trace>,
    /// The model was not asked although the class has fields for it.
    pub without_model: bool,
    /// The answers of the second look, if fields ask for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub second: Vec<Trace>,
}

/// What the model is told before the form: the conversation about the class.
pub struct Before<'a> {
    /// The question for the class, as it was asked or would have been.
    pub prompt: Prompt,
    /// The answer: the class's title.
    pub label: String,
    /// The language of the instruction.
    pub language: &'a str,
    /// Other models that fields of the class name for a second look, by name.
    pub others: Vec<(&'a ConnectorName, &'a dyn LanguageModel)>,
}

/// Finds the values of a class's fields. Without a model only what rules can tell.
pub async fn extract(
    model: Option<&dyn LanguageModel>,
    class: &Class,
    parsed: &Parsed,
    before: Before<'_>,
) -> Result<Extraction, llm::Error> {
    let mut form = Form::new();
    let mut asking: Vec<(FieldName, Asking)> = Vec::new();
    let seen = Seen::of(parsed);
    for (name, field) in &class.fields {
        if field.is_column() {
            form.insert(name.clone(), FieldValue::default());
            continue;
        }
        let value = match settle::settle(name, field, &seen) {
            Settled::Value(value) => value,
            Settled::Ask(question) => {
                let open = question.unanswered();
                asking.push((name.clone(), question));
                open
            }
        };
        form.insert(name.clone(), value);
    }
    rows::settle(class, parsed, &mut form);
    settle::leave_to_labels(&form, &mut asking);
    sums::settle(class, &seen, &mut form);
    asking.retain(|(name, _)| form.get(name).is_none_or(|it| it.value.is_none()));
    empty::mark(class, parsed, &mut form);
    let Some(model) = model else {
        let without_model = !asking.is_empty() || second::is_asked(class, &form);
        return Ok(Extraction { form, without_model, ..Extraction::default() });
    };
    let mut extraction = Extraction { form, ..Extraction::default() };
    if !asking.is_empty() {
        let shown = passages::show(class, &asking, parsed, before.language);
        let blanks = ask::blanks(&asking);
        let prompt = ask::prompt(&before, class, &asking, &shown.passages);
        let filled = model.fill(&prompt, &blanks, &shown.readable).await?;
        for (name, value) in answer::values(class, parsed, &asking, &filled.values) {
            // What a model sees in no field either stays as the form itself says it.
            let empty = extraction.form.get(&name).and_then(|it| it.empty.clone());
            let empty = empty.filter(|_| value.value.is_none());
            extraction.form.insert(name, FieldValue { empty, ..value });
        }
        extraction.trace = Some(filled.trace);
    }
    second::look(model, class, parsed, &before, &mut extraction).await?;
    Ok(extraction)
}

/// A field's value as a person gave it, with its proof if it stands in the item.
pub fn by_person(class: &Class, name: &FieldName, raw: &str, parsed: &Parsed) -> FieldValue {
    answer::by_person(class, name, raw, parsed)
}

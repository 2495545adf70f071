//! Finds the values a class asks for, each with the place it was found.
//!
//! Trust order: structured XML, PDF form field, payment code, recogniser (one clear place), model choosing among
//! recognised places, model copying a passage. Whatever the model answers is looked up in the source
//! again; what does not stand there is not a value.

use serde::{Deserialize, Serialize};

use crate::config::Class;
use crate::domain::{FieldName, FieldValue, Form, Parsed};
use crate::llm::{self, LanguageModel, Prompt, Trace};

mod answer;
mod ask;
mod baseline;
mod beside;
mod label;
mod party;
mod places;
mod settle;
mod sheet;
mod stacked;
mod sums;

pub use baseline::first_of_type;

use ask::Asking;
use places::Seen;
use settle::Settled;

/// The values of an item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// Every field of the class, found or not.
    pub form: Form,
    /// The model's answer, if one was asked.
    pub trace: Option<Trace>,
    /// The model was not asked although the class has fields for it.
    pub without_model: bool,
}

/// What the model is told before the form: the conversation about the class.
pub struct Before<'a> {
    /// The question for the class, as it was asked or would have been.
    pub prompt: Prompt,
    /// The answer: the class's title.
    pub label: String,
    /// The language of the instruction.
    pub language: &'a str,
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
    settle::leave_to_labels(&form, &mut asking);
    sums::settle(class, &seen, &mut form);
    asking.retain(|(name, _)| form.get(name).is_none_or(|it| it.value.is_none()));
    let Some(model) = model.filter(|_| !asking.is_empty()) else {
        return Ok(Extraction { form, trace: None, without_model: !asking.is_empty() });
    };
    let text = ask::searchable(parsed);
    let blanks = ask::blanks(&asking);
    let prompt = ask::prompt(before, class, &asking);
    let filled = model.fill(&prompt, &blanks, &text).await?;
    for (name, value) in answer::values(class, parsed, &asking, &filled.values) {
        form.insert(name, value);
    }
    Ok(Extraction { form, trace: Some(filled.trace), without_model: false })
}

/// A field's value as a person gave it, with its proof if it stands in the item.
pub fn by_person(class: &Class, name: &FieldName, raw: &str, parsed: &Parsed) -> FieldValue {
    answer::by_person(class, name, raw, parsed)
}

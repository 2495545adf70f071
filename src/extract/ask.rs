//! One question to the model for all fields that rules cannot settle.

use crate::classify::fenced;
use crate::config::Class;
use crate::domain::{FieldName, FieldValue};
use crate::llm::{Answers, Blank, Prompt};
use crate::locale;

use super::Before;
use super::places::Place;

/// What is asked about one field.
pub(super) enum Asking {
    /// Which of these places.
    Among(Vec<Place>),
    /// A passage of at most so many words.
    Passage(usize),
    /// Passages of at most so many words, one for each of several values.
    Passages(usize),
    /// One of the admin's options, with a passage as proof.
    Choice(Vec<String>),
}

/// So many values of a field that takes several are asked for.
const SEVERAL: usize = 4;
/// Words of the passage that proves a choice.
const PROOF_WORDS: usize = 10;

impl Asking {
    /// The field's value while the model has not answered: empty, with the candidates to choose from.
    pub(super) fn unanswered(&self) -> FieldValue {
        let alternatives = match self {
            Self::Among(places) => {
                places.iter().map(|place| place.candidate.clone()).take(9).collect()
            }
            Self::Passage(_) | Self::Passages(_) | Self::Choice(_) => Vec::new(),
        };
        FieldValue { alternatives, ..FieldValue::default() }
    }

    /// How many blanks it takes.
    pub(super) fn blanks(&self) -> usize {
        match self {
            Self::Choice(_) => 2,
            Self::Passages(_) => SEVERAL,
            Self::Among(_) | Self::Passage(_) => 1,
        }
    }
}

/// The blanks of all questions, in order. A choice takes two: first the proof, then the option.
pub(super) fn blanks(asking: &[(FieldName, Asking)]) -> Vec<Blank> {
    let mut blanks = Vec::new();
    for (name, asking) in asking {
        let blank = |name: String, answers| Blank { name, answers };
        match asking {
            Asking::Among(places) => {
                let raws = places.iter().map(|place| place.candidate.raw.clone()).collect();
                blanks.push(blank(name.0.clone(), Answers::OneOf(raws)));
            }
            Asking::Passage(words) => blanks.push(blank(name.0.clone(), Answers::Passage(*words))),
            Asking::Passages(words) => {
                blanks.push(blank(name.0.clone(), Answers::Passage(*words)));
                let more = (2..=SEVERAL).map(|nth| format!("{name}_{nth}"));
                blanks.extend(more.map(|name| blank(name, Answers::Passage(*words))));
            }
            Asking::Choice(options) => {
                blanks.push(blank(format!("{name}_stelle"), Answers::Passage(PROOF_WORDS)));
                blanks.push(blank(name.0.clone(), Answers::OneOf(options.clone())));
            }
        }
    }
    blanks
}

/// The conversation about the class, continued by the form; of a long item with the passages that matter.
pub(super) fn prompt(
    before: &Before<'_>,
    class: &Class,
    asking: &[(FieldName, Asking)],
    passages: &str,
) -> Prompt {
    let form = locale::text(before.language, "prompt-form", &[]);
    let mut question = format!("{}{form}", beside(passages, before.language));
    for (name, asking) in asking {
        let field = class.fields.get(name);
        let title = field.and_then(|field| field.title.as_deref()).unwrap_or(name.0.as_str());
        let told = field.map_or("", |field| field.description.as_str());
        question.push_str(&format!("\n- {name}: {title}. {told}"));
        match asking {
            Asking::Among(places) => {
                let raws: Vec<&str> =
                    places.iter().take(12).map(|place| place.candidate.raw.as_str()).collect();
                question.push_str(&format!(" ({})", raws.join(" | ")));
            }
            Asking::Choice(options) => question.push_str(&format!(" ({})", options.join(" | "))),
            Asking::Passage(_) | Asking::Passages(_) => {}
        }
    }
    continued(before, question)
}

/// The passages of a long item as they stand before a question, fenced as all material is.
pub(super) fn beside(passages: &str, language: &str) -> String {
    if passages.is_empty() {
        return String::new();
    }
    let told = locale::text(language, "prompt-passages", &[]);
    format!("{told}\n{}\n", fenced(passages))
}

/// The conversation about the class with one more question, so that what a model has read of it is kept.
pub(super) fn continued(before: &Before<'_>, question: String) -> Prompt {
    let Prompt { system, mut turns } = before.prompt.clone();
    turns.push(before.label.clone());
    turns.push(question);
    Prompt { system, turns }
}

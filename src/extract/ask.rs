//! One question to the model for all fields that rules cannot settle.

use crate::config::Class;
use crate::domain::{Document, FieldName, FieldValue, Parsed};
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
    /// One of the admin's options, with a passage as proof.
    Choice(Vec<String>),
}

/// Words of the passage that proves a choice.
const PROOF_WORDS: usize = 10;

impl Asking {
    /// The field's value while the model has not answered: empty, with the candidates to choose from.
    pub(super) fn unanswered(&self) -> FieldValue {
        let alternatives = match self {
            Self::Among(places) => {
                places.iter().map(|place| place.candidate.clone()).take(9).collect()
            }
            Self::Passage(_) | Self::Choice(_) => Vec::new(),
        };
        FieldValue { alternatives, ..FieldValue::default() }
    }

    /// How many blanks it takes.
    pub(super) fn blanks(&self) -> usize {
        if matches!(self, Self::Choice(_)) { 2 } else { 1 }
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
            Asking::Choice(options) => {
                blanks.push(blank(format!("{name}_stelle"), Answers::Passage(PROOF_WORDS)));
                blanks.push(blank(name.0.clone(), Answers::OneOf(options.clone())));
            }
        }
    }
    blanks
}

/// Everything a passage may be copied from.
pub(super) fn searchable(parsed: &Parsed) -> String {
    let texts = parsed.documents.iter().map(Document::own_text);
    texts.collect::<Vec<_>>().join("\n")
}

/// The conversation about the class, continued by the form.
pub(super) fn prompt(before: Before<'_>, class: &Class, asking: &[(FieldName, Asking)]) -> Prompt {
    let mut question = locale::text(before.language, "prompt-form", &[]);
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
            Asking::Passage(_) => {}
        }
    }
    let Prompt { system, mut turns } = before.prompt;
    turns.push(before.label);
    turns.push(question);
    Prompt { system, turns }
}

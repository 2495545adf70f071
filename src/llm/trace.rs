//! How an answer came about: enough to ask the same again and to say what is different.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Blank, FilledBlank, Prompt};

/// How an answer came about, for the journal. Parts that an older version did not write are empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// Who answered.
    pub card: Card,
    /// BLAKE3 of the prompt as sent.
    pub prompt: String,
    /// BLAKE3 of the instruction alone: the part of the prompt that the workflows make.
    pub instruction: String,
    /// BLAKE3 of what the answer was allowed to be: the options, or the blanks and the material.
    pub shape: String,
    /// What else the answer depends on: context, batch, temperature, ….
    pub parameters: BTreeMap<String, Value>,
    /// The answer as it came, before any check.
    pub raw: String,
    /// Its numbers, 0 to 1: the share of each option, or of each blank's value.
    pub shares: Vec<f32>,
    /// Tokens of the prompt that were kept from before.
    pub reused_tokens: u32,
    /// Tokens of the prompt that were evaluated.
    pub prompt_tokens: u32,
    /// Tokens that were generated.
    pub answer_tokens: u32,
    /// Milliseconds from question to answer, without waiting for other questions.
    pub duration_ms: u64,
}

/// A model's name and version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// The hash of its weights, or what the server calls them.
    pub weights: String,
    /// The file of the weights, without its folder; empty for a model behind a server.
    pub file: String,
    /// What runs it, with its version.
    pub runtime: String,
    /// Which instructions of the processor it was built for; empty for a model behind a server.
    pub processor: String,
}

impl Trace {
    /// The same with what a choice was asked and answered.
    pub(super) fn of_choice(self, prompt: &Prompt, options: &[String], shares: &[f32]) -> Self {
        let instruction = hash(&prompt.system);
        Self { instruction, shape: hash(&options), shares: shares.to_vec(), ..self }
    }

    /// The same with what a form was asked and answered.
    pub(super) fn of_form(
        self,
        prompt: &Prompt,
        form: &[Blank],
        material: &str,
        values: &[FilledBlank],
    ) -> Self {
        let shares = values.iter().map(|value| value.share).collect();
        let (instruction, shape) = (hash(&prompt.system), hash(&(form, material)));
        Self { instruction, shape, shares, ..self }
    }

    /// Every trace in a journal entry's body, however deep, in the order in which it was written.
    pub fn all_in(body: &Value) -> Vec<Self> {
        let is_trace = body.get("card").is_some() && body.get("prompt").is_some();
        if let Some(trace) = is_trace.then(|| Self::deserialize(body).ok()).flatten() {
            return vec![trace];
        }
        match body {
            Value::Object(members) => members.values().flat_map(Self::all_in).collect(),
            Value::Array(values) => values.iter().flat_map(Self::all_in).collect(),
            _ => Vec::new(),
        }
    }
}

/// BLAKE3 of a value as JSON, in hexadecimal digits.
fn hash(value: &impl Serialize) -> String {
    // Strings, numbers and lists of them are always JSON.
    let json = serde_json::to_vec(value).unwrap_or_default();
    blake3::hash(&json).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::Answers;

    #[test]
    fn a_trace_of_an_older_version_is_readable() {
        let old = r#"{"class": null, "trace": {"card": {"name": "m", "weights": "cc", "runtime": "r"},
            "prompt": "9f86", "raw": "A", "reused_tokens": 1, "prompt_tokens": 2, "answer_tokens": 3, "duration_ms": 4}}"#;
        let traces = Trace::all_in(&serde_json::from_str(old).unwrap());
        let [trace] = traces.as_slice() else { panic!("{traces:?}") };
        assert_eq!(
            (trace.card.name.as_str(), trace.raw.as_str(), trace.duration_ms),
            ("m", "A", 4)
        );
        assert!(trace.instruction.is_empty() && trace.shares.is_empty(), "{trace:?}");
        assert!(trace.card.processor.is_empty() && trace.parameters.is_empty(), "{trace:?}");
    }

    #[test]
    fn what_is_asked_and_what_may_be_answered_have_hashes_of_their_own() {
        let prompt = |system: &str| Prompt { system: system.into(), turns: vec!["?".into()] };
        let trace = |system: &str, options: &[&str]| {
            let options: Vec<String> = options.iter().map(|it| (*it).to_owned()).collect();
            Trace::default().of_choice(&prompt(system), &options, &[0.5, 0.5])
        };
        let one = trace("a", &["x", "y"]);
        assert_eq!(one, trace("a", &["x", "y"]));
        assert_ne!(one.instruction, trace("b", &["x", "y"]).instruction);
        assert_eq!(one.shape, trace("b", &["x", "y"]).shape);
        assert_ne!(one.shape, trace("a", &["xy", ""]).shape);
        let form = [Blank { name: "n".into(), answers: Answers::Passage(2) }];
        let filled = |material| Trace::default().of_form(&prompt("a"), &form, material, &[]);
        assert_ne!(filled("a").shape, filled("b").shape);
    }
}

//! What a server answers, read leniently: whatever is not needed may be missing or odd.

use serde_json::Value;

use crate::llm::Error;

/// The parts of an answer that matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reply {
    /// The text.
    pub(super) content: String,
    /// Whether it was cut off.
    pub(super) cut: bool,
    /// What the server calls the model.
    pub(super) model: String,
    /// The tokens with their alternatives, if the server tells them.
    pub(super) tokens: Vec<Token>,
    pub(super) prompt_tokens: u32,
    pub(super) cached_tokens: u32,
    pub(super) answer_tokens: u32,
}

/// One token of the answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Token {
    pub(super) text: String,
    /// The tokens that were likely here with their probabilities; the token itself may be missing.
    pub(super) likely: Vec<(String, f32)>,
}

impl Reply {
    /// # Errors
    /// [`Error::Misshapen`] when there is no text, or when the model thought aloud.
    pub(super) fn read(answer: &Value) -> Result<Self, Error> {
        let misshapen = |why: &str| Err(Error::Misshapen(why.to_owned()));
        let Some(choice) = answer.pointer("/choices/0") else {
            return misshapen("the server gives no answer");
        };
        let text = |place: &str| choice.pointer(place).and_then(Value::as_str).unwrap_or_default();
        let thoughts = [text("/message/reasoning_content"), text("/message/reasoning")];
        let content = unfenced(text("/message/content").trim());
        if content.starts_with("<think>") || thoughts.iter().any(|thought| !thought.trim().is_empty()) {
            return misshapen("the model thinks aloud; turn thinking off at the server");
        }
        if content.is_empty() {
            return misshapen("the answer is empty");
        }
        let count = |place: &str| {
            let count = answer.pointer(place).and_then(Value::as_u64).unwrap_or(0);
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        let tokens = choice.pointer("/logprobs/content").and_then(Value::as_array);
        Ok(Self {
            content: content.to_owned(),
            cut: text("/finish_reason") == "length",
            model: answer.get("model").and_then(Value::as_str).unwrap_or_default().to_owned(),
            tokens: tokens.map(|tokens| tokens.iter().map(token).collect()).unwrap_or_default(),
            prompt_tokens: count("/usage/prompt_tokens"),
            cached_tokens: count("/usage/prompt_tokens_details/cached_tokens"),
            answer_tokens: count("/usage/completion_tokens"),
        })
    }

    /// # Errors
    /// [`Error::Misshapen`] when the answer was cut off.
    pub(super) fn whole(&self) -> Result<(), Error> {
        if self.cut {
            return Err(Error::Misshapen("the answer was cut off at its longest length".into()));
        }
        Ok(())
    }
}

/// Some models put JSON into a Markdown code block, and some servers let them.
fn unfenced(text: &str) -> &str {
    let inside = text.strip_prefix("```json").or_else(|| text.strip_prefix("```"));
    let inside = inside.and_then(|inside| inside.trim_end().strip_suffix("```"));
    inside.map_or(text, str::trim)
}

fn token(value: &Value) -> Token {
    let text = |value: &Value| value.get("token").and_then(Value::as_str).unwrap_or_default().to_owned();
    let share = |value: &Value| value.get("logprob").and_then(Value::as_f64).map_or(0.0, f64::exp) as f32;
    let likely = value.get("top_logprobs").and_then(Value::as_array);
    let likely = likely.map(|likely| likely.iter().map(|other| (text(other), share(other))).collect());
    Token { text: text(value), likely: likely.unwrap_or_default() }
}

//! A conversation as tokens, by the model's own chat template.
//!
//! The texts are put in after the template is applied and are read as plain text, so that nothing a
//! stranger writes (`<|im_end|>`, `[/INST]` as a control token) can end a turn or begin another.

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::token::LlamaToken;

use super::protocol::Failure;
use crate::llm::Prompt;

/// What a model that was taught to think aloud takes for a thought that is over.
const NO_THOUGHT: &str = "<think>\n\n</think>\n\n";

/// How a model wants a conversation to look.
pub(super) struct Chat {
    /// The model's own, then the one most models understand.
    templates: Vec<LlamaChatTemplate>,
    /// Whether it thinks aloud unless told not to.
    thinks: bool,
}

/// A conversation as tokens.
pub(super) struct Rendered {
    pub(super) tokens: Vec<LlamaToken>,
    /// How it is divided.
    pub(super) marks: Marks,
    /// BLAKE3 of the conversation as text.
    pub(super) hash: String,
}

/// Where the parts of a conversation end, counted in tokens. What is evaluated at once begins and ends at a mark, so
/// that the arithmetic is the same whether a part is evaluated now or was kept from before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// The end of the instruction; 0 without one.
    pub(super) stable: usize,
    /// Where answers of the conversation begin, in order.
    pub(super) answers: Vec<usize>,
}

impl Marks {
    /// All of them, and every `batch` tokens between them, up to `length`; without 0.
    pub(super) fn steps(&self, batch: usize, length: usize) -> Vec<usize> {
        let ends = std::iter::once(self.stable).chain(self.answers.iter().copied());
        let mut steps = Vec::new();
        let mut from = 0;
        for end in ends.filter(|it| *it < length).chain([length]) {
            while end > from {
                from = end.min(from + batch);
                steps.push(from);
            }
        }
        steps
    }
}

/// A part of the rendered conversation.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// Of the template: may hold control tokens.
    Frame(String),
    /// The text of the message with this number.
    Text(usize),
}

impl Chat {
    pub(super) fn of(model: &LlamaModel) -> Self {
        let own = model.chat_template(None).ok();
        let thinks = own
            .as_ref()
            .is_some_and(|own| own.to_str().is_ok_and(|own| own.contains("enable_thinking")));
        let usual = LlamaChatTemplate::new("chatml").ok();
        Self { templates: own.into_iter().chain(usual).collect(), thinks }
    }

    /// The conversation up to where the model's answer begins.
    pub(super) fn render(&self, model: &LlamaModel, prompt: &Prompt) -> Result<Rendered, Failure> {
        let messages = messages(prompt);
        let roles: Vec<&str> = messages.iter().map(|(role, _)| *role).collect();
        let pieces = self.templates.iter().find_map(|template| frame(model, template, &roles));
        let pieces =
            pieces.ok_or_else(|| Failure::Misshapen("no template fits the conversation".into()))?;

        let vocab = model.vocab();
        let mut tokens = Vec::new();
        let mut marks = Marks::default();
        let mut hash = blake3::Hasher::new();
        if vocab.should_add_bos() && vocab.bos().0 >= 0 {
            tokens.push(vocab.bos());
        }
        for piece in &pieces {
            match piece {
                Piece::Frame(text) => {
                    hash.update(text.as_bytes());
                    let mut frame = vocab.tokenize(text.as_bytes(), false, true);
                    // Some templates write the beginning-of-text token themselves.
                    if tokens.len() == 1 && frame.first() == tokens.first() {
                        frame.remove(0);
                    }
                    tokens.extend(frame);
                }
                Piece::Text(number) => {
                    let Some((role, text)) = messages.get(*number) else { continue };
                    if *role == "assistant" {
                        marks.answers.push(tokens.len());
                    }
                    hash.update(text.as_bytes());
                    tokens.extend(vocab.tokenize(text.as_bytes(), false, false));
                    if *role == "system" {
                        marks.stable = tokens.len();
                    }
                }
            }
        }
        if self.thinks {
            tokens.extend(vocab.tokenize(NO_THOUGHT.as_bytes(), false, true));
        }
        Ok(Rendered { tokens, marks, hash: hash.finalize().to_hex().to_string() })
    }
}

/// The messages with their roles, empty instruction left out.
fn messages(prompt: &Prompt) -> Vec<(&'static str, &str)> {
    let mut messages = Vec::new();
    if !prompt.system.is_empty() {
        messages.push(("system", prompt.system.as_str()));
    }
    for (i, turn) in prompt.turns.iter().enumerate() {
        messages.push((if i % 2 == 0 { "user" } else { "assistant" }, turn.as_str()));
    }
    messages
}

/// The template around the messages, each once and in order; `None` when it does not do that.
fn frame(model: &LlamaModel, template: &LlamaChatTemplate, roles: &[&str]) -> Option<Vec<Piece>> {
    let message = |(i, role): (usize, &&str)| LlamaChatMessage::new((*role).into(), marker(i)).ok();
    let chat = roles.iter().enumerate().map(message).collect::<Option<Vec<_>>>()?;
    let rendered = model.apply_chat_template(template, &chat, true).ok()?;
    split(&rendered, roles.len())
}

/// Stands for a message's text while the template is applied: private-use characters around its number.
fn marker(number: usize) -> String {
    format!("\u{E0F0}{number}\u{E0F1}")
}

fn split(rendered: &str, messages: usize) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = rendered;
    for number in 0..messages {
        let (before, after) = rest.split_once(&marker(number))?;
        pieces.push(Piece::Frame(before.to_owned()));
        pieces.push(Piece::Text(number));
        rest = after;
    }
    pieces.push(Piece::Frame(rest.to_owned()));
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rendered_conversation_is_split_at_its_texts() {
        let rendered = format!("<s>{}</s><u>{}</u><a>", marker(0), marker(1));
        let frame = |text: &str| Piece::Frame(text.into());
        let expected =
            [frame("<s>"), Piece::Text(0), frame("</s><u>"), Piece::Text(1), frame("</u><a>")];
        assert_eq!(split(&rendered, 2).unwrap(), expected);
        assert_eq!(split(&rendered, 3), None);
    }

    #[test]
    fn the_steps_of_a_question_are_the_same_as_in_a_longer_one() {
        // Instruction, letter, label, form; the question for the class ends where its answer begins.
        let class = Marks { stable: 700, answers: vec![] };
        let form = Marks { stable: 700, answers: vec![900] };
        assert_eq!(class.steps(512, 900), [512, 700, 900]);
        assert_eq!(form.steps(512, 1000), [512, 700, 900, 1000]);
        assert_eq!(Marks::default().steps(512, 1030), [512, 1024, 1030]);
    }

    #[test]
    fn turns_alternate_and_end_with_the_question() {
        let prompt = Prompt { system: "s".into(), turns: vec!["q".into(), "a".into(), "q".into()] };
        let roles: Vec<&str> = messages(&prompt).iter().map(|(role, _)| *role).collect();
        assert_eq!(roles, ["system", "user", "assistant", "user"]);
    }
}

//! One question to a language model, answered in a shape we chose.
//!
//! The model has no hands: it gets text and returns one of our options or values that stand in the
//! material. What it returns is checked again by code that does not trust it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::errors::Retry;

pub use trace::{Card, Trace};

mod embedder;
pub mod http;
mod trace;
pub mod form;
pub mod memory;
pub mod processor;
pub mod levels;
pub mod embedded;
pub mod openai;
pub mod scripted;
pub mod catalogue;
pub mod fetch;

pub use embedder::{Embedder, Remembering, embed_all};

/// A model that answers one question at a time.
#[async_trait]
pub trait LanguageModel: Send + Sync {
    /// Which of the options fits, each with its share of the probability.
    async fn choose(&self, prompt: &Prompt, options: &[String]) -> Result<Chosen, Error>;
    /// The values of a form, each one of its options or a passage of the material.
    async fn fill(&self, prompt: &Prompt, form: &[Blank], material: &str) -> Result<Filled, Error>;
    /// Free text of at most so many tokens. Only benchmarks ask like this.
    async fn write(&self, prompt: &Prompt, most: usize) -> Result<String, Error>;
    /// Whether it can answer now; starts it if it has to be started.
    async fn ready(&self) -> Result<Card, Error>;
    /// What it can besides, found out by asking; nothing where that is known anyway.
    async fn skills(&self) -> Result<Vec<Skill>, Error> {
        Ok(Vec::new())
    }
}

/// Something that not every model can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skill {
    /// What.
    pub what: &'static str,
    /// Whether this one can.
    pub is_there: bool,
    /// What is worse without.
    pub otherwise: &'static str,
}

/// What is asked. The parts stand in the order in which they change least, so that a server can
/// keep what it has evaluated: first what is the same for every item, last the question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// The instruction, the same for every item of a door. What is evaluated of it may be kept on disk,
    /// so nothing of any item ever stands in it.
    pub system: String,
    /// The conversation: asked, answered, …, asked.
    pub turns: Vec<String>,
}

/// One blank of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blank {
    /// The field's name: letters, digits and `_`.
    pub name: String,
    /// What may be filled in.
    pub answers: Answers,
}

/// What may be filled into a blank. "Nothing" is always allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answers {
    /// One of these, letter by letter.
    OneOf(Vec<String>),
    /// A passage of the material, word by word, of at most so many words.
    Passage(usize),
}

/// The answer to a choice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// For each option in order: its share of the probability. They sum to 1.
    pub shares: Vec<f32>,
    /// How it came about.
    pub trace: Trace,
}

/// The answer to a form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Filled {
    /// For each blank in order.
    pub values: Vec<FilledBlank>,
    /// How it came about.
    pub trace: Trace,
}

/// One filled blank.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FilledBlank {
    /// `None` when the model says that the material does not tell.
    pub value: Option<String>,
    /// The probability the model gave it, 0 to 1; 0.5 where the server does not tell.
    pub share: f32,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file of the weights is missing or wrong.
    #[error("the model `{model}` is not there: {why}")]
    Missing {
        /// Its name.
        model: String,
        /// What is missing.
        why: String,
    },
    /// The server or the child process does not answer.
    #[error("the model cannot be reached at `{place}`: {why}")]
    Unreachable {
        /// Address or child process.
        place: String,
        /// The cause.
        why: String,
    },
    /// It answers, but not within our time.
    #[error("the model did not answer within {seconds} s")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// The answer does not have the asked shape.
    #[error("the model's answer does not have the asked shape: {0}")]
    Misshapen(String),
    /// The question is longer than the model can read.
    #[error("the question has {tokens} tokens and the model reads {limit}")]
    TooLong {
        /// Of the question.
        tokens: usize,
        /// Of the model.
        limit: usize,
    },
    /// It answers other questions, but not this one.
    #[error("the model answers, but not to this item: {0}")]
    OnlyThis(String),
    /// The test has no answer for this question.
    #[error("no answer was recorded for this question")]
    NotScripted,
}

impl Error {
    /// Whether asking again may help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Missing { .. } | Self::Unreachable { .. } | Self::TimedOut { .. } => Retry::Later,
            // A few times: whoever asks counts.
            Self::OnlyThis(_) => Retry::Later,
            Self::Misshapen(_) | Self::TooLong { .. } => Retry::Never,
            Self::NotScripted => Retry::Never,
        }
    }
}

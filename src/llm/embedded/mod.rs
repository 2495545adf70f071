//! The model in the house: llama.cpp in a supervised child process of this program.
//!
//! It is C++, so it has a process of its own: a crash or an out-of-memory kill costs one retry and
//! not the daemon. The child (`vorlage worker llm`) has one thread that owns model and context. It is of
//! this program, or of the one beside it that uses more of what this processor can ([`super::levels`]).

#[cfg(feature = "embedded")]
mod bench;
#[cfg(feature = "embedded")]
mod chat;
mod child;
#[cfg(feature = "embedded")]
mod choose;
#[cfg(feature = "embedded")]
mod engine;
#[cfg(feature = "embedded")]
mod fill;
#[cfg(feature = "embedded")]
mod generate;
#[cfg(feature = "embedded")]
mod grammar;
#[cfg(feature = "embedded")]
mod kept;
#[cfg_attr(not(feature = "embedded"), expect(dead_code, reason = "the child's half of it"))]
mod protocol;
#[cfg(feature = "embedded")]
mod slots;
mod supervisor;
#[cfg(feature = "embedded")]
mod tokens;
#[cfg(feature = "embedded")]
mod vectors;
#[cfg(feature = "embedded")]
mod worker;
#[cfg(not(feature = "embedded"))]
#[path = "absent.rs"]
mod worker;

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Blank, Card, Chosen, Embedder, Error, Filled, LanguageModel, Prompt};
use protocol::{Ask, Given};
use supervisor::Supervisor;

pub use protocol::Speed;
pub use worker::worker;

/// What an embedded model needs to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The GGUF file.
    pub weights: PathBuf,
    /// Threads for the arithmetic; `None`: as many as there are cores, at most 8.
    pub threads: Option<usize>,
    /// How many tokens the context holds, shared by question, kept beginnings and answer.
    pub context_tokens: u32,
    /// The longest time for one question, loading apart. After it the child is ended.
    pub timeout: Duration,
    /// Where evaluated instructions are kept between starts, if the folder around it is there; `None`: nowhere.
    pub kept: Option<PathBuf>,
    /// Whether the weights give vectors of texts; else they answer questions.
    #[serde(default)]
    pub vectors: bool,
}

impl Settings {
    /// The usual settings for these weights: 8192 tokens, two minutes, nothing kept on disk.
    pub fn new(weights: PathBuf) -> Self {
        let timeout = Duration::from_secs(120);
        Self { weights, threads: None, context_tokens: 8192, timeout, kept: None, vectors: false }
    }
}

/// A model that runs in a child process of this program. Starts at the first question.
#[derive(Debug)]
pub struct Embedded {
    supervisor: Supervisor,
}

impl Embedded {
    /// Remembers what to start: `program worker llm`, or what lies beside the program and is quicker. Opens nothing.
    pub fn new(program: PathBuf, settings: Settings) -> Self {
        Self { supervisor: Supervisor::new(program, settings) }
    }

    /// The child's process id while it runs: for `doctor`, metrics and tests.
    pub fn process(&self) -> Option<u32> {
        self.supervisor.process()
    }

    /// How fast the model is here: reads a question of `prompt_tokens`, and writes `answer_tokens` after nothing.
    /// What was kept evaluated is forgotten.
    ///
    /// # Errors
    /// As for any question.
    pub async fn bench(&self, prompt_tokens: usize, answer_tokens: usize) -> Result<Speed, Error> {
        match self.supervisor.ask(Ask::Bench { prompt_tokens, answer_tokens }).await? {
            Given::Speed(speed) => Ok(speed),
            _ => Err(mixed_up()),
        }
    }
}

#[async_trait]
impl LanguageModel for Embedded {
    async fn choose(&self, prompt: &Prompt, options: &[String]) -> Result<Chosen, Error> {
        let ask = Ask::Choose { prompt: prompt.clone(), options: options.to_vec() };
        match self.supervisor.ask(ask).await? {
            Given::Chosen(mut chosen) if chosen.shares.len() == options.len() => {
                chosen.trace = chosen.trace.of_choice(prompt, options, &chosen.shares);
                Ok(chosen)
            }
            _ => Err(mixed_up()),
        }
    }

    async fn fill(&self, prompt: &Prompt, form: &[Blank], material: &str) -> Result<Filled, Error> {
        let ask = Ask::Fill {
            prompt: prompt.clone(),
            form: form.to_vec(),
            material: material.to_owned(),
        };
        match self.supervisor.ask(ask).await? {
            Given::Filled(mut filled) if filled.values.len() == form.len() => {
                filled.trace = filled.trace.of_form(prompt, form, material, &filled.values);
                Ok(filled)
            }
            _ => Err(mixed_up()),
        }
    }

    async fn write(&self, prompt: &Prompt, most: usize) -> Result<String, Error> {
        match self.supervisor.ask(Ask::Write { prompt: prompt.clone(), most }).await? {
            Given::Written(text) => Ok(text),
            _ => Err(mixed_up()),
        }
    }

    async fn ready(&self) -> Result<Card, Error> {
        self.supervisor.ready().await
    }
}

/// A model that turns texts into vectors, in a child process of its own. Starts at the first question.
#[derive(Debug)]
pub struct Vectors {
    supervisor: Supervisor,
}

impl Vectors {
    /// Remembers what to start. Opens nothing.
    pub fn new(program: PathBuf, weights: PathBuf) -> Self {
        let settings = Settings { vectors: true, ..Settings::new(weights) };
        Self { supervisor: Supervisor::new(program, settings) }
    }
}

#[async_trait]
impl Embedder for Vectors {
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        match self.supervisor.ask(Ask::Embed { texts: texts.to_vec() }).await? {
            Given::Vectors(vectors) if vectors.len() == texts.len() => Ok(vectors),
            _ => Err(mixed_up()),
        }
    }

    async fn ready(&self) -> Result<Card, Error> {
        self.supervisor.ready().await
    }
}

fn mixed_up() -> Error {
    Error::Misshapen("the child answered another question".into())
}

//! The model in the house: llama.cpp in a supervised child process of this program.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

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
}

impl Settings {
    /// The usual settings for these weights: 8192 tokens, two minutes.
    pub fn new(weights: PathBuf) -> Self {
        Self { weights, threads: None, context_tokens: 8192, timeout: Duration::from_secs(120) }
    }
}

/// A model that runs in a child process of this program. Starts at the first question.
#[derive(Debug)]
pub struct Embedded {
    program: PathBuf,
    settings: Settings,
}

impl Embedded {
    /// Remembers what to start: `program worker llm`. Opens nothing.
    pub fn new(program: PathBuf, settings: Settings) -> Self {
        Self { program, settings }
    }
}

//! What the daemon and its model process say to each other: one JSON object a line.
//!
//! daemon → child: [`Settings`](super::Settings), then [`Question`]s. child → daemon: one [`Hello`],
//! then one [`Answer`] for each question.

use std::io::{BufRead, ErrorKind, Read};

use serde::{Deserialize, Serialize};

use crate::llm::{Blank, Card, Chosen, Error, Filled, Prompt};

/// The longest line either side reads. A question holds one document's text twice.
pub(super) const LONGEST_LINE: u64 = 16 << 20;

/// The child's first line: who answers, or why it cannot.
pub(super) type Hello = Result<Card, Failure>;

/// One question.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Question {
    /// Repeated in the answer.
    pub(super) number: u64,
    /// What is asked.
    pub(super) ask: Ask,
}

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    Choose { prompt: Prompt, options: Vec<String> },
    Fill { prompt: Prompt, form: Vec<Blank>, material: String },
    Write { prompt: Prompt, most: usize },
    Bench { prompt_tokens: usize, answer_tokens: usize },
    Embed { texts: Vec<String> },
}

/// The answer to a question.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Of the question.
    pub(super) number: u64,
    /// What it says.
    pub(super) result: Result<Given, Failure>,
}

/// What an answer says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Given {
    Chosen(Chosen),
    Filled(Filled),
    Written(String),
    Speed(Speed),
    Vectors(Vec<Vec<f32>>),
}

/// How fast a model is on this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Tokens of a question read in a second.
    pub prompt_per_second: f64,
    /// Tokens of an answer written in a second.
    pub answer_per_second: f64,
    /// How many threads did the arithmetic.
    pub threads: u32,
    /// The most resident memory its process has had, in bytes; the weights are part of it.
    pub peak_memory: u64,
}

/// Why the child has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Failure {
    /// The weights cannot be used.
    Weights(String),
    /// The question cannot be answered in the asked shape.
    Misshapen(String),
    /// The question does not fit into the context.
    TooLong { tokens: usize, limit: usize },
    /// llama.cpp says no. The child ends after this; a new one may do better.
    Broken(String),
}

impl Failure {
    /// The same for those who asked.
    pub(super) fn told(self, model: &str) -> Error {
        match self {
            Self::Weights(why) => Error::Missing { model: model.to_owned(), why },
            Self::Misshapen(why) => Error::Misshapen(why),
            Self::TooLong { tokens, limit } => Error::TooLong { tokens, limit },
            Self::Broken(why) => Error::Unreachable { place: model.to_owned(), why },
        }
    }
}

/// The next line without its end; `None` at the end of the stream.
///
/// # Errors
/// When the line is longer than [`LONGEST_LINE`] or the stream breaks.
pub(super) fn read_line(reader: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    reader.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Ok(None);
    }
    String::from_utf8(line)
        .map(Some)
        .map_err(|error| std::io::Error::new(ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_does_not_end_is_no_line() {
        let mut reader = std::io::Cursor::new(b"eins\nzwei".to_vec());
        assert_eq!(read_line(&mut reader).unwrap(), Some("eins".into()));
        assert_eq!(read_line(&mut reader).unwrap(), None);
    }

    #[test]
    fn an_answer_reads_as_it_was_written() {
        let result = Err(Failure::TooLong { tokens: 9000, limit: 8192 });
        let line = serde_json::to_string(&Answer { number: 7, result }).unwrap();
        let answer: Answer = serde_json::from_str(&line).unwrap();
        assert_eq!(answer.number, 7);
        assert!(matches!(answer.result, Err(Failure::TooLong { tokens: 9000, limit: 8192 })));
    }
}

//! A model as the stages ask it: not more often than it may be, not while it is away, and with a look at whose fault
//! a failure is.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::lines::{Ended, Line};
use crate::domain::Clock;
use crate::errors::Retry;
use crate::llm::{Blank, Card, Chosen, Error, Filled, LanguageModel, Prompt, Skill};

/// A model behind its line.
pub(super) struct Asked {
    model: Arc<dyn LanguageModel>,
    line: Arc<Line>,
    clock: Arc<dyn Clock>,
    /// Its name and why, if it was not there when it was last asked.
    missing: Mutex<Option<(String, String)>>,
}

impl Asked {
    pub(super) fn new(
        model: Arc<dyn LanguageModel>,
        line: Arc<Line>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { model, line, clock, missing: Mutex::default() }
    }

    async fn ask<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.come_in().await?;
        let answer = answer.await;
        let Some(why) = failure(&answer) else {
            self.line.note(self.clock.now(), Ended::Well);
            return answer;
        };
        // The item may be what the model stumbles over: then it answers another question.
        if self.line.away().is_none() && failure(&self.ready().await).is_none() {
            return Err(Error::OnlyThis(why));
        }
        answer
    }

    fn away(&self, why: &str) -> Error {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((model, why)) = missing {
            return Error::Missing { model, why };
        }
        let why = format!("it is left alone for a while after several failures: {why}");
        Error::Unreachable { place: self.line.name.to_string(), why }
    }

    /// Waits for the rate. While the model is away nobody is let in: that it works again is found out without an item.
    async fn come_in(&self) -> Result<(), Error> {
        loop {
            if let Some(open) = self.line.away() {
                return Err(self.away(&open.why));
            }
            let now = self.clock.now();
            let Err(later) = self.line.take_of_rate(now) else { return Ok(()) };
            let pause = later.duration_since(now).unsigned_abs();
            tokio::time::sleep(pause).await;
        }
    }
}

/// What went wrong, if it says something of the model and not of the question.
fn failure<T>(answer: &Result<T, Error>) -> Option<String> {
    let error = answer.as_ref().err()?;
    (error.retry() == Retry::Later).then(|| error.to_string())
}

#[async_trait]
impl LanguageModel for Asked {
    async fn choose(&self, prompt: &Prompt, options: &[String]) -> Result<Chosen, Error> {
        self.ask(self.model.choose(prompt, options)).await
    }

    async fn fill(&self, prompt: &Prompt, form: &[Blank], material: &str) -> Result<Filled, Error> {
        self.ask(self.model.fill(prompt, form, material)).await
    }

    async fn write(&self, prompt: &Prompt, most: usize) -> Result<String, Error> {
        self.ask(self.model.write(prompt, most)).await
    }

    async fn ready(&self) -> Result<Card, Error> {
        let answer = self.model.ready().await;
        *self.missing.lock().unwrap_or_else(PoisonError::into_inner) = match &answer {
            Err(Error::Missing { model, why }) => Some((model.clone(), why.clone())),
            _ => None,
        };
        let ended = match &answer {
            Ok(_) => Ended::Well,
            Err(error) if error.retry() == Retry::Later => {
                Ended::Badly { why: error.to_string(), asked: None }
            }
            Err(error) => Ended::Oddly(error.to_string()),
        };
        self.line.note(self.clock.now(), ended);
        answer
    }

    async fn skills(&self) -> Result<Vec<Skill>, Error> {
        self.model.skills().await
    }
}

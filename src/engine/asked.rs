//! A model as the stages ask it: not more often than it may be, not while it is away, and with a look at whose fault
//! a failure is.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::breaker::May;
use super::lines::{Ended, Line};
use crate::domain::Clock;
use crate::errors::Retry;
use crate::llm::{Blank, Card, Chosen, Embedder, Error, Filled, LanguageModel, Prompt, Skill};

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
            if wait_for_rate(&self.line, &*self.clock).await {
                return Ok(());
            }
        }
    }
}

/// Takes a call out of the rate's bucket, or waits until there may be one.
async fn wait_for_rate(line: &Line, clock: &dyn Clock) -> bool {
    let now = clock.now();
    let Err(later) = line.take_of_rate(now) else { return true };
    tokio::time::sleep(later.duration_since(now).unsigned_abs()).await;
    false
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

/// A model of vectors behind the line of its connector.
pub(super) struct AskedVectors {
    pub(super) model: Arc<dyn Embedder>,
    /// The connector's: its rate counts, and while it is away nobody is asked.
    pub(super) line: Arc<Line>,
    /// Whether vectors come: others may ask the same server for answers and get them.
    pub(super) own: Arc<Line>,
    pub(super) clock: Arc<dyn Clock>,
}

/// Whoever was let through comes back, even when it is not waited for.
struct Back<'a>(&'a Line);

impl Drop for Back<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl AskedVectors {
    async fn ask<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let away = |line: &Line| {
            let why = line.away().map(|open| open.why).unwrap_or_default();
            let why = format!("it is left alone for a while after several failures: {why}");
            Error::Unreachable { place: line.name.to_string(), why }
        };
        if self.line.away().is_some() {
            return Err(away(&self.line));
        }
        if let May::Wait(_) = self.own.may(self.clock.now()) {
            return Err(away(&self.own));
        }
        let _back = Back(&self.own);
        while !wait_for_rate(&self.line, &*self.clock).await {}
        let answer = answer.await;
        let ended = match (&answer, failure(&answer)) {
            (_, Some(why)) => Ended::Badly { why, asked: None },
            (Err(error), None) => Ended::Oddly(error.to_string()),
            (Ok(_), None) => Ended::Well,
        };
        self.own.note(self.clock.now(), ended);
        answer
    }
}

#[async_trait]
impl Embedder for AskedVectors {
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        self.ask(self.model.embed(texts)).await
    }

    async fn embed_rules(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        self.ask(self.model.embed_rules(texts)).await
    }

    async fn ready(&self) -> Result<Card, Error> {
        self.model.ready().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::domain::{ConnectorName, SystemClock};
    use crate::engine::breaker::MOST_FAILURES;

    /// Gives no vectors.
    #[derive(Default)]
    struct Broken(AtomicUsize);

    #[async_trait]
    impl Embedder for Broken {
        async fn embed(&self, _: &[String]) -> Result<Vec<Vec<f32>>, Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Err(Error::Unreachable { place: "server".into(), why: "404".into() })
        }

        async fn ready(&self) -> Result<Card, Error> {
            Ok(Card::default())
        }
    }

    #[tokio::test]
    async fn a_server_that_gives_no_vectors_is_left_alone_and_still_answers() {
        let broken = Arc::new(Broken::default());
        let line = |name: &str| Arc::new(Line::of_model(&ConnectorName::from(name), "host"));
        let vectors = AskedVectors {
            model: broken.clone(),
            line: line("server"),
            own: line("server (embeddings)"),
            clock: Arc::new(SystemClock),
        };
        for _ in 0..MOST_FAILURES + 3 {
            let answer = vectors.embed(&["a".to_owned()]).await;
            assert!(matches!(answer, Err(Error::Unreachable { .. })), "{answer:?}");
        }
        assert_eq!(broken.0.load(Ordering::SeqCst), MOST_FAILURES as usize);
        assert!(vectors.own.away().is_some() && vectors.line.away().is_none());
    }

    #[tokio::test]
    async fn nobody_asks_a_server_for_vectors_that_is_away() {
        let broken = Arc::new(Broken::default());
        let line = |name: &str| Arc::new(Line::of_model(&ConnectorName::from(name), "host"));
        let (own, model, clock) = (line("own"), broken.clone(), Arc::new(SystemClock));
        let vectors = AskedVectors { model, line: line("server"), own, clock };
        for _ in 0..MOST_FAILURES {
            let away = Ended::Badly { why: "away".into(), asked: None };
            vectors.line.note(vectors.clock.now(), away);
        }
        assert!(vectors.embed(&["a".to_owned()]).await.is_err());
        assert_eq!(broken.0.load(Ordering::SeqCst), 0);
    }
}

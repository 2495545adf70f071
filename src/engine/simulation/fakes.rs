//! A model and outputs that do what a test says, in the test's own time, and remember what they were asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::world::Virtual;
use crate::connectors::{Error, Output, Parcel, Receipt};
use crate::domain::Clock;
use crate::llm::{self, Blank, Card, Chosen, Filled, FilledBlank, LanguageModel, Prompt, Trace};

/// How a model is at a moment; the text is what it is asked about, `None` when it is only asked whether it is there.
type Mood = Box<dyn Fn(Timestamp, Option<&str>) -> Result<(), llm::Error> + Send + Sync>;

/// A model.
pub(super) struct Brain {
    clock: Arc<Virtual>,
    mood: Mood,
    /// When it was asked something, and whether about an item.
    pub(super) asked: Mutex<Vec<(Timestamp, bool)>>,
}

impl Brain {
    pub(super) fn new(
        clock: &Arc<Virtual>,
        mood: impl Fn(Timestamp, Option<&str>) -> Result<(), llm::Error> + Send + Sync + 'static,
    ) -> Arc<Self> {
        let (clock, mood) = (clock.clone(), Box::new(mood));
        Arc::new(Self { clock, mood, asked: Mutex::default() })
    }

    /// One that always answers.
    pub(super) fn well(clock: &Arc<Virtual>) -> Arc<Self> {
        Self::new(clock, |_, _| Ok(()))
    }

    /// How often it was asked between two moments.
    pub(super) fn asked_between(&self, from: Timestamp, to: Timestamp) -> usize {
        self.asked.lock().unwrap().iter().filter(|(at, _)| *at >= from && *at < to).count()
    }

    async fn answer(&self, text: Option<&str>) -> Result<(), llm::Error> {
        let now = self.clock.now();
        self.asked.lock().unwrap().push((now, text.is_some()));
        let answer = (self.mood)(now, text);
        let takes = match &answer {
            Err(llm::Error::TimedOut { seconds }) => i64::try_from(*seconds).unwrap(),
            _ => 1,
        };
        self.clock.sleep(SignedDuration::from_secs(takes)).await;
        answer
    }
}

#[async_trait]
impl LanguageModel for Brain {
    async fn choose(&self, _: &Prompt, _: &[String]) -> Result<Chosen, llm::Error> {
        Err(llm::Error::NotScripted)
    }

    async fn fill(&self, _: &Prompt, form: &[Blank], material: &str) -> Result<Filled, llm::Error> {
        self.answer(Some(material)).await?;
        let blank = FilledBlank { value: Some("Bello".to_owned()), share: 0.9 };
        Ok(Filled { values: vec![blank; form.len()], trace: Trace::default() })
    }

    async fn write(&self, _: &Prompt, _: usize) -> Result<String, llm::Error> {
        Err(llm::Error::NotScripted)
    }

    async fn ready(&self) -> Result<Card, llm::Error> {
        self.answer(None).await?;
        Ok(Card::default())
    }
}

/// What an output does with a parcel at a moment. `true` as second: it takes it, whatever it answers.
type Manner = Box<dyn Fn(Timestamp, &Parcel) -> (Result<(), Error>, bool) + Send + Sync>;

/// An output.
pub(super) struct Sink {
    pub(super) name: &'static str,
    pub(super) per_minute: Option<u32>,
    /// How long a call takes.
    pub(super) takes: SignedDuration,
    pub(super) repeatable: bool,
    clock: Arc<Virtual>,
    manner: Manner,
    /// When it was called, with which key.
    pub(super) calls: Mutex<Vec<(Timestamp, String)>>,
    /// What it took, by key, and how often: a key that was taken before changes nothing if it is repeatable.
    pub(super) effects: Mutex<BTreeMap<String, usize>>,
}

impl Sink {
    pub(super) fn new(name: &'static str, clock: &Arc<Virtual>) -> Self {
        Self {
            name,
            per_minute: None,
            takes: SignedDuration::from_millis(10),
            repeatable: true,
            clock: clock.clone(),
            manner: Box::new(|_, _| (Ok(()), true)),
            calls: Mutex::default(),
            effects: Mutex::default(),
        }
    }

    pub(super) fn takes(mut self, seconds: i64) -> Self {
        self.takes = SignedDuration::from_secs(seconds);
        self
    }

    pub(super) fn at_most(mut self, per_minute: u32) -> Self {
        self.per_minute = Some(per_minute);
        self
    }

    pub(super) fn once(mut self) -> Self {
        self.repeatable = false;
        self
    }

    pub(super) fn does(
        mut self,
        manner: impl Fn(Timestamp, &Parcel) -> (Result<(), Error>, bool) + Send + Sync + 'static,
    ) -> Self {
        self.manner = Box::new(manner);
        self
    }

    pub(super) fn count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    /// How many parcels had an effect; fails if one had two.
    pub(super) fn taken(&self) -> usize {
        let effects = self.effects.lock().unwrap();
        assert!(effects.values().all(|count| *count == 1), "{}: {effects:?}", self.name);
        effects.len()
    }
}

#[async_trait]
impl Output for Sink {
    async fn send(&self, parcel: &Parcel) -> Result<Receipt, Error> {
        let now = self.clock.now();
        self.calls.lock().unwrap().push((now, parcel.key.clone()));
        let (answer, takes_it) = (self.manner)(now, parcel);
        self.clock.sleep(self.takes).await;
        if takes_it {
            let mut effects = self.effects.lock().unwrap();
            let count = effects.entry(parcel.key.clone()).or_default();
            *count = if self.repeatable { 1 } else { *count + 1 };
        }
        answer.map(|()| Receipt("taken".to_owned()))
    }

    fn repeatable(&self) -> bool {
        self.repeatable
    }
}

/// Nobody answers.
pub(super) fn unreachable() -> Error {
    Error::Unreachable { place: "web".to_owned(), why: "connection refused".to_owned() }
}

/// 503 without a word for how long.
pub(super) fn busy() -> Error {
    let (place, why) = ("web".to_owned(), "503 Service Unavailable".to_owned());
    Error::Busy { place, why, after: None }
}

/// A model that is not there.
pub(super) fn model_away() -> llm::Error {
    let (place, why) = ("hausmodell".to_owned(), "503 Service Unavailable".to_owned());
    llm::Error::Unreachable { place, why }
}

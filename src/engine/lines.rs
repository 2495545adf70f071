//! The line to each connector that is called: whether it answers, and how often it may be called. Shared by all workers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::asked::{Asked, AskedVectors};
use super::breaker::{Breaker, May, Open};
use super::rate::Bucket;
use super::{Error, Rules};
use crate::connectors::{self, embeddings};
use crate::domain::{Clock, ConnectorName};

/// All lines of an office, by connector.
pub(super) type Lines = IndexMap<ConnectorName, Arc<Line>>;

/// The line to one connector.
pub(super) struct Line {
    pub(super) name: ConnectorName,
    pub(super) to: To,
    state: Mutex<State>,
    /// Whether it is left alone; changes with that.
    away: watch::Sender<bool>,
}

/// What is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// An output.
    Output,
    /// A model.
    Model,
}

struct State {
    breaker: Breaker,
    bucket: Option<Bucket>,
    trouble: Option<String>,
    openings: u64,
}

/// Whether somebody may go through now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Yes. [`Line::leave`] or [`Line::give_back`] follows.
    Free,
    /// It is left alone until then.
    Away(Timestamp),
    /// It was called often enough; the next call may be then.
    Rate(Timestamp),
}

/// Why nobody goes through, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Away(Open),
    Rate(Timestamp),
}

/// The lines to the outputs and models of these rules; the models are asked through theirs from now on.
pub(super) fn open(rules: &mut Rules, host: &str, clock: &Arc<dyn Clock>) -> Lines {
    let mut lines = Lines::new();
    for (name, connector) in &mut rules.connectors {
        let to = if connector.output.is_some() { To::Output } else { To::Model };
        if connector.output.is_none() && connector.model.is_none() {
            continue;
        }
        let line = Arc::new(Line::new(name, to, connector.per_minute, host));
        if let Some(model) = connector.model.take() {
            connector.model = Some(Arc::new(Asked::new(model, line.clone(), clock.clone())));
        }
        lines.insert(name.clone(), line);
    }
    // What gives vectors has a line of its own: a server may answer without giving any.
    let line = embeddings::named(&rules.office).and_then(|name| lines.get(&name));
    if let (Some(line), Some(model)) = (line, rules.embedder.take_if(|_| line.is_some())) {
        let name = ConnectorName(format!("{} (embeddings)", line.name));
        let own = Arc::new(Line::of_model(&name, host));
        let (line, clock) = (line.clone(), clock.clone());
        rules.embedder = Some(Arc::new(AskedVectors { model, line, own, clock }));
    }
    lines
}

impl Line {
    /// A line to a model that may be called at any rate.
    pub(super) fn of_model(name: &ConnectorName, host: &str) -> Self {
        Self::new(name, To::Model, None, host)
    }

    fn new(name: &ConnectorName, to: To, per_minute: Option<u32>, host: &str) -> Self {
        // Several daemons with the same connector must not come back in the same moment.
        let whose = format!("{host} {} {name}", std::process::id());
        let seed = blake3::hash(whose.as_bytes()).as_bytes().first_chunk().copied();
        let state = State {
            breaker: Breaker::new(seed.map_or(0, u64::from_le_bytes)),
            bucket: per_minute.map(Bucket::new),
            trouble: None,
            openings: 0,
        };
        let (state, away) = (Mutex::new(state), watch::Sender::new(false));
        Self { name: name.clone(), to, state, away }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks to go through; never waits.
    pub(super) fn enter(&self, now: Timestamp) -> Entry {
        let mut state = self.state();
        let may = state.breaker.may(now);
        if let May::Wait(until) = may {
            return Entry::Away(until);
        }
        match state.bucket.as_mut().map_or(Ok(()), |bucket| bucket.take(now)) {
            Ok(()) => Entry::Free,
            Err(until) => {
                state.breaker.given_back();
                Entry::Rate(until)
            }
        }
    }

    /// Asks to find out whether it works again; the rate does not count.
    pub(super) fn may(&self, now: Timestamp) -> May {
        self.state().breaker.may(now)
    }

    /// Whoever went through is back. Had nobody been called, the next may try.
    pub(super) fn leave(&self) {
        self.state().breaker.given_back();
    }

    /// There was nothing to go through for.
    pub(super) fn give_back(&self) {
        let mut state = self.state();
        state.breaker.given_back();
        state.bucket.iter_mut().for_each(Bucket::give_back);
    }

    /// Takes a call out of the rate's bucket, whatever else is known of the line.
    pub(super) fn take_of_rate(&self, now: Timestamp) -> Result<(), Timestamp> {
        self.state().bucket.as_mut().map_or(Ok(()), |bucket| bucket.take(now))
    }

    /// Writes down how a call ended.
    pub(super) fn note(&self, now: Timestamp, ended: Ended) {
        let mut state = self.state();
        let before = state.breaker.open().is_some();
        match ended {
            Ended::Well => {
                state.breaker.worked();
                state.trouble = None;
            }
            Ended::Badly { why, asked } => {
                state.breaker.failed(now, &why, asked);
                state.trouble = Some(why);
            }
            // It answered, if not as it should.
            Ended::Oddly(why) => {
                state.breaker.worked();
                state.trouble = Some(why);
            }
            Ended::Unheard => return,
        }
        let after = state.breaker.open().is_some();
        state.openings += u64::from(after && !before);
        drop(state);
        match (before, after) {
            (false, true) => {
                tracing::warn!(connector = %self.name, "`{}` is left alone for a while: it failed too often", self.name)
            }
            (true, false) => tracing::info!(connector = %self.name, "`{}` works again", self.name),
            _ => {}
        }
        self.away.send_if_modified(|away| std::mem::replace(away, after) != after);
    }

    /// Why it is left alone, if it is.
    pub(super) fn away(&self) -> Option<Open> {
        self.state().breaker.open().cloned()
    }

    /// How often it came to be left alone.
    pub(super) fn openings(&self) -> u64 {
        self.state().openings
    }

    /// How the last call failed, if it did.
    pub(super) fn trouble(&self) -> Option<String> {
        self.state().trouble.clone()
    }

    /// Why nobody goes through now, if nobody does.
    pub(super) fn standing(&self, now: Timestamp) -> Option<Standing> {
        let state = self.state();
        if let Some(open) = state.breaker.open() {
            return Some(Standing::Away(open.clone()));
        }
        let free = state.bucket.as_ref()?.free_at(now);
        (free > now).then_some(Standing::Rate(free))
    }

    /// Tells when it comes to be left alone, and when it works again.
    pub(super) fn watch(&self) -> watch::Receiver<bool> {
        self.away.subscribe()
    }
}

/// How a call ended, as far as it tells something of the connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The other side did what it should, or said why it does not with this item.
    Well,
    /// It does not work, for whatever item.
    Badly {
        /// The cause.
        why: String,
        /// How long it wants to be left alone.
        asked: Option<SignedDuration>,
    },
    /// It answers, and not as it should; the next may fare better.
    Oddly(String),
    /// Nobody was called.
    Unheard,
}

impl<T> From<&Result<T, Error>> for Ended {
    /// What a delivery tells of its output.
    fn from(sent: &Result<T, Error>) -> Self {
        use connectors::Error as Sent;
        let error = match sent {
            Ok(_) => return Self::Well,
            Err(Error::Connector(error)) => error,
            Err(_) => return Self::Unheard,
        };
        let asked = match error {
            // It answered, and its answer is about this item.
            Sent::Refused { .. } | Sent::Deferred { .. } => return Self::Well,
            Sent::Incomplete(_) | Sent::Unanswerable { .. } => return Self::Unheard,
            Sent::Busy { after, .. } => after.and_then(|it| SignedDuration::try_from(it).ok()),
            // Every mail that may be out costs a person's look: a server that does this is left alone too.
            Sent::Unreachable { .. } | Sent::Uncertain { .. } | Sent::Secret { .. } => None,
        };
        Self::Badly { why: error.to_string(), asked }
    }
}

//! What does not work at a door while the door goes on: told to people, and tried again at growing intervals.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest pause between two tries of what does not work.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The pause after something that did not work; each is twice as long as the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pause {
    times: u32,
    until: Option<Instant>,
}

impl Pause {
    /// A first pause, after which it counts as if nothing had happened.
    pub(super) fn until(end: Instant) -> Self {
        Self { times: 0, until: Some(end) }
    }

    /// How often it did not work.
    pub(super) fn times(&self) -> u32 {
        self.times
    }

    /// Whether it is time for another try.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    /// It did not work, and may be tried again at once.
    pub(super) fn again(&mut self, now: Instant) {
        *self = Self { times: self.times.saturating_add(1), until: Some(now) };
    }

    /// It did not work again. `first` is how long the first pause is.
    pub(super) fn longer(&mut self, first: Duration, now: Instant) {
        self.times = self.times.saturating_add(1);
        let times = 1u32 << self.times.saturating_sub(1).min(16);
        self.until = Some(now + first.saturating_mul(times).min(LONGEST.max(first)));
    }
}

/// The troubles of a door, one of each kind.
#[derive(Debug)]
pub(super) struct Troubles<Part>(Mutex<BTreeMap<Part, String>>);

impl<Part> Default for Troubles<Part> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Part: Ord> Troubles<Part> {
    /// There is one, or it is over.
    pub(super) fn set(&self, part: Part, why: Option<String>) {
        let mut troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match why {
            Some(why) => drop(troubles.insert(part, why)),
            None => drop(troubles.remove(&part)),
        }
    }

    /// All that are not over.
    pub(super) fn list(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_quarter_of_an_hour() {
        let (mut pause, now) = (Pause::default(), Instant::now());
        assert!(pause.is_over(now));
        for _ in 0..40 {
            pause.longer(Duration::from_secs(60), now);
            assert!(!pause.is_over(now + Duration::from_secs(59)));
        }
        assert!(pause.is_over(now + LONGEST));
    }
}

//! What tests of the whole program need: an office of their own, the daemon, and somebody at its pages.

use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

use vorlage::config::Limits;

mod daemon;
mod office;
pub(crate) mod pdf;
mod visitor;
mod web;

pub(crate) use daemon::{Daemon, program};
pub(crate) use office::{Office, PASSWORD};
pub(crate) use visitor::{Visitor, get, links};
pub(crate) use web::{Manner, Web};

/// Limits for tests that are not about time: a slow machine that does other work has its own.
pub(crate) fn patient() -> Limits {
    Limits { parse_seconds: 300, ..Limits::default() }
}

/// Waits until there is something, and fails after so many seconds.
pub(crate) fn until<T>(what: &str, seconds: u64, mut there: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(seconds),
            "waited {seconds} s in vain for {what}"
        );
        pause(Duration::from_millis(20));
    }
}

/// Lets some time pass: between two looks, or until a moment that chance has chosen.
pub(crate) fn pause(time: Duration) {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(left);
    }
}

/// Chance that can be repeated: a failing test tells its seed.
pub(crate) struct Chance {
    /// Where it started.
    pub(crate) seed: u64,
    state: u64,
}

impl Chance {
    /// From `VORLAGE_SEED`, or another each time.
    pub(crate) fn new() -> Self {
        let given = std::env::var("VORLAGE_SEED").ok().and_then(|it| it.parse().ok());
        let seed = given.unwrap_or_else(|| std::hash::RandomState::new().build_hasher().finish());
        Self { seed, state: seed }
    }

    /// A pause of less than so many milliseconds.
    pub(crate) fn pause(&mut self, below: u64) {
        pause(Duration::from_millis(self.below(below)));
    }

    /// A number (Knuth's linear congruential generator, MMIX).
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % below
    }
}

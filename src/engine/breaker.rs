//! When a connector that does not answer is left alone, and when it is tried again. Pure: the time is an argument.
//!
//! After [`MOST_FAILURES`] failures in a row nobody is let through any more; then one at a time is, ever more seldom,
//! until one comes back with success.

use jiff::{SignedDuration, Timestamp};

/// After so many failures in a row the connector is left alone.
pub(super) const MOST_FAILURES: u32 = 5;
/// Until the first try after that.
const FIRST: SignedDuration = SignedDuration::from_secs(30);
/// The longest pause between two tries.
const LONGEST: SignedDuration = SignedDuration::from_mins(5);
/// The longest pause that the other side may ask for (`Retry-After`).
const LONGEST_ASKED: SignedDuration = SignedDuration::from_hours(1);

/// What is known of a connector from how it answered.
#[derive(Debug)]
pub(super) struct Breaker {
    /// Spreads the pauses of several daemons and connectors.
    seed: u64,
    failures: u32,
    open: Option<Open>,
    /// One was let through and has not come back.
    trying: bool,
}

/// A connector that is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// Since when.
    pub(super) since: Timestamp,
    /// When it is tried again.
    pub(super) until: Timestamp,
    /// How it failed last.
    pub(super) why: String,
    /// How many pauses there were.
    pauses: u32,
}

/// Whether somebody may go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum May {
    /// Yes.
    Go,
    /// Yes, to find out whether it works again; nobody else meanwhile.
    Try,
    /// Not before this moment.
    Wait(Timestamp),
}

impl Breaker {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, failures: 0, open: None, trying: false }
    }

    /// Whether somebody may go through now. After [`May::Try`] the outcome or [`Breaker::given_back`] has to be told.
    pub(super) fn may(&mut self, now: Timestamp) -> May {
        let Some(open) = &mut self.open else { return May::Go };
        // A clock that was set back must not make a pause of days.
        open.until = open.until.min(now + longer(LONGEST_ASKED, 20));
        if self.trying {
            return May::Wait(now + FIRST);
        }
        if now < open.until {
            return May::Wait(open.until);
        }
        self.trying = true;
        May::Try
    }

    /// Whoever was let through to try did not come to it.
    pub(super) fn given_back(&mut self) {
        self.trying = false;
    }

    /// Somebody came back with success.
    pub(super) fn worked(&mut self) {
        (self.failures, self.open, self.trying) = (0, None, false);
    }

    /// Somebody came back without. `asked`: how long the other side wants to be left alone.
    pub(super) fn failed(&mut self, now: Timestamp, why: &str, asked: Option<SignedDuration>) {
        self.failures = self.failures.saturating_add(1);
        let asked = asked.map(|it| it.clamp(SignedDuration::from_secs(1), LONGEST_ASKED));
        let (since, pauses) = match &mut self.open {
            // One that had set out before it was left alone tells nothing new.
            Some(open) if !self.trying => {
                open.until = asked.map_or(open.until, |pause| open.until.max(now + pause));
                return;
            }
            Some(open) => (open.since, open.pauses),
            None if self.failures >= MOST_FAILURES || asked.is_some() => (now, 0),
            None => return,
        };
        self.trying = false;
        let pause = (FIRST * 2_i32.pow(pauses.min(10))).min(LONGEST);
        let pause = longer(pause, self.spread(pauses)).max(asked.unwrap_or(SignedDuration::ZERO));
        let until = now + pause;
        self.open = Some(Open { since, until, why: why.to_owned(), pauses: pauses + 1 });
    }

    /// Why it is left alone, if it is.
    pub(super) fn open(&self) -> Option<&Open> {
        self.open.as_ref()
    }

    /// From -20 to 20.
    fn spread(&self, pauses: u32) -> i32 {
        // A step of splitmix64: the same for the same pause, another for each.
        let mut mixed =
            self.seed.wrapping_add(u64::from(pauses).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^= mixed >> 27;
        i32::try_from(mixed % 41).unwrap_or(20) - 20
    }
}

fn longer(pause: SignedDuration, percent: i32) -> SignedDuration {
    pause * (100 + percent) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(7);
        for _ in 0..MOST_FAILURES {
            assert_eq!(breaker.may(second(0)), May::Go);
            breaker.failed(second(0), "away", None);
        }
        breaker
    }

    #[test]
    fn four_failures_leave_it_closed_and_a_success_forgets_them() {
        let mut breaker = Breaker::new(7);
        for round in 0..3 {
            for _ in 0..MOST_FAILURES - 1 {
                breaker.failed(second(round), "away", None);
            }
            assert_eq!(breaker.may(second(round)), May::Go);
            breaker.worked();
        }
    }

    #[test]
    fn after_five_failures_nobody_goes_through_for_about_thirty_seconds() {
        let mut breaker = opened();
        assert!(matches!(breaker.may(second(23)), May::Wait(_)));
        assert_eq!(breaker.open().unwrap().since, second(0));
        assert_eq!(breaker.may(second(36)), May::Try);
        assert!(matches!(breaker.may(second(36)), May::Wait(_)), "one at a time");
        breaker.worked();
        assert_eq!(breaker.may(second(36)), May::Go);
    }

    #[test]
    fn whoever_does_not_come_to_it_leaves_the_try_to_the_next() {
        let mut breaker = opened();
        assert_eq!(breaker.may(second(36)), May::Try);
        breaker.given_back();
        assert_eq!(breaker.may(second(36)), May::Try);
    }

    #[test]
    fn the_pauses_double_up_to_five_minutes_and_are_spread_by_a_fifth() {
        for seed in 0..200 {
            let mut breaker = Breaker::new(seed);
            let mut now = second(0);
            (0..MOST_FAILURES).for_each(|_| breaker.failed(now, "away", None));
            for expected in [30, 60, 120, 240, 300, 300, 300] {
                let May::Wait(until) = breaker.may(now) else { panic!("open") };
                let pause = until.duration_since(now).as_secs_f64();
                let fifth = f64::from(expected) / 5.0;
                assert!((pause - f64::from(expected)).abs() <= fifth, "{pause} for {expected}");
                now = until;
                assert_eq!(breaker.may(now), May::Try);
                breaker.failed(now, "away", None);
            }
            assert_eq!(breaker.open().unwrap().since, second(0));
        }
    }

    #[test]
    fn one_that_had_set_out_before_does_not_make_the_pause_longer() {
        let mut breaker = opened();
        let before = breaker.open().cloned();
        breaker.failed(second(5), "away", None);
        assert_eq!(breaker.open().cloned(), before);
    }

    #[test]
    fn a_wish_to_be_left_alone_is_kept_at_once_but_not_for_ever() {
        let mut breaker = Breaker::new(7);
        breaker.failed(second(0), "busy", Some(SignedDuration::from_secs(200)));
        assert_eq!(breaker.may(second(199)), May::Wait(second(200)));
        assert_eq!(breaker.may(second(200)), May::Try);
        breaker.failed(second(200), "busy", Some(SignedDuration::from_hours(9000)));
        assert_eq!(breaker.may(second(200)), May::Wait(second(3800)));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_make_a_pause_of_days() {
        let mut breaker = opened();
        let day = 24 * 3600;
        let May::Wait(until) = breaker.may(second(-day)) else { panic!("open") };
        assert!(until.duration_since(second(-day)) <= SignedDuration::from_mins(72));
        assert_eq!(breaker.may(until), May::Try);
    }
}

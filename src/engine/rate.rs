//! How many calls a minute a connector gets: a token bucket. Pure: the time is an argument.

use jiff::{SignedDuration, Timestamp};

/// After a quiet time a sixth of a minute's calls may go out at once.
const BURST: u32 = 6;

/// A bucket, told by when it will be full: the "generic cell rate algorithm", which needs no counting between calls.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Between two calls.
    interval: SignedDuration,
    /// How much earlier than evenly spaced a call may be.
    ahead: SignedDuration,
    /// When the next evenly spaced call would be.
    next: Timestamp,
}

impl Bucket {
    /// A full bucket that lets so many calls through in a minute.
    pub(super) fn new(per_minute: u32) -> Self {
        let per_minute = per_minute.max(1);
        let interval = SignedDuration::from_nanos(60_000_000_000 / i64::from(per_minute));
        let burst = i32::try_from((per_minute / BURST).max(1)).unwrap_or(i32::MAX);
        Self { interval, ahead: interval.saturating_mul(burst - 1), next: Timestamp::UNIX_EPOCH }
    }

    /// When the next call may be: now or later.
    pub(super) fn free_at(&self, now: Timestamp) -> Timestamp {
        (self.bounded(now) - self.ahead).max(now)
    }

    /// A clock that was set back must not stop everything: the bucket is never emptier than empty.
    fn bounded(&self, now: Timestamp) -> Timestamp {
        self.next.min(now + self.ahead + self.interval)
    }

    /// Takes one call out, if there is one; else tells when.
    pub(super) fn take(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        self.next = self.bounded(now);
        let free = self.free_at(now);
        if free > now {
            return Err(free);
        }
        self.next = self.next.max(now) + self.interval;
        Ok(())
    }

    /// Puts back one that was not needed.
    pub(super) fn give_back(&mut self) {
        self.next -= self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    /// When calls go through if one is always wanted.
    fn calls(bucket: &mut Bucket, from: i64, count: usize) -> Vec<i64> {
        let mut now = millis(from);
        let mut times = Vec::new();
        while times.len() < count {
            match bucket.take(now) {
                Ok(()) => times.push(now.as_millisecond() - millis(0).as_millisecond()),
                Err(later) => now = later,
            }
        }
        times
    }

    #[test]
    fn a_sixth_goes_at_once_and_then_evenly() {
        let mut bucket = Bucket::new(60);
        let times = calls(&mut bucket, 0, 14);
        assert!(times[..10].iter().all(|it| *it == 0), "{times:?}");
        assert_eq!(times[10..], [1000, 2000, 3000, 4000]);
        assert_eq!(calls(&mut Bucket::new(1), 0, 3), [0, 60_000, 120_000]);
    }

    #[test]
    fn no_minute_has_more_than_a_sixth_too_many() {
        for rate in [1, 2, 7, 60, 600] {
            let times = calls(&mut Bucket::new(rate), 0, rate as usize * 5);
            for (nth, begin) in times.iter().enumerate() {
                let within = times[nth..].iter().take_while(|it| **it < begin + 60_000).count();
                assert!(within <= (rate + rate.div_ceil(6)) as usize, "{within} at {rate}");
            }
        }
    }

    #[test]
    fn what_was_not_needed_is_put_back() {
        let mut bucket = Bucket::new(1);
        bucket.take(millis(0)).unwrap();
        bucket.give_back();
        assert_eq!(bucket.take(millis(0)), Ok(()));
        assert_eq!(bucket.take(millis(0)), Err(millis(60_000)));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_stop_it() {
        let mut bucket = Bucket::new(60);
        calls(&mut bucket, 86_400_000, 20);
        assert_eq!(calls(&mut bucket, 0, 3), [1000, 2000, 3000]);
    }
}

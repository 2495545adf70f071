//! How far a reader is, page by page, so that a page that takes too long or ends the reader is lost alone.
//!
//! The child tells each step on standard error before it takes it: a process that dies says nothing
//! any more. The parent finds the last step there and asks again without that page.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::domain::{Part, Problem};

/// A page may use this part of the time of the whole item.
const PAGE_PART: u64 = 3;
/// After so many percent of its time a reader begins no further page: it must still write what it has.
const LATE_PERCENT: u64 = 70;
/// Begins a line about a step; nothing else that a reader says does.
const MARK: &str = "at: ";

/// What is done with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Its text layer is read.
    Words,
    /// It is drawn, to see whether the words are to be seen.
    Look,
}

/// A step on one page of one part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Of which part.
    pub(super) part: Part,
    /// Which page, counted from 1.
    pub(super) page: u32,
    /// What is done with it.
    pub(super) step: Step,
}

impl Place {
    /// Whether it is a page of this part.
    pub(super) fn is_page(&self, part: &Part, page: u32) -> bool {
        self.part == *part && self.page == page
    }
}

/// A step that ended a reader and is left out now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LeftOut {
    /// Which one.
    pub(super) place: Place,
    /// How it ended the reader.
    pub(super) problem: Problem,
    /// Whether all pages behind it are left out too.
    pub(super) and_all_after: bool,
}

/// What a reader has to keep to.
#[derive(Debug, Default)]
struct Pace {
    seconds: u64,
    left_out: Vec<LeftOut>,
    part: Part,
}

thread_local! {
    /// A child reads one item in its life, in one thread.
    static PACE: RefCell<Pace> = RefCell::default();
}

/// When the present step began, in milliseconds of processor time and one; 0 between steps.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// Lets a limit of processor time (in seconds) and what is left out hold for this thread.
pub(super) fn keep(seconds: u64, left_out: Vec<LeftOut>) {
    PACE.set(Pace { seconds, left_out, part: Part::default() });
}

/// The part that is read from now on.
pub(super) fn part(part: &Part) {
    PACE.with_borrow_mut(|pace| pace.part = part.clone());
}

/// Begins a step with a page, or says why it is left out.
pub(super) fn step(page: u32, step: Step) -> Result<(), LeftOut> {
    PACE.with_borrow(|pace| {
        let place = Place { part: pace.part.clone(), page, step };
        if let Some(left) = pace.left_out.iter().find(|it| it.place == place) {
            return Err(left.clone());
        }
        // Without a limit nobody listens either.
        if pace.seconds > 0 {
            tell(Some(&place));
            BEGUN.store(used_ms() + 1, Ordering::Relaxed);
        }
        Ok(())
    })
}

/// Ends the last step.
pub(super) fn done() {
    if BEGUN.swap(0, Ordering::Relaxed) != 0 {
        tell(None);
    }
}

/// Whether so much time is used that no further page should be begun.
pub(super) fn is_late() -> bool {
    let seconds = PACE.with_borrow(|pace| pace.seconds);
    seconds > 0 && used_ms() > seconds * 10 * LATE_PERCENT
}

/// Asked by another thread: what is wrong when the present step has used up the time of a page.
pub(super) fn overdue(seconds: u64) -> Option<Problem> {
    let begun = BEGUN.load(Ordering::Relaxed).checked_sub(1)?;
    let most = (seconds * 1000 / PAGE_PART).max(1);
    let detail = format!(
        "took longer than {:.1} seconds (a third of `parse_seconds`)",
        most as f64 / 1000.0
    );
    (used_ms().saturating_sub(begun) > most).then(|| Problem::new("P0104", detail))
}

/// The step at which a reader ended, from what it said.
pub(super) fn last(complaints: &str) -> Option<Place> {
    let last = complaints.lines().rev().find_map(|line| line.strip_prefix(MARK))?;
    serde_json::from_str(last).ok().flatten()
}

fn tell(place: Option<&Place>) {
    let line = serde_json::to_string(&place).unwrap_or_default();
    // Who no longer listens cannot be told.
    io::stderr().write_all(format!("{MARK}{line}\n").as_bytes()).unwrap_or_default();
}

/// Processor time that this process has used, in milliseconds.
fn used_ms() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    u64::try_from(time.tv_sec * 1000 + time.tv_nsec / 1_000_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(page: u32, step: Step) -> Place {
        Place { part: Part::Attachment(2), page, step }
    }

    #[test]
    fn the_last_step_counts_and_none_when_the_reader_was_past_the_pages() {
        let line =
            |place: Option<Place>| format!("{MARK}{}\n", serde_json::to_string(&place).unwrap());
        let (first, second) = (place(7, Step::Words), place(7, Step::Look));
        let said = line(Some(first)) + &line(Some(second.clone()));
        let died = "memory allocation of 8 bytes failed\n";
        assert_eq!(last(&format!("{said}{died}")), Some(second));
        assert_eq!(last(&(said + &line(None) + died)), None);
        assert_eq!(last("at: home"), None);
    }

    #[test]
    fn a_step_is_left_out_in_its_own_part_alone() {
        let problem = Problem::new("P0104", "took long");
        let left = LeftOut { place: place(2, Step::Look), problem, and_all_after: false };
        keep(0, vec![left]);
        assert!(step(2, Step::Look).is_ok(), "another part");
        part(&Part::Attachment(2));
        assert!(step(2, Step::Words).is_ok());
        assert_eq!(step(2, Step::Look).unwrap_err().problem.code, "P0104");
        assert!(step(3, Step::Look).is_ok());
    }
}

//! Tries the matches of a shape in a text. The work is bounded: shapes have bounded repetitions,
//! each place is tried a bounded number of times, and at most [`MOST`] values are returned.

use regex::{Match, Regex};

use super::confusions::one_step_away;
use super::labels::{Before, Near};
use super::reader::Reader;
use super::{CHECK, Reading};
use crate::domain::Span;
use crate::fields::{Asked, Doubt, Hit, Invalid};

/// No more values than this are returned for one text: nobody chooses among more.
const MOST: usize = 1000;
/// So many damaged values of one text are put right, or tried to: each try is some hundred readings.
const REPAIRS: usize = 300;
/// So many words are cut off the end of a shape, one by one, to find a value at its beginning.
const CUTS: usize = 9;
/// So many doubts are told at most.
const MOST_DOUBTS: usize = 20;

/// What came of the matches of one shape.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) found: Vec<Found>,
    pub(super) failed: Vec<Failed>,
}

/// A found value with its place in bytes.
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    reading: Reading,
    labelled: bool,
    corrected: bool,
}

/// What looks like a value and fails its check, with its place in bytes.
pub(super) struct Failed {
    pub(super) start: usize,
    pub(super) end: usize,
    invalid: Invalid,
}

/// One text, searched by one reader.
pub(super) struct Search<'a> {
    pub(super) reader: &'a Reader,
    pub(super) text: &'a str,
    pub(super) asked: &'a Asked<'a>,
    /// The admin's pattern for whole values.
    pub(super) pattern: Option<&'a Regex>,
}

impl Search<'_> {
    /// Tries every match of a shape; with `hints`, only those after a label.
    pub(super) fn collect(&self, shape: &Regex, hints: Option<&[&str]>) -> Outcome {
        let mut outcome = Outcome::default();
        let near = hints.map(|hints| self.near(hints));
        let (mut at, mut last, mut repairs) = (0, 0, REPAIRS);
        while at <= self.text.len() && outcome.found.len().max(outcome.failed.len()) < MOST {
            let Some(groups) = shape.captures_at(self.text, at) else { break };
            let Some(whole) = groups.get(0) else { break };
            // A shape may name its value in several ways: the group that took part is it.
            let value = (1..groups.len()).find_map(|it| groups.get(it)).unwrap_or(whole);
            let start = value.start();
            at = (whole.start() + first_word(whole.as_str()))
                .max(next_char(self.text, whole.start()));
            let wanted = near.as_ref().is_none_or(|near| near.before(self.text, last, start));
            if !wanted || !begins_alone(self.text, whole.start()) {
                continue;
            }
            if let Some((raw, reading, corrected)) = self.best(value, whole.end(), &mut repairs) {
                let end = start + raw.len();
                let labelled = Before::new(self.text, last, start).names(self.asked.labels);
                outcome.found.push(Found { start, end, reading, labelled, corrected });
                (at, last) = (end, end);
            } else if near.is_some() {
                outcome.failed.extend(self.failed(value, whole.end()));
            }
        }
        outcome
    }

    /// The longest beginning of a raw text that has the form of a value but fails its check.
    fn failed(&self, value: Match<'_>, behind: usize) -> Option<Failed> {
        self.cuts(value, behind).find_map(|raw| {
            let invalid = self.reader.settle(raw, self.asked, self.pattern).err()?;
            let (start, end) = (value.start(), value.start() + raw.len());
            (invalid.code == CHECK).then_some(Failed { start, end, invalid })
        })
    }

    /// A raw text, and what is left of it when words are cut off its end.
    fn cuts<'t>(&self, value: Match<'t>, behind: usize) -> impl Iterator<Item = &'t str> {
        let raw = value.as_str();
        let most = if self.reader.cuts { CUTS } else { 1 };
        let all = std::iter::successors(Some(raw), |it| shorter(it)).take(most);
        all.filter(move |cut| {
            let end = if cut.len() == raw.len() { behind } else { value.start() + cut.len() };
            ends_alone(self.text, end)
        })
    }

    /// The labels that count: the admin's, or ours when there is none of theirs.
    fn near(&self, hints: &[&str]) -> Near {
        if self.asked.labels.is_empty() {
            Near::new(self.text, hints.iter().map(|it| (*it).to_owned()).collect())
        } else {
            Near::new(self.text, self.asked.labels.to_vec())
        }
    }

    /// The longest beginning of a raw text that is a value; else the only one a scanner may have damaged.
    fn best<'t>(
        &self,
        value: Match<'t>,
        behind: usize,
        repairs: &mut usize,
    ) -> Option<(&'t str, Reading, bool)> {
        let read = |raw: &str| self.reader.settle(raw, self.asked, self.pattern).ok();
        let exact = self.cuts(value, behind).find_map(|raw| Some((raw, read(raw)?, false)));
        if exact.is_some() || !self.reader.scanned || *repairs == 0 {
            return exact;
        }
        *repairs -= 1;
        self.cuts(value, behind).find_map(|raw| {
            let mut right = one_step_away(raw).filter_map(|it| read(&it)).filter(|it| it.checked);
            let only = right.next()?;
            right.all(|other| other == only).then_some((raw, only, true))
        })
    }
}

/// A value does not begin within a word or a longer number.
fn begins_alone(text: &str, start: usize) -> bool {
    let mut before = text.get(..start).unwrap_or("").chars().rev();
    apart(before.next(), before.next())
}

/// Nor does it end within one.
fn ends_alone(text: &str, end: usize) -> bool {
    let mut after = text.get(end..).unwrap_or("").chars();
    apart(after.next(), after.next())
}

fn apart(next: Option<char>, beyond: Option<char>) -> bool {
    match next {
        Some('.' | ',' | '/') => !beyond.is_some_and(|c| c.is_ascii_digit()),
        Some(c) => !c.is_alphanumeric(),
        None => true,
    }
}

/// Without its last word.
fn shorter(raw: &str) -> Option<&str> {
    let (rest, _) = raw.trim_end().rsplit_once(char::is_whitespace)?;
    Some(rest.trim_end()).filter(|rest| !rest.is_empty())
}

/// The bytes of the first word with the space after it.
fn first_word(text: &str) -> usize {
    let inner = text.trim_start();
    let space = text.len() - inner.len();
    inner.find(char::is_whitespace).map_or(text.len(), |at| space + next_char(inner, at))
}

fn next_char(text: &str, at: usize) -> usize {
    at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

/// Adds what does not overlap anything that is there already.
pub(super) fn add_new(found: &mut Vec<Found>, more: Vec<Found>) {
    let known: Vec<(usize, usize)> = found.iter().map(|it| (it.start, it.end)).collect();
    for new in more {
        let next = known.partition_point(|(_, end)| *end <= new.start);
        if known.get(next).is_none_or(|(start, _)| *start >= new.end) {
            found.push(new);
        }
    }
    found.sort_by_key(|it| it.start);
    found.truncate(MOST);
}

/// Turns places in bytes into places in characters, in one pass over the text.
pub(super) fn hits(text: &str, found: Vec<Found>) -> Vec<Hit> {
    let (mut bytes, mut chars) = (0, 0);
    let mut hits = Vec::with_capacity(found.len());
    for Found { start, end, reading, labelled, corrected } in found {
        chars += text.get(bytes..start).unwrap_or("").chars().count();
        bytes = start;
        let length = text.get(start..end).unwrap_or("").chars().count();
        let span = Span { start: chars, end: chars + length };
        hits.push(Hit {
            span,
            value: reading.value,
            labelled,
            checked: reading.checked,
            corrected,
        });
    }
    hits
}

/// The same for what failed.
pub(super) fn doubts(text: &str, failed: Vec<Failed>) -> Vec<Doubt> {
    let span = |it: &Failed| Span::from_bytes(text, it.start..it.end);
    failed
        .into_iter()
        .take(MOST_DOUBTS)
        .map(|it| Doubt { span: span(&it), invalid: it.invalid })
        .collect()
}

//! Finds all values of a type in a text. The work is bounded: shapes have bounded repetitions,
//! each place is tried a bounded number of times, and at most [`MOST`] values are returned.

use std::sync::LazyLock;

use regex::{Match, Regex};

use super::confusions::one_step_away;
use super::labels::{Before, Near};
use super::{Read, Reading, whole};
use crate::domain::Span;
use crate::fields::{Asked, Hit, Invalid};

/// No more values than this are returned for one text: nobody chooses among more.
const MOST: usize = 1000;
/// So many damaged values of one text are put right, or tried to: each try is some hundred readings.
const REPAIRS: usize = 300;
/// So many words are cut off the end of a shape, one by one, to find a value at its beginning.
const CUTS: usize = 9;

/// How values of one type are found and read.
pub(in crate::fields) struct Reader {
    /// What is taken for a value wherever it stands. Its first group, if it has one, is the value.
    pub(in crate::fields) sure: Option<&'static LazyLock<Regex>>,
    /// What is taken for a value only after a label.
    pub(in crate::fields) hinted: Option<Hinted>,
    /// How one raw text is read.
    pub(in crate::fields) read: Read,
    /// Whether one character that scanners confuse may be put right when the check digit then holds.
    pub(in crate::fields) scanned: bool,
    /// Whether a shape may take along words behind the value, which are then cut off.
    pub(in crate::fields) cuts: bool,
}

/// A shape that means something only after a label.
pub(in crate::fields) struct Hinted {
    /// What the value looks like.
    pub(in crate::fields) shape: &'static LazyLock<Regex>,
    /// Labels that count when the admin wrote none.
    pub(in crate::fields) labels: &'static [&'static str],
}

/// A found value with its place in bytes.
struct Found {
    start: usize,
    end: usize,
    reading: Reading,
    labelled: bool,
    corrected: bool,
}

impl Reader {
    /// Reads one raw text strictly.
    pub(in crate::fields) fn normalise(
        &self,
        raw: &str,
        asked: &Asked<'_>,
    ) -> Result<String, Invalid> {
        let pattern = asked.pattern.map(whole).transpose()?;
        self.settle(raw, asked, pattern.as_ref()).map(|reading| reading.value)
    }

    /// All values in a text, in their order.
    pub(in crate::fields) fn find(&self, text: &str, asked: &Asked<'_>) -> Vec<Hit> {
        let Ok(pattern) = asked.pattern.map(whole).transpose() else { return Vec::new() };
        let search = Search { reader: self, text, asked, pattern: pattern.as_ref() };
        let mut found = Vec::new();
        if let Some(shape) = self.sure {
            found = search.collect(shape, None);
        }
        if let Some(hinted) = &self.hinted {
            add_new(&mut found, search.collect(hinted.shape, Some(hinted.labels)));
        }
        hits(text, found)
    }

    /// All matches of the admin's own pattern.
    pub(in crate::fields) fn find_pattern(&self, text: &str, asked: &Asked<'_>) -> Vec<Hit> {
        let Some(Ok(shape)) = asked.pattern.map(Regex::new) else { return Vec::new() };
        let whole_match = Regex::new(&format!("({})", shape.as_str()));
        let Ok(shape) = whole_match else { return Vec::new() };
        let search = Search { reader: self, text, asked, pattern: None };
        hits(text, search.collect(&shape, None))
    }

    /// Reads a raw text and holds it against the admin's pattern.
    fn settle(
        &self,
        raw: &str,
        asked: &Asked<'_>,
        pattern: Option<&Regex>,
    ) -> Result<Reading, Invalid> {
        let reading = (self.read)(raw, asked)?;
        if pattern.is_none_or(|pattern| pattern.is_match(&reading.value)) {
            return Ok(reading);
        }
        Err(Invalid::pattern("it does not match the pattern of the field"))
    }
}

/// One text, searched by one reader.
struct Search<'a> {
    reader: &'a Reader,
    text: &'a str,
    asked: &'a Asked<'a>,
    /// The admin's pattern for whole values.
    pattern: Option<&'a Regex>,
}

impl Search<'_> {
    fn collect(&self, shape: &Regex, hints: Option<&[&str]>) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let near = hints.map(|hints| self.near(hints));
        let (mut at, mut last, mut repairs) = (0, 0, REPAIRS);
        while at <= self.text.len() && found.len() < MOST {
            let Some(groups) = shape.captures_at(self.text, at) else { break };
            let Some(whole) = groups.get(0) else { break };
            let value = groups.get(1).unwrap_or(whole);
            let wanted =
                near.as_ref().is_none_or(|near| near.before(self.text, last, value.start()));
            let free = wanted && begins_alone(self.text, whole.start());
            let read = if free { self.best(value, whole.end(), &mut repairs) } else { None };
            at = match read {
                Some((raw, reading, corrected)) => {
                    let (start, end) = (value.start(), value.start() + raw.len());
                    let labelled = Before::new(self.text, last, start).names(self.asked.labels);
                    found.push(Found { start, end, reading, labelled, corrected });
                    last = end;
                    end
                }
                None => whole.start() + first_word(whole.as_str()),
            };
            if at <= whole.start() {
                at = next_char(self.text, whole.start());
            }
        }
        found
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
        let raw = value.as_str();
        let end =
            |cut: &str| if cut.len() == raw.len() { behind } else { value.start() + cut.len() };
        let most = if self.reader.cuts { CUTS } else { 1 };
        let cuts = || {
            let all = std::iter::successors(Some(raw), |it| shorter(it)).take(most);
            all.filter(|cut| ends_alone(self.text, end(cut)))
        };
        let read = |raw: &str| self.reader.settle(raw, self.asked, self.pattern).ok();
        let exact = cuts().find_map(|raw| Some((raw, read(raw)?, false)));
        if exact.is_some() || !self.reader.scanned || *repairs == 0 {
            return exact;
        }
        *repairs -= 1;
        cuts().find_map(|raw| {
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
        Some('.' | ',') => !beyond.is_some_and(|c| c.is_ascii_digit()),
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
fn add_new(found: &mut Vec<Found>, more: Vec<Found>) {
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
fn hits(text: &str, found: Vec<Found>) -> Vec<Hit> {
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

//! How the values of one type are found and read.

use std::sync::LazyLock;

use regex::Regex;

use super::search::{Failed, Found, Search, add_new, doubts, hits};
use super::{Read, Reading, whole};
use crate::fields::{Asked, Doubt, Hit, Invalid};

/// How values of one type are found and read.
pub(in crate::fields) struct Reader {
    /// What is taken for a value wherever it stands. The first of its groups that takes
    /// part, if it has any, is the value.
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
            found = search.collect(shape, None).found;
        }
        if let Some(hinted) = &self.hinted {
            add_new(&mut found, search.collect(hinted.shape, Some(hinted.labels)).found);
        }
        hits(text, found)
    }

    /// All matches of the admin's own pattern.
    pub(in crate::fields) fn find_pattern(&self, text: &str, asked: &Asked<'_>) -> Vec<Hit> {
        let Some(Ok(shape)) = asked.pattern.map(Regex::new) else { return Vec::new() };
        let whole_match = Regex::new(&format!("({})", shape.as_str()));
        let Ok(shape) = whole_match else { return Vec::new() };
        let search = Search { reader: self, text, asked, pattern: None };
        hits(text, search.collect(&shape, None).found)
    }

    /// What a label announces and what looks like a value, but fails its check. The admin's labels
    /// count, or `labels` when there is none of theirs.
    pub(in crate::fields) fn doubts(
        &self,
        text: &str,
        asked: &Asked<'_>,
        labels: &[&str],
    ) -> Vec<Doubt> {
        let Ok(pattern) = asked.pattern.map(whole).transpose() else { return Vec::new() };
        let search = Search { reader: self, text, asked, pattern: pattern.as_ref() };
        let shapes = [self.sure, self.hinted.as_ref().map(|it| it.shape)];
        let (mut found, mut failed): (Vec<Found>, Vec<Failed>) = (Vec::new(), Vec::new());
        for shape in shapes.into_iter().flatten() {
            let outcome = search.collect(shape, Some(labels));
            found.extend(outcome.found);
            failed.extend(outcome.failed);
        }
        failed.retain(|it| !found.iter().any(|right| right.start < it.end && it.start < right.end));
        failed.sort_by_key(|it| (it.start, it.end));
        failed.dedup_by(|next, kept| next.start < kept.end);
        doubts(text, failed)
    }

    /// Reads a raw text and holds it against the admin's pattern.
    pub(super) fn settle(
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

//! Whether a word that names a value stands right before it.

use regex::RegexBuilder;

/// So many characters may stand between a label and its value on one line.
const GAP: usize = 25;
/// What a label may end with or not.
const END: [char; 3] = [':', '.', ' '];
/// So many characters before a value are looked at.
const WINDOW: usize = 120;
/// A text of fewer bytes holds too few values to search it for labels first.
const LITTLE: usize = 500;

/// The characters before a value, prepared once for several labels.
pub(super) struct Before {
    /// On the same line, white space squeezed, in lower case.
    line: String,
    /// The line above, in the same way, when the value begins its own line.
    above: Option<String>,
    /// The same line with those before it, in which a phrase may be broken over two lines.
    prose: String,
}

impl Before {
    /// What stands before the byte `at` of `text`, but not before `from`: the end of the value before.
    pub(super) fn new(text: &str, from: usize, at: usize) -> Self {
        let text = text.get(..at).unwrap_or("");
        let nearest = text.char_indices().rev().take(WINDOW).last();
        let start = nearest.map_or(at, |(start, _)| start).max(from);
        let window = text.get(start..).unwrap_or("");
        let (above, line) = match window.rsplit_once('\n') {
            Some((above, line)) => (Some(above), line),
            None => (None, window),
        };
        let above = above.filter(|_| line.trim().is_empty()).map(|above| {
            let last = above.trim_end().rsplit('\n').next().unwrap_or("");
            lower(last).trim_end_matches(END).to_owned()
        });
        Self { line: lower(line), above, prose: lower(window) }
    }

    /// Whether one of the labels stands there.
    pub(super) fn names<T: AsRef<str>>(&self, labels: &[T]) -> bool {
        labels.iter().any(|label| {
            let label = lower(label.as_ref());
            let label = label.trim_end_matches(END);
            let above = || self.above.as_deref() == Some(label);
            !label.is_empty() && (on_line(&self.line, label) || above() || self.in_prose(label))
        })
    }

    /// Whether a phrase of several words ends on this line, or right before it.
    fn in_prose(&self, label: &str) -> bool {
        let words = label.contains(' ') && on_line(&self.prose, label);
        let behind = || self.prose.rsplit(label).next().unwrap_or("");
        words && (behind().trim().is_empty() || self.line.ends_with(behind()))
    }
}

/// Whether a label stands at the end of a line, shortly before what follows.
fn on_line(line: &str, label: &str) -> bool {
    let Some(at) = line.rfind(label) else { return false };
    let (before, rest) = line.split_at_checked(at).unwrap_or_default();
    let gap = rest.strip_prefix(label).unwrap_or("");
    let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    apart(before.chars().next_back()) && apart(gap.chars().next()) && gap.chars().count() <= GAP
}

fn lower(text: &str) -> String {
    let words = text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    if text.ends_with(char::is_whitespace) { words + " " } else { words }
}

/// Several labels and where in a text they stand, so that most places need no closer look.
pub(super) struct Near {
    labels: Vec<String>,
    /// The bytes at which labels end, in order; `None` when there are too many labels to search for, or
    /// too little text for a search to be worth its preparation.
    ends: Option<Vec<usize>>,
}

impl Near {
    /// Looks for the labels once.
    pub(super) fn new(text: &str, labels: Vec<String>) -> Self {
        if text.len() < LITTLE {
            return Self { labels, ends: None };
        }
        let words = |label: &String| {
            let words: Vec<String> =
                label.trim_end_matches(END).split_whitespace().map(regex::escape).collect();
            words.join(r"\s+")
        };
        let all: Vec<String> = labels.iter().map(words).filter(|it| !it.is_empty()).collect();
        let search = RegexBuilder::new(&all.join("|")).case_insensitive(true).build();
        let ends = search.ok().map(|search| match all.is_empty() {
            true => Vec::new(),
            false => search.find_iter(text).map(|it| it.end()).collect(),
        });
        Self { labels, ends }
    }

    /// Whether one of them stands right before the byte `at`, but not before `from`.
    pub(super) fn before(&self, text: &str, from: usize, at: usize) -> bool {
        let near = self.ends.as_ref().is_none_or(|ends| {
            let next = ends.partition_point(|end| *end <= at);
            let last = next.checked_sub(1).and_then(|it| ends.get(it));
            last.is_some_and(|end| end + 4 * WINDOW >= at)
        });
        near && Before::new(text, from, at).names(&self.labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str, value: &str, labels: &[&str]) -> bool {
        Before::new(text, 0, text.find(value).unwrap()).names(labels)
    }

    #[test]
    fn a_label_stands_shortly_before_or_alone_above() {
        assert!(named("Rechnungsnummer: 4711", "4711", &["rechnungsnummer"]));
        assert!(named("RECHNUNGS-NR.\t\t       4711", "4711", &["Rechnungs-Nr."]));
        assert!(named("Beleg-Nr   : 4711", "4711", &["Beleg-Nr."]));
        assert!(named("Größe der Fläche:\n  4711", "4711", &["Größe der Fläche:"]));
        assert!(named("x\nNummer\n4711", "4711", &["Nummer"]));
    }

    #[test]
    fn a_phrase_may_be_broken_over_two_lines() {
        assert!(named("made effective as\nof March 5", "March", &["effective as of"]));
        assert!(named("governed by the laws of\nOregon", "Oregon", &["laws of"]));
        assert!(!named("Nummer der Akte und mehr\n4711", "4711", &["Nummer der Akte"]));
        assert!(!named("Laws of the\nland\nOregon", "Oregon", &["laws of"]));
    }

    #[test]
    fn a_word_far_away_or_inside_another_is_no_label() {
        assert!(!named("Rechnungsnummer: 4711", "4711", &["nummer"]));
        assert!(!named("Nummer und noch sehr viel anderer Text 4711", "4711", &["Nummer"]));
        assert!(!named("Nummer und mehr\n4711", "4711", &["Nummer"]));
        assert!(!named("4711", "4711", &[""]));
    }
}

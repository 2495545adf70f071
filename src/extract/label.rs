//! Where the labels of a field stand on a sheet.

use crate::domain::Span;

use super::sheet::Line;

/// In a label: any words of the phrase (`Rechnung … vom`).
const GAP: &str = "…";
/// So many of them at most.
const MOST_SKIPPED: usize = 6;
/// Words of names of values, which are no values themselves.
const NAMES: &[&str] = &[
    "#",
    "address",
    "amount",
    "anzahl",
    "beschreibung",
    "betrag",
    "code",
    "date",
    "datum",
    "description",
    "einheit",
    "estimate",
    "menge",
    "name",
    "no",
    "nr",
    "number",
    "nummer",
    "preis",
    "price",
    "product",
    "quantity",
    "ref",
    "revision",
    "type",
    "typ",
];

/// A label, ready to be found.
pub(super) struct Label {
    words: Vec<String>,
    rank: usize,
}

/// A label on a line.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) first: usize,
    /// Its last word on the line.
    pub(super) last: usize,
    /// What stands behind it in the same word (`Nr:4711`).
    pub(super) rest: Option<Span>,
    /// A colon ends it.
    pub(super) colon: bool,
    /// It begins the line, or something ends before it.
    pub(super) strong: bool,
    /// Its place in the admin's list.
    pub(super) rank: usize,
}

/// What may stand around a word without changing it; `#` tells a number from a name.
fn is_edge(letter: char) -> bool {
    !letter.is_alphanumeric() && letter != '#'
}

fn plain(word: &str) -> String {
    word.trim_matches(is_edge).to_lowercase()
}

impl Label {
    pub(super) fn all(labels: &[String]) -> Vec<Self> {
        let label = |(rank, label): (usize, &String)| {
            let word = |it: &str| if it == GAP { GAP.to_owned() } else { plain(it) };
            let words: Vec<String> =
                label.split_whitespace().map(word).filter(|word| !word.is_empty()).collect();
            (!words.is_empty()).then_some(Self { words, rank })
        };
        labels.iter().enumerate().filter_map(label).collect()
    }

    /// The longest of the labels that stands at a word of a line.
    pub(super) fn longest(labels: &[Self], line: &Line<'_>, first: usize) -> Option<Seen> {
        let seen = labels.iter().filter_map(|label| label.at(line, first));
        seen.max_by_key(|seen| (seen.last, std::cmp::Reverse(seen.rank)))
    }

    fn at(&self, line: &Line<'_>, first: usize) -> Option<Seen> {
        let before = first.checked_sub(1).and_then(|it| line.tokens.get(it));
        let strong = line.tokens.get(first).is_some_and(|it| it.first)
            || before.is_none_or(|it| it.text.ends_with([':', '|']));
        let (last_word, words) = self.words.split_last()?;
        let (mut at, mut skip) = (first, 0);
        for word in words {
            if word == GAP {
                skip = MOST_SKIPPED;
                continue;
            }
            let found = find(line, at, skip, |text| plain(text) == *word)?;
            (at, skip) = (found + 1, 0);
        }
        let begins = |text: &str| plain(text) == *last_word || rest_of(text, last_word).is_some();
        // A label of one word stands where it is looked for, not behind marks.
        let last = if words.is_empty() {
            Some(first).filter(|it| line.tokens.get(*it).is_some_and(|it| begins(it.text)))?
        } else {
            find(line, at, skip, begins)?
        };
        let token = line.tokens.get(last)?;
        let rest =
            if plain(token.text) == *last_word { None } else { rest_of(token.text, last_word) };
        let rest = rest.map(|(skipped, length)| {
            let start = token.span.start + skipped;
            Span { start, end: start + length }
        });
        let follows = line.tokens.get(last + 1).is_some_and(|it| it.text.starts_with(':'));
        let colon = token.text.ends_with(':') || rest.is_some() || follows;
        Some(Seen { first, last, rest, colon, strong, rank: self.rank })
    }
}

/// The next word that is not only marks, if it fits; so many words of the phrase may be passed over.
fn find(line: &Line<'_>, from: usize, skip: usize, fits: impl Fn(&str) -> bool) -> Option<usize> {
    let words = line.tokens.iter().enumerate().skip(from);
    let mut words = words.filter(|(_, token)| !plain(token.text).is_empty()).take(skip + 1);
    let found = words.by_ref().find(|(_, token)| fits(token.text)).map(|(at, _)| at)?;
    let between = line.tokens.get(from..found).unwrap_or_default();
    (skip == 0 || !between.iter().any(|token| token.first)).then_some(found)
}

/// Whether a phrase names a value and is none: `Order Date` stands beside other labels.
pub(super) fn names_a_value(text: &str) -> bool {
    let digits = text.chars().any(|it| it.is_ascii_digit());
    !digits && text.split_whitespace().any(|word| NAMES.contains(&plain(word).as_str()))
}

/// The characters to pass over and how many follow, for a value in the same word as its label.
fn rest_of(text: &str, label: &str) -> Option<(usize, usize)> {
    let mut letters = text.chars();
    for wanted in label.chars() {
        if !letters.next()?.to_lowercase().eq(std::iter::once(wanted)) {
            return None;
        }
    }
    let rest = letters.as_str();
    let marks = rest.chars().take_while(|it| is_edge(*it) || *it == '#').count();
    let parted = rest.chars().take(marks).any(|it| matches!(it, ':' | '#'));
    let length = rest.chars().count().checked_sub(marks).filter(|it| *it > 0 && parted)?;
    Some((text.chars().count() - length, length))
}

impl Seen {
    /// Its left and right edge.
    pub(super) fn reach(&self, line: &Line<'_>) -> Option<(f32, f32)> {
        Some((line.tokens.get(self.first)?.left, line.tokens.get(self.last)?.right))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::Sheet;
    use super::*;
    use crate::domain::Document;

    fn seen(label: &str, text: &str) -> Vec<(usize, usize, bool, bool)> {
        let document = Document { text: text.into(), ..Document::default() };
        let sheet = Sheet::of(&document);
        let labels = Label::all(&[label.to_owned()]);
        let line = &sheet.lines[0];
        let all = (0..line.tokens.len()).filter_map(|it| Label::longest(&labels, line, it));
        all.map(|it| (it.first, it.last, it.colon, it.strong)).collect()
    }

    #[test]
    fn a_label_is_found_whatever_marks_stand_around_it() {
        assert_eq!(seen("USt.-Id.-Nr.", "USt.-Id.-Nr.: DE1"), [(0, 0, true, true)]);
        assert_eq!(seen("Total (incl GST)", "TOTAL (INCL GST) :"), [(0, 2, true, true)]);
        assert_eq!(seen("Order / Rev", "Alt Order / Rev: 1"), [(1, 3, true, false)]);
        assert_eq!(seen("Nr", "Nr:4711"), [(0, 0, true, true)]);
        assert_eq!(seen("Order #", "Order Date"), []);
        assert_eq!(seen("Nummer", "Rechnungsnummer: 4"), []);
        assert_eq!(seen("Rechnung … vom", "Rechnung Nr. 5 vom 1.2.2026"), [(0, 3, false, true)]);
        assert_eq!(seen("Rechnung … vom", "Rechnung     Brief vom 1.2.2026"), []);
        assert!(names_a_value("Original Date / Revision") && !names_a_value("Date 2026"));
    }
}

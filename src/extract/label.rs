//! Where the labels of a field stand on a sheet.

use crate::domain::Span;

use super::sheet::{Line, ROW_WORDS, Sheet};

/// In a label: any words of the phrase (`Rechnung … vom`).
const GAP: &str = "…";
/// So many of them at most.
const MOST_SKIPPED: usize = 6;
/// The second line of a label stands so near, in heights of the first.
const NEXT_LINE: f32 = 1.5;
/// Among so many lines it is looked for: columns and sizes of letters.
const OPEN_LINES: usize = 6;
/// Words of so many letters may have a footnote; `Nr1` is something else.
const FOOTNOTED: usize = 6;
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
    "signature",
    "type",
    "typ",
    "unterschrift",
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
    /// It is a question: its answer stands below.
    pub(super) asks: bool,
    /// It begins the line, or something ends before it.
    pub(super) strong: bool,
    /// Its place in the admin's list.
    pub(super) rank: usize,
    /// Its left and right edge, where another line of it is longer.
    pub(super) edges: Option<(f32, f32)>,
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

    /// A label that begins a phrase of a line and goes on in the line below, and the number of that line.
    pub(super) fn over_two_lines(
        labels: &[Self],
        sheet: &Sheet<'_>,
        number: usize,
        first: usize,
    ) -> Option<(usize, Seen)> {
        let line = sheet.lines.get(number)?;
        let numbered = |it: &usize| line.tokens.get(*it).is_some_and(|it| is_item(it.text));
        let starts = std::iter::once(first).chain(first.checked_sub(1).filter(numbered));
        let phrase = starts.into_iter().find_map(|start| {
            let at = line.phrases().binary_search_by_key(&start, |it| it.start).ok()?;
            line.phrases().get(at)
        })?;
        let head = line.tokens.get(first..phrase.end)?;
        let words: Vec<String> =
            head.iter().map(|it| plain(it.text)).filter(|it| !it.is_empty()).collect();
        let begun = |label: &&Self| {
            label.words.len() > words.len() && !words.is_empty() && label.words.starts_with(&words)
        };
        let (left, right) = (line.tokens.get(phrase.start)?.left, head.last()?.right);
        let below = sheet.lines.iter().enumerate().skip(number + 1).take(OPEN_LINES);
        let near = below.filter(|(_, it)| {
            it.page == line.page && it.top - line.bottom < NEXT_LINE * line.height()
        });
        for (next, under) in near {
            for label in labels.iter().filter(begun) {
                let rest = label.words.get(words.len()..).unwrap_or_default().to_vec();
                let rest = Self { words: rest, rank: label.rank };
                let from = under.tokens.partition_point(|it| it.right <= left);
                let starts = under.tokens.iter().enumerate().skip(from).take(ROW_WORDS);
                let starts = starts.take_while(|(_, it)| it.left < right);
                let mut starts = starts.filter(|(_, it)| it.first).map(|(at, _)| at);
                // Dirt before a word is no word.
                let is_mark =
                    |at: &usize| under.tokens.get(*at).is_some_and(|it| plain(it.text).is_empty());
                let word = |at: usize| (at..).find(|at| !is_mark(at)).unwrap_or(at);
                let seen = starts.find_map(|at| rest.at(under, word(at)));
                let Some(seen) = seen else { continue };
                let end = under.tokens.get(seen.last).map_or(right, |it| it.right);
                return Some((next, Seen { edges: Some((left, right.max(end))), ..seen }));
            }
        }
        None
    }

    fn at(&self, line: &Line<'_>, first: usize) -> Option<Seen> {
        let before = first.checked_sub(1).and_then(|it| line.tokens.get(it));
        let numbered = before.is_some_and(|it| it.first && is_item(it.text));
        let strong = line.tokens.get(first).is_some_and(|it| it.first)
            || before.is_none_or(|it| it.text.ends_with([':', '|']))
            || numbered;
        let (last_word, mut words) = self.words.split_last()?;
        let is_one_word = words.is_empty();
        let (mut at, mut skip) = (first, 0);
        while let Some((word, others)) = words.split_first() {
            words = others;
            if word == GAP {
                skip = MOST_SKIPPED;
                continue;
            }
            if let Some(found) = find(line, at, skip, |text| plain(text) == *word) {
                (at, skip) = (found + 1, 0);
                continue;
            }
            // A reader of pictures may take two words for one.
            let both = format!("{word}{}", others.first().unwrap_or(last_word));
            let found = find(line, at, skip, |text| plain(text) == both)?;
            (at, skip) = (found + 1, 0);
            let Some((_, rest)) = others.split_first() else {
                let colon = line.tokens.get(found).is_some_and(|it| it.text.ends_with(':'));
                let (last, rank) = (found, self.rank);
                let asks = line.tokens.get(found).is_some_and(|it| it.text.ends_with('?'));
                let (rest, edges) = (None, None);
                return Some(Seen { first, last, rest, colon, asks, strong, rank, edges });
            };
            words = rest;
        }
        let begins = |text: &str| ends(text, last_word) || rest_of(text, last_word).is_some();
        // A label of one word stands where it is looked for, not behind marks.
        let last = if is_one_word {
            Some(first).filter(|it| line.tokens.get(*it).is_some_and(|it| begins(it.text)))?
        } else {
            find(line, at, skip, begins)?
        };
        let token = line.tokens.get(last)?;
        let rest = if ends(token.text, last_word) { None } else { rest_of(token.text, last_word) };
        let rest = rest.map(|(skipped, length)| {
            let start = token.span.start + skipped;
            Span { start, end: start + length }
        });
        let follows = line.tokens.get(last + 1).is_some_and(|it| it.text.starts_with(':'));
        let colon = token.text.ends_with(':') || rest.is_some() || follows;
        let (asks, rank) = (token.text.ends_with('?'), self.rank);
        Some(Seen { first, last, rest, colon, asks, strong, rank, edges: None })
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

/// Whether a word is `Name` itself, or that with a letter more where it was misread.
pub(super) fn is_name(word: &str) -> bool {
    const NAME: &str = "name";
    let word = plain(word);
    let without = |skipped: usize| {
        let others = word.chars().enumerate().filter(|(at, _)| *at != skipped);
        others.map(|(_, letter)| letter).eq(NAME.chars())
    };
    word == NAME || word.starts_with('n') && word.chars().count() == 5 && (1..4).any(without)
}

/// Whether a word is the last of a label, perhaps with the number of a footnote.
fn ends(text: &str, last: &str) -> bool {
    let word = plain(text);
    let noted = word.strip_suffix(|it: char| it.is_ascii_digit());
    let long = last.chars().count() >= FOOTNOTED && last.chars().all(char::is_alphabetic);
    word == last || long && noted == Some(last)
}

/// Whether a word numbers what follows, as the questions of a form: `8.`, `12)`, and `I.` where `1.` was misread.
pub(super) fn is_item(word: &str) -> bool {
    let word = word.trim_start_matches(|it: char| !it.is_alphanumeric());
    let number = word.trim_end_matches(['.', ',', ')']);
    number != word
        && matches!(number.len(), 1 | 2)
        && number.chars().all(|it| it.is_ascii_digit() || matches!(it, 'I' | 'l'))
}

/// Whether a phrase is a question of a form, with its number before it or nothing but the number.
pub(super) fn is_question(text: &str) -> bool {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    is_item(first) && (rest.is_empty() || rest.starts_with(char::is_uppercase))
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
        let (first, last) = (line.tokens.get(self.first)?, line.tokens.get(self.last)?);
        let (left, right) = self.edges.unwrap_or((first.left, last.right));
        Some((left.min(first.left), right.max(last.right)))
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
    fn a_label_may_go_on_in_the_next_line_of_its_column() {
        let text =
            "Title, if any     Name of the principal for\nnone              whom this was sent\n";
        let document = Document { text: text.into(), ..Document::default() };
        let sheet = Sheet::of(&document);
        let labels = Label::all(&["Name of the principal for whom this was sent".to_owned()]);
        let broken = |first| Label::over_two_lines(&labels, &sheet, 0, first);
        let (line, seen) = broken(3).unwrap();
        assert_eq!((line, seen.first, seen.last, seen.strong), (1, 1, 4, true));
        assert!(broken(0).is_none() && broken(4).is_none());
        let text = "4. Title     5. Name of the principal for\nnone         _ whom this was sent\n";
        let document = Document { text: text.into(), ..Document::default() };
        let (line, seen) = Label::over_two_lines(&labels, &Sheet::of(&document), 0, 3).unwrap();
        assert_eq!((line, seen.first, seen.last), (1, 2, 5));
        assert!(Label::over_two_lines(&labels, &sheet, 1, 1).is_none());
    }

    #[test]
    fn a_label_is_found_whatever_marks_stand_around_it() {
        assert_eq!(seen("USt.-Id.-Nr.", "USt.-Id.-Nr.: DE1"), [(0, 0, true, true)]);
        assert_eq!(seen("Total (incl GST)", "TOTAL (INCL GST) :"), [(0, 2, true, true)]);
        assert_eq!(seen("Order / Rev", "Alt Order / Rev: 1"), [(1, 3, true, false)]);
        assert_eq!(seen("Date of signature", "Date ofsignature: 5"), [(0, 1, true, true)]);
        assert_eq!(seen("Date of signature", "Dateof signature"), [(0, 1, false, true)]);
        assert_eq!(seen("Name", "8. Name of 8 Name"), [(1, 1, false, true), (4, 4, false, false)]);
        assert_eq!(seen("your signature", "Your signature1)"), [(0, 1, false, true)]);
        assert_eq!(seen("Nr", "Nr1"), []);
        assert_eq!(seen("Nr", "Nr:4711"), [(0, 0, true, true)]);
        assert_eq!(seen("Order #", "Order Date"), []);
        assert_eq!(seen("Nummer", "Rechnungsnummer: 4"), []);
        assert_eq!(seen("Rechnung … vom", "Rechnung Nr. 5 vom 1.2.2026"), [(0, 3, false, true)]);
        assert_eq!(seen("Rechnung … vom", "Rechnung     Brief vom 1.2.2026"), []);
        assert!(is_question("2. Registration No") && is_question("2.") && is_question("I. Name"));
        assert!(!is_question("2. of May") && !is_question("2026. May") && !is_question("Name"));
        assert!(is_name("Name:") && is_name("Naime") && !is_name("Dame") && !is_name("Names"));
        assert!(names_a_value("Original Date / Revision") && !names_a_value("Date 2026"));
    }
}

//! What a text is made of, as numbers: its words, pairs of words, and the beginnings, middles and ends of words.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Words and pairs of words.
const WORDS: usize = 2;
/// The shortest and longest pieces of words, in characters.
const PIECES: std::ops::RangeInclusive<usize> = 2..=5;
/// A piece of a word that stands in one text only tells nothing about others.
const PIECE_IN: u32 = 2;
/// Stands before the first word; short requests are told by how they begin.
const BEGINS: &str = "^^";
/// Stands for a question mark of any script, as a word of its own.
const ASKS: &str = " ?? ";
/// Signs that are part of words.
const MARKS: &str = "_^?";
/// Characters of one text that are looked at.
const MOST: usize = 20_000;

/// A text as a sparse vector: number of the term, weight; in order of the numbers.
pub(super) type Terms = Vec<(u32, f32)>;

/// The terms of the texts it was made from, with their weights (tf–idf: Salton and Buckley 1988).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Vocabulary {
    words: Share,
    pieces: Share,
}

/// One kind of terms; its part of every vector has the length 1.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Share {
    /// Number and inverse document frequency of each term.
    known: HashMap<String, (u32, f32)>,
    /// The inverse document frequency of a term that no text has.
    new: f32,
}

impl Vocabulary {
    /// The terms of these texts.
    pub(super) fn of<'a>(texts: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        let words = Share::of(texts.clone(), words, 1, 0);
        let first = u32::try_from(words.known.len()).unwrap_or(u32::MAX);
        Self { pieces: Share::of(texts, pieces, PIECE_IN, first), words }
    }

    /// How many terms there are.
    pub(super) fn len(&self) -> usize {
        self.words.known.len() + self.pieces.known.len()
    }

    /// A text in these terms; what it holds besides is not seen.
    pub(super) fn terms(&self, text: &str) -> Terms {
        let mut terms = self.words.vector(words(text));
        terms.extend(self.pieces.vector(pieces(text)));
        terms
    }
}

impl Share {
    fn of<'a>(
        texts: impl IntoIterator<Item = &'a str>,
        split: impl Fn(&str) -> HashMap<String, u32>,
        least: u32,
        first: u32,
    ) -> Self {
        let mut count = 0_u32;
        let mut seen: HashMap<String, u32> = HashMap::new();
        for text in texts {
            count += 1;
            for term in split(text).into_keys() {
                *seen.entry(term).or_default() += 1;
            }
        }
        let mut terms: Vec<(String, u32)> = seen.into_iter().filter(|it| it.1 >= least).collect();
        // In order, so that the same texts always give the same numbers.
        terms.sort_unstable();
        let idf = |seen: u32| (f64::from(1 + count) / f64::from(1 + seen)).ln() as f32 + 1.0;
        let known = (first..).zip(terms).map(|(n, (term, seen))| (term, (n, idf(seen)))).collect();
        Self { known, new: idf(0) }
    }

    fn vector(&self, counts: HashMap<String, u32>) -> Terms {
        // What is new counts for the length: the more of it, the less is known of the text.
        let weigh = |(term, count): (String, u32)| {
            let known = self.known.get(&term);
            let idf = known.map_or(self.new, |it| it.1);
            (known.map(|it| it.0), (1.0 + (count as f32).ln()) * idf)
        };
        let mut terms: Vec<(Option<u32>, f32)> = counts.into_iter().map(weigh).collect();
        // In order, so that the same text always has the same length to the last bit.
        terms.sort_unstable_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let length = terms.iter().map(|it| it.1 * it.1).sum::<f32>().sqrt();
        let known = |(number, weight): (Option<u32>, f32)| Some((number?, weight));
        let mut terms: Terms = terms.into_iter().filter_map(known).collect();
        if length > 0.0 {
            terms.iter_mut().for_each(|it| it.1 /= length);
        }
        terms
    }
}

/// Words in small letters, and what tells a question: how a text begins, and each mark that asks.
fn split(text: &str) -> Vec<String> {
    let text: String = text.chars().take(MOST).flat_map(char::to_lowercase).collect();
    let asking = text.replace(['?', '\u{37e}', '\u{61f}', '\u{ff1f}'], ASKS);
    let parts = asking.split(|c: char| !c.is_alphanumeric() && !MARKS.contains(c));
    let words = parts.filter(|word| !word.is_empty()).map(str::to_owned);
    std::iter::once(BEGINS.to_owned()).chain(words).collect()
}

fn words(text: &str) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    let words = split(text);
    let words: Vec<&String> = words.iter().filter(|word| word.chars().count() > 1).collect();
    for many in 1..=WORDS {
        for run in words.windows(many) {
            let run: Vec<&str> = run.iter().map(|word| word.as_str()).collect();
            *counts.entry(run.join(" ")).or_default() += 1;
        }
    }
    counts
}

fn pieces(text: &str) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for word in split(text) {
        let letters: Vec<char> = format!(" {word} ").chars().collect();
        for many in PIECES {
            for run in letters.windows(many) {
                *counts.entry(run.iter().collect::<String>()).or_default() += 1;
            }
            if letters.len() <= many {
                break;
            }
        }
    }
    counts
}

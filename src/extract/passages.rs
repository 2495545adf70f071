//! The passages of a long item that tell something about the asked fields.
//!
//! What the question for the class showed of a long document is its beginning and its end. Here the rest is searched:
//! paragraphs are ranked by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) for the words
//! of each field, and the best of every field are shown as well, in the order of the document and marked with where
//! they stand. Nothing is lost because it stands far behind.

use std::collections::{BTreeMap, BTreeSet};

use crate::classify;
use crate::config::{Class, Field};
use crate::domain::{Document, FieldName, Parsed, Span, bare};
use crate::locale;

use super::ask::Asking;

/// About as many tokens as a small model reads in four seconds on two cores.
const TOKENS: usize = 900;
/// A token is about so many characters of German or English; names and numbers take more tokens.
const CHARACTERS: usize = 3;
/// A paragraph is cut behind a line that ends beyond so many characters, and a sentence beyond the first of them.
const PARAGRAPH: [usize; 2] = [300, 600];
/// How quickly more of the same word counts less, and how much longer paragraphs are damped (the usual values).
const SATURATION: f64 = 1.2;
const LENGTH: f64 = 0.75;
/// A label, word by word as the admin wrote it, weighs as much as some rare words.
const LABEL: f64 = 6.0;
/// A place that a recogniser found weighs more than words around it.
const PLACE: f64 = 8.0;

/// What the model gets to read.
pub(super) struct Shown {
    /// The passages to show beside what the question for the class showed; empty when that was everything.
    pub(super) passages: String,
    /// Everything it has read, word by word: what a passage may be copied from.
    pub(super) readable: String,
}

/// A paragraph of a document.
struct Paragraph<'a> {
    document: &'a Document,
    number: usize,
    span: Span,
    text: String,
    /// Its letters and digits.
    bare: String,
    words: BTreeMap<String, usize>,
    length: usize,
}

/// Chooses what is shown for the open questions.
pub(super) fn show(
    class: &Class,
    asking: &[(FieldName, Asking)],
    parsed: &Parsed,
    language: &str,
) -> Shown {
    let seen = bare(&classify::material(parsed, language));
    let paragraphs = paragraphs(parsed);
    // Quoted lines are left out on purpose: they are no reason to show a paragraph.
    let own = |text: &str| -> String {
        text.lines().filter(|line| !line.trim_start().starts_with('>')).collect()
    };
    let known: Vec<bool> =
        paragraphs.iter().map(|it| seen.contains(&bare(&own(&it.text)))).collect();
    let everything = |all: Vec<&Paragraph<'_>>| -> String {
        all.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join("\n")
    };
    if known.iter().all(|known| *known) {
        let own = parsed.documents.iter().map(Document::own_text);
        let readable = own.collect::<Vec<_>>().join("\n");
        return Shown { passages: String::new(), readable };
    }
    let chosen = choose(class, asking, &paragraphs, &known);
    let shown = |(index, _): &(usize, &Paragraph<'_>)| {
        known.get(*index).copied().unwrap_or(false) || chosen.contains(index)
    };
    let readable = everything(paragraphs.iter().enumerate().filter(shown).map(|it| it.1).collect());
    Shown { passages: written(&paragraphs, &chosen, language), readable }
}

/// The best unseen paragraphs of every field in turn, until the budget is used.
fn choose(
    class: &Class,
    asking: &[(FieldName, Asking)],
    paragraphs: &[Paragraph<'_>],
    known: &[bool],
) -> BTreeSet<usize> {
    let rarity = rarity(paragraphs);
    let rankings: Vec<Vec<usize>> = asking
        .iter()
        .filter_map(|(name, asking)| Some((name, class.fields.get(name)?, asking)))
        .map(|(name, field, asking)| {
            let scores = scores((name, field, asking), paragraphs, &rarity);
            ranked(&scores, known)
        })
        .collect();
    let mut chosen = BTreeSet::new();
    let mut left = TOKENS * CHARACTERS;
    let rounds = rankings.iter().map(Vec::len).max().unwrap_or_default();
    for round in 0..rounds {
        for index in rankings.iter().filter_map(|ranking| ranking.get(round)) {
            let size = paragraphs.get(*index).map_or(usize::MAX, |it| it.text.chars().count());
            if size <= left && chosen.insert(*index) {
                left -= size;
            }
        }
    }
    chosen
}

/// The paragraphs that say something and were not seen yet, the best first.
fn ranked(scores: &[f64], known: &[bool]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let score = |index: &usize| scores.get(*index).copied().unwrap_or_default();
    order.retain(|index| score(index) > 0.0);
    order.sort_by(|one, other| score(other).total_cmp(&score(one)).then(one.cmp(other)));
    // What was seen already needs no place; the ranks of the others stay.
    order.retain(|index| !known.get(*index).copied().unwrap_or(false));
    order
}

/// How much each paragraph says about a field.
fn scores(
    (name, field, asking): (&FieldName, &Field, &Asking),
    paragraphs: &[Paragraph<'_>],
    rarity: &BTreeMap<String, f64>,
) -> Vec<f64> {
    let mut query = BTreeSet::new();
    let texts = field.labels.iter().map(String::as_str).chain([field.description.as_str()]);
    for text in texts.chain(field.title.as_deref()).chain([name.0.replace('_', " ").as_str()]) {
        query.extend(words(text));
    }
    let labels: Vec<String> = field.labels.iter().map(|label| bare(label)).collect();
    let mean = paragraphs.iter().map(|it| it.length).sum::<usize>() as f64
        / paragraphs.len().max(1) as f64;
    let score = |paragraph: &Paragraph<'_>| {
        let length = 1.0 - LENGTH + LENGTH * paragraph.length as f64 / mean.max(1.0);
        let of_word = |word: &String| {
            let count = paragraph.words.get(word).copied().unwrap_or_default() as f64;
            let weight = rarity.get(word).copied().unwrap_or_default();
            weight * count * (SATURATION + 1.0) / (count + SATURATION * length)
        };
        let said = |label: &&String| !label.is_empty() && paragraph.bare.contains(*label);
        let labels = labels.iter().filter(said).count();
        let place = if holds_place(paragraph, asking) { PLACE } else { 0.0 };
        query.iter().map(of_word).sum::<f64>() + LABEL * labels.min(2) as f64 + place
    };
    paragraphs.iter().map(score).collect()
}

fn holds_place(paragraph: &Paragraph<'_>, asking: &Asking) -> bool {
    let Asking::Among(places) = asking else { return false };
    let mut proofs = places.iter().flat_map(|place| &place.candidate.evidence);
    proofs.any(|it| {
        it.document == paragraph.number && it.span.is_some_and(|span| span.overlaps(paragraph.span))
    })
}

/// How rare each word is among the paragraphs.
fn rarity(paragraphs: &[Paragraph<'_>]) -> BTreeMap<String, f64> {
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    for word in paragraphs.iter().flat_map(|it| it.words.keys()) {
        *counts.entry(word.clone()).or_default() += 1.0;
    }
    let all = paragraphs.len() as f64;
    counts
        .iter_mut()
        .for_each(|(_, count)| *count = (1.0 + (all - *count + 0.5) / (*count + 0.5)).ln());
    counts
}

/// The chosen paragraphs in the order of the documents, each under a line that says where it stands.
fn written(paragraphs: &[Paragraph<'_>], chosen: &BTreeSet<usize>, language: &str) -> String {
    let mut text = String::new();
    let mut before = String::new();
    for paragraph in chosen.iter().filter_map(|index| paragraphs.get(*index)) {
        let name: String = paragraph.document.name.chars().take(60).collect();
        let page = paragraph
            .document
            .page_of(paragraph.span)
            .map(|page| locale::text(language, "prompt-page", &[("page", &page.to_string())]));
        let place = [Some(name), page].into_iter().flatten().filter(|it| !it.trim().is_empty());
        let place = place.collect::<Vec<_>>().join(", ");
        if place != before || text.is_empty() {
            text.push_str(&format!("--- {place}\n"));
        } else {
            text.push_str("[…]\n");
        }
        before = place;
        let lines = paragraph.text.lines().map(str::trim).filter(|line| !line.is_empty());
        text.push_str(&lines.collect::<Vec<_>>().join("\n"));
        text.push('\n');
    }
    text
}

/// The paragraphs of all documents, without what came along with a mail.
fn paragraphs(parsed: &Parsed) -> Vec<Paragraph<'_>> {
    let mut all = Vec::new();
    for (number, document) in parsed.documents.iter().enumerate() {
        let (mut start, mut place, mut text) = (0, 0, String::new());
        for line in document.text.split_inclusive(['\n', '\u{c}']) {
            text.push_str(line);
            place += line.chars().count();
            let length = place - start;
            let plain = line.trim_end();
            let [short, long] = PARAGRAPH;
            let ends =
                line.ends_with('\u{c}') || plain.is_empty() || plain.ends_with(['.', ':', ';']);
            if length >= long || length >= short && ends {
                push(&mut all, (number, document), Span { start, end: place }, &mut text);
                start = place;
            }
        }
        push(&mut all, (number, document), Span { start, end: place }, &mut text);
    }
    all
}

fn push<'a>(
    all: &mut Vec<Paragraph<'a>>,
    (number, document): (usize, &'a Document),
    span: Span,
    text: &mut String,
) {
    let text = std::mem::take(text);
    if text.trim().is_empty() || document.came_along(span) {
        return;
    }
    let [_, long] = PARAGRAPH;
    // A line that is longer than a paragraph (a text without line breaks) is cut between words.
    let mut at = span.start;
    for text in pieces(&text, 2 * long) {
        let end = at + text.chars().count();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        words(&text).for_each(|word| *counts.entry(word).or_default() += 1);
        let (span, length) = (Span { start: at, end }, counts.values().sum());
        let bare = bare(&text);
        all.push(Paragraph { document, number, span, text, bare, words: counts, length });
        at = end;
    }
}

fn pieces(text: &str, most: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut length = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let size = word.chars().count();
        if length + size > most && length > 0 {
            pieces.push(String::new());
            length = 0;
        }
        length += size;
        if let Some(last) = pieces.last_mut() {
            last.push_str(word);
        }
    }
    pieces
}

/// The words of a text that can tell something, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    let all = text.split(|letter: char| !letter.is_alphanumeric());
    all.filter(|word| word.chars().count() > 2).map(str::to_lowercase)
}

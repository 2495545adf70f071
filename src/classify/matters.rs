//! Several matters in one item: which passages speak clearly of which class.
//!
//! Better one matter too few than one that is not there: a passage counts when a word of the admin's own is in it, or
//! when its writer speaks of themself and it is much more like one class than like any other. Passages that are only
//! alike must be of different workflows. No model is asked.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::likeness::Profiles;
use super::prompt::Candidate;
use crate::domain::{ClassRef, Document, Evidence, Parsed, Part, SectionKind, Span};

// Chosen on `fixtures/`: in the middle of a range in which no mail with one matter gets two, and no two mails that are
// put together get a wrong one.

/// A passage is at least so much like its class.
const ALIKE: f32 = 0.18;
/// And so many times as much as like the next one.
const CLEARLY: f32 = 1.8;
/// Words of a passage; fewer are a greeting or a heading.
const FEWEST_WORDS: usize = 6;
/// Letters of a text that is looked at; longer ones are no letters of one person.
const MOST_CHARS: usize = 12_000;
/// Passages that are looked at.
const MOST_PASSAGES: usize = 40;

/// Somebody speaks of themself, or asks for something.
static OWN_VOICE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:ich|wir|mein\w*|unser\w*|mir|uns|mich|bitte|I|we|my|our|me|us|please)\b")
        .ok()
});
/// Words with which people begin a further matter, behind the end of a sentence.
static FURTHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "Außerdem|Ausserdem|Zudem|Zusätzlich|Des Weiteren|Desweiteren|Ferner|Weiterhin|Übrigens|Noch etwas|\
                 Und noch|Gleichzeitig|Ebenso|In addition|Also|Besides|Another|Furthermore|Moreover|By the way";
    Regex::new(&format!(r"[.!?]\s+(?:{words})\b")).ok()
});

/// One of several matters of an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matter {
    /// The class that fits it.
    pub class: ClassRef,
    /// The passage that speaks for it.
    pub evidence: Evidence,
}

/// A passage with what it speaks of.
struct Spoken<'a> {
    class: &'a ClassRef,
    /// Told by a signal, and not only by likeness.
    certain: bool,
    alike: f32,
    evidence: Evidence,
}

impl Spoken<'_> {
    fn says_more(&self, other: &Self) -> bool {
        (self.certain, self.alike) > (other.certain, other.alike)
    }
}

/// The matters of an item in the order of its text, at least two; empty for an item with one or none.
pub(super) fn matters(
    candidates: &[Candidate<'_>],
    profiles: &Profiles,
    parsed: &Parsed,
) -> Vec<Matter> {
    let mut found: Vec<Spoken<'_>> = Vec::new();
    for (index, document) in parsed.documents.iter().enumerate().filter(|(_, it)| is_letter(it)) {
        for span in passages(document) {
            let text = span.of(&document.text);
            let Some((class, certain, alike)) = spoken(candidates, profiles, text) else {
                continue;
            };
            let evidence = Evidence::in_text(index, document, span);
            let new = Spoken { class, certain, alike, evidence };
            match found.iter_mut().find(|it| it.class == class) {
                None => found.push(new),
                Some(known) if new.says_more(known) => *known = new,
                Some(_) => {}
            }
        }
    }
    // Classes of one workflow are alike by nature: the passage most like one of them speaks for all of them.
    let is_best = |it: &Spoken<'_>| {
        it.certain
            || found.iter().all(|other| {
                other.class.workflow != it.class.workflow
                    || other.class == it.class
                    || !other.certain && other.alike < it.alike
            })
    };
    let best: Vec<&Spoken<'_>> = found.iter().filter(|it| is_best(it)).collect();
    if best.len() < 2 {
        return Vec::new();
    }
    let matter =
        |it: &Spoken<'_>| Matter { class: it.class.clone(), evidence: it.evidence.clone() };
    let mut matters: Vec<Matter> = best.into_iter().map(matter).collect();
    matters.sort_by_key(|it| (it.evidence.document, it.evidence.span));
    matters
}

/// Whether it is what somebody wrote to the office, and not a form or an invoice.
fn is_letter(document: &Document) -> bool {
    let alone = matches!(document.part, Part::Whole)
        && document.tables.is_empty()
        && document.facts.is_empty();
    alone || matches!(document.part, Part::Body)
}

/// Of which class a passage clearly speaks: whether a signal says so, and how much it is like it.
fn spoken<'c>(
    candidates: &'c [Candidate<'_>],
    profiles: &Profiles,
    text: &str,
) -> Option<(&'c ClassRef, bool, f32)> {
    let lower = text.to_lowercase();
    let says = |it: &&Candidate<'_>| {
        it.class.signals.iter().any(|signal| lower.contains(&signal.to_lowercase()))
    };
    let by_signal: Vec<&Candidate<'_>> = candidates.iter().filter(says).collect();
    match by_signal.as_slice() {
        [] => {}
        [one] => return Some((&one.name, true, 1.0)),
        _ => return None,
    }
    if text.split_whitespace().count() < FEWEST_WORDS || !OWN_VOICE.as_ref()?.is_match(text) {
        return None;
    }
    let alike = profiles.alike(text);
    let mut order: Vec<(f32, &Candidate<'_>)> = alike.into_iter().zip(candidates).collect();
    order.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (first, best) = order.first()?;
    let next = order.get(1).map_or(0.0, |it| it.0);
    (*first >= ALIKE && *first >= CLEARLY * next).then_some((&best.name, false, *first))
}

/// The paragraphs of what is new in a text, parted also where a sentence begins a further matter.
fn passages(document: &Document) -> Vec<Span> {
    let mut paragraphs: Vec<(Span, String)> = Vec::new();
    let (mut at, mut open) = (0, false);
    for line in document.text.split(['\n', '\u{c}']) {
        let span = Span { start: at, end: at + line.chars().count() };
        at = span.end + 1;
        if span.start > MOST_CHARS || paragraphs.len() > MOST_PASSAGES {
            break;
        }
        let is_new = !line.trim().is_empty() && is_own(document, span);
        match paragraphs.last_mut().filter(|_| open && is_new) {
            Some((known, text)) => {
                known.end = span.end;
                text.push('\n');
                text.push_str(line);
            }
            None if is_new => paragraphs.push((span, line.to_owned())),
            None => {}
        }
        open = is_new;
    }
    paragraphs.into_iter().flat_map(|(span, text)| parted(span, &text)).collect()
}

/// Neither of an earlier mail nor the writer's name and address.
fn is_own(document: &Document, span: Span) -> bool {
    let section =
        document.sections.iter().find(|it| it.span.start <= span.start && span.start < it.span.end);
    section.is_none_or(|it| it.kind == SectionKind::New)
}

/// A paragraph, cut behind each sentence after which a further matter begins.
fn parted(span: Span, text: &str) -> Vec<Span> {
    let Some(further) = FURTHER.as_ref() else { return vec![span] };
    let mut start = 0;
    let mut parts = Vec::new();
    for cut in further.find_iter(text).map(|it| it.start() + 1).chain([text.len()]) {
        let part = Span::from_bytes(text, start..cut);
        parts.push(Span { start: span.start + part.start, end: span.start + part.end });
        start = cut;
    }
    parts
}

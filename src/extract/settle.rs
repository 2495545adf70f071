//! Settles what rules can settle, and says what is left for the model.

use std::collections::BTreeSet;

use crate::config::{Field, Pick};
use crate::domain::{Candidate, Evidence, FieldName, FieldValue, Form, Method};
use crate::fields::{FieldType, Search};

use super::ask::Asking;
use super::places::{self, Place, Seen};

/// How sure the values of a field that takes several are when no label stands before them.
const UNLABELLED: f32 = 0.7;

/// What became of one field before the model was asked.
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and no list holds them")]
pub(super) enum Settled {
    /// It is settled, found or not.
    Value(FieldValue),
    /// The model has to say.
    Ask(Asking),
}

/// The first of the trust order that knows a value decides.
pub(super) fn settle(name: &FieldName, field: &Field, seen: &Seen<'_>) -> Settled {
    let Some(kind) = field.kind.find() else { return Settled::Value(FieldValue::default()) };
    let facts = places::facts(name, field, kind, seen.parsed);
    if field.several && !matches!(kind.search, Search::Options) {
        let facts = distinct(facts);
        return several(kind, &facts, &distinct(places::recognised(field, kind, seen)));
    }
    if let Some(first) = facts.first().filter(|it| it.candidate.method != Method::Barcode) {
        return Settled::Value(value(first, &facts, 1.0));
    }
    let found = distinct(places::recognised(field, kind, seen));
    if let Some(first) = facts.first() {
        // Anybody can glue a code on a page: what is printed beside it stays in sight.
        let all: Vec<Place> = facts.iter().chain(&found).cloned().collect();
        return Settled::Value(value(first, &all, 1.0));
    }
    let labelled = named_best(&found);
    if matches!(kind.search, Search::Options) {
        return Settled::Ask(Asking::Choice(field.options.clone()));
    }
    // Who names no labels means any value of the type.
    let any = labelled.is_empty() && field.labels.is_empty();
    let several = if any { &found } else { &labelled };
    let pick = field.pick.filter(|_| any || several.len() > 1);
    if let Some(one) = pick.and_then(|pick| picked(pick, several)) {
        return Settled::Value(value(one, &found, 0.85));
    }
    match (labelled.as_slice(), found.as_slice()) {
        ([one], _) => Settled::Value(value(one, &found, 0.95)),
        ([], [one]) if one.checked => Settled::Value(value(one, &found, 0.95)),
        ([], []) => match kind.search {
            Search::Both(_, words) | Search::Passage { words } => {
                Settled::Ask(Asking::Passage(words))
            }
            Search::Recogniser(_) | Search::Options => Settled::Value(FieldValue::default()),
        },
        ([], several) => Settled::Ask(Asking::Among(several.to_vec())),
        (several, _) => Settled::Ask(Asking::Among(several.to_vec())),
    }
}

/// All values of a field that takes several: those of the structure, else those that stand behind a label, else all
/// that were recognised.
fn several(kind: &FieldType, facts: &[Place], found: &[Place]) -> Settled {
    let (labelled, others): (Vec<&Place>, Vec<&Place>) = found.iter().partition(|it| it.labelled);
    let (values, others, confidence) = match (facts, labelled.as_slice()) {
        ([], []) => (others, Vec::new(), UNLABELLED),
        ([], _) => (labelled, others, 0.95),
        _ => (facts.iter().collect(), found.iter().collect(), 1.0),
    };
    if values.is_empty() {
        return match kind.search {
            Search::Both(_, words) | Search::Passage { words } => {
                Settled::Ask(Asking::Passages(words))
            }
            Search::Recogniser(_) | Search::Options => Settled::Value(FieldValue::default()),
        };
    }
    let candidates = values.iter().map(|place| place.candidate.clone()).collect();
    let mut value = FieldValue::of_all(candidates, confidence);
    let new = |it: &&&Place| values.iter().all(|value| value.candidate.value != it.candidate.value);
    value.alternatives = others.iter().filter(new).map(|it| it.candidate.clone()).take(9).collect();
    Settled::Value(value)
}

/// The values that the best of the labels names.
fn named_best(found: &[Place]) -> Vec<Place> {
    let labelled = found.iter().filter(|place| place.labelled);
    let best = labelled.clone().map(|place| place.rank).min();
    labelled.filter(|place| Some(place.rank) == best).cloned().collect()
}

/// Which of several the admin means.
fn picked(pick: Pick, several: &[Place]) -> Option<&Place> {
    let places = |it: &Place| -> Vec<(usize, usize)> {
        let all = it.candidate.evidence.iter();
        all.map(|it| (it.document, it.span.map_or(0, |span| span.start))).collect()
    };
    let size = |it: &Place| -> (f64, String) {
        let value = it.candidate.value.as_str();
        let number = value.split(' ').next().and_then(|it| it.parse().ok());
        (number.unwrap_or(0.0), value.to_owned())
    };
    let larger = |a: &&Place, b: &&Place| {
        let ((a, first), (b, other)) = (size(a), size(b));
        a.total_cmp(&b).then(first.cmp(&other))
    };
    match pick {
        Pick::First => several.iter().min_by_key(|it| places(it).into_iter().min()),
        Pick::Last => several.iter().max_by_key(|it| places(it).into_iter().max()),
        Pick::Smallest => several.iter().min_by(larger),
        Pick::Largest => several.iter().max_by(larger),
    }
}

/// The same value at several places is one candidate with several proofs.
pub(super) fn distinct(places: Vec<Place>) -> Vec<Place> {
    let mut distinct: Vec<Place> = Vec::new();
    for place in places {
        match distinct.iter_mut().find(|it| it.candidate.value == place.candidate.value) {
            Some(known) => {
                // Evidence in the letter is worth more to a reader than the header line.
                if known.candidate.method == Method::Header {
                    known.candidate.raw.clone_from(&place.candidate.raw);
                    known.candidate.method = place.candidate.method;
                    known.candidate.evidence = place.candidate.evidence;
                } else {
                    known.candidate.evidence.extend(place.candidate.evidence);
                }
                known.labelled |= place.labelled;
                known.checked |= place.checked;
                known.rank = known.rank.min(place.rank);
            }
            None => distinct.push(place),
        }
    }
    distinct
}

/// Takes from the open questions what a label has given to another field: the date of birth is not
/// asked for again as the date of the letter. What is left of a question without candidates is empty.
pub(super) fn leave_to_labels(form: &Form, asking: &mut Vec<(FieldName, Asking)>) {
    let range = |it: &Evidence| it.span.map(|span| (it.document, span.start, span.end));
    let settled = form.values().filter(|it| it.method == Method::Recognised);
    let theirs: BTreeSet<_> = settled.flat_map(|it| &it.evidence).filter_map(range).collect();
    let taken = |place: &Place| {
        let mut mine = place.candidate.evidence.iter();
        mine.all(|it| range(it).is_some_and(|it| theirs.contains(&it)))
    };
    for (_, question) in asking.iter_mut() {
        if let Asking::Among(places) = question {
            places.retain(|place| place.labelled || !taken(place));
        }
    }
    asking.retain(|(_, question)| !matches!(question, Asking::Among(places) if places.is_empty()));
}

/// A settled value with the others as alternatives.
pub(super) fn value(chosen: &Place, all: &[Place], confidence: f32) -> FieldValue {
    let Candidate { value, raw, evidence, method } = chosen.candidate.clone();
    let others = all.iter().map(|place| &place.candidate).filter(|other| other.value != value);
    let alternatives = others.take(9).cloned().collect();
    FieldValue {
        value: Some(value),
        raw,
        evidence,
        method,
        confidence,
        alternatives,
        ..FieldValue::default()
    }
}

//! What the model answered, looked up in the source again.

use crate::config::{Class, Field};
use crate::domain::{Candidate, FieldName, FieldValue, Method, Parsed};
use crate::fields::FieldType;
use crate::llm::FilledBlank;

use super::ask::Asking;
use super::places::{self, Place};
use super::rows;
use super::settle;

/// The values of the asked fields. An answer that does not stand in the source leaves its field empty.
pub(super) fn values(
    class: &Class,
    parsed: &Parsed,
    asking: &[(FieldName, Asking)],
    filled: &[FilledBlank],
) -> Vec<(FieldName, FieldValue)> {
    let mut values = Vec::new();
    let mut rest = filled;
    for (name, asking) in asking {
        let (mine, others) = rest.split_at_checked(asking.blanks()).unwrap_or((rest, &[]));
        rest = others;
        let known = class.fields.get(name).and_then(|field| Some((field, field.kind.find()?)));
        let Some((field, kind)) = known else { continue };
        let value = match (asking, mine) {
            (Asking::Among(places), [answer]) => among(places, answer),
            (Asking::Passage(_), [answer]) => passage(field, kind, parsed, answer),
            (Asking::Passages(_), answers) => {
                let found = answers.iter().filter_map(|it| passage(field, kind, parsed, it));
                together(found.collect())
            }
            (Asking::Choice(_), [proof, answer]) => choice(parsed, proof, answer),
            _ => None,
        };
        values.push((name.clone(), value.unwrap_or_else(|| asking.unanswered())));
    }
    once(values)
}

/// One place is one field's value: of two that name it, the model was surer of one.
fn once(mut values: Vec<(FieldName, FieldValue)>) -> Vec<(FieldName, FieldValue)> {
    for index in 0..values.len() {
        let Some((_, mine)) = values.get(index).filter(|(_, it)| it.method == Method::Chosen)
        else {
            continue;
        };
        let (evidence, confidence) = (mine.evidence.clone(), mine.confidence);
        let surer = values.iter().enumerate().any(|(other, (_, it))| {
            let same = other != index && it.method == Method::Chosen && it.evidence == evidence;
            same && (it.confidence > confidence || it.confidence == confidence && other < index)
        });
        if let Some((_, mine)) = values.get_mut(index).filter(|_| surer) {
            let alternatives = std::mem::take(&mut mine.alternatives);
            *mine = FieldValue { alternatives, ..FieldValue::default() };
        }
    }
    values
}

fn among(places: &[Place], answer: &FilledBlank) -> Option<FieldValue> {
    let chosen = places.iter().find(|place| Some(&place.candidate.raw) == answer.value.as_ref())?;
    let mut value = settle::value(chosen, places, answer.share);
    if value.method == Method::Recognised {
        value.method = Method::Chosen;
    }
    Some(value)
}

/// Several copied values as one; the same one copied twice is one.
fn together(values: Vec<FieldValue>) -> Option<FieldValue> {
    let confidence = values.iter().map(|it| it.confidence).fold(1.0, f32::min);
    let mut all: Vec<Candidate> = Vec::new();
    for FieldValue { value, raw, evidence, method, .. } in values {
        let value = value.unwrap_or_default();
        if all.iter().all(|it| it.value != value) {
            all.push(Candidate { value, raw, evidence, method });
        }
    }
    (!all.is_empty()).then(|| FieldValue::of_all(all, confidence))
}

pub(super) fn passage(
    field: &Field,
    kind: &FieldType,
    parsed: &Parsed,
    answer: &FilledBlank,
) -> Option<FieldValue> {
    let evidence = places::find(parsed, trimmed(answer.value.as_deref()?))?;
    let raw = evidence.quote.split_whitespace().collect::<Vec<_>>().join(" ");
    let value = (kind.normalise)(&raw, &field.asked()).unwrap_or_else(|_| raw.clone());
    Some(FieldValue {
        value: Some(value),
        raw,
        evidence: vec![evidence],
        method: Method::Copied,
        confidence: answer.share,
        ..FieldValue::default()
    })
}

/// A choice counts only with a passage that shows it.
fn choice(parsed: &Parsed, proof: &FilledBlank, answer: &FilledBlank) -> Option<FieldValue> {
    let option = answer.value.clone()?;
    let evidence = places::find(parsed, &option)
        .or_else(|| places::find(parsed, trimmed(proof.value.as_deref()?)))?;
    Some(FieldValue {
        raw: evidence.quote.clone(),
        value: Some(option),
        evidence: vec![evidence],
        method: Method::Chosen,
        confidence: answer.share,
        ..FieldValue::default()
    })
}

/// A copied passage without the marks around it.
fn trimmed(passage: &str) -> &str {
    passage
        .trim()
        .trim_matches(|letter: char| matches!(letter, ',' | ';' | ':' | '"' | '„' | '“'))
        .trim()
}

/// A field's value as a person gave it, with its proof if it stands in the item; of a field that takes several, one
/// value a line.
pub(super) fn by_person(class: &Class, name: &FieldName, raw: &str, parsed: &Parsed) -> FieldValue {
    let field = class.fields.get(name);
    if let Some(field) = field.filter(|it| it.is_column()) {
        return column(field, raw, &rows::read_again(class, name, parsed));
    }
    let lines: Vec<&str> = match field {
        Some(field) if field.several => raw.lines().collect(),
        _ => vec![raw],
    };
    let given = lines.into_iter().map(str::trim).filter(|line| !line.is_empty());
    let values = given.map(|raw| {
        let normalise = |field: &Field| (field.kind.find()?.normalise)(raw, &field.asked()).ok();
        let value = field.and_then(normalise).unwrap_or_else(|| raw.to_owned());
        let evidence = places::find(parsed, raw).into_iter().collect();
        Candidate { value, raw: raw.to_owned(), evidence, method: Method::Person }
    });
    let value = FieldValue::of_all(values.collect(), 1.0);
    FieldValue { method: Method::Person, confidence: 1.0, confirmed: true, ..value }
}

/// A column as a person gave it, a cell a line. A cell that the person left as it was read keeps its proof, also where
/// rows before it were taken out.
fn column(field: &Field, raw: &str, read: &[Candidate]) -> FieldValue {
    let lines = raw.split('\n').map(str::trim);
    // Only rows of a table have empty cells.
    let lines: Vec<&str> = lines.filter(|it| field.rows.is_some() || !it.is_empty()).collect();
    let (mut next, mut gone) = (0, read.len().saturating_sub(lines.len()));
    let mut cells: Vec<Candidate> = Vec::new();
    for raw in lines {
        let value = field.kind.find().and_then(|it| (it.normalise)(raw, &field.asked()).ok());
        let value = value.filter(|_| !raw.is_empty()).unwrap_or_else(|| raw.to_owned());
        let mut near = read.iter().skip(next).take(gone + 1);
        let (known, step) = match near.position(|it| it.value == value) {
            Some(ahead) => (read.get(next + ahead), ahead),
            None => (None, 0),
        };
        (next, gone) = (next + step + 1, gone - step);
        let (raw, method) = (raw.to_owned(), Method::Person);
        cells.push(known.cloned().unwrap_or(Candidate {
            value,
            raw,
            method,
            ..Candidate::default()
        }));
    }
    let is_empty = cells.iter().all(|it| it.value.is_empty());
    let value = if is_empty { FieldValue::default() } else { FieldValue::of_all(cells, 1.0) };
    FieldValue { method: Method::Person, confidence: 1.0, confirmed: true, ..value }
}

//! How confidences turn out: what was claimed of classes and values that people have reviewed, and whether it was so.

use std::collections::{BTreeMap, HashMap};

use super::school::Decided;
use crate::classify::{By, Scales};
use crate::domain::{ClassRef, ConnectorName, FieldName, Form, Method, WorkflowName};
use crate::learn::Scale;

/// So many of the newest answers tell: what was learned since changes how sure new ones are.
const NEWEST: usize = 500;

/// One answer that a person has reviewed.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The field, and how its value was found; neither for a class.
    pub(super) name: Option<FieldName>,
    pub(super) method: Option<Method>,
    /// How sure it was by its own claim, 0 to 1.
    pub(super) claimed: f32,
    /// How sure it was shown to be.
    pub(super) shown: f32,
    /// Whether earlier answers had put that right.
    pub(super) put_right: bool,
    /// Whether it was right.
    pub(super) right: bool,
}

/// The values that the machine had found, each with whether a person left it as it was.
pub(super) fn values(found: &Form, approved: &Form) -> Vec<Answer> {
    let answer = |(name, value): (&FieldName, &crate::domain::FieldValue)| {
        let approved = approved.get(name)?;
        let by_machine = value.value.is_some() && value.method != Method::Person;
        by_machine.then(|| Answer {
            name: Some(name.clone()),
            method: Some(value.method),
            claimed: value.claimed.unwrap_or(value.confidence),
            shown: value.confidence,
            put_right: value.claimed.is_some(),
            right: value.values().eq(approved.values()),
        })
    };
    found.iter().filter_map(answer).collect()
}

/// How confidences of classes turn out at each door.
pub(super) fn scales(decided: &[&Decided]) -> HashMap<ConnectorName, Scales> {
    let mut doors: HashMap<ConnectorName, Scales> = HashMap::new();
    for ((door, by), answers) in by_door(decided) {
        let scales = doors.entry(door.clone()).or_default();
        match by {
            "model" => scales.model = scale(&answers),
            _ => scales.learned = scale(&answers),
        }
    }
    doors
}

/// The answers about classes at each door, by who gave them, oldest first.
pub(super) fn by_door<'a>(
    decided: &[&'a Decided],
) -> BTreeMap<(&'a ConnectorName, &'static str), Vec<&'a Answer>> {
    let mut decided: Vec<&Decided> = decided.to_vec();
    decided.sort_by_key(|it| it.said.at);
    let mut doors: BTreeMap<_, Vec<&Answer>> = BTreeMap::new();
    for it in decided {
        let by = if it.said.by == By::Model { "model" } else { "learned" };
        if let Some(answer) = &it.said.answer {
            doors.entry((&it.door, by)).or_default().push(answer);
        }
    }
    doors
}

fn scale(answers: &[&Answer]) -> Option<Scale> {
    let newest = answers.iter().skip(answers.len().saturating_sub(NEWEST));
    let newest: Vec<(f32, bool)> = newest.map(|it| (it.claimed, it.right)).collect();
    Scale::of(&newest)
}

/// How confidences of the values of one class turn out.
#[derive(Debug, Default)]
pub(super) struct FieldScales {
    /// `None` for a field of which enough values were reviewed and hardly one was wrong.
    by_field: HashMap<FieldName, Option<Scale>>,
    /// For fields of which too few values were reviewed: from all values of the workflow that were found in this way.
    by_method: HashMap<Method, Scale>,
}

impl FieldScales {
    fn scale(&self, name: &FieldName, method: Method) -> Option<Scale> {
        let by_method = || self.by_method.get(&method).copied();
        self.by_field.get(name).copied().unwrap_or_else(by_method)
    }

    /// Makes confidences what they turned out to be.
    pub(super) fn put_right(&self, form: &mut Form) {
        for (name, value) in form {
            let by_machine = value.value.is_some() && value.method != Method::Person;
            if let Some(scale) = self.scale(name, value.method).filter(|_| by_machine) {
                value.claimed = Some(value.confidence);
                value.confidence = scale.of_claimed(value.confidence);
            }
        }
    }
}

/// How confidences of values turn out, for each class. A workflow is a department's own, so no department's values
/// tell about those of another.
pub(super) fn field_scales(decided: &[&Decided]) -> HashMap<ClassRef, FieldScales> {
    let mut decided: Vec<&Decided> = decided.to_vec();
    decided.sort_by_key(|it| it.at);
    let mut fields: BTreeMap<(&ClassRef, &FieldName), Vec<&Answer>> = BTreeMap::new();
    let mut methods: BTreeMap<(&WorkflowName, Method), Vec<&Answer>> = BTreeMap::new();
    for it in &decided {
        for answer in &it.values {
            if let (Some(name), Some(method)) = (&answer.name, answer.method) {
                fields.entry((&it.class, name)).or_default().push(answer);
                methods.entry((&it.class.workflow, method)).or_default().push(answer);
            }
        }
    }
    let mut found: HashMap<ClassRef, FieldScales> = HashMap::new();
    for ((class, name), answers) in fields {
        let scales = found.entry(class.clone()).or_default();
        if answers.len() >= Scale::ENOUGH {
            scales.by_field.insert(name.clone(), scale(&answers));
        }
    }
    for ((workflow, method), answers) in methods {
        let Some(scale) = scale(&answers) else { continue };
        for (_, scales) in found.iter_mut().filter(|(class, _)| class.workflow == *workflow) {
            scales.by_method.insert(method, scale);
        }
    }
    found
}

//! What stands beside the fields of `vorlage eval`: the simplest way to find them, and whether their
//! confidence means what it says.

use super::table::table;
use crate::domain::{ClassRef, Parsed};
use crate::engine::Rules;
use crate::extract;
use crate::insight::{Prediction, Score, Truth, calibration, same};

/// The simplest way: of every field of the true class the first value its type's recogniser finds,
/// without labels and places.
pub(super) fn baseline(rules: &Rules, truth: &Truth, parsed: &Parsed) -> Prediction {
    let mut prediction = Prediction {
        file: truth.file.clone(),
        text: truth.text.clone(),
        class: truth.class.clone(),
        ..Prediction::default()
    };
    let named = truth.class.as_deref().and_then(|it| it.split_once('/'));
    let Some((workflow, class)) = named else { return prediction };
    let name = ClassRef { workflow: workflow.into(), class: class.into() };
    let Some((_, class)) = rules.office.class(&name) else { return prediction };
    let values = extract::first_of_type(class, parsed);
    prediction.fields = values.into_iter().map(|(name, value)| (name.0, vec![value])).collect();
    prediction
}

/// One line about it.
pub(super) fn print_baseline(score: &Score) {
    let all = score.all_fields;
    say!(
        "baseline    precision {:.3}  recall {:.3}  F1 {:.3}  (first value of the field's type, no labels)",
        all.precision(),
        all.recall(),
        all.f1()
    );
}

/// What share of the values at each confidence is right.
pub(super) fn print_calibration(pairs: &[(Truth, Prediction)]) {
    let told = calibration(&answers(pairs));
    if told.bins.is_empty() {
        return;
    }
    let head = ["confidence from", "values", "claimed", "right"].map(str::to_owned).to_vec();
    let row = |bin: &crate::insight::Bin| {
        let number = |it: f64| format!("{it:.3}");
        vec![number(bin.from), bin.count.to_string(), number(bin.confidence), number(bin.right)]
    };
    let rows: Vec<_> = std::iter::once(head).chain(told.bins.iter().map(row)).collect();
    say!("\n{}", table(&rows).trim_end());
    say!("expected calibration error of fields {:.3}", told.error);
}

/// Every given value with its confidence and whether it is right.
fn answers(pairs: &[(Truth, Prediction)]) -> Vec<(f32, bool)> {
    let mut answers = Vec::new();
    for (truth, prediction) in pairs {
        for (name, given) in &prediction.fields {
            let Some(sure) = prediction.sure.get(name) else { continue };
            let wanted = truth.fields.get(name).map(crate::insight::values).unwrap_or_default();
            let right = |value: &String| wanted.iter().any(|it| same(name, it, value));
            answers.extend(given.iter().map(|value| (*sure, right(value))));
        }
    }
    answers
}

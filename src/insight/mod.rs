//! How good a workflow is on documents whose truth is known. Pure counting.

mod calibration;
mod floor;
mod same;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use calibration::{Bin, Calibration, calibration};
pub use floor::{Floor, enough, floor};
pub use same::same;

/// One line of `truth.jsonl`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Truth {
    /// The document, relative to the folder of `truth.jsonl`.
    pub file: Option<String>,
    /// The document itself, when it is only a text.
    pub text: Option<String>,
    /// The class; absent or null for "none of these".
    #[serde(default)]
    pub class: Option<String>,
    /// The values.
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
    /// Part of the small subset.
    #[serde(default)]
    pub mini: bool,
}

/// One line of predictions, as `--out` writes it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Prediction {
    /// As in the truth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// As in the truth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The class; `None` when there is none.
    pub class: Option<String>,
    /// No class was given because it was not sure enough.
    pub abstain: bool,
    /// How sure the class is.
    pub confidence: f32,
    /// The values; one each but for fields that take several.
    pub fields: BTreeMap<String, Vec<String>>,
    /// How sure each of them is, 0 to 1.
    #[serde(skip)]
    pub sure: BTreeMap<String, f32>,
    /// Fields whose value does not stand in the source. Must be empty.
    pub invented: Vec<String>,
    /// Why nothing could be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Seconds without character recognition and reading.
    pub seconds: f64,
    /// Seconds of reading.
    pub reading_seconds: f64,
}

/// Right, wrongly given, and missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Right.
    pub right: usize,
    /// Given, but wrong or not asked for.
    pub wrong: usize,
    /// In the truth, but not given.
    pub missed: usize,
}

impl Counts {
    /// The share of the given that is right; 0 when nothing was given.
    pub fn precision(self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// The share of the truth that was given.
    pub fn recall(self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(self) -> f64 {
        share(2 * self.right, 2 * self.right + self.wrong + self.missed)
    }
}

/// What the predictions are worth.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Score {
    /// Documents with a truth.
    pub documents: usize,
    /// Of them those whose class is known.
    pub with_class: usize,
    /// The share whose class is right; "none of these" is right when the truth has none.
    pub accuracy: f64,
    /// The share that got a class.
    pub coverage: f64,
    /// Documents of none of the classes that got one all the same.
    pub false_alarms: usize,
    /// The mean of the F1 of all classes of the truth.
    pub macro_f1: f64,
    /// Per class.
    pub classes: BTreeMap<String, Counts>,
    /// Per field.
    pub fields: BTreeMap<String, Counts>,
    /// All fields together.
    pub all_fields: Counts,
    /// Values that do not stand in the source.
    pub invented: usize,
    /// Documents about which nothing could be said.
    pub errors: usize,
    /// Half of the documents took less, in seconds, reading apart.
    pub median_seconds: f64,
    /// The same for reading with character recognition.
    pub median_reading_seconds: f64,
}

impl Score {
    /// Documents of none of the classes.
    pub fn without_class(&self) -> usize {
        self.documents - self.with_class
    }

    /// The share of the documents of none of the classes that got one; 0 when there are none.
    pub fn false_alarm_rate(&self) -> f64 {
        share(self.false_alarms, self.without_class())
    }
}

/// Compares predictions with the truth, pair by pair.
pub fn score(pairs: &[(Truth, Prediction)]) -> Score {
    let mut score = Score { documents: pairs.len(), ..Score::default() };
    let (mut right, mut answered) = (0, 0);
    for (truth, prediction) in pairs {
        right += usize::from(truth.class == prediction.class);
        answered += usize::from(prediction.class.is_some());
        score.false_alarms += usize::from(truth.class.is_none() && prediction.class.is_some());
        count_class(&mut score.classes, truth, prediction);
        count_fields(&mut score.fields, truth, prediction);
        score.invented += prediction.invented.len();
        score.errors += usize::from(prediction.error.is_some());
    }
    score.with_class = pairs.iter().filter(|(truth, _)| truth.class.is_some()).count();
    score.accuracy = share(right, pairs.len());
    score.coverage = share(answered, pairs.len());
    let of_truth: BTreeSet<&String> =
        pairs.iter().filter_map(|(truth, _)| truth.class.as_ref()).collect();
    let f1 =
        of_truth.iter().filter_map(|class| score.classes.get(*class)).map(|counts| counts.f1());
    score.macro_f1 =
        if of_truth.is_empty() { 0.0 } else { f1.sum::<f64>() / of_truth.len() as f64 };
    for counts in score.fields.values() {
        score.all_fields.right += counts.right;
        score.all_fields.wrong += counts.wrong;
        score.all_fields.missed += counts.missed;
    }
    score.median_seconds = median(pairs.iter().map(|(_, it)| it.seconds).collect());
    score.median_reading_seconds = median(pairs.iter().map(|(_, it)| it.reading_seconds).collect());
    score
}

fn count_class(classes: &mut BTreeMap<String, Counts>, truth: &Truth, prediction: &Prediction) {
    if truth.class == prediction.class {
        if let Some(class) = &truth.class {
            classes.entry(class.clone()).or_default().right += 1;
        }
        return;
    }
    if let Some(class) = &truth.class {
        classes.entry(class.clone()).or_default().missed += 1;
    }
    if let Some(class) = &prediction.class {
        classes.entry(class.clone()).or_default().wrong += 1;
    }
}

fn count_fields(fields: &mut BTreeMap<String, Counts>, truth: &Truth, prediction: &Prediction) {
    let names: BTreeSet<&String> = truth.fields.keys().chain(prediction.fields.keys()).collect();
    for name in names {
        let wanted = truth.fields.get(name).map(values).unwrap_or_default();
        let given = prediction.fields.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut left: Vec<&String> = given.iter().filter(|value| !value.is_empty()).collect();
        let counts = fields.entry(name.clone()).or_default();
        // Every value counts, and a given one vouches for one of the truth only.
        for it in &wanted {
            match left.iter().position(|given| same(name, it, given)) {
                Some(at) => {
                    left.remove(at);
                    counts.right += 1;
                }
                None => counts.missed += 1,
            }
        }
        counts.wrong += left.len();
    }
}

/// The plain values of a field of the truth; structures are not compared.
pub fn values(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if !text.is_empty() => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(all) => all.iter().flat_map(values).collect(),
        _ => Vec::new(),
    }
}

/// The middle of the values; 0 for none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(class: Option<&str>, given: Option<&str>) -> (Truth, Prediction) {
        let truth = Truth { class: class.map(str::to_owned), ..Truth::default() };
        (truth, Prediction { class: given.map(str::to_owned), ..Prediction::default() })
    }

    #[test]
    fn none_of_these_is_right_when_the_truth_has_none() {
        let score = score(&[pair(None, None), pair(Some("a"), Some("a")), pair(Some("a"), None)]);
        assert!((score.accuracy - 2.0 / 3.0).abs() < 1e-9);
        assert!((score.coverage - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(score.classes["a"], Counts { right: 1, wrong: 0, missed: 1 });
        assert_eq!(score.false_alarm_rate(), 0.0);
    }

    #[test]
    fn a_class_for_what_has_none_is_a_false_alarm() {
        let score = score(&[pair(None, None), pair(None, Some("a")), pair(Some("a"), Some("b"))]);
        assert_eq!((score.false_alarms, score.without_class()), (1, 2));
        assert!((score.false_alarm_rate() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_value_where_the_truth_has_none_is_wrong() {
        let mut truth = Truth::default();
        truth.fields.insert("datum".into(), "2026-03-01".into());
        let fields = [("datum", "01.03.2026"), ("chip", "9")]
            .map(|(name, it)| (name.to_owned(), vec![it.to_owned()]));
        let prediction = Prediction { fields: fields.into(), ..Prediction::default() };
        let score = score(&[(truth, prediction)]);
        assert_eq!(score.fields["datum"].right, 1);
        assert_eq!(score.fields["chip"].wrong, 1);
    }

    #[test]
    fn every_one_of_several_values_counts() {
        let mut truth = Truth::default();
        truth.fields.insert("partei".into(), serde_json::json!(["A AG", "B GmbH", "C eG"]));
        let given = ["b GmbH", "A AG", "A AG"].map(str::to_owned).to_vec();
        let fields = [("partei".to_owned(), given)].into();
        let score = score(&[(truth, Prediction { fields, ..Prediction::default() })]);
        assert_eq!(score.fields["partei"], Counts { right: 2, wrong: 1, missed: 1 });
    }
}

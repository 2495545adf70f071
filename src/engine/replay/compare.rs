//! What is different between an answer of then and one of now. Pure.

use serde::Serialize;
use serde_json::Value;

use crate::llm::Trace;

/// How an answer of now compares to the one of then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// The same question and the same answer; its numbers differ by [`ROUNDING`] at most.
    Identical,
    /// The same question, and another answer or other numbers.
    OtherAnswer,
    /// Not the same question any more.
    OtherQuestion,
    /// It is not asked any more, or nobody answers.
    NotAsked,
}

/// Arithmetic in another order gives other last digits. A new process gives the same numbers to the last digit; one
/// that holds other questions besides gave shares that lay 0.008 apart (the 0.5B weights, which round most). So far
/// two numbers of the same answer may lie apart.
pub(super) const ROUNDING: f32 = 0.03;

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    /// Which thing.
    pub(super) what: What,
    /// As it was.
    pub(super) then: Value,
    /// As it is.
    pub(super) now: Value,
}

/// What can be different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// The instruction: classes, descriptions, examples, locale, or the program's own words.
    Workflow,
    /// The rest of the prompt: the text that was read, or the fields.
    Question,
    /// The options or blanks, or the material that may be copied.
    Answers,
    /// The weights.
    Weights,
    /// What runs them.
    Runtime,
    /// What the arithmetic was built for.
    Processor,
    /// Context, batch, threads and the like.
    Parameters,
    /// The answer.
    Answer,
    /// Its numbers.
    Numbers,
    /// Why it was not asked.
    Reason,
}

/// What [`compare`] finds.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) verdict: Verdict,
    pub(super) differences: Vec<Difference>,
    pub(super) largest_difference: Option<f32>,
}

/// Compares; what an older version did not write down is not compared.
pub(super) fn compare(then: &Trace, now: &Trace) -> Compared {
    let mut differences = Vec::new();
    let mut differs = |what, old: Value, new: Value| {
        let known = !matches!(&old, Value::String(old) if old.is_empty());
        let different = known && old != new;
        if different {
            differences.push(Difference { what, then: old, now: new });
        }
        different
    };
    let text = |text: &String| Value::from(text.as_str());
    let workflow = differs(What::Workflow, text(&then.instruction), text(&now.instruction));
    let question = !workflow && differs(What::Question, text(&then.prompt), text(&now.prompt));
    let answers = differs(What::Answers, text(&then.shape), text(&now.shape));
    differs(What::Weights, text(&then.card.weights), text(&now.card.weights));
    differs(What::Runtime, text(&then.card.runtime), text(&now.card.runtime));
    differs(What::Processor, text(&then.card.processor), text(&now.card.processor));
    if !then.parameters.is_empty() {
        let value = |trace: &Trace| serde_json::to_value(&trace.parameters).unwrap_or_default();
        differs(What::Parameters, value(then), value(now));
    }
    let answer = differs(What::Answer, text(&then.raw), text(&now.raw));
    let largest = largest(&then.shares, &now.shares);
    let numbers = largest.is_some_and(|it| it > ROUNDING)
        && differs(What::Numbers, list(&then.shares), list(&now.shares));
    let verdict = if workflow || question || answers {
        Verdict::OtherQuestion
    } else if answer || numbers {
        Verdict::OtherAnswer
    } else {
        Verdict::Identical
    };
    Compared { verdict, differences, largest_difference: largest }
}

/// A question without an answer of now.
pub(super) fn not_asked(why: &str) -> Compared {
    let difference = Difference { what: What::Reason, then: Value::Null, now: why.into() };
    Compared { verdict: Verdict::NotAsked, differences: vec![difference], largest_difference: None }
}

/// The largest difference between two numbers of the same place; `None` without numbers of the same count.
fn largest(then: &[f32], now: &[f32]) -> Option<f32> {
    if then.len() != now.len() {
        return None;
    }
    then.iter().zip(now).map(|(then, now)| (then - now).abs()).max_by(f32::total_cmp)
}

fn list(shares: &[f32]) -> Value {
    // Four digits: more would only look exact.
    shares.iter().map(|share| (f64::from(*share) * 1e4).round() / 1e4).collect::<Vec<f64>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::Card;

    fn trace() -> Trace {
        let card = Card { weights: "cc".into(), runtime: "llama.cpp".into(), ..Card::default() };
        Trace {
            card,
            prompt: "p".into(),
            instruction: "i".into(),
            shape: "s".into(),
            raw: "A".into(),
            shares: vec![0.9, 0.1],
            ..Trace::default()
        }
    }

    fn check(now: Trace, verdict: Verdict, whats: &[What]) {
        let compared = compare(&trace(), &now);
        let found: Vec<What> = compared.differences.iter().map(|it| it.what).collect();
        assert_eq!((compared.verdict, found.as_slice()), (verdict, whats), "{compared:?}");
    }

    #[test]
    fn each_difference_is_told_as_what_it_is() {
        use What::{Answer, Answers, Numbers, Question, Weights, Workflow};
        check(trace(), Verdict::Identical, &[]);
        // Rounding is no difference, and how long it took is none.
        let now = Trace { shares: vec![0.9001, 0.0999], duration_ms: 9, ..trace() };
        check(now, Verdict::Identical, &[]);
        check(Trace { shares: vec![0.8, 0.2], ..trace() }, Verdict::OtherAnswer, &[Numbers]);
        check(Trace { raw: "B".into(), ..trace() }, Verdict::OtherAnswer, &[Answer]);
        let now = Trace { instruction: "j".into(), prompt: "q".into(), ..trace() };
        check(now, Verdict::OtherQuestion, &[Workflow]);
        check(Trace { prompt: "q".into(), ..trace() }, Verdict::OtherQuestion, &[Question]);
        check(Trace { shape: "t".into(), ..trace() }, Verdict::OtherQuestion, &[Answers]);
        // Other weights that answer the same are worth a word, and no difference of the answer.
        let mut now = trace();
        now.card.weights = "dd".into();
        check(now, Verdict::Identical, &[Weights]);
    }

    #[test]
    fn what_an_older_version_did_not_write_is_not_compared() {
        let old = Trace { prompt: "p".into(), raw: "A".into(), ..Trace::default() };
        let compared = compare(&old, &trace());
        assert_eq!((compared.verdict, compared.largest_difference), (Verdict::Identical, None));
        assert!(compared.differences.is_empty(), "{compared:?}");
        let asked_otherwise = Trace { prompt: "q".into(), ..trace() };
        assert_eq!(compare(&old, &asked_otherwise).verdict, Verdict::OtherQuestion);
    }
}

//! What `vorlage eval` measures without a workflow: one reader, one check, alone.

use anyhow::Context;

use super::eval::{Args, bar};
use super::eval_read::bytes_of;
use super::goal::{Goal, Kind, verdict};
use super::office;
use crate::fields::Asked;
use crate::insight::{Prediction, Truth};

/// Drops the lines that this measuring says nothing about, and tells how many.
pub(super) fn keep(goal: &Goal, truths: &mut Vec<Truth>) -> usize {
    let all = truths.len();
    if goal.kind == Kind::Values {
        truths.retain(|truth| goal.kind_of(truth).is_some());
    }
    all - truths.len()
}

/// The verdict on each line of truth.
pub(super) async fn run(
    args: &Args,
    goal: &Goal,
    truths: Vec<Truth>,
) -> anyhow::Result<Vec<(Truth, Prediction)>> {
    let limits = office::load(&args.place.office)?.settings.limits;
    let parser = office::parser(&args.place.place()?, &limits);
    let bar = bar(truths.len())?;
    let mut pairs = Vec::new();
    for mut truth in truths {
        let prediction = match goal.kind {
            Kind::Values => value(goal, &truth)?,
            Kind::Language => {
                let (name, bytes) = bytes_of(&args.dir, &truth)?;
                let parsed = parser.parse(name, bytes).await;
                told(&truth, parsed.language())
            }
            Kind::Rules | Kind::Workflow | Kind::Learn => {
                let file = truth.file.as_deref().context("a line of truth has no `file`")?;
                let (seconds, parsed) = super::parse::read(&parser, args.dir.join(file)).await.1?;
                verdict(&truth, &parsed, seconds)
            }
        };
        if goal.kind != Kind::Rules {
            // What else the truth says is for groups.
            truth.fields.clear();
        }
        pairs.push((truth, prediction));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(pairs)
}

/// Whether the text is `valid` or `invalid` as a value of the type that its line names.
fn value(goal: &Goal, truth: &Truth) -> anyhow::Result<Prediction> {
    let name = goal.kind_of(truth).context("a line of truth names no type")?;
    let kind = name.find().with_context(|| format!("there is no field type `{}`", name.0))?;
    let text = truth.text.as_deref().context("a line of truth has no `text`")?;
    let fits = (kind.normalise)(text, &Asked::default()).is_ok();
    Ok(told(truth, Some(if fits { "valid" } else { "invalid" })))
}

fn told(truth: &Truth, class: Option<&str>) -> Prediction {
    Prediction {
        file: truth.file.clone(),
        text: truth.text.clone(),
        class: class.map(str::to_owned),
        abstain: class.is_none(),
        confidence: if class.is_some() { 1.0 } else { 0.0 },
        ..Prediction::default()
    }
}

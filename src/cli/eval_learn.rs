//! `vorlage eval … --learn N`: what documents with truth teach about each other, without a model.

use std::time::Instant;

use serde_json::json;

use super::eval::{Args, bar, bytes_of};
use super::reliability::Reliability;
use super::{Outcome, found};
use crate::classify;
use crate::insight::{Prediction, Truth, score};
use crate::learn::{Example, unseen};
use crate::parse::Parser;

/// So many of the likeliest classes a model would be asked about.
const SHORTLIST: usize = 6;

pub(super) async fn run(args: &Args, folds: usize, parser: &Parser) -> Outcome {
    anyhow::ensure!(folds >= 2, "`--learn` needs at least two parts");
    let mut read: Vec<(Truth, String)> = Vec::new();
    let truths = args.truths()?;
    let bar = bar(truths.len())?;
    for mut truth in truths {
        bar.inc(1);
        if let Some(field) = &args.of {
            let value = truth.fields.get(field).and_then(|it| it.as_str());
            truth.class = value.map(str::to_owned);
        }
        if truth.class.is_none() {
            continue;
        }
        truth.fields.clear();
        let (name, bytes) = bytes_of(&args.dir, &truth)?;
        let words = classify::words(&parser.parse(name, bytes).await);
        read.push((truth, words));
    }
    bar.finish_and_clear();
    let examples: Vec<Example<'_>> = read
        .iter()
        .filter_map(|(truth, text)| Some(Example { text, class: truth.class.as_deref()? }))
        .collect();
    let clock = Instant::now();
    let told = unseen(&examples, folds);
    let seconds = clock.elapsed().as_secs_f64();
    let (mut pairs, mut sure, mut listed) = (Vec::new(), Vec::new(), 0);
    for ((truth, _), shares) in read.iter().zip(&told) {
        let best = shares.as_ref().and_then(|it| it.first());
        let right = |(class, _): &(&str, f32)| Some(*class) == truth.class.as_deref();
        let prediction = Prediction {
            file: truth.file.clone(),
            text: truth.text.clone(),
            class: best.map(|(class, _)| (*class).to_owned()),
            confidence: best.map_or(0.0, |(_, share)| *share),
            ..Prediction::default()
        };
        sure.extend(best.map(|best| (best.1, right(best))));
        listed += usize::from(shares.iter().flatten().take(SHORTLIST).any(right));
        pairs.push((truth.clone(), prediction));
    }
    let score = score(&pairs);
    let reliability = Reliability::of(&sure);
    let listed = listed as f64 / pairs.len().max(1) as f64;
    if args.json {
        let told = json!({ "documents": score.documents, "classes": score.classes.len(), "accuracy": score.accuracy,
            "macro_f1": score.macro_f1, "in_first_six": listed, "reliability": reliability.json(), "seconds": seconds });
        say!("{told:#}");
    } else {
        say!("documents   {} in {} classes", score.documents, score.classes.len());
        say!("accuracy    {:.3}  macro-F1 {:.3}", score.accuracy, score.macro_f1);
        say!("shortlist   {listed:.3} have their class among the first {SHORTLIST}");
        say!("seconds     {seconds:.2} for learning {folds} times and telling all");
        reliability.print();
    }
    Ok(found(false))
}

//! `vorlage replay`: whether a model would answer the same about an item today.

use serde_json::Value;

use super::{Outcome, control, found, office};
use crate::engine::Errand;

/// Ask everything about one item again, and say what is different
#[derive(clap::Args)]
#[command(
    after_help = "Every answer of a model is kept with the hash of its weights and of the question. This asks each question again,\nwith those weights if they are still here, and changes nothing. The exit code is 1 when an answer is not identical.\nAn answer that is different is shown word by word; it may hold what stands in the letter.\n\nExamples:\n  vorlage replay 0197c3f0-1f2e-7b3a-9d2c-5a4f6e7d8c9b\n  vorlage replay ITEM --json"
)]
pub(super) struct Args {
    #[command(flatten)]
    place: office::Where,
    /// Its number, as the desk and the log tell it
    item: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> Outcome {
    let errand = Errand::Replay { item: args.item.as_str().into() };
    let told = control::ask(&args.place, errand, "asking").await?;
    if told.is_null() {
        anyhow::bail!("there is no item `{}`", args.item);
    }
    let is_same = told["identical"] == true;
    if args.json {
        say!("{told:#}");
        return Ok(found(!is_same));
    }
    let questions = told["questions"].as_array().cloned().unwrap_or_default();
    if questions.is_empty() {
        say!("no model was asked about this item");
    }
    for question in &questions {
        show_question(question);
    }
    Ok(found(!is_same))
}

/// One question: what came of it, then what is not as it was.
fn show_question(question: &Value) {
    let card = &question["then"]["card"];
    say!(
        "{} at {} by {}: {}",
        text(&question["entry"]),
        text(&question["at"]),
        text(&card["name"]),
        verdict(question)
    );
    for difference in question["differences"].as_array().into_iter().flatten() {
        say!("  {}", told(difference));
    }
}

fn verdict(question: &Value) -> String {
    let largest = question["largest_difference"].as_f64();
    match text(&question["verdict"]) {
        "identical" => match largest {
            Some(largest) if largest > 0.0 => {
                format!("identical (numbers within {largest:.5}, which is rounding)")
            }
            Some(_) => "identical, to the last digit".to_owned(),
            None => "identical (no numbers were kept)".to_owned(),
        },
        "other_answer" => "DIFFERENT answer to the same question".to_owned(),
        "other_question" => {
            let same = question["then"]["raw"] == question["now"]["raw"];
            let answer = if same { "the answer is the same" } else { "the answer differs too" };
            format!("DIFFERENT question than then; {answer}")
        }
        _ => "NOT ASKED again".to_owned(),
    }
}

fn told(difference: &Value) -> String {
    let (then, now) = (&difference["then"], &difference["now"]);
    let pair = || format!("{} then, {} now", shown(then), shown(now));
    match text(&difference["what"]) {
        "workflow" => "the workflow has changed since: its classes, descriptions or examples, or how this version asks".to_owned(),
        "question" => "the question has changed since: what is read of the item, or the fields of the class".to_owned(),
        "answers" => "the possible answers have changed since: the classes, the candidates or the text that may be copied".to_owned(),
        "weights" => format!("the weights have changed, and the former are not here: {}", pair()),
        "runtime" => format!("what runs the model has changed: {}", pair()),
        "processor" => format!("the arithmetic is built for another processor: {}", pair()),
        "parameters" => format!("the parameters have changed: {}", pair()),
        "answer" => format!("the answer: {}", pair()),
        "numbers" => format!("the numbers: {}", pair()),
        _ if now == "rules_decide" => {
            "no model is asked any more: the workflow has changed since, or no model may be asked".to_owned()
        }
        _ => shown(now),
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

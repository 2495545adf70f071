//! `vorlage learned`: what decided items taught, and how that did.

use serde_json::Value;

use super::table::table;
use super::{Outcome, control, found, office};
use crate::engine::Errand;

/// What decided items taught about classes and fields, and how that did
#[derive(clap::Args)]
#[command(
    after_help = "Every approved item helps to tell the class of the next ones (`[learning]` in office.toml), and labels that stood\nbefore approved values in at least three items count as if the workflow file named them. \"Unseen\": of the\ndecided items, how many would be told rightly by what the others taught. \"Reviewed\": how often the first answer was\nthe class that a person approved, before anything was learned and since.\n\nExamples:\n  vorlage learned\n  vorlage learned --json"
)]
pub(super) struct Args {
    #[command(flatten)]
    place: office::Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> Outcome {
    let told = control::ask(&args.place, Errand::Learned, "learning").await?;
    if args.json {
        say!("{told:#}");
        return Ok(found(false));
    }
    if told["on"] == false {
        say!("learning is off (`[learning] on = false`)");
        return Ok(found(false));
    }
    let until = told["until"].as_str().map(|it| format!(", decided until {it}"));
    say!("{} approved items teach{}", told["items"], until.unwrap_or_default());
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut rows = vec![["door", "learned from", "unseen right", "by"].map(str::to_owned).to_vec()];
    for door in told["doors"].as_array().into_iter().flatten() {
        let right = door["unseen_right"].as_f64().unwrap_or_default();
        rows.push(vec![
            cell(&door["door"]),
            cell(&door["examples"]),
            format!("{:.0} %", right * 100.0),
            if door["vectors"] == true { "words and vectors" } else { "words" }.to_owned(),
        ]);
    }
    if rows.len() > 1 {
        show!("{}", table(&rows));
    } else {
        say!("nothing is learned before two classes of a door have three approved items each");
    }
    let mut rows = vec![["class", "approved"].map(str::to_owned).to_vec()];
    let classes = told["classes"].as_object().into_iter().flatten();
    rows.extend(classes.map(|(class, count)| vec![class.clone(), cell(count)]));
    if rows.len() > 1 {
        show!("{}", table(&rows));
    }
    let mut rows =
        vec![["class", "field", "learned label", "approved"].map(str::to_owned).to_vec()];
    for (class, fields) in told["labels"].as_object().into_iter().flatten() {
        for (field, labels) in fields.as_object().into_iter().flatten() {
            let row = |label: &Value| {
                vec![class.clone(), field.clone(), cell(&label["text"]), cell(&label["items"])]
            };
            rows.extend(labels.as_array().into_iter().flatten().map(row));
        }
    }
    if rows.len() > 1 {
        show!("{}", table(&rows));
    }
    for (key, when) in [("before", "before anything was learned"), ("since", "since then")] {
        let reviewed = &told["reviewed"][key];
        let count = |name: &str| reviewed[name].as_u64().unwrap_or_default();
        if count("items") > 0 {
            let share = count("right") as f64 * 100.0 / count("items") as f64;
            say!(
                "reviewed, {when}: {} of {} were right at once ({share:.0} %)",
                count("right"),
                count("items")
            );
        }
    }
    Ok(found(false))
}

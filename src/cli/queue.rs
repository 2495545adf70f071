//! `vorlage queue` and `vorlage show`: what waits where, and what happened with one item.

use std::process::ExitCode;

use serde_json::Value;

use super::table::table;
use super::{Outcome, control, found, office};
use crate::engine::Errand;

/// What waits where
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage queue\n  vorlage queue steueramt --json\n  vorlage queue --undelivered"
)]
pub(super) struct QueueArgs {
    #[command(flatten)]
    place: office::Where,
    /// Only this queue
    #[arg(conflicts_with = "undelivered")]
    queue: Option<String>,
    /// Only deliveries that were refused, may have arrived, or were given up
    #[arg(long)]
    undelivered: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What happened with one item, without what stands in it
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage show 0197c3f0-1f2e-7b3a-9d2c-5a4f6e7d8c9b\n  vorlage show ITEM --json"
)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    place: office::Where,
    /// Its number, as the desk and the log tell it
    item: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn queue(args: QueueArgs) -> Outcome {
    let errand = Errand::Queue { queue: args.queue.as_deref().map(Into::into) };
    let told = control::ask(&args.place, errand, "reading").await?;
    let queues = told["queues"].as_array().cloned().unwrap_or_default();
    if let Some(name) = args.queue.filter(|_| queues.is_empty()) {
        anyhow::bail!("there is no queue `{name}`; `office.toml` names them");
    }
    if args.json {
        say!("{told:#}");
        return Ok(found(false));
    }
    if args.undelivered {
        return Ok(undelivered(&told));
    }
    let head = ["queue", "item", "class", "received", "deadline", "why"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for queue in &queues {
        let items = queue["items"].as_array().cloned().unwrap_or_default();
        rows.extend(items.iter().map(|item| row(text(&queue["queue"]), item)));
    }
    let held = told["held"].as_array().cloned().unwrap_or_default();
    rows.extend(held.iter().map(|item| row("(held)".to_owned(), item)));
    show!("{}", table(&rows));
    Ok(found(false))
}

/// What a person has to settle, by why.
fn undelivered(told: &Value) -> ExitCode {
    let mut rows =
        vec![["item", "class", "received", "deadline", "why"].map(str::to_owned).to_vec()];
    let items = told["undelivered"].as_array().cloned().unwrap_or_default();
    rows.extend(items.iter().map(|item| row(String::new(), item).split_off(1)));
    show!("{}", table(&rows));
    found(!items.is_empty())
}

fn row(queue: String, item: &Value) -> Vec<String> {
    let held = &item["held"];
    let why = if held.is_null() {
        String::new()
    } else {
        format!("{} {}", text(&held["code"]), text(&held["reason"]))
    };
    let cells = ["item", "class", "received", "deadline"].map(|key| text(&item[key]));
    [vec![queue], cells.to_vec(), vec![why]].concat()
}

pub(super) async fn show(args: ShowArgs) -> Outcome {
    let errand = Errand::Show { item: args.item.as_str().into() };
    let told = control::ask(&args.place, errand, "reading").await?;
    if told.is_null() {
        anyhow::bail!("there is no item `{}`", args.item);
    }
    if args.json {
        say!("{told:#}");
        return Ok(found(false));
    }
    say!("{} through `{}`, now {}", args.item, text(&told["door"]), told["state"]);
    let mut rows = vec![["when", "what", "by", "seconds", "why"].map(str::to_owned).to_vec()];
    for entry in told["history"].as_array().cloned().unwrap_or_default() {
        let seconds = entry["seconds"].as_f64().map_or(String::new(), |it| format!("{it:.1}"));
        let what = [text(&entry["kind"]), text(&entry["to"])].join(" ").trim().to_owned();
        let why = [text(&entry["code"]), text(&entry["why"])].join(" ").trim().to_owned();
        rows.push(vec![text(&entry["at"]), what, text(&entry["by"]), seconds, why]);
    }
    show!("{}", table(&rows));
    Ok(found(false))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

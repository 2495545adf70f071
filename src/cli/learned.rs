//! `vorlage learned`: what decided items taught, how that did, and the way back.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::table::table;
use super::{Outcome, control, found, office};
use crate::engine::{BackTo, Errand};

/// So many of the newest versions are shown.
const SHOWN: usize = 10;

/// What decided items taught about classes and fields, and how that did
#[derive(clap::Args)]
#[command(
    after_help = "Every approved item helps to tell the class of the next ones (`[learning]` in office.toml), and labels that stood\nbefore approved values in at least three items count as if the workflow file named them. Where enough was reviewed, how\nsure a class or a value is shown to be is what such claims have turned out to be worth. \"Unseen\": of the decided items,\nhow many would be told rightly by what the others taught. \"Reviewed\": how often the first answer was the class that a\nperson approved. \"Apart\": how far claimed and true shares are apart on the average.\n\nWith `--back` only what was approved until then teaches, from now on and after restarts; `[learning] until` holds too.\n\nExamples:\n  vorlage learned\n  vorlage learned --back 12\n  vorlage learned --back 2026-11-20\n  vorlage learned --forward"
)]
pub(super) struct Args {
    #[command(flatten)]
    place: office::Where,
    /// Let only what a version was learned from teach, or what was approved until the end of a day
    #[arg(long, value_name = "VERSION|DATE", value_parser = back_to)]
    back: Option<BackTo>,
    /// Let everything teach again
    #[arg(long, conflicts_with = "back")]
    forward: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn back_to(text: &str) -> Result<BackTo, String> {
    let version = text.parse().map(BackTo::Version);
    let day = || text.parse::<Date>().map(BackTo::Day);
    version.or_else(|_| day()).map_err(|_| "neither a version nor a date as 2026-11-20".to_owned())
}

pub(super) async fn run(args: Args) -> Outcome {
    let errand = match (args.back, args.forward) {
        (None, false) => Errand::Learned,
        (to, _) => Errand::GoBack { to },
    };
    let told = control::ask(&args.place, errand, "learning").await?;
    if args.json {
        say!("{told:#}");
        return Ok(found(false));
    }
    if told["on"] == false {
        say!("learning is off (`[learning] on = false`)");
        return Ok(found(false));
    }
    let zone = TimeZone::system();
    let until = told["until"].as_str().map(|it| format!(", decided until {it}"));
    let back = told["back"]["until"].as_str().map(|it| {
        format!(", approved until {} (`vorlage learned --forward` ends that)", moment(it, &zone))
    });
    let (until, back) = (until.unwrap_or_default(), back.unwrap_or_default());
    say!("{} of {} approved items teach{until}{back}", told["teaching"], told["items"]);
    print_doors(&told);
    print_versions(&told, &zone);
    print_reviewed(&told);
    print_reliability(&told);
    Ok(found(false))
}

fn cell(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn count(of: &Value, name: &str) -> u64 {
    of[name].as_u64().unwrap_or_default()
}

/// As people read a share.
fn percent(value: &Value) -> String {
    value.as_f64().map_or_else(|| "-".to_owned(), |it| format!("{:.0} %", it * 100.0))
}

/// The share that is right, and of how many.
fn share(reviewed: &Value) -> String {
    match (count(reviewed, "right"), count(reviewed, "items")) {
        (_, 0) => "-".to_owned(),
        (right, all) => format!("{:.2} of {all}", right as f64 / all as f64),
    }
}

/// A moment to the minute.
fn moment(text: &str, zone: &TimeZone) -> String {
    let shown = |it: Timestamp| it.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    text.parse().map_or_else(|_| text.to_owned(), shown)
}

fn show_table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> bool {
    let head: Vec<String> = head.iter().map(|it| (*it).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    if rows.len() > 1 {
        show!("{}", table(&rows));
    }
    rows.len() > 1
}

fn print_doors(told: &Value) {
    let doors = told["doors"].as_array().into_iter().flatten().map(|door| {
        let by = if door["vectors"] == true { "words and vectors" } else { "words" };
        let right = percent(&door["unseen_right"]);
        vec![cell(&door["door"]), cell(&door["examples"]), right, by.to_owned()]
    });
    if !show_table(&["door", "learned from", "unseen right", "by"], doors) {
        say!("nothing is learned before two classes of a door have three approved items each");
    }
    let classes = told["classes"].as_object().into_iter().flatten();
    show_table(&["class", "approved"], classes.map(|(name, all)| vec![name.clone(), cell(all)]));
    let mut labels = Vec::new();
    for (class, fields) in told["labels"].as_object().into_iter().flatten() {
        for (field, learned) in fields.as_object().into_iter().flatten() {
            let row = |label: &Value| {
                vec![class.clone(), field.clone(), cell(&label["text"]), cell(&label["items"])]
            };
            labels.extend(learned.as_array().into_iter().flatten().map(row));
        }
    }
    show_table(&["class", "field", "learned label", "approved"], labels);
}

fn print_versions(told: &Value, zone: &TimeZone) {
    let versions = told["versions"].as_array().map_or(&[][..], Vec::as_slice);
    let used = |it: &Value| if it["version"] == told["version"] { "in use" } else { "" };
    let newest = versions.iter().skip(versions.len().saturating_sub(SHOWN));
    let in_use = |it: &&Value| it["version"] == told["version"];
    let older = versions.iter().take(versions.len().saturating_sub(SHOWN)).filter(in_use);
    let rows = older.chain(newest).map(|it| {
        vec![
            cell(&it["version"]),
            moment(it["at"].as_str().unwrap_or_default(), zone),
            cell(&it["items"]),
            percent(&it["unseen_right"]),
            share(&it["reviewed"]),
            used(it).to_owned(),
        ]
    });
    show_table(&["version", "learned", "from", "unseen right", "reviewed right", ""], rows);
}

fn print_reviewed(told: &Value) {
    for (key, when) in [("before", "before anything was learned"), ("since", "since then")] {
        let reviewed = &told["reviewed"][key];
        let (right, all) = (count(reviewed, "right"), count(reviewed, "items"));
        if all > 0 {
            let share = right as f64 * 100.0 / all as f64;
            say!("reviewed, {when}: {right} of {all} were right at once ({share:.0} %)");
        }
    }
    let week = &told["week"];
    if count(&week["before"], "items") > 0 && count(&week["after"], "items") > 0 {
        say!(
            "since Monday, {}: class accuracy on reviewed items {} → {}",
            cell(&week["since"]),
            share(&week["before"]),
            share(&week["after"])
        );
    }
}

fn print_reliability(told: &Value) {
    let reliability = &told["reliability"];
    let row = |what: String, it: &Value| {
        let error =
            |value: &Value| value.as_f64().map_or_else(|| "-".to_owned(), |it| format!("{it:.3}"));
        let put_right = &it["put_right"];
        vec![
            what,
            cell(&it["answers"]),
            cell(&it["wrong"]),
            error(&it["claimed_error"]),
            cell(&put_right["answers"]),
            error(&put_right["claimed_error"]),
            error(&put_right["error"]),
        ]
    };
    let classes = reliability["classes"].as_array().into_iter().flatten();
    let classes = classes.map(|it| {
        let by = if it["by"] == "model" { "the model" } else { "decided items alone" };
        row(format!("classes at {}, by {by}", cell(&it["door"])), it)
    });
    let fields = reliability["fields"].as_array().into_iter().flatten();
    let fields =
        fields.map(|it| row(format!("{}, {}", cell(&it["class"]), cell(&it["field"])), it));
    let head =
        ["confidence of", "reviewed", "wrong", "apart", "put right", "apart before", "after"];
    show_table(&head, classes.chain(fields));
}

//! `vorlage demo`: a whole office with sample post, without mailbox and mail server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use include_dir::{Dir, include_dir};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::service::{self, Service};
use super::table::{short, table};
use super::{Outcome, found, office};
use crate::domain::{ItemId, UserName};
use crate::engine::{Desk, ItemView, people};
use crate::llm::catalogue;
use crate::store::records::State;

static WORKFLOWS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/workflows");
static CONNECTORS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/connectors");
static MAILS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/mail");
static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/files");
const OFFICE: &str = include_str!("../../office.toml");

/// Parts of mails in `fixtures/mail`, not post of their own.
const NO_POST: &[&str] =
    &["anschreiben.docx", "laterne.jpg", "rechnung-planung.pdf", "widerspruch.pdf"];

/// Show a whole office with sample post
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage demo\n  vorlage demo --once --json | jq '.items[].class'\n  vorlage demo --model small --listen 127.0.0.1:9000"
)]
pub(super) struct Args {
    /// End when every sample item has reached its queue, and print the table
    #[arg(long)]
    once: bool,
    /// Print JSON (with --once)
    #[arg(long, requires = "once")]
    json: bool,
    /// Where the office is made; made anew each time [default: vorlage-demo in the temporary folder]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// A name from `vorlage model list`, or a GGUF file
    #[arg(long, default_value = "default")]
    model: String,
    /// Where the pages are shown
    #[arg(long, default_value = "127.0.0.1:8420")]
    listen: String,
    /// Do not fetch the model when it is missing: items then wait for it
    #[arg(long)]
    offline: bool,
    /// The password of the demo's people [default: made at random]
    #[arg(long, env = "VORLAGE_DEMO_PASSWORD", hide_env_values = true)]
    password: Option<String>,
}

/// The people of the demo: name, title, role.
const PEOPLE: &[(&str, &str, &str)] =
    &[("demo", "Dana Demo", "alle"), ("leitung", "Lena Leitung", "alle")];

pub(super) async fn run(args: Args) -> Outcome {
    service::log("warn");
    let dir = args.dir.clone().unwrap_or_else(|| std::env::temp_dir().join("vorlage-demo"));
    let samples = make(&dir, &args)?;
    let place = office::Where { office: dir.clone(), state: Some(dir.join("state")) }.place()?;
    if let Some(entry) = catalogue::find(&args.model)
        && !args.offline
        && !place.models.join(entry.file).is_file()
    {
        eprintln!("fetching the model `{}` ({} MB, once)", entry.title, entry.bytes / 1_000_000);
        super::model::fetch_with_bar(entry, None, &place.models).await?;
    }
    let service = Service::open(office::load(&dir)?, place).await?;
    let password = args.password.clone().unwrap_or_else(made_up);
    for (name, title, role) in PEOPLE {
        let new = people::NewUser {
            name: UserName::from(*name),
            title: (*title).to_owned(),
            roles: vec![(*role).to_owned()],
            password: password.clone(),
            language: None,
        };
        people::leave(&dir.join("state"), people::Change::Put(new.hashed().await?))?;
    }
    people::take(&dir.join("state"), service.desk.records(), service.desk.now()).await?;
    let desk = service.desk.clone();
    let stop = service::stop_at_signals()?;
    let running = tokio::spawn(service.run(stop.clone(), move |address| {
        eprintln!("\nThe desk is open:  http://{address}/");
        eprintln!("Sign in as:        demo  (for the second of four eyes: leitung)");
        eprintln!("Password:          {password}");
        eprintln!("Files:             {}\n", dir.display());
    }));
    eprintln!("{samples} sample items come in; every one waits for a person in the end.");
    let arrived = wait_until_laid(&desk, samples, args.once, &stop, &running).await;
    if arrived.is_ok() {
        print(&desk, args.json).await?;
    }
    if args.once || arrived.is_err() {
        stop.cancel();
    } else {
        eprintln!("\nEvery item has reached its queue. Ctrl-C ends the demo.");
    }
    running.await??;
    arrived?;
    Ok(found(false))
}

/// Makes the office: the example with doors that need no mail server, and post in them.
fn make(dir: &Path, args: &Args) -> anyhow::Result<usize> {
    if dir.exists() {
        let ours = dir.join("office.toml").is_file() && dir.join("posteingang").is_dir();
        anyhow::ensure!(
            ours,
            "`{}` is there and is no demo office; name another folder with --dir",
            dir.display()
        );
        std::fs::remove_dir_all(dir)?;
    }
    for (name, files) in [
        ("workflows", &WORKFLOWS),
        ("connectors", &CONNECTORS),
        ("fixtures/mail", &MAILS),
        ("fixtures/files", &FILES),
    ] {
        std::fs::create_dir_all(dir.join(name))?;
        files
            .extract(dir.join(name))
            .with_context(|| format!("cannot write into `{}`", dir.display()))?;
    }
    std::fs::write(dir.join("office.toml"), OFFICE.replace("127.0.0.1:8420", &args.listen))?;
    let key = if args.model.ends_with(".gguf") { "path" } else { "model" };
    let connectors = [
        (
            "posteingang",
            "kind = \"share\"\npath = \"posteingang\"\nsettle_seconds = 0\ndone = \"keep\"\n"
                .to_owned(),
        ),
        (
            "scanner",
            "kind = \"share\"\npath = \"scanner\"\nsettle_seconds = 0\ndone = \"keep\"\n"
                .to_owned(),
        ),
        ("ausgang", "kind = \"folder\"\npath = \"ausgang\"\n".to_owned()),
        ("entwuerfe", "kind = \"folder\"\npath = \"entwuerfe\"\n".to_owned()),
        ("finanzverfahren", "kind = \"folder\"\npath = \"finanzverfahren\"\n".to_owned()),
        ("hausmodell", format!("kind = \"embedded\"\n{key} = {:?}\n", args.model)),
    ];
    for (name, text) in connectors {
        std::fs::write(dir.join(format!("connectors/{name}.toml")), text)?;
    }
    let mut samples = 0;
    for (door, files) in [("posteingang", &MAILS), ("scanner", &FILES)] {
        std::fs::create_dir_all(dir.join(door))?;
        for file in files.files() {
            let name = file.path().file_name().unwrap_or_default();
            if !NO_POST.iter().any(|it| name == *it) {
                std::fs::write(dir.join(door).join(name), file.contents())?;
                samples += 1;
            }
        }
    }
    Ok(samples)
}

/// Four words' worth of chance, easy to type.
fn made_up() -> String {
    uuid::Uuid::new_v4().simple().to_string().chars().take(12).collect()
}

async fn wait_until_laid(
    desk: &Desk,
    samples: usize,
    once: bool,
    stop: &CancellationToken,
    running: &tokio::task::JoinHandle<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let mut told = false;
    loop {
        let status = desk.status().await?;
        if status.waiting + status.done >= samples {
            return Ok(());
        }
        if let Some(held) = desk.held(1).await?.first().and_then(|item| item.held.clone())
            && !told
        {
            let why = format!("items wait: {} ({})", held.reason, held.code);
            anyhow::ensure!(!once, why);
            eprintln!("{why}; people can file them by hand");
            told = true;
        }
        anyhow::ensure!(!running.is_finished(), "the daemon ended");
        let pause = stop.run_until_cancelled(tokio::time::sleep(Duration::from_millis(300)));
        anyhow::ensure!(pause.await.is_some(), "stopped before every item had reached its queue");
    }
}

/// Everything that was laid before people, in the order of arrival.
async fn print(desk: &Desk, as_json: bool) -> anyhow::Result<()> {
    let mut views: Vec<ItemView> = Vec::new();
    for queue in desk.rules().office.settings.queues.keys() {
        for item in desk.waiting(queue, usize::MAX).await? {
            views.extend(desk.item(&ItemId(item.id.0.clone())).await?);
        }
    }
    views.sort_by(|one, other| one.item.name.cmp(&other.item.name));
    if as_json {
        let items: Vec<_> = views.iter().map(line).collect();
        say!("{:#}", json!({ "items": items }));
        return Ok(());
    }
    let mut rows = vec![
        ["file", "class", "sure", "fields with proof", "queue", "seconds"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for view in &views {
        let form = view.draft.as_ref().map(|draft| &draft.form);
        let filled = form.map_or(0, |form| form.values().filter(|it| it.value.is_some()).count());
        let all = form.map_or(0, indexmap::IndexMap::len);
        rows.push(vec![
            short(&view.item.name, 44),
            view.item.class.as_ref().map_or("none of these".to_owned(), ToString::to_string),
            format!("{:.2}", view.item.confidence),
            format!("{filled} of {all}"),
            queue(view),
            format!("{:.1}", seconds(view)),
        ]);
    }
    show!("{}", table(&rows));
    Ok(())
}

fn line(view: &ItemView) -> serde_json::Value {
    let form = view.draft.iter().flat_map(|draft| &draft.form);
    let fields: serde_json::Map<String, serde_json::Value> = form
        .filter(|(_, value)| value.value.is_some())
        .map(|(name, value)| {
            (
                name.0.clone(),
                json!({ "value": value.lines(), "evidence": value.proofs().collect::<Vec<_>>() }),
            )
        })
        .collect();
    json!({
        "item": view.item.id,
        "file": view.item.name,
        "class": view.item.class.as_ref().map(ToString::to_string),
        "confidence": view.item.confidence,
        "fields": fields,
        "queue": queue(view),
        "seconds": seconds(view),
    })
}

fn queue(view: &ItemView) -> String {
    match &view.item.state {
        State::Waiting(queue) => queue.0.clone(),
        State::Ready(_) | State::Done(_) => String::new(),
    }
}

/// Seconds the machine worked on an item, without waiting for its turn.
fn seconds(view: &ItemView) -> f64 {
    view.history.iter().filter_map(|entry| entry.seconds).sum()
}

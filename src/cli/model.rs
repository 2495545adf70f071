//! `vorlage model`: the weights of the model in the house.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use super::table::table;
use super::{Outcome, found, model_bench};
use crate::llm::catalogue::{self, Entry};
use crate::llm::fetch::{self, Progress};

/// List, fetch and measure models
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage model list\n  vorlage model fetch default\n  vorlage model fetch small --from ~/qwen.gguf\n  vorlage model bench small"
)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The models this version knows, and which are here
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch weights, check them and keep them
    Fetch {
        /// A name from `vorlage model list`
        #[arg(default_value = "default")]
        name: String,
        /// A file you have already; it is checked and copied
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// How fast a model is on this machine, and how much memory it takes
    Bench(model_bench::Args),
}

pub(super) async fn run(args: Args) -> Outcome {
    let folder =
        catalogue::models_dir().context("neither $VORLAGE_MODELS nor a home folder is known")?;
    match args.what {
        What::List { json } => list(&folder, json),
        What::Fetch { name, from } => {
            let path = fetch_with_bar(entry(&name)?, from.as_deref(), &folder).await?;
            say!("{}", path.display());
            Ok(found(false))
        }
        What::Bench(args) => model_bench::run(args, &folder).await,
    }
}

fn entry(name: &str) -> anyhow::Result<&'static Entry> {
    let names: Vec<&str> = catalogue::MODELS.iter().map(|it| it.name).collect();
    catalogue::find(name)
        .with_context(|| format!("there is no model `{name}`; there are {}", names.join(", ")))
}

fn list(folder: &std::path::Path, json: bool) -> Outcome {
    if json {
        let all: Vec<_> = catalogue::MODELS
            .iter()
            .map(|it| {
                serde_json::json!({
                    "name": it.name, "title": it.title, "purpose": it.purpose, "licence": it.licence, "bytes": it.bytes,
                    "sha256": it.sha256, "memory_mib": it.memory_mib, "here": folder.join(it.file).is_file(),
                })
            })
            .collect();
        say!("{:#}", serde_json::Value::from(all));
        return Ok(found(false));
    }
    let mut rows =
        vec![["name", "model", "licence", "size", "memory", "here"].map(str::to_owned).to_vec()];
    for it in catalogue::MODELS {
        let here = if folder.join(it.file).is_file() { "yes" } else { "no" };
        rows.push(vec![
            it.name.to_owned(),
            it.title.to_owned(),
            it.licence.to_owned(),
            format!("{} MB", it.bytes / 1_000_000),
            format!("{} MiB", it.memory_mib),
            here.to_owned(),
        ]);
    }
    show!("{}", table(&rows));
    eprintln!("weights are kept in {}", folder.display());
    Ok(found(false))
}

/// Fetches weights with a progress bar on a terminal, and plain lines elsewhere.
pub(super) async fn fetch_with_bar(
    entry: &'static Entry,
    from: Option<&std::path::Path>,
    folder: &std::path::Path,
) -> anyhow::Result<PathBuf> {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(entry.bytes)
    } else {
        ProgressBar::hidden()
    };
    bar.set_style(ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {eta} {msg}")?);
    let last = std::sync::Mutex::new(String::new());
    let show = |progress: Progress<'_>| {
        bar.set_position(progress.done);
        bar.set_message(progress.message.to_owned());
        if let Ok(mut last) = last.lock()
            && bar.is_hidden()
            && *last != progress.message
        {
            eprintln!("{}: {}", entry.name, progress.message);
            progress.message.clone_into(&mut last);
        }
    };
    let path = match from {
        Some(file) => fetch::adopt(entry, file, folder, &show)?,
        None => fetch::fetch(entry, folder, &show).await?,
    };
    bar.finish_and_clear();
    Ok(path)
}

//! `vorlage parse FILE…`: what the readers make of files, without any model.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use futures_util::stream::{self, StreamExt};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::table::short;
use super::{Outcome, found, office, service};
use crate::config::Limits;
use crate::domain::{Code, Parsed, Problem};
use crate::parse::Parser;

/// Show what is read from files: text, pages, facts, problems
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage parse brief.pdf\n  vorlage parse brief.pdf --text\n  vorlage parse ~/post --jobs 4 --json > read.jsonl\n\nWith --json each file is one line: {\"file\", \"seconds\", \"parsed\"}."
)]
pub(super) struct Args {
    #[command(flatten)]
    read: Reading,
    /// Print only the text
    #[arg(long, conflicts_with = "json")]
    text: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Which files are read, and how.
#[derive(clap::Args)]
pub(super) struct Reading {
    /// Files, or folders with files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The office whose limits hold, instead of the default ones
    #[arg(long, value_name = "DIR")]
    office: Option<PathBuf>,
    /// Read so many files at the same time
    #[arg(long, default_value_t = 1, value_name = "N")]
    jobs: usize,
}

impl Reading {
    /// What reads them, the servers whose word about senders counts, and the codes of separator sheets.
    pub(super) fn parser(&self) -> anyhow::Result<(Parser, Vec<String>, Vec<String>)> {
        let (limits, servers, separators) = match &self.office {
            Some(folder) => {
                let settings = office::load(folder)?.settings;
                (settings.limits, settings.mail.authserv_ids, settings.scan.separators)
            }
            None => (Limits::default(), Vec::new(), Vec::new()),
        };
        let parser = Parser { program: std::env::current_exe()?, limits };
        Ok((parser, servers, separators))
    }

    /// The files, those in the folders in order of their names, with a bar where a person looks on.
    pub(super) fn files(&self) -> anyhow::Result<(Vec<PathBuf>, ProgressBar)> {
        let files = files(&self.files)?;
        anyhow::ensure!(!files.is_empty(), "there are no files");
        let bar = match files.len() > 1 && std::io::stderr().is_terminal() {
            true => ProgressBar::new(files.len() as u64),
            false => ProgressBar::hidden(),
        };
        bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {eta}")?);
        Ok((files, bar))
    }

    /// How many are read at the same time.
    pub(super) fn jobs(&self) -> usize {
        self.jobs.max(1)
    }
}

pub(super) async fn run(args: Args) -> Outcome {
    service::log("warn");
    let (parser, servers, separators) = args.read.parser()?;
    let (files, bar) = args.read.files()?;
    let read = stream::iter(files).map(|file| read(&parser, file));
    let mut read = read.buffered(args.read.jobs());
    let mut problems = false;
    while let Some((file, read)) = read.next().await {
        let (seconds, mut parsed) = read?;
        parsed.believe(&servers);
        parsed.divide(&separators);
        problems |= parsed.all_problems().next().is_some();
        let shown = if args.json {
            format!("{}\n", line(&file, seconds, &parsed))
        } else if args.text {
            parsed.documents.iter().map(|it| format!("{}\n", it.text)).collect()
        } else {
            summary(&file, seconds, &parsed)
        };
        show!("{shown}");
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(found(problems))
}

/// The files, and those in the folders in order of their names.
pub(super) fn files(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        let shown = path.display();
        let is_folder = path.metadata().with_context(|| format!("cannot read `{shown}`"))?.is_dir();
        if !is_folder {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).with_context(|| format!("cannot read `{shown}`"))?;
        let mut inside = entries
            .map(|entry| entry.map(|it| it.path()))
            .collect::<Result<Vec<_>, _>>()
            .with_context(|| format!("cannot read `{shown}`"))?;
        inside.sort();
        files.extend(self::files(&inside)?);
    }
    Ok(files)
}

/// Reads one file; seconds by the clock.
pub(super) async fn read(
    parser: &Parser,
    file: PathBuf,
) -> (PathBuf, anyhow::Result<(f64, Parsed)>) {
    let bytes = std::fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()));
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => return (file, Err(error)),
    };
    let name = file.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let begin = Instant::now();
    let parsed = parser.parse(&name, bytes).await;
    (file, Ok((begin.elapsed().as_secs_f64(), parsed)))
}

fn line(file: &Path, seconds: f64, parsed: &Parsed) -> Value {
    json!({ "file": file.display().to_string(), "seconds": seconds, "parsed": parsed })
}

fn summary(file: &Path, seconds: f64, parsed: &Parsed) -> String {
    let mut lines = vec![format!("{} ({seconds:.2} s)", file.display())];
    for document in &parsed.documents {
        let name = if document.name.is_empty() { "(text)" } else { &document.name };
        let letters = document.text.chars().count();
        lines.push(format!(
            "  {name}: {}, {letters} characters, {} pages, {} tables, {} facts",
            document.media_type,
            document.pages.len(),
            document.tables.len(),
            document.facts.len()
        ));
        let own = document.own_text().chars().count();
        if own < letters {
            lines.push(format!("    {own} characters are new, the others quoted or notices"));
        }
        if let Some(check) = &document.rule_check {
            let mut rules: Vec<&str> = check.broken.iter().map(|it| it.rule.as_str()).collect();
            rules.dedup();
            let (profile, verdict) = (&check.profile, check.verdict);
            lines.push(
                format!("    {profile}: {verdict:?} {}", rules.join(" ")).trim_end().to_owned(),
            );
        }
        lines.extend(document.codes.iter().map(code));
        lines.extend(document.problems.iter().map(problem));
    }
    let sender = parsed.envelope.iter().map(|it| &it.sender);
    lines.extend(sender.flat_map(|it| &it.doubts).map(|it| format!("  sender: {it:?}")));
    lines.extend(parsed.problems.iter().map(problem));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn code(code: &Code) -> String {
    format!("    page {}, {}: {}", code.page, code.symbology.name(), short(&code.content, 80))
}

fn problem(problem: &Problem) -> String {
    format!("    {}: {}", problem.code, problem.detail)
}

//! `vorlage bench classes`: whether many classes are told as quickly and as well as few.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use serde_json::{Value, json};

use super::eval::{checked, read_truth};
use super::eval_read::bytes_of;
use super::{Outcome, found, office, service};
use crate::classify::{self, Candidate, Classification, Taught};
use crate::config::Office;
use crate::domain::{Document, Parsed, WorkflowName};
use crate::engine::preview::{Compete, competing};
use crate::engine::{Rules, files};
use crate::insight::{Truth, median};
use crate::llm::LanguageModel;

/// Measure how the time and the rightness of classes change with their number
#[derive(clap::Args)]
#[command(
    after_help = "Each document is asked about twice in turn: among the classes of the office alone, and among these and\nthose of the workflows in FOLDER. Reading is not counted; documents that certain signs decide are left out.\n\nExamples:\n  vorlage bench classes fixtures --with fixtures/many\n  vorlage bench classes ~/labelled --with ~/planned --model small --json"
)]
pub(super) struct Args {
    /// The folder with truth.jsonl
    dir: PathBuf,
    /// A folder of workflows whose classes compete too
    #[arg(long, value_name = "FOLDER")]
    with: PathBuf,
    #[command(flatten)]
    place: office::Where,
    /// Another model than the office's: a name from `vorlage model list`, or a GGUF file
    #[arg(long)]
    model: Option<String>,
    /// Only the first N lines
    #[arg(long, value_name = "N")]
    first: Option<usize>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What came of asking about some classes.
#[derive(Default)]
struct Told {
    classes: usize,
    right: usize,
    /// The right class was among those that the model was asked about.
    asked: usize,
    /// Documents that are of one of the classes.
    of_a_class: usize,
    seconds: Vec<f64>,
}

impl Told {
    fn add(&mut self, truth: &Truth, told: &Classification, seconds: f64) {
        let class = told.class.as_ref().map(ToString::to_string);
        self.right += usize::from(class == truth.class);
        self.seconds.push(seconds);
        if let Some(wanted) = &truth.class {
            let among = told.asked.iter().any(|it| it.to_string() == *wanted);
            self.asked += usize::from(among || told.asked.is_empty());
            self.of_a_class += 1;
        }
    }

    fn json(&self) -> Value {
        json!({
            "classes": self.classes, "documents": self.seconds.len(), "right": self.right,
            "documents_of_a_class": self.of_a_class, "right_class_was_asked_about": self.asked,
            "median_seconds": median(self.seconds.clone()),
        })
    }

    fn print(&self) {
        let documents = self.seconds.len();
        say!(
            "{:3} classes  right {} of {documents}  asked about the right one {} of {}  {:.2} s a document (median)",
            self.classes,
            self.right,
            self.asked,
            self.of_a_class,
            median(self.seconds.clone())
        );
    }
}

pub(super) async fn run(args: Args) -> Outcome {
    service::log("warn");
    let place = args.place.place()?;
    let own = office::load(&args.place.office)?;
    let office = office::with_model(with(&args.place.office, &args.with)?, args.model.as_deref());
    let rules = office::open_models(office, &place)?;
    let model = rules.connectors.values().find_map(|it| it.model.clone());
    let model = model.context("the office has no model")?;
    let parser = office::parser(&place, &rules.office.settings.limits);
    let many = competing(&rules, &Compete::All);
    let is_own = |it: &Candidate<'_>| own.workflows.contains_key(&it.name.workflow);
    let few: Vec<Candidate<'_>> =
        competing(&rules, &Compete::All).into_iter().filter(is_own).collect();
    let mut both = [few, many].map(|classes| {
        let told = Told { classes: classes.len(), ..Told::default() };
        (classes, told)
    });
    for (classes, _) in &both {
        // The instruction is read once for all documents, and not counted.
        ask(&rules, &*model, classes, &first_letter()).await?;
    }
    let mut ratios = Vec::new();
    let truths = read_truth(&args.dir)?;
    for truth in truths.iter().take(args.first.unwrap_or(usize::MAX)) {
        let (name, bytes) = bytes_of(&args.dir, truth)?;
        let mut parsed = parser.parse(name, bytes).await;
        parsed.believe(&rules.office.settings.mail.authserv_ids);
        parsed.divide(&rules.office.settings.scan.separators);
        let mut seconds = [0.0; 2];
        for ((classes, told), seconds) in both.iter_mut().zip(&mut seconds) {
            let (answer, took) = ask(&rules, &*model, classes, &parsed).await?;
            if answer.trace.is_some() {
                *seconds = took;
                told.add(truth, &answer, took);
                wrong(name, truth, classes.len(), &answer);
            }
        }
        if seconds[0] > 0.0 && seconds[1] > 0.0 {
            ratios.push(seconds[1] / seconds[0]);
        }
    }
    let ratio = median(ratios);
    let [(_, few), (_, many)] = &both;
    if args.json {
        say!("{:#}", json!({ "few": few.json(), "many": many.json(), "median_ratio": ratio }));
        return Ok(found(false));
    }
    few.print();
    many.print();
    say!("a document takes {ratio:.2} times as long with {} classes (median)", many.classes);
    Ok(found(false))
}

/// The answer, and in how many seconds it came.
async fn ask(
    rules: &Rules,
    model: &dyn LanguageModel,
    classes: &[Candidate<'_>],
    parsed: &Parsed,
) -> anyhow::Result<(Classification, f64)> {
    let clock = Instant::now();
    let language = rules.office.settings.language.as_str();
    let taught = Taught { embedder: rules.embedder.as_deref(), ..Taught::default() };
    let told = classify::classify(Some(model), classes, parsed, language, Some(taught)).await?;
    Ok((told, clock.elapsed().as_secs_f64()))
}

/// What was not right, to look at.
fn wrong(name: &str, truth: &Truth, classes: usize, told: &Classification) {
    let class = told.class.as_ref().map(ToString::to_string);
    if class != truth.class {
        eprintln!(
            "{name}: of {classes} classes it is {class:?} and not {:?} ({:.2})",
            truth.class, told.confidence
        );
    }
}

fn first_letter() -> Parsed {
    let document = Document { text: "Guten Tag!".to_owned(), ..Document::default() };
    Parsed { documents: vec![document], ..Parsed::default() }
}

/// The office with the workflows of another folder.
fn with(office: &Path, folder: &Path) -> anyhow::Result<Office> {
    let mut all = files::read(office)?;
    let shown = folder.display();
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read `{shown}`"))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|it| it != "toml") {
            continue;
        }
        let name = path.file_stem().map(|it| WorkflowName(it.to_string_lossy().into_owned()));
        let name = name.unwrap_or_default();
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        let taken = all.texts.insert(format!("workflows/{name}.toml"), text).is_some();
        anyhow::ensure!(!taken, "the office has a workflow `{name}` of its own");
    }
    checked(&all)
}

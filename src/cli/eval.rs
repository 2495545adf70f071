//! `vorlage eval WORKFLOW DIR`: measures a workflow on an office's own labelled post.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use super::eval_read::{self, look, look_again};
use super::goal::{self, Goal, Kind};
use super::reliability::Reliability;
use super::table::table;
use super::{Outcome, eval_alone, eval_fields, eval_learn, found, office, service};
use crate::config::{Files, Office};
use crate::domain::{Evidence, FieldValue, Method, Parsed, WorkflowName};
use crate::engine::files;
use crate::engine::preview::{Compete, Preview, competing};
use crate::insight::{self, Prediction, Score, Truth, score};

/// Measure a workflow on a folder of documents with truth
#[derive(clap::Args)]
#[command(
    after_help = "DIR holds truth.jsonl, one object a line:\n  {\"file\": \"docs/1.pdf\", \"class\": \"anmeldung\", \"fields\": {\"chip\": \"276…\"}, \"mini\": true}\nor \"text\" instead of \"file\"; a class of another workflow is written workflow/class.\n\nExamples:\n  vorlage eval hundesteuer ~/labelled/dogs\n  vorlage eval benches/konstanz.toml DIR --mini --out predictions.jsonl\n  vorlage eval benches/sroie.toml DIR --no-model --baseline\n  vorlage eval all NEW --learned-from OLD\n  vorlage eval all DIR --learn 5 --of office"
)]
pub(super) struct Args {
    /// The name of a workflow of the office, `all`, or a workflow file of its own
    pub(super) workflow: String,
    /// The folder with truth.jsonl
    pub(super) dir: PathBuf,
    #[command(flatten)]
    pub(super) place: office::Where,
    /// Take what was read from what `vorlage parse --json` wrote, instead of reading the files again
    #[arg(long, value_name = "FILE", conflicts_with = "learn")]
    read: Option<PathBuf>,
    /// Only lines marked `mini`
    #[arg(long)]
    mini: bool,
    /// Only the first N lines
    #[arg(long, value_name = "N")]
    first: Option<usize>,
    /// Write the predictions as JSON lines
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Another model than the office's: a name from `vorlage model list`, or a GGUF file
    #[arg(long)]
    model: Option<String>,
    /// Only what rules can tell; a workflow that names no model is always measured so
    #[arg(long, conflicts_with = "model")]
    no_model: bool,
    /// Tell classes with what the documents of this folder teach too, as if a person had approved them
    #[arg(long, value_name = "DIR", conflicts_with = "learn")]
    learned_from: Option<PathBuf>,
    /// What the documents themselves teach: N parts, each told by what the others taught; no model is asked
    #[arg(long, value_name = "N")]
    pub(super) learn: Option<usize>,
    /// When it is learned: a field of the truth instead of the class
    #[arg(long, value_name = "FIELD")]
    pub(super) of: Option<String>,
    /// Beside ours what the first value of each field's type gives, without labels
    #[arg(long, conflicts_with = "learn")]
    baseline: bool,
    /// When it is learned: from N examples of each class only, drawn five times
    #[arg(long, value_name = "N")]
    pub(super) few: Option<usize>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl Args {
    /// The lines of truth that were asked for.
    pub(super) fn truths(&self) -> anyhow::Result<Vec<Truth>> {
        let mut truths = read_truth(&self.dir)?;
        truths.retain(|truth| !self.mini || truth.mini);
        truths.truncate(self.first.unwrap_or(usize::MAX));
        Ok(truths)
    }
}

/// A progress bar, where somebody sees it.
pub(super) fn bar(length: usize) -> anyhow::Result<ProgressBar> {
    let seen = std::io::stderr().is_terminal();
    let bar = if seen { ProgressBar::new(length as u64) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} {msg}")?);
    Ok(bar)
}

pub(super) async fn run(args: Args) -> Outcome {
    service::log("warn");
    let goal = match args.workflow.strip_suffix(".toml") {
        Some(_) => goal::split(&read_file(&args.workflow)?)?.0,
        None => Goal::default(),
    };
    if args.learn.is_some() || goal.kind == Kind::Learn {
        let goal = goal.asked(args.of.as_deref(), args.few);
        return eval_learn::run(&args, &goal).await;
    }
    anyhow::ensure!(args.of.is_none() && args.few.is_none(), "`--of` and `--few` need `--learn`");
    let mut truths = args.truths()?;
    let left_out = eval_alone::keep(&goal, &mut truths);
    let groups: Vec<Option<String>> = truths.iter().map(|it| goal.group(it)).collect();
    let (pairs, simple, compete) = match goal.kind {
        Kind::Workflow => by_workflow(&args, &goal, truths).await?,
        _ => (eval_alone::run(&args, &goal, truths).await?, Pairs::new(), Compete::All),
    };
    if let Some(out) = &args.out {
        let mut file = std::fs::File::create(out)
            .with_context(|| format!("cannot write `{}`", out.display()))?;
        for (_, prediction) in &pairs {
            writeln!(file, "{}", serde_json::to_string(&unqualified(prediction, &compete))?)?;
        }
    }
    let score = score(&pairs);
    let groups = goal::in_groups(&pairs, &groups);
    let goals = goal.judge(&score, &groups);
    // What a class is by certain signs, or was not asked, tells nothing about confidences.
    let answer = |(truth, it): &(Truth, Prediction)| {
        let asked = it.confidence > 0.0 && it.confidence < 1.0 && !it.abstain;
        asked.then(|| (it.confidence, it.class == truth.class))
    };
    let answers: Vec<(f32, bool)> = pairs.iter().filter_map(answer).collect();
    let reliability = (!answers.is_empty()).then(|| Reliability::of(&answers));
    if args.json {
        let mut told = serde_json::to_value(&score)?;
        told["reliability"] = reliability.map_or(serde_json::Value::Null, |it| it.json());
        told["groups"] = serde_json::to_value(&groups)?;
        told["left_out"] = left_out.into();
        say!("{told:#}");
    } else {
        print(&score);
        if args.baseline {
            eval_fields::print_baseline(&insight::score(&simple));
        }
        eval_fields::print_calibration(&pairs);
        reliability.iter().for_each(Reliability::print);
        for (name, group) in &groups {
            say!("  {name:24} right {:.3} of {}", group.accuracy, group.documents);
        }
        if left_out > 0 {
            say!("left out    {left_out} lines of kinds that `[bench] types` does not name");
        }
    }
    for (_, line) in &goals {
        if args.json {
            eprintln!("{line}");
        } else {
            say!("{line}");
        }
    }
    Ok(found(goals.iter().any(|(reached, _)| !reached)))
}

type Pairs = Vec<(Truth, Prediction)>;

/// Classes and fields, by the whole way of a document.
async fn by_workflow(
    args: &Args,
    goal: &Goal,
    truths: Vec<Truth>,
) -> anyhow::Result<(Pairs, Pairs, Compete)> {
    let place = args.place.place()?;
    let (office, compete) = open(&args.workflow, &args.place)?;
    let office = office::with_model(office, args.model.as_deref());
    let named = |compete: &Compete| match compete {
        Compete::Workflow(name) => office.workflows.get(name).is_some_and(|it| it.model.is_some()),
        _ => true,
    };
    let asked = !args.no_model && named(&compete);
    let office = if asked { office } else { office::without_models(office) };
    let mut rules = office::open_models(office, &place)?;
    let away = office::report_models(&mut rules).await;
    let none = "measuring without the model would tell nothing (or say `--no-model`)";
    anyhow::ensure!(away.is_empty(), none);
    let parser = office::parser(&place, &rules.office.settings.limits);
    let dir = args.learned_from.as_deref();
    let learned = eval_learn::learned_from(dir, &parser, &rules, &compete).await?;
    let before = match &args.read {
        Some(file) => eval_read::before(file)?,
        None => Vec::new(),
    };
    let bar = bar(truths.len())?;
    let (mut pairs, mut simple) = (Vec::new(), Vec::new());
    let known: Vec<String> =
        competing(&rules, &compete).iter().map(|it| it.name.to_string()).collect();
    for mut truth in truths {
        qualify(&mut truth, &compete);
        goal.estrange(&mut truth, &known);
        let learned = learned.as_ref();
        let shown = match eval_read::of(&before, &truth) {
            Some(parsed) => look_again(&rules, parsed, &truth, &compete, learned).await,
            None => look(&rules, &parser, &args.dir, &truth, &compete, learned).await,
        };
        if let Some(shown) = shown.as_ref().ok().filter(|_| args.baseline) {
            let prediction = eval_fields::baseline(&rules, &truth, &shown.parsed);
            simple.push((truth.clone(), prediction));
        }
        let prediction = predict(&truth, shown);
        pairs.push((truth, prediction));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((pairs, simple, compete))
}

fn read_file(name: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(name).with_context(|| format!("cannot read `{name}`"))
}

/// The office to measure with, and whose classes compete.
pub(super) fn open(name: &str, place: &office::Where) -> anyhow::Result<(Office, Compete)> {
    if !name.ends_with(".toml") {
        let office = office::load(&place.office)?;
        if name == "all" {
            return Ok((office, Compete::All));
        }
        let known: Vec<&str> = office.workflows.keys().map(|it| it.0.as_str()).collect();
        anyhow::ensure!(
            known.contains(&name),
            "there is no workflow `{name}`; the office has {}",
            known.join(", ")
        );
        return Ok((office, Compete::Workflow(name.into())));
    }
    // A workflow of its own takes the office's settings and connectors, but none of its workflows.
    let mut all = files::read(&place.office)?;
    all.texts.retain(|path, _| !path.starts_with("workflows/"));
    let (_, text) = goal::split(&read_file(name)?)?;
    let stem =
        Path::new(name).file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    all.texts.insert(format!("workflows/{stem}.toml"), text);
    let office = checked(&all)?;
    Ok((office, Compete::Workflow(WorkflowName(stem))))
}

/// An office without mistakes, or all of them on standard error.
pub(super) fn checked(files: &Files) -> anyhow::Result<Office> {
    let (office, diagnostics) = office::check(files);
    office.with_context(|| {
        eprint!(
            "{}",
            crate::errors::render(&diagnostics, &files.sources(), std::io::stderr().is_terminal())
        );
        "the workflow has mistakes"
    })
}

/// The lines of `truth.jsonl`.
pub(super) fn read_truth(dir: &Path) -> anyhow::Result<Vec<Truth>> {
    let path = dir.join("truth.jsonl");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("{}:{}: not a line of truth", path.display(), index + 1))
        })
        .collect()
}

/// A class without its workflow is one of the measured workflow.
pub(super) fn qualify(truth: &mut Truth, compete: &Compete) {
    if let (Some(class), Compete::Workflow(workflow)) = (&mut truth.class, compete)
        && !class.contains('/')
    {
        *class = format!("{workflow}/{class}");
    }
}

fn unqualified(prediction: &Prediction, compete: &Compete) -> Prediction {
    let mut prediction = prediction.clone();
    if let Compete::Workflow(workflow) = compete {
        let plain = |class: String| {
            class.strip_prefix(&format!("{workflow}/")).map_or(class.clone(), str::to_owned)
        };
        prediction.class = prediction.class.map(plain);
    }
    prediction
}

/// The prediction that a preview amounts to.
pub(super) fn predict(truth: &Truth, shown: anyhow::Result<Preview>) -> Prediction {
    let mut prediction =
        Prediction { file: truth.file.clone(), text: truth.text.clone(), ..Prediction::default() };
    let shown = match shown {
        Ok(shown) => shown,
        Err(error) => {
            prediction.error = Some(format!("{error:#}"));
            return prediction;
        }
    };
    prediction.class = shown.classification.class.as_ref().map(ToString::to_string);
    prediction.abstain = prediction.class.is_none();
    prediction.confidence = shown.classification.confidence;
    for (name, value) in &shown.extraction.form {
        if value.value.is_none() {
            continue;
        }
        prediction.fields.insert(name.0.clone(), value.values().map(str::to_owned).collect());
        prediction.sure.insert(name.0.clone(), value.confidence);
        if !stands(value, &shown.parsed) {
            prediction.invented.push(name.0.clone());
        }
    }
    let [reading, classify, extract, rest] = shown.seconds;
    prediction.seconds = classify + extract + rest;
    prediction.reading_seconds = reading;
    prediction
}

/// Checks the proof of a value again, from the text alone: it does not trust the code that made it.
fn stands(value: &FieldValue, parsed: &Parsed) -> bool {
    let in_text = |evidence: &Evidence| {
        let document = parsed.documents.get(evidence.document);
        let place = evidence.span.zip(document);
        place.is_some_and(|(span, document)| {
            !evidence.quote.is_empty() && span.of(&document.text) == evidence.quote
        })
    };
    let in_structure = |evidence: &Evidence| {
        let facts = parsed
            .documents
            .get(evidence.document)
            .map(|it| it.facts.as_slice())
            .unwrap_or_default();
        let fact = facts
            .iter()
            .any(|fact| Some(&fact.path) == evidence.path.as_ref() && fact.value == evidence.quote);
        let from = parsed.envelope.as_ref().and_then(|it| it.from.as_ref());
        fact || from
            .is_some_and(|from| evidence.quote == from.name || evidence.quote == from.address)
    };
    let proven = |evidence: &[Evidence]| evidence.iter().any(|it| in_text(it) || in_structure(it));
    value.method == Method::Person
        || proven(&value.evidence) && value.more.iter().all(|it| proven(&it.evidence))
}

fn print(score: &Score) {
    say!("documents   {}  (errors {})", score.documents, score.errors);
    say!(
        "accuracy    {:.3}  coverage {:.3}  macro-F1 {:.3}",
        score.accuracy,
        score.coverage,
        score.macro_f1
    );
    if score.without_class() > 0 {
        let (alarms, all) = (score.false_alarms, score.without_class());
        say!(
            "strangers   {all} of none of the classes, of them {alarms} got one: {:.3}",
            score.false_alarm_rate()
        );
    }
    let all = score.all_fields;
    if !score.fields.is_empty() {
        say!(
            "fields      precision {:.3}  recall {:.3}  F1 {:.3}",
            all.precision(),
            all.recall(),
            all.f1()
        );
        say!("invented    {}", score.invented);
    }
    say!(
        "seconds     {:.2} a document (median), reading apart {:.2}",
        score.median_seconds,
        score.median_reading_seconds
    );
    for (title, counts) in [("class", &score.classes), ("field", &score.fields)] {
        if counts.is_empty() {
            continue;
        }
        let mut rows = vec![[title, "precision", "recall", "F1", "n"].map(str::to_owned).to_vec()];
        rows.extend(counts.iter().map(|(name, it)| {
            let number = |value: f64| format!("{value:.3}");
            vec![
                name.clone(),
                number(it.precision()),
                number(it.recall()),
                number(it.f1()),
                (it.right + it.missed).to_string(),
            ]
        }));
        say!("\n{}", table(&rows).trim_end());
    }
}

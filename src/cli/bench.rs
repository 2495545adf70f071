//! `vorlage bench`: this way of asking against the plain way, on the same documents, model and engine, in one run.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use serde_json::{Value, json};

use super::eval::{open, predict, qualify, read_truth};
use super::eval_read::look;
use super::{Outcome, bench_classes, bench_ocr, bench_parse, found, office, service};
use crate::domain::Parsed;
use crate::engine::Rules;
use crate::engine::preview::{Compete, competing};
use crate::insight::{Prediction, Score, Truth, median, score};
use crate::llm::{LanguageModel, Prompt};
use crate::locale;

/// Measure this way of asking against the plain way, same model, same run
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "The plain way is one free-form JSON prompt per document with all classes and fields, nothing kept from\nthe document before. Both ways read the same text; reading and character recognition are not counted.\n\nExamples:\n  vorlage bench fixtures\n  vorlage bench benches/sroie.toml DIR --mini\n  vorlage bench ~/labelled --model small --json\n  vorlage bench parse ~/post\n  vorlage bench ocr\n  vorlage bench classes fixtures --with fixtures/many"
)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// The folder with truth.jsonl; before it, if not the office's workflows are measured, a workflow file
    #[arg(required = true, num_args = 1..=2, value_names = ["FILE.toml", "DIR"])]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    place: office::Where,
    /// Another model than the office's: a name from `vorlage model list`, or a GGUF file
    #[arg(long)]
    model: Option<String>,
    /// Only lines marked `mini`
    #[arg(long)]
    mini: bool,
    /// Only the first N lines
    #[arg(long, value_name = "N")]
    first: Option<usize>,
    /// Leave the plain way out
    #[arg(long)]
    only_ours: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What else can be measured.
#[derive(clap::Subcommand)]
enum What {
    /// Measure reading: speed, memory, outcomes, and other programs beside it
    Parse(bench_parse::Args),
    /// Measure character recognition: errors and seconds for each kind of bad page
    Ocr(bench_ocr::Args),
    /// Measure how seconds and rightness change with the number of classes
    Classes(bench_classes::Args),
}

/// Tokens the plain way may write.
const PLAIN_TOKENS: usize = 400;

pub(super) async fn run(args: Args) -> Outcome {
    match args.what {
        Some(What::Parse(args)) => return bench_parse::run(args).await,
        Some(What::Ocr(args)) => return bench_ocr::run(args).await,
        Some(What::Classes(args)) => return bench_classes::run(args).await,
        None => {}
    }
    let (workflow, dir) = match args.paths.as_slice() {
        [workflow, dir] => (workflow.to_string_lossy().into_owned(), dir.clone()),
        [dir] => ("all".to_owned(), dir.clone()),
        _ => anyhow::bail!("which folder?"),
    };
    service::log("warn");
    let place = args.place.place()?;
    let (office, compete) = open(&workflow, &args.place)?;
    let office = office::with_model(office, args.model.as_deref());
    let mut rules = office::open_models(office, &place)?;
    let away = office::report_models(&mut rules).await;
    anyhow::ensure!(away.is_empty(), "measuring without the model would tell nothing");
    let model = rules
        .connectors
        .values()
        .find_map(|it| it.model.clone())
        .context("the office has no model")?;
    let parser = office::parser(&place, &rules.office.settings.limits);
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    let mut truths = read_truth(&dir)?;
    truths.retain(|truth| !args.mini || truth.mini);
    truths.truncate(args.first.unwrap_or(usize::MAX));
    for mut truth in truths {
        qualify(&mut truth, &compete);
        let shown = look(&rules, &parser, &dir, &truth, &compete, None).await?;
        let parsed = shown.parsed.clone();
        let prediction = predict(&truth, Ok(shown));
        if !args.only_ours {
            plain.push((truth.clone(), plainly(&rules, &*model, &parsed, &truth, &compete).await?));
        }
        eprintln!("{}: {:.1} s", truth.file.as_deref().unwrap_or("text"), prediction.seconds);
        ours.push((truth, prediction));
    }
    let (one, other) = (score(&ours), score(&plain));
    let asked = |pairs: &[(Truth, Prediction)]| {
        median(pairs.iter().map(|(_, it)| it.seconds).filter(|it| *it > 0.05).collect())
    };
    let ratio = asked(&ours) / asked(&plain).max(1e-9);
    if args.json {
        say!(
            "{:#}",
            json!({ "vorlage": one, "plain": other, "ratio_where_the_model_was_asked": ratio })
        );
        return Ok(found(false));
    }
    print("this way", &one);
    if !args.only_ours {
        print("plain way", &other);
        let (ours, plain) = (one.median_seconds, other.median_seconds);
        say!(
            "seconds per document: {:.2} of the plain way (median), {ratio:.2} where the model was asked",
            ours / plain.max(1e-9)
        );
    }
    wrong(&ours);
    Ok(found(false))
}

fn print(way: &str, score: &Score) {
    let all = score.all_fields;
    say!(
        "{way:10} class {:.3}  fields right {:.3} (precision {:.3}, F1 {:.3})  invented {}  {:.2} s a document (median)",
        score.accuracy,
        all.recall(),
        all.precision(),
        all.f1(),
        score.invented,
        score.median_seconds
    );
}

/// What was not right, to look at.
fn wrong(pairs: &[(Truth, Prediction)]) {
    for (truth, prediction) in pairs {
        let file = truth.file.as_deref().unwrap_or("text");
        if truth.class != prediction.class {
            eprintln!(
                "{file}: class is {:?} and not {:?} ({:.2})",
                prediction.class, truth.class, prediction.confidence
            );
        }
        for (name, wanted) in &truth.fields {
            let given = prediction.fields.get(name).map(|it| it.join("; ")).unwrap_or_default();
            let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
            if !crate::insight::same(name, &wanted, &given) {
                eprintln!("{file}: {name} is `{given}` and not `{wanted}`");
            }
        }
        for (name, given) in
            prediction.fields.iter().filter(|(name, _)| !truth.fields.contains_key(*name))
        {
            eprintln!("{file}: {name} is `{}` and should be empty", given.join("; "));
        }
    }
}

/// The plain way: everything in one prompt, the answer as the model likes to write it.
async fn plainly(
    rules: &Rules,
    model: &dyn LanguageModel,
    parsed: &Parsed,
    truth: &Truth,
    compete: &Compete,
) -> anyhow::Result<Prediction> {
    let language = rules.office.settings.language.as_str();
    let mut text = crate::classify::material(parsed, language);
    text.push('\n');
    for candidate in competing(rules, compete) {
        text.push_str(&format!("- {}: {}", candidate.name, candidate.class.description));
        for (name, field) in &candidate.class.fields {
            text.push_str(&format!("\n  {name}: {}", field.description));
        }
        text.push('\n');
    }
    text.push_str(&locale::text(language, "prompt-plain", &[]));
    let clock = Instant::now();
    // The document first: nothing of one prompt can be kept for the next.
    let prompt = Prompt { system: String::new(), turns: vec![text] };
    let answer = model.write(&prompt, PLAIN_TOKENS).await;
    let seconds = clock.elapsed().as_secs_f64();
    let answer = match answer {
        Ok(answer) => answer,
        // Not to answer in time is a result of this way too.
        Err(error) => {
            let (file, error) = (truth.file.clone(), Some(error.to_string()));
            return Ok(Prediction { seconds, file, error, ..Prediction::default() });
        }
    };
    Ok(Prediction { seconds, file: truth.file.clone(), ..read_plain(&answer, parsed) })
}

/// Reads what can be read of a free answer.
fn read_plain(answer: &str, parsed: &Parsed) -> Prediction {
    let json =
        answer.find('{').zip(answer.rfind('}')).and_then(|(start, end)| answer.get(start..=end));
    let Some(Value::Object(object)) = json.and_then(|json| serde_json::from_str(json).ok()) else {
        return Prediction { error: Some("no JSON".into()), ..Prediction::default() };
    };
    let mut prediction = Prediction::default();
    let source: String =
        parsed.documents.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join("\n");
    for (key, value) in &object {
        match value {
            Value::String(class) if matches!(key.as_str(), "art" | "kind") => {
                prediction.class = Some(class.clone())
            }
            Value::Object(fields) => {
                for (name, value) in
                    fields.iter().filter_map(|(name, it)| Some((name, it.as_str()?)))
                {
                    prediction.fields.insert(name.clone(), vec![value.to_owned()]);
                    if !source.contains(value) {
                        prediction.invented.push(name.clone());
                    }
                }
            }
            _ => {}
        }
    }
    prediction
}

//! `vorlage eval … --learn N`: what documents with truth teach about each other, without a language model.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use super::eval::{Args, bar, open, qualify, read_truth};
use super::eval_read::bytes_of;
use super::goal::{self, Goal};
use super::reliability::Reliability;
use super::{Outcome, found, office};
use crate::classify::{self, Lesson};
use crate::config::Workflow;
use crate::engine::Rules;
use crate::engine::preview::{Compete, competing};
use crate::insight::{Prediction, Score, Truth, score};
use crate::learn::{Example, Learned, drawn, without_each};
use crate::llm::{Embedder, embed_all};
use crate::parse::Parser;

/// So many of the likeliest classes a model would be asked about.
const SHORTLIST: usize = 6;
/// So often examples are drawn for `--few`.
const DRAWS: u64 = 5;

/// What is measured: documents with truth, and what the admin wrote about classes.
struct Measured<'a> {
    /// Reads the documents.
    parser: &'a Parser,
    /// Turns texts into vectors, if a model for it is here.
    embedder: Option<&'a dyn Embedder>,
    /// The workflow whose classes are told apart; `None` with `--of`.
    workflow: Option<&'a Workflow>,
    /// What is to be reached.
    goal: &'a Goal,
}

/// A document as it is learned from.
struct Case {
    truth: Truth,
    words: String,
    vector: Option<Vec<f32>>,
}

pub(super) async fn run(args: &Args, goal: &Goal) -> Outcome {
    let folds = args.learn.or(goal.parts).unwrap_or(goal::PARTS);
    anyhow::ensure!(folds >= 2, "`--learn` needs at least two parts");
    let (office, compete) = open(&args.workflow, &args.place)?;
    let place = args.place.place()?;
    let embedder = office::embedder(&office, &place).map_err(anyhow::Error::msg)?;
    let workflow = match &compete {
        Compete::Workflow(name) if args.of.is_none() => office.workflows.get(name),
        _ => None,
    };
    let parser = office::parser(&place, &office.settings.limits);
    let measured = &Measured { parser: &parser, embedder: embedder.as_deref(), workflow, goal };
    let cases = read(args, measured).await?;
    let told = told(measured, &cases).await?;
    let mut looks = vec![Look::new("words alone", &cases, &told, false)];
    if measured.embedder.is_some() {
        looks.push(Look::new("words and vectors", &cases, &told, true));
    }
    for look in &mut looks {
        look.tell(folds, args.few);
    }
    let Some(best) = looks.last() else { return Ok(found(false)) };
    let goals = measured.goal.judge_learned(&best.score(), &BTreeMap::new(), best.strangers());
    if args.json {
        let looks = looks.iter().map(|look| (look.title, look.json()));
        say!(
            "{:#}",
            Value::from(serde_json::Map::from_iter(looks.map(|it| (it.0.to_owned(), it.1))))
        );
    } else {
        looks.iter().for_each(Look::print);
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

/// Where texts lie among all texts; nothing where no model tells.
pub(super) async fn vectors(
    embedder: Option<&dyn Embedder>,
    texts: &[String],
) -> anyhow::Result<Vec<Option<Vec<f32>>>> {
    let Some(embedder) = embedder else { return Ok(vec![None; texts.len()]) };
    Ok(embed_all(embedder, texts).await?.into_iter().map(Some).collect())
}

/// What the documents of another folder teach, as if a person had decided them, beside what the admin wrote: as in
/// the daemon.
pub(super) async fn learned_from(
    dir: Option<&Path>,
    parser: &Parser,
    rules: &Rules,
    compete: &Compete,
) -> anyhow::Result<Option<Learned>> {
    let embedder = rules.embedder.as_deref();
    let mut decided: Vec<Lesson> = Vec::new();
    for mut truth in dir.map(read_truth).transpose()?.unwrap_or_default() {
        qualify(&mut truth, compete);
        let (name, bytes) = bytes_of(dir.unwrap_or_else(|| Path::new("")), &truth)?;
        let words = classify::words(&parser.parse(name, bytes).await);
        decided.extend(truth.class.map(|class| Lesson { words, class, vector: None }));
    }
    let mut told = classify::told_lessons(&competing(rules, compete));
    for lessons in [&mut decided, &mut told] {
        let words: Vec<String> = lessons.iter().map(|it| it.words.clone()).collect();
        let found = vectors(embedder, &words).await?;
        lessons.iter_mut().zip(found).for_each(|(it, vector)| it.vector = vector);
    }
    let learned = classify::learn(&decided, &told);
    if let (Some(dir), None) = (dir, &learned) {
        anyhow::bail!("`{}` has documents of fewer than two classes", dir.display());
    }
    Ok(learned)
}

async fn read(args: &Args, measured: &Measured<'_>) -> anyhow::Result<Vec<Case>> {
    let truths = args.truths()?;
    let bar = bar(truths.len())?;
    let mut cases = Vec::new();
    for mut truth in truths {
        bar.inc(1);
        if let Some(field) = &args.of {
            let value = truth.fields.get(field).and_then(|it| it.as_str());
            truth.class = value.map(str::to_owned);
            if truth.class.is_none() {
                continue;
            }
        }
        if truth.class == measured.goal.none {
            truth.class = None;
        }
        truth.fields.clear();
        let (name, bytes) = bytes_of(&args.dir, &truth)?;
        let words = classify::words(&measured.parser.parse(name, bytes).await);
        cases.push(Case { truth, words, vector: None });
    }
    bar.finish_and_clear();
    let words: Vec<String> = cases.iter().map(|it| it.words.clone()).collect();
    let found = vectors(measured.embedder, &words).await?;
    cases.iter_mut().zip(found).for_each(|(case, vector)| case.vector = vector);
    Ok(cases)
}

/// What the workflow says about the classes of the truth: each description and each example teaches.
async fn told(measured: &Measured<'_>, cases: &[Case]) -> anyhow::Result<Vec<Case>> {
    let mut told = Vec::new();
    for (name, class) in measured.workflow.iter().flat_map(|it| &it.classes) {
        let name = measured.goal.truth.get(&name.0).unwrap_or(&name.0);
        if cases.iter().any(|it| it.truth.class.as_ref() == Some(name)) {
            let truth = Truth { class: Some(name.clone()), ..Truth::default() };
            told.extend(classify::told(class).into_iter().map(|words| (truth.clone(), words)));
        }
    }
    let words: Vec<String> = told.iter().map(|it| it.1.clone()).collect();
    let found = vectors(measured.embedder, &words).await?;
    let case = |((truth, words), vector)| Case { truth, words, vector };
    Ok(told.into_iter().zip(found).map(case).collect())
}

/// One way to learn, and what came of it.
struct Look<'a> {
    title: &'static str,
    /// Documents and what was told, those with a class.
    examples: Vec<Example<'a>>,
    truths: Vec<&'a Truth>,
    /// Documents of none of the classes.
    strange: Vec<Example<'a>>,
    pairs: Vec<(Truth, Prediction)>,
    /// How sure each answer was, and whether it was right.
    sure: Vec<(f32, bool)>,
    /// How many have their class among the likeliest.
    listed: usize,
    /// Of how many of none that was told, and of how many it was asked.
    strangers: (usize, usize),
    seconds: f64,
}

impl<'a> Look<'a> {
    fn new(title: &'static str, cases: &'a [Case], told: &'a [Case], vectors: bool) -> Self {
        let example = |case: &'a Case, told: bool| Example {
            text: &case.words,
            class: case.truth.class.as_deref().unwrap_or_default(),
            vector: case.vector.as_deref().filter(|_| vectors),
            told,
        };
        let (known, strange): (Vec<&Case>, Vec<&Case>) =
            cases.iter().partition(|it| it.truth.class.is_some());
        let told = told.iter().map(|it| example(it, true));
        Self {
            title,
            examples: known.iter().map(|it| example(it, false)).chain(told).collect(),
            truths: known.iter().map(|it| &it.truth).collect(),
            strange: strange.iter().map(|it| example(it, false)).collect(),
            pairs: Vec::new(),
            sure: Vec::new(),
            listed: 0,
            strangers: (0, 0),
            seconds: 0.0,
        }
    }

    /// Learns from parts and asks about the rest; from so `few` examples of each class instead, where that is said.
    fn tell(&mut self, folds: usize, few: Option<usize>) {
        let clock = Instant::now();
        let examples = self.examples.clone();
        match few {
            None => without_each(&examples, folds).for_each(|(it, held)| self.ask(&it, &held)),
            Some(few) => {
                for draw in 0..DRAWS {
                    let (kept, held) = drawn(&examples, few, draw);
                    if let Some(learned) = Learned::from(&kept) {
                        self.ask(&learned, &held);
                    }
                }
            }
        }
        self.seconds = clock.elapsed().as_secs_f64();
    }

    fn ask(&mut self, learned: &Learned, held: &[usize]) {
        for at in held {
            let (example, Some(truth)) = (self.examples[*at], self.truths.get(*at)) else {
                continue;
            };
            let shares = learned.shares(example.text, example.vector);
            let Some((class, share)) = shares.first().copied() else { continue };
            let strange = learned.is_strange(example.text, example.vector);
            let strange = strange && !self.strange.is_empty();
            let right = |(class, _): &(&str, f32)| *class == example.class;
            self.sure.push((share, right(&(class, share))));
            self.listed += usize::from(shares.iter().take(SHORTLIST).any(right));
            let prediction = Prediction {
                class: Some(class.to_owned()).filter(|_| !strange),
                abstain: strange,
                confidence: share,
                ..Prediction::default()
            };
            self.pairs.push(((*truth).clone(), prediction));
        }
        for it in &self.strange {
            let told = learned.is_strange(it.text, it.vector);
            self.strangers = (self.strangers.0 + usize::from(told), self.strangers.1 + 1);
        }
    }

    fn score(&self) -> Score {
        score(&self.pairs)
    }

    /// The share of documents of none of the classes that is told as such; `None` when there are none.
    fn strangers(&self) -> Option<f64> {
        let (told, asked) = self.strangers;
        (asked > 0).then(|| told as f64 / asked as f64)
    }

    fn listed(&self) -> f64 {
        self.listed as f64 / self.sure.len().max(1) as f64
    }

    fn json(&self) -> Value {
        let score = self.score();
        json!({ "documents": score.documents, "classes": score.classes.len(), "accuracy": score.accuracy,
            "macro_f1": score.macro_f1, "in_first_six": self.listed(), "none_recall": self.strangers(),
            "reliability": Reliability::of(&self.sure).json(), "seconds": self.seconds })
    }

    fn print(&self) {
        let score = self.score();
        say!("{}", self.title);
        say!("documents   {} in {} classes", score.documents, score.classes.len());
        say!("accuracy    {:.3}  macro-F1 {:.3}", score.accuracy, score.macro_f1);
        if let Some(share) = self.strangers() {
            say!("none        {share:.3} of those that belong to no class are told so");
        }
        say!("shortlist   {:.3} have their class among the first {SHORTLIST}", self.listed());
        say!("seconds     {:.2} for learning and telling all", self.seconds);
        Reliability::of(&self.sure).print();
        say!("");
    }
}

//! The machine's part of the journey for one file, without store and without effect: for `try`, `test` and `eval`.

use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::rules::classes;
use super::{Error, Rules};
use crate::classify::{self, Candidate, Classification, Taught};
use crate::domain::{ClassRef, ConnectorName, ItemId, Parsed, WorkflowName};
use crate::draft::{self, Draft};
use crate::extract::{self, Before, Extraction};
use crate::learn::Learned;
use crate::llm::LanguageModel;
use crate::parse::Parser;
use crate::validate::{self, Context};

/// What would become of a file, stage by stage.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// What was read.
    pub parsed: Parsed,
    /// What it is.
    pub classification: Classification,
    /// The values; empty without a class.
    pub extraction: Extraction,
    /// The draft; `None` without a class.
    pub draft: Option<Draft>,
    /// Seconds for reading (with character recognition), classifying, extracting, and the rest.
    pub seconds: [f64; 4],
}

/// Whose classes compete for the file.
#[derive(Clone, Debug)]
pub enum Compete {
    /// All classes of the office.
    All,
    /// Those of one door.
    Door(ConnectorName),
    /// Those of one workflow.
    Workflow(WorkflowName),
}

/// A file and what is known about it.
pub struct Input<'a> {
    /// Its name, for showing; `""` for a mail.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whose classes compete.
    pub compete: Compete,
    /// When it is said to have arrived, and the present moment.
    pub now: Timestamp,
    /// Skips classification.
    pub class: Option<ClassRef>,
    /// What decided items taught.
    pub learned: Option<&'a Learned>,
}

/// Reads, classifies, extracts, checks and drafts.
pub async fn preview(rules: &Rules, parser: &Parser, input: Input<'_>) -> Result<Preview, Error> {
    let clock = Instant::now();
    let parsed = parser.parse(input.name, input.bytes.clone()).await;
    let mut preview = preview_of(rules, parsed, input).await?;
    let [_, classify, extract, rest] = preview.seconds;
    let reading = clock.elapsed().as_secs_f64() - classify - extract - rest;
    preview.seconds = [reading, classify, extract, rest];
    Ok(preview)
}

/// The same for what was read before; the bytes are not looked at.
pub async fn preview_of(rules: &Rules, parsed: Parsed, input: Input<'_>) -> Result<Preview, Error> {
    let mut preview = Preview { parsed, ..Preview::default() };
    preview.parsed.believe(&rules.office.settings.mail.authserv_ids);
    preview.parsed.divide(&rules.office.settings.scan.separators);
    let candidates = competing(rules, &input.compete);
    let model = model(rules, &input.compete);
    let clock = Instant::now();
    let language = rules.office.settings.language.as_str();
    preview.classification = match input.class.clone() {
        Some(class) => {
            Classification { class: Some(class), confidence: 1.0, ..Classification::default() }
        }
        None => {
            let embedder = rules.embedder.as_deref();
            let taught = Taught { learned: input.learned, embedder, ..Taught::default() };
            classify::classify(model, &candidates, &preview.parsed, language, Some(taught)).await?
        }
    };
    preview.seconds[1] = clock.elapsed().as_secs_f64();
    let Some(name) = preview.classification.class.clone() else { return Ok(preview) };
    let clock = Instant::now();
    let chosen = rules.candidate(&name)?;
    let class = chosen.class;
    let prompt =
        classify::prompt(&candidates, &classify::material(&preview.parsed, language), language);
    let others = rules.second_models(&name);
    let before = Before { prompt, label: chosen.label(), language, others };
    let model = rules.model_of_class(&name);
    preview.extraction = extract::extract(model, class, &preview.parsed, before).await?;
    preview.seconds[2] = clock.elapsed().as_secs_f64();
    let clock = Instant::now();
    let (item, settings) = (ItemId::default(), &rules.office.settings);
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    let today = input.now.to_zoned(zone.clone()).date();
    let written = preview.parsed.envelope.as_ref().and_then(|envelope| envelope.date);
    let arrived = written.map_or(today, |date| date.to_zoned(zone).date());
    let context =
        Context { arrived, today, language, office: &settings.name, earlier: None, item: &item };
    let form = preview.extraction.form.clone();
    let validated = validate::validate(class, form, &preview.parsed, &context);
    preview.draft = draft::draft(&rules.office, &name, &preview.parsed, validated, &context);
    preview.seconds[3] = clock.elapsed().as_secs_f64();
    Ok(preview)
}

/// The classes that compete.
pub fn competing<'a>(rules: &'a Rules, compete: &Compete) -> Vec<Candidate<'a>> {
    let all = rules.office.workflows.iter().filter(|(name, workflow)| match compete {
        Compete::All => true,
        Compete::Door(door) => workflow.intake.from.contains(door),
        Compete::Workflow(only) => *name == only,
    });
    all.flat_map(|(name, workflow)| classes(name, workflow)).collect()
}

fn model<'a>(rules: &'a Rules, compete: &Compete) -> Option<&'a dyn LanguageModel> {
    match compete {
        Compete::Door(door) => rules.model_of_door(door),
        Compete::All | Compete::Workflow(_) => {
            rules.model_of_class(&competing(rules, compete).into_iter().next()?.name)
        }
    }
}

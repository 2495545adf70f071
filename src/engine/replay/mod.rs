//! `vorlage replay`: every question about an item asked once more, and what is different. Changes nothing.

mod compare;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::journal::Journal;
use super::{Desk, Error, Rules, stages};
use crate::domain::ItemId;
use crate::llm::embedded::{Embedded, Settings};
use crate::llm::{self, Card, LanguageModel, Trace, catalogue};
use crate::store::records::{Entry, Item};

use compare::{Difference, Verdict};

/// One question that was asked about an item, and how it went when it was asked again.
#[derive(Debug, Serialize)]
struct Replayed {
    /// The journal entry that holds the answer.
    entry: String,
    /// When that was written.
    at: jiff::Timestamp,
    verdict: Verdict,
    /// What is not as it was; also what does not change the answer.
    differences: Vec<Difference>,
    /// The largest difference between two of the numbers; `None` when there are none to compare.
    largest_difference: Option<f32>,
    then: Trace,
    /// `None` when it could not be asked again.
    now: Option<Trace>,
}

/// Asks again. The daemon's own models are used where they are still the same, else the weights that the trace
/// names, if they are on this machine, else the model that the office has now.
pub(super) async fn replay(desk: &Desk, id: &ItemId) -> Result<Value, Error> {
    let Some((item, _)) = desk.records().item(id).await? else { return Ok(Value::Null) };
    let journal = desk.records().journal(id).await?;
    let rules = desk.rules();
    let mut former = Former::default();
    let mut replayed = Vec::new();
    for (index, entry) in journal.iter().enumerate() {
        let then = Trace::all_in(&entry.body);
        if then.is_empty() {
            continue;
        }
        let before = Journal(journal.iter().take(index).cloned().collect());
        let again = again(desk, &rules, &item, &before, entry, &then, &mut former).await;
        replayed.extend(compared(entry, then, again));
    }
    let same = replayed.iter().all(|it| it.verdict == Verdict::Identical);
    let asked = replayed.len();
    Ok(serde_json::json!({ "item": id, "asked": asked, "identical": same, "questions": replayed }))
}

/// The answers that a stage gets now, in the order in which it asks.
async fn again(
    desk: &Desk,
    rules: &Rules,
    item: &Item,
    before: &Journal,
    entry: &Entry,
    then: &[Trace],
    former: &mut Former,
) -> Result<Vec<Trace>, Error> {
    let parsed = before.parsed(desk.records().store()).await?;
    let class = stages::class_name(before);
    let (now, body) = match entry.kind.as_str() {
        "classified" => (rules.model_of_door(&item.door), None),
        _ => {
            let class = class?;
            rules.candidate(&class)?;
            (rules.model_of_class(&class), Some(class))
        }
    };
    let card = then.first().map(|it| it.card.clone()).unwrap_or_default();
    let kept = former.find(desk, now, &card).await;
    let model = kept.as_deref().map(|it| it as &dyn LanguageModel).or(now);
    let body = match body {
        None => {
            serde_json::to_value(stages::ask_class(desk, rules, &item.door, &parsed, model).await?)
        }
        Some(class) => {
            // What was learned since then is a difference, and shown as one.
            let asked = stages::extract_with(desk, rules, &item.door, &class, &parsed, model);
            serde_json::to_value(asked.await?)
        }
    };
    let body = body.map_err(|source| Error::Unreadable { kind: "errand", source })?;
    Ok(Trace::all_in(&body))
}

/// Each question of an entry beside the same one of today.
fn compared(
    entry: &Entry,
    then: Vec<Trace>,
    again: Result<Vec<Trace>, Error>,
) -> impl Iterator<Item = Replayed> {
    let (now, why) = match again {
        Ok(now) => (now, "rules_decide".to_owned()),
        Err(error) => (Vec::new(), error.to_string()),
    };
    let (kind, at) = (entry.kind.clone(), entry.at);
    let mut now = now.into_iter();
    then.into_iter().map(move |then| {
        let now = now.next();
        let compare::Compared { verdict, differences, largest_difference } = match &now {
            Some(now) => compare::compare(&then, now),
            None => compare::not_asked(&why),
        };
        Replayed { entry: kind.clone(), at, verdict, differences, largest_difference, then, now }
    })
}

/// Weights of former days, started once for all questions of an item.
#[derive(Default)]
struct Former {
    started: Vec<(String, Option<Arc<Embedded>>)>,
}

impl Former {
    /// The model with these weights, if the office has another one now and the weights are still on this machine.
    async fn find(
        &mut self,
        desk: &Desk,
        now: Option<&dyn LanguageModel>,
        card: &Card,
    ) -> Option<Arc<Embedded>> {
        if let Some(now) = now
            && now.ready().await.is_ok_and(|it| it.weights == card.weights)
        {
            return None;
        }
        if let Some((_, started)) = self.started.iter().find(|it| it.0 == card.weights) {
            return started.clone();
        }
        let started = start(desk, card).await;
        self.started.push((card.weights.clone(), started.clone()));
        started
    }
}

/// Starts the weights of a card from the folder of models, by the catalogue's or the card's file name.
async fn start(desk: &Desk, card: &Card) -> Option<Arc<Embedded>> {
    let known = catalogue::MODELS.iter().find(|it| it.sha256 == card.weights).map(|it| it.file);
    // A trace is data: only a bare name may lead into the folder.
    let named = std::path::Path::new(&card.file).file_name().and_then(|it| it.to_str());
    let place = desk.place();
    for file in [known, named].into_iter().flatten() {
        let path = place.models.join(file);
        if !path.is_file() {
            continue;
        }
        let model = Embedded::new(place.program.clone(), Settings::new(path));
        match model.ready().await {
            Ok(it) if it.weights == card.weights => return Some(Arc::new(model)),
            Ok(_) => {}
            Err(llm::Error::Missing { .. }) => {}
            Err(error) => tracing::warn!("the former weights `{file}` do not start: {error}"),
        }
    }
    None
}

//! What decided items teach about the class and the fields of new ones: looked for in the background, learned anew whenever enough
//! was decided or something was erased. Nothing of it is stored: the items are what is kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::journal::Journal;
use super::{Desk, Error, Rules};
use crate::classify::{self, Classification};
use crate::config::Learning;
use crate::domain::{ClassRef, ConnectorName, ItemId};
use crate::draft::Draft;
use crate::extract::{self, Labels, Traces};
use crate::learn::{Example, Learned};
use crate::llm::{self, Card, Embedder};
use crate::store::records::{Item, Outcome, State};

/// So many of the newest decided items teach: the time it takes grows with the third power, to some seconds here.
const MOST: usize = 3_000;
/// Fewer items of a class say nothing about it yet.
const FEWEST: usize = 3;
/// After so many more decided items it is learned anew, but not before a fiftieth of what is known came.
const ENOUGH: usize = 10;
const PART: usize = 50;
/// How often it is looked whether there is something to learn.
const LOOK: Duration = Duration::from_secs(60);

/// What was learned, and from what.
#[derive(Default)]
pub(super) struct Lessons {
    school: Mutex<School>,
    learned: RwLock<HashMap<ConnectorName, Arc<Learned>>>,
    labels: RwLock<HashMap<ClassRef, Arc<Labels>>>,
}

/// What is known of decided items. An item that teaches nothing is remembered as such.
#[derive(Default)]
struct School {
    lessons: BTreeMap<ItemId, Option<Lesson>>,
    /// How many finished items there were at the last look.
    finished: usize,
    /// How many came since it was last learned.
    fresh: usize,
    /// What it was learned for.
    plan: Option<Plan>,
    /// Which model said where the lessons lie.
    vectors_of: Option<Card>,
}

/// What one decided item teaches.
struct Lesson {
    words: String,
    /// Which labels stood before its approved values.
    traces: Traces,
    class: ClassRef,
    at: Timestamp,
    /// What the machine had said about it, and whether it had learned anything by then.
    said: Option<ClassRef>,
    had_learned: bool,
    /// Where the words lie among all texts; made in the background, and gone with the lesson.
    vector: Option<Vec<f32>>,
}

/// Which classes compete at each door, and what may teach. When it changes, it is learned anew.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plan {
    settings: Learning,
    doors: BTreeMap<ConnectorName, Vec<ClassRef>>,
}

impl Plan {
    fn of(rules: &Rules) -> Self {
        let workflows = rules.office.workflows.values();
        let names = workflows.flat_map(|workflow| workflow.intake.from.iter().cloned());
        let competing = |door: &ConnectorName| -> Vec<ClassRef> {
            rules.candidates(door).into_iter().map(|it| it.name).collect()
        };
        let doors = names.map(|door| (door.clone(), competing(&door))).collect();
        Self { settings: rules.office.settings.learning.clone(), doors }
    }
}

impl Lessons {
    /// What is known for a door, if anything.
    pub(super) fn of(&self, door: &ConnectorName) -> Option<Arc<Learned>> {
        self.learned.read().unwrap_or_else(PoisonError::into_inner).get(door).cloned()
    }

    /// The labels learned for the fields of a class, if any.
    pub(super) fn labels(&self, class: &ClassRef) -> Option<Arc<Labels>> {
        self.labels.read().unwrap_or_else(PoisonError::into_inner).get(class).cloned()
    }

    /// Looks at what was decided since the last look, and learns anew when that is worth it.
    pub(super) async fn look(&self, desk: &Desk) -> Result<bool, Error> {
        let rules = desk.rules();
        let plan = Plan::of(&rules);
        let mut school = self.school.lock().await;
        let is_new_plan = school.plan.as_ref() != Some(&plan);
        let finished = if plan.settings.on { desk.records().count("done/").await? } else { 0 };
        if !is_new_plan && finished == school.finished {
            return Ok(false);
        }
        let forgotten = if plan.settings.on { school.read(desk).await? } else { school.forget() };
        school.finished = finished;
        let learned_before =
            !self.learned.read().unwrap_or_else(PoisonError::into_inner).is_empty();
        let enough = if learned_before { ENOUGH.max(school.lessons.len() / PART) } else { 1 };
        if !is_new_plan && !forgotten && school.fresh < enough {
            return Ok(false);
        }
        school.embed(rules.embedder.as_deref()).await;
        let zone = TimeZone::get(&rules.office.settings.time_zone).unwrap_or(TimeZone::UTC);
        let learned = school.learn(&plan, &zone).await;
        *self.labels.write().unwrap_or_else(PoisonError::into_inner) =
            school.learn_labels(&plan, &rules, &zone);
        (school.fresh, school.plan) = (0, Some(plan));
        for (door, learned) in &learned {
            let (examples, right) = (learned.examples(), learned.unseen_right());
            tracing::info!(
                door = %door, examples, right,
                "learned from {examples} decided items for `{door}`; of those it had not seen it tells {:.0} % rightly",
                right * 100.0
            );
        }
        *self.learned.write().unwrap_or_else(PoisonError::into_inner) = learned;
        Ok(true)
    }

    /// What was learned and how it did, without a word of any item but the labels that several share.
    pub(super) async fn report(&self) -> Value {
        let school = self.school.lock().await;
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner).clone();
        let doors: Vec<Value> = learned
            .iter()
            .map(|(door, it)| json!({ "door": door, "examples": it.examples(), "unseen_right": it.unseen_right(), "vectors": it.has_vectors() }))
            .collect();
        let lessons: Vec<&Lesson> = school.lessons.values().flatten().collect();
        let reviewed = |had_learned: bool| {
            let all: Vec<_> = lessons.iter().filter(|it| it.had_learned == had_learned).collect();
            let right = all.iter().filter(|it| it.said.as_ref() == Some(&it.class)).count();
            json!({ "items": all.len(), "right": right })
        };
        let mut classes: BTreeMap<String, usize> = BTreeMap::new();
        for lesson in &lessons {
            *classes.entry(lesson.class.to_string()).or_default() += 1;
        }
        let labels = self.labels.read().unwrap_or_else(PoisonError::into_inner).clone();
        let labels: BTreeMap<String, Value> =
            labels.iter().map(|(class, it)| (class.to_string(), json!(it))).collect();
        let on = school.plan.as_ref().is_some_and(|it| it.settings.on);
        json!({
            "on": on, "until": school.plan.as_ref().and_then(|it| it.settings.until),
            "items": lessons.len(), "classes": classes, "doors": doors, "labels": labels,
            "reviewed": { "before": reviewed(false), "since": reviewed(true) },
        })
    }
}

impl School {
    fn forget(&mut self) -> bool {
        let had = !self.lessons.is_empty();
        *self = Self::default();
        had
    }

    /// Reads what is new among the newest finished items. Tells whether something is not there any more.
    async fn read(&mut self, desk: &Desk) -> Result<bool, Error> {
        let mut ids = desk.records().done_ids().await?;
        let newest = ids.split_off(ids.len().saturating_sub(MOST));
        let there: std::collections::BTreeSet<&ItemId> = newest.iter().collect();
        let before = self.lessons.values().flatten().count();
        self.lessons.retain(|id, _| there.contains(id));
        let forgotten = self.lessons.values().flatten().count() < before;
        for id in &newest {
            if !self.lessons.contains_key(id) {
                let lesson = lesson(desk, id).await?;
                self.fresh += usize::from(lesson.is_some());
                self.lessons.insert(id.clone(), lesson);
            }
        }
        Ok(forgotten)
    }

    /// Finds out where the lessons lie that it is not known of yet. What has no vector teaches by its words.
    async fn embed(&mut self, embedder: Option<&dyn Embedder>) {
        let Some(embedder) = embedder else { return };
        match embedder.ready().await {
            // What another model says lies elsewhere.
            Ok(card) if self.vectors_of.as_ref() != Some(&card) => {
                self.lessons.values_mut().flatten().for_each(|it| it.vector = None);
                self.vectors_of = Some(card);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!("decided items teach by their words only: {error}");
                return;
            }
        }
        let mut missing: Vec<&mut Lesson> =
            self.lessons.values_mut().flatten().filter(|it| it.vector.is_none()).collect();
        let words: Vec<String> = missing.iter().map(|it| it.words.clone()).collect();
        match llm::embed_all(embedder, &words).await {
            Ok(vectors) => {
                missing.iter_mut().zip(vectors).for_each(|(it, vector)| it.vector = Some(vector));
            }
            Err(error) => tracing::warn!("decided items teach by their words only: {error}"),
        }
    }

    /// The lessons that may teach.
    fn allowed(&self, plan: &Plan, zone: &TimeZone) -> Vec<&Lesson> {
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        let may = |it: &&Lesson| plan.settings.until.is_none_or(|until| day(it.at) <= until);
        self.lessons.values().flatten().filter(may).collect()
    }

    /// The labels that each class's approved forms teach. Classes are a department's own, so no department learns
    /// from another.
    fn learn_labels(
        &self,
        plan: &Plan,
        rules: &Rules,
        zone: &TimeZone,
    ) -> HashMap<ClassRef, Arc<Labels>> {
        let mut traces: BTreeMap<&ClassRef, Vec<&Traces>> = BTreeMap::new();
        for lesson in self.allowed(plan, zone) {
            traces.entry(&lesson.class).or_default().push(&lesson.traces);
        }
        let learned = traces.into_iter().filter_map(|(name, traces)| {
            let labels = extract::labels(rules.candidate(name).ok()?.class, &traces);
            (!labels.is_empty()).then(|| (name.clone(), Arc::new(labels)))
        });
        learned.collect()
    }

    async fn learn(&self, plan: &Plan, zone: &TimeZone) -> HashMap<ConnectorName, Arc<Learned>> {
        let lessons = self.allowed(plan, zone);
        let mut known: HashMap<&[ClassRef], Option<Arc<Learned>>> = HashMap::new();
        let mut learned = HashMap::new();
        for (door, classes) in &plan.doors {
            if !known.contains_key(classes.as_slice()) {
                known.insert(classes, learned_for(classes, &lessons).await.map(Arc::new));
            }
            let found = known.get(classes.as_slice()).cloned().flatten();
            learned.extend(found.map(|it| (door.clone(), it)));
        }
        learned
    }
}

/// Learns to tell classes apart, away from the threads that answer people.
async fn learned_for(classes: &[ClassRef], lessons: &[&Lesson]) -> Option<Learned> {
    let count = |class: &ClassRef| lessons.iter().filter(|it| it.class == *class).count();
    let taught: Vec<&ClassRef> = classes.iter().filter(|class| count(class) >= FEWEST).collect();
    let of = |lesson: &&&Lesson| taught.contains(&&lesson.class);
    let texts: Vec<(String, String, Option<Vec<f32>>)> = lessons
        .iter()
        .filter(of)
        .map(|it| (it.words.clone(), it.class.to_string(), it.vector.clone()))
        .collect();
    let learning = tokio::task::spawn_blocking(move || {
        let examples: Vec<Example<'_>> = texts
            .iter()
            .map(|(text, class, vector)| Example {
                text,
                class,
                vector: vector.as_deref(),
                told: false,
            })
            .collect();
        Learned::from(&examples)
    });
    learning.await.ok().flatten()
}

/// What an item teaches: its words and the class with which a person approved it.
async fn lesson(desk: &Desk, id: &ItemId) -> Result<Option<Lesson>, Error> {
    let Some((item, _)) = desk.records().item(id).await? else { return Ok(None) };
    let Item { state: State::Done(Outcome::Delivered), class: Some(class), .. } = item else {
        return Ok(None);
    };
    let journal = Journal(desk.records().journal(id).await?);
    let Some(approved) = journal.0.iter().rfind(|it| it.kind == "approved") else {
        return Ok(None);
    };
    let first = journal.0.iter().find(|it| it.kind == "classified");
    let said: Option<Classification> =
        first.and_then(|it| serde_json::from_value(it.body.clone()).ok());
    let parsed = journal.parsed(desk.records().store()).await?;
    let words = classify::words(&parsed);
    let approved_form = journal.find::<Draft>("drafted")?.map(|it| it.form).unwrap_or_default();
    let traces = extract::traces(&approved_form, &parsed);
    let had_learned = said.as_ref().is_some_and(|it| it.learned > 0);
    let said = said.and_then(|it| it.class);
    let at = approved.at;
    let lesson = Lesson { words, traces, class, at, said, had_learned, vector: None };
    Ok(Some(lesson).filter(|it| !it.words.trim().is_empty()))
}

/// Looks again and again.
pub(super) async fn keep_learning(desk: Arc<Desk>) {
    loop {
        if let Err(error) = desk.lessons.look(&desk).await {
            tracing::warn!("nothing was learned: {}", error.for_logs());
        }
        tokio::time::sleep(LOOK).await;
    }
}

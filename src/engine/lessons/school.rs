//! What is known of decided items, and how it is learned from.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::answers::{self, Answer};
use super::{Known, Plan};
use crate::classify::{self, By, Classification, Lesson};
use crate::domain::{ClassRef, ConnectorName, ItemId};
use crate::draft::Draft;
use crate::engine::journal::Journal;
use crate::engine::{Desk, Error, Rules};
use crate::extract::{self, Extraction, Labels, Traces};
use crate::learn::Learned;
use crate::llm::{self, Card, Embedder};
use crate::store::records::{Item, Outcome, State};

/// So many of the newest decided items teach: the time it takes grows with the third power, to some seconds here.
const MOST: usize = 3_000;

/// What is known of decided items. An item that teaches nothing is remembered as such.
#[derive(Default)]
pub(super) struct School {
    decided: BTreeMap<ItemId, Option<Decided>>,
    /// Where what the admin wrote lies among all texts.
    told: HashMap<String, Vec<f32>>,
    /// Which model said where they and the items lie.
    vectors_of: Option<Card>,
    /// How many finished items there were at the last look.
    pub(super) finished: usize,
    /// How many came since it was last learned.
    pub(super) fresh: usize,
    /// What it was learned for.
    pub(super) plan: Option<Plan>,
}

/// What one decided item teaches.
pub(super) struct Decided {
    /// Its words; their vector is made in the background, and gone with the item.
    lesson: Lesson,
    /// Which labels stood before its approved values.
    traces: Traces,
    pub(super) class: ClassRef,
    pub(super) door: ConnectorName,
    /// When it was approved.
    pub(super) at: Timestamp,
    pub(super) said: Said,
    /// The values that the machine had found.
    pub(super) values: Vec<Answer>,
}

/// What the machine had said about its class at first.
pub(super) struct Said {
    pub(super) at: Timestamp,
    pub(super) by: By,
    /// Whether it named the class that was approved.
    pub(super) right: bool,
    /// The version of what had been learned by then; 0 when nothing was.
    pub(super) version: u32,
    /// Whether decided items had taught it anything by then.
    pub(super) had_learned: bool,
    /// How sure it was of its best class.
    pub(super) answer: Option<Answer>,
}

impl School {
    pub(super) fn forget(&mut self) -> bool {
        let had = self.count() > 0;
        *self = Self::default();
        had
    }

    /// How many items could teach.
    pub(super) fn count(&self) -> usize {
        self.decided().count()
    }

    /// The items that could teach.
    pub(super) fn decided(&self) -> impl Iterator<Item = &Decided> {
        self.decided.values().flatten()
    }

    /// Whether an item that teaches is not there any more, although as many are there as before.
    pub(super) async fn misses_one(&self, desk: &Desk) -> Result<bool, Error> {
        let teaching = self.decided.iter().filter(|(_, it)| it.is_some());
        let ids: Vec<ItemId> = teaching.map(|(id, _)| id.clone()).collect();
        Ok(!desk.records().are_done(&ids).await?)
    }

    /// Reads what is new among the newest finished items. Tells whether something is not there any more.
    pub(super) async fn read(&mut self, desk: &Desk) -> Result<bool, Error> {
        let mut ids = desk.records().done_ids().await?;
        let newest = ids.split_off(ids.len().saturating_sub(MOST));
        let there: BTreeSet<&ItemId> = newest.iter().collect();
        let before = self.count();
        self.decided.retain(|id, _| there.contains(id));
        let forgotten = self.count() < before;
        for id in &newest {
            if !self.decided.contains_key(id) {
                let decided = decided(desk, id).await?;
                self.fresh += usize::from(decided.is_some());
                self.decided.insert(id.clone(), decided);
            }
        }
        Ok(forgotten)
    }

    /// Learns what the admin wrote.
    pub(super) async fn learn_told(
        &mut self,
        plan: &Plan,
        rules: &Rules,
    ) -> HashMap<ConnectorName, Arc<Learned>> {
        let embedder = self.embedder(plan, rules).await;
        self.embed_told(plan, embedder).await;
        self.learn_doors(plan, &[]).await
    }

    /// Learns everything that may be learned, and remembers which version that is.
    pub(super) async fn learn(
        &mut self,
        plan: &Plan,
        rules: &Rules,
        desk: &Desk,
    ) -> Result<Known, Error> {
        let embedder = self.embedder(plan, rules).await;
        self.embed_told(plan, embedder).await;
        self.embed_items(embedder).await;
        let allowed = self.allowed(plan);
        let mut known = Known {
            version: 0,
            doors: self.learn_doors(plan, &allowed).await,
            labels: learn_labels(&allowed, rules),
            scales: answers::scales(&allowed),
            fields: answers::field_scales(&allowed),
        };
        if !allowed.is_empty() {
            let version = known.version(self, plan, desk.now());
            known.version = desk.records().keep_version(version).await?;
        }
        Ok(known)
    }

    /// The items that may teach.
    pub(super) fn allowed(&self, plan: &Plan) -> Vec<&Decided> {
        self.decided().filter(|it| plan.settings.on && plan.allows(it.at)).collect()
    }

    /// Which items teach what, as one number: it tells nothing of them.
    pub(super) fn hash(&self, plan: &Plan) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        for (id, decided) in &self.decided {
            if let Some(decided) = decided.as_ref().filter(|it| plan.allows(it.at)) {
                add(&id.0);
                add(&decided.lesson.class);
            }
        }
        for (door, classes) in &plan.doors {
            add(&door.0);
            classes.iter().for_each(|class| add(&class.to_string()));
        }
        plan.told.values().flatten().for_each(|it| add(it));
        hasher.finalize().to_hex().chars().take(16).collect()
    }

    /// Who says where texts lie, if he answers. What another one said is forgotten: there they lie elsewhere.
    async fn embedder<'a>(&mut self, plan: &Plan, rules: &'a Rules) -> Option<&'a dyn Embedder> {
        let embedder = rules.embedder.as_deref().filter(|_| plan.settings.on)?;
        match embedder.ready().await {
            Ok(card) if self.vectors_of.as_ref() != Some(&card) => {
                self.told.clear();
                self.decided.values_mut().flatten().for_each(|it| it.lesson.vector = None);
                self.vectors_of = Some(card);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!("items and classes teach by their words only: {error}");
                return None;
            }
        }
        Some(embedder)
    }

    /// Finds out where what the admin wrote lies among all texts.
    async fn embed_told(&mut self, plan: &Plan, embedder: Option<&dyn Embedder>) {
        let told: BTreeSet<&String> = plan.told.values().flatten().collect();
        self.told.retain(|words, _| told.contains(words));
        let missing = told.into_iter().filter(|it| !self.told.contains_key(*it));
        let missing: Vec<String> = missing.cloned().collect();
        let vectors = vectors(embedder, &missing).await;
        self.told.extend(missing.into_iter().zip(vectors));
    }

    /// Finds out where the items lie that it is not known of yet.
    async fn embed_items(&mut self, embedder: Option<&dyn Embedder>) {
        let lessons = self.decided.values_mut().flatten().map(|it| &mut it.lesson);
        let mut missing: Vec<&mut Lesson> = lessons.filter(|it| it.vector.is_none()).collect();
        let words: Vec<String> = missing.iter().map(|it| it.words.clone()).collect();
        let vectors = vectors(embedder, &words).await;
        missing.iter_mut().zip(vectors).for_each(|(it, vector)| it.vector = Some(vector));
    }

    async fn learn_doors(
        &self,
        plan: &Plan,
        allowed: &[&Decided],
    ) -> HashMap<ConnectorName, Arc<Learned>> {
        let mut known: HashMap<&[ClassRef], Option<Arc<Learned>>> = HashMap::new();
        let mut learned = HashMap::new();
        for (door, classes) in plan.doors.iter().filter(|_| plan.settings.on) {
            if !known.contains_key(classes.as_slice()) {
                let decided = allowed.iter().filter(|it| classes.contains(&it.class));
                let decided: Vec<Lesson> = decided.map(|it| it.lesson.clone()).collect();
                let told = self.told_of(classes, plan);
                // Away from the threads that answer people.
                let learning =
                    tokio::task::spawn_blocking(move || classify::learn(&decided, &told));
                known.insert(classes, learning.await.ok().flatten().map(Arc::new));
            }
            let found = known.get(classes.as_slice()).cloned().flatten();
            learned.extend(found.map(|it| (door.clone(), it)));
        }
        learned
    }

    /// What the admin wrote about these classes.
    fn told_of(&self, classes: &[ClassRef], plan: &Plan) -> Vec<Lesson> {
        let lesson = |class: &ClassRef, words: &String| Lesson {
            words: words.clone(),
            class: class.to_string(),
            vector: self.told.get(words).cloned(),
        };
        let told = classes.iter().filter_map(|class| Some((class, plan.told.get(class)?)));
        told.flat_map(|(class, words)| words.iter().map(move |it| lesson(class, it))).collect()
    }
}

/// Where texts lie among all texts. What has no vector teaches by its words.
async fn vectors(embedder: Option<&dyn Embedder>, words: &[String]) -> Vec<Vec<f32>> {
    let Some(embedder) = embedder.filter(|_| !words.is_empty()) else { return Vec::new() };
    llm::embed_all(embedder, words).await.unwrap_or_else(|error| {
        tracing::warn!("items and classes teach by their words only: {error}");
        Vec::new()
    })
}

/// The labels that each class's approved forms teach. Classes are a department's own, so no department learns
/// from another.
fn learn_labels(allowed: &[&Decided], rules: &Rules) -> HashMap<ClassRef, Arc<Labels>> {
    let mut traces: BTreeMap<&ClassRef, Vec<&Traces>> = BTreeMap::new();
    for decided in allowed {
        traces.entry(&decided.class).or_default().push(&decided.traces);
    }
    let learned = traces.into_iter().filter_map(|(name, traces)| {
        let labels = extract::labels(rules.candidate(name).ok()?.class, &traces);
        (!labels.is_empty()).then(|| (name.clone(), Arc::new(labels)))
    });
    learned.collect()
}

/// What an item teaches: its words, the class and the values with which a person approved it.
async fn decided(desk: &Desk, id: &ItemId) -> Result<Option<Decided>, Error> {
    let Some((item, _)) = desk.records().item(id).await? else { return Ok(None) };
    let Item { state: State::Done(Outcome::Delivered), class: Some(class), door, .. } = item else {
        return Ok(None);
    };
    let journal = Journal(desk.records().journal(id).await?);
    let Some(approved) = journal.0.iter().rfind(|it| it.kind == "approved") else {
        return Ok(None);
    };
    let parsed = journal.parsed(desk.records().store()).await?;
    let words = classify::words(&parsed);
    if words.trim().is_empty() {
        return Ok(None);
    }
    let form = journal.find::<Draft>("drafted")?.map(|it| it.form).unwrap_or_default();
    let found = first_extraction(&journal).map(|it| it.form).unwrap_or_default();
    Ok(Some(Decided {
        lesson: Lesson { words, class: class.to_string(), vector: None },
        traces: extract::traces(&form, &parsed),
        said: said(&journal, &class).unwrap_or(Said {
            at: approved.at,
            by: By::Nobody,
            right: false,
            version: 0,
            had_learned: false,
            answer: None,
        }),
        values: answers::values(&found, &form),
        at: approved.at,
        class,
        door,
    }))
}

/// What the machine said about the class at first.
fn said(journal: &Journal, approved: &ClassRef) -> Option<Said> {
    let first = journal.0.iter().find(|it| it.kind == "classified")?;
    let said: Classification = serde_json::from_value(first.body.clone()).ok()?;
    let answer = said.claim().map(|(class, claimed)| Answer {
        name: None,
        method: None,
        claimed,
        shown: said.confidence,
        put_right: said.claimed.is_some(),
        right: class == approved,
    });
    Some(Said {
        at: first.at,
        by: said.by,
        right: said.class.as_ref() == Some(approved),
        version: said.version,
        had_learned: said.learned > 0,
        answer,
    })
}

/// The values as the machine found them for the class that the item has now.
fn first_extraction(journal: &Journal) -> Option<Extraction> {
    let classified = journal.0.iter().rposition(|it| it.kind == "classified")?;
    let first = journal.0.iter().skip(classified).find(|it| it.kind == "extracted")?;
    serde_json::from_value(first.body.clone()).ok()
}

//! What decided items teach about the class and the fields of new ones, and how far confidences are to be believed:
//! looked for in the background, learned anew whenever enough was decided or something was erased. Nothing of it is
//! stored but numbers: the items are what is kept.

mod answers;
mod report;
mod school;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::{Desk, Error, Rules};
use crate::classify::{self, Candidate, Scales, Taught};
use crate::config::Learning;
use crate::domain::{ClassRef, ConnectorName, Form};
use crate::extract::Labels;
use crate::learn::Learned;
use crate::store::Event;
use crate::store::records::{Back, Version, VersionDoor};
use answers::FieldScales;
use school::School;

/// It is learned anew when a tenth of what is known came, at first; with more, after so many items, but not before a
/// fiftieth came.
const TENTH: usize = 10;
const ENOUGH: usize = 10;
const PART: usize = 50;
/// How often it is looked whether there is something to learn.
const LOOK: Duration = Duration::from_secs(60);

/// What was learned, and from what.
#[derive(Default)]
pub(super) struct Lessons {
    school: Mutex<School>,
    known: RwLock<Arc<Known>>,
}

/// What was learned.
#[derive(Default)]
struct Known {
    /// The number of this version.
    version: u32,
    doors: HashMap<ConnectorName, Arc<Learned>>,
    labels: HashMap<ClassRef, Arc<Labels>>,
    scales: HashMap<ConnectorName, Scales>,
    fields: HashMap<ClassRef, FieldScales>,
}

/// Which classes compete at each door, and what may teach. When it changes, it is learned anew.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plan {
    settings: Learning,
    doors: BTreeMap<ConnectorName, Vec<ClassRef>>,
    /// What the admin wrote about each class.
    told: BTreeMap<ClassRef, Vec<String>>,
    /// What was approved later teaches nothing.
    back: Option<Back>,
    zone: TimeZone,
}

/// How far back to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackTo {
    /// To what this version was learned from.
    Version(u32),
    /// To what was approved until the end of this day.
    Day(Date),
}

impl Plan {
    async fn of(desk: &Desk, rules: &Rules) -> Result<Self, Error> {
        let workflows = rules.office.workflows.values();
        let names = workflows.flat_map(|workflow| workflow.intake.from.iter().cloned());
        let (mut doors, mut told) = (BTreeMap::new(), BTreeMap::new());
        for door in names {
            let candidates = rules.candidates(&door);
            let words = |it: &Candidate<'_>| (it.name.clone(), classify::told(it.class));
            told.extend(candidates.iter().map(words));
            doors.insert(door, candidates.into_iter().map(|it| it.name).collect());
        }
        Ok(Self {
            settings: rules.office.settings.learning.clone(),
            doors,
            told,
            back: desk.records().back().await?,
            zone: zone(rules),
        })
    }

    /// Whether what was approved at a moment may teach.
    fn allows(&self, at: Timestamp) -> bool {
        let day = || at.to_zoned(self.zone.clone()).date();
        self.settings.until.is_none_or(|until| day() <= until)
            && self.back.as_ref().is_none_or(|back| at <= back.until)
    }
}

impl Lessons {
    fn known(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is known about the classes of a door and about confidences there, for a question.
    pub(super) fn of(&self, door: &ConnectorName) -> ForDoor {
        let known = self.known();
        ForDoor {
            learned: known.doors.get(door).cloned(),
            scales: known.scales.get(door).copied().unwrap_or_default(),
            version: known.version,
        }
    }

    /// The labels learned for the fields of a class, if any.
    pub(super) fn labels(&self, class: &ClassRef) -> Option<Arc<Labels>> {
        self.known().labels.get(class).cloned()
    }

    /// Puts the confidences of a form right, as far as reviewed values have shown how they turn out.
    pub(super) fn put_right(&self, class: &ClassRef, form: &mut Form) {
        if let Some(scales) = self.known().fields.get(class) {
            scales.put_right(form);
        }
    }

    /// Looks at what was decided since the last look, and learns anew when that is worth it.
    pub(super) async fn look(&self, desk: &Desk) -> Result<bool, Error> {
        let rules = desk.rules();
        let plan = Plan::of(desk, &rules).await?;
        let mut school = self.school.lock().await;
        let is_new_plan = school.plan.as_ref() != Some(&plan);
        let finished = if plan.settings.on { desk.records().count("done/").await? } else { 0 };
        if !is_new_plan && finished == school.finished && !school.misses_one(desk).await? {
            return Ok(false);
        }
        let forgotten = if plan.settings.on { school.read(desk).await? } else { school.forget() };
        school.finished = finished;
        let count = school.count();
        let enough = (count / TENTH).clamp(1, ENOUGH).max(count / PART);
        if !is_new_plan && !forgotten && school.fresh < enough {
            return Ok(false);
        }
        let known = self.known();
        if known.version == 0 && known.doors.is_empty() {
            // What the admin wrote is known in seconds, what many items teach in minutes.
            let doors = school.learn_told(&plan, &rules).await;
            self.keep(Known { doors, ..Known::default() });
        }
        let known = school.learn(&plan, &rules, desk).await?;
        (school.fresh, school.plan) = (0, Some(plan));
        for (door, learned) in &known.doors {
            let (examples, right, version) =
                (learned.examples(), learned.unseen_right(), known.version);
            tracing::info!(
                door = %door, examples, right, version,
                "learned from {examples} decided items for `{door}` (version {version}); of those it had not seen it tells {:.0} % rightly",
                right * 100.0
            );
        }
        self.keep(known);
        Ok(true)
    }

    fn keep(&self, known: Known) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
    }

    /// Lets only what was approved by then teach, from now on and after restarts; everything again with `None`.
    pub(super) async fn go_back(&self, desk: &Desk, to: Option<BackTo>) -> Result<(), Error> {
        let now = desk.now();
        let until = match to {
            None => None,
            Some(BackTo::Version(number)) => {
                let versions = desk.records().versions().await?;
                let found = versions.into_iter().find(|it| it.number == number);
                Some(found.and_then(|it| it.until).ok_or(Error::UnknownVersion(number))?)
            }
            Some(BackTo::Day(day)) => Some(end_of(day, &zone(&desk.rules()))),
        };
        let back = until.map(|until| Back { until, since: now });
        let event = Event {
            what: if back.is_some() { "learning-back" } else { "learning-forward" }.into(),
            about: until.map_or_else(String::new, |until| until.to_string()),
            who: "vorlage learned".into(),
            at: now.to_string(),
            hash: String::new(),
        };
        desk.records().go_back(back.as_ref(), event).await?;
        self.look(desk).await?;
        Ok(())
    }

    /// What was learned and how it did, without a word of any item but the labels that several share.
    pub(super) async fn report(&self, desk: &Desk) -> Result<Value, Error> {
        let school = self.school.lock().await;
        report::report(&school, &self.known(), desk).await
    }
}

/// What is known for the items of a door.
pub(super) struct ForDoor {
    learned: Option<Arc<Learned>>,
    scales: Scales,
    version: u32,
}

impl ForDoor {
    /// The same for a question.
    pub(super) fn taught<'a>(&'a self, rules: &'a Rules) -> Taught<'a> {
        Taught {
            learned: self.learned.as_deref(),
            embedder: rules.embedder.as_deref(),
            scales: self.scales,
            version: self.version,
        }
    }
}

impl Known {
    /// As it is remembered, before it has a number.
    fn version(&self, school: &School, plan: &Plan, now: Timestamp) -> Version {
        let door = |it: &Arc<Learned>| VersionDoor {
            examples: it.examples(),
            unseen_right: it.unseen_right(),
        };
        let allowed = school.allowed(plan);
        Version {
            number: 0,
            at: now,
            hash: school.hash(plan),
            items: allowed.len(),
            until: allowed.iter().map(|it| it.at).max(),
            doors: self.doors.iter().map(|(name, it)| (name.clone(), door(it))).collect(),
        }
    }
}

fn zone(rules: &Rules) -> TimeZone {
    TimeZone::get(&rules.office.settings.time_zone).unwrap_or(TimeZone::UTC)
}

/// The last moment of a day.
fn end_of(day: Date, zone: &TimeZone) -> Timestamp {
    let end = day.tomorrow().ok().and_then(|next| next.to_zoned(zone.clone()).ok());
    end.map_or(Timestamp::MAX, |end| end.timestamp() - jiff::SignedDuration::from_nanos(1))
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

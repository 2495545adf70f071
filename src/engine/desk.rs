//! What the pages and the command line may ask of a running office.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::despatch::UNDELIVERED;
use super::fellows::Fellows;
use super::journal::{Journal, entry};
use super::lessons::Lessons;
use super::lines::{self, Line, Lines};
use super::people::{Attempts, hash, random};
use super::pictures::Pictures;
use super::rules::Rules;
use super::status::Meters;
use super::{Error, standing};
use crate::classify::Classification;
use crate::config::Office;
use crate::connectors::Place;
use crate::domain::{Clock, ConnectorName, ItemId, Parsed, QueueName};
use crate::draft::Draft;
use crate::failpoint;
use crate::parse::Parser;
use crate::review::{Decision, NotAllowed, Settled, Verdict, may_approve, settle};
use crate::store::records::{Claim, Entry, Item, Records, State, Step, User, last_step};
use crate::store::{self, Store};

/// How long a person waits for a worker that was quicker than the desk.
const AT_ONCE: Duration = Duration::from_secs(5);
/// The lease of stages that take no time. If the store goes away meanwhile, a worker goes on after it.
const SHORT: Duration = Duration::from_secs(60);

/// A running office, as people see it.
pub struct Desk {
    rules: RwLock<Arc<Rules>>,
    lines: RwLock<Arc<Lines>>,
    records: Records,
    place: Place,
    clock: Arc<dyn Clock>,
    host: String,
    pub(super) attempts: Attempts,
    /// The hash of a password nobody knows.
    pub(super) dummy: String,
    pub(super) meters: Meters,
    pub(super) fellows: Fellows,
    pub(super) lessons: Lessons,
    pub(super) pictures: Pictures,
}

/// A queue in the overview.
#[derive(Clone, Debug)]
pub struct QueueView {
    /// Its name.
    pub name: QueueName,
    /// As people read it.
    pub title: String,
    /// How many drafts wait.
    pub waiting: usize,
    /// When the oldest arrived.
    pub oldest: Option<Timestamp>,
    /// The nearest deadline.
    pub deadline: Option<Date>,
}

/// One item with everything a person needs to decide.
#[derive(Clone, Debug)]
pub struct ItemView {
    /// The item.
    pub item: Item,
    /// Goes into every form about it: a decision on an older version is refused.
    pub version: u64,
    /// What was read; `None` before that.
    pub parsed: Option<Parsed>,
    /// What it is.
    pub classification: Option<Classification>,
    /// The draft, if there is one for the present class.
    pub draft: Option<Draft>,
    /// The decisions made on this very draft.
    pub decisions: Vec<Decision>,
    /// Everything that happened, oldest first.
    pub history: Vec<Entry>,
    /// The step that waits, counted from 0.
    pub step: usize,
}

/// Why a decision was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// Somebody else was first, or the page is old.
    #[error("the item was changed in the meantime")]
    Changed,
    /// The person has no role for the item's queue.
    #[error("`{0}` may not decide in this queue")]
    WrongQueue(String),
    /// The rules of the approval say no.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The item does not wait for this kind of decision.
    #[error("the item does not wait for this decision")]
    NotWaiting,
    /// There is no such item.
    #[error("there is no item `{0}`")]
    UnknownItem(ItemId),
    /// The office does not have what the decision names.
    #[error("there is no `{0}` in this office")]
    UnknownName(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A stage failed.
    #[error(transparent)]
    Stage(#[from] Error),
}

impl Desk {
    /// A running office over a store.
    pub async fn open(
        mut rules: Rules,
        store: Arc<dyn Store>,
        place: Place,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, store::Error> {
        let records = Records::new(store);
        records.prepare(&place.state, clock.now()).await?;
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = Some(host.trim().to_owned()).filter(|it| !it.is_empty());
        let host = host.unwrap_or_else(|| "vorlage".to_owned());
        let fellows = Fellows::new(&host, &random(), records.store().is_exclusive());
        let lines = lines::open(&mut rules, &host, &clock);
        Ok(Self {
            rules: RwLock::new(Arc::new(rules)),
            lines: RwLock::new(Arc::new(lines)),
            records,
            place,
            clock,
            host,
            fellows,
            attempts: Attempts::default(),
            dummy: hash(random()).await?,
            meters: Meters::new(),
            lessons: Lessons::default(),
            pictures: Pictures::default(),
        })
    }

    /// The rules that hold now.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets other rules hold from now on. Items go on where they stand.
    pub fn replace_rules(&self, mut rules: Rules) {
        let lines = lines::open(&mut rules, &self.host, &self.clock);
        *self.lines.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(lines);
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// The office as it is configured now.
    pub fn office(&self) -> Arc<Office> {
        self.rules().office.clone()
    }

    /// The items, journals and people.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where it runs.
    pub fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn parser(&self, rules: &Rules) -> Parser {
        Parser { program: self.place.program.clone(), limits: rules.office.settings.limits.clone() }
    }

    /// The lines to the outputs and models of the present rules.
    pub(super) fn lines(&self) -> Arc<Lines> {
        self.lines.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The line to one of them.
    pub(super) fn line(&self, name: &ConnectorName) -> Option<Arc<Line>> {
        self.lines().get(name).cloned()
    }

    /// The connector in whose list an item waits that goes on through it.
    pub(super) fn served(&self, name: Option<&ConnectorName>) -> Option<ConnectorName> {
        name.filter(|name| self.lines().contains_key(*name)).cloned()
    }

    /// Whether a person's roles cover a queue.
    pub fn sees(&self, user: &User, queue: &QueueName) -> bool {
        let rules = self.rules();
        let roles = user.roles.iter().filter_map(|role| rules.office.settings.roles.get(role));
        roles.flat_map(|role| &role.queues).any(|it| it == queue || it.0 == "*")
    }

    /// The queues a person sees, in the order of `office.toml`.
    pub async fn queues(&self, user: &User) -> Result<Vec<QueueView>, store::Error> {
        let mut views = Vec::new();
        for (name, queue) in &self.rules().office.settings.queues {
            if !self.sees(user, name) {
                continue;
            }
            let items = self.records.waiting(name, usize::MAX).await?;
            views.push(QueueView {
                name: name.clone(),
                title: queue.title.clone(),
                waiting: items.len(),
                oldest: items.iter().map(|item| item.received).min(),
                deadline: items.iter().filter_map(|item| item.deadline).min(),
            });
        }
        Ok(views)
    }

    /// The drafts that wait in a queue, those with the nearest deadline first, then the oldest.
    pub async fn waiting(&self, queue: &QueueName, most: usize) -> Result<Vec<Item>, store::Error> {
        let mut items = self.records.waiting(queue, usize::MAX).await?;
        items.sort_by_key(|item| (item.deadline.unwrap_or(Date::MAX), item.received));
        items.truncate(most);
        Ok(items)
    }

    /// Everything about one item.
    pub async fn item(&self, id: &ItemId) -> Result<Option<ItemView>, Error> {
        let Some((mut item, version)) = self.records.item(id).await? else { return Ok(None) };
        self.stand(&mut item);
        let journal = Journal(self.records.journal(id).await?);
        let place = |kind: &str| journal.0.iter().rposition(|entry| entry.kind == kind);
        // A draft of an earlier class is history.
        let current = place("drafted") > place("classified");
        let draft: Option<Draft> = if current { journal.find("drafted")? } else { None };
        let decisions = if draft.is_some() { journal.decisions()? } else { Vec::new() };
        let step = match draft.as_ref().map(|draft| settle(draft, &decisions)) {
            Some(Settled::Waiting(step)) => step,
            _ => 0,
        };
        let parsed = if place("parsed").is_some() {
            Some(journal.parsed(self.records.store()).await?)
        } else {
            None
        };
        let classification = journal.classification()?;
        Ok(Some(ItemView {
            item,
            version,
            parsed,
            classification,
            draft,
            decisions,
            step,
            history: journal.0,
        }))
    }

    /// Takes a decision, and moves the item on as far as that goes at once. Answers with its new state.
    pub async fn decide(
        &self,
        id: &ItemId,
        version: u64,
        user: &User,
        verdict: Verdict,
    ) -> Result<Item, DecideError> {
        let view = self.item(id).await?.ok_or_else(|| DecideError::UnknownItem(id.clone()))?;
        if view.version != version {
            return Err(DecideError::Changed);
        }
        let queue = self.queue_of(&view, user, &verdict)?;
        let decision = Decision { by: user.name.clone(), at: self.now(), queue, verdict };
        self.check(&view, &decision)?;
        let written = entry("decided", &user.name.0, decision.at, &decision)?;
        let claim = Claim { item: view.item.clone(), version };
        let item = Item { state: State::Ready(self.now()), via: None, held: None, ..view.item };
        failpoint::hit("desk.before_commit");
        match self.records.commit(&claim, Step { entry: Some(written), item }).await {
            Err(store::Error::Conflict(_)) => return Err(DecideError::Changed),
            other => other?,
        };
        failpoint::hit("desk.after_commit");
        self.settle_at_once(id).await?;
        let after = self.records.item(id).await?;
        after.map(|(item, _)| item).ok_or_else(|| DecideError::UnknownItem(id.clone()))
    }

    /// The queue in which the decision is made, if the person may make it there.
    fn queue_of(
        &self,
        view: &ItemView,
        user: &User,
        verdict: &Verdict,
    ) -> Result<QueueName, DecideError> {
        let post_room = self.rules().office.settings.post_room.clone();
        let queue = match &view.item.state {
            State::Waiting(queue) => queue.clone(),
            // A person need not wait for a model that is away.
            State::Ready(_)
                if view.item.held.is_some()
                    && view.item.lease.is_none()
                    && !standing::is_approved(&view.history) =>
            {
                match verdict {
                    Verdict::WithoutModel | Verdict::Reject { .. } | Verdict::Reclassify { .. } => {
                        post_room
                    }
                    _ => return Err(DecideError::NotWaiting),
                }
            }
            _ => return Err(DecideError::NotWaiting),
        };
        if !self.sees(user, &queue) {
            return Err(DecideError::WrongQueue(user.name.0.clone()));
        }
        Ok(queue)
    }

    fn check(&self, view: &ItemView, decision: &Decision) -> Result<(), DecideError> {
        let rules = self.rules();
        let delivering = UNDELIVERED.contains(&last_step(&view.history));
        match (&decision.verdict, &view.draft) {
            (Verdict::Deliver { .. }, _) if !delivering => Err(DecideError::NotWaiting),
            (Verdict::Deliver { .. }, _) => Ok(()),
            // What was approved and partly sent cannot be changed any more.
            _ if delivering => Err(DecideError::NotWaiting),
            (Verdict::Approve, Some(draft)) => {
                Ok(may_approve(draft, approvals(&view.decisions, draft).as_slice(), decision)?)
            }
            (Verdict::Approve | Verdict::Correct { .. }, None) => Err(DecideError::NotWaiting),
            (Verdict::Forward { queue, .. }, _)
                if !rules.office.settings.queues.contains_key(queue) =>
            {
                Err(DecideError::UnknownName(queue.0.clone()))
            }
            (Verdict::Reclassify { class }, _) if rules.office.class(class).is_none() => {
                Err(DecideError::UnknownName(class.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Runs the stages that take no time, so that the person's next page shows their result. When a
    /// worker has taken the item in between, its result is waited for.
    async fn settle_at_once(&self, id: &ItemId) -> Result<(), DecideError> {
        let mut commits = self.records.store().watch();
        loop {
            let journal = Journal(self.records.journal(id).await?);
            let held = self.records.item(id).await?.is_none_or(|(item, _)| item.held.is_some());
            if held || !matches!(journal.last(), "decided" | "extracted" | "validated") {
                return Ok(());
            }
            let owner = self.fellows.owner("desk");
            let claim = self.records.claim_item(id, &owner, SHORT, self.now()).await?;
            if let Some(claim) = claim {
                super::run::step(self, claim).await?;
            } else if tokio::time::timeout(AT_ONCE, commits.changed()).await.is_err() {
                return Ok(());
            }
        }
    }
}

/// Approvals that count, in order.
fn approvals(decisions: &[Decision], draft: &Draft) -> Vec<Decision> {
    let mut counted: Vec<Decision> = Vec::new();
    for decision in decisions {
        if decision.verdict == Verdict::Approve && may_approve(draft, &counted, decision).is_ok() {
            counted.push(decision.clone());
        }
    }
    counted
}

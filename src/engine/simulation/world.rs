//! An office in virtual time: its workers go on until all of them wait, then the clock jumps to whoever waits shortest.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::fakes::{Brain, Sink};
use crate::config::{self, Files};
use crate::connectors::{Connector, Place};
use crate::domain::{Clock, ConnectorName, Document, ItemId, Parsed};
use crate::engine::lines::To;
use crate::engine::run::{LEASE, follow};
use crate::engine::serve::{self, Next};
use crate::engine::{DecideError, Desk, Rules};
use crate::review::Verdict;
use crate::store::records::{Admitted, Entry, Item, NewItem, State, Step, User};
use crate::store::{Memory, Store};

const OFFICE: &str = r#"name = "Stadt Prüfstein"
region = "DE-RP"
post_room = "poststelle"
[queue.poststelle]
title = "Poststelle"
[queue.steueramt]
title = "Steueramt"
[role.alle]
title = "Alle"
queues = ["*"]
[policy]
automation_level = 1
[policy.models]
hausmodell = ["tax"]
[policy.marking]
de = "Ein Programm (KI) hat geholfen. Ein Mensch hat es geprüft."
"#;

const WORKFLOW: &str = r#"title = "Hundesteuer"
purpose = "Hunde zur Steuer anmelden"
owner = "Steueramt"
data_class = "tax"
ai_act = { annex3 = "none", role = "narrow_procedural" }
model = "hausmodell"
[intake]
from = ["post"]
[class.anmeldung]
title = "Anmeldung"
description = "Jemand meldet einen Hund an."
signals = ["Anmeldung"]
[class.anmeldung.field.hund]
title = "Name des Hundes"
type = "text"
description = "Wie der Hund heißt."
[[class.anmeldung.approval]]
queue = "steueramt"
"#;

/// The clock, and who waits for it.
#[derive(Default)]
pub(super) struct Virtual(Mutex<Hours>);

#[derive(Default)]
struct Hours {
    now: Timestamp,
    asked: u64,
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
}

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().now
    }
}

impl Virtual {
    pub(super) async fn sleep_until(&self, then: Timestamp) {
        let woken = {
            let mut hours = self.0.lock().unwrap();
            hours.asked += 1;
            let (alarm, woken) = oneshot::channel();
            let key = (then.max(hours.now), hours.asked);
            hours.sleepers.insert(key, alarm);
            woken
        };
        woken.await.ok();
    }

    pub(super) async fn sleep(&self, pause: SignedDuration) {
        self.sleep_until(self.now() + pause).await;
    }

    /// To the first alarm of somebody who still waits.
    fn jump(&self) {
        let mut hours = self.0.lock().unwrap();
        while let Some(((then, _), alarm)) = hours.sleepers.pop_first() {
            hours.now = then;
            if alarm.send(()).is_ok() {
                return;
            }
        }
        panic!("nobody waits for anything any more");
    }
}

/// Told when a worker can go on.
#[derive(Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// A running office.
pub(super) struct World {
    pub(super) desk: Arc<Desk>,
    pub(super) clock: Arc<Virtual>,
    pub(super) begin: Timestamp,
    tasks: FuturesUnordered<Task>,
    bell: Arc<Bell>,
}

impl World {
    /// An office with one model and these outputs, in the order of the deliveries.
    pub(super) fn new(clock: Arc<Virtual>, brain: Arc<Brain>, sinks: &[Arc<Sink>]) -> Self {
        Self::over(Arc::new(Memory::default()), clock, brain, sinks)
    }

    /// The same over a store that is there already, as after a restart.
    pub(super) fn over(
        store: Arc<dyn Store>,
        clock: Arc<Virtual>,
        brain: Arc<Brain>,
        sinks: &[Arc<Sink>],
    ) -> Self {
        let mut connectors = IndexMap::new();
        let model = Connector { model: Some(brain), ..Connector::default() };
        connectors.insert(ConnectorName::from("hausmodell"), model);
        for sink in sinks {
            let (output, per_minute) = (Some(sink.clone() as _), sink.per_minute);
            let output = Connector { output, per_minute, ..Connector::default() };
            connectors.insert(sink.name.into(), output);
        }
        let rules = Rules { office: office(sinks).into(), connectors, embedder: None };
        let place = Place {
            office: "/".into(),
            state: "/".into(),
            credentials: None,
            program: "vorlage".into(),
            models: "/".into(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let desk = runtime.block_on(Desk::open(rules, store, place, clock.clone())).unwrap();
        let begin = clock.now();
        let (tasks, bell) = (FuturesUnordered::new(), Arc::default());
        let world = Self { desk: Arc::new(desk), clock, begin, tasks, bell };
        world.start();
        world
    }

    /// The tasks of `engine::run`, with the clock's pauses instead of the machine's.
    fn start(&self) {
        let settle = crate::engine::run::settle_lists(&self.desk);
        settle.now_or_never().unwrap().unwrap();
        let rules = self.desk.rules();
        for number in 0..2 {
            self.tasks.push(Box::pin(work(self.desk.clone(), self.clock.clone(), number)));
        }
        for line in self.desk.lines().values() {
            self.tasks.push(Box::pin(serve::mind(self.desk.clone(), line.clone())));
            let workers = if line.to == To::Model { 2 } else { 1 };
            for number in 0..workers {
                let (desk, clock, line) = (self.desk.clone(), self.clock.clone(), line.clone());
                self.tasks.push(Box::pin(async move {
                    let owner = format!("{}-{number}", line.name);
                    let stop = CancellationToken::new();
                    loop {
                        let next = serve::round(&desk, &line, &owner, &stop).await.unwrap();
                        let mut away = line.watch();
                        let changed = away.changed().map(drop);
                        wait(&desk, &clock, next, changed).await;
                    }
                }));
            }
            let model = rules.connectors[&line.name].model.clone();
            let Some(model) = model else { continue };
            let (desk, clock, line) = (self.desk.clone(), self.clock.clone(), line.clone());
            self.tasks.push(Box::pin(async move {
                let (mut away, mut answered) = (line.watch(), false);
                loop {
                    let next = serve::probe(&desk, &line, &*model, &mut answered).await;
                    wait(&desk, &clock, next, away.changed().map(drop)).await;
                }
            }));
        }
    }

    /// Goes on until something is so, and tells how long that took; fails after so long.
    pub(super) fn until(
        &mut self,
        what: &str,
        most: SignedDuration,
        mut so: impl FnMut(&Desk) -> bool,
    ) -> SignedDuration {
        let begin = self.clock.now();
        loop {
            self.go_on();
            let took = self.clock.now().duration_since(begin);
            if so(&self.desk) {
                return took;
            }
            assert!(took <= most, "waited {took:#} in vain for {what}");
            self.clock.jump();
        }
    }

    /// Lets so much time pass.
    pub(super) fn pass(&mut self, time: SignedDuration) {
        let end = self.clock.now() + time;
        // Somebody who wakes at the end, so that the clock stops there.
        let clock = self.clock.clone();
        self.tasks.push(Box::pin(async move { clock.sleep_until(end).await }));
        let clock = self.clock.clone();
        self.until("the end", time, |_| clock.now() >= end);
    }

    fn go_on(&mut self) {
        let waker = Waker::from(self.bell.clone());
        let mut context = Context::from_waker(&waker);
        loop {
            match self.tasks.poll_next_unpin(&mut context) {
                Poll::Ready(_) => {}
                Poll::Pending if self.bell.0.swap(false, Ordering::SeqCst) => {}
                Poll::Pending => return,
            }
        }
    }

    /// An item that was read: its text is what the model is asked about.
    pub(super) fn lay(&self, text: &str) -> ItemId {
        self.lay_in(text).now_or_never().unwrap()
    }

    async fn lay_in(&self, text: &str) -> ItemId {
        let (records, now) = (self.desk.records(), self.desk.now());
        let raw = records.store().put_blob(text.as_bytes().to_vec()).await.unwrap();
        let entry = |kind: &str, body| Entry {
            kind: kind.to_owned(),
            at: now,
            by: "test".to_owned(),
            body,
            seconds: None,
        };
        let new = NewItem {
            door: "post".into(),
            origin: format!("{}", uuid::Uuid::now_v7()),
            name: String::new(),
            received: now,
            raw,
            once_per_bytes: false,
            message_id: None,
            entry: entry("accepted", serde_json::json!({})),
        };
        let Admitted::New(id) = records.admit(new, now).await.unwrap() else { panic!("known") };
        let document = Document { text: text.into(), ..Document::default() };
        let parsed = Parsed { documents: vec![document], ..Parsed::default() };
        let kept = records.store().put_blob(serde_json::to_vec(&parsed).unwrap()).await.unwrap();
        let body = serde_json::json!({ "document": kept, "documents": 1, "problems": [] });
        let claim = records.claim_item(&id, "test", LEASE, now).await.unwrap().unwrap();
        let via = Some("hausmodell".into());
        let item = Item { via, state: State::Ready(now), ..claim.item.clone() };
        let step = Step { entry: Some(entry("parsed", body)), item };
        records.commit(&claim, step).await.unwrap();
        id
    }

    /// A person decides.
    pub(super) fn decide(&self, id: &ItemId, verdict: Verdict) -> Item {
        self.try_to(id, verdict).unwrap()
    }

    /// A person tries to decide.
    pub(super) fn try_to(&self, id: &ItemId, verdict: Verdict) -> Result<Item, DecideError> {
        let user = User {
            name: "jutta".into(),
            title: "Jutta".to_owned(),
            roles: vec!["alle".to_owned()],
            password: String::new(),
            language: None,
            active: true,
        };
        let (item, version) = self.stored(id);
        let decided = self.desk.decide(&item.id, version, &user, verdict);
        decided.now_or_never().expect("nobody has it")
    }

    /// A person approves everything that waits in the tax office; tells how many.
    pub(super) fn approve_all(&self) -> usize {
        let waiting = self.waiting("steueramt");
        waiting.iter().for_each(|item| drop(self.decide(&item.id, Verdict::Approve)));
        waiting.len()
    }

    /// An item as the pages show it.
    pub(super) fn item(&self, id: &ItemId) -> Item {
        self.desk.item(id).now_or_never().unwrap().unwrap().unwrap().item
    }

    /// An item as it is stored.
    pub(super) fn stored(&self, id: &ItemId) -> (Item, u64) {
        self.desk.records().item(id).now_or_never().unwrap().unwrap().unwrap()
    }

    pub(super) fn waiting(&self, queue: &str) -> Vec<Item> {
        waiting(&self.desk, queue)
    }
}

/// What waits in a queue.
pub(super) fn waiting(desk: &Desk, queue: &str) -> Vec<Item> {
    desk.waiting(&queue.into(), usize::MAX).now_or_never().unwrap().unwrap()
}

/// How many items are finished.
pub(super) fn done(desk: &Desk) -> usize {
    desk.records().count("done/").now_or_never().unwrap().unwrap()
}

async fn wait(desk: &Desk, clock: &Virtual, next: Next, changed: impl Future<Output = ()>) {
    let mut commits = desk.records().store().watch();
    let then = match next {
        Next::Now => return,
        Next::Change => {
            tokio::select! {
                () = changed => {}
                changed = commits.changed() => drop(changed),
                () = clock.sleep(SignedDuration::from_secs(30)) => {}
            }
            return;
        }
        Next::At(then) => then,
    };
    tokio::select! {
        () = changed => {}
        () = clock.sleep_until(then) => {}
    }
}

/// A worker of `engine::run`.
async fn work(desk: Arc<Desk>, clock: Arc<Virtual>, number: usize) {
    let stop = CancellationToken::new();
    let owner = format!("worker-{number}");
    loop {
        let claimed = desk.records().claim(&owner, LEASE, desk.now()).await.unwrap();
        let next = match claimed {
            Some(claim) => {
                follow(&desk, claim, &owner, None, &stop).await.unwrap();
                Next::Now
            }
            None => Next::Change,
        };
        wait(&desk, &clock, next, std::future::pending()).await;
    }
}

fn office(sinks: &[Arc<Sink>]) -> config::Office {
    let mut files = Files::default();
    let mut put = |path: &str, text: String| files.texts.insert(path.to_owned(), text);
    put("office.toml", OFFICE.to_owned());
    put("connectors/post.toml", "kind = \"share\"\npath = \"post\"\n".to_owned());
    let model = "kind = \"embedded\"\nmodel = \"default\"\n";
    put("connectors/hausmodell.toml", model.to_owned());
    let mut workflow = WORKFLOW.to_owned();
    for sink in sinks {
        let name = sink.name;
        put(&format!("connectors/{name}.toml"), "kind = \"folder\"\npath = \"x\"\n".to_owned());
        workflow += &format!("[[class.anmeldung.deliver]]\nto = \"{name}\"\n");
    }
    put("workflows/hundesteuer.toml", workflow);
    let (office, mistakes) = config::load(&files);
    office.unwrap_or_else(|| panic!("{mistakes:#?}"))
}

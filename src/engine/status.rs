//! What works and what does not, for the pages, `/healthz` and the metrics.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::Desk;
use super::disk::Space;
use super::lines::To;
use super::standing::Undelivered;
use crate::domain::ConnectorName;
use crate::intake::ledger::Account;
use crate::store;

/// What works and what does not.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The doors.
    pub doors: Vec<DoorStatus>,
    /// The models.
    pub models: Vec<ModelStatus>,
    /// The outputs.
    pub outputs: Vec<OutputStatus>,
    /// Deliveries that a person has to settle.
    pub undelivered: Undelivered,
    /// Items that wait for a worker, among them the held ones.
    pub ready: usize,
    /// Items that are held, with reasons.
    pub held: usize,
    /// Drafts that wait for a person.
    pub waiting: usize,
    /// Finished items.
    pub done: usize,
}

/// One door.
#[derive(Clone, Debug)]
pub struct DoorStatus {
    /// Its name.
    pub name: ConnectorName,
    /// When it was last asked with success.
    pub last_success: Option<Timestamp>,
    /// Why it does not work.
    pub error: Option<String>,
}

/// One model.
#[derive(Clone, Debug)]
pub struct ModelStatus {
    /// Its connector.
    pub name: ConnectorName,
    /// Why it does not answer; `None` when it does or was not asked yet.
    pub error: Option<String>,
    /// When it is asked again, while it is left alone.
    pub again: Option<Timestamp>,
}

/// One output.
#[derive(Clone, Debug)]
pub struct OutputStatus {
    /// Its connector.
    pub name: ConnectorName,
    /// Why it is left alone.
    pub error: Option<String>,
    /// When it is tried again, while it is left alone.
    pub again: Option<Timestamp>,
}

type Label = [(&'static str, String); 1];
type Durations = Family<Label, Histogram, fn() -> Histogram>;

/// Counters and times since the daemon started. No user, no sender, no text is ever a label.
pub(super) struct Meters {
    registry: Mutex<Registry>,
    /// Stages done, by the kind of entry they wrote.
    pub(super) stages: Family<Label, Counter>,
    /// Seconds per stage.
    pub(super) seconds: Durations,
    /// Items held, by code.
    pub(super) held: Family<Label, Counter>,
    doors: Mutex<IndexMap<ConnectorName, DoorStatus>>,
    items: Family<Label, Gauge>,
    /// Connectors that are left alone.
    open: Family<Label, Gauge>,
    /// Deliveries that a person has to settle.
    undelivered: Family<Label, Gauge>,
    missing: Family<Label, Gauge>,
    canaries: Family<Label, Gauge>,
    alarms: Family<[(&'static str, String); 2], Counter>,
    disk_free: Gauge,
    last_success: Family<Label, Gauge<f64, AtomicU64>>,
}

impl Meters {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("vorlage");
        let stages = Family::default();
        registry.register("stages", "Stages done, by the entry they wrote", stages.clone());
        let seconds: Durations =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.01, 2.0, 14)));
        registry.register("stage_seconds", "Seconds per stage", seconds.clone());
        let held = Family::default();
        registry.register("held", "Times an item was held, by code", held.clone());
        let items = Family::default();
        registry.register("items", "Items by state", items.clone());
        let last_success = Family::default();
        registry.register(
            "door_last_success_timestamp_seconds",
            "When a door last worked",
            last_success.clone(),
        );
        let open = Family::default();
        registry.register("connector_open", "1 while a connector is left alone", open.clone());
        let undelivered = Family::default();
        let told = "Deliveries that a person has to settle, by why";
        registry.register("undelivered", told, undelivered.clone());
        let (missing, canaries) = (Family::default(), Family::default());
        let (alarms, disk_free) = (Family::default(), Gauge::default());
        registry.register(
            "ledger_missing",
            "Arrivals at a door that are no items",
            missing.clone(),
        );
        registry.register(
            "canary_age_seconds",
            "Since the newest canary that came through was laid",
            canaries.clone(),
        );
        registry.register("alarms", "Times an alarm was raised", alarms.clone());
        registry.register("disk_free_bytes", "Free space for the state folder", disk_free.clone());
        Self {
            registry: Mutex::new(registry),
            stages,
            seconds,
            held,
            doors: Mutex::default(),
            items,
            open,
            undelivered,
            missing,
            canaries,
            alarms,
            disk_free,
            last_success,
        }
    }

    pub(super) fn door(&self, name: &ConnectorName, worked: Result<Timestamp, String>) {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        let door = doors.entry(name.clone()).or_insert_with(|| DoorStatus {
            name: name.clone(),
            last_success: None,
            error: None,
        });
        match worked {
            Ok(at) => {
                (door.last_success, door.error) = (Some(at), None);
                self.last_success
                    .get_or_create(&[("door", name.0.clone())])
                    .set(at.as_second() as f64);
            }
            Err(error) => door.error = Some(error),
        }
    }

    pub(super) fn account(&self, account: &Account) {
        let missing = i64::try_from(account.missing).unwrap_or(i64::MAX);
        self.missing.get_or_create(&[("door", account.door.0.clone())]).set(missing);
    }

    pub(super) fn alarm(&self, what: &str, door: &ConnectorName) {
        self.alarms.get_or_create(&[("alarm", what.to_owned()), ("door", door.0.clone())]).inc();
    }

    pub(super) fn disk(&self, space: Space) {
        self.disk_free.set(i64::try_from(space.free).unwrap_or(i64::MAX));
    }
}

impl Desk {
    /// What works and what does not.
    pub async fn status(&self) -> Result<Status, store::Error> {
        let records = self.records();
        let (ready, held) = (records.count("ready/").await?, self.count_held().await?);
        let mut waiting = 0;
        for queue in self.rules().office.settings.queues.keys() {
            waiting += records.count(&format!("queue/{queue}/")).await?;
        }
        let done = records.count("done/").await?;
        let (_, undelivered) = self.undelivered(0).await?;
        let (mut models, mut outputs) = (Vec::new(), Vec::new());
        for line in self.lines().values() {
            let (name, open) = (line.name.clone(), line.away());
            let again = open.as_ref().map(|open| open.until);
            match line.to {
                To::Model => models.push(ModelStatus { name, error: line.trouble(), again }),
                To::Output => {
                    let error = open.map(|open| open.why);
                    outputs.push(OutputStatus { name, error, again });
                }
            }
        }
        let doors = self.meters.doors.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Status {
            doors: doors.values().cloned().collect(),
            models,
            outputs,
            undelivered,
            held,
            ready,
            waiting,
            done,
        })
    }

    /// What is left alone, and what was not delivered.
    fn tell_lines(&self, status: &Status) {
        let lines = status.models.iter().map(|it| (&it.name, it.again));
        let lines = lines.chain(status.outputs.iter().map(|it| (&it.name, it.again)));
        for (name, again) in lines {
            let label = [("connector", name.0.clone())];
            self.meters.open.get_or_create(&label).set(i64::from(again.is_some()));
        }
        for (why, count) in status.undelivered.counts() {
            let gauge = self.meters.undelivered.get_or_create(&[("why", why.to_owned())]).clone();
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// The metrics in OpenMetrics text format.
    pub async fn metrics(&self) -> Result<String, store::Error> {
        let status = self.status().await?;
        for (state, count) in [
            ("ready", status.ready),
            ("held", status.held),
            ("waiting", status.waiting),
            ("done", status.done),
        ] {
            let gauge = self.meters.items.get_or_create(&[("state", state.to_owned())]).clone();
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        for door in self.doors().await? {
            if let Some(canary) = self.records().canary(&door.name).await? {
                let age = self.now().duration_since(canary.laid).as_secs();
                self.meters.canaries.get_or_create(&[("door", door.name.0.clone())]).set(age);
            }
        }
        self.tell_lines(&status);
        let mut text = String::new();
        let registry = self.meters.registry.lock().unwrap_or_else(PoisonError::into_inner);
        encode(&mut text, &registry).map_err(|error| store::Error::Failed {
            place: "metrics".into(),
            why: error.to_string(),
        })?;
        Ok(text)
    }
}

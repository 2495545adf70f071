//! The daemon: doors that take in, workers that move on, until it is told to stop.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::hold::{self, MOST_ATTEMPTS};
use super::lines::{Line, To};
use super::{Desk, Error, advance, serve};
use crate::intake::{self, Door};
use crate::store::records::{Claim, Item, State};

/// How long a worker has an item before another may take it. Longer than any stage may take; after
/// a crash the next start makes all leases void.
pub(super) const LEASE: Duration = Duration::from_secs(3600);
/// How often a door is asked even when it does not call.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The pause of a door that does not work.
const DOOR_PAUSE: Duration = Duration::from_secs(15);
/// How often a worker looks for items whose time has come.
pub(super) const TICK: Duration = Duration::from_millis(500);

/// Runs until `stop`; then every worker finishes the stage it is at.
pub async fn run(desk: Arc<Desk>, stop: CancellationToken) -> Result<(), Error> {
    let released = desk.records().release(|_| true, desk.now()).await?;
    if released > 0 {
        tracing::info!(items = released, "took up the work of an earlier run");
    }
    settle_lists(&desk).await?;
    let tasks = TaskTracker::new();
    let rules = desk.rules();
    for (name, connector) in &rules.connectors {
        if let Some(source) = &connector.source
            && rules.office.workflows.values().any(|workflow| workflow.intake.from.contains(name))
        {
            let door = Door { name: name.clone(), source: source.clone() };
            tasks.spawn(watch(desk.clone(), door, stop.clone()));
        }
    }
    let workers = rules.office.settings.limits.workers.max(1);
    for number in 0..workers {
        let owner = format!("{}-{number}", std::process::id());
        tasks.spawn(work(desk.clone(), owner, stop.clone()));
    }
    for line in desk.lines().values() {
        let until_stop = |task| stop.clone().run_until_cancelled_owned(task);
        tasks
            .spawn(stop.clone().run_until_cancelled_owned(serve::mind(desk.clone(), line.clone())));
        let model = rules.connectors.get(&line.name).and_then(|it| it.model.clone());
        let workers = if model.is_some() { workers } else { 1 };
        if let Some(model) = model {
            tasks.spawn(until_stop(serve::tend(desk.clone(), line.clone(), model)));
        }
        for number in 0..workers {
            let owner = format!("{}-{}-{number}", std::process::id(), line.name);
            tasks.spawn(serve::serve(desk.clone(), line.clone(), owner, stop.clone()));
        }
    }
    drop(rules);
    tasks.close();
    tasks.wait().await;
    Ok(())
}

/// Items of connectors that are gone go on all the same, and nothing waits out a pause of an earlier run.
pub(super) async fn settle_lists(desk: &Desk) -> Result<(), Error> {
    let lines = desk.lines();
    desk.records().rehome(|name| lines.contains_key(name)).await?;
    for name in lines.keys() {
        desk.records().wake(name, desk.now()).await?;
    }
    Ok(())
}

/// Takes in what comes through one door.
async fn watch(desk: Arc<Desk>, door: Door, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let taken = stop.run_until_cancelled(intake::take(&door, desk.records(), desk.now())).await;
        let pause = match taken {
            None => return,
            Some(Ok(_)) => {
                desk.meters.door(&door.name, Ok(desk.now()));
                None
            }
            Some(Err(error)) => {
                tracing::warn!(door = %door.name, "the door `{}` does not work: {error}", door.name);
                desk.meters.door(&door.name, Err(error.to_string()));
                Some(DOOR_PAUSE)
            }
        };
        let waited = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => door.source.wait(LONGEST_WAIT).await,
            }
        };
        stop.run_until_cancelled(waited).await;
    }
}

/// Moves one item after the other on.
async fn work(desk: Arc<Desk>, owner: String, stop: CancellationToken) {
    let mut commits = desk.records().store().watch();
    while !stop.is_cancelled() {
        match desk.records().claim(&owner, LEASE, desk.now()).await {
            Ok(Some(claim)) => {
                if let Err(error) = follow(&desk, claim, &owner, None, &stop).await {
                    tracing::error!("a step was not written: {error}");
                }
            }
            Ok(None) => {
                let changed = async {
                    tokio::select! {
                        changed = commits.changed() => drop(changed),
                        () = tokio::time::sleep(TICK) => {}
                    }
                };
                stop.run_until_cancelled(changed).await;
            }
            Err(error) => {
                tracing::error!("the store does not answer: {error}");
                stop.run_until_cancelled(tokio::time::sleep(TICK)).await;
            }
        }
    }
}

/// Stays with an item as far as it goes without another connector: what a model has evaluated of it is then still
/// there.
pub(super) async fn follow(
    desk: &Desk,
    claim: Claim,
    owner: &str,
    line: Option<&Line>,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let mut claim = Some(claim);
    while let Some(mine) = claim {
        let item = step(desk, mine).await?;
        // Each delivery is let through by itself.
        let same = line.filter(|line| line.to == To::Model).map(|line| &line.name);
        let ours = item.via.is_none() || item.via.as_ref() == same;
        let goes_on = matches!(item.state, State::Ready(_)) && item.held.is_none() && ours;
        claim = match goes_on && !stop.is_cancelled() {
            true => desk.records().claim_item(&item.id, owner, LEASE, desk.now()).await?,
            false => None,
        };
    }
    Ok(())
}

/// One stage of one item: done and written, or held with the reason.
pub(super) async fn step(desk: &Desk, mut claim: Claim) -> Result<Item, Error> {
    let before = std::time::Instant::now();
    let id = claim.item.id.clone();
    let made = if claim.item.attempts > MOST_ATTEMPTS {
        let why = format!("{MOST_ATTEMPTS} attempts ended without a result");
        hold::quarantine(desk, &claim, "H0107", &why)
    } else {
        // A panic is the item's fault until proven otherwise; the worker lives on.
        let stage = AssertUnwindSafe(advance(desk, &mut claim)).catch_unwind();
        stage.await.unwrap_or(Err(Error::Panicked))
    };
    let mut step = match made {
        Ok(step) => step,
        Err(error) => {
            tracing::warn!(item.id = %id, code = error.code(), "item `{id}` does not go on: {}", error.for_logs());
            desk.meters.held.get_or_create(&[("code", error.code().to_owned())]).inc();
            hold::after(desk, &claim, &error)?
        }
    };
    let seconds = before.elapsed().as_secs_f64();
    step.entry.iter_mut().for_each(|entry| entry.seconds = Some(seconds));
    let kind = step.entry.as_ref().map_or("held", |entry| entry.kind.as_str()).to_owned();
    let item = desk.records().commit(&claim, step).await?;
    desk.meters.stages.get_or_create(&[("stage", kind.clone())]).inc();
    desk.meters.seconds.get_or_create(&[("stage", kind.clone())]).observe(seconds);
    let state = match &item.state {
        State::Ready(_) => "goes on".to_owned(),
        State::Waiting(queue) => format!("waits in `{queue}`"),
        State::Done(_) => "is done".to_owned(),
    };
    tracing::info!(item.id = %id, stage = kind, seconds, "item `{id}`: {kind}, {state}");
    Ok(item)
}

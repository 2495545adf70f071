//! The daemon: doors that take in, workers that move on, until it is told to stop.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::hold::{self, MOST_ATTEMPTS};
use super::lines::{Line, To};
use super::rounds::Rounds;
use super::{Desk, Error, advance, alone, lessons, pictures, serve};
use crate::failpoint;
use crate::intake::{self, Door};
use crate::store;
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
    let Some(doors) = arrive(&desk, &stop).await? else { return Ok(()) };
    let tasks = TaskTracker::new();
    for door in doors {
        tasks.spawn(watch(desk.clone(), door, stop.clone()));
    }
    let rules = desk.rules();
    let workers = rules.office.settings.limits.workers.max(1);
    for number in 0..workers {
        let owner = desk.fellows.owner(&number.to_string());
        tasks.spawn(work(desk.clone(), owner, stop.clone()));
    }
    for line in desk.lines().values() {
        let minding = serve::mind(desk.clone(), line.clone());
        tasks.spawn(stop.clone().run_until_cancelled_owned(minding));
        let model = rules.connectors.get(&line.name).and_then(|it| it.model.clone());
        let workers = if model.is_some() { workers } else { 1 };
        if let Some(model) = model {
            let tending = serve::tend(desk.clone(), line.clone(), model);
            tasks.spawn(stop.clone().run_until_cancelled_owned(tending));
        }
        for number in 0..workers {
            let owner = desk.fellows.owner(&format!("{}-{number}", line.name));
            tasks.spawn(serve::serve(desk.clone(), line.clone(), owner, stop.clone()));
        }
    }
    drop(rules);
    let learning = lessons::keep_learning(desk.clone());
    tasks.spawn(stop.clone().run_until_cancelled_owned(learning));
    tasks.spawn(stop.clone().run_until_cancelled_owned(pictures::tidy(desk.clone())));
    tasks.close();
    // Until the last worker has finished its stage, the others must not take its work over.
    let rest = CancellationToken::new();
    tokio::join!(desk.stay(&rest), async {
        tasks.wait().await;
        rest.cancel();
    });
    desk.leave().await;
    Ok(())
}

/// Items of connectors that are gone go on all the same, and nothing waits out a pause of an earlier run.
pub(super) async fn settle_lists(desk: &Desk) -> Result<(), store::Error> {
    let lines = desk.lines();
    desk.records().rehome(|name| lines.contains_key(name)).await?;
    for name in lines.keys() {
        desk.records().wake(name, desk.now()).await?;
    }
    Ok(())
}

/// Takes up earlier work, and tells the doors. A store elsewhere that is away for a moment is waited for.
async fn arrive(desk: &Desk, stop: &CancellationToken) -> Result<Option<Vec<Door>>, Error> {
    loop {
        let arrived = async {
            desk.arrive().await?;
            settle_lists(desk).await?;
            desk.doors().await
        };
        match arrived.await {
            Err(error @ store::Error::Away { .. }) => {
                tracing::warn!("{error}");
                if stop.run_until_cancelled(tokio::time::sleep(DOOR_PAUSE)).await.is_none() {
                    return Ok(None);
                }
            }
            arrived => return Ok(Some(arrived?)),
        }
    }
}

/// Takes in what comes through one door.
async fn watch(desk: Arc<Desk>, door: Door, stop: CancellationToken) {
    let mut rounds = Rounds::new(desk.now());
    let mut told = String::new();
    while !stop.is_cancelled() {
        // One daemon asks a door; the others stand by.
        if !desk.keeps(&door.name).await.unwrap_or(false) {
            stop.run_until_cancelled(tokio::time::sleep(desk.look_every())).await;
            continue;
        }
        stop.run_until_cancelled(rounds.watch_canary(&desk, &door)).await;
        stop.run_until_cancelled(rounds.look_back(&desk, &door)).await;
        let pause = match stop.run_until_cancelled(take(&desk, &door)).await {
            None => break,
            Some(Ok(troubles)) => {
                desk.meters.door(&door.name, Ok(desk.now()));
                if !troubles.is_empty() {
                    if troubles != told {
                        tracing::warn!(door = %door.name, "the door `{}` works in part: {troubles}", door.name);
                    }
                    desk.meters.door(&door.name, Err(troubles.clone()));
                }
                told = troubles;
                stop.run_until_cancelled(rounds.settle(&desk, &door)).await;
                None
            }
            Some(Err(why)) => {
                tracing::warn!(door = %door.name, "the door `{}` does not work: {why}", door.name);
                desk.meters.door(&door.name, Err(why));
                rounds.troubled();
                // Perhaps another machine reaches it.
                desk.give_up(&door.name).await;
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
    desk.give_up(&door.name).await;
}

/// Takes in what is there, if there is space for it, and tells what did not work although the rest came in.
async fn take(desk: &Desk, door: &Door) -> Result<String, String> {
    if let Some(why) = desk.disk_is_short() {
        return Err(format!("it is paused: {why}"));
    }
    let taken = intake::take(door, desk.records(), desk.now()).await;
    taken.map(|it| it.troubles.join("; ")).map_err(|error| error.to_string())
}

/// Moves one item after the other on.
async fn work(desk: Arc<Desk>, owner: String, stop: CancellationToken) {
    let mut commits = desk.records().store().watch();
    let mut lost = None;
    while !stop.is_cancelled() {
        match next(&desk, &owner, &mut lost).await {
            Ok(Some(claim)) => {
                if let Err(error) = follow(&desk, claim, &owner, None, &stop).await {
                    tracing::error!("a step was not written: {error}");
                    lost = Some(!matches!(error, Error::Store(store::Error::Away { .. })));
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
                // Told once, not twice a second until the store is back.
                if lost.is_none() {
                    tracing::error!("the store does not answer: {error}");
                }
                lost.get_or_insert(false);
                stop.run_until_cancelled(tokio::time::sleep(TICK)).await;
            }
        }
    }
}

/// The next item for a worker that has nothing in hand.
async fn next(
    desk: &Desk,
    owner: &str,
    lost: &mut Option<bool>,
) -> Result<Option<Claim>, store::Error> {
    if !may_claim(desk, owner, lost).await? {
        return Ok(None);
    }
    desk.records().claim(owner, LEASE, desk.now()).await
}

/// Whether a worker that has nothing in hand may take something. After a failure (`lost`) it may have leased an item
/// without knowing: that is given back first, and the attempt counts if the item may be the cause.
pub(super) async fn may_claim(
    desk: &Desk,
    owner: &str,
    lost: &mut Option<bool>,
) -> Result<bool, store::Error> {
    if let Some(counts) = *lost {
        desk.records().put_back(owner, counts, desk.now()).await?;
        *lost = None;
    }
    Ok(desk.fellows.is_there(desk.takeover()))
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
    let _turn = alone::turn(desk, &mut claim).await?;
    failpoint::hit("claim.after");
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
    failpoint::about("stage.before_commit", [&kind, &claim.item.name]);
    let item = desk.records().commit(&claim, step).await?;
    failpoint::about("stage.after_commit", [&kind, &item.name]);
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

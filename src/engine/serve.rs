//! The workers of one connector: they take what waits for it and nothing else, so that a connector that is away, slow
//! or hanging holds up only what needs it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::breaker::May;
use super::lines::{Entry, Line, To};
use super::run::{LEASE, TICK, follow, may_claim};
use super::{Desk, Error, despatch};
use crate::errors::Retry;
use crate::llm::LanguageModel;
use crate::store;
use crate::store::records::State;

/// How often a model that has not answered yet is asked whether it does.
const MODEL_PAUSE: SignedDuration = SignedDuration::from_secs(15);

/// After a failure of the store.
const SOON: SignedDuration = SignedDuration::from_millis(500);

/// When a worker looks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// At once: there may be more.
    Now,
    /// When something changes, or soon.
    Change,
    /// Then, or when the line changes.
    At(Timestamp),
}

/// Serves one connector until `stop`.
pub(super) async fn serve(
    desk: Arc<Desk>,
    line: Arc<Line>,
    owner: String,
    stop: CancellationToken,
) {
    let mut commits = desk.records().store().watch();
    let mut away = line.watch();
    let mut lost = None;
    while !stop.is_cancelled() {
        let next = next(&desk, &line, &owner, (&stop, &mut lost)).await;
        let changed = async {
            match next {
                Next::Now => {}
                Next::Change => tokio::select! {
                    changed = commits.changed() => drop(changed),
                    changed = away.changed() => drop(changed),
                    () = tokio::time::sleep(TICK) => {}
                },
                Next::At(then) => tokio::select! {
                    changed = away.changed() => drop(changed),
                    () = tokio::time::sleep(pause(&desk, then)) => {}
                },
            }
        };
        stop.run_until_cancelled(changed).await;
    }
}

/// A round, if this daemon may take work; after a failure a little later.
async fn next(
    desk: &Desk,
    line: &Line,
    owner: &str,
    (stop, lost): (&CancellationToken, &mut Option<bool>),
) -> Next {
    let later = Next::At(desk.now() + SOON);
    match may_claim(desk, owner, lost).await {
        Ok(false) => later,
        Ok(true) => round(desk, line, owner, stop).await.unwrap_or_else(|error| {
            tracing::error!(connector = %line.name, "a step was not written: {error}");
            *lost = Some(!matches!(error, Error::Store(store::Error::Away { .. })));
            later
        }),
        Err(error) => {
            // Told once, not twice a second until the store is back.
            if lost.is_none() {
                tracing::error!("the store does not answer: {error}");
            }
            lost.get_or_insert(false);
            later
        }
    }
}

/// Takes the next item of a connector, if one is due and the connector may be called.
pub(super) async fn round(
    desk: &Desk,
    line: &Line,
    owner: &str,
    stop: &CancellationToken,
) -> Result<Next, Error> {
    let (records, now, via) = (desk.records(), desk.now(), Some(&line.name));
    if line.to == To::Output {
        if !records.is_due(&line.name, now).await? {
            return Ok(Next::Change);
        }
        match line.enter(now) {
            Entry::Free => {}
            Entry::Rate(then) => return Ok(Next::At(then)),
            Entry::Away(then) => {
                give_up_overdue(desk, line, owner).await?;
                return Ok(Next::At(then));
            }
        }
    }
    let before = (line.openings(), line.away().is_some());
    let Some(claim) = records.claim_via(via, owner, LEASE, now).await? else {
        if line.to == To::Output {
            line.give_back();
        }
        return Ok(Next::Change);
    };
    let followed = follow(desk, claim, owner, Some(line), stop).await;
    if line.to == To::Output {
        line.leave();
    }
    // An item that was laid aside just when the connector came back would miss being woken.
    if line.away().is_none() && before != (line.openings(), false) {
        records.wake(&line.name, desk.now()).await?;
    }
    followed.map(|()| Next::Now)
}

/// Lays deliveries before a person that an output has not taken for days.
async fn give_up_overdue(desk: &Desk, line: &Line, owner: &str) -> Result<(), Error> {
    let (records, now) = (desk.records(), desk.now());
    let Some(open) = line.away() else { return Ok(()) };
    let long_ago = despatch::give_up_before(&desk.rules(), now);
    for item in records.waiting_for(&line.name, usize::MAX).await? {
        let free = item.lease.is_none() && matches!(item.state, State::Ready(_));
        // Nothing was approved before it came in; only then the journal is worth a look.
        if !free || item.accepted > long_ago || !despatch::is_overdue(desk, &item.id).await? {
            continue;
        }
        let Some(claim) = records.claim_item(&item.id, owner, LEASE, now).await? else { continue };
        let step = despatch::give_up_waiting(desk, &claim, &open.why).await?;
        records.commit(&claim, step).await?;
    }
    Ok(())
}

/// Wakes what was laid aside for a connector whenever it works again.
pub(super) async fn mind(desk: Arc<Desk>, line: Arc<Line>) {
    let mut away = line.watch();
    while away.changed().await.is_ok() {
        if *away.borrow_and_update() {
            continue;
        }
        match desk.records().wake(&line.name, desk.now()).await {
            Ok(items) => {
                tracing::info!(connector = %line.name, items, "woke what waited for `{}`", line.name)
            }
            Err(error) => tracing::error!("the store does not answer: {error}"),
        }
    }
}

/// Has a model loaded before the first item needs it, and finds out without an item whether it works again. While it
/// works it is not asked: questions cost.
pub(super) async fn tend(desk: Arc<Desk>, line: Arc<Line>, model: Arc<dyn LanguageModel>) {
    let mut away = line.watch();
    let mut answered = false;
    loop {
        match probe(&desk, &line, &*model, &mut answered).await {
            Next::Now => {}
            Next::Change => drop(away.changed().await),
            Next::At(then) => tokio::select! {
                changed = away.changed() => drop(changed),
                () = tokio::time::sleep(pause(&desk, then)) => {}
            },
        }
    }
}

/// Asks a model whether it answers, if it is time. `answered`: whether it ever did.
pub(super) async fn probe(
    desk: &Desk,
    line: &Line,
    model: &dyn LanguageModel,
    answered: &mut bool,
) -> Next {
    if *answered && line.away().is_none() {
        return Next::Change;
    }
    if let May::Wait(then) = line.may(desk.now()) {
        return Next::At(then);
    }
    // How it ends is written down by the model's own line.
    match model.ready().await {
        Err(error) if error.retry() == Retry::Later => Next::At(desk.now() + MODEL_PAUSE),
        _ => {
            *answered = true;
            Next::Change
        }
    }
}

fn pause(desk: &Desk, then: Timestamp) -> Duration {
    then.duration_since(desk.now()).max(SignedDuration::from_millis(10)).unsigned_abs()
}

//! An item whose last attempt ended without a result is worked alone.
//!
//! When the daemon dies, every worker had an item in hand, and one of them may be the cause. If they were worked
//! side by side again, the innocent ones would be blamed as often as the cause. So each is tried with nothing beside
//! it in this process, and its attempt counts from there on.

use tokio::sync::{RwLockReadGuard, RwLockWriteGuard};

use super::Desk;
use super::lines::To;
use crate::store;
use crate::store::records::Claim;

/// From this attempt on an item may be what ended the daemon.
const SUSPECT: u32 = 2;

/// The right to work now.
pub(super) enum Turn<'a> {
    /// With others.
    Among(#[expect(dead_code, reason = "held until it is dropped")] RwLockReadGuard<'a, ()>),
    /// Beside everything: a delivery may hang for minutes, and nobody waits for it.
    Beside,
    /// With nobody else.
    Alone(#[expect(dead_code, reason = "held until it is dropped")] RwLockWriteGuard<'a, ()>),
}

/// Waits for the right to work on an item.
pub(super) async fn turn<'a>(desk: &'a Desk, claim: &mut Claim) -> Result<Turn<'a>, store::Error> {
    if claim.item.attempts < SUSPECT && is_delivery(desk, claim) {
        return Ok(Turn::Beside);
    }
    if claim.item.attempts < SUSPECT {
        return Ok(Turn::Among(desk.fellows.at_work.read().await));
    }
    let alone = desk.fellows.at_work.write().await;
    desk.records().count_attempt(claim).await?;
    Ok(Turn::Alone(alone))
}

fn is_delivery(desk: &Desk, claim: &Claim) -> bool {
    let line = claim.item.via.as_ref().and_then(|via| desk.line(via));
    line.is_some_and(|line| line.to == To::Output)
}

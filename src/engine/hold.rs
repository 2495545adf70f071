//! What becomes of an item whose stage has no result: it waits for the outside world, or for a person.

use jiff::{SignedDuration, Timestamp};

use super::journal::entry;
use super::{Desk, Error};
use crate::connectors;
use crate::errors::Retry;
use crate::llm;
use crate::store::records::{Claim, State, Step};

/// After so many attempts that ended without any result, the item itself is taken for the cause.
pub(super) const MOST_ATTEMPTS: u32 = 3;

/// The longest pause between two tries.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// The longest that the other side may ask for.
const LONGEST_ASKED: SignedDuration = SignedDuration::from_hours(1);

/// The item held until the next try, or laid before a person with the reason.
pub(super) fn after(desk: &Desk, claim: &Claim, error: &Error) -> Result<Step, Error> {
    let now = desk.now();
    let item = claim.item.clone();
    if error.retry() == Retry::Later {
        let tries = claim.item.held.as_ref().filter(|it| it.code == error.code());
        if is_of_the_item(error) && tries.is_some_and(|held| held.tries + 1 >= MOST_ATTEMPTS) {
            return quarantine(desk, claim, error.code(), &error.to_string());
        }
        let next = next_try(claim, now, error);
        return Ok(Step {
            entry: None,
            item: item.hold(error.code(), error.to_string(), now, next),
        });
    }
    quarantine(desk, claim, error.code(), &error.to_string())
}

/// Whether the failure is the item's, so that it is not tried without end.
fn is_of_the_item(error: &Error) -> bool {
    matches!(error, Error::Model(llm::Error::OnlyThis(_)))
}

/// How long the other side wants to be left alone; not longer than an hour.
fn asked(error: &Error) -> SignedDuration {
    let Error::Connector(connectors::Error::Busy { after: Some(after), .. }) = error else {
        return SignedDuration::ZERO;
    };
    SignedDuration::try_from(*after).unwrap_or(LONGEST_ASKED).min(LONGEST_ASKED)
}

/// The item laid into the post room with the reason.
pub(super) fn quarantine(
    desk: &Desk,
    claim: &Claim,
    code: &'static str,
    why: &str,
) -> Result<Step, Error> {
    let now = desk.now();
    let mut item = claim.item.clone().hold(code, why.to_owned(), now, now);
    item.state = State::Waiting(desk.rules().office.settings.post_room.clone());
    let body = serde_json::json!({ "code": code, "why": why });
    Ok(Step { entry: Some(entry("quarantined", "vorlage", now, &body)?), item })
}

/// When to try again: after 5 s, then twice as long each time, at most a quarter of an hour.
pub(super) fn next_try(claim: &Claim, now: Timestamp, error: &Error) -> Timestamp {
    let tries = claim.item.held.as_ref().map_or(0, |held| held.tries).min(10);
    let pause = SignedDuration::from_secs(5 << tries).min(LONGEST);
    // Spread by the item's own name, so that a thousand held items do not all come back at once.
    let spread = claim
        .item
        .id
        .0
        .bytes()
        .fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)))
        % 40;
    let pause = pause * (80 + i32::try_from(spread).unwrap_or(0)) / 100;
    let pause = pause.max(asked(error));
    now.checked_add(pause).unwrap_or(now)
}

//! Delivers what was approved, one output after the other, each once.

use jiff::{SignedDuration, Timestamp};

use super::journal::Journal;
use super::leaving::Leaving;
use super::lines::Ended;
use super::stages::{ready, step};
use super::{Desk, Error, Rules, hold};
use crate::connectors::{self, File, Receipt};
use crate::deliver::{Contents, deliver};
use crate::domain::{ConnectorName, ItemId, QueueName};
use crate::draft::Draft;
use crate::errors::Retry;
use crate::failpoint;
use crate::review::{Approved, Settled, settle};
use crate::store::records::{Claim, Entry, Item, Outcome, State, Step};

/// Of a delivery that could not be made for days.
const GIVEN_UP: &str = "H0106";
/// Entries after which a delivery is a person's: it was refused, it may have arrived, it was given up, it came back,
/// or it was withheld.
pub const UNDELIVERED: [&str; 5] = ["refused", "uncertain", "given_up", "returned", "withheld"];

/// Makes the next delivery, or finishes the item.
pub(super) async fn next(
    desk: &Desk,
    rules: &Rules,
    claim: &mut Claim,
    journal: &Journal,
) -> Result<Step, Error> {
    let draft: Draft = journal.read("drafted")?;
    let Settled::Approved(approved) = settle(&draft, &journal.decisions()?) else {
        return Err(Error::Missing("approved"));
    };
    let made = made(journal);
    let Some(to) = draft.deliveries.iter().find(|to| !made.contains(to)).cloned() else {
        let mut item = ready(desk, claim);
        item.state = State::Done(Outcome::Delivered);
        return step(desk, "done", &serde_json::json!({ "deliveries": made }), item);
    };
    if !made.is_empty() {
        failpoint::hit("despatch.between");
    }
    let connector = rules.connectors.get(&to).and_then(|it| it.output.clone());
    let Some(output) = connector else {
        // A reload may bring it back.
        let gone = Error::UnknownOutput(to.0.clone());
        return match is_too_old(desk, rules, journal) {
            true => give_up(desk, claim, &draft, &to, &gone.to_string()),
            false => Err(gone),
        };
    };
    if is_doubtful(journal, &*output, &to) {
        let why = "the store was restored from a backup that may be older than the delivery";
        let (place, why) = (to.0.clone(), why.to_owned());
        let error = connectors::Error::Uncertain { place, why };
        return failed(desk, claim, &draft, &to, error.into(), false);
    }
    let leaving = Leaving { output: &*output, to: &to, draft: &draft };
    if let Some(withheld) = leaving.begin(desk, rules, claim, journal).await? {
        return Ok(withheld);
    }
    let sent = send(desk, rules, claim, journal, &*output, &to, &approved).await;
    if let Some(line) = desk.line(&to) {
        line.note(desk.now(), Ended::from(&sent));
    }
    match sent {
        Ok(receipt) => {
            failpoint::hit("despatch.sent");
            let body = serde_json::json!({ "to": to, "receipt": receipt });
            let mut item = ready(desk, claim);
            let open = draft.deliveries.iter().find(|it| **it != to && !made.contains(it));
            item.via = desk.served(open);
            step(desk, "delivered", &body, item)
        }
        Err(error) if error.retry() == Retry::Later && is_too_old(desk, rules, journal) => {
            Ok(give_up(desk, claim, &draft, &to, &error.to_string())?)
        }
        Err(error) => failed(desk, claim, &draft, &to, error, output.repeatable()),
    }
}

/// An item whose daemon was killed between "sending" and the answer.
pub(super) fn interrupted(desk: &Desk, claim: &Claim, journal: &Journal) -> Result<Step, Error> {
    let draft: Draft = journal.read("drafted")?;
    let to: ConnectorName = last_to(journal).unwrap_or_default();
    let error = connectors::Error::Uncertain {
        place: to.0.clone(),
        why: "the daemon was stopped while it was sending".to_owned(),
    };
    failed(desk, claim, &draft, &to, error.into(), false)
}

/// Whether deliveries of an item with this newest entry are under way.
pub(super) fn is_open(last: &str) -> bool {
    matches!(last, "approved" | "delivered" | "unsent" | "resolved" | "sending" | "restored")
}

/// Whether an output may have the delivery from the time between a backup and its restore: one that cannot tell a
/// repetition, about which no person has been asked since.
fn is_doubtful(journal: &Journal, output: &dyn connectors::Output, to: &ConnectorName) -> bool {
    let entries: Vec<&Entry> = journal.since_approved().collect();
    let Some(restored) = entries.iter().rposition(|it| it.kind == "restored") else { return false };
    let asked = |it: &&Entry| it.kind == "uncertain" && self::to(it).as_ref() == Some(to);
    !output.repeatable() && !entries.iter().skip(restored).any(asked)
}

async fn send(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    journal: &Journal,
    output: &dyn connectors::Output,
    to: &ConnectorName,
    approved: &Approved,
) -> Result<Receipt, Error> {
    let store = desk.records().store();
    let parsed = journal.parsed(store).await?;
    let original = File {
        name: if parsed.envelope.is_some() {
            "original.eml".to_owned()
        } else {
            original_name(&claim.item.name)
        },
        media_type: parsed.documents.first().map_or_else(String::new, |it| it.media_type.0.clone()),
        bytes: store.blob(&claim.item.raw).await?,
    };
    let class = rules.candidate(&approved.draft().class)?.class;
    let item = &claim.item.id;
    let message_id = journal.message_id(item, desk.host());
    let contents = Contents { item, class, parsed: &parsed, original, message_id };
    Ok(deliver(output, to, contents, approved).await?)
}

/// A stranger's file name is only looked at for its ending, and only if that is a plain one.
fn original_name(name: &str) -> String {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_lowercase();
    let plain =
        (1..=5).contains(&ending.len()) && ending.chars().all(|it| it.is_ascii_alphanumeric());
    if plain { format!("original.{ending}") } else { "original".to_owned() }
}

fn failed(
    desk: &Desk,
    claim: &Claim,
    draft: &Draft,
    to: &ConnectorName,
    error: Error,
    repeatable: bool,
) -> Result<Step, Error> {
    let code = error.code();
    let why = error.to_string();
    let kind = match error.retry() {
        Retry::Later if repeatable => return Err(error),
        Retry::Later => "unsent",
        Retry::Never => "refused",
        Retry::Uncertain => "uncertain",
    };
    tracing::warn!(item.id = %claim.item.id, output = %to, code, "delivery of item `{}` to `{to}`: {kind}", claim.item.id);
    let now = desk.now();
    let next = hold::next_try(claim, now, &error);
    let before = Item { held: claim.item.held.clone(), ..ready(desk, claim) };
    let mut item = before.hold(code, why.clone(), now, next);
    item.via = desk.served(Some(to));
    if kind != "unsent" {
        item.state = State::Waiting(last_queue(draft));
    }
    let body = serde_json::json!({ "to": to, "why": why });
    step(desk, kind, &body, item)
}

/// Whether the delivery that is due has been due for longer than it is tried (RFC 5321, section 4.5.4.1).
fn is_too_old(desk: &Desk, rules: &Rules, journal: &Journal) -> bool {
    let due = ["approved", "delivered", "resolved"];
    let since = journal.0.iter().rfind(|entry| due.contains(&entry.kind.as_str()));
    since.is_some_and(|entry| entry.at <= give_up_before(rules, desk.now()))
}

/// The same for an item of which only the name is known.
pub(super) async fn is_overdue(desk: &Desk, id: &ItemId) -> Result<bool, Error> {
    let journal = Journal(desk.records().journal(id).await?);
    // Of what was begun nobody knows whether it arrived: that is found out another way.
    let begun = matches!(journal.last(), "sending" | "restored");
    Ok(!begun && is_too_old(desk, &desk.rules(), &journal))
}

/// Deliveries that were due then and are still not made are given up.
pub(super) fn give_up_before(rules: &Rules, now: Timestamp) -> Timestamp {
    let days = i64::from(rules.office.settings.limits.give_up_days);
    now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The item laid before a person, because a delivery could not be made for days.
fn give_up(
    desk: &Desk,
    claim: &Claim,
    draft: &Draft,
    to: &ConnectorName,
    why: &str,
) -> Result<Step, Error> {
    tracing::warn!(item.id = %claim.item.id, output = %to, code = GIVEN_UP, "delivery of item `{}` to `{to}` is given up", claim.item.id);
    let now = desk.now();
    let mut item = ready(desk, claim).hold(GIVEN_UP, why.to_owned(), now, now);
    item.state = State::Waiting(last_queue(draft));
    step(desk, "given_up", &serde_json::json!({ "to": to, "why": why }), item)
}

/// The same for an item that waits while its output is left alone.
pub(super) async fn give_up_waiting(desk: &Desk, claim: &Claim, why: &str) -> Result<Step, Error> {
    let journal = Journal(desk.records().journal(&claim.item.id).await?);
    let draft: Draft = journal.read("drafted")?;
    let to = claim.item.via.clone().unwrap_or_default();
    give_up(desk, claim, &draft, &to, why)
}

/// Where the delivery goes that is the next to be made once a person has settled one.
pub(super) fn open_delivery(journal: &Journal) -> Result<Option<ConnectorName>, Error> {
    use crate::review::{Decision, Verdict};
    let draft: Draft = journal.read("drafted")?;
    let decision: Decision = journal.read("decided")?;
    let mut made = made(journal);
    if decision.verdict == (Verdict::Deliver { again: false }) {
        let settled = journal.0.iter().rfind(|entry| UNDELIVERED.contains(&entry.kind.as_str()));
        made.extend(settled.and_then(to));
    }
    Ok(draft.deliveries.into_iter().find(|to| !made.contains(to)))
}

pub(super) fn last_queue(draft: &Draft) -> QueueName {
    draft.steps.last().map(|step| step.queue.clone()).unwrap_or_default()
}

/// The outputs that have what they should: delivered, or settled so by a person.
fn made(journal: &Journal) -> Vec<ConnectorName> {
    let mut made = Vec::new();
    let mut open: Option<ConnectorName> = None;
    for entry in journal.since_approved() {
        let to = || to(entry);
        match entry.kind.as_str() {
            "delivered" => made.extend(to()),
            "returned" => {
                open = to();
                made.retain(|it| Some(it) != open.as_ref());
            }
            kind if UNDELIVERED.contains(&kind) => open = to(),
            "resolved" if entry.body.get("again") == Some(&false.into()) => {
                made.extend(open.take())
            }
            _ => {}
        }
    }
    made
}

fn last_to(journal: &Journal) -> Option<ConnectorName> {
    to(journal.0.iter().rfind(|entry| entry.kind != "noted")?)
}

fn to(entry: &Entry) -> Option<ConnectorName> {
    entry.body.get("to")?.as_str().map(ConnectorName::from)
}

//! Delivers what was approved, one output after the other, each once.

use super::journal::Journal;
use super::leaving::Leaving;
use super::stages::{ready, step};
use super::{Desk, Error, Rules};
use crate::connectors::{self, File, Receipt};
use crate::deliver::{Contents, deliver};
use crate::domain::{ConnectorName, QueueName};
use crate::draft::Draft;
use crate::failpoint;
use crate::review::{Approved, Settled, settle};
use crate::store::records::{Claim, Outcome, State, Step};

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
    let output = connector.ok_or_else(|| Error::UnknownOutput(to.0.clone()))?;
    let leaving = Leaving { output: &*output, to: &to, draft: &draft };
    if let Some(withheld) = leaving.begin(desk, rules, claim, journal).await? {
        return Ok(withheld);
    }
    match send(desk, rules, claim, journal, &*output, &to, &approved).await {
        Ok(receipt) => {
            failpoint::hit("despatch.sent");
            let body = serde_json::json!({ "to": to, "receipt": receipt });
            step(desk, "delivered", &body, ready(desk, claim))
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

/// An item that came out of a backup: what cannot tell a repetition is laid before a person.
pub(super) async fn restored(
    desk: &Desk,
    rules: &Rules,
    claim: &mut Claim,
    journal: &Journal,
) -> Result<Step, Error> {
    let draft: Draft = journal.read("drafted")?;
    let made = made(journal);
    let output = |to: &ConnectorName| rules.connectors.get(to).and_then(|it| it.output.clone());
    let next = draft.deliveries.iter().find(|to| !made.contains(to));
    match next.filter(|to| output(to).is_some_and(|it| !it.repeatable())) {
        None => self::next(desk, rules, claim, journal).await,
        Some(to) => {
            let error = connectors::Error::Uncertain {
                place: to.0.clone(),
                why: "the store was restored from a backup that may be older than the delivery"
                    .to_owned(),
            };
            failed(desk, claim, &draft, to, error.into(), false)
        }
    }
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
    use crate::errors::Retry;
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
    let mut item = ready(desk, claim).hold(code, why.clone(), now, desk.next_try(claim));
    if kind != "unsent" {
        item.state = State::Waiting(last_queue(draft));
    }
    let body = serde_json::json!({ "to": to, "why": why });
    step(desk, kind, &body, item)
}

pub(super) fn last_queue(draft: &Draft) -> QueueName {
    draft.steps.last().map(|step| step.queue.clone()).unwrap_or_default()
}

/// The outputs that have what they should: delivered, or settled so by a person.
fn made(journal: &Journal) -> Vec<ConnectorName> {
    let mut made = Vec::new();
    let mut open: Option<ConnectorName> = None;
    for entry in journal.since_approved() {
        let to = || entry.body.get("to").and_then(|to| to.as_str()).map(ConnectorName::from);
        match entry.kind.as_str() {
            "delivered" => made.extend(to()),
            "uncertain" | "refused" | "withheld" => open = to(),
            "returned" => {
                open = to();
                made.retain(|it| Some(it) != open.as_ref());
            }
            "resolved" if entry.body.get("again") == Some(&false.into()) => {
                made.extend(open.take())
            }
            _ => {}
        }
    }
    made
}

fn last_to(journal: &Journal) -> Option<ConnectorName> {
    let entry = journal.0.iter().rfind(|entry| entry.kind != "noted")?;
    entry.body.get("to")?.as_str().map(ConnectorName::from)
}

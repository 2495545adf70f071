//! What a command has done by the office, whether the daemon runs or not: it alone may have the store open.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lessons::BackTo;
use super::{Desk, Error, replay};
use crate::domain::{ConnectorName, ItemId, QueueName};
use crate::store::records::Item;
use crate::store::{audit, backup};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// Compare what is at the doors with what became of it.
    Ledger {
        /// Only this door.
        door: Option<ConnectorName>,
    },
    /// Check the audit chain, the journals, the bytes and the lists.
    Audit {
        /// Number and hash of a link that was noted before.
        noted: Option<(u64, String)>,
    },
    /// Write everything into a folder.
    Backup {
        /// The folder; an absolute path.
        to: PathBuf,
    },
    /// What waits where.
    Queue {
        /// Only this queue.
        queue: Option<QueueName>,
    },
    /// What decided items taught, and how that did.
    Learned,
    /// Let only what was approved by then teach; with nothing, everything again.
    GoBack {
        /// How far.
        to: Option<BackTo>,
    },
    /// One item with its history.
    Show {
        /// The item.
        item: ItemId,
    },
    /// Every question about an item, asked again.
    Replay {
        /// The item.
        item: ItemId,
    },
}

/// Hears how far an errand is: so many steps more.
pub type Told<'a> = &'a (dyn Fn(u64) + Sync);

/// Does it, and answers with what it found.
pub async fn run(desk: &Desk, errand: Errand, tell: Told<'_>) -> Result<Value, Error> {
    match errand {
        Errand::Ledger { door } => accounts(desk, door.as_ref(), tell).await,
        Errand::Audit { noted } => {
            let noted = noted.as_ref().map(|(number, hash)| (*number, hash.as_str()));
            let audit = audit::verify(desk.records().store(), noted, tell).await?;
            tracing::info!(
                chain.number = audit.events,
                chain.hash = audit.head,
                faults = audit.fault_count,
                "the audit chain was checked"
            );
            value(&audit)
        }
        Errand::Backup { to } => {
            let now = desk.now().to_string();
            value(&backup::backup(desk.records().store(), &to, now, tell).await?)
        }
        Errand::Queue { queue } => queues(desk, queue.as_ref()).await,
        Errand::Learned => {
            // Where no daemon runs nothing was learned yet.
            desk.lessons.look(desk).await?;
            desk.lessons.report(desk).await
        }
        Errand::GoBack { to } => {
            desk.lessons.go_back(desk, to).await?;
            desk.lessons.report(desk).await
        }
        Errand::Show { item } => show(desk, &item).await,
        Errand::Replay { item } => replay::replay(desk, &item).await,
    }
}

async fn accounts(
    desk: &Desk,
    only: Option<&ConnectorName>,
    tell: Told<'_>,
) -> Result<Value, Error> {
    let mut accounts = Vec::new();
    for door in desk.doors().await? {
        if only.is_some_and(|it| *it != door.name) {
            continue;
        }
        let account = match desk.settle_account(&door).await {
            Ok(account) => value(&account)?,
            Err(error) => json!({ "door": door.name, "error": error.to_string() }),
        };
        accounts.push(account);
        tell(1);
    }
    Ok(Value::from(accounts))
}

async fn queues(desk: &Desk, only: Option<&QueueName>) -> Result<Value, Error> {
    let mut queues = Vec::new();
    for (name, queue) in &desk.rules().office.settings.queues {
        if only.is_some_and(|it| it != name) {
            continue;
        }
        let items = desk.waiting(name, usize::MAX).await?;
        let items: Vec<Value> = items.iter().map(row).collect();
        queues.push(json!({ "queue": name, "title": queue.title, "items": items }));
    }
    let held: Vec<Value> = desk.held(usize::MAX).await?.iter().map(row).collect();
    let (undelivered, counts) = desk.undelivered(usize::MAX).await?;
    let undelivered: Vec<Value> = undelivered.iter().map(row).collect();
    let counts: serde_json::Map<_, _> =
        counts.counts().into_iter().map(|(why, count)| (why.to_owned(), count.into())).collect();
    Ok(json!({
        "queues": queues, "held": held, "undelivered": undelivered, "undelivered_counts": counts,
    }))
}

fn row(item: &Item) -> Value {
    json!({
        "item": item.id,
        "class": item.class.as_ref().map(ToString::to_string),
        "confidence": item.confidence,
        "received": item.received,
        "deadline": item.deadline,
        "findings": item.findings,
        "held": item.held,
    })
}

async fn show(desk: &Desk, id: &ItemId) -> Result<Value, Error> {
    let Some(view) = desk.item(id).await? else { return Ok(Value::Null) };
    let history: Vec<Value> = view
        .history
        .iter()
        .map(|entry| {
            json!({
                "kind": entry.kind, "at": entry.at, "by": entry.by, "seconds": entry.seconds,
                // Why it is held or came back; what stands in the letter is for the desk.
                "why": entry.body.get("why"), "code": entry.body.get("code"), "to": entry.body.get("to"),
            })
        })
        .collect();
    Ok(
        json!({ "item": row(&view.item), "door": view.item.door, "state": view.item.state, "history": history }),
    )
}

fn value(found: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(found).map_err(|source| Error::Unreadable { kind: "errand", source })
}

//! What was written about an item so far, and how the next entry is written.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;
use crate::classify::Classification;
use crate::domain::{ClassRef, ItemId, Parsed};
use crate::review::{Decision, Verdict};
use crate::store::Store;
use crate::store::records::{Entry, last_step};

/// The entries of one item, oldest first.
pub(super) struct Journal(pub(super) Vec<Entry>);

impl Journal {
    /// The kind of the newest entry.
    pub(super) fn last(&self) -> &str {
        last_step(&self.0)
    }

    /// Whether there is an entry of a kind.
    pub(super) fn has(&self, kind: &str) -> bool {
        self.0.iter().any(|entry| entry.kind == kind)
    }

    /// The class a person chose, if nothing has been classified since.
    pub(super) fn chosen(&self) -> Result<Option<ClassRef>, Error> {
        let place = |kind: &str| self.0.iter().rposition(|entry| entry.kind == kind);
        if place("decided") < place("classified") {
            return Ok(None);
        }
        let decision: Option<Decision> = self.find("decided")?;
        Ok(decision.and_then(|it| match it.verdict {
            Verdict::Reclassify { class } => Some(class),
            _ => None,
        }))
    }

    /// The newest entry of a kind, if there is one.
    pub(super) fn find<T: DeserializeOwned>(&self, kind: &'static str) -> Result<Option<T>, Error> {
        let Some(entry) = self.0.iter().rev().find(|entry| entry.kind == kind) else {
            return Ok(None);
        };
        serde_json::from_value(entry.body.clone())
            .map(Some)
            .map_err(|source| Error::Unreadable { kind, source })
    }

    /// The newest entry of a kind, which has to be there.
    pub(super) fn read<T: DeserializeOwned>(&self, kind: &'static str) -> Result<T, Error> {
        self.find(kind)?.ok_or(Error::Missing(kind))
    }

    /// What was read from the item; it lies in the store as bytes because it can be large.
    pub(super) async fn parsed(&self, store: &dyn Store) -> Result<Parsed, Error> {
        let kept: Kept = self.read("parsed")?;
        let bytes = store.blob(&kept.document).await?;
        serde_json::from_slice(&bytes)
            .map_err(|source| Error::Unreadable { kind: "parsed", source })
    }

    /// The class the item has now, if it has one.
    pub(super) fn classification(&self) -> Result<Option<Classification>, Error> {
        self.find("classified")
    }

    /// Approvals and rejections of the newest draft, oldest first.
    pub(super) fn decisions(&self) -> Result<Vec<Decision>, Error> {
        let newest = self.0.iter().rposition(|entry| entry.kind == "drafted").unwrap_or(0);
        let decided = self.0.iter().skip(newest).filter(|entry| entry.kind == "decided");
        let decisions: Result<Vec<Decision>, _> =
            decided.map(|entry| serde_json::from_value(entry.body.clone())).collect();
        let mut decisions =
            decisions.map_err(|source| Error::Unreadable { kind: "decided", source })?;
        decisions.retain(|it| matches!(it.verdict, Verdict::Approve | Verdict::Reject { .. }));
        Ok(decisions)
    }

    /// The Message-ID of the reply: fixed at the approval, so that every attempt on every machine has the same.
    pub(super) fn message_id(&self, item: &ItemId, host: &str) -> String {
        let approved = self.0.iter().rfind(|entry| entry.kind == "approved");
        let fixed = approved.and_then(|entry| entry.body.get("message_id")?.as_str());
        // Before version 0.2 the entry did not hold it.
        fixed.map_or_else(|| message_id(item, host), str::to_owned)
    }

    /// Entries after the approval, oldest first.
    pub(super) fn since_approved(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        let approved = self.0.iter().rposition(|entry| entry.kind == "approved").unwrap_or(0);
        self.0.iter().skip(approved)
    }
}

/// Where the parsed documents of an item lie.
#[derive(Serialize, serde::Deserialize)]
pub(super) struct Kept {
    /// The hash of the [`Parsed`] as JSON.
    pub(super) document: crate::domain::Digest,
    /// How many documents there are.
    pub(super) documents: usize,
    /// The codes of all problems.
    pub(super) problems: Vec<String>,
}

/// The Message-ID of the reply of an item that is approved on this machine.
pub(super) fn message_id(item: &ItemId, host: &str) -> String {
    format!("{item}.reply@{host}")
}

/// A new entry.
pub(super) fn entry(
    kind: &'static str,
    by: &str,
    at: Timestamp,
    body: &impl Serialize,
) -> Result<Entry, Error> {
    let body = serde_json::to_value(body).map_err(|source| Error::Unreadable { kind, source })?;
    Ok(Entry { kind: kind.to_owned(), at, by: by.to_owned(), body, seconds: None })
}

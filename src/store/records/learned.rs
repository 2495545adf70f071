//! What was learned when, without a word of what it was learned from: versions, and how far back the office went.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Records, body, parse};
use crate::domain::{ConnectorName, ItemId};
use crate::store::{Change, Commit, Error, Event, Guard};

/// So many of the newest versions are kept.
const KEPT: usize = 100;
/// How far back the office went.
const BACK: &str = "learned/back";
/// The versions, in order.
const VERSIONS: &str = "learned/version/";

/// One time that something was learned. The same items give the same version, whoever learns from them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Counted from 1.
    pub number: u32,
    /// When it was learned first.
    pub at: Timestamp,
    /// The hash of which items it was learned from with which classes, and of what the admin wrote.
    pub hash: String,
    /// From how many decided items.
    pub items: usize,
    /// When the newest of them was approved.
    pub until: Option<Timestamp>,
    /// What was learned for each door.
    pub doors: BTreeMap<ConnectorName, VersionDoor>,
}

/// What a version knew for one door.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionDoor {
    /// From how many decided items.
    pub examples: usize,
    /// Of those it had not seen when it was asked about them, the share that it told rightly (0 to 1).
    pub unseen_right: f32,
}

/// How far back the office went: what was approved later teaches nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Back {
    /// Up to and with this moment.
    pub until: Timestamp,
    /// Since when it is so.
    pub since: Timestamp,
}

impl Records {
    /// The versions that are kept, oldest first.
    pub async fn versions(&self) -> Result<Vec<Version>, Error> {
        let rows = self.store.scan(VERSIONS, "", usize::MAX).await?;
        rows.iter().map(|(key, row)| parse(key, row)).collect()
    }

    /// The number of what was learned: that of an earlier version from the same items, else a new one.
    pub async fn keep_version(&self, new: Version) -> Result<u32, Error> {
        // Another daemon may be about to write the same one: then it is found in the next round.
        for _ in 0..3 {
            let versions = self.versions().await?;
            if let Some(same) = versions.iter().rfind(|it| it.hash == new.hash) {
                return Ok(same.number);
            }
            let number = versions.last().map_or(1, |it| it.number + 1);
            let key = version_key(number);
            let old = versions.iter().rev().skip(KEPT - 1);
            let forget = old.map(|it| Change::Delete(version_key(it.number)));
            let put = Change::Put(key.clone(), body(&key, &Version { number, ..new.clone() })?);
            let commit = Commit {
                guards: vec![Guard::Absent(key)],
                changes: forget.chain([put]).collect(),
                events: Vec::new(),
            };
            match self.store.commit(commit).await {
                Ok(_) => return Ok(number),
                Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Conflict(VERSIONS.to_owned()))
    }

    /// How far back the office went, if it did.
    pub async fn back(&self) -> Result<Option<Back>, Error> {
        Ok(self.read(BACK).await?.map(|(back, _)| back))
    }

    /// Goes back, or forward again with `None`; with an event in the audit chain.
    pub async fn go_back(&self, back: Option<&Back>, event: Event) -> Result<(), Error> {
        let change = match back {
            Some(back) => Change::Put(BACK.to_owned(), body(BACK, back)?),
            None => Change::Delete(BACK.to_owned()),
        };
        let commit = Commit { changes: vec![change], events: vec![event], ..Commit::default() };
        self.store.commit(commit).await?;
        Ok(())
    }

    /// Whether all these items are finished still: one that was erased, or taken up again, is not.
    pub async fn are_done(&self, items: &[ItemId]) -> Result<bool, Error> {
        let keys: Vec<String> = items.iter().map(|id| format!("done/{id}")).collect();
        Ok(self.store.get_all(&keys).await?.iter().all(Option::is_some))
    }
}

fn version_key(number: u32) -> String {
    format!("{VERSIONS}{number:08}")
}

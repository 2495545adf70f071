//! What the ledger is made of: what came through a door when, canaries, and the last account of each door.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::items::{came_prefix, sortable};
use super::{Item, Records, body};
use crate::domain::{ConnectorName, ItemId};
use crate::store::{Change, Commit, Error, Guard, PIECE};

/// The newest canary that came through a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// When it was laid into the door.
    pub laid: Timestamp,
    /// When it was taken in.
    pub seen: Timestamp,
}

impl Records {
    /// Items that reached a door since a moment, oldest first, each with what it is now.
    pub async fn came_since(
        &self,
        door: &ConnectorName,
        since: Timestamp,
    ) -> Result<Vec<Item>, Error> {
        let prefix = came_prefix(door);
        let (mut found, mut after) = (Vec::new(), format!("{prefix}{}", sortable(since)));
        loop {
            let rows = self.store.scan(&prefix, &after, PIECE).await?;
            let Some((last, _)) = rows.last() else { return Ok(found) };
            after.clone_from(last);
            for (key, _) in rows {
                let id: ItemId = key.rsplit('/').next().unwrap_or_default().into();
                found.extend(self.item(&id).await?.map(|(item, _)| item));
            }
        }
    }

    /// The item with a Message-ID that came through a door.
    pub async fn by_message_id(
        &self,
        door: &ConnectorName,
        message_id: &str,
    ) -> Result<Option<ItemId>, Error> {
        let key = message_id_key(door, message_id);
        Ok(self.read::<ItemId>(&key).await?.map(|(id, _)| id))
    }

    /// The key that canaries are signed with, made at first.
    pub async fn canary_key(&self, random: &str) -> Result<String, Error> {
        const KEY: &str = "secret/canary";
        if let Some((key, _)) = self.read::<String>(KEY).await? {
            return Ok(key);
        }
        let commit = Commit {
            guards: vec![Guard::Absent(KEY.to_owned())],
            changes: vec![Change::Put(KEY.to_owned(), body(KEY, &random)?)],
            events: Vec::new(),
        };
        match self.store.commit(commit).await {
            Ok(_) | Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(self.read::<String>(KEY).await?.map_or_else(String::new, |(key, _)| key))
    }

    /// Remembers that a canary came through.
    pub async fn canary_came(&self, door: &ConnectorName, canary: Canary) -> Result<(), Error> {
        self.keep(format!("canary/{door}"), &canary).await
    }

    /// The newest canary that came through a door.
    pub async fn canary(&self, door: &ConnectorName) -> Result<Option<Canary>, Error> {
        Ok(self.read(&format!("canary/{door}")).await?.map(|(canary, _)| canary))
    }

    /// Keeps the newest account of a door.
    pub async fn keep_account<T: Serialize + Sync>(
        &self,
        door: &ConnectorName,
        account: &T,
    ) -> Result<(), Error> {
        self.keep(format!("ledger/{door}"), account).await
    }

    /// The newest account of a door.
    pub async fn account<T: serde::de::DeserializeOwned>(
        &self,
        door: &ConnectorName,
    ) -> Result<Option<T>, Error> {
        Ok(self.read(&format!("ledger/{door}")).await?.map(|(account, _)| account))
    }

    /// Remembers that the store came out of a backup of this moment: what the doors have put away since is not in it.
    pub async fn restored_from(&self, made: Timestamp) -> Result<(), Error> {
        self.keep(RESTORED.to_owned(), &made).await
    }

    /// Since when a door has to look at what it has put away; `None` when it has done so, or need not.
    pub async fn look_back(&self, door: &ConnectorName) -> Result<Option<Timestamp>, Error> {
        let Some((made, _)) = self.read::<Timestamp>(RESTORED).await? else { return Ok(None) };
        let done = self.read::<Timestamp>(&looked_back_key(door)).await?;
        Ok((done.map(|(done, _)| done) != Some(made)).then_some(made))
    }

    /// Remembers that a door has looked back.
    pub async fn looked_back(&self, door: &ConnectorName, made: Timestamp) -> Result<(), Error> {
        self.keep(looked_back_key(door), &made).await
    }

    /// Whether something with this name is told for the first time: an alarm goes out once.
    pub async fn tell_once(&self, name: &str) -> Result<bool, Error> {
        let key = format!("told/{name}");
        let commit = Commit {
            guards: vec![Guard::Absent(key.clone())],
            changes: vec![Change::Put(key, Vec::new())],
            events: Vec::new(),
        };
        match self.store.commit(commit).await {
            Ok(_) => Ok(true),
            Err(Error::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Lets something be told again.
    pub async fn forget_told(&self, name: &str) -> Result<(), Error> {
        let changes = vec![Change::Delete(format!("told/{name}"))];
        self.store.commit(Commit { changes, ..Commit::default() }).await?;
        Ok(())
    }

    async fn keep<T: Serialize + Sync>(&self, key: String, value: &T) -> Result<(), Error> {
        let changes = vec![Change::Put(key.clone(), body(&key, value)?)];
        self.store.commit(Commit { changes, ..Commit::default() }).await?;
        Ok(())
    }
}

/// The key of the moment whose backup the store came out of.
const RESTORED: &str = "restored";

fn looked_back_key(door: &ConnectorName) -> String {
    format!("looked-back/{door}")
}

/// Message-IDs are personal data in the hands of whoever guesses well, and long: only their hash is a key.
pub(super) fn message_id_key(door: &ConnectorName, message_id: &str) -> String {
    format!("mid/{door}/{}", blake3::hash(message_id.as_bytes()).to_hex())
}

//! Items that wait for a connector: each connector has a list of its own, so that one that is away or slow holds up
//! nothing else.
//!
//! The list of items whose next stage talks to nobody is `ready/<due>/<id>`, that of a connector is
//! `ready/@<connector>/<due>/<id>`. Digits sort before `@`: whoever takes from the first never sees the others.

use jiff::Timestamp;

use super::items::{HELD, LEASED, sortable};
use super::{Error, Item, Records, State};
use crate::domain::{ConnectorName, ItemId};
use crate::store::PIECE;

/// Where the items that wait for a connector stand.
pub(super) fn list(via: Option<&ConnectorName>) -> String {
    via.map_or_else(|| "ready/".to_owned(), |name| format!("ready/@{name}/"))
}

/// What an index tells of an item without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// Somebody works on it.
    Leased,
    /// It is held, or was laid before a person, for this reason.
    Held(&'a str),
    /// Neither.
    Free,
}

impl Records {
    /// Whether an item that waits for a connector is due. Reads no item and claims none.
    pub async fn is_due(&self, via: &ConnectorName, now: Timestamp) -> Result<bool, Error> {
        let list = list(Some(via));
        let first = self.store.scan(&list, "", 1).await?;
        let before = format!("{list}{}/~", sortable(now));
        Ok(first.first().is_some_and(|(key, _)| *key < before))
    }

    /// Lets the held items of a connector be tried at once: it works again. Tells how many.
    pub async fn wake(&self, via: &ConnectorName, now: Timestamp) -> Result<usize, Error> {
        self.change(&list(Some(via)), |item| {
            let later = matches!(&item.state, State::Ready(due) if *due > now);
            (item.held.is_some() && later)
                .then(|| Item { state: State::Ready(now), ..item.clone() })
        })
        .await
    }

    /// Takes the items of connectors that are not served any more out of their lists, so that they go on.
    pub async fn rehome(&self, is_served: impl Fn(&ConnectorName) -> bool) -> Result<usize, Error> {
        self.change("ready/@", |item| {
            let lost = item.via.as_ref().is_some_and(|via| !is_served(via));
            lost.then(|| Item { via: None, ..item.clone() })
        })
        .await
    }

    /// Changes the items of a list that nobody works on.
    async fn change(
        &self,
        prefix: &str,
        changed: impl Fn(&Item) -> Option<Item>,
    ) -> Result<usize, Error> {
        let mut ids: Vec<ItemId> = Vec::new();
        self.each_mark(prefix, |mark, id| {
            if mark != Mark::Leased {
                ids.push(id.into());
            }
        })
        .await?;
        let mut count = 0;
        for id in ids {
            let Some((item, version)) = self.item(&id).await? else { continue };
            let free = item.lease.is_none() && matches!(item.state, State::Ready(_));
            let Some(after) = free.then(|| changed(&item)).flatten() else { continue };
            match self.put(&item, &after, version).await {
                Ok(_) => count += 1,
                // A worker or a person was first: then it goes on anyway.
                Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// The mark and id of every item in the indexes that begin with `prefix` (`ready/`, `queue/`).
    pub async fn each_mark(
        &self,
        prefix: &str,
        mut tell: impl FnMut(Mark<'_>, &str),
    ) -> Result<(), Error> {
        let mut after = String::new();
        loop {
            let rows = self.store.scan(prefix, &after, PIECE).await?;
            for (key, row) in &rows {
                let body = String::from_utf8_lossy(&row.body);
                let mark = match body.strip_prefix(HELD) {
                    Some(code) => Mark::Held(code),
                    None if body.starts_with(LEASED) => Mark::Leased,
                    None => Mark::Free,
                };
                tell(mark, key.rsplit('/').next().unwrap_or_default());
            }
            match rows.last() {
                Some((last, _)) => after.clone_from(last),
                None => return Ok(()),
            }
        }
    }

    /// Items that wait for a connector, those that are due first at the head.
    pub async fn waiting_for(&self, via: &ConnectorName, most: usize) -> Result<Vec<Item>, Error> {
        self.listed(&list(Some(via)), most).await
    }
}

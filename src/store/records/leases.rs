//! Leases whose owner is gone or has lost track: their items are free again at once.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::items::{LEASED, sortable};
use super::{Item, Records, State};
use crate::domain::ItemId;
use crate::store::{Error, PIECE};

/// So many items are given back at the same time.
const AT_ONCE: usize = 64;

impl Records {
    /// Who has items at work whose lease has not ended.
    pub async fn owners(&self, now: Timestamp) -> Result<BTreeSet<String>, Error> {
        let mut owners = BTreeSet::new();
        self.each_ready(&leased_from(now), |mark, _| {
            owners.extend(mark.strip_prefix(LEASED).map(str::to_owned));
        })
        .await?;
        Ok(owners)
    }

    /// Makes void all leases whose owner is gone, so that its work goes on at once.
    pub async fn release(
        &self,
        is_gone: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> Result<usize, Error> {
        self.free(is_gone, |item| item.attempts, now).await
    }

    /// Makes void what a worker has itself that has nothing in hand: a commit of it may have happened without its
    /// knowledge. `counts` says whether the item may be the cause.
    pub async fn put_back(
        &self,
        owner: &str,
        counts: bool,
        now: Timestamp,
    ) -> Result<usize, Error> {
        let less = u32::from(!counts);
        self.free(|it| it == owner, |item| item.attempts.saturating_sub(less), now).await
    }

    async fn free(
        &self,
        is_gone: impl Fn(&str) -> bool,
        attempts: impl Fn(&Item) -> u32,
        now: Timestamp,
    ) -> Result<usize, Error> {
        let mut ids = Vec::new();
        self.each_ready(&leased_from(now), |mark, id| {
            if mark.strip_prefix(LEASED).is_some_and(&is_gone) {
                ids.push(ItemId::from(id));
            }
        })
        .await?;
        let one = async |id: ItemId| {
            let Some((item, version)) = self.item(&id).await? else { return Ok(0) };
            if !item.lease.as_ref().is_some_and(|lease| is_gone(&lease.owner)) {
                return Ok(0);
            }
            let attempts = attempts(&item);
            let free = Item { lease: None, state: State::Ready(now), attempts, ..item.clone() };
            match self.put(&item, &free, version).await {
                Ok(_) => Ok(1),
                Err(Error::Conflict(_)) => Ok(0),
                Err(error) => Err(error),
            }
        };
        let mut released = 0;
        // Together, so that they share the store's barriers.
        for some in ids.chunks(AT_ONCE) {
            released +=
                try_join_all(some.iter().cloned().map(&one)).await?.into_iter().sum::<usize>();
        }
        Ok(released)
    }

    /// The mark and id of everything that a worker takes next, behind a key.
    async fn each_ready(&self, from: &str, mut tell: impl FnMut(&str, &str)) -> Result<(), Error> {
        let mut after = from.to_owned();
        loop {
            let rows = self.store.scan("ready/", &after, PIECE).await?;
            for (key, row) in &rows {
                let id = key.rsplit('/').next().unwrap_or_default();
                tell(&String::from_utf8_lossy(&row.body), id);
            }
            match rows.last() {
                Some((last, _)) => after.clone_from(last),
                None => return Ok(()),
            }
        }
    }
}

/// An item that is worked on stands where its lease ends, so the whole backlog before need not be looked at.
fn leased_from(now: Timestamp) -> String {
    format!("ready/{}", sortable(now))
}

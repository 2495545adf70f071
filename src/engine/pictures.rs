//! Pictures of pages that were looked at a moment ago, so that turning the pages back draws nothing again.
//!
//! They are as personal as the letters: in memory only, for some minutes, and never longer than their item.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Desk;
use crate::domain::{Digest, ItemId};

/// Bytes of all pictures together. A page of a letter has 50 to 300 kB.
const MOST_BYTES: usize = 32 << 20;
/// After so long without a look a picture is forgotten.
const KEPT: SignedDuration = SignedDuration::from_mins(10);
/// How often is looked for pictures that are old, or whose item is gone.
const ROUND: Duration = Duration::from_secs(60);

/// Which picture it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Of which item.
    pub(super) item: ItemId,
    /// Of which bytes.
    pub(super) digest: Digest,
    /// Which page, and how it is turned.
    pub(super) shown: (u32, u16),
}

#[derive(Debug)]
struct Kept {
    key: Key,
    looked_at: Timestamp,
    png: Arc<Vec<u8>>,
}

/// The pictures, those last looked at behind the others.
#[derive(Debug, Default)]
pub(super) struct Pictures(Mutex<VecDeque<Kept>>);

impl Pictures {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A picture that is kept.
    pub(super) fn find(&self, key: &Key, now: Timestamp) -> Option<Arc<Vec<u8>>> {
        let mut all = self.lock();
        forget_old(&mut all, now);
        let at = all.iter().position(|it| it.key == *key)?;
        let mut kept = all.remove(at)?;
        kept.looked_at = now;
        let png = Arc::clone(&kept.png);
        all.push_back(kept);
        Some(png)
    }

    /// Keeps a picture. The oldest make place for it; one that is too large is not kept.
    pub(super) fn keep(&self, key: Key, png: Arc<Vec<u8>>, now: Timestamp) {
        let mut all = self.lock();
        forget_old(&mut all, now);
        all.retain(|it| it.key != key);
        let mut bytes = all.iter().map(|it| it.png.len()).sum::<usize>() + png.len();
        while bytes > MOST_BYTES
            && let Some(oldest) = all.pop_front()
        {
            bytes -= oldest.png.len();
        }
        if png.len() <= MOST_BYTES {
            all.push_back(Kept { key, looked_at: now, png });
        }
    }

    fn forget(&self, item: &ItemId) {
        self.lock().retain(|it| it.key.item != *item);
    }

    /// The items of which there are pictures.
    fn items(&self, now: Timestamp) -> BTreeSet<ItemId> {
        let mut all = self.lock();
        forget_old(&mut all, now);
        all.iter().map(|it| it.key.item.clone()).collect()
    }
}

fn forget_old(all: &mut VecDeque<Kept>, now: Timestamp) {
    all.retain(|it| now.duration_since(it.looked_at) <= KEPT);
}

impl Desk {
    /// Forgets the pictures of an item. For whoever erases it.
    pub fn forget_pictures(&self, item: &ItemId) {
        self.pictures.forget(item);
    }

    /// How many items have pictures in memory, after those were forgotten that are old or whose item
    /// is gone, whoever erased it.
    pub async fn tidy_pictures(&self) -> usize {
        for item in self.pictures.items(self.now()) {
            // What cannot be asked about now is asked about in the next round.
            if let Ok(None) = self.records().item(&item).await {
                self.forget_pictures(&item);
            }
        }
        self.pictures.items(self.now()).len()
    }
}

/// Tidies the pictures without end.
pub(super) async fn tidy(desk: Arc<Desk>) {
    loop {
        tokio::time::sleep(ROUND).await;
        desk.tidy_pictures().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(item: &str, page: u32) -> Key {
        Key { item: item.into(), digest: Digest::default(), shown: (page, 0) }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_pictures_longest_not_looked_at_make_place() {
        let pictures = Pictures::default();
        let large = Arc::new(vec![0; MOST_BYTES / 3]);
        for page in 1..=3 {
            pictures.keep(key("a", page), Arc::clone(&large), at(0));
        }
        assert!(pictures.find(&key("a", 1), at(1)).is_some());
        pictures.keep(key("a", 4), Arc::clone(&large), at(2));
        let kept = |page| pictures.find(&key("a", page), at(3)).is_some();
        assert_eq!([kept(1), kept(2), kept(3), kept(4)], [true, false, true, true]);
        pictures.keep(key("a", 5), Arc::new(vec![0; MOST_BYTES + 1]), at(4));
        assert!(!kept(5));
    }

    #[test]
    fn pictures_are_forgotten_with_their_item_and_with_time() {
        let pictures = Pictures::default();
        pictures.keep(key("a", 1), Arc::default(), at(0));
        pictures.keep(key("b", 1), Arc::default(), at(500));
        assert!(pictures.find(&key("a", 1), at(600)).is_some());
        assert!(pictures.find(&key("b", 1), at(1101)).is_none());
        pictures.forget(&"a".into());
        assert!(pictures.find(&key("a", 1), at(601)).is_none());
    }
}

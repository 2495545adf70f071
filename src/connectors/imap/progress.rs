//! What is remembered about a folder between two looks. Only in memory: after a start all mails are looked at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::connectors::trouble::Pause;

/// After this time all mails are looked at again: one that was marked as deleted may not be so any more.
const ANEW: Duration = Duration::from_secs(60 * 60);

/// The name of a mail that is never used twice: folder, UIDVALIDITY and UID (RFC 3501, section 2.3.1.1).
pub(super) fn origin(folder: &str, validity: u32, uid: u32) -> String {
    format!("{folder}/{validity}/{uid}")
}

/// The UIDVALIDITY and UID in an origin of this folder.
pub(super) fn parse_origin(folder: &str, origin: &str) -> Option<(u32, u32)> {
    let (validity, uid) = origin.strip_prefix(folder)?.strip_prefix('/')?.split_once('/')?;
    Some((validity.parse().ok()?, uid.parse().ok()?))
}

/// How far we are with the mails of a folder.
#[derive(Debug, Default)]
pub(super) struct Progress {
    validity: u32,
    /// Up to here all mails are stored.
    pub(super) low: u32,
    /// When all mails were looked at.
    all_seen: Option<Instant>,
    /// Mails after `low` that are stored.
    stored: BTreeSet<u32>,
    /// Stored mails at which this is not shown yet, and whether showing it may have been begun before.
    owed: BTreeMap<u32, bool>,
    /// When what is owed is tried again, if it did not work.
    pub(super) owed_pause: Pause,
    /// Mails that are listed and cannot be had now.
    aside: BTreeMap<u32, Pause>,
}

impl Progress {
    /// Begins anew when the folder was made anew: the old UIDs name other mails now. Tells whether it does.
    pub(super) fn at(&mut self, validity: u32) -> bool {
        let is_new = self.validity != validity;
        if is_new {
            *self = Self { validity, ..Self::default() };
        }
        is_new
    }

    /// After which UID there may be something new.
    pub(super) fn after(&mut self, now: Instant) -> u32 {
        if self.all_seen.is_none_or(|it| now.saturating_duration_since(it) >= ANEW) {
            self.all_seen = Some(now);
            self.low = 0;
        }
        self.low
    }

    /// Whether UIDs of this UIDVALIDITY mean what they say.
    pub(super) fn is_at(&self, validity: u32) -> bool {
        self.validity == validity
    }

    /// Of the mails that are there, in order, those of which it is not known that they are stored.
    pub(super) fn open(&mut self, there: &BTreeSet<u32>, now: Instant) -> Vec<u32> {
        // `n:*` always has the last mail too, also when its UID is smaller than n (RFC 3501, section 6.4.8).
        let there: Vec<u32> = there.iter().copied().filter(|uid| *uid > self.low).collect();
        self.stored.retain(|uid| there.binary_search(uid).is_ok());
        self.aside.retain(|uid, _| there.binary_search(uid).is_ok());
        let before = there.iter().take_while(|uid| self.stored.contains(uid)).count();
        if let Some(last) = there.get(..before).and_then(<[u32]>::last) {
            self.low = *last;
            self.stored = self.stored.split_off(last);
            self.stored.remove(last);
        }
        let is_open = |uid: &u32| {
            !self.stored.contains(uid) && self.aside.get(uid).is_none_or(|it| it.is_over(now))
        };
        there.into_iter().skip(before).filter(is_open).collect()
    }

    /// These are stored.
    pub(super) fn stored(&mut self, uids: &[u32]) {
        for uid in uids {
            self.aside.remove(uid);
            if *uid > self.low {
                self.stored.insert(*uid);
            }
        }
    }

    /// At these it is to be shown that they are stored. `again`: that may have been begun before.
    pub(super) fn owe(&mut self, uids: &[u32], again: bool) {
        for uid in uids {
            self.owed.entry(*uid).and_modify(|it| *it |= again).or_insert(again);
        }
    }

    /// A part of what is owed, all of it of one kind.
    pub(super) fn owed(&self, most: usize) -> (Vec<u32>, bool) {
        let again = self.owed.values().next().copied().unwrap_or_default();
        let alike = self.owed.iter().filter(|(_, it)| **it == again);
        (alike.map(|(uid, _)| *uid).take(most).collect(), again)
    }

    /// How much is owed.
    pub(super) fn owes(&self) -> usize {
        self.owed.len()
    }

    /// It is shown at these now.
    pub(super) fn shown(&mut self, uids: &[u32]) {
        self.owed.retain(|uid, _| !uids.contains(uid));
    }

    /// These cannot be had now; whether any of them is missed for the first time.
    pub(super) fn set_aside(&mut self, uids: &[u32], first: Duration, now: Instant) -> bool {
        let mut is_new = false;
        for uid in uids {
            let pause = self.aside.entry(*uid).or_default();
            // The first time it is asked for again at once: the mail may just have been moved.
            if pause.times() == 0 {
                is_new = true;
                pause.again(now);
            } else {
                pause.longer(first, now);
            }
        }
        is_new
    }

    /// These could be had.
    pub(super) fn came(&mut self, uids: impl Iterator<Item = u32>) {
        for uid in uids {
            self.aside.remove(&uid);
        }
    }

    /// These belong to somebody else for now.
    pub(super) fn leave(&mut self, uids: &[u32], time: Duration, now: Instant) {
        let pause = Pause::until(now + time);
        self.aside.extend(uids.iter().map(|uid| (*uid, pause)));
    }

    /// How many mails are listed and were missed more than once.
    pub(super) fn missing(&self) -> usize {
        self.aside.values().filter(|it| it.times() > 1).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uids(uids: &[u32]) -> BTreeSet<u32> {
        uids.iter().copied().collect()
    }

    #[test]
    fn an_origin_reads_back_also_with_slashes_in_the_folder() {
        let name = origin("Ämter/Steuer", 7, 42);
        assert_eq!(name, "Ämter/Steuer/7/42");
        assert_eq!(parse_origin("Ämter/Steuer", &name), Some((7, 42)));
        assert_eq!(parse_origin("Ämter", &name), None);
        assert_eq!(parse_origin("INBOX", "INBOX/7/x"), None);
    }

    #[test]
    fn the_mark_passes_only_over_what_is_stored() {
        let (mut progress, now) = (Progress::default(), Instant::now());
        progress.at(1);
        assert_eq!(progress.open(&uids(&[2, 5, 6, 9]), now), [2, 5, 6, 9]);
        progress.stored(&[2, 6, 9]);
        assert_eq!(progress.open(&uids(&[2, 5, 6, 9]), now), [5]);
        assert_eq!(progress.low, 2);
        // 5 was moved away by somebody.
        assert_eq!(progress.open(&uids(&[6, 9, 12]), now), [12]);
        assert_eq!(progress.low, 9);
        // The last mail comes even when it is before what was asked for.
        assert!(progress.open(&uids(&[9]), now).is_empty());
        progress.at(2);
        assert_eq!(progress.open(&uids(&[1, 2]), now), [1, 2]);
    }

    #[test]
    fn what_is_not_deleted_any_more_is_found_within_an_hour() {
        let (mut progress, now) = (Progress::default(), Instant::now());
        progress.at(1);
        assert_eq!(progress.after(now), 0);
        progress.stored(&[1, 3]);
        assert!(progress.open(&uids(&[1, 3]), now).is_empty());
        assert_eq!(progress.after(now + Duration::from_secs(3599)), 3);
        let later = now + ANEW;
        assert_eq!(progress.after(later), 0);
        assert_eq!(
            progress.open(&uids(&[1, 2, 3]), later),
            [1, 2, 3],
            "the store knows two of them"
        );
    }

    #[test]
    fn what_cannot_be_had_stands_in_nobody_s_way_and_is_tried_again() {
        let (mut progress, now) = (Progress::default(), Instant::now());
        let second = Duration::from_secs(1);
        assert!(progress.set_aside(&[1], second, now));
        assert_eq!((progress.open(&uids(&[1, 2]), now), progress.missing()), (vec![1, 2], 0));
        assert!(!progress.set_aside(&[1], second, now));
        assert_eq!((progress.open(&uids(&[1, 2]), now), progress.missing()), (vec![2], 1));
        let later = now + Duration::from_secs(2);
        assert_eq!(progress.open(&uids(&[1, 2]), later), [1, 2]);
        assert!(progress.open(&uids(&[]), later).is_empty());
        assert_eq!(progress.missing(), 0);
    }

    #[test]
    fn what_is_owed_is_shown_in_parts_of_one_kind() {
        let mut progress = Progress::default();
        progress.owe(&[1, 2, 3], false);
        progress.owe(&[2], true);
        assert_eq!(progress.owed(9), (vec![1, 3], false));
        progress.shown(&[1, 3]);
        assert_eq!((progress.owed(9), progress.owes()), ((vec![2], true), 1));
    }
}

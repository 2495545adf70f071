//! What was sent by mail: which item a Message-ID of ours belongs to, and how many mails an address got.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::items::{event, item_key, write};
use super::{Claim, Entry, Item, Records, body};
use crate::domain::ItemId;
use crate::store::{Change, Commit, Error, Guard};

/// So long a mail counts.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// So many counts of other addresses are looked through after each mail, to remove those that are over.
const SWEEP: usize = 8;
/// So often the commit is tried again when another worker counted for the same address.
const MOST_TRIES: u32 = 16;

/// A mail that is about to leave.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Its Message-ID, without angle brackets.
    pub message_id: &'a str,
    /// The entry that says that it is being sent; `None` when sending twice changes nothing.
    pub entry: Option<&'a Entry>,
    /// Set when it leaves without a person sending it.
    pub counted: Option<Counted<'a>>,
}

/// How a mail is counted.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a> {
    /// The recipient's address.
    pub address: &'a str,
    /// The same for every attempt of the same mail: it counts once.
    pub key: &'a str,
    /// So many may go to one address within 24 hours; `None` when a person has released this one.
    pub most: Option<u32>,
}

/// Whether a mail may leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Everything is written down.
    Yes,
    /// The address had so many mails within 24 hours already. Nothing was written.
    TooMany(usize),
}

/// One mail that counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Mark {
    at: Timestamp,
    key: String,
}

impl Records {
    /// Writes down that a mail is being sent: its entry, its Message-ID and its count, all or nothing.
    pub async fn begin_mail(
        &self,
        claim: &mut Claim,
        mail: Outgoing<'_>,
        now: Timestamp,
    ) -> Result<Begun, Error> {
        let secret = self.pace_secret().await?;
        let item = Item {
            entries: claim.item.entries + u32::from(mail.entry.is_some()),
            ..claim.item.clone()
        };
        let mut tries = 0;
        loop {
            let mut commit = self.written(claim, &item, &mail)?;
            let pace = mail.counted.map(|it| (pace_key(&secret, it.address), it));
            if let Some((key, counted)) = &pace {
                match self.counted(key, counted, now).await? {
                    Ok((guard, change)) => {
                        commit.guards.push(guard);
                        commit.changes.push(change);
                    }
                    Err(before) => return Ok(Begun::TooMany(before)),
                }
            }
            match self.store.commit(commit).await {
                Ok(_) => {}
                // Somebody else counted for the same address at this moment.
                Err(Error::Conflict(key)) if key.starts_with("pace/") && tries < MOST_TRIES => {
                    tries += 1;
                    continue;
                }
                Err(error) => return Err(error),
            }
            claim.version += 1;
            claim.item = item;
            if let Some((key, _)) = &pace {
                self.sweep(key, now).await;
            }
            return Ok(Begun::Yes);
        }
    }

    /// The item a mail with this Message-ID of ours belongs to.
    pub async fn sent(&self, message_id: &str) -> Result<Option<ItemId>, Error> {
        let Some(key) = sent_key(message_id) else { return Ok(None) };
        Ok(self.read::<ItemId>(&key).await?.map(|(id, _)| id))
    }

    /// The item whose mail went to an address within the last day, if it was one only.
    pub async fn sent_to(&self, address: &str, now: Timestamp) -> Result<Option<ItemId>, Error> {
        let key = pace_key(&self.pace_secret().await?, address);
        let marks = self.read::<Vec<Mark>>(&key).await?.map_or_else(Vec::new, |(marks, _)| marks);
        let fresh: Vec<&Mark> = marks.iter().filter(|mark| mark.at > now - DAY).collect();
        let [only] = fresh.as_slice() else { return Ok(None) };
        // The key of a mail begins with the item's name.
        Ok(only.key.get(..36).map(ItemId::from))
    }

    fn written(&self, claim: &Claim, item: &Item, mail: &Outgoing<'_>) -> Result<Commit, Error> {
        let mut changes = write(Some(&claim.item), item, mail.entry)?;
        if let Some(key) = sent_key(mail.message_id) {
            changes.push(Change::Put(key.clone(), body(&key, &item.id)?));
        }
        let events = mail.entry.iter().map(|entry| event(&item.id.0, entry));
        Ok(Commit {
            guards: vec![Guard::Version(item_key(&item.id), claim.version)],
            changes,
            events: events.collect::<Result<_, _>>()?,
        })
    }

    /// How one more mail is counted, or how many there were when that is too many.
    async fn counted(
        &self,
        key: &str,
        counted: &Counted<'_>,
        now: Timestamp,
    ) -> Result<Result<(Guard, Change), usize>, Error> {
        let row = self.read::<Vec<Mark>>(key).await?;
        let guard = match &row {
            Some((_, version)) => Guard::Version(key.to_owned(), *version),
            None => Guard::Absent(key.to_owned()),
        };
        let mut marks = row.map_or_else(Vec::new, |(marks, _)| marks);
        marks.retain(|mark| mark.at > now - DAY);
        if !marks.iter().any(|mark| mark.key == counted.key) {
            if counted.most.is_some_and(|most| marks.len() >= most as usize) {
                return Ok(Err(marks.len()));
            }
            marks.push(Mark { at: now, key: counted.key.to_owned() });
        }
        Ok(Ok((guard, Change::Put(key.to_owned(), body(key, &marks)?))))
    }

    /// Removes a few counts of other addresses that are over: nobody's stays for long.
    async fn sweep(&self, after: &str, now: Timestamp) {
        let Ok(mut rows) = self.store.scan("pace/", after, SWEEP).await else { return };
        if rows.len() < SWEEP {
            // Round the end, so that every one has its turn.
            rows.extend(self.store.scan("pace/", "", SWEEP).await.unwrap_or_default());
        }
        for (key, row) in rows {
            let over = super::parse::<Vec<Mark>>(&key, &row)
                .is_ok_and(|marks| marks.iter().all(|mark| mark.at <= now - DAY));
            if over {
                let guards = vec![Guard::Version(key.clone(), row.version)];
                let changes = vec![Change::Delete(key)];
                // Whoever counts there at this moment goes first; the next mail sweeps again.
                self.store.commit(Commit { guards, changes, events: Vec::new() }).await.ok();
            }
        }
    }

    /// Without this secret nobody can tell from a count whose it is.
    async fn pace_secret(&self) -> Result<[u8; 32], Error> {
        const KEY: &str = "secret/pace";
        loop {
            if let Some((secret, _)) = self.read::<[u8; 32]>(KEY).await? {
                return Ok(secret);
            }
            let mut secret = [0u8; 32];
            getrandom::fill(&mut secret).map_err(|error| Error::Failed {
                place: "the system's randomness".to_owned(),
                why: error.to_string(),
            })?;
            let commit = Commit {
                guards: vec![Guard::Absent(KEY.to_owned())],
                changes: vec![Change::Put(KEY.to_owned(), body(KEY, &secret)?)],
                events: Vec::new(),
            };
            match self.store.commit(commit).await {
                Ok(_) | Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// `None` for what cannot be a Message-ID of ours. Mail systems on the way may change its case.
fn sent_key(message_id: &str) -> Option<String> {
    let plain = message_id.chars().all(|it| it.is_ascii_graphic() && it != '/');
    let sensible = (3..=250).contains(&message_id.len()) && plain;
    sensible.then(|| format!("sent/{}", message_id.to_ascii_lowercase()))
}

fn pace_key(secret: &[u8; 32], address: &str) -> String {
    let hash = blake3::keyed_hash(secret, address.trim().to_lowercase().as_bytes());
    format!("pace/{}", hash.to_hex())
}

//! Fetches what is new in a folder. Nothing is marked as read: only BODY.PEEK is used.

use std::collections::BTreeMap;

use async_imap::types::Fetch;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use tracing::warn;

use super::acknowledge::KEYWORD;
use super::session::{Live, Server, TRANSFER};
use super::settings::{Done, Settings};
use crate::connectors::{Arrival, Error, Known, Present};
use crate::domain::Problem;

/// So many bytes of mail are held at most at once, and one mail more.
const BATCH_BYTES: u64 = 64 * 1024 * 1024;
/// So many UIDs stand in one command: some servers read no longer lines than 8000 characters.
const BATCH_UIDS: usize = 200;

/// Up to where all mails of a folder are known. Only in memory: after a start all are looked at once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Low {
    validity: u32,
    uid: u32,
}

/// What a look at a folder found.
pub(super) struct Unknown {
    pub(super) arrivals: Vec<Arrival>,
    /// The UIDVALIDITY and UIDs of mails that are stored and do not show it: the daemon was ended in between.
    pub(super) left: Vec<(u32, u32)>,
    /// Whether there is more than fitted into one answer.
    pub(super) more: bool,
}

/// The name of a mail that is never used twice: folder, UIDVALIDITY and UID (RFC 3501, section 2.3.1.1).
pub(super) fn origin(folder: &str, validity: u32, uid: u32) -> String {
    format!("{folder}/{validity}/{uid}")
}

/// The UIDVALIDITY and UID in an origin of this folder.
pub(super) fn parse_origin(folder: &str, origin: &str) -> Option<(u32, u32)> {
    let (validity, uid) = origin.strip_prefix(folder)?.strip_prefix('/')?.split_once('/')?;
    Some((validity.parse().ok()?, uid.parse().ok()?))
}

/// At most `most` mails that are not known, oldest first.
pub(super) async fn unknown(
    server: &Server,
    settings: &Settings,
    live: Live,
    low: &mut Low,
    (known, most): (&dyn Known, usize),
) -> Result<(Live, Unknown), Error> {
    let Some(validity) = live.folder.uid_validity else {
        return Err(
            server.unreachable("the folder has no UIDVALIDITY, its mails have no lasting names")
        );
    };
    if low.validity != validity {
        *low = Low { validity, uid: 0 };
    }
    // `n:*` always has the last mail too, also when its UID is smaller than n (RFC 3501, section 6.4.8).
    let query = format!("UID {}:* UNDELETED", low.uid.saturating_add(1));
    let (live, uids) = server.search(live, &query).await?;
    let limit = most.clamp(1, BATCH_UIDS);
    let (from, mut wanted, mut stored) = (low.uid, Vec::new(), Vec::new());
    for uid in uids.into_iter().filter(|uid| *uid > from) {
        if wanted.len() >= limit {
            break;
        }
        if !known.is_known(&origin(&settings.folder, validity, uid)).await? {
            wanted.push(uid);
            continue;
        }
        stored.push((validity, uid));
        if wanted.is_empty() {
            low.uid = uid;
        }
    }
    let (mut live, left) = left(server, settings, live, (from, stored)).await?;
    let mut found = Unknown { arrivals: Vec::new(), left, more: wanted.len() >= limit };
    let mut held = 0;
    for (uid, size) in sizes(server, &mut live, &wanted).await? {
        if held >= BATCH_BYTES {
            found.more = true;
            break;
        }
        if let Some(arrival) = one(server, settings, &mut live, (validity, uid, size)).await? {
            held += u64::try_from(arrival.bytes.len()).unwrap_or(u64::MAX);
            found.arrivals.push(arrival);
        }
    }
    Ok((live, found))
}

/// All mails of the folder, as the server lists them.
pub(super) async fn inventory(
    server: &Server,
    settings: &Settings,
    live: Live,
) -> Result<(Live, Vec<Present>), Error> {
    let validity = live.folder.uid_validity.unwrap_or_default();
    let (mut live, uids) = server.search(live, "UNDELETED").await?;
    let uids: Vec<u32> = uids.into_iter().collect();
    let mut present = Vec::new();
    for some in uids.chunks(BATCH_UIDS) {
        let set: Vec<String> = some.iter().map(u32::to_string).collect();
        let listed = fetch(server, &mut live, &set.join(","), "(UID INTERNALDATE)").await?;
        present.extend(listed.iter().filter_map(|mail| {
            let origin = origin(&settings.folder, validity, mail.uid?);
            Some(Present { origin, received: received(mail) })
        }));
    }
    Ok((live, present))
}

/// Those of the stored mails to which nothing was done yet.
async fn left(
    server: &Server,
    settings: &Settings,
    live: Live,
    (from, mut stored): (u32, Vec<(u32, u32)>),
) -> Result<(Live, Vec<(u32, u32)>), Error> {
    match settings.done {
        Done::Nothing => return Ok((live, Vec::new())),
        Done::Keyword if !stored.is_empty() => {}
        Done::Keyword | Done::Move => return Ok((live, stored)),
    }
    let query = format!("UID {}:* UNDELETED UNKEYWORD {KEYWORD}", from.saturating_add(1));
    let (live, bare) = server.search(live, &query).await?;
    stored.retain(|(_, uid)| bare.contains(uid));
    Ok((live, stored))
}

async fn sizes(
    server: &Server,
    live: &mut Live,
    uids: &[u32],
) -> Result<BTreeMap<u32, u64>, Error> {
    if uids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let set: Vec<String> = uids.iter().map(u32::to_string).collect();
    let fetched = fetch(server, live, &set.join(","), "(UID RFC822.SIZE)").await?;
    let known = fetched.iter().filter_map(|it| Some((it.uid?, u64::from(it.size?))));
    Ok(known.filter(|(uid, _)| uids.contains(uid)).collect())
}

async fn one(
    server: &Server,
    settings: &Settings,
    live: &mut Live,
    (validity, uid, size): (u32, u32, u64),
) -> Result<Option<Arrival>, Error> {
    let limit = settings.max_mb.saturating_mul(1024 * 1024);
    let oversize = size > limit;
    let what = if oversize { "BODY.PEEK[HEADER]" } else { "BODY.PEEK[]" };
    let fetched =
        fetch(server, live, &uid.to_string(), &format!("(UID INTERNALDATE {what})")).await?;
    let found = fetched.iter().filter(|it| it.uid == Some(uid)).find_map(|it| {
        let bytes = if oversize { it.header() } else { it.body() };
        Some((it, bytes?))
    });
    let Some((mail, bytes)) = found else {
        warn!(
            server = server.host,
            uid, "a mail was listed and could not be fetched; it is tried again"
        );
        return Ok(None);
    };
    let problem = oversize.then(|| {
        let detail = format!(
            "the mail has {} MB, the limit is {} MB",
            size.div_ceil(1024 * 1024),
            settings.max_mb
        );
        Problem::new("P0103", detail)
    });
    Ok(Some(Arrival {
        origin: origin(&settings.folder, validity, uid),
        name: String::new(),
        received: received(mail),
        bytes: bytes.to_vec(),
        problem,
    }))
}

async fn fetch(
    server: &Server,
    live: &mut Live,
    uids: &str,
    what: &str,
) -> Result<Vec<Fetch>, Error> {
    let fetching =
        async { live.session.uid_fetch(uids, what).await?.try_collect::<Vec<_>>().await };
    server.within(TRANSFER, fetching).await
}

fn received(mail: &Fetch) -> Timestamp {
    let seconds = mail.internal_date().map_or(0, |date| date.timestamp());
    Timestamp::from_second(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_reads_back_also_with_slashes_in_the_folder() {
        let name = origin("Ämter/Steuer", 7, 42);
        assert_eq!(name, "Ämter/Steuer/7/42");
        assert_eq!(parse_origin("Ämter/Steuer", &name), Some((7, 42)));
        assert_eq!(parse_origin("Ämter", &name), None);
        assert_eq!(parse_origin("INBOX", "INBOX/7/x"), None);
    }
}

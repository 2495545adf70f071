//! Two offices with stores of their own on one mailbox: each mail is claimed by one of them, with a keyword
//! that is set only if nobody changed the mail since it was looked at (CONDSTORE, RFC 7162).

use std::collections::{BTreeMap, BTreeSet};

use async_imap::imap_proto::{AttributeValue, Response};

use super::acknowledge::takes_keyword;
use super::session::{Live, Server, uid_set};
use crate::connectors::Error;

/// How the keywords of all claims begin.
const CLAIM: &str = "$VorlageClaim-";

/// Whose a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Ours,
    Theirs,
    /// Nobody's, at this state of the mail.
    Free(u64),
}

/// The keyword of an office's claims.
pub(super) fn keyword(name: &str) -> String {
    format!("{CLAIM}{name}")
}

/// Claims mails, and tells which of them are ours now, and which are another office's. Of those that are neither,
/// somebody changed something at this very moment.
pub(super) async fn claim(
    server: &Server,
    live: &mut Live,
    name: &str,
    uids: &[u32],
) -> Result<(BTreeSet<u32>, BTreeSet<u32>), Error> {
    let keyword = keyword(name);
    let refused = |why: &str| Error::Refused { place: server.name(), why: why.to_owned() };
    if !live.can.has_str("CONDSTORE") || !takes_keyword(live, &keyword) {
        return Err(refused("`claim` needs CONDSTORE and a folder that takes keywords"));
    }
    let (mut ours, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    let mut free: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for (uid, whose) in owners(server, live, &keyword, uids).await? {
        match whose {
            Whose::Ours => drop(ours.insert(uid)),
            Whose::Theirs => drop(theirs.insert(uid)),
            Whose::Free(0) => return Err(refused("this folder does not count changes")),
            Whose::Free(state) => free.entry(state).or_default().push(uid),
        }
    }
    for (state, uids) in free {
        let set = uid_set(&uids);
        let command = format!("UID STORE {set} (UNCHANGEDSINCE {state}) +FLAGS.SILENT ({keyword})");
        let words = server.ask(live, &command).await?;
        let lost = modified(&words);
        ours.extend(uids.into_iter().filter(|uid| !lost.iter().any(|it| it.contains(uid))));
    }
    Ok((ours, theirs))
}

/// Those of the mails that another office has claimed.
pub(super) async fn theirs(
    server: &Server,
    live: &mut Live,
    name: &str,
    uids: &[u32],
) -> Result<BTreeSet<u32>, Error> {
    let owners = owners(server, live, &keyword(name), uids).await?;
    Ok(owners.into_iter().filter(|(_, whose)| *whose == Whose::Theirs).map(|it| it.0).collect())
}

async fn owners(
    server: &Server,
    live: &mut Live,
    keyword: &str,
    uids: &[u32],
) -> Result<Vec<(u32, Whose)>, Error> {
    let mut found = Vec::new();
    let hear = |response: &Response<'_>| {
        let Response::Fetch(_, attributes) = response else { return };
        let (mut uid, mut state, mut flags) = (None, 0, None);
        for attribute in attributes {
            match attribute {
                AttributeValue::Uid(it) => uid = Some(*it),
                AttributeValue::ModSeq(it) => state = *it,
                AttributeValue::Flags(it) => flags = Some(it),
                _ => {}
            }
        }
        let (Some(uid), Some(flags)) = (uid, flags) else { return };
        let is_claim = |flag: &str| {
            flag.get(..CLAIM.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(CLAIM))
        };
        let whose = if flags.iter().any(|flag| flag.eq_ignore_ascii_case(keyword)) {
            Whose::Ours
        } else if flags.iter().any(|flag| is_claim(flag)) {
            Whose::Theirs
        } else {
            Whose::Free(state)
        };
        found.push((uid, whose));
    };
    let command = format!("UID FETCH {} (UID FLAGS MODSEQ)", uid_set(uids));
    server.command(live, server.time_for(0), &command, hear).await?;
    Ok(found)
}

/// The UIDs in `[MODIFIED 7,9:12]`: those that somebody else changed first.
fn modified(words: &str) -> Vec<std::ops::RangeInclusive<u32>> {
    let Some((_, rest)) = words.split_once("[MODIFIED ") else { return Vec::new() };
    let Some((set, _)) = rest.split_once(']') else { return Vec::new() };
    let number = |text: &str| text.parse::<u32>().ok();
    let runs = set.split(',').map(|run| match run.split_once(':') {
        Some((first, last)) => {
            Some(number(first)?.min(number(last)?)..=number(first)?.max(number(last)?))
        }
        None => Some(number(run)?..=number(run)?),
    });
    // What cannot be read is not ours: all of it.
    runs.map(|run| run.unwrap_or(0..=u32::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::modified;

    #[test]
    fn the_mails_that_another_changed_first_are_read() {
        assert_eq!(modified("[MODIFIED 7,9:12] Conditional STORE failed."), [7..=7, 9..=12]);
        assert!(modified("Store completed.").is_empty());
        assert_eq!(modified("[MODIFIED *] no"), [0..=u32::MAX]);
    }
}

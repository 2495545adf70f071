//! What happens in the mailbox once mails are safely stored. Doing it twice changes nothing: a
//! server answers OK to a UID that is not there any more (RFC 3501, section 6.4.8).

use async_imap::imap_proto::{AttributeValue, Response};
use async_imap::types::Flag;

use super::fetch::BATCH_UIDS;
use super::session::{Live, Server, quoted, uid_set};
use super::settings::{Done, Settings};
use crate::connectors::Error;
use crate::failpoint;

/// The keyword of mails that are safely stored.
pub(super) const KEYWORD: &str = "$Vorlage";
/// The keyword of mails that are copied to where they belong and are about to be removed here.
const MOVED: &str = "$VorlageMoved";

/// Shows at mails that they are safely stored. `again`: it may have been begun before.
pub(super) async fn show(
    server: &Server,
    settings: &Settings,
    live: &mut Live,
    (uids, again): (&[u32], bool),
) -> Result<(), Error> {
    match (&settings.move_to, settings.done) {
        (_, Done::Nothing) => Ok(()),
        (Some(target), Done::Move) => move_to(server, live, (uids, again), target).await,
        _ => mark(server, live, uids).await,
    }
}

/// Sets the keyword, if the folder takes keywords.
async fn mark(server: &Server, live: &mut Live, uids: &[u32]) -> Result<(), Error> {
    if !takes_keyword(live, KEYWORD) {
        return Ok(());
    }
    let command = format!("UID STORE {} +FLAGS.SILENT ({KEYWORD})", uid_set(uids));
    server.ask(live, &command).await?;
    failpoint::hit("imap.marked");
    Ok(())
}

/// Whether a keyword can be set in the folder that is open.
pub(super) fn takes_keyword(live: &Live, keyword: &str) -> bool {
    live.folder.permanent_flags.iter().any(|flag| match flag {
        Flag::MayCreate => true,
        Flag::Custom(name) => name.eq_ignore_ascii_case(keyword),
        _ => false,
    })
}

/// Moves mails to a folder, which is made if it is not there.
async fn move_to(
    server: &Server,
    live: &mut Live,
    (uids, again): (&[u32], bool),
    target: &str,
) -> Result<(), Error> {
    let target = quoted(&server.path(live, target).await?);
    let can_move = live.can.has_str("MOVE");
    let mut missing = uids.to_vec();
    if again && !can_move {
        missing = not_in(server, live, uids, &target).await?;
    }
    if !missing.is_empty() {
        let verb = if can_move { "MOVE" } else { "COPY" };
        into(server, live, (verb, &missing), &target).await?;
    }
    failpoint::hit("imap.copied");
    if can_move {
        return Ok(());
    }
    let flags = match takes_keyword(live, MOVED) {
        true => format!("\\Deleted {MOVED}"),
        false => "\\Deleted".to_owned(),
    };
    remove(server, live, (uids, &flags)).await
}

/// Ends what was begun before the last start: mails that are copied and marked, and were not removed any more.
pub(super) async fn tidy(server: &Server, settings: &Settings, live: &mut Live) {
    let in_steps = !live.can.has_str("MOVE") && live.can.has_str("UIDPLUS");
    if settings.done != Done::Move || !in_steps {
        return;
    }
    // Should it not work, they stay marked as deleted, and that is all.
    let Ok(left) = server.search(live, &format!("DELETED KEYWORD {MOVED}")).await else { return };
    let left: Vec<u32> = left.into_iter().collect();
    for some in left.chunks(BATCH_UIDS) {
        server.ask(live, &format!("UID EXPUNGE {}", uid_set(some))).await.ok();
    }
}

async fn into(
    server: &Server,
    live: &mut Live,
    (verb, uids): (&str, &[u32]),
    target: &str,
) -> Result<(), Error> {
    let command = format!("UID {verb} {} {target}", uid_set(uids));
    let Err(error) = server.ask(live, &command).await else { return Ok(()) };
    if !matches!(error, Error::Refused { .. }) {
        return Err(error);
    }
    // The usual reason is that the folder is not there; if it is another, it is told by the second try.
    match server.ask(live, &format!("CREATE {target}")).await {
        Ok(_) | Err(Error::Refused { .. }) => server.ask(live, &command).await.map(drop),
        Err(error) => Err(error),
    }
}

/// Removes mails after they were given flags, and never one that somebody else has marked as deleted.
pub(super) async fn remove(
    server: &Server,
    live: &mut Live,
    (uids, flags): (&[u32], &str),
) -> Result<(), Error> {
    let set = uid_set(uids);
    server.ask(live, &format!("UID STORE {set} +FLAGS.SILENT ({flags})")).await?;
    failpoint::hit("imap.marked_deleted");
    if live.can.has_str("UIDPLUS") {
        server.ask(live, &format!("UID EXPUNGE {set}")).await?;
        failpoint::hit("imap.expunged");
    }
    // Without UIDPLUS they stay marked: a plain EXPUNGE would also remove what other people have marked.
    Ok(())
}

/// Those of the mails of which the target has no copy yet.
///
/// COPY and the removal are two commands. Where the line broke between them, the copy is there already: it is
/// known by Message-ID and size.
async fn not_in(
    server: &Server,
    live: &mut Live,
    uids: &[u32],
    target: &str,
) -> Result<Vec<u32>, Error> {
    let mut named = Vec::new();
    let hear = |response: &Response<'_>| {
        let Response::Fetch(_, attributes) = response else { return };
        let (mut uid, mut size, mut id) = (None, None, None);
        for attribute in attributes {
            match attribute {
                AttributeValue::Uid(it) => uid = Some(*it),
                AttributeValue::Rfc822Size(it) => size = Some(*it),
                AttributeValue::Envelope(it) => {
                    id =
                        it.message_id.as_deref().map(|id| String::from_utf8_lossy(id).into_owned());
                }
                _ => {}
            }
        }
        if let (Some(uid), Some(size)) = (uid, size) {
            named.push((uid, size, id));
        }
    };
    let command = format!("UID FETCH {} (UID RFC822.SIZE ENVELOPE)", uid_set(uids));
    server.command(live, server.time_for(0), &command, hear).await?;
    let opened = server.ask(live, &format!("EXAMINE {target}")).await;
    let missing = match opened {
        Ok(_) => search_each(server, live, named).await,
        // It is not there, so nothing is in it.
        Err(Error::Refused { .. }) => Ok(named.into_iter().map(|(uid, ..)| uid).collect()),
        Err(error) => Err(error),
    }?;
    let (validity, folder) = (live.folder.uid_validity, live.name.clone());
    server.select(live, &folder).await?;
    if live.folder.uid_validity != validity {
        return Err(server.unreachable("the folder was made anew meanwhile"));
    }
    Ok(missing)
}

async fn search_each(
    server: &Server,
    live: &mut Live,
    named: Vec<(u32, u32, Option<String>)>,
) -> Result<Vec<u32>, Error> {
    let mut missing = Vec::new();
    for (uid, size, id) in named {
        let there = match id.filter(|it| it.is_ascii()) {
            Some(id) => {
                let (above, below) = (size.saturating_sub(1), size.saturating_add(1));
                let id = quoted(&id);
                let query = format!("HEADER Message-ID {id} LARGER {above} SMALLER {below}");
                !server.search(live, &query).await?.is_empty()
            }
            // Without a name it cannot be found, and two copies are better than none.
            None => false,
        };
        if !there {
            missing.push(uid);
        }
    }
    Ok(missing)
}

//! What happens in the mailbox once a mail is safely stored. Doing it twice changes nothing: a
//! server answers OK to a UID that is not there any more (RFC 3501, section 6.4.8).

use async_imap::types::Flag;

use super::session::{Live, Server, quoted};
use super::utf7;
use crate::connectors::Error;
use crate::failpoint;

/// The keyword of mails that are safely stored.
pub(super) const KEYWORD: &str = "$Vorlage";

/// Sets the keyword, if the folder takes keywords.
pub(super) async fn mark(server: &Server, live: Live, uid: u32) -> Result<Live, Error> {
    let takes = |flag: &Flag<'_>| match flag {
        Flag::MayCreate => true,
        Flag::Custom(name) => name.eq_ignore_ascii_case(KEYWORD),
        _ => false,
    };
    if !live.folder.permanent_flags.iter().any(takes) {
        return Ok(live);
    }
    let (live, done) =
        server.ask(live, &format!("UID STORE {uid} +FLAGS.SILENT ({KEYWORD})")).await?;
    failpoint::hit("imap.marked");
    done.map(|()| live)
}

/// Moves a mail to a folder, which is made if it is not there.
pub(super) async fn move_to(
    server: &Server,
    live: Live,
    uid: u32,
    target: &str,
) -> Result<Live, Error> {
    let can_move = live.can.has_str("MOVE");
    let verb = if can_move { "MOVE" } else { "COPY" };
    let target = quoted(&utf7::encode(target));
    let command = format!("UID {verb} {uid} {target}");
    let (mut live, mut done) = server.ask(live, &command).await?;
    if done.is_err() {
        // The usual reason is that the folder is not there; if it is another, it is told by the second try.
        (live, _) = server.ask(live, &format!("CREATE {target}")).await?;
        (live, done) = server.ask(live, &command).await?;
    }
    done?;
    failpoint::hit("imap.copied");
    if can_move {
        return Ok(live);
    }
    let (live, done) =
        server.ask(live, &format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)")).await?;
    done?;
    failpoint::hit("imap.marked_deleted");
    if !live.can.has_str("UIDPLUS") {
        // A plain EXPUNGE would also remove what other people marked as deleted; it stays marked.
        return Ok(live);
    }
    let (live, done) = server.ask(live, &format!("UID EXPUNGE {uid}")).await?;
    failpoint::hit("imap.expunged");
    done.map(|()| live)
}

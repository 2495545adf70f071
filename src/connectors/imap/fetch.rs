//! Fetches mails, several with one command. Nothing is marked as read: only BODY.PEEK is used.

use async_imap::imap_proto::{AttributeValue, MessageSection, Response, SectionPath};
use jiff::Timestamp;

use super::session::{Live, Server, uid_set};
use crate::connectors::Error;
use crate::domain::Problem;

/// So many bytes of mail are fetched at once, and one mail more.
pub(super) const BATCH_BYTES: u64 = 8 * 1024 * 1024;
/// Larger mails come in pieces of this size, because the library holds every answer as a whole.
const PIECE: u64 = 4 * 1024 * 1024;
/// So many mails are named in one command at most.
pub(super) const BATCH_UIDS: usize = 200;
const MB: u64 = 1024 * 1024;

/// A mail as the server lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) uid: u32,
    pub(super) size: u64,
    pub(super) received: Timestamp,
}

/// A mail that was fetched.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) mail: Listed,
    pub(super) bytes: Vec<u8>,
    pub(super) problem: Option<Problem>,
}

/// Size and date of mails, all in order of their UIDs. Those that are gone are not among them.
pub(super) async fn list(
    server: &Server,
    live: &mut Live,
    uids: &[u32],
) -> Result<Vec<Listed>, Error> {
    let mut listed = Vec::new();
    if uids.is_empty() {
        return Ok(listed);
    }
    let hear = |response: &Response<'_>| {
        let Response::Fetch(_, attributes) = response else { return };
        let mut found = Listed { uid: 0, size: 0, received: Timestamp::UNIX_EPOCH };
        for attribute in attributes {
            match attribute {
                AttributeValue::Uid(uid) => found.uid = *uid,
                AttributeValue::Rfc822Size(size) => found.size = u64::from(*size),
                AttributeValue::InternalDate(date) => found.received = read_date(date),
                _ => {}
            }
        }
        // What the server tells by the way, about other mails or only their flags, is no answer.
        if uids.binary_search(&found.uid).is_ok() && found.received != Timestamp::UNIX_EPOCH {
            listed.push(found);
        }
    };
    let command = format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE)", uid_set(uids));
    goes_on(server.command(live, server.patience, &command, hear).await)?;
    listed.sort_unstable_by_key(|it| it.uid);
    listed.dedup_by_key(|it| it.uid);
    Ok(listed)
}

/// Fetches mails until there are enough; what has come is in `found` also when the line breaks. Tells how
/// many were asked for. Of mails with more than `max_mb` MB only the header is fetched.
pub(super) async fn fetch(
    server: &Server,
    live: &mut Live,
    (listed, max_mb): (&[Listed], u64),
    found: &mut Vec<Fetched>,
) -> Result<usize, Error> {
    let mut held = 0;
    let mut group = Vec::new();
    for (asked, mail) in listed.iter().enumerate() {
        if held >= BATCH_BYTES {
            together(server, live, &group, found).await?;
            return Ok(asked);
        }
        let oversize = mail.size > max_mb.saturating_mul(MB);
        if !oversize {
            held += mail.size;
        }
        if !oversize && mail.size <= PIECE {
            group.push(*mail);
            continue;
        }
        together(server, live, &group, found).await?;
        group.clear();
        if oversize {
            header(server, live, (mail, max_mb), found).await?;
        } else {
            in_pieces(server, live, mail, found).await?;
        }
    }
    together(server, live, &group, found).await?;
    Ok(listed.len())
}

async fn together(
    server: &Server,
    live: &mut Live,
    group: &[Listed],
    found: &mut Vec<Fetched>,
) -> Result<(), Error> {
    if group.is_empty() {
        return Ok(());
    }
    let uids: Vec<u32> = group.iter().map(|it| it.uid).collect();
    let bytes = group.iter().map(|it| it.size).sum();
    let hear = |response: &Response<'_>| {
        let Some((uid, bytes)) = body(response, None, None) else { return };
        let mail = group.iter().find(|it| it.uid == uid);
        let is_new = found.iter().all(|it| it.mail.uid != uid);
        if let Some(mail) = mail.filter(|_| is_new) {
            found.push(Fetched { mail: *mail, bytes: bytes.to_vec(), problem: None });
        }
    };
    let command = format!("UID FETCH {} (UID BODY.PEEK[])", uid_set(&uids));
    goes_on(server.command(live, server.time_for(bytes), &command, hear).await)
}

async fn header(
    server: &Server,
    live: &mut Live,
    (mail, max_mb): (&Listed, u64),
    found: &mut Vec<Fetched>,
) -> Result<(), Error> {
    let megabytes = mail.size.div_ceil(MB);
    let detail = format!("the mail has {megabytes} MB, the limit is {max_mb} MB");
    let mut bytes = Vec::new();
    let hear = |response: &Response<'_>| {
        let section = SectionPath::Full(MessageSection::Header);
        if let Some((_, header)) =
            body(response, Some(&section), None).filter(|(uid, _)| *uid == mail.uid)
        {
            bytes = header.to_vec();
        }
    };
    let command = format!("UID FETCH {} (UID BODY.PEEK[HEADER])", mail.uid);
    goes_on(server.command(live, server.time_for(0), &command, hear).await)?;
    if !bytes.is_empty() {
        let problem = Some(Problem::new("P0103", detail));
        found.push(Fetched { mail: *mail, bytes, problem });
    }
    Ok(())
}

/// The end is where a piece is shorter than asked for: not every server tells the true size before.
async fn in_pieces(
    server: &Server,
    live: &mut Live,
    mail: &Listed,
    found: &mut Vec<Fetched>,
) -> Result<(), Error> {
    let mut bytes = Vec::with_capacity(usize::try_from(mail.size).unwrap_or_default() + 1);
    loop {
        let begin = u32::try_from(bytes.len()).map_err(|_| server.unreachable("it is endless"))?;
        let mut got = None;
        let hear = |response: &Response<'_>| {
            let piece = body(response, None, Some(begin));
            if let Some((_, piece)) = piece.filter(|(uid, _)| got.is_none() && *uid == mail.uid) {
                bytes.extend_from_slice(piece);
                got = Some(piece.len() as u64);
            }
        };
        let command = format!("UID FETCH {} (UID BODY.PEEK[]<{begin}.{PIECE}>)", mail.uid);
        goes_on(server.command(live, server.time_for(PIECE), &command, hear).await)?;
        match got {
            // It was removed between two pieces.
            None => return Ok(()),
            Some(length) if length < PIECE => break,
            Some(_) => {}
        }
    }
    if !bytes.is_empty() {
        found.push(Fetched { mail: *mail, bytes, problem: None });
    }
    Ok(())
}

/// The UID and the bytes of a part in an answer to FETCH. Some servers answer for a mail that is gone with nothing
/// or with no bytes (RFC 2180, section 4.1).
fn body<'a>(
    response: &'a Response<'_>,
    part: Option<&SectionPath>,
    begin: Option<u32>,
) -> Option<(u32, &'a [u8])> {
    let Response::Fetch(_, attributes) = response else { return None };
    let (mut uid, mut bytes) = (None, None);
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(it) => uid = Some(*it),
            AttributeValue::BodySection { section, index, data: Some(data) }
                if section.as_ref() == part && *index == begin =>
            {
                bytes = Some(data.as_ref());
            }
            _ => {}
        }
    }
    let empty_end = begin.is_some_and(|begin| begin > 0);
    Some((uid?, bytes.filter(|it| !it.is_empty() || empty_end)?))
}

/// A server that says no to a part of what was asked for has sent the rest; what is missing is noticed by that.
fn goes_on(answer: Result<String, Error>) -> Result<(), Error> {
    match answer {
        Ok(_) | Err(Error::Refused { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// `17-Jul-1996 02:44:25 -0700`, the day perhaps with a blank before it.
fn read_date(date: &str) -> Timestamp {
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", date.trim());
    // One second after nothing, so that a mail with a strange date is not taken for one without.
    parsed.and_then(|it| it.to_timestamp()).unwrap_or(Timestamp::from_second(1).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_servers_write_them() {
        let expected: Timestamp = "1996-07-17T09:44:25Z".parse().unwrap();
        assert_eq!(read_date("17-Jul-1996 02:44:25 -0700"), expected);
        assert_eq!(read_date(" 7-Jul-1996 02:44:25 +0000").to_string(), "1996-07-07T02:44:25Z");
        assert_eq!(read_date("gestern").as_second(), 1);
    }
}

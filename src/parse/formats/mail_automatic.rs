//! Which mail was written by a machine, and so is never answered by mail.

use mail_parser::{Message, MimeHeaders};

use crate::domain::Automatic;

/// Who reports failed deliveries.
const DAEMONS: &[&str] =
    &["mailer-daemon", "mailerdaemon", "mail-daemon", "postmaster@", "post_master@"];

/// Whether a machine wrote it, and which kind. Header fields that no standard names are those of
/// well-known programs.
pub(super) fn automatic(message: &Message<'_>) -> Option<Automatic> {
    let header =
        |name: &'static str| message.header_raw(name).unwrap_or_default().trim().to_lowercase();
    let (submitted, precedence) = (header("Auto-Submitted"), header("Precedence"));
    let report = report(message);
    let from = header("From");
    let bounce = report.as_deref().is_some_and(|it| it != "disposition-notification")
        || !header("X-Failed-Recipients").is_empty()
        || DAEMONS.iter().any(|daemon| from.contains(daemon))
        // No answer is wanted (RFC 5321, section 4.5.5); answering programs do the same but say so.
        || (header("Return-Path") == "<>" && !submitted.starts_with("auto-replied"));
    let answer = report.is_some()
        || !(submitted.is_empty() || submitted.starts_with("no"))
        || precedence.starts_with("auto")
        || !header("X-Autoreply").is_empty()
        || !header("X-Autorespond").is_empty();
    let list = !header("List-Id").is_empty()
        || ["bulk", "list", "junk"].iter().any(|it| precedence.starts_with(it));
    match (bounce, answer, list) {
        (true, _, _) => Some(Automatic::Bounce),
        (_, true, _) => Some(Automatic::AutoReply),
        (_, _, true) => Some(Automatic::List),
        _ => None,
    }
}

/// The type of a `multipart/report` (RFC 6522): `delivery-status`, `disposition-notification`, …
fn report(message: &Message<'_>) -> Option<String> {
    let content_type = message.content_type()?;
    let is_report = content_type.subtype().is_some_and(|it| it.eq_ignore_ascii_case("report"));
    is_report
        .then(|| content_type.attribute("report-type").unwrap_or("delivery-status").to_lowercase())
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    #[test]
    fn mail_of_machines_is_told() {
        let check = |header: &str, expected: Option<Automatic>| {
            let mail = format!("Subject: x\r\n{header}\r\n\r\nText\r\n");
            assert_eq!(
                automatic(&MessageParser::default().parse(&mail).unwrap()),
                expected,
                "{header}"
            );
        };
        check("Auto-Submitted: auto-replied", Some(Automatic::AutoReply));
        check("Auto-Submitted: auto-replied\r\nReturn-Path: <>", Some(Automatic::AutoReply));
        check("Auto-Submitted: no", None);
        check("Precedence: bulk", Some(Automatic::List));
        check("List-Id: <x.y>", Some(Automatic::List));
        check("Return-Path: <>", Some(Automatic::Bounce));
        check("From: MAILER-DAEMON <>", Some(Automatic::Bounce));
        check("Content-Type: multipart/report; boundary=b", Some(Automatic::Bounce));
        check(
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
            Some(Automatic::AutoReply),
        );
        check("From: Jana <jana@example.org>\r\nX-Priority: 1", None);
    }
}

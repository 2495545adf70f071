//! Which mail was written by a machine, and so is never answered by mail.

use mail_parser::{Message, MimeHeaders};

use crate::domain::Automatic;

/// Who reports failed deliveries.
const DAEMONS: &[&str] =
    &["mailer-daemon", "mailerdaemon", "mail-daemon", "postmaster@", "post_master@"];

/// How programs begin the subject of an answer they give while somebody is away.
const AWAY: &[&str] = &[
    "abwesenheitsassistent",
    "abwesenheitsbenachrichtigung",
    "abwesenheitsnachricht",
    "abwesenheitsnotiz",
    "automatic reply",
    "automatisch antwoord",
    "automatische antwort",
    "auto reply",
    "auto-reply",
    "autoreply",
    "out of office",
    "out of the office",
    "out-of-office",
    "réponse automatique",
];

/// Header fields of mailing lists (RFC 2369, RFC 2919).
const LIST: &[&str] = &[
    "List-Id",
    "List-Unsubscribe",
    "List-Post",
    "List-Help",
    "List-Subscribe",
    "List-Owner",
    "List-Archive",
];

/// Whether a machine wrote it, and which kind. Header fields that no standard names are those of
/// well-known programs.
pub(super) fn automatic(message: &Message<'_>) -> Option<Automatic> {
    let (submitted, precedence) =
        (header(message, "Auto-Submitted"), header(message, "Precedence"));
    let (report, from) = (report_type(message), header(message, "From"));
    let answers = answers(message);
    let bounce = report.as_deref().is_some_and(|it| it != "disposition-notification")
        || !header(message, "X-Failed-Recipients").is_empty()
        || DAEMONS.iter().any(|daemon| from.contains(daemon))
        // No answer is wanted (RFC 5321, section 4.5.5); answering programs do the same but say so.
        || (header(message, "Return-Path") == "<>" && !answers);
    let machine =
        report.is_some() || answers || !(submitted.is_empty() || submitted.starts_with("no"));
    let list = !header(message, "List-Id").is_empty()
        || ["bulk", "list", "junk"].iter().any(|it| precedence.starts_with(it));
    match (bounce, machine, list) {
        (true, _, _) => Some(Automatic::Bounce),
        (_, true, _) => Some(Automatic::AutoReply),
        (_, _, true) => Some(Automatic::List),
        _ => None,
    }
}

/// Whether a program says of itself that it answers a mail (RFC 3834, section 5, and older habits).
pub(super) fn answers(message: &Message<'_>) -> bool {
    header(message, "Auto-Submitted").starts_with("auto-replied")
        || header(message, "Precedence").starts_with("auto")
        || !header(message, "X-Autoreply").is_empty()
        || !header(message, "X-Autorespond").is_empty()
        || is_away(message)
}

/// By the subject alone only when it also answers a mail: people too write about absence.
fn is_away(message: &Message<'_>) -> bool {
    let is_answer = ["In-Reply-To", "References"].iter().any(|it| !header(message, it).is_empty());
    let subject = message.subject().unwrap_or_default().trim().to_lowercase();
    let begins = |words: &&str| {
        let Some(rest) = subject.strip_prefix(*words) else { return false };
        let before = rest.split(':').next().unwrap_or_default();
        rest.trim().is_empty() || (rest.contains(':') && before.chars().count() <= 12)
    };
    is_answer && AWAY.iter().any(begins)
}

/// The header field by which a mail forbids automatic answers (RFC 3834, section 2; RFC 5230,
/// section 4.6; [MS-OXCMAIL], section 2.1.3.2.20), whoever wrote it.
pub(super) fn silence(message: &Message<'_>) -> Option<&'static str> {
    let is = |name: &'static str| header(message, name);
    let suppress = is("X-Auto-Response-Suppress");
    let mut suppressed = suppress.split(',').map(str::trim);
    let precedence = is("Precedence");
    match () {
        () if is("Return-Path") == "<>" => Some("Return-Path"),
        () if !(is("Auto-Submitted").is_empty() || is("Auto-Submitted").starts_with("no")) => {
            Some("Auto-Submitted")
        }
        () if suppressed.any(|it| matches!(it, "all" | "oof" | "autoreply")) => {
            Some("X-Auto-Response-Suppress")
        }
        () if ["bulk", "list", "junk", "auto"].iter().any(|it| precedence.starts_with(it)) => {
            Some("Precedence")
        }
        () if report_type(message).is_some() => Some("Content-Type"),
        () if is_away(message) => Some("Subject"),
        () => {
            let told = LIST.iter().chain(&["X-Failed-Recipients", "X-Autoreply", "X-Autorespond"]);
            told.copied().find(|name| !is(name).is_empty())
        }
    }
}

/// The type of a `multipart/report` (RFC 6522): `delivery-status`, `disposition-notification`, …
pub(super) fn report_type(message: &Message<'_>) -> Option<String> {
    let content_type = message.content_type()?;
    let is_report = content_type.subtype().is_some_and(|it| it.eq_ignore_ascii_case("report"));
    is_report
        .then(|| content_type.attribute("report-type").unwrap_or("delivery-status").to_lowercase())
}

/// A header field in lower case, or `""`.
fn header(message: &Message<'_>, name: &'static str) -> String {
    message.header_raw(name).unwrap_or_default().trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    #[test]
    fn mail_of_machines_is_told() {
        let check = |header: &str, expected: Option<Automatic>| {
            let mail = format!("{header}\r\nX-A: x\r\n\r\nText\r\n");
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

    #[test]
    fn who_is_away_is_told_by_the_subject_only_when_it_is_an_answer() {
        let check = |subject: &str, expected: bool| {
            let mail = format!("Subject: {subject}\r\nIn-Reply-To: <a@b>\r\n\r\nText\r\n");
            assert_eq!(
                answers(&MessageParser::default().parse(&mail).unwrap()),
                expected,
                "{subject}"
            );
            let mail = format!("Subject: {subject}\r\n\r\nText\r\n");
            assert!(!answers(&MessageParser::default().parse(&mail).unwrap()), "{subject}");
        };
        check("Abwesenheitsnotiz: Ihr Zeichen 12", true);
        check("Automatische Antwort: Ihr Zeichen 12", true);
        check("Out of Office AutoReply: Ihr Zeichen 12", true);
        check("Abwesenheitsnotiz", true);
        check("Re: Abwesenheitsnotiz: Ihr Zeichen 12", false);
        check("Abwesenheitsnotiz der Schule für meinen Sohn: bitte weiterleiten", false);
        check("Abwesenheit am Freitag", false);
    }

    #[test]
    fn who_wants_no_automatic_answer_says_so_in_the_header() {
        let check = |header: &str, expected: Option<&str>| {
            let mail = format!("From: a@b.example\r\n{header}\r\n\r\nText\r\n");
            let message = MessageParser::default().parse(&mail).unwrap();
            assert_eq!(silence(&message), expected, "{header}");
        };
        check("Auto-Submitted: auto-generated", Some("Auto-Submitted"));
        check("Auto-Submitted: no", None);
        check("X-Auto-Response-Suppress: DR, OOF, AutoReply", Some("X-Auto-Response-Suppress"));
        check("X-Auto-Response-Suppress: DR, RN", None);
        check("List-Unsubscribe: <mailto:x@y.example>", Some("List-Unsubscribe"));
        check("Precedence: junk", Some("Precedence"));
        check("Return-Path: <>", Some("Return-Path"));
        check("Return-Path: <a@b.example>", None);
    }
}

//! What a report says became of a mail, and which mail it is about.
//!
//! RFC 3464 (delivery) and RFC 8098 (reading) say it in fields; before them, and beside them, every
//! mail system said it in words of its own. Only what can be told surely is told.

use std::sync::LazyLock;

use mail_parser::{HeaderValue, Message, MimeHeaders, PartType};
use regex::Regex;

use super::mail_automatic::{answers, report_type};
use crate::domain::{Action, Automatic, ITEM_HEADER, ItemId, Report, ReportKind};

/// The longest Message-ID that is looked for.
const LONGEST_ID: usize = 250;
/// The most Message-IDs of one report that are looked for.
const MOST_IDS: usize = 20;
/// So much of a returned mail is searched for its Message-ID when it has no header that can be read.
const LONGEST_HEAD: usize = 64 * 1024;
/// So much of the other side's words is kept.
const LONGEST_REASON: usize = 180;

/// How mail systems without fields say that they still try.
const STILL_TRYING: &[&str] = &[
    "do not need to resend",
    "has not yet been delivered",
    "has not been delivered yet",
    "noch nicht zugestellt",
    "not yet been able to deliver",
    "warning message only",
    "will be retried",
    "will continue to try",
    "will keep trying",
    "will retry",
];

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static ID: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?im)^[>|\s]*(?:original-)?message-id:\s*<([^<>\s]{3,250})>"));
static ITEM: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?im)^[>|\s]*x-vorlage-item:\s*([0-9a-f-]{36})\s*$"));
static CODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:$|[^\d.]|\.\s)"));
/// The words of an SMTP server: `550 5.1.1 …`, `550-…`, `#5.1.1`.
static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"(?m)^.*?((?:\b[45]\d\d[ -]+#?[45]\.\d|\b[45]\d\d[ -][A-Za-z<(]|#[45]\.\d).*)$")
});
/// `<who@example.org>:` of qmail, `who@example.org` on a line of its own of Exim and Exchange.
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?m)^[\s*]*<?([^\s<>@:,;]+@[^\s<>@:,;]+\.[^\s<>@:,;]+)>?:?\s*$"));

/// The report a mail is, if it is one.
pub(super) fn report(message: &Message<'_>, automatic: Option<Automatic>) -> Option<Report> {
    let kind = match (report_type(message).as_deref(), automatic?) {
        (Some("disposition-notification"), _) => ReportKind::Read,
        // A complaint (RFC 5965) says nothing about a delivery: a person reads it.
        (Some("feedback-report"), _) => return None,
        (_, Automatic::Bounce) => ReportKind::Delivery,
        (_, Automatic::AutoReply) if answers(message) => ReportKind::AutoReply,
        _ => return None,
    };
    let told = Told::of(message);
    let mut report =
        Report { kind, about: told.about(message), item: told.item(), ..Report::default() };
    if kind != ReportKind::Delivery {
        return Some(report);
    }
    let subject = message.subject().unwrap_or_default().to_lowercase();
    report.status = told.status();
    report.recipient = told.recipient(message);
    report.action = told.action(&subject, report.status.as_deref());
    report.reason =
        told.reason().unwrap_or_else(|| message.subject().unwrap_or_default().to_owned());
    report.reason = one_line(&report.reason);
    Some(report)
}

/// The texts of a report.
#[derive(Default)]
struct Told {
    /// In fields (`message/delivery-status`, `message/disposition-notification`).
    fields: String,
    /// In words.
    words: String,
    /// The header of the mail it is about.
    returned: String,
}

impl Told {
    fn of(message: &Message<'_>) -> Self {
        let mut told = Self::default();
        for part in &message.parts {
            let media = part.content_type().map_or_else(String::new, |it| {
                format!("{}/{}", it.ctype(), it.subtype().unwrap_or_default()).to_lowercase()
            });
            match (&part.body, media.as_str()) {
                (PartType::Message(inner), _) => {
                    for name in ["Message-ID", ITEM_HEADER] {
                        let value = inner.header_raw(name).unwrap_or_default().trim();
                        told.returned += &format!("{name}: {value}\n");
                    }
                    if inner.message_id().is_none() {
                        // Some begin the returned mail with an empty line.
                        let body = part.offset_body as usize..part.offset_end as usize;
                        let raw = message.raw_message.get(body).unwrap_or_default();
                        let head = raw.get(..LONGEST_HEAD).unwrap_or(raw);
                        told.returned += &String::from_utf8_lossy(head);
                    }
                }
                (PartType::Multipart(_), _) => {}
                (
                    _,
                    "text/rfc822-headers" | "message/rfc822-headers" | "message/global-headers",
                ) => {
                    told.returned += &String::from_utf8_lossy(part.contents());
                }
                (_, it) if it.starts_with("message/") => {
                    told.fields += &String::from_utf8_lossy(part.contents()).replace("\r\n", "\n");
                    told.fields.push('\n');
                }
                (PartType::Text(text), _) => told.words += text,
                (PartType::Html(html), _) if told.words.is_empty() => told.words += html,
                _ => {}
            }
        }
        told.words = told.words.replace("\r\n", "\n");
        // Programs without parts write the header of the mail below their own words.
        let below = ID.as_ref().and_then(|id| id.find(&told.words)).map(|it| it.start());
        if let Some(at) = below {
            let returned = told.words.split_off(at);
            told.returned += &returned;
        }
        if told.fields.is_empty() && field(&told.words, "Final-Recipient").is_some() {
            told.fields.clone_from(&told.words);
        }
        told
    }

    fn about(&self, message: &Message<'_>) -> Vec<String> {
        let mut about: Vec<String> = Vec::new();
        let mut add = |id: &str| {
            let id = id.trim().trim_matches(['<', '>']);
            if !id.is_empty() && id.len() <= LONGEST_ID && about.len() < MOST_IDS {
                about.retain(|known| known != id);
                about.push(id.to_owned());
            }
        };
        for text in [&self.fields, &self.returned] {
            let found = ID.iter().flat_map(|id| id.captures_iter(text));
            found.filter_map(|it| it.get(1)).for_each(|it| add(it.as_str()));
        }
        for value in [message.in_reply_to(), message.references()] {
            match value {
                HeaderValue::Text(id) => add(id),
                HeaderValue::TextList(ids) => ids.iter().rev().for_each(|id| add(id)),
                _ => {}
            }
        }
        about
    }

    fn item(&self) -> Option<ItemId> {
        let found = ITEM.as_ref()?.captures(&self.returned)?;
        Some(ItemId(found.get(1)?.as_str().to_owned()))
    }

    fn status(&self) -> Option<String> {
        let code = |text: &str| {
            let found = CODE.as_ref()?.captures(text)?;
            Some(found.get(1)?.as_str().to_owned())
        };
        let stated = field(&self.fields, "Status").and_then(|it| code(&it));
        // `5.0.0` says only that it failed; the other side's own words are more exact.
        let exact = stated.clone().filter(|it| !it.ends_with(".0.0"));
        let diagnosis = || field(&self.fields, "Diagnostic-Code").and_then(|it| code(&it));
        let words = || {
            let line =
                WORDS.as_ref()?.captures_iter(&self.words).find_map(|it| code(it.get(1)?.as_str()));
            line.or_else(|| code(&self.words))
        };
        let wanted = |it: &String| it.starts_with(['4', '5']);
        exact.or_else(|| diagnosis().filter(wanted)).or_else(|| words().filter(wanted)).or(stated)
    }

    fn action(&self, subject: &str, status: Option<&str>) -> Action {
        let words = self.words.to_lowercase();
        match field(&self.fields, "Action").map(|it| it.to_lowercase()).as_deref() {
            Some(it) if it.starts_with("fail") => Action::Failed,
            Some(it) if it.starts_with("delay") => Action::Delayed,
            Some(it)
                if ["deliver", "relay", "expand"].iter().any(|begin| it.starts_with(begin)) =>
            {
                Action::Delivered
            }
            _ if STILL_TRYING.iter().any(|say| words.contains(say))
                || ["delay", "verzögert"].iter().any(|say| subject.contains(say)) =>
            {
                Action::Delayed
            }
            _ if status.is_some_and(|it| it.starts_with('5')) => Action::Failed,
            _ if ["undeliver", "returned mail", "failure", "failed", "unzustellbar"]
                .iter()
                .any(|say| subject.contains(say)) =>
            {
                Action::Failed
            }
            _ => Action::Unknown,
        }
    }

    fn recipient(&self, message: &Message<'_>) -> Option<String> {
        let address = |text: String| {
            let text = text.rsplit(';').next().unwrap_or_default().trim().to_owned();
            let text = text.trim_matches(['<', '>', ' ']).to_owned();
            (text.contains('@') && text.len() <= 254).then_some(text)
        };
        let failed = || {
            let header = message.header_raw("X-Failed-Recipients")?;
            header.split(',').next().map(str::to_owned)
        };
        let written = || Some(ADDRESS.as_ref()?.captures(&self.words)?.get(1)?.as_str().to_owned());
        field(&self.fields, "Original-Recipient")
            .and_then(address)
            .or_else(|| field(&self.fields, "Final-Recipient").and_then(address))
            .or_else(|| failed().and_then(address))
            .or_else(|| written().and_then(address))
    }

    fn reason(&self) -> Option<String> {
        let diagnosis = field(&self.fields, "Diagnostic-Code").map(|it| match it.split_once(';') {
            Some((kind, words)) if !kind.contains(' ') => words.to_owned(),
            _ => it,
        });
        let words = || Some(WORDS.as_ref()?.captures(&self.words)?.get(1)?.as_str().to_owned());
        diagnosis.filter(|it| !it.trim().is_empty()).or_else(words)
    }
}

/// The value of a field, in one line; that of the first recipient who did not get it, if several have one.
fn field(fields: &str, name: &str) -> Option<String> {
    let mut found: Option<String> = None;
    let blocks: Vec<&str> = fields.split("\n\n").collect();
    let failed = |block: &&&str| {
        let block = block.to_lowercase();
        block.contains("action: fail") || block.contains("action:fail")
    };
    let first = blocks.iter().find(failed).into_iter().chain(&blocks);
    for line in first.flat_map(|block| block.lines()) {
        match (&mut found, line.split_once(':')) {
            (Some(value), _) if line.starts_with([' ', '\t']) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (Some(_), _) => break,
            (None, Some((key, value))) if key.trim().eq_ignore_ascii_case(name) => {
                found = Some(value.trim().to_owned());
            }
            _ => {}
        }
    }
    found
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|it| !it.is_control()).take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::formats::mail::envelope;

    const ITEM_ID: &str = "01981234-5678-7abc-8def-0123456789ab";

    fn check(mail: &str, kind: ReportKind, action: Action, status: Option<&str>) -> Report {
        let report = envelope(mail.as_bytes()).unwrap().report.unwrap();
        assert_eq!((report.kind, report.action), (kind, action), "{report:?}");
        assert_eq!(report.status.as_deref(), status, "{report:?}");
        assert_eq!(report.about[0], format!("{ITEM_ID}.reply@amt.stadt.example"));
        report
    }

    #[test]
    fn a_bounce_says_what_happened_and_to_which_mail() {
        let reports = [
            (include_str!("../../../fixtures/reports/postfix-failed.eml"), "5.1.1", "User unknown"),
            (include_str!("../../../fixtures/reports/exim-failed.eml"), "5.2.2", "mailbox is full"),
            (include_str!("../../../fixtures/reports/exchange-failed.eml"), "5.2.3", "too large"),
            (include_str!("../../../fixtures/reports/qmail-failed.eml"), "5.1.1", "#5.1.1"),
        ];
        for (mail, status, reason) in reports {
            let report = check(mail, ReportKind::Delivery, Action::Failed, Some(status));
            assert!(report.is_failure());
            assert_eq!(report.recipient.as_deref(), Some("citizen@post.example"));
            assert!(report.reason.contains(reason), "{}", report.reason);
            assert_eq!(report.item.unwrap().0, ITEM_ID);
        }
    }

    #[test]
    fn what_is_no_failure_is_not_taken_for_one() {
        let delayed = include_str!("../../../fixtures/reports/postfix-delayed.eml");
        let delayed = check(delayed, ReportKind::Delivery, Action::Delayed, Some("4.4.1"));
        let words = "A message that you sent has not yet been delivered after 24 hours.\r\n\
            No action is required on your part. Delivery attempts will continue.\r\n";
        let text = format!(
            "From: Mailer-Daemon <a@b.example>\r\nSubject: Warning: message delayed 24 hours\r\n\r\n{words}\r\n\
             Message-ID: <{ITEM_ID}.reply@amt.stadt.example>\r\n"
        );
        let warned = check(&text, ReportKind::Delivery, Action::Delayed, None);
        let read = include_str!("../../../fixtures/reports/read-receipt.eml");
        let read = check(read, ReportKind::Read, Action::Unknown, None);
        let mut answers = vec![delayed, warned, read];
        for away in [
            include_str!("../../../fixtures/reports/away.eml"),
            include_str!("../../../fixtures/reports/away-subject-only.eml"),
        ] {
            answers.push(check(away, ReportKind::AutoReply, Action::Unknown, None));
        }
        assert!(answers.iter().all(|report| !report.is_failure()), "{answers:?}");
    }

    #[test]
    fn what_people_and_lists_write_is_no_report() {
        let check = |header: &str| {
            let mail = format!(
                "From: Erika <erika@post.example>\r\nSubject: x\r\nIn-Reply-To: <a@b>\r\n{header}\r\n\r\n\
                 550 5.1.1 steht auf meinem Bescheid\r\n"
            );
            assert_eq!(envelope(mail.as_bytes()).unwrap().report, None, "{header}");
        };
        check("X-Priority: 1");
        check("List-Id: <liste.post.example>");
        // A ticket system's mail may be a person's answer: a person reads it.
        check("Auto-Submitted: auto-generated");
        check("Content-Type: multipart/report; report-type=feedback-report; boundary=b");
    }

    #[test]
    fn a_returned_mail_that_begins_with_an_empty_line_is_found() {
        let mail = include_str!("../../../fixtures/reports/postfix-delayed.eml");
        let (before, after) = mail.split_once("message/rfc822\r\n").unwrap();
        let mail = format!("{before}message/rfc822\r\n\r\n{after}");
        check(&mail, ReportKind::Delivery, Action::Delayed, Some("4.4.1"));
    }

    #[test]
    fn of_several_recipients_the_failed_one_counts() {
        let fields = "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; one@a.example\nAction: delivered\nStatus: 2.0.0\n\n\
            Final-Recipient: rfc822; two@a.example\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 550\n  no\n";
        assert_eq!(field(fields, "Status").as_deref(), Some("5.7.1"));
        assert_eq!(field(fields, "diagnostic-code").as_deref(), Some("smtp; 550 no"));
    }
}

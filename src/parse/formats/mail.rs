//! Mail (RFC 5322, MIME): who wrote what to whom, the text, and everything attached.

use std::borrow::Cow;

use jiff::Timestamp;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{
    Address, Encoding, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};

use super::mail_automatic::{automatic, silence};
use super::mail_report::report;
use super::mail_sender::sender;
use super::{Context, Inner, html, mail_signed, pgp};
use crate::domain::{Document, Envelope, ITEM_HEADER, ItemId, Leaves, Mailbox, MediaType, Span};
use crate::parse::text;

/// Reads a mail inside another: its header as people see it, then its text.
pub(super) fn read(bytes: &[u8], context: &Context<'_>) -> Document {
    let mut document = Document::default();
    if let Some(envelope) = envelope(bytes) {
        let from = envelope.from.map(|from| format!("{} <{}>", from.name, from.address));
        let lines = [
            ("From", from),
            ("Date", envelope.date.map(|date| date.to_string())),
            ("Subject", Some(envelope.subject)),
        ];
        for (name, value) in lines {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                document.text.push_str(&format!("{name}: {}\n", value.trim()));
            }
        }
        document.text.push('\n');
    }
    let (media_type, source) = body_source(bytes);
    let source = String::from_utf8_lossy(&source);
    match media_type.0.as_str() {
        "text/html" => {
            let page = html::read(source.as_bytes(), context);
            let before = document.text.chars().count();
            document.text.push_str(&page.text);
            document.problems.extend(page.problems);
            document.tables = page.tables;
            for cell in document.cells_mut() {
                *cell = Span { start: cell.start + before, end: cell.end + before };
            }
        }
        _ => document.text.push_str(&source),
    }
    let (text, problems) = pgp::open(document.text.clone());
    if text != document.text {
        document.tables.clear();
        document.text = text;
    }
    document.problems.extend(problems);
    document
}

/// What the header says. `None` when there is none.
pub(in crate::parse) fn envelope(bytes: &[u8]) -> Option<Envelope> {
    let attached = parts(bytes).len();
    let bytes = &mail_signed::opened(bytes);
    let message = MessageParser::default().parse(bytes)?;
    let from = message.from().and_then(mailboxes_first);
    let reply_to = message
        .reply_to()
        .and_then(mailboxes_first)
        .filter(|it| Some(&it.address) != from.as_ref().map(|from| &from.address));
    let mut references: Vec<String> = Vec::new();
    for id in ids(message.references()).into_iter().chain(ids(message.in_reply_to())) {
        // `In-Reply-To` is the last even when `References` has it in between.
        references.retain(|known| *known != id);
        references.push(id);
    }
    let automatic = automatic(&message);
    let item = message.header_raw(ITEM_HEADER).map(|it| ItemId(it.trim().to_owned()));
    Some(Envelope {
        from,
        reply_to,
        to: message.to().map(mailboxes).unwrap_or_default(),
        subject: message.subject().unwrap_or_default().trim().to_owned(),
        date: message
            .date()
            .filter(|date| date.is_valid())
            .and_then(|date| Timestamp::from_second(date.to_timestamp()).ok()),
        message_id: message.message_id().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()),
        references,
        automatic,
        silence: silence(&message).map(str::to_owned),
        report: report(&message, automatic),
        item: item.filter(|it| uuid::Uuid::try_parse(&it.0).is_ok()),
        sender: sender(&message),
        leaves: Leaves {
            text: message.text_body.len(),
            html: message.html_body.len(),
            attached,
            formatted: message
                .html_body
                .iter()
                .any(|id| message.parts.get(*id as usize).is_some_and(MessagePart::is_text_html)),
        },
    })
}

/// The mail's own text, as it was written: plain if there is any, else HTML. In UTF-8.
pub(in crate::parse) fn body_source(bytes: &[u8]) -> (MediaType, Vec<u8>) {
    let bytes = &mail_signed::opened(bytes);
    let Some(message) = MessageParser::default().parse(bytes) else {
        return (MediaType::from("text/plain"), text::decode(bytes).into_bytes());
    };
    let part = |id: &u32| message.parts.get(*id as usize);
    let text = |part| String::from_utf8_lossy(&part_bytes(&message, part)).into_owned();
    let is_plain = |part: &MessagePart<'_>| matches!(part.body, PartType::Text(_));
    // HTML that has no plain alternative stands between the plain parts (RFC 8621, section 4.1.4).
    let pieces = message.text_body.iter().filter_map(part).filter_map(|part| match &part.body {
        PartType::Text(_) => Some(text(part)),
        PartType::Html(_) => html::to_text(&text(part)).ok(),
        _ => None,
    });
    let has_plain = message
        .text_body
        .iter()
        .filter_map(part)
        .any(|it| is_plain(it) && !text(it).trim().is_empty());
    let plain = pieces.collect::<Vec<_>>().join("\n");
    if has_plain {
        return (MediaType::from("text/plain"), plain.into_bytes());
    }
    let html = message.html_body.iter().filter_map(part).filter(|it| it.is_text_html());
    let html = html.map(text).collect::<Vec<_>>().join("\n");
    if html.trim().is_empty() {
        return (MediaType::from("text/plain"), plain.into_bytes());
    }
    // We have decoded it; what it says about its encoding no longer holds.
    (MediaType::from("text/html"), ["\u{feff}", &html].concat().into_bytes())
}

/// What is attached, in order. A mail inside is one part; its own parts are not listed.
pub(in crate::parse) fn parts(bytes: &[u8]) -> Vec<Inner> {
    let opened = mail_signed::opened(bytes);
    let Some(message) = MessageParser::default().parse(&opened) else { return Vec::new() };
    let attached = message.attachments.iter().filter_map(|id| message.parts.get(*id as usize));
    let signed = matches!(opened, Cow::Owned(_)).then(|| mail_signed::envelope_of(bytes)).flatten();
    attached
        .map(|part| Inner {
            name: name_of(part),
            declared: declared(part),
            bytes: part_bytes(&message, part).into_owned(),
            ..Inner::default()
        })
        .chain(signed)
        .collect()
}

fn name_of(part: &MessagePart<'_>) -> String {
    let subject =
        || part.message().and_then(|inner| inner.subject()).map(|subject| format!("{subject}.eml"));
    let name = part.attachment_name().map(str::to_owned).or_else(subject).unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn declared(part: &MessagePart<'_>) -> String {
    let Some(declared) = part.content_type() else { return String::new() };
    format!("{}/{}", declared.ctype(), declared.subtype().unwrap_or_default()).to_lowercase()
}

/// A part's decoded bytes. Text whose encoding is named comes in UTF-8; other text as it is.
pub(super) fn part_bytes<'x>(message: &'x Message<'_>, part: &'x MessagePart<'_>) -> Cow<'x, [u8]> {
    let raw = || {
        message
            .raw_message
            .get(part.offset_body as usize..part.offset_end as usize)
            .unwrap_or_default()
    };
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => {
            let named = part.content_type().is_some_and(|it| it.has_attribute("charset"));
            if !text.contains('\u{fffd}') || named {
                return Cow::Borrowed(text.as_bytes());
            }
            let decoded = match part.encoding {
                Encoding::None => Some(raw().to_vec()),
                Encoding::Base64 => base64_decode(raw()),
                Encoding::QuotedPrintable => quoted_printable_decode(raw()),
            };
            match decoded {
                Some(bytes) => Cow::Owned(text::decode(&bytes).into_bytes()),
                None => Cow::Borrowed(text.as_bytes()),
            }
        }
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => Cow::Borrowed(bytes),
        PartType::Message(inner) if part.encoding != Encoding::None => {
            Cow::Borrowed(&inner.raw_message)
        }
        PartType::Message(_) | PartType::Multipart(_) => Cow::Borrowed(raw()),
    }
}

pub(super) fn mailboxes(address: &Address<'_>) -> Vec<Mailbox> {
    let mailbox = |it: &mail_parser::Addr<'_>| Mailbox {
        name: it.name().unwrap_or_default().trim().to_owned(),
        address: it.address().unwrap_or_default().trim().to_owned(),
    };
    address.iter().map(mailbox).filter(|it| !it.address.is_empty()).collect()
}

pub(super) fn mailboxes_first(address: &Address<'_>) -> Option<Mailbox> {
    mailboxes(address).into_iter().next()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    let all = match value {
        HeaderValue::Text(id) => vec![id.to_string()],
        HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    all.iter()
        .map(|id| id.trim().trim_matches(['<', '>']).to_owned())
        .filter(|id| !id.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mail: &str) -> Envelope {
        envelope(mail.replace('\n', "\r\n").as_bytes()).unwrap()
    }

    #[test]
    fn the_header_is_decoded() {
        let envelope = check(
            "From: =?iso-8859-1?Q?J=FCrgen_M=FCller?= <juergen@example.org>\nReply-To: <hier@example.org>\n\
             To: Amt <amt@example.org>, zwei@example.org\nSubject: =?utf-8?B?SHVuZCDDpA==?=\n\
             Date: Thu, 12 Mar 2026 10:00:00 +0100\nMessage-ID: <a@b>\nReferences: <1@x> <2@x>\nIn-Reply-To: <1@x>\n\nHallo\n",
        );
        assert_eq!(
            envelope.from.unwrap(),
            Mailbox { name: "Jürgen Müller".into(), address: "juergen@example.org".into() }
        );
        assert_eq!(envelope.reply_to.unwrap().address, "hier@example.org");
        assert_eq!(envelope.to.len(), 2);
        assert_eq!(envelope.subject, "Hund ä");
        assert_eq!(envelope.date.unwrap().to_string(), "2026-03-12T09:00:00Z");
        assert_eq!(envelope.message_id.as_deref(), Some("a@b"));
        assert_eq!(envelope.references, ["2@x", "1@x"]);
        assert_eq!(envelope.automatic, None);
    }

    #[test]
    fn plain_text_is_taken_before_html_and_html_before_nothing() {
        let both = b"From: a@b\r\nSubject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
            --b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nf\xfcr\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--b--\r\n";
        let (media_type, source) = body_source(both);
        assert_eq!(
            (media_type.0.as_str(), String::from_utf8(source).unwrap().trim()),
            ("text/plain", "für")
        );
        let html = b"From: a@b\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>nur html</p>\r\n";
        assert_eq!(body_source(html).0.0, "text/html");
        assert!(parts(html).is_empty());
    }

    #[test]
    fn text_that_does_not_name_its_encoding_keeps_its_umlauts() {
        let mail = b"From: a@b\r\nSubject: x\r\n\r\nStra\xdfe\r\n";
        assert_eq!(String::from_utf8(body_source(mail).1).unwrap().trim(), "Straße");
    }
}

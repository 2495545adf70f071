//! Writes a reply as RFC 5322 wants it. Every name and header goes through lettre's encoders, and
//! control characters are taken out before: no text of a letter can add a header.

use std::time::SystemTime;

use lettre::address::Envelope;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::{Error, File, Mail};
use crate::domain::{ITEM_HEADER, ItemId};

/// What programs shall not answer a mail of ours with ([MS-OXCMAIL], section 2.1.3.2.20). `All` would be shorter, but
/// it includes the non-delivery reports, and those we need. A `Precedence` is not set: the mail is no bulk, and some
/// servers answer bulk without a report (RFC 3834, section 3.1.8). `Auto-Submitted` is not set on a reply either: a
/// person approved it, and that is what its absence means (RFC 3834, section 5).
const NO_ANSWERS: &str = "DR, RN, NRN, OOF, AutoReply";

/// A header field of our own with a plain value.
macro_rules! header {
    ($name:ident, $field:expr) => {
        #[derive(Clone, Debug)]
        struct $name(String);
        impl Header for $name {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($field)
            }
            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }
            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}
header!(Ours, ITEM_HEADER);
header!(Suppress, "X-Auto-Response-Suppress");
header!(Submitted, "Auto-Submitted");

/// A mail as it goes over the wire.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    /// From whom to whom.
    pub(super) envelope: Envelope,
    /// Header and body.
    pub(super) bytes: Vec<u8>,
}

/// Composes a mail. The same mail gives the same header every time, so that a repetition is recognised.
pub(super) fn compose(mail: &Mail, item: &ItemId, from: &str) -> Result<Letter, Error> {
    let from = mailbox(from)?;
    let to = mailbox(&mail.to)?;
    let envelope = Envelope::new(Some(from.email.clone()), vec![to.email.clone()])
        .map_err(|error| refused(&mail.to, &error.to_string()))?;
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .subject(one_line(&mail.subject))
        .date(SystemTime::from(mail.date))
        .message_id(Some(in_brackets(&mail.message_id)));
    builder = match item.0.is_empty() {
        false => builder.header(Ours(one_line(&item.0))),
        // A mail to the operator: no person approved it (RFC 3834, section 5).
        true => builder.header(Submitted("auto-generated".to_owned())),
    };
    builder = builder.header(Suppress(NO_ANSWERS.to_owned()));
    if let Some(answered) = mail.in_reply_to.as_deref().filter(|it| !it.trim().is_empty()) {
        builder = builder.in_reply_to(in_brackets(answered));
    }
    let thread: Vec<String> = mail.references.iter().map(|id| in_brackets(id)).collect();
    if !thread.is_empty() {
        builder = builder.references(thread.join(" "));
    }
    let text = SinglePart::plain(mail.text.clone());
    let message = if mail.files.is_empty() {
        builder.singlepart(text)
    } else {
        let body = MultiPart::mixed().singlepart(text);
        builder
            .multipart(mail.files.iter().fold(body, |body, file| body.singlepart(attachment(file))))
    };
    let message = message.map_err(|error| refused(&mail.to, &error.to_string()))?;
    Ok(Letter { envelope, bytes: message.formatted() })
}

/// Whether a text is a mail address, alone or with a name before it.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, Error> {
    let text = one_line(text);
    if let Ok(address) = text.trim().parse::<Address>() {
        return Ok(Mailbox::new(None, address));
    }
    text.parse().map_err(|_| refused(&text, "this is not a mail address"))
}

/// A message id in its brackets, without anything that could end the header or the search for it.
pub(super) fn in_brackets(id: &str) -> String {
    let plain = |it: &char| it.is_ascii_graphic() && !matches!(it, '<' | '>' | '"' | '\\');
    format!("<{}>", id.chars().filter(plain).collect::<String>())
}

fn attachment(file: &File) -> SinglePart {
    let unknown = ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN);
    let media = ContentType::parse(&one_line(&file.media_type)).unwrap_or(unknown);
    Attachment::new(one_line(&file.name)).body(file.bytes.clone(), media)
}

fn one_line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

fn refused(place: &str, why: &str) -> Error {
    Error::Refused { place: place.to_owned(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};

    use super::*;

    fn mail() -> Mail {
        Mail {
            message_id: "v-1@stadt.example".to_owned(),
            date: "2026-11-22T10:00:00Z".parse().unwrap(),
            to: "Jürgen Groß <jg@post.example>".to_owned(),
            subject:
                "Ihre Anmeldung zur Hundesteuer – Kassenzeichen für „Bello“, Straße der Höflichkeit"
                    .to_owned(),
            text: "Guten Tag,\n\nüber Ihre Anmeldung …\n.\nGrüße\n".to_owned(),
            in_reply_to: Some("a@post.example".to_owned()),
            references: vec!["b@post.example".to_owned(), "a@post.example".to_owned()],
            files: Vec::new(),
        }
    }

    #[test]
    fn what_is_composed_reads_back_the_same() {
        let mut mail = mail();
        let name = "Bescheid für Groß.docx".to_owned();
        let media_type = "application/pdf".to_owned();
        mail.files.push(File { name: name.clone(), media_type, bytes: vec![0, 255, 13, 10] });
        let letter =
            compose(&mail, &"item-1".into(), "Stadt Musterstadt <post@stadt.example>").unwrap();
        let read = MessageParser::default().parse(&letter.bytes).unwrap();
        assert_eq!(read.subject(), Some(mail.subject.as_str()));
        assert_eq!(read.message_id(), Some("v-1@stadt.example"));
        assert_eq!(read.in_reply_to().as_text(), Some("a@post.example"));
        let thread = ["b@post.example", "a@post.example"];
        assert_eq!(read.references().as_text_list().unwrap(), thread);
        assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n"), mail.text);
        assert_eq!(read.to().unwrap().first().unwrap().name(), Some("Jürgen Groß"));
        assert_eq!(read.date().unwrap().to_rfc3339(), "2026-11-22T10:00:00Z");
        let file = read.attachment(0).unwrap();
        assert_eq!(
            (file.attachment_name(), file.contents()),
            (Some(name.as_str()), &[0, 255, 13, 10][..])
        );
        assert!(letter.bytes.is_ascii());
        let header = |name: &'static str| read.header_raw(name).map(str::trim);
        assert_eq!(header("X-Vorlage-Item"), Some("item-1"));
        assert!(!header("X-Auto-Response-Suppress").unwrap().contains("NDR"));
        assert_eq!((header("Auto-Submitted"), header("Precedence")), (None, None));
        let alarm = compose(&mail, &ItemId::default(), "post@stadt.example").unwrap();
        let read = MessageParser::default().parse(&alarm.bytes).unwrap();
        assert_eq!(read.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
        assert_eq!(read.header_raw("X-Vorlage-Item"), None);
    }

    #[test]
    fn no_text_adds_a_header() {
        let mut mail = mail();
        mail.subject = "Hallo\r\nBcc: alle@post.example\r\n\r\nText".to_owned();
        mail.to = "\"x\r\nBcc: alle@post.example\" <jg@post.example>".to_owned();
        mail.message_id = "x>\r\nBcc: <y@z".to_owned();
        mail.references = vec!["a\r\nBcc: alle@post.example".to_owned()];
        let name = "x\"\r\nBcc: alle@post.example\r\n.pdf".to_owned();
        let media_type = "text/plain\r\nBcc: alle@post.example".to_owned();
        mail.files.push(File { name, media_type, bytes: Vec::new() });
        let letter =
            compose(&mail, &"item-1".into(), "post@stadt.example\r\nBcc: alle@post.example");
        assert!(letter.is_err(), "the sender is no address");
        let letter = compose(&mail, &"item-1".into(), "post@stadt.example").unwrap();
        let text = String::from_utf8(letter.bytes).unwrap();
        assert!(!text.lines().any(|line| line.to_lowercase().starts_with("bcc:")), "{text}");
        assert_eq!(letter.envelope.to().len(), 1);
    }

    #[test]
    fn a_reply_to_nobody_is_refused() {
        for to in ["", "kein Mensch", "a@b@c", "a@b.example, c@d.example"] {
            let error = compose(
                &Mail { to: to.to_owned(), ..mail() },
                &"item-1".into(),
                "post@stadt.example",
            )
            .unwrap_err();
            assert!(matches!(error, Error::Refused { .. }), "{to}: {error}");
        }
    }
}

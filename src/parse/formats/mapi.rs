//! What Outlook calls a message: properties by number, and the mail they make.
//!
//! Both Outlook's own files (`msg`) and what Exchange puts into mails (`tnef`) hold these. They are
//! written as the mail (RFC 5322, MIME) that Outlook would have sent, so that everything that holds
//! for mails holds for them too.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;
use jiff::Timestamp;

use super::{ole, rtf};
use crate::parse::text;

/// The value of a property, as far as anything here needs it.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text in Unicode.
    Text(String),
    /// Text in the code page of the message.
    Narrow(Vec<u8>),
    /// Anything else that has a length.
    Bytes(Vec<u8>),
    /// Numbers, truth, points in time.
    Number(u64),
}

/// The properties of a message, a recipient or an attachment ([MS-OXPROPS]).
#[derive(Clone, Debug, Default)]
pub(super) struct Properties {
    values: BTreeMap<u16, Value>,
}

/// A message with what belongs to it.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// Its own properties.
    pub(super) properties: Properties,
    /// One for each recipient.
    pub(super) recipients: Vec<Properties>,
    /// What is attached.
    pub(super) attachments: Vec<Attachment>,
}

/// An attachment.
#[derive(Debug, Default)]
pub(super) struct Attachment {
    /// Its properties.
    pub(super) properties: Properties,
    /// Its name, when that is not among them.
    pub(super) name: String,
    /// Its content, when that is not among them.
    pub(super) bytes: Option<Vec<u8>>,
    /// Set when it is a message itself.
    pub(super) message: Option<Message>,
}

impl Properties {
    /// Adds one.
    pub(super) fn set(&mut self, id: u16, value: Value) {
        self.values.insert(id, value);
    }

    /// Adds one, unless it is there.
    pub(super) fn set_default(&mut self, id: u16, value: Value) {
        self.values.entry(id).or_insert(value);
    }

    fn text(&self, id: u16, encoding: &'static Encoding) -> Option<String> {
        let text = match self.values.get(&id)? {
            Value::Text(text) => text.clone(),
            Value::Narrow(bytes) => decode(bytes, encoding),
            Value::Bytes(_) | Value::Number(_) => return None,
        };
        Some(text.trim_matches(['\u{0}', ' ', '\r', '\n']).to_owned()).filter(|it| !it.is_empty())
    }

    fn bytes(&self, id: u16) -> Option<&[u8]> {
        match self.values.get(&id)? {
            Value::Bytes(bytes) | Value::Narrow(bytes) => Some(bytes),
            Value::Text(text) => Some(text.as_bytes()),
            Value::Number(_) => None,
        }
    }

    /// The object of an attachment that is a message or a picture of another program.
    pub(super) fn object(&self) -> Option<&[u8]> {
        self.bytes(0x3701)
    }

    fn number(&self, id: u16) -> Option<u64> {
        match self.values.get(&id)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The code page of texts: of the message, else of its body on the Internet.
    fn encoding(&self) -> &'static Encoding {
        let number = self.number(0x3ffd).or_else(|| self.number(0x3fde));
        let known = number.and_then(|number| u32::try_from(number).ok());
        ole::codepage(known.unwrap_or(1252))
    }

    fn time(&self, id: u16) -> Option<Timestamp> {
        // Tenths of a microsecond since 1601 (FILETIME).
        let seconds = i64::try_from(self.number(id)? / 10_000_000).ok()? - 11_644_473_600;
        Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)
    }
}

/// Some programs write UTF-8 whatever the code page says.
fn decode(bytes: &[u8], encoding: &'static Encoding) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

impl Message {
    /// The mail that this message is or would be.
    pub(super) fn to_mail(&self) -> Vec<u8> {
        let seed = format!("{:?}", self.properties);
        self.write(&blake3::hash(seed.as_bytes()).to_hex())
    }

    fn write(&self, boundary: &str) -> Vec<u8> {
        let mut mail = self.header().into_bytes();
        if let Some(signed) = self.signed() {
            mail.extend_from_slice(signed);
            return mail;
        }
        let (outer, inner) = (format!("m-{boundary}"), format!("a-{boundary}"));
        let open = |kind: &str, boundary: &str| {
            format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n")
        };
        mail.extend(b"MIME-Version: 1.0\r\n");
        mail.extend(open("mixed", &outer).bytes());
        mail.extend(format!("--{outer}\r\n{}", open("alternative", &inner)).bytes());
        let (plain, html) = self.bodies();
        for (kind, body) in [("plain", plain), ("html", html)] {
            let Some(body) = body else { continue };
            let head = format!(
                "--{inner}\r\nContent-Type: text/{kind}; charset=utf-8\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n"
            );
            mail.extend(head.bytes());
            mail.extend(base64_lines(body.as_bytes()));
        }
        mail.extend(format!("--{inner}--\r\n").bytes());
        let encoding = self.properties.encoding();
        for (number, attachment) in self.attachments.iter().enumerate() {
            mail.extend(format!("--{outer}\r\n").bytes());
            mail.extend(attachment.write(encoding, &format!("{boundary}-{number}")));
            mail.extend(b"\r\n");
        }
        mail.extend(format!("--{outer}--\r\n").bytes());
        mail
    }

    /// Signed and encrypted mails may be kept as they were sent, in one attachment ([MS-OXOSMIME]).
    fn signed(&self) -> Option<&[u8]> {
        let class = self.class()?;
        let [only] = self.attachments.as_slice() else { return None };
        let content = only.content()?;
        let begins = content.get(..13)?.eq_ignore_ascii_case(b"content-type:");
        (class.contains("SMIME") && begins).then_some(content)
    }

    fn class(&self) -> Option<String> {
        self.properties.text(0x001a, self.properties.encoding())
    }

    /// The header as it came over the Internet; what is missing there, from the properties.
    fn header(&self) -> String {
        let properties = &self.properties;
        let encoding = properties.encoding();
        let text = |id| properties.text(id, encoding);
        let mut header = header_fields(&text(0x007d).unwrap_or_default());
        let mut add = |name: &str, value: Option<String>| {
            let value: String =
                value.unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
            let beginning = format!("{}:", name.to_lowercase());
            let known = header.lines().any(|line| {
                line.get(..beginning.len()).is_some_and(|it| it.eq_ignore_ascii_case(&beginning))
            });
            if !known && !value.trim().is_empty() {
                header.push_str(&format!("{name}: {value}\r\n"));
            }
        };
        let sender = |name: u16, smtp: u16, address: u16| {
            mailbox(text(name), text(smtp).or_else(|| text(address)))
        };
        let from = sender(0x0042, 0x5d02, 0x0065).or_else(|| sender(0x0c1a, 0x5d01, 0x0c1f));
        add("From", from);
        for (kind, name) in [(1, "To"), (2, "Cc")] {
            let named = self.recipients.iter().filter(|it| it.number(0x0c15) == Some(kind));
            let named: Vec<String> = named.filter_map(|it| recipient(it, encoding)).collect();
            add(name, Some(named.join(", ")));
        }
        add("Subject", text(0x0037));
        let date = properties.time(0x0039).or_else(|| properties.time(0x0e06));
        add("Date", date.map(|it| it.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()));
        add("Message-ID", text(0x1035));
        add("References", text(0x1039));
        add("In-Reply-To", text(0x1042));
        let class = self.class().unwrap_or_default();
        if class.starts_with("REPORT.") {
            add("Auto-Submitted", Some("auto-generated".to_owned()));
        } else if class.contains("OofTemplate") {
            add("Auto-Submitted", Some("auto-replied".to_owned()));
        }
        add("X-Message-Class", Some(class));
        header
    }

    /// The text and the page, as far as there are.
    fn bodies(&self) -> (Option<String>, Option<String>) {
        let properties = &self.properties;
        let plain = properties.text(0x1000, properties.encoding());
        let html = properties.bytes(0x1013).map(|bytes| {
            let label = properties.number(0x3fde).and_then(|it| u32::try_from(it).ok());
            let label = label.map(|number| ole::codepage(number).name());
            text::decode_as(bytes, label)
        });
        let html = html.filter(|html| !html.trim().is_empty());
        if html.is_some() {
            return (plain, html);
        }
        let packed = properties.bytes(0x1009).and_then(rtf::unpack);
        match packed.map(|rtf| rtf::page_or_text(&rtf)) {
            Some(rtf::Body::Page(page)) => (plain, Some(page)),
            Some(rtf::Body::Text(text)) => (plain.or(Some(text)), None),
            None => (plain, None),
        }
    }
}

impl Attachment {
    fn content(&self) -> Option<&[u8]> {
        self.bytes.as_deref().or_else(|| self.properties.bytes(0x3701))
    }

    fn write(&self, encoding: &'static Encoding, boundary: &str) -> Vec<u8> {
        let text = |id| self.properties.text(id, encoding);
        if let Some(message) = &self.message {
            let mut mail = b"Content-Type: message/rfc822\r\n\r\n".to_vec();
            mail.extend(message.write(boundary));
            return mail;
        }
        let own = Some(self.name.clone()).filter(|name| !name.is_empty());
        let name = text(0x3707).or(own).or_else(|| text(0x3704)).or_else(|| text(0x3001));
        let declared = text(0x370e).filter(|it| is_harmless(it));
        let mut mail = format!(
            "Content-Type: {}\r\nContent-Transfer-Encoding: base64\r\n",
            declared.as_deref().unwrap_or("application/octet-stream")
        );
        if let Some(id) = text(0x3712) {
            let id: String = id.chars().filter(|c| c.is_ascii_graphic()).collect();
            mail.push_str(&format!("Content-ID: <{}>\r\n", id.trim_matches(['<', '>'])));
        }
        let name = name.map(|name| format!("; filename*=utf-8''{}", percent(&name)));
        let name = name.unwrap_or_default();
        mail.push_str(&format!("Content-Disposition: attachment{name}\r\n\r\n"));
        let mut mail = mail.into_bytes();
        mail.extend(base64_lines(self.content().unwrap_or_default()));
        mail
    }
}

/// A type that changes nothing about how the bytes are taken.
fn is_harmless(declared: &str) -> bool {
    let known = declared.split('/').next().unwrap_or_default().to_lowercase();
    ["application", "image", "audio", "video"].contains(&known.as_str())
        && declared.chars().all(|c| c.is_ascii_alphanumeric() || "/.+-".contains(c))
}

/// The header fields of a mail, without those that tell how its body is packed.
fn header_fields(header: &str) -> String {
    let mut fields = String::new();
    let mut keep = false;
    for line in header.lines().map(str::trim_end) {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default().trim().to_lowercase();
            let named = line.contains(':') && !name.is_empty() && !name.contains(' ');
            keep = named && !name.starts_with("content-") && name != "mime-version";
        }
        if keep && !line.trim().is_empty() {
            fields.push_str(line);
            fields.push_str("\r\n");
        }
    }
    fields
}

fn recipient(properties: &Properties, encoding: &'static Encoding) -> Option<String> {
    let text = |id| properties.text(id, encoding);
    mailbox(text(0x3001), text(0x39fe).or_else(|| text(0x3003)))
}

/// `"name" <address>`; an address inside Exchange (`/O=…`) is none for anybody outside.
fn mailbox(name: Option<String>, address: Option<String>) -> Option<String> {
    let address = address.or_else(|| name.clone()).filter(|it| it.contains('@'))?;
    let name = name.unwrap_or_default().replace(['"', '\\'], "");
    let address: String =
        address.chars().filter(|c| !c.is_whitespace() && !"<>,;\"".contains(*c)).collect();
    Some(format!("\"{name}\" <{address}>"))
}

fn percent(name: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    name.bytes()
        .map(|byte| match keep(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len() / 3 * 4 + bytes.len() / 28 + 8);
    for line in bytes.chunks(57) {
        lines.extend(STANDARD.encode(line).bytes());
        lines.extend(b"\r\n");
    }
    lines
}

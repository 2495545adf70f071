//! `winmail.dat` ([MS-OXTNEF]): what Exchange puts into a mail when it trusts nobody else's formats.

use super::mapi::{Attachment, Message, Properties, Value};
use super::ole::{u16_at, u32_at, u64_at, utf16};
use super::{Context, Inner, mail, problem};
use crate::domain::{Document, Problem};

/// What is read here.
pub(in crate::parse) const MEDIA_TYPES: &[&str] = &["application/vnd.ms-tnef"];

/// Messages in messages.
const DEPTH: usize = 20;
/// Attachments of one message.
const ENTRIES: usize = 1000;
/// Every stream begins with these.
const SIGNATURE: &[u8] = b"\x78\x9f\x3e\x22";
/// The interface of a message in a message: then its object is another stream.
const IID: usize = 16;

/// Reads the message in it.
pub(super) fn read(bytes: &[u8], context: &Context<'_>) -> Document {
    match to_mail(bytes) {
        Ok(mail) => {
            let mut document = mail::read(&mail, context);
            // What is attached to it follows as documents of their own.
            document.problems.retain(|problem| problem.code != "P0302");
            if is_cut(bytes) {
                let detail = "damaged winmail.dat: its rest cannot be read";
                document.problems.push(Problem::new("P0102", detail));
            }
            document
        }
        Err(Problem { code, detail }) => problem(&code, &detail),
    }
}

/// What is attached to it.
pub(super) fn parts(bytes: &[u8]) -> Vec<Inner> {
    to_mail(bytes).map(|mail| mail::parts(&mail)).unwrap_or_default()
}

/// The message as a mail (RFC 5322).
pub(in crate::parse) fn to_mail(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    if !bytes.starts_with(SIGNATURE) || bytes.len() < 6 {
        return Err(Problem::new("P0102", "damaged winmail.dat"));
    }
    Ok(message(bytes, 0).to_mail())
}

/// Whether the stream does not end where its last attribute says that it ends.
fn is_cut(bytes: &[u8]) -> bool {
    let mut at = 6;
    while let Some((_, _, data)) = attribute(bytes, at) {
        let length = u32_at(bytes, at + 5).and_then(|it| usize::try_from(it).ok());
        if length != Some(data.len()) {
            return true;
        }
        at += 9 + data.len() + 2;
    }
    // Some programs fill up with zeros.
    bytes.get(at..).unwrap_or_default().iter().any(|byte| *byte != 0)
}

fn message(bytes: &[u8], depth: usize) -> Message {
    let mut message = Message::default();
    let mut at = 6;
    while let Some((level, id, data)) = attribute(bytes, at) {
        at += 9 + data.len() + 2;
        match (level, id) {
            (1, 0x8008) => message.properties.set(0x001a, Value::Narrow(class(data))),
            (1, 0x8004) => message.properties.set_default(0x0037, Value::Narrow(cut(data))),
            (1, 0x800c) => message.properties.set_default(0x1000, Value::Narrow(cut(data))),
            (1, 0x9007) => {
                let number = u32_at(data, 0).unwrap_or(1252);
                message.properties.set_default(0x3ffd, Value::Number(number.into()));
            }
            (1, 0x9003) => properties(data, &mut message.properties),
            (2, 0x9002) if message.attachments.len() < ENTRIES => {
                message.attachments.push(Attachment::default());
            }
            (2, _) => {
                if let Some(attachment) = message.attachments.last_mut() {
                    attach(id, data, attachment, depth);
                }
            }
            _ => {}
        }
    }
    message
}

fn attach(id: u16, data: &[u8], attachment: &mut Attachment, depth: usize) {
    match id {
        0x8010 => {
            attachment.name = crate::parse::text::decode(&cut(data));
        }
        0x800f => attachment.bytes = Some(data.to_vec()),
        0x9005 => {
            properties(data, &mut attachment.properties);
            let object = attachment.properties.object().unwrap_or_default();
            if let Some(inner) = object.get(IID..).filter(|it| it.starts_with(SIGNATURE))
                && depth < DEPTH
            {
                attachment.message = Some(message(inner, depth + 1));
            }
        }
        _ => {}
    }
}

/// Level, number and data of the attribute at a place.
fn attribute(bytes: &[u8], at: usize) -> Option<(u8, u16, &[u8])> {
    let level = *bytes.get(at)?;
    let id = u16_at(bytes, at + 1)?;
    let length = usize::try_from(u32_at(bytes, at + 5)?).ok()?;
    let rest = bytes.get(at + 9..)?;
    // A cut file still has the beginning of its last attachment.
    Some((level, id, rest.get(..length).unwrap_or(rest)))
}

/// `IPM.Microsoft Mail.Note` is what plain `IPM.Note` was called before Exchange.
fn class(data: &[u8]) -> Vec<u8> {
    let class = String::from_utf8_lossy(data).replace("IPM.Microsoft Mail.", "IPM.");
    cut(class.as_bytes())
}

fn cut(data: &[u8]) -> Vec<u8> {
    data.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

/// Properties one after the other ([MS-OXTNEF] 2.1.3.4). The first that makes no sense ends them.
fn properties(data: &[u8], properties: &mut Properties) {
    let mut at = 4;
    for _ in 0..u32_at(data, 0).unwrap_or_default() {
        let Some(next) = property(data, at, properties) else { return };
        at = next;
    }
}

fn property(data: &[u8], mut at: usize, properties: &mut Properties) -> Option<usize> {
    let (kind, id) = (u16_at(data, at)?, u16_at(data, at + 2)?);
    at += 4;
    if id >= 0x8000 {
        // A named one: a set, then a number or a name. None of these is needed here.
        at += 16;
        at += match u32_at(data, at)? {
            0 => 8,
            _ => 8 + padded(usize::try_from(u32_at(data, at + 4)?).ok()?),
        };
    }
    let (many, kind) = (kind & 0x1000 != 0, kind & !0x1000);
    let sized = matches!(kind, 0x000d | 0x001e | 0x001f | 0x0102);
    let count = if many || sized { u32_at(data, at)? } else { 1 };
    at += if many || sized { 4 } else { 0 };
    for number in 0..count {
        let value = if sized {
            let length = usize::try_from(u32_at(data, at)?).ok()?;
            let content = data.get(at + 4..at.checked_add(4)?.checked_add(length)?)?;
            at += 4 + padded(length);
            match kind {
                0x001f => Value::Text(utf16(content)),
                0x001e => Value::Narrow(content.to_vec()),
                _ => Value::Bytes(content.to_vec()),
            }
        } else {
            let (length, content) = match kind {
                0x0002 | 0x000b => (4, u64::from(u16_at(data, at)?)),
                0x0003 | 0x0004 | 0x000a => (4, u64::from(u32_at(data, at)?)),
                0x0005..=0x0007 | 0x0014 | 0x0040 => (8, u64_at(data, at)?),
                0x0048 => (16, 0),
                _ => return None,
            };
            data.get(at..at + length)?;
            at += length;
            Value::Number(content)
        };
        if number == 0 && id < 0x8000 {
            properties.set(id, value);
        }
    }
    Some(at)
}

fn padded(length: usize) -> usize {
    length.saturating_add(3) & !3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(level: u8, kind: u16, id: u16, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        let id = [id.to_le_bytes(), kind.to_le_bytes()].concat();
        [&[level], id.as_slice(), &length, data, &[0, 0]].concat()
    }

    fn property(kind: u16, id: u16, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        let mut bytes =
            [&kind.to_le_bytes()[..], &id.to_le_bytes(), &[1, 0, 0, 0], &length, data].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn winmail() -> Vec<u8> {
        let long: Vec<u8> = "Liste März.csv\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let subject = property(0x001e, 0x0037, b"Hund f\xfcr alle\0");
        // A property with a name of its own comes before: it is passed over.
        let named = [
            &0x001e_u16.to_le_bytes()[..],
            &0x8000_u16.to_le_bytes(),
            &[0; 16],
            &[1, 0, 0, 0, 6, 0, 0, 0],
            b"a\0b\0\0\0\0\0",
            &[1, 0, 0, 0, 2, 0, 0, 0, b'x', 0, 0, 0],
        ]
        .concat();
        [
            SIGNATURE.to_vec(),
            vec![1, 0],
            attribute(1, 0x0007, 0x8008, b"IPM.Microsoft Mail.Note\0"),
            attribute(1, 0x0006, 0x9003, &[vec![2, 0, 0, 0], named, subject].concat()),
            attribute(1, 0x0002, 0x800c, b"Guten Tag\0"),
            attribute(2, 0x0006, 0x9002, &[0; 14]),
            attribute(2, 0x0001, 0x8010, b"LISTE~1.CSV\0"),
            attribute(2, 0x0006, 0x800f, b"a;b\n1;2\n"),
            attribute(
                2,
                0x0006,
                0x9005,
                &[vec![1, 0, 0, 0], property(0x001f, 0x3707, &long)].concat(),
            ),
        ]
        .concat()
    }

    #[test]
    fn a_winmail_dat_gives_back_what_it_hides() {
        let document = read(&winmail(), &Context { media_type: MEDIA_TYPES[0] });
        assert!(document.text.contains("Subject: Hund für alle"), "{}", document.text);
        assert!(document.text.contains("Guten Tag"), "{}", document.text);
        let parts = parts(&winmail());
        assert_eq!((parts.len(), parts[0].name.as_str()), (1, "Liste März.csv"));
        assert_eq!(parts[0].bytes, b"a;b\n1;2\n");
    }

    #[test]
    fn a_cut_winmail_dat_never_ends_the_reader() {
        let whole = winmail();
        for end in 0..whole.len() {
            drop(parts(&whole[..end]));
        }
        let document = read(b"x", &Context { media_type: MEDIA_TYPES[0] });
        assert_eq!(document.problems[0].code, "P0102");
    }
}

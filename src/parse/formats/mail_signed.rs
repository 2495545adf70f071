//! Signed mail (RFC 8551): what was signed is taken out of its envelope, and the signature is named.
//! It is never verified: that a signature is there says nothing about who wrote the mail.

use std::borrow::Cow;

use mail_parser::{MessageParser, MimeHeaders};

use super::{Context, Inner, mail};
use crate::domain::{Document, Problem};

/// Signatures, with what they sign or without it.
pub(super) const MEDIA_TYPES: &[&str] =
    &["application/pkcs7-signature", "application/pgp-signature"];

/// `signedData` (RFC 5652, section 5.1).
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// Containers in containers in DER.
const DEPTH: usize = 16;

/// A signature says that it was not checked.
pub(super) fn read(_: &[u8], context: &Context<'_>) -> Document {
    let kind = if context.media_type.ends_with("pgp-signature") { "PGP" } else { "S/MIME" };
    let told = format!("signed with {kind}; the signature was not checked");
    Document { problems: vec![Problem::new("P0407", told)], ..Document::default() }
}

/// What was signed, when it lies inside the signature.
pub(super) fn parts(bytes: &[u8]) -> Vec<Inner> {
    let inner = |bytes| Inner { bytes, ..Inner::default() };
    content(bytes).map(inner).into_iter().collect()
}

/// The mail with what was signed in the place of the envelope around it; as it is when there is none.
pub(super) fn opened(bytes: &[u8]) -> Cow<'_, [u8]> {
    rebuilt(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned)
}

/// The envelope that [`opened`] takes away, as an attachment.
pub(super) fn envelope_of(bytes: &[u8]) -> Option<Inner> {
    let message = MessageParser::default().parse(bytes)?;
    let root = message.parts.first()?;
    Some(Inner {
        name: root.attachment_name().unwrap_or("smime.p7m").to_owned(),
        declared: "application/pkcs7-mime".to_owned(),
        bytes: mail::part_bytes(&message, root).into_owned(),
        ..Inner::default()
    })
}

fn rebuilt(bytes: &[u8]) -> Option<Vec<u8>> {
    const NAMES: &[&[u8]] = &[b"pkcs7-mime", b".p7m"];
    let head = bytes.get(..64 << 10).unwrap_or(bytes).to_ascii_lowercase();
    if !NAMES.iter().any(|name| crate::parse::sniff::find(&head, name).is_some()) {
        return None;
    }
    let message = MessageParser::default().parse(bytes)?;
    let root = message.parts.first().filter(|root| root.sub_parts().is_none())?;
    let inside = content(&mail::part_bytes(&message, root))?;
    let mut mail = Vec::new();
    for header in root.headers() {
        // What describes the envelope does not describe what was in it.
        if !header.name().to_ascii_lowercase().starts_with("content-") {
            let (start, end) = (header.offset_field() as usize, header.offset_end() as usize);
            mail.extend_from_slice(bytes.get(start..end)?);
        }
    }
    mail.extend_from_slice(&inside);
    Some(mail)
}

/// The content of a `SignedData` (RFC 5652, section 5.1), if it is not detached.
fn content(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut info = Reader(Reader(bytes).enter(0x30)?);
    if info.value(0x06)? != SIGNED_DATA {
        return None;
    }
    let mut signed = Reader(Reader(info.enter(0xa0)?).enter(0x30)?);
    signed.value(0x02)?;
    signed.skip(0)?; // digestAlgorithms
    let mut encapsulated = Reader(signed.enter(0x30)?);
    encapsulated.value(0x06)?;
    let mut content = Reader(encapsulated.enter(0xa0)?);
    let mut found = Vec::new();
    content.octets(&mut found, 0)?;
    Some(found).filter(|it| !it.is_empty())
}

/// Reads values of DER, and of BER where lengths are left open and octets come in pieces (X.690,
/// section 8): that is how mail programs write long ones.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Tag, length if it is told, and what follows the head.
    fn head(&self) -> Option<(u8, Option<usize>, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        match *first {
            0x80 => Some((*tag, None, rest)),
            short @ 0..0x80 => Some((*tag, Some(usize::from(short)), rest)),
            long => {
                let mut length = 0_usize;
                for _ in 0..(long & 0x7f) {
                    let (byte, after) = rest.split_first()?;
                    length = length.checked_mul(256)?.checked_add(usize::from(*byte))?;
                    rest = after;
                }
                Some((*tag, Some(length), rest))
            }
        }
    }

    /// What is in a container; of an open one everything that follows.
    fn enter(&mut self, wanted: u8) -> Option<&'a [u8]> {
        let (_, length, rest) = self.head().filter(|it| it.0 == wanted)?;
        if let Some(length) = length {
            let inside = rest.get(..length)?;
            self.0 = rest.get(length..)?;
            return Some(inside);
        }
        self.skip(0)?;
        Some(rest)
    }

    /// A value without containers.
    fn value(&mut self, wanted: u8) -> Option<&'a [u8]> {
        let (_, length, rest) = self.head().filter(|it| it.0 == wanted)?;
        self.0 = rest.get(length?..)?;
        rest.get(..length?)
    }

    /// Goes past a value.
    fn skip(&mut self, depth: usize) -> Option<()> {
        let (_, length, rest) = self.head().filter(|_| depth < DEPTH)?;
        if let Some(length) = length {
            self.0 = rest.get(length..)?;
            return Some(());
        }
        self.0 = rest;
        while !self.0.starts_with(&[0, 0]) {
            self.skip(depth + 1)?;
        }
        self.0 = self.0.get(2..)?;
        Some(())
    }

    /// Octets in one piece or in several.
    fn octets(&mut self, found: &mut Vec<u8>, depth: usize) -> Option<()> {
        let (tag, length, rest) = self.head().filter(|_| depth < DEPTH)?;
        match (tag, length) {
            (0x04, Some(length)) => {
                found.extend_from_slice(rest.get(..length)?);
                self.0 = rest.get(length..)?;
            }
            (0x24, Some(length)) => {
                let mut inside = Reader(rest.get(..length)?);
                while !inside.0.is_empty() {
                    inside.octets(found, depth + 1)?;
                }
                self.0 = rest.get(length..)?;
            }
            (0x24, None) => {
                self.0 = rest;
                while !self.0.starts_with(&[0, 0]) {
                    self.octets(found, depth + 1)?;
                }
                self.0 = self.0.get(2..)?;
            }
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// A value with its head.
    fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], length.as_slice(), value].concat()
    }

    fn open(tag: u8, value: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], value, &[0, 0]].concat()
    }

    fn signed(content: &[u8], wrap: fn(u8, &[u8]) -> Vec<u8>) -> Vec<u8> {
        let data = tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]);
        let encapsulated = wrap(0x30, &[data, wrap(0xa0, content)].concat());
        let body = [tlv(2, &[1]), tlv(0x31, &[]), encapsulated, tlv(0x31, &[])].concat();
        let kind = [&[6, 9], SIGNED_DATA].concat();
        wrap(0x30, &[kind, wrap(0xa0, &wrap(0x30, &body))].concat())
    }

    const ENTITY: &[u8] =
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nStra\xc3\x9fe gesperrt\r\n";

    #[test]
    fn what_was_signed_is_taken_out_in_one_piece_or_in_many() {
        let pieces = ENTITY.chunks(7).map(|piece| tlv(4, piece)).collect::<Vec<_>>().concat();
        for bytes in [
            signed(&tlv(4, ENTITY), tlv),
            signed(&tlv(0x24, &pieces), tlv),
            signed(&open(0x24, &pieces), open),
        ] {
            assert_eq!(content(&bytes).as_deref(), Some(ENTITY));
            for cut in 0..bytes.len() - 1 {
                let cut = content(bytes.get(..cut).unwrap());
                assert!(cut.is_none_or(|it| it == ENTITY));
            }
        }
        assert_eq!(content(&open(0x30, &[0x24, 0x80].repeat(5000))), None);
    }

    #[test]
    fn a_mail_in_a_signature_is_read_as_if_it_were_open() {
        let p7m = STANDARD.encode(signed(&tlv(4, ENTITY), tlv));
        let text = format!(
            "From: a@example.org\r\nSubject: Sperrung\r\nContent-Type: application/pkcs7-mime; \
             smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n{p7m}\r\n"
        );
        let (media_type, body) = mail::body_source(text.as_bytes());
        assert_eq!(media_type.0, "text/plain");
        assert_eq!(String::from_utf8(body).unwrap().trim(), "Straße gesperrt");
        assert_eq!(mail::envelope(text.as_bytes()).unwrap().subject, "Sperrung");
        let attached = mail::parts(text.as_bytes());
        assert_eq!(attached.len(), 1);
        assert_eq!(attached[0].name, "smime.p7m");
    }
}

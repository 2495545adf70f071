//! Rich text (RTF 1.9), alone and as Outlook packs it into messages.

use super::Context;
use super::rtf_reader::{self, Out};
use crate::domain::{Document, Problem};
use crate::parse::flow::Flow;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &["text/rtf", "application/rtf"];

/// The dictionary that every packed stream begins with ([MS-OXRTFCP] 2.1.2.1).
const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
/// The most that is unpacked.
const UNPACKED: usize = 32 << 20;

/// What a message's rich text is.
pub(super) enum Body {
    /// A web page in disguise ([MS-OXRTFEX]).
    Page(String),
    /// Text.
    Text(String),
}

/// Reads rich text.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let (out, whole) = rtf_reader::read(bytes, Out::Text(Flow::default()));
    let mut document = match out {
        Out::Text(flow) => flow.finish(),
        Out::Page(text) => Document { text, ..Document::default() },
    };
    if !whole {
        let detail = "the text ends in the middle of a group";
        document.problems.push(Problem::new("P0102", detail));
    }
    document
}

/// The page that rich text was made from, or the text of what never was a page.
pub(super) fn page_or_text(bytes: &[u8]) -> Body {
    let head = String::from_utf8_lossy(bytes.get(..512).unwrap_or(bytes)).into_owned();
    if head.contains("\\fromhtml") {
        let (out, _) = rtf_reader::read(bytes, Out::Page(String::new()));
        if let Out::Page(page) = out {
            return Body::Page(page);
        }
    }
    Body::Text(read(bytes, &Context { media_type: "text/rtf" }).text)
}

/// Unpacks the rich text of a message ([MS-OXRTFCP]).
pub(super) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let size = usize::try_from(super::ole::u32_at(packed, 4)?).ok()?.min(UNPACKED);
    let content = packed.get(16..)?;
    match packed.get(8..12)? {
        b"MELA" => return Some(content.get(..size).unwrap_or(content).to_vec()),
        b"LZFu" => {}
        _ => return None,
    }
    let mut ring = [b' '; 4096];
    ring.get_mut(..DICTIONARY.len())?.copy_from_slice(DICTIONARY);
    let mut write = DICTIONARY.len();
    let mut unpacked = Vec::with_capacity(size.min(content.len().saturating_mul(8)));
    let mut input = content.iter().copied();
    while let Some(control) = input.next() {
        for bit in 0..8 {
            let Some(first) = input.next() else { return Some(unpacked) };
            let (mut from, length) = if control & (1 << bit) == 0 {
                (None, 1)
            } else {
                let Some(second) = input.next() else { return Some(unpacked) };
                let reference = usize::from(first) << 8 | usize::from(second);
                (Some(reference >> 4), (reference & 0xf) + 2)
            };
            if from == Some(write) {
                return Some(unpacked);
            }
            for _ in 0..length {
                let byte = from.and_then(|at| ring.get(at).copied()).unwrap_or(first);
                from = from.map(|at| (at + 1) % ring.len());
                if let Some(place) = ring.get_mut(write) {
                    *place = byte;
                }
                write = (write + 1) % ring.len();
                unpacked.push(byte);
                if unpacked.len() >= size {
                    return Some(unpacked);
                }
            }
        }
    }
    Some(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rtf: &str) -> Document {
        read(rtf.as_bytes(), &Context { media_type: "text/rtf" })
    }

    #[test]
    fn letters_of_every_code_page_are_read() {
        let rtf = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial Cyr;}}
{\colortbl;\red0\green0\blue0;}{\*\generator none;}\f0 Stra\'dfe, \u8364?5\~Euro\par {\f1\'cf\'f0\'e8\'e2\'e5\'f2}\line \uc0\u55357\u56841 \emdash\bin4 abcd\{x\}}";
        let document = check(rtf);
        assert_eq!(document.text, "Straße, €5\u{a0}Euro\nПривет\n😉—{x}");
        assert!(document.problems.is_empty());
    }

    #[test]
    fn half_a_letter_is_shown_as_none() {
        let rtf = r"{\rtf1\uc0 a\u-10240  b\u-9216  c\u-9216\u-10240  d}";
        assert_eq!(check(rtf).text, "a\u{fffd} b\u{fffd} c\u{fffd}\u{fffd} d");
    }

    #[test]
    fn what_is_not_seen_is_not_read() {
        let rtf = r"{\rtf1{\info{\title Titel}}{\stylesheet{\s0 Normal;}}sichtbar {\v versteckt}{\deleted weg}{\*\unbekannt nein}{\field{\*\fldinst HYPERLINK x}{\fldrslt hier}}{\upr{a\'fc}{\*\ud{a\u252?}}}{\pict 00ff}}";
        assert_eq!(check(rtf).text, "sichtbar hieraü");
    }

    #[test]
    fn tables_are_tables() {
        let rtf = r"{\rtf1 Kopf\par\trowd\cellx100\cellx200\pard\intbl Chip\cell 276\cell\row\trowd\pard\intbl\cell Bello\cell\row\pard Fu\'df\par}";
        let document = check(rtf);
        assert_eq!(document.text, "Kopf\nChip\t276\n\tBello\nFuß");
        let cells = document.tables[0].texts(&document.text);
        assert_eq!(cells, [["Chip", "276"], ["", "Bello"]]);
    }

    #[test]
    fn a_cut_text_keeps_its_beginning() {
        let document = check(r"{\rtf1 Anfang {\b fett");
        assert_eq!(document.text, "Anfang fett");
        assert_eq!(document.problems[0].code, "P0102");
    }

    #[test]
    fn a_page_comes_out_of_its_disguise() {
        let rtf = br"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}{\*\htmltag <b>}\htmlrtf {\b\htmlrtf0 F\'fcr{\*\htmltag </b>}\htmlrtf }\htmlrtf0 \{1\}\par{\*\htmltag &nbsp;}}";
        let Body::Page(page) = page_or_text(rtf) else { panic!("no page") };
        assert_eq!(page, "<p><b>Für</b>{1}\r\n&nbsp;");
    }

    #[test]
    fn packed_text_is_unpacked() {
        // The first example of [MS-OXRTFCP], section 4.1.1.
        let packed: Vec<u8> = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0,
            0x0a, 0, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68,
            0x65, 0x6c, 0x09, 0, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f,
            0xa0,
        ]
        .to_vec();
        let unpacked = unpack(&packed).unwrap();
        assert_eq!(unpacked, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert!(unpack(b"short").is_none());
    }
}

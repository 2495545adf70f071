//! Old slides (PPT, [MS-PPT]): the text of slides and notes.

use std::collections::BTreeSet;

use super::ole::{Ole, u16_at, u32_at, utf16};
use super::{Context, problem};
use crate::domain::{Document, Problem};
use crate::parse::flow::Flow;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &["application/vnd.ms-powerpoint"];

/// Records in records.
const DEPTH: usize = 32;
/// What only says how slides look: masters, and handouts.
const MASTERS: &[u16] = &[0x03f8, 0x0fc9];
/// Outlines of the slides; those of instance 1 are of masters.
const OUTLINE: u16 = 0x0ff0;
/// Text in Unicode, and in its first 256 letters.
const WIDE: u16 = 0x0fa0;
const NARROW: u16 = 0x0fa8;
/// What an encrypted file says where others say `0xe391c05f` ([MS-PPT] 2.3.2).
const ENCRYPTED: u32 = 0xf3d1_c4df;

/// Reads old slides.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    slides(bytes).unwrap_or_else(|Problem { code, detail }| problem(&code, &detail))
}

fn slides(bytes: &[u8]) -> Result<Document, Problem> {
    let mut file = Ole::open(bytes)?;
    let user = file.stream("/Current User").unwrap_or_default();
    if u32_at(&user, 12) == Some(ENCRYPTED) || file.has("/EncryptedSummary") {
        return Err(Problem::new("P0101", "the slides have a password"));
    }
    let records = file.needed("/PowerPoint Document")?;
    let mut texts = Texts::default();
    texts.walk(&records, 0);
    Ok(texts.flow.finish())
}

#[derive(Default)]
struct Texts {
    flow: Flow,
    /// What was saved twice is read once.
    seen: BTreeSet<String>,
}

impl Texts {
    fn walk(&mut self, mut records: &[u8], depth: usize) {
        while let (Some(head), Some(kind), Some(length)) =
            (u16_at(records, 0), u16_at(records, 2), u32_at(records, 4))
        {
            let rest = records.get(8..).unwrap_or_default();
            let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
            let (content, next) = rest.split_at(length);
            records = next;
            let is_master = MASTERS.contains(&kind) || (kind == OUTLINE && head >> 4 == 1);
            match kind {
                WIDE => self.show(utf16(content)),
                NARROW => self.show(content.iter().copied().map(char::from).collect()),
                _ if head & 0xf == 0xf && !is_master && depth < DEPTH => {
                    self.walk(content, depth + 1);
                }
                _ => {}
            }
        }
    }

    fn show(&mut self, text: String) {
        let text = text.replace(['\r', '\u{b}'], "\n");
        if !text.trim().is_empty() && self.seen.insert(text.clone()) {
            self.flow.push(&text);
            self.flow.end_line();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ole::tests::ole;
    use super::*;

    fn record(version: u16, kind: u16, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap();
        [&version.to_le_bytes()[..], &kind.to_le_bytes(), &length.to_le_bytes(), content].concat()
    }

    #[test]
    fn slides_are_read_without_their_masters() {
        let wide: Vec<u8> = "Größe\rzwei".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let slide =
            record(0xf, 0x03ee, &[record(0, WIDE, &wide), record(0, NARROW, b"f\xfcr")].concat());
        let master = record(0xf, 0x03f8, &record(0, NARROW, b"Click to edit"));
        let stream = [slide.clone(), master, slide].concat();
        let document =
            read(&ole(&[("/PowerPoint Document", &stream)]), &Context { media_type: "" });
        assert_eq!(document.text, "Größe\nzwei\nfür");
        let user = [vec![0; 12], ENCRYPTED.to_le_bytes().to_vec()].concat();
        let locked = ole(&[("/Current User", &user), ("/PowerPoint Document", &stream)]);
        assert_eq!(read(&locked, &Context { media_type: "" }).problems[0].code, "P0101");
    }
}

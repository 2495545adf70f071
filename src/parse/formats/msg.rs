//! Messages as Outlook saves them ([MS-OXMSG]): an OLE container with a property in each stream.

use std::path::Path;

use super::mapi::{Attachment, Message, Properties, Value};
use super::ole::{Ole, u16_at, u32_at, u64_at, utf16};
use super::{Context, Inner, mail, problem};
use crate::domain::{Document, Problem};

/// What is read here.
pub(in crate::parse) const MEDIA_TYPES: &[&str] = &["application/vnd.ms-outlook"];

/// Messages in messages.
const DEPTH: usize = 20;
/// Attachments or recipients of one message.
const ENTRIES: usize = 1000;

/// Reads a message as the mail it is.
pub(super) fn read(bytes: &[u8], context: &Context<'_>) -> Document {
    match to_mail(bytes) {
        Ok(mail) => mail::read(&mail, context),
        Err(Problem { code, detail }) => problem(&code, &detail),
    }
}

/// What is attached to it.
pub(super) fn parts(bytes: &[u8]) -> Vec<Inner> {
    to_mail(bytes).map(|mail| mail::parts(&mail)).unwrap_or_default()
}

/// The message as a mail (RFC 5322).
pub(in crate::parse) fn to_mail(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut file = Ole::open(bytes)?;
    if !file.has("/__properties_version1.0") {
        return Err(Problem::new("P0102", "the message has no properties"));
    }
    Ok(message(&mut file, Path::new("/"), 0).to_mail())
}

fn message(file: &mut Ole<'_>, storage: &Path, depth: usize) -> Message {
    // The properties of a message in a message begin without room for a name ([MS-OXMSG] 2.4.1).
    let header = if depth == 0 { 32 } else { 24 };
    let properties = properties(file, storage, header);
    let mut message = Message { properties, ..Message::default() };
    for path in file.list(storage) {
        let name = name_of(&path);
        if name.starts_with("__recip_version1.0_") && message.recipients.len() < ENTRIES {
            message.recipients.push(self::properties(file, &path, 8));
        } else if name.starts_with("__attach_version1.0_") && message.attachments.len() < ENTRIES {
            let properties = self::properties(file, &path, 8);
            let embedded = path.join("__substg1.0_3701000D");
            let is_message = depth < DEPTH && has(file, &embedded.join("__properties_version1.0"));
            let inner = is_message.then(|| self::message(file, &embedded, depth + 1));
            let attachment = Attachment { properties, message: inner, ..Attachment::default() };
            message.attachments.push(attachment);
        }
    }
    message
}

fn properties(file: &mut Ole<'_>, storage: &Path, header: usize) -> Properties {
    let mut properties = Properties::default();
    for path in file.list(storage) {
        let Some((id, kind)) = tag_of(&name_of(&path)) else { continue };
        let Some(content) =
            [0x001e, 0x001f, 0x0102].contains(&kind).then(|| file.stream(&path)).flatten()
        else {
            continue;
        };
        properties.set(
            id,
            match kind {
                0x001f => Value::Text(utf16(&content)),
                0x001e => Value::Narrow(content),
                _ => Value::Bytes(content),
            },
        );
    }
    let fixed = file.stream(storage.join("__properties_version1.0")).unwrap_or_default();
    for entry in fixed.get(header..).unwrap_or_default().chunks_exact(16) {
        let (Some(kind), Some(id)) = (u16_at(entry, 0), u16_at(entry, 2)) else { continue };
        let value = match kind {
            0x0002 | 0x000b => u16_at(entry, 8).map(u64::from),
            0x0003 => u32_at(entry, 8).map(u64::from),
            0x0014 | 0x0040 => u64_at(entry, 8),
            _ => None,
        };
        if let Some(number) = value {
            properties.set_default(id, Value::Number(number));
        }
    }
    properties
}

/// `__substg1.0_0037001F` is property 0x0037 of type 0x001F.
fn tag_of(name: &str) -> Option<(u16, u16)> {
    let tag = name.strip_prefix("__substg1.0_")?;
    let id = u16::from_str_radix(tag.get(..4)?, 16).ok()?;
    let kind = u16::from_str_radix(tag.get(4..8)?, 16).ok()?;
    (tag.len() == 8).then_some((id, kind))
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn has(file: &Ole<'_>, path: &Path) -> bool {
    path.to_str().is_some_and(|path| file.has(path))
}

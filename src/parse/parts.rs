//! The parts of an item and how they are numbered.
//!
//! A number means the same in every child. Attachments of a mail are counted from 0, depth first
//! through mails in mails ([`Part::Attachment`]); files inside one file are counted from 0 too.
//! Whatever lies deeper, in an archive, an Outlook message or a PDF, is named by the way to it
//! ([`Part::Inside`]).

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::panic::catch_unwind;

use super::formats::{self, Inner, mail, msg};
use super::sniff::{self, Claim};
use crate::domain::{MediaType, Part, Problem};

/// Mails in mails in mails.
pub(super) const DEPTH: usize = 20;
/// Files in files in files: an invoice in a PDF in an archive in an archive in a mail is 5.
pub(super) const NESTED: usize = 5;
/// Parts of one item, through everything nested.
pub(super) const PARTS: usize = 500;
/// Bytes of all parts of one item, unpacked.
const UNPACKED: usize = 256 << 20;
/// Items of the first version number the files inside attachment `n` from `INSIDE * (n + 1)`.
const INSIDE: u32 = 1000;
/// Files inside a file that is no container, such as a PDF.
const INNER_FILES: usize = 100;

/// What a visitor of the parts sees: which part, its bytes, its type. The answer is whether to go on.
pub(super) type Visit<'a> = dyn FnMut(&Part, &Inner, &MediaType) -> ControlFlow<()> + 'a;

/// How deep a walk goes into files that are no mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Into {
    /// Only mails in mails are opened.
    Mails,
    /// Also what is made to hold files: archives, Outlook messages.
    Containers,
    /// Also documents that happen to have files inside.
    Everything,
}

/// The decoded bytes of one part.
pub(super) fn extract(bytes: &[u8], part: &Part) -> Result<(MediaType, Vec<u8>), Problem> {
    let whole = sniff::media_type(bytes, Claim::default());
    if *part == Part::Whole {
        return Ok((whole, bytes.to_vec()));
    }
    let (whole, bytes) = opened(whole, bytes);
    let path = match part {
        Part::Whole | Part::Body => return Ok(mail::body_source(&bytes)),
        Part::Attachment(number) if is_mail(&whole) && *number >= INSIDE => {
            vec![number / INSIDE - 1, number % INSIDE]
        }
        Part::Attachment(number) => vec![*number],
        Part::Inside(path) => path.clone(),
    };
    take(&whole, &bytes, &path)
        .ok_or_else(|| Problem::new("P0102", format!("there is no {part:?}")))
}

/// Goes the way to a part; opens nothing that is not on it.
fn take(whole: &MediaType, bytes: &[u8], path: &[u32]) -> Option<(MediaType, Vec<u8>)> {
    let (first, rest) = path.split_first()?;
    let mut found = None;
    if is_mail(whole) {
        walk(bytes, whole, Into::Mails, &mut |part, inner, media_type| {
            if *part != Part::Attachment(*first) {
                return ControlFlow::Continue(());
            }
            found = Some((media_type.clone(), inner.bytes.clone()));
            ControlFlow::Break(())
        });
    } else {
        found = inner_file(whole, bytes, *first);
    }
    for place in rest.iter().take(NESTED) {
        let (media_type, bytes) = found?;
        found = inner_file(&media_type, &bytes, *place);
    }
    found
}

pub(super) fn is_mail(media_type: &MediaType) -> bool {
    media_type.0 == "message/rfc822"
}

/// A message that Outlook saved is read as the mail it is; everything else stays what it is.
pub(super) fn opened(media_type: MediaType, bytes: &[u8]) -> (MediaType, Cow<'_, [u8]>) {
    if !msg::MEDIA_TYPES.contains(&media_type.0.as_str()) {
        return (media_type, Cow::Borrowed(bytes));
    }
    match catch_unwind(|| msg::to_mail(bytes)) {
        Ok(Ok(mail)) => (MediaType::from("message/rfc822"), Cow::Owned(mail)),
        _ => (media_type, Cow::Borrowed(bytes)),
    }
}

/// Whether something is made to hold files, and each of them can be read without the others.
pub(super) fn is_container(media_type: &MediaType) -> bool {
    formats::find(&media_type.0).is_some_and(|format| format.container)
}

/// The files inside a file.
pub(super) fn inner_files(media_type: &MediaType, bytes: &[u8]) -> Vec<Inner> {
    let Some(format) = formats::find(&media_type.0) else { return Vec::new() };
    let mut inner = formats::inner_files(format, bytes);
    inner.truncate(if format.container { PARTS + 1 } else { INNER_FILES });
    inner
}

fn inner_file(media_type: &MediaType, bytes: &[u8], number: u32) -> Option<(MediaType, Vec<u8>)> {
    let inner = inner_files(media_type, bytes).into_iter().nth(usize::try_from(number).ok()?)?;
    Some((formats::media_type_of(&inner), inner.bytes))
}

/// Visits all parts of an item, depth first. The answer is what was left out.
pub(super) fn walk(
    bytes: &[u8],
    whole: &MediaType,
    into: Into,
    visit: &mut Visit<'_>,
) -> Vec<Problem> {
    let mut walk = Walk { into, number: 0, parts: 0, unpacked: 0, problems: Vec::new() };
    let end = match is_mail(whole) {
        true => walk.mail(bytes, 0, visit),
        false => walk.inside(&Part::Whole, whole, bytes, visit),
    };
    walk.told(end)
}

/// The files inside one part of an item, which are no attachments of their own.
pub(super) fn walk_inside(
    part: &Part,
    media_type: &MediaType,
    bytes: &[u8],
    visit: &mut Visit<'_>,
) -> Vec<Problem> {
    let into = Into::Everything;
    let mut walk = Walk { into, number: 0, parts: 0, unpacked: 0, problems: Vec::new() };
    let end = walk.inside(part, media_type, bytes, visit);
    walk.told(end)
}

struct Walk {
    into: Into,
    /// Of the next attachment.
    number: u32,
    parts: usize,
    unpacked: usize,
    problems: Vec<Problem>,
}

impl Walk {
    fn mail(&mut self, bytes: &[u8], depth: usize, visit: &mut Visit<'_>) -> ControlFlow<()> {
        for mut inner in mail::parts(bytes) {
            self.count(&inner)?;
            inner.look();
            let media_type = formats::media_type_of(&inner);
            let part = Part::Attachment(self.number);
            self.number += 1;
            visit(&part, &inner, &media_type)?;
            if inner.program.is_some() {
                continue; // It is not opened, even when it is an archive (`.jar`).
            }
            if !is_mail(&media_type) {
                self.inside(&part, &media_type, &inner.bytes, visit)?;
            } else if depth + 1 >= DEPTH {
                self.problems
                    .push(Problem::new("P0107", format!("mails in mails more than {DEPTH} deep")));
            } else {
                self.mail(&inner.bytes, depth + 1, visit)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn inside(
        &mut self,
        holder: &Part,
        media_type: &MediaType,
        bytes: &[u8],
        visit: &mut Visit<'_>,
    ) -> ControlFlow<()> {
        let container = is_container(media_type);
        if self.into == Into::Mails || (self.into == Into::Containers && !container) {
            return ControlFlow::Continue(());
        }
        if depth(holder) >= NESTED {
            if container {
                let detail = format!("files in files more than {NESTED} deep are not read");
                self.problems.push(Problem::new("P0107", detail));
            }
            return ControlFlow::Continue(());
        }
        for (place, mut inner) in (0..).zip(inner_files(media_type, bytes)) {
            self.count(&inner)?;
            inner.look();
            let media_type = formats::media_type_of(&inner);
            let part = inside(holder, place);
            visit(&part, &inner, &media_type)?;
            if inner.program.is_none() {
                self.inside(&part, &media_type, &inner.bytes, visit)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// What was left out, whoever stopped the walk: its visitor or a limit.
    fn told(self, _: ControlFlow<()>) -> Vec<Problem> {
        self.problems
    }

    /// Ends the walk when there is more than anyone sends.
    fn count(&mut self, inner: &Inner) -> ControlFlow<()> {
        self.parts += 1;
        self.unpacked += inner.bytes.len();
        let detail = if self.parts > PARTS {
            format!("more than {PARTS} attachments and files in them")
        } else if self.unpacked > UNPACKED {
            format!("more than {} MB, unpacked", UNPACKED >> 20)
        } else {
            return ControlFlow::Continue(());
        };
        self.problems.push(Problem::new("P0107", detail));
        ControlFlow::Break(())
    }
}

/// How many files are around the files in this one.
fn depth(holder: &Part) -> usize {
    match holder {
        Part::Whole | Part::Body => 0,
        Part::Attachment(_) => 1,
        Part::Inside(path) => path.len(),
    }
}

/// The file at a place of another.
fn inside(holder: &Part, place: u32) -> Part {
    match holder {
        Part::Whole | Part::Body => Part::Attachment(place),
        Part::Attachment(number) => Part::Inside(vec![*number, place]),
        Part::Inside(path) => Part::Inside([path.as_slice(), &[place]].concat()),
    }
}

//! The parts of a mail and how they are numbered.
//!
//! A number means the same in every child: attachments of a mail are counted from 0, depth first
//! through nested mails; file `k` inside a file that is no mail is `k` when that file is the whole
//! item, and `1000 * (n + 1) + k` when it is attachment `n`.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::formats::{self, Inner, mail};
use super::sniff::{self, Claim};
use crate::domain::{MediaType, Part, Problem};

/// Mails in mails in mails.
pub(super) const DEPTH: usize = 20;
/// Attachments of one mail, through all nested ones.
pub(super) const PARTS: u32 = 500;
/// The numbers of files inside attachment `n` start at `INSIDE * (n + 1)`.
pub(super) const INSIDE: u32 = 1000;
/// Files inside one PDF.
const INNER_FILES: usize = 100;

/// What a visitor of the parts sees: number, the part, its type. The answer is whether to go on.
pub(super) type Visit<'a> = dyn FnMut(u32, &Inner, &MediaType) -> ControlFlow<()> + 'a;

/// The decoded bytes of one part.
pub(super) fn extract(bytes: &[u8], part: &Part) -> Result<(MediaType, Vec<u8>), Problem> {
    let whole = sniff::media_type(bytes, Claim::default());
    let wanted = match part {
        Part::Whole => return Ok((whole, bytes.to_vec())),
        Part::Body => return Ok(mail::body_source(bytes)),
        Part::Attachment(number) => *number,
    };
    let missing = || Problem::new("P0102", format!("there is no part {wanted}"));
    if !is_mail(&whole) {
        return inner_file(&whole, bytes, wanted).ok_or_else(missing);
    }
    // Numbers below `INSIDE` are attachments, the others lie inside one.
    let (attachment, inside) = match wanted.checked_sub(INSIDE) {
        Some(rest) => (rest / INSIDE, Some(rest % INSIDE)),
        None => (wanted, None),
    };
    let mut found = None;
    walk(bytes, &mut |number, inner, media_type| {
        if number != attachment {
            return ControlFlow::Continue(());
        }
        found = match inside {
            None => Some((media_type.clone(), inner.bytes.clone())),
            Some(inside) => inner_file(media_type, &inner.bytes, inside),
        };
        ControlFlow::Break(())
    });
    found.ok_or_else(missing)
}

pub(super) fn is_mail(media_type: &MediaType) -> bool {
    media_type.0 == "message/rfc822"
}

/// The files inside a file that is no mail.
pub(super) fn inner_files(media_type: &MediaType, bytes: &[u8]) -> Vec<Inner> {
    let Some(format) = formats::find(&media_type.0).filter(|_| !is_mail(media_type)) else {
        return Vec::new();
    };
    let mut inner = catch_unwind(AssertUnwindSafe(|| (format.parts)(bytes))).unwrap_or_default();
    inner.truncate(INNER_FILES);
    inner
}

fn inner_file(media_type: &MediaType, bytes: &[u8], number: u32) -> Option<(MediaType, Vec<u8>)> {
    let inner = inner_files(media_type, bytes).into_iter().nth(usize::try_from(number).ok()?)?;
    Some((formats::media_type_of(&inner), inner.bytes))
}

/// Visits all attachments of a mail, depth first. The answer is what was left out.
pub(super) fn walk(bytes: &[u8], visit: &mut Visit<'_>) -> Vec<Problem> {
    let mut walk = Walk { next: 0, problems: Vec::new() };
    if walk.mail(bytes, 0, visit).is_break() && walk.next >= PARTS {
        walk.problems.push(Problem::new("P0107", format!("more than {PARTS} attachments")));
    }
    walk.problems
}

struct Walk {
    next: u32,
    problems: Vec<Problem>,
}

impl Walk {
    fn mail(&mut self, bytes: &[u8], depth: usize, visit: &mut Visit<'_>) -> ControlFlow<()> {
        for inner in mail::parts(bytes) {
            if self.next >= PARTS {
                return ControlFlow::Break(());
            }
            let media_type = formats::media_type_of(&inner);
            let number = self.next;
            self.next += 1;
            visit(number, &inner, &media_type)?;
            if !is_mail(&media_type) {
                continue;
            }
            if depth + 1 >= DEPTH {
                self.problems
                    .push(Problem::new("P0107", format!("mails in mails more than {DEPTH} deep")));
            } else {
                self.mail(&inner.bytes, depth + 1, visit)?;
            }
        }
        ControlFlow::Continue(())
    }
}

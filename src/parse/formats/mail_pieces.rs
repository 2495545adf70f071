//! Parts of a mail that stand for something else (RFC 2046, section 5.2): a piece of a mail that was
//! cut, and content that lies elsewhere. Nothing is put together and nothing is fetched.

use super::Context;
use crate::domain::{Document, Problem};
use crate::parse::text;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = crate::parse::sniff::PIECES;

/// The piece as it is, with a word about what is missing.
pub(super) fn read(bytes: &[u8], context: &Context<'_>) -> Document {
    let told = if context.media_type == "message/partial" {
        "a piece of a mail that was cut up (message/partial); the other pieces are mails of their own"
    } else {
        "the content lies elsewhere (message/external-body) and was not fetched"
    };
    Document {
        text: text::tidy(&text::decode(bytes)),
        problems: vec![Problem::new("P0408", told)],
        ..Document::default()
    }
}

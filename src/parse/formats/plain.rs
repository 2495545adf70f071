//! Plain text, and tables as text: kept as they are.

use super::Context;
use crate::domain::{Document, Problem};
use crate::parse::text;

/// Reads plain text; text that is a PGP message inside says so.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let text = text::decode(bytes).replace("\r\n", "\n");
    let problems = pgp(&text).into_iter().collect();
    Document { text, problems, ..Document::default() }
}

/// Set when a text is, or has in it, an encrypted message (RFC 9580, section 6.2).
pub(super) fn pgp(text: &str) -> Option<Problem> {
    text.contains("-----BEGIN PGP MESSAGE-----")
        .then(|| Problem::new("P0101", "encrypted with PGP"))
}

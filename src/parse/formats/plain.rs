//! Plain text, and tables as text: kept as they are.

use super::{Context, pgp};
use crate::domain::Document;
use crate::parse::text;

/// Reads plain text; text that is a PGP message inside says so.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let text = text::decode(bytes).replace("\r\n", "\n");
    let (text, problems) = pgp::open(text);
    Document { text, problems, ..Document::default() }
}

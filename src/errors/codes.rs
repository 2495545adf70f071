//! Every code a person may meet, with the page that `vorlage explain` shows.
//!
//! `E` = a mistake in an admin's file, `P` = a problem with what arrived, `F` = a finding for the
//! reviewer, `H` = why an item is held.

/// One code and its page.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// Such as `E0101`.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// What it means and what to do, in Markdown.
    pub page: &'static str,
}

/// Every code there is.
pub const CODES: &[Code] = &[];

/// The page of a code, upper or lower case.
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code.eq_ignore_ascii_case(code))
}

//! Pictures of letters: one page without text, for character recognition.

use super::{Context, problem};
use crate::domain::{Document, Page, Problem};
use crate::parse::picture;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &["image/png", "image/jpeg", "image/tiff"];

/// The page, and how large it is when 300 of its pixels are an inch.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    match picture::size(bytes) {
        Ok((width, height)) => {
            let points = |pixels: u32| pixels as f32 * 72.0 / 300.0;
            let page =
                Page { number: 1, width: points(width), height: points(height), ..Page::default() };
            Document { pages: vec![page], ..Document::default() }
        }
        Err(Problem { code, detail }) => problem(&code, &detail),
    }
}

//! Pictures of letters: pages without text, for character recognition.

use super::{Context, problem, tiff};
use crate::domain::{Document, Page, Problem};
use crate::parse::picture;

/// What is read here.
pub(in crate::parse) const MEDIA_TYPES: &[&str] =
    &["image/png", "image/jpeg", "image/tiff", "image/bmp", "image/gif", "image/webp"];
/// Pictures that are known by name only: their readers are large, and bound to patents.
pub(super) const UNKNOWN_TYPES: &[&str] =
    &["image/heic", "image/heif", "image/avif", "image/heic-sequence", "image/heif-sequence"];
/// Pages of one file that are read.
const MOST_PAGES: usize = 500;

/// The pages, and how large they are when 300 of their pixels are an inch.
pub(super) fn read(bytes: &[u8], context: &Context<'_>) -> Document {
    if context.media_type != "image/tiff" {
        return match page(1, bytes) {
            Ok(page) => Document { pages: vec![page], ..Document::default() },
            Err(Problem { code, detail }) => problem(&code, &detail),
        };
    }
    let count = tiff::pages(bytes).max(1);
    let mut document = Document::default();
    for number in (1..).take(count.min(MOST_PAGES)) {
        let alone = tiff::only_page(bytes.to_vec(), number);
        match alone.and_then(|bytes| page(number, &bytes)) {
            Ok(page) => document.pages.push(page),
            Err(Problem { code, detail }) => {
                document
                    .problems
                    .push(Problem { code, detail: format!("page {number}: {detail}") });
            }
        }
    }
    if count > MOST_PAGES {
        let detail = format!("only the first {MOST_PAGES} of {count} pages are read");
        document.problems.push(Problem::new("P0106", detail));
    }
    document
}

/// Says that nothing can be read from a picture of this kind.
pub(super) fn unknown(_: &[u8], context: &Context<'_>) -> Document {
    let name = context.media_type.trim_start_matches("image/").to_uppercase();
    problem("P0206", &format!("cannot read {name} here; ask for a PDF or JPEG"))
}

fn page(number: u32, bytes: &[u8]) -> Result<Page, Problem> {
    let (width, height) = picture::size(bytes)?;
    let points = |pixels: u32| pixels as f32 * 72.0 / 300.0;
    Ok(Page { number, width: points(width), height: points(height), ..Page::default() })
}

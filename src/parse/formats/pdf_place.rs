//! Where the words of a PDF stand on the page as it is drawn.

use hayro::hayro_interpret::util::{RectExt, TransformExt};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, Point, Rect};
use pdf_oxide::layout::Word as LayoutWord;

use crate::domain::Area;

/// From the coordinates of the text layer to parts of the page as it is drawn, turned and cropped.
pub(super) struct Frame {
    transform: Affine,
    /// In points, as drawn.
    pub(super) width: f32,
    /// In points, as drawn.
    pub(super) height: f32,
    media: Rect,
    /// `/Rotate`: 0, 90, 180 or 270.
    turned: i32,
}

impl Frame {
    /// The frame of a page with `/Rotate turned`.
    pub(super) fn new(page: &Page<'_>, turned: i32) -> Self {
        let (width, height) = page.render_dimensions();
        let transform = page.initial_transform(true).to_kurbo();
        let media = page.media_box().to_kurbo();
        Self { transform, width: width.max(1.0), height: height.max(1.0), media, turned }
    }

    /// A place in the file as parts of the drawn page.
    pub(super) fn area(&self, file: Rect) -> Area {
        let drawn = Rect::from_points(
            self.transform * Point::new(file.x0, file.y0),
            self.transform * Point::new(file.x1, file.y1),
        );
        let part = |at: f64, of: f32| (at as f32 / of).clamp(0.0, 1.0);
        let (x, y) = (part(drawn.x0, self.width), part(drawn.y0, self.height));
        Area {
            x,
            y,
            width: part(drawn.x1, self.width) - x,
            height: part(drawn.y1, self.height) - y,
        }
    }

    /// Where a word stands. `pdf_oxide` gives true places only for upright text. Turned text is laid
    /// out to the right of where it begins (`origin`), and on a turned page some words have been
    /// turned already (its `postprocess_spans` and `to_chars`).
    pub(super) fn placed(&self, word: &LayoutWord, origin: f64) -> Placed {
        let (x, y) = (f64::from(word.bbox.x), f64::from(word.bbox.y));
        let (along, across) = (f64::from(word.bbox.width), f64::from(word.bbox.height));
        let size = f64::from(word.avg_font_size).max(1.0);
        let Rect { x0, y0, x1, y1 } = self.media;
        let gone = x - origin;
        let (rect, start, line) = match (self.turned, word.rotation_degrees.round() as i32) {
            (180, _) => {
                let (right, top) = (x0 + x1 - x, y0 + y1 - y);
                (Rect::new(right - along, top - across, right, top), x, y)
            }
            (90, 90) => {
                let (left, low) = (x - x0, y + across - y0);
                (Rect::new(x1 - low - size, y0 + left, x1 - low, y0 + left + along), x, low)
            }
            (270, -90) => {
                let (left, low) = (x + size - x0, y - y0);
                (Rect::new(x0 + low, y1 - left - along, x0 + low + size, y1 - left), x, low)
            }
            (_, 90) => {
                (Rect::new(origin - across, y + gone, origin, y + gone + along), y + gone, origin)
            }
            (_, -90) => {
                (Rect::new(origin, y - gone - along, origin + across, y - gone), gone - y, origin)
            }
            (_, 180) => {
                let right = origin - gone;
                (Rect::new(right - along, y - across, right, y), gone - origin, y)
            }
            _ => (Rect::new(x, y, x + along, y + across), x, y),
        };
        Placed { rect, start, end: start + along, line, size }
    }
}

/// A word in the coordinates of the file, and in those of its line.
pub(super) struct Placed {
    /// In the coordinates of the file.
    pub(super) rect: Rect,
    /// Along the line.
    pub(super) start: f64,
    /// Along the line.
    pub(super) end: f64,
    /// Across the lines; which way depends on the direction of the text.
    pub(super) line: f64,
    /// Of its letters, in points.
    pub(super) size: f64,
}

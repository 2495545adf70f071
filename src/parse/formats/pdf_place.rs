//! Where the words of a PDF stand on the page as it is drawn.

use hayro::hayro_interpret::util::{RectExt, TransformExt};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, Point, Rect, Vec2};
use pdf_oxide::layout::Word as LayoutWord;

use crate::domain::Area;

/// So much of the height of a line letters reach below the base line; common fonts have 0.19 to 0.24.
pub(super) const DESCENT: f64 = 0.22;

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

    /// Whether the page is drawn turned.
    pub(super) fn is_turned(&self) -> bool {
        self.turned != 0
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
        // The boxes of the text layer stand on the base line: letters reach below it (`g`, `p`), and hardly
        // one is as high as its line.
        let low = DESCENT * across.min(1.5 * size);
        let (rect, down, start, line) = match (self.turned, word.rotation_degrees.round() as i32) {
            (180, degrees) => {
                let (right, top) = (x0 + x1 - x, y0 + y1 - y);
                let below = if degrees.abs() == 180 { low } else { -low };
                (Rect::new(right - along, top - across, right, top), (0.0, below), x, y)
            }
            (90, 90) => {
                let (left, end) = (x - x0, y + across - y0);
                let rect = Rect::new(x1 - end - size, y0 + left, x1 - end, y0 + left + along);
                (rect, (low, 0.0), x, end)
            }
            (270, -90) => {
                let (left, end) = (x + size - x0, y - y0);
                let rect = Rect::new(x0 + end, y1 - left - along, x0 + end + size, y1 - left);
                (rect, (-low, 0.0), x, end)
            }
            (_, 90) => {
                let rect = Rect::new(origin - across, y + gone, origin, y + gone + along);
                (rect, (low, 0.0), y + gone, origin)
            }
            (_, -90) => {
                let rect = Rect::new(origin, y - gone - along, origin + across, y - gone);
                (rect, (-low, 0.0), gone - y, origin)
            }
            (_, 180) => {
                let right = origin - gone;
                (Rect::new(right - along, y - across, right, y), (0.0, low), gone - origin, y)
            }
            _ => (Rect::new(x, y, x + along, y + across), (0.0, -low), x, y),
        };
        let rect = rect + Vec2::from(down);
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

//! What a PDF page draws, in the order it is drawn: letters shown and not shown, and pictures.

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, PathEl, Point, Rect};

/// Letters of one page that are looked at. A page of a telephone book has about 15 000.
const MOST_GLYPHS: usize = 60_000;
/// Pictures of one page that are looked at.
const MOST_PICTURES: usize = 2_000;

/// Straight lines of one page that are looked at.
const MOST_LINES: usize = 8_000;
/// What is thinner (pixels of the drawing) and longer than this is a line.
const LINE_WIDTH: f64 = 4.0;
const LINE_LENGTH: f64 = 6.0;

/// What one page draws.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    /// Its letters.
    pub(super) glyphs: Vec<Glyph>,
    /// The places of its pictures.
    pub(super) pictures: Vec<Rect>,
    /// Whether one of the letters is not shown, or lies under a picture.
    pub(super) hides: bool,
    /// Straight lines, level or upright: strokes, and areas so thin that they look like one.
    pub(super) lines: Vec<Rect>,
}

/// One letter.
#[derive(Debug)]
pub(super) struct Glyph {
    /// Where it begins, on its base line.
    pub(super) at: Point,
    /// What it says it is.
    pub(super) says: Option<char>,
    /// Text that is not drawn (render mode 3 or 7), or has a picture drawn over it.
    pub(super) hidden: bool,
}

/// Goes through the page without drawing it. `transform` leads to the places that are answered.
pub(super) fn drawn(page: &Page<'_>, transform: Affine, size: (f64, f64)) -> Drawn {
    let cache = InterpreterCache::new();
    let settings = InterpreterSettings::default();
    let target = Rect::new(0.0, 0.0, size.0, size.1);
    let mut context = Context::new(transform, target, &cache, page.xref(), settings);
    let mut drawn = Drawn::default();
    interpret_page(page, &mut context, &mut drawn);
    drawn
}

impl Drawn {
    /// The lines of one part of a path.
    fn lines_of(&mut self, points: &[Point], is_stroke: bool) {
        let straight = |line: &Rect| {
            let (short, long) = (line.width().min(line.height()), line.width().max(line.height()));
            short <= LINE_WIDTH && long >= LINE_LENGTH
        };
        if is_stroke {
            let steps = points.windows(2).filter_map(|two| match two {
                [from, to] => Some(Rect::from_points(*from, *to)),
                _ => None,
            });
            self.lines.extend(steps.filter(straight));
        } else if let Some(first) = points.first() {
            let start = Rect::from_points(*first, *first);
            let all = points.iter().fold(start, |all, point| all.union_pt(*point));
            self.lines.extend(Some(all).filter(straight));
        }
    }
}

impl<'a> Device<'a> for Drawn {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        if matches!(mode, DrawMode::Invisible) || self.lines.len() >= MOST_LINES {
            return;
        }
        let is_stroke = matches!(mode, DrawMode::Stroke(_) | DrawMode::FillAndStroke(..));
        let mut part = Vec::new();
        for element in path.elements() {
            if matches!(element, PathEl::MoveTo(_)) {
                self.lines_of(&part, is_stroke);
                part.clear();
            }
            part.extend(element.end_point().map(|point| props.transform * point));
            // A curve is no line.
            if matches!(element, PathEl::QuadTo(..) | PathEl::CurveTo(..)) {
                part.clear();
            }
            if let (PathEl::ClosePath, Some(first)) = (element, part.first().copied()) {
                part.push(first);
            }
        }
        self.lines_of(&part, is_stroke);
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let hidden = matches!(mode, DrawMode::Invisible);
        for glyph in run.glyphs() {
            if self.glyphs.len() >= MOST_GLYPHS {
                return;
            }
            let says = match glyph.as_unicode() {
                Some(BfString::Char(letter)) => Some(letter),
                Some(BfString::String(letters)) => letters.chars().next(),
                None => None,
            };
            let at = props.transform * glyph.transform() * Point::ORIGIN;
            self.hides |= hidden;
            self.glyphs.push(Glyph { at, says, hidden });
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        if self.pictures.len() >= MOST_PICTURES {
            return;
        }
        let size = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let place = props.transform.transform_rect_bbox(size);
        let covers = matches!(image, Image::Raster(_))
            && props.soft_mask.is_none()
            && props.blend_mode == BlendMode::Normal;
        if covers {
            for glyph in &mut self.glyphs {
                glyph.hidden |= place.contains(glyph.at);
                self.hides |= glyph.hidden;
            }
        }
        self.pictures.push(place);
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}

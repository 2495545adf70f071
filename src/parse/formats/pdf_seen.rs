//! Whether a person who looks at the page sees what the text layer says.
//!
//! The page is drawn small. A word whose place shows nothing but one colour is not seen, whatever
//! the reason: white on white, covered, cut off, or text that is not drawn. Text that is not drawn
//! over a picture is what scanners write, and is judged by whoever compares it with the picture.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, Rect};
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use super::pdf_fit;
use super::pdf_glyphs::{Drawn, Glyph, drawn};
use crate::domain::Area;
use crate::parse::tables::Place;

/// Dots per inch of the drawing; enough to tell ink from none.
const DPI: f32 = 100.0;
/// Pixels of the drawing at most.
const MOST_PIXELS: f32 = 6_000_000.0;
/// Two colours nearer to each other than this (of 255) are not told apart by eye.
const SAME_COLOUR: u8 = 16;
/// Smaller letters (in points) cannot be read on paper.
const TINY: f32 = 2.0;
/// Letters smaller than so many pixels leave no ink on so small a drawing.
const FEWEST_PIXELS: f32 = 3.0;

/// How a word of the text layer looks on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// There is ink where it stands.
    Seen,
    /// It is not drawn itself, but there is a picture where it stands.
    OverPicture,
    /// Nobody sees it.
    Unseen,
}

/// A page as it is drawn.
pub(super) struct Look {
    picture: Pixmap,
    /// Pixels for each point.
    scale: f32,
    drawn: Drawn,
}

/// Looks at a page; `None` when it cannot be drawn.
pub(super) fn look(page: &Page<'_>) -> Option<Look> {
    catch_unwind(AssertUnwindSafe(|| draw(page))).ok()
}

fn draw(page: &Page<'_>) -> Look {
    let (width, height) = page.render_dimensions();
    let (width, height) = (width.max(1.0), height.max(1.0));
    let most = (MOST_PIXELS / (width * height)).sqrt().min(60_000.0 / width.max(height));
    let scale = (DPI / 72.0).min(most);
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let cache = RenderCache::new();
    let interpreter = InterpreterSettings::default();
    let picture = hayro::render(page, &cache, &interpreter, &RenderSettings::default(), &settings);
    let transform = Affine::scale(f64::from(scale)) * page.initial_transform(true).to_kurbo();
    let size = (f64::from(width * scale), f64::from(height * scale));
    Look { picture, scale, drawn: drawn(page, transform, size) }
}

impl Look {
    /// How a word looks, whose letters are `size` points high.
    pub(super) fn at(&self, word: &str, area: &Area, size: f32) -> Sight {
        let place = self.place(area);
        if size < TINY || place.width() < 0.5 || place.height() < 0.5 {
            return Sight::Unseen;
        }
        if self.drawn.hides && self.is_hidden(word, place) {
            let pictured = self.drawn.pictures.iter().any(|it| it.contains(place.center()));
            let inked = pictured && self.has_ink(place);
            return if inked { Sight::OverPicture } else { Sight::Unseen };
        }
        // A line or a dot may lie beside the middle, where ink is looked for.
        let judged = word.chars().any(char::is_alphanumeric) && size * self.scale > FEWEST_PIXELS;
        if judged && !self.has_ink(place) { Sight::Unseen } else { Sight::Seen }
    }

    /// The better boxes of those (upright) words whose boxes are not where their letters are drawn.
    pub(super) fn better(&self, words: &[(&str, Area)]) -> Vec<Option<Area>> {
        let places: Vec<(&str, Rect)> =
            words.iter().map(|(word, area)| (*word, self.place(area))).collect();
        let (width, height) = (f64::from(self.picture.width()), f64::from(self.picture.height()));
        let part = |at: f64, of: f64| (at / of).clamp(0.0, 1.0) as f32;
        let area = |it: Rect| {
            let (x, y) = (part(it.x0, width), part(it.y0, height));
            Area { x, y, width: part(it.x1, width) - x, height: part(it.y1, height) - y }
        };
        let found = pdf_fit::better(&self.drawn.glyphs, &places);
        found.into_iter().map(|place| place.map(area)).collect()
    }

    /// The straight lines on the page, in points from its upper left corner.
    pub(super) fn lines(&self) -> Vec<Place> {
        let points = |at: f64| at as f32 / self.scale;
        let line = |it: &Rect| Place {
            left: points(it.x0),
            top: points(it.y0),
            right: points(it.x1),
            bottom: points(it.y1),
        };
        self.drawn.lines.iter().map(line).collect()
    }

    /// Whether the page shows nothing at all.
    pub(super) fn is_blank(&self) -> bool {
        let all = Rect::new(0.0, 0.0, self.picture.width().into(), self.picture.height().into());
        !self.differs(all)
    }

    fn place(&self, area: &Area) -> Rect {
        let (width, height) = (f64::from(self.picture.width()), f64::from(self.picture.height()));
        let (x, y) = (f64::from(area.x) * width, f64::from(area.y) * height);
        Rect::new(x, y, x + f64::from(area.width) * width, y + f64::from(area.height) * height)
    }

    /// Whether the letters of this word are rather among those that are not shown.
    fn is_hidden(&self, word: &str, place: Rect) -> bool {
        // Letters begin on their base line, which need not be inside the box.
        let near = place.inflate(place.height() * 0.1 + 1.0, place.height() * 0.35 + 1.0);
        let fits = |glyph: &&Glyph| {
            near.contains(glyph.at) && glyph.says.is_none_or(|letter| word.contains(letter))
        };
        let (mut hidden, mut shown) = (0, 0);
        for glyph in self.drawn.glyphs.iter().filter(fits) {
            *(if glyph.hidden { &mut hidden } else { &mut shown }) += 1;
        }
        hidden > shown
    }

    /// Whether the middle of a place shows more than one colour. Lines above and below a word, and
    /// what reaches in from its neighbours, are no ink of its own.
    fn has_ink(&self, place: Rect) -> bool {
        let (dx, dy) = (0.05 * place.width(), 0.2 * place.height());
        self.differs(place.inflate(-dx.min(1.0), -dy))
    }

    fn differs(&self, place: Rect) -> bool {
        let (width, height) =
            (usize::from(self.picture.width()), usize::from(self.picture.height()));
        let begin = |at: f64| at.floor().max(0.0) as usize;
        let end = |at: f64, most: usize| (at.ceil().max(0.0) as usize).min(most);
        let columns = begin(place.x0).min(width)..end(place.x1, width);
        let mut low = [u8::MAX; 3];
        let mut high = [u8::MIN; 3];
        for y in begin(place.y0)..end(place.y1, height) {
            let row = columns.start + y * width..columns.end.max(columns.start) + y * width;
            for pixel in self.picture.data().get(row).unwrap_or_default() {
                for (at, value) in [pixel.r, pixel.g, pixel.b].into_iter().enumerate() {
                    low[at] = low[at].min(value);
                    high[at] = high[at].max(value);
                }
            }
        }
        low.iter().zip(high).any(|(low, high)| high.saturating_sub(*low) >= SAME_COLOUR)
    }
}

/// Whether the letters of a layer are no text: signs without a meaning where letters should be.
pub(super) fn is_garbage(text: &str) -> bool {
    let (mut all, mut bad) = (0_u32, 0_u32);
    for letter in text.chars().filter(|it| !it.is_whitespace()) {
        all += 1;
        bad += u32::from(means_nothing(letter));
    }
    all >= 8 && bad * 10 >= all * 3 || is_shifted(text)
}

fn means_nothing(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

/// Latin letters that form no words, as from a table of letters that is off by some places: hardly a
/// vowel. Every language written so has at least a third of them.
fn is_shifted(text: &str) -> bool {
    let (mut words, mut all, mut vowels) = (0_u32, 0_u32, 0_u32);
    let is_word = |word: &&str| word.len() >= 4 && word.chars().all(|it| it.is_ascii_alphabetic());
    for word in text.split(|it: char| !it.is_alphanumeric()).filter(is_word) {
        words += 1;
        for letter in word.chars() {
            all += 1;
            vowels += u32::from("aeiouyAEIOUY".contains(letter));
        }
    }
    words >= 20 && vowels * 100 < all * 18
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_without_a_meaning_are_garbage_and_words_are_not() {
        assert!(is_garbage("\u{f0b7}\u{e001}\u{fffd}\u{e123} \u{e004}\u{e005}\u{e006}\u{e007}"));
        assert!(!is_garbage("\u{f0b7} Erstens\n\u{f0b7} Zweitens"));
        let sentence = "Sehr geehrte Damen und Herren, hiermit melde ich meinen Hund zur Steuer an. \
            Dieser wurde im letzten Jahr geboren und lebt seitdem immer in unserem Haushalt, \
            zusammen mit zwei Katzen sowie einem alten Kater namens Felix.";
        assert!(!is_garbage(sentence));
        // Every letter three places off, as a broken table of letters gives it.
        let off = |it: char| char::from_u32(u32::from(it) - 29).unwrap_or(it);
        let shifted: String =
            sentence.chars().map(|it| if it.is_ascii_lowercase() { off(it) } else { it }).collect();
        assert!(is_garbage(&shifted), "{shifted}");
        assert!(!is_garbage("DE89 3704 0044 0532 0130 00 276098102345678 1.234,56 01.02.2026"));
    }
}

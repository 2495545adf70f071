//! Pictures of pages made easier to recognise: enough dots, no grain, even light, straight lines.
//!
//! Only character recognition sees these; people are shown the page as it came. `vorlage bench ocr`
//! measures what each step is worth.

use image::imageops::FilterType;
use image::{DynamicImage, GrayImage, Luma};

use super::skew;
use super::wire::Straightened;

/// A page of so few dots along its longer edge is enlarged. A4 has 3508 with the 300 dots to an inch
/// that tesseract is trained for; with 150 it is still read as well.
const FEW_DOTS: u32 = 1500;
/// Where half of all dots differ from their neighbour by so much, grain hides the letters.
const GRAIN: u8 = 10;
/// Dots of the edge of a square in which the paper has one brightness.
const SQUARE: u32 = 32;
/// So many percent of a square's dots are darker than its paper.
const PAPER_PERCENT: usize = 80;
/// Paper that differs by so much over the page is lit unevenly.
const UNEVEN: u8 = 40;
/// Paper is not darker than this part of the brightest: what is, is print.
const DARKEST: f32 = 0.3;

/// Makes a page legible, and tells how it was straightened. `is_photograph` is whether its dots are
/// those of a camera or scanner, and not drawn here.
pub(super) fn legible(picture: &DynamicImage, is_photograph: bool) -> (GrayImage, Straightened) {
    let longest = picture.width().max(picture.height());
    let grey = if is_photograph && longest < FEW_DOTS {
        let (width, height) = (picture.width() * 2, picture.height() * 2);
        picture.grayscale().resize_exact(width, height, FilterType::CatmullRom).into_luma8()
    } else {
        picture.to_luma8()
    };
    let mut grey = without_grain(grey);
    lighten(&mut grey);
    let degrees = skew::needed(&grey);
    let (width, height) = grey.dimensions();
    if degrees != 0.0 {
        grey = skew::rotated(&grey, degrees);
    }
    (grey, Straightened { degrees, width, height })
}

/// Smooths a picture that is grainy all over: tesseract would take the grain for ink.
fn without_grain(picture: GrayImage) -> GrayImage {
    let dots = picture.as_raw();
    let mut differences: Vec<u8> = dots
        .iter()
        .zip(dots.iter().skip(1))
        .step_by(7)
        .map(|(dot, next)| dot.abs_diff(*next))
        .collect();
    differences.sort_unstable();
    let grain = differences.get(differences.len() / 2).copied().unwrap_or(0);
    if grain < GRAIN {
        return picture;
    }
    DynamicImage::from(picture).blur(1.2).into_luma8()
}

/// Takes away what light and shade do to the paper.
fn lighten(picture: &mut GrayImage) {
    let (columns, rows) = (picture.width().div_ceil(SQUARE), picture.height().div_ceil(SQUARE));
    let mut paper = GrayImage::new(columns.max(1), rows.max(1));
    for (column, row, dot) in paper.enumerate_pixels_mut() {
        *dot = Luma([brightness(picture, column * SQUARE, row * SQUARE)]);
    }
    let mut sorted = paper.as_raw().clone();
    sorted.sort_unstable();
    let part = |percent: usize| sorted.get(sorted.len() * percent / 100).copied().unwrap_or(255);
    let (dark, bright) = (part(10), part(95));
    if bright.saturating_sub(dark) < UNEVEN {
        return;
    }
    let least = f32::from(bright) * DARKEST;
    let smooth = smoothed(&paper);
    let (width, height) = picture.dimensions();
    for y in 0..height {
        for x in 0..width {
            let paper = between(&smooth, x as f32, y as f32).max(least);
            let dot = picture.get_pixel_mut(x, y);
            dot.0[0] = (f32::from(dot.0[0]) * 255.0 / paper).min(255.0) as u8;
        }
    }
}

/// The brightness of the paper in one square.
fn brightness(picture: &GrayImage, left: u32, top: u32) -> u8 {
    let (right, bottom) =
        ((left + SQUARE).min(picture.width()), (top + SQUARE).min(picture.height()));
    let mut counts = [0_usize; 256];
    let mut all = 0;
    // Every second dot of every second row tells enough.
    for y in (top..bottom).step_by(2) {
        for x in (left..right).step_by(2) {
            counts[usize::from(picture.get_pixel(x, y).0[0])] += 1;
            all += 1;
        }
    }
    let mut below = 0;
    for (value, count) in (0_u8..=255).zip(counts) {
        below += count;
        if below * 100 > all * PAPER_PERCENT {
            return value;
        }
    }
    255
}

/// Each square with its neighbours, so that a word in large letters is no shade.
fn smoothed(paper: &GrayImage) -> GrayImage {
    let mut smooth = GrayImage::new(paper.width(), paper.height());
    for (x, y, dot) in smooth.enumerate_pixels_mut() {
        let mut near: Vec<u8> = Vec::with_capacity(9);
        for row in y.saturating_sub(1)..=(y + 1).min(paper.height() - 1) {
            for column in x.saturating_sub(1)..=(x + 1).min(paper.width() - 1) {
                near.push(paper.get_pixel(column, row).0[0]);
            }
        }
        near.sort_unstable();
        let middle = near.get(near.len() / 2).copied().unwrap_or(255);
        *dot = Luma([middle]);
    }
    smooth
}

/// The brightness of the paper at a dot, between the middles of the squares around it.
fn between(paper: &GrayImage, x: f32, y: f32) -> f32 {
    let place = |at: f32, most: u32| {
        let at = (at / SQUARE as f32 - 0.5).clamp(0.0, (most - 1) as f32);
        (at as u32, (at as u32 + 1).min(most - 1), at.fract())
    };
    let (left, right, dx) = place(x, paper.width());
    let (top, bottom, dy) = place(y, paper.height());
    let value = |x: u32, y: u32| f32::from(paper.get_pixel(x, y).0[0]);
    let above = value(left, top) * (1.0 - dx) + value(right, top) * dx;
    let below = value(left, bottom) * (1.0 - dx) + value(right, bottom) * dx;
    above * (1.0 - dy) + below * dy
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Black bars on paper that is as bright as `light` says.
    fn page(light: impl Fn(u32, u32) -> f32) -> GrayImage {
        GrayImage::from_fn(640, 960, |x, y| {
            let ink = y % 40 < 8 && x % 50 < 35;
            Luma([(light(x, y) * if ink { 0.2 } else { 1.0 }) as u8])
        })
    }

    #[test]
    fn shade_is_taken_away_and_even_light_is_left_as_it_is() {
        let mut even = page(|_, _| 230.0);
        let before = even.clone();
        lighten(&mut even);
        assert_eq!(even, before);
        let mut shaded = page(|x, y| 250.0 - 0.12 * x as f32 - 0.1 * y as f32);
        lighten(&mut shaded);
        for (x, y) in [(45, 20), (600, 900), (45, 900), (595, 30)] {
            assert!(shaded.get_pixel(x, y).0[0] > 235, "paper at {x}, {y}");
        }
        for (x, y) in [(10, 4), (610, 924), (310, 484)] {
            assert!(shaded.get_pixel(x, y).0[0] < 80, "ink at {x}, {y}");
        }
    }

    #[test]
    fn grain_is_smoothed_and_what_has_none_is_left_as_it_is() {
        let clean = page(|_, _| 200.0);
        assert_eq!(without_grain(clean.clone()), clean);
        let mut chance = 5_u32;
        let mut grainy = clean.clone();
        for dot in grainy.pixels_mut() {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            dot.0[0] = dot.0[0].saturating_add_signed(((chance >> 24) as i32 / 3 - 42) as i8);
        }
        let smooth = without_grain(grainy.clone());
        let far = |picture: &GrayImage| {
            let apart = picture.pixels().zip(clean.pixels());
            apart.map(|(one, other)| u64::from(one.0[0].abs_diff(other.0[0]))).sum::<u64>()
        };
        assert!(far(&smooth) * 3 < far(&grainy) * 2, "{} of {}", far(&smooth), far(&grainy));
    }

    #[test]
    fn a_dark_box_stays_darker_than_paper() {
        let boxed = |x: u32, y: u32| y < 240 && x < 640;
        let mut picture = page(|x, y| if boxed(x, y) { 40.0 } else { 240.0 });
        lighten(&mut picture);
        assert!(picture.get_pixel(45, 100).0[0] < 150, "{:?}", picture.get_pixel(45, 100));
    }
}

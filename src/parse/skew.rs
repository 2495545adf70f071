//! Pages that lie a few degrees askew: told by the rows of ink, and turned straight for recognition.

use image::{DynamicImage, GrayImage, Luma};

use super::wire::Straightened;
use crate::domain::Area;

/// The shrunken picture is no larger than this, in pixels.
const SHRUNKEN: u32 = 1200;
/// Degrees to either side that are tried. What lies more askew was laid so on purpose.
const MOST: f32 = 12.0;
/// Steps of the first look, and of the second near the best of the first.
const COARSE: f32 = 0.5;
const FINE: f32 = 0.1;
/// Recognition itself copes with less than this (`vorlage bench ocr`).
const LEAST: f32 = 1.2;
/// The rows of text must stand out by this factor from what other angles give.
const CLEAR: f32 = 1.25;
/// Fewer edges of ink are no text.
const FEW_EDGES: usize = 200;

/// Where a dot is.
type Dot = (f32, f32);

/// How many degrees clockwise a page must be turned until its lines are level or upright; 0 when
/// they are, or cannot be told.
pub(super) fn needed(picture: &GrayImage) -> f32 {
    let small = shrunken(picture);
    let (low, high) = edges(&small);
    let rows = best(&low);
    let columns = best(&high);
    // On a page that lies on its side the lines are columns.
    let (angle, clear) = if rows.1 >= columns.1 { rows } else { columns };
    if clear < CLEAR || angle.abs() < LEAST || angle.abs() > MOST - COARSE { 0.0 } else { -angle }
}

fn shrunken(picture: &GrayImage) -> GrayImage {
    let longest = picture.width().max(picture.height());
    if longest <= SHRUNKEN {
        return picture.clone();
    }
    DynamicImage::from(picture.clone()).thumbnail(SHRUNKEN, SHRUNKEN).into_luma8()
}

/// The dots of ink with paper below them, and those with paper beside them (coordinates exchanged,
/// so that columns become rows).
fn edges(picture: &GrayImage) -> (Vec<Dot>, Vec<Dot>) {
    let mut sorted = picture.as_raw().clone();
    sorted.sort_unstable();
    let part = |permille: usize| sorted.get(sorted.len() * permille / 1000).copied().unwrap_or(0);
    // A short note has hardly any ink.
    let (ink, paper) = (f32::from(part(1)), f32::from(part(800)));
    let middle = (ink + paper) / 2.0;
    let is_ink = |x: u32, y: u32| f32::from(picture.get_pixel(x, y).0[0]) < middle;
    let (mut low, mut side) = (Vec::new(), Vec::new());
    if paper - ink < 24.0 {
        return (low, side);
    }
    for y in 0..picture.height().saturating_sub(1) {
        for x in 0..picture.width().saturating_sub(1) {
            if !is_ink(x, y) {
                continue;
            }
            if !is_ink(x, y + 1) {
                low.push((x as f32, y as f32));
            }
            if !is_ink(x + 1, y) {
                side.push((-(y as f32), x as f32));
            }
        }
    }
    (low, side)
}

/// By how many degrees the rows of dots fall to the right, and how clearly.
fn best(dots: &[Dot]) -> (f32, f32) {
    if dots.len() < FEW_EDGES {
        return (0.0, 0.0);
    }
    let steps = (MOST / COARSE) as i32;
    let tried: Vec<(f32, f32)> = (-steps..=steps)
        .map(|step| step as f32 * COARSE)
        .map(|angle| (angle, sharpness(dots, angle)))
        .collect();
    let mut sorted: Vec<f32> = tried.iter().map(|it| it.1).collect();
    sorted.sort_by(f32::total_cmp);
    let usual = sorted.get(sorted.len() / 2).copied().unwrap_or(1.0).max(1.0);
    let greater = |a: (f32, f32), b: (f32, f32)| if b.1 > a.1 { b } else { a };
    let coarse = tried.iter().copied().fold((0.0, 0.0), greater);
    let near = (COARSE / FINE) as i32;
    let fine = (-near..=near).map(|step| coarse.0 + step as f32 * FINE);
    let found = fine.map(|angle| (angle, sharpness(dots, angle))).fold(coarse, greater);
    (found.0, found.1 / usual)
}

/// How unevenly the dots spread over rows that fall by so many degrees: text has rows with many
/// dots and rows with none.
fn sharpness(dots: &[Dot], angle: f32) -> f32 {
    let (sin, cos) = angle.to_radians().sin_cos();
    let row = |(x, y): &Dot| (y * cos - x * sin).round() as i32;
    let (mut least, mut most) = (i32::MAX, i32::MIN);
    for dot in dots {
        let row = row(dot);
        (least, most) = (least.min(row), most.max(row));
    }
    let mut counts = vec![0_u32; usize::try_from(most - least).unwrap_or_default() + 1];
    for dot in dots {
        if let Some(count) = counts.get_mut(usize::try_from(row(dot) - least).unwrap_or_default()) {
            *count += 1;
        }
    }
    counts.iter().map(|count| (*count as f32).powi(2)).sum()
}

/// A picture turned by some degrees clockwise, on a sheet that holds all of it. What was outside is
/// as bright as the paper at the edge.
pub fn rotated(picture: &GrayImage, degrees: f32) -> GrayImage {
    let (width, height) = picture.dimensions();
    let (new_width, new_height) = sheet(width, height, degrees);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (old_x, old_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let (new_x, new_y) = (new_width as f32 / 2.0, new_height as f32 / 2.0);
    let outside = paper_at_the_edge(picture);
    let dots = picture.as_raw();
    let value = |x: i32, y: i32| {
        let place = |at: i32, most: u32| u32::try_from(at).ok().filter(|it| *it < most);
        let (Some(x), Some(y)) = (place(x, width), place(y, height)) else { return outside };
        f32::from(dots.get((y * width + x) as usize).copied().unwrap_or(u8::MAX))
    };
    GrayImage::from_fn(new_width, new_height, |x, y| {
        let (dx, dy) = (x as f32 + 0.5 - new_x, y as f32 + 0.5 - new_y);
        let (x, y) = (dx * cos + dy * sin + old_x - 0.5, dy * cos - dx * sin + old_y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (part_x, part_y) = (x - left, y - top);
        let (left, top) = (left as i32, top as i32);
        let above = value(left, top) * (1.0 - part_x) + value(left + 1, top) * part_x;
        let below = value(left, top + 1) * (1.0 - part_x) + value(left + 1, top + 1) * part_x;
        Luma([(above * (1.0 - part_y) + below * part_y).round() as u8])
    })
}

/// Width and height of the sheet that holds a turned picture.
fn sheet(width: u32, height: u32, degrees: f32) -> (u32, u32) {
    let (sin, cos) = degrees.to_radians().abs().sin_cos();
    let (width, height) = (width as f32, height as f32);
    let size = (width * cos + height * sin, width * sin + height * cos);
    (size.0.ceil() as u32, size.1.ceil() as u32)
}

fn paper_at_the_edge(picture: &GrayImage) -> f32 {
    let (right, bottom) = (picture.width().saturating_sub(1), picture.height().saturating_sub(1));
    let across = (0..=right).step_by(8).flat_map(|x| [(x, 0), (x, bottom)]);
    let down = (0..=bottom).step_by(8).flat_map(|y| [(0, y), (right, y)]);
    let mut edge: Vec<u8> = across
        .chain(down)
        .filter_map(|(x, y)| picture.get_pixel_checked(x, y))
        .map(|dot| dot.0[0])
        .collect();
    edge.sort_unstable();
    f32::from(edge.get(edge.len() / 2).copied().unwrap_or(255))
}

/// Where a place of the straightened picture is on the page as it came.
pub(super) fn as_it_came(area: Area, page: &Straightened) -> Area {
    if page.degrees == 0.0 {
        return area;
    }
    let (width, height) = (page.width.max(1) as f32, page.height.max(1) as f32);
    let (new_width, new_height) = sheet(page.width.max(1), page.height.max(1), page.degrees);
    let (new_width, new_height) = (new_width as f32, new_height as f32);
    let (sin, cos) = page.degrees.to_radians().sin_cos();
    let (mut least, mut most) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
    for (x, y) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        let dx = (area.x + x * area.width) * new_width - new_width / 2.0;
        let dy = (area.y + y * area.height) * new_height - new_height / 2.0;
        let x = (dx * cos + dy * sin + width / 2.0) / width;
        let y = (dy * cos - dx * sin + height / 2.0) / height;
        least = (least.0.min(x), least.1.min(y));
        most = (most.0.max(x), most.1.max(y));
    }
    let (x, y) = (least.0.clamp(0.0, 1.0), least.1.clamp(0.0, 1.0));
    Area { x, y, width: most.0.clamp(0.0, 1.0) - x, height: most.1.clamp(0.0, 1.0) - y }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of words, as bars.
    fn page() -> GrayImage {
        GrayImage::from_fn(900, 1200, |x, y| {
            let inside = (80..820).contains(&x) && (100..1100).contains(&y);
            let letter = (y - y.min(100)) % 36 < 14 && (x * 7 / 5) % 11 < 6 && x % 90 > 14;
            Luma([if inside && letter { 20 } else { 245 }])
        })
    }

    #[test]
    fn the_angle_is_told_to_a_fifth_of_a_degree_also_on_its_side() {
        for degrees in [-7.0, -3.0, -1.5, 1.5, 3.0, 7.0_f32] {
            let askew = rotated(&page(), degrees);
            let found = needed(&askew);
            assert!((found + degrees).abs() < 0.2, "{degrees}: {found}");
            let on_its_side = image::imageops::rotate90(&askew);
            let found = needed(&on_its_side);
            assert!((found + degrees).abs() < 0.2, "{degrees} on its side: {found}");
        }
        assert_eq!(needed(&page()), 0.0);
        let noise =
            |x: u32, y: u32| Luma([(x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) as u8]);
        assert_eq!(needed(&GrayImage::from_fn(900, 1200, noise)), 0.0, "noise has no lines");
        assert_eq!(needed(&GrayImage::from_pixel(50, 50, Luma([255]))), 0.0);
    }

    #[test]
    fn a_place_goes_back_to_where_it_came_from() {
        let dark = |picture: &GrayImage| {
            let dark = picture.enumerate_pixels().filter(|it| it.2.0[0] < 128);
            let (mut least, mut most) = ((u32::MAX, u32::MAX), (0, 0));
            for (x, y, _) in dark {
                least = (least.0.min(x), least.1.min(y));
                most = (most.0.max(x + 1), most.1.max(y + 1));
            }
            let (width, height) = (picture.width() as f32, picture.height() as f32);
            Area {
                x: least.0 as f32 / width,
                y: least.1 as f32 / height,
                width: (most.0 - least.0) as f32 / width,
                height: (most.1 - least.1) as f32 / height,
            }
        };
        let word = |x: u32, y: u32| (600..640).contains(&x) && (150..170).contains(&y);
        let page = GrayImage::from_fn(800, 600, |x, y| Luma([if word(x, y) { 0 } else { 255 }]));
        for degrees in [-9.0, -2.0, 2.0, 9.0] {
            let straightened = Straightened { degrees, width: 800, height: 600 };
            let back = as_it_came(dark(&rotated(&page, degrees)), &straightened);
            let word = dark(&page);
            // The box of a turned box holds the word, and is larger by what turns in and out again.
            assert!(back.x <= word.x + 0.003 && back.y <= word.y + 0.003, "{degrees}: {back:?}");
            let ends = (back.x + back.width, back.y + back.height);
            assert!(ends.0 >= word.x + word.width - 0.003, "{degrees}: {back:?}");
            assert!(ends.1 >= word.y + word.height - 0.003, "{degrees}: {back:?}");
            assert!(back.width < word.width + 0.03 && back.height < word.height + 0.06);
        }
    }
}

//! Places on a page that look like a barcode or QR code, told from a small drawing of it.
//!
//! Codes are half dark and change between dark and light everywhere; bars do so in one direction only.
//! Letters are lighter and have white around them. What is found here is read by [`super::codes`].

use crate::domain::Area;

/// Dots per inch of the drawings that are looked at.
pub(super) const DPI: f32 = 100.0;
/// Pixels of the edge of a cell: 2 mm at 100 dots per inch, some modules of a code.
const CELL: usize = 8;
/// Places of one page.
pub(super) const MOST: usize = 12;
/// Dark and light of a cell differ by so much (of 255).
const CONTRAST: u8 = 80;
/// Large codes have modules as large as a cell: the page is halved and looked at again, so many times.
const HALVED: usize = 2;

/// A picture in shades of grey.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grey<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Row by row, one byte each.
    pub(super) pixels: &'a [u8],
}

/// What a cell shows.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    dark: usize,
    /// Changes from one pixel to the next, from left to right …
    across: usize,
    /// … and from above to below.
    down: usize,
}

/// Cells beside each other that change.
#[derive(Clone, Copy, Debug)]
struct Group {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
    cells: usize,
    sum: Cell,
}

/// The places of a page that look like a code, at most [`MOST`], the largest first.
pub(super) fn spots(page: Grey<'_>) -> Vec<Area> {
    let mut found = look(page);
    let (mut width, mut height) = (page.width, page.height);
    let mut pixels = std::borrow::Cow::Borrowed(page.pixels);
    for _ in 0..HALVED {
        pixels = halved(Grey { width, height, pixels: &pixels }).into();
        (width, height) = (width / 2, height / 2);
        found.extend(look(Grey { width, height, pixels: &pixels }));
    }
    found.sort_by(|a, b| (b.width * b.height).total_cmp(&(a.width * a.height)));
    let mut kept: Vec<Area> = Vec::new();
    for area in found {
        if !kept.iter().any(|it| covers(it, &area)) {
            kept.push(area);
        }
    }
    kept.truncate(MOST);
    kept
}

fn look(page: Grey<'_>) -> Vec<Area> {
    let (columns, rows) = (page.width / CELL, page.height / CELL);
    let place = |index: usize| (index % columns, index / columns);
    let cells: Vec<Option<Cell>> =
        (0..columns * rows).map(|index| cell(page, place(index)).filter(Cell::changes)).collect();
    let mut groups = Vec::new();
    let mut open: Vec<bool> = cells.iter().map(Option::is_some).collect();
    for first in 0..cells.len() {
        if !open[first] {
            continue;
        }
        open[first] = false;
        let (mut waiting, mut group) = (vec![first], Group::new(place(first)));
        while let Some(index) = waiting.pop() {
            let (x, y) = place(index);
            group.add((x, y), cells[index].unwrap_or_default());
            let beside = [
                (x > 0).then(|| index - 1),
                (x + 1 < columns).then(|| index + 1),
                (y > 0).then(|| index - columns),
                (y + 1 < rows).then(|| index + columns),
            ];
            for next in beside.into_iter().flatten() {
                if std::mem::take(&mut open[next]) {
                    waiting.push(next);
                }
            }
        }
        groups.push(group);
    }
    let part = |cells: usize, all: usize| (cells * CELL) as f32 / all as f32;
    let area = |it: &Group| Area {
        x: part(it.left, page.width),
        y: part(it.top, page.height),
        width: part(it.right + 1 - it.left, page.width),
        height: part(it.bottom + 1 - it.top, page.height),
    };
    groups.iter().filter(|it| it.is_like_a_code()).map(area).collect()
}

fn cell(page: Grey<'_>, (column, row): (usize, usize)) -> Option<Cell> {
    let mut lines = [[0_u8; CELL]; CELL];
    for (y, line) in lines.iter_mut().enumerate() {
        let start = (row * CELL + y) * page.width + column * CELL;
        line.copy_from_slice(page.pixels.get(start..start + CELL)?);
    }
    let all = lines.as_flattened();
    let (low, high) = (all.iter().min()?, all.iter().max()?);
    if high - low < CONTRAST {
        return None;
    }
    let middle = low.midpoint(*high);
    let lines = lines.map(|line| line.map(|pixel| pixel < middle));
    let dark = lines.as_flattened().iter().filter(|it| **it).count();
    let across = lines.iter().flat_map(|line| line.windows(2)).filter(|it| it[0] != it[1]).count();
    let below = lines.windows(2).flat_map(|two| two[0].iter().zip(&two[1]));
    let down = below.filter(|(upper, lower)| upper != lower).count();
    Some(Cell { dark, across, down })
}

impl Cell {
    /// Neither nearly white nor nearly black, and of more than one stroke.
    fn changes(&self) -> bool {
        (14..=52).contains(&self.dark) && self.across.max(self.down) >= CELL
    }
}

impl Group {
    fn new((x, y): (usize, usize)) -> Self {
        Self { left: x, top: y, right: x, bottom: y, cells: 0, sum: Cell::default() }
    }

    fn add(&mut self, (x, y): (usize, usize), cell: Cell) {
        self.left = self.left.min(x);
        self.right = self.right.max(x);
        self.top = self.top.min(y);
        self.bottom = self.bottom.max(y);
        self.cells += 1;
        self.sum.dark += cell.dark;
        self.sum.across += cell.across;
        self.sum.down += cell.down;
    }

    /// The shares were measured on codes and on printed pages without.
    fn is_like_a_code(&self) -> bool {
        let (width, height) = (self.right + 1 - self.left, self.bottom + 1 - self.top);
        let (short, long) = (width.min(height), width.max(height));
        let share = |count: usize, of: usize| count as f32 / (of * self.cells) as f32;
        let steps = CELL * (CELL - 1);
        let dark = share(self.sum.dark, CELL * CELL);
        let (across, down) = (share(self.sum.across, steps), share(self.sum.down, steps));
        let filled = self.cells as f32 / (width * height) as f32;
        if filled < 0.55 || !(0.36..=0.68).contains(&dark) {
            return false;
        }
        let is_matrix = dark >= 0.4 && filled >= 0.6 && across.min(down) >= 0.1;
        // Small groups that are rather light are bold letters.
        let fewest = if dark >= 0.44 { 4 } else { 6 };
        let is_bars =
            |along: f32, other: f32, length: usize| along >= 0.2 && other <= 0.1 && length >= 6;
        is_matrix && short >= fewest && long <= 5 * short
            || short >= 2 && (is_bars(across, down, width) || is_bars(down, across, height))
    }
}

/// The picture in half of its width and height, each pixel the mean of the four it stands for.
fn halved(page: Grey<'_>) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(page.pixels.len() / 4);
    let mut lines = page.pixels.chunks_exact(page.width.max(1));
    while let (Some(upper), Some(lower)) = (lines.next(), lines.next()) {
        let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
        let sum = |two: &[u8]| two.iter().map(|it| u16::from(*it)).sum::<u16>();
        let mean = |(a, b)| u8::try_from((sum(a) + sum(b)) / 4).unwrap_or(u8::MAX);
        pixels.extend(pairs.map(mean));
    }
    pixels
}

/// Whether most of the second lies in the first.
fn covers(outer: &Area, inner: &Area) -> bool {
    let shared =
        |a: f32, length: f32, b: f32, other: f32| ((a + length).min(b + other) - a.max(b)).max(0.0);
    let width = shared(outer.x, outer.width, inner.x, inner.width);
    let height = shared(outer.y, outer.height, inner.y, inner.height);
    width * height > 0.7 * inner.width * inner.height
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 400;
    const HEIGHT: usize = 560;

    fn page(ink: impl Fn(usize, usize) -> bool) -> Vec<u8> {
        let all = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
        all.map(|(x, y)| if ink(x, y) { 20 } else { 250 }).collect()
    }

    fn found(ink: impl Fn(usize, usize) -> bool) -> Vec<Area> {
        spots(Grey { width: WIDTH, height: HEIGHT, pixels: &page(ink) })
    }

    fn inside(x: usize, y: usize, edge: usize) -> bool {
        (60..60 + edge).contains(&x) && (300..300 + edge).contains(&y)
    }

    /// Modules of a size, dark or light as by a coin.
    fn module(x: usize, y: usize, size: usize) -> bool {
        let mut seed = ((x / size) as u64) << 32 | (y / size) as u64;
        for _ in 0..3 {
            seed = (seed ^ (seed >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        seed >> 63 == 0
    }

    #[test]
    fn squares_of_modules_are_found_small_and_large() {
        for (edge, size) in [(90, 2), (90, 3), (200, 6), (240, 12)] {
            let found = found(|x, y| inside(x, y, edge) && module(x, y, size));
            assert!(!found.is_empty(), "{edge} {size}");
            let area = found[0];
            assert!((area.x * 400.0 - 60.0).abs() < 33.0, "{area:?}");
            assert!((area.width * 400.0 - edge as f32).abs() < 60.0, "{edge}: {area:?}");
        }
    }

    #[test]
    fn bars_are_found_in_both_directions() {
        let bar = |at: usize| (at * 31 % 7) < 3;
        let lying = found(|x, y| (60..240).contains(&x) && (300..340).contains(&y) && bar(x / 2));
        assert_eq!(lying.len(), 1, "{lying:?}");
        let standing =
            found(|x, y| (60..100).contains(&x) && (200..420).contains(&y) && bar(y / 2));
        assert_eq!(standing.len(), 1, "{standing:?}");
    }

    #[test]
    fn lines_of_thin_strokes_and_pictures_in_one_colour_are_no_codes() {
        let letters = |x: usize, y: usize| y % 18 < 7 && (x % 6 < 1 || x % 48 < 6 && y % 18 < 1);
        assert_eq!(found(letters), []);
        assert_eq!(found(|x, y| inside(x, y, 200)), []);
        assert_eq!(spots(Grey { width: 0, height: 0, pixels: &[] }), []);
        assert_eq!(spots(Grey { width: 9, height: 9, pixels: &[0; 3] }), []);
    }

    #[test]
    fn a_page_full_of_them_has_a_limited_number() {
        let many = found(|x, y| x % 60 < 40 && y % 60 < 40 && module(x, y, 2));
        assert_eq!(many.len(), MOST);
    }
}

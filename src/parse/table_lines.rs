//! Tables with lines drawn around their cells.
//!
//! Lines that touch form a grid. A grid is a table when its upright lines go through (a form has boxes
//! of every width), most of its cells hold words, and it has at least three columns, or two of which the
//! second holds numbers: a name with its value beside it is no table.

use super::tables::{Found, Item, Place, is_number, lines_of};

/// Lines that lie nearer to each other (points) are one.
const SAME: f32 = 2.5;
/// Lines of one page that are looked at.
const MOST_LINES: usize = 4_000;
/// Rows and columns of one grid.
const MOST_ROWS: usize = 300;
const MOST_COLUMNS: usize = 40;
/// So much of the height of the grid an upright line must go through.
const THROUGH: f32 = 0.7;
/// So much of the cells must hold words.
const FILLED: f32 = 0.6;

/// The tables of a page, from top to bottom.
pub(super) fn find(items: &[Item<'_>], lines: &[Place]) -> Vec<Found> {
    let lines = lines.get(..lines.len().min(MOST_LINES)).unwrap_or_default();
    let mut grids: Vec<Found> = Vec::new();
    let mut found: Vec<(f32, Found)> = Vec::new();
    for group in groups(lines) {
        if let Some(grid) = Grid::of(&group) {
            found.extend(grid.table(items).map(|table| (grid.top(), table)));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut taken = vec![false; items.len()];
    for (_, table) in found {
        let words = || table.rows.iter().flatten().flatten();
        // A grid in a grid: the outer one has the words.
        if words().any(|it| taken.get(*it).copied().unwrap_or(true)) {
            continue;
        }
        for number in words() {
            taken.iter_mut().skip(*number).take(1).for_each(|it| *it = true);
        }
        grids.push(table);
    }
    grids
}

/// Lines that touch each other, directly or through others.
fn groups(lines: &[Place]) -> Vec<Vec<Place>> {
    let mut by_top: Vec<Place> = lines.to_vec();
    by_top.sort_by(|a, b| a.top.total_cmp(&b.top));
    let mut group: Vec<usize> = (0..by_top.len()).collect();
    let root = |group: &[usize], mut at: usize| {
        while let Some(up) = group.get(at).copied().filter(|up| *up != at) {
            at = up;
        }
        at
    };
    for (number, line) in by_top.iter().enumerate() {
        let below = by_top.iter().enumerate().skip(number + 1);
        for (other, next) in below.take_while(|(_, next)| next.top <= line.bottom + SAME) {
            if next.left <= line.right + SAME && line.left <= next.right + SAME {
                let (a, b) = (root(&group, number), root(&group, other));
                group.iter_mut().skip(a.max(b)).take(1).for_each(|it| *it = a.min(b));
            }
        }
    }
    let mut groups: Vec<Vec<Place>> = vec![Vec::new(); by_top.len()];
    for (number, line) in by_top.iter().enumerate() {
        let first = root(&group, number);
        groups.iter_mut().skip(first).take(1).for_each(|it| it.push(*line));
    }
    groups.retain(|it| it.len() >= 4);
    groups
}

/// The places of lines, across and down.
struct Grid {
    across: Vec<f32>,
    down: Vec<f32>,
}

impl Grid {
    fn of(lines: &[Place]) -> Option<Self> {
        let upright = |it: &&Place| it.height() > it.width();
        let top = lines.iter().map(|it| it.top).reduce(f32::min)?;
        let bottom = lines.iter().map(|it| it.bottom).reduce(f32::max)?;
        let left = lines.iter().map(|it| it.left).reduce(f32::min)?;
        let right = lines.iter().map(|it| it.right).reduce(f32::max)?;
        let across = joined(lines.iter().filter(upright).map(|it| (it.middle().0, it.height())));
        let down =
            joined(lines.iter().filter(|it| !upright(it)).map(|it| (it.middle().1, it.width())));
        let through = |lines: Vec<(f32, f32)>, of: f32| -> Option<Vec<f32>> {
            let whole = lines.iter().all(|(_, length)| *length >= THROUGH * of);
            whole.then(|| lines.into_iter().map(|(at, _)| at).collect())
        };
        let mut across = through(across, bottom - top)?;
        let mut down = through(down, right - left)?;
        // Many tables have no line at their edges.
        for (places, first, last) in [(&mut across, left, right), (&mut down, top, bottom)] {
            if places.first().is_none_or(|it| *it - first > SAME) {
                places.insert(0, first);
            }
            if places.last().is_none_or(|it| last - *it > SAME) {
                places.push(last);
            }
        }
        let sound = (3..=MOST_COLUMNS + 1).contains(&across.len())
            && (3..=MOST_ROWS + 1).contains(&down.len());
        sound.then_some(Self { across, down })
    }

    fn top(&self) -> f32 {
        self.down.first().copied().unwrap_or_default()
    }

    fn table(&self, items: &[Item<'_>]) -> Option<Found> {
        let (columns, count) = (self.across.len() - 1, self.down.len() - 1);
        let mut cells = vec![vec![Vec::new(); columns]; count];
        for (number, item) in items.iter().enumerate() {
            let (x, y) = item.place.middle();
            let between = |places: &[f32], at: f32| {
                let before = places.partition_point(|it| *it <= at);
                (before > 0 && before < places.len()).then(|| before - 1)
            };
            let (Some(row), Some(column)) = (between(&self.down, y), between(&self.across, x))
            else {
                continue;
            };
            // A word across a line is none of this grid's.
            let (left, right) = (self.across.get(column)?, self.across.get(column + 1)?);
            if item.place.left < left - 2.0 * SAME || item.place.right > right + 2.0 * SAME {
                return None;
            }
            cells.get_mut(row)?.get_mut(column)?.push(number);
        }
        cells.retain(|row| row.iter().any(|cell| !cell.is_empty()));
        let filled = |row: &Vec<Vec<usize>>| row.iter().filter(|it| !it.is_empty()).count();
        let all: usize = cells.iter().map(filled).sum();
        let rows = cells.iter().filter(|row| filled(row) >= 2).count();
        let text = |cell: &Vec<usize>| -> String {
            let words = cell.iter().filter_map(|it| items.get(*it)).map(|it| it.text);
            words.collect::<Vec<_>>().join(" ")
        };
        let of_column = |column: usize| cells.iter().filter_map(move |row| row.get(column));
        let numbers = (1..columns)
            .map(|column| of_column(column).filter(|cell| is_number(&text(cell))).count())
            .max()
            .unwrap_or_default();
        let is_table = rows >= 2
            && all as f32 >= FILLED * (cells.len() * columns) as f32
            && (columns >= 3 || rows >= 3 && numbers * 2 >= rows);
        if !is_table {
            return None;
        }
        let named = |row: &Vec<Vec<usize>>| {
            row.iter().all(|cell| !text(cell).chars().any(|it| it.is_ascii_digit()))
        };
        let headings = usize::from(cells.first().is_some_and(named) && numbers > 0);
        let in_order = |cell: Vec<usize>| lines_of(items, cell).into_iter().flatten().collect();
        let rows = cells.into_iter();
        let rows = rows.map(|row| row.into_iter().map(in_order).collect()).collect();
        Some(Found { headings, rows })
    }
}

/// Places with the length of what is drawn there, those near each other joined.
fn joined(lines: impl Iterator<Item = (f32, f32)>) -> Vec<(f32, f32)> {
    let mut lines: Vec<(f32, f32)> = lines.collect();
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut joined: Vec<(f32, f32)> = Vec::new();
    for (at, length) in lines {
        match joined.last_mut() {
            Some((last, sum)) if at - *last <= SAME => *sum += length,
            _ => joined.push((at, length)),
        }
    }
    joined
}

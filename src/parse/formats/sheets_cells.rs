//! The cells of one sheet, as they stand in the file: only those that are there, however far apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Problem;
use crate::parse::flow::Flow;
use crate::parse::text::MOST_CHARS;

/// Cells of a table, the empty ones too. Between two cells in the corners of a sheet lie 16 thousand million.
pub(super) const AREA: u64 = 4_000_000;

/// Row and column, counted from 0.
pub(super) type Place = (u32, u32);

/// The smallest table around cells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    corners: Option<(Place, Place)>,
}

impl Extent {
    /// Makes it large enough for a cell.
    pub(super) fn add(&mut self, (row, column): Place) {
        let (first, last) = self.corners.unwrap_or(((row, column), (row, column)));
        let first = (first.0.min(row), first.1.min(column));
        self.corners = Some((first, (last.0.max(row), last.1.max(column))));
    }

    /// How many cells it has.
    pub(super) fn area(&self) -> u64 {
        let Some((first, last)) = self.corners else { return 0 };
        let (rows, columns) = (u64::from(last.0 - first.0) + 1, u64::from(last.1 - first.1) + 1);
        rows * columns
    }
}

/// The cells of a sheet that are not empty, with what they show.
#[derive(Debug, Default)]
pub(super) struct Cells {
    cells: BTreeMap<Place, String>,
    chars: usize,
}

impl Cells {
    /// Adds a cell; `false` when more is there than is kept.
    pub(super) fn add(&mut self, place: Place, text: String) -> bool {
        self.chars += text.chars().count();
        self.cells.insert(place, text);
        self.chars <= MOST_CHARS
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Writes them as the rows of the table that has begun.
    ///
    /// When they lie far apart, rows and columns without any cell are left out. When that is not enough, the cells
    /// of a row follow each other; the answer says so.
    pub(super) fn write(&self, hidden: Option<&BTreeSet<u32>>, flow: &mut Flow) -> Option<Problem> {
        let mut around = Extent::default();
        self.cells.keys().for_each(|place| around.add(*place));
        let (first, last) = around.corners?;
        if around.area() <= AREA {
            let rows: Vec<u32> = (first.0..=last.0).collect();
            self.rows(&rows, |column| column - first.1, hidden, flow);
            return None;
        }
        let rows: BTreeSet<u32> = self.cells.keys().map(|place| place.0).collect();
        let columns: BTreeSet<u32> = self.cells.keys().map(|place| place.1).collect();
        let rows: Vec<u32> = rows.into_iter().collect();
        let columns: BTreeMap<u32, u32> = columns.into_iter().zip(0..).collect();
        if (rows.len() as u64).saturating_mul(columns.len() as u64) <= AREA {
            self.rows(
                &rows,
                |column| columns.get(&column).copied().unwrap_or_default(),
                hidden,
                flow,
            );
            return None;
        }
        self.rows(&rows, |_| 0, hidden, flow);
        let detail = "the cells lie too far apart for a table; those of a row follow each other";
        Some(Problem::new("P0107", detail))
    }

    /// `shown` is where a column stands at the earliest.
    fn rows(
        &self,
        rows: &[u32],
        shown: impl Fn(u32) -> u32,
        hidden: Option<&BTreeSet<u32>>,
        flow: &mut Flow,
    ) {
        for row in rows {
            flow.begin_row();
            if hidden.is_some_and(|rows| rows.contains(row)) {
                flow.hide_row();
            }
            let mut next = 0;
            for ((_, column), text) in self.cells.range((*row, 0)..=(*row, u32::MAX)) {
                for _ in next..=shown(*column).max(next) {
                    flow.begin_cell();
                }
                next = shown(*column).max(next) + 1;
                flow.push(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(places: impl IntoIterator<Item = Place>) -> (String, usize, Option<Problem>) {
        let mut cells = Cells::default();
        for (number, place) in (1..).zip(places) {
            assert!(cells.add(place, format!("{number}")));
        }
        let mut flow = Flow::default();
        flow.begin_table("");
        let problem = cells.write(None, &mut flow);
        let document = flow.finish();
        (document.text.clone(), document.tables[0].rows.len(), problem)
    }

    #[test]
    fn what_lies_together_keeps_its_empty_cells() {
        assert_eq!(written([(5, 3), (3, 2), (5, 5)]), ("2\n\t1\t\t3".into(), 3, None));
    }

    #[test]
    fn what_lies_far_apart_loses_only_what_is_empty() {
        let places = [(0, 0), (1_048_575, 16_383), (1_048_575, 0), (7, 16_383)];
        assert_eq!(written(places), ("1\n\t4\n3\t2".into(), 3, None));
    }

    #[test]
    fn a_diagonal_is_told() {
        let (text, rows, problem) = written((0..3000).map(|number| (number, number)));
        assert!(text.starts_with("1\n2\n3\n"), "{text}");
        assert_eq!((rows, problem.unwrap().code.as_str()), (3000, "P0107"));
    }

    #[test]
    fn the_same_long_text_in_all_cells_ends_somewhere() {
        let mut cells = Cells::default();
        let text = "x".repeat(1_000_000);
        let added = (0..100).take_while(|row| cells.add((*row, 0), text.clone())).count();
        assert_eq!(added, 5);
    }
}

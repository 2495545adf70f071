//! What stands below a label: the rows of its column.

use std::num::NonZeroU8;

use crate::config::Pick;
use crate::fields::Hit;

use super::beside::{Cell, Look};
use super::label::{Seen, is_item, names_a_value};
use super::sheet::{Line, ROW_WORDS, Token};

/// So many heights of a line may lie between a label and the value below, and between rows.
const ROW_GAP: f32 = 3.0;
/// Rows that are one value stand nearer to each other than this, in heights of a line.
const LEADING: f32 = 1.2;
/// So many rows of a column are looked at.
const ROWS: usize = 60;

/// A row of a column, and how far it stands below the one before.
struct Row {
    cell: Cell,
    gap: f32,
}

impl Look<'_> {
    /// What stands below the label, row by row; the first that is something, or with `pick` all.
    pub(super) fn below(
        &self,
        number: usize,
        line: &Line<'_>,
        seen: &Seen,
        read: impl Fn(&Cell) -> Vec<Hit>,
    ) -> Vec<Hit> {
        let Some((left, right)) = seen.reach(line) else { return Vec::new() };
        let (mut bottom, height) = (line.bottom, line.height());
        // A column has neighbours; below a name that stands alone there is one value.
        let picks = matches!(self.field.pick, Some(pick) if pick != Pick::First);
        let goes_on = picks && line.phrases().len() > 1;
        // The name of a column may take two lines.
        let mut misses = 0;
        let mut hits = Vec::new();
        for row in self.sheet.lines.iter().skip(number + 1).take(ROWS) {
            if row.page != line.page || row.top - bottom > ROW_GAP * height {
                break;
            }
            let Some(cell) = cell_between(row, left, right) else { continue };
            let found = read(&cell);
            misses += usize::from(found.is_empty());
            if misses > 1 && hits.is_empty() {
                break;
            }
            bottom = row.bottom;
            hits.extend(found);
            if !hits.is_empty() && !goes_on {
                break;
            }
        }
        hits
    }

    /// The words below a label as one value: from the line that the admin names, or the first that is one, and as many
    /// of those after it as may belong to it.
    pub(super) fn passage_below(
        &self,
        number: usize,
        line: &Line<'_>,
        seen: &Seen,
        words: usize,
    ) -> Option<Hit> {
        let number_of = |it: Option<NonZeroU8>| it.map_or(1, |it| usize::from(it.get()));
        let (skipped, most) = (number_of(self.field.line) - 1, number_of(self.field.lines));
        if skipped == 0 && most == 1 {
            let read = |cell: &Cell| self.passage(cell, words).into_iter().collect();
            return self.below(number, line, seen, read).into_iter().next();
        }
        let mut rows = self.column(number, line, seen);
        let is_value = |row: &Row| self.passage(&row.cell, words).is_some();
        // The name of a column may take two lines.
        let first = rows.iter().take(2).position(is_value)? + skipped;
        let begin = rows.get(first).filter(|it| is_value(it))?;
        // Below the first the lines follow each other as those of one block do.
        let block = rows.get(first - skipped + 1..=first).unwrap_or_default();
        if block.iter().any(|row| !self.goes_on(row)) {
            return None;
        }
        let more = rows.iter().skip(first + 1).take(most - 1).take_while(|it| self.goes_on(it));
        let more: Vec<Cell> = more.map(|row| row.cell.clone()).collect();
        let all = begin.cell.iter().chain(more.iter().flatten()).copied().collect();
        let one = rows.swap_remove(first).cell;
        self.passage(&all, words).or_else(|| self.passage(&one, words))
    }

    /// Whether a row belongs to the one above: it stands right below, and names nothing new.
    fn goes_on(&self, row: &Row) -> bool {
        let text = self.text_of(&row.cell);
        let first = text.split(' ').next().unwrap_or_default();
        row.gap < LEADING && !is_item(first) && !text.ends_with(':') && !names_a_value(&text)
    }

    /// The rows below a label.
    fn column(&self, number: usize, line: &Line<'_>, seen: &Seen) -> Vec<Row> {
        let Some((left, right)) = seen.reach(line) else { return Vec::new() };
        let (mut bottom, height) = (line.bottom, line.height());
        let mut rows = Vec::new();
        for row in self.sheet.lines.iter().skip(number + 1).take(ROWS) {
            let gap = (row.top - bottom) / height;
            if row.page != line.page || gap > ROW_GAP {
                break;
            }
            let Some(cell) = cell_between(row, left, right) else { continue };
            bottom = row.bottom;
            rows.push(Row { cell, gap });
        }
        rows
    }
}

/// The phrase of a row that stands between two edges, at least in part.
fn cell_between(row: &Line<'_>, left: f32, right: f32) -> Option<Cell> {
    let shared = |tokens: &[Token<'_>]| {
        let (begin, end) = reach(tokens).unwrap_or((0.0, 0.0));
        end.min(right) - begin.max(left)
    };
    let phrases = row.phrases().iter().take(ROW_WORDS);
    let phrases = phrases.filter_map(|it| row.tokens.get(it.clone()));
    let best = phrases.max_by(|a, b| shared(a).total_cmp(&shared(b)))?;
    (shared(best) > 0.0).then(|| best.iter().take(ROW_WORDS).map(|token| token.span).collect())
}

fn reach(tokens: &[Token<'_>]) -> Option<(f32, f32)> {
    Some((tokens.first()?.left, tokens.last()?.right))
}

//! What stands below a label: the rows of its column.

use std::num::NonZeroU8;

use crate::config::Pick;
use crate::domain::Span;
use crate::fields::Hit;

use super::beside::{Cell, Look};
use super::label::{Seen, is_item, is_question, names_a_value};
use super::sheet::{Line, ROW_WORDS, Token};

/// So many heights of a line may lie between a label and the value below, and between rows.
const ROW_GAP: f32 = 3.0;
/// Rows that are one value stand nearer to each other than this, in heights of a line.
const LEADING: f32 = 1.2;
/// The same where letters are the measure: no empty line lies between them.
const TEXT_LEADING: f32 = 0.5;
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
        let Some(column) = Column::of(line, seen) else { return Vec::new() };
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
            let Some(cell) = column.cell_of(row) else { continue };
            // What stands below another question is its answer.
            if is_question(&self.text_of(&cell)) {
                break;
            }
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

    /// The words below a label as one value: the first row that is one, with as many of those after it as may belong to
    /// it; or the part of what stands there that the admin names.
    pub(super) fn passage_below(
        &self,
        number: usize,
        line: &Line<'_>,
        seen: &Seen,
        words: usize,
    ) -> Option<Hit> {
        let number_of = |it: Option<NonZeroU8>| it.map_or(1, |it| usize::from(it.get()));
        let (part, most) = (number_of(self.field.part), number_of(self.field.lines));
        let rows = self.column(number, line, seen);
        let is_value = |row: &Row| self.passage(&row.cell, words).is_some();
        // The name of a column may take two lines.
        let first = rows.iter().take(2).position(is_value)?;
        let cell = &rows.get(first)?.cell;
        let parted = self.field.part.is_some() && self.text_of(cell).contains(", ");
        if parted {
            return self.passage(&self.part_of(cell)?, words);
        }
        // The parts follow each other as the lines of one block do.
        let rows = rows.get(first..)?;
        let block = rows.iter().skip(1).take_while(|it| self.goes_on(it)).count() + 1;
        let mine = rows.get(..block)?.get(part - 1..)?;
        let cells: Vec<&Cell> = mine.iter().take(most).map(|row| &row.cell).collect();
        let all: Cell = cells.iter().copied().flatten().copied().collect();
        self.passage(&all, words).or_else(|| self.passage(cells.first()?, words))
    }

    /// What of a cell is the part that the admin names, where commas part several things; all of it without such a name.
    pub(super) fn part_of(&self, cell: &Cell) -> Option<Cell> {
        let Some(part) = self.field.part else { return Some(cell.clone()) };
        let ends = |span: &&Span| self.sheet.text(**span).ends_with(',');
        let commas: Vec<usize> =
            (1..).zip(cell).filter(|(_, it)| ends(it)).map(|it| it.0).collect();
        let part = usize::from(part.get());
        let start = part.checked_sub(2).map_or(Some(0), |it| commas.get(it).copied())?;
        // Behind the last comma asked for everything is one: `head of department, Mainz`.
        let end = if part == 1 { commas.first().copied() } else { None };
        let cell = cell.get(start..end.unwrap_or(cell.len()))?.to_vec();
        (!cell.is_empty()).then_some(cell)
    }

    /// Whether a row belongs to the one above: it stands right below, and names nothing new.
    fn goes_on(&self, row: &Row) -> bool {
        let text = self.text_of(&row.cell);
        let first = text.split(' ').next().unwrap_or_default();
        let has_word = text.contains(char::is_alphanumeric);
        let leading = if self.sheet.placed { LEADING } else { TEXT_LEADING };
        has_word
            && row.gap < leading
            && !is_item(first)
            && !text.ends_with(':')
            && !names_a_value(&text)
    }

    /// The rows below a label.
    fn column(&self, number: usize, line: &Line<'_>, seen: &Seen) -> Vec<Row> {
        let Some(column) = Column::of(line, seen) else { return Vec::new() };
        let (mut bottom, height) = (line.bottom, line.height());
        let mut rows = Vec::new();
        for row in self.sheet.lines.iter().skip(number + 1).take(ROWS) {
            let gap = (row.top - bottom) / height;
            if row.page != line.page || gap > ROW_GAP {
                break;
            }
            let Some(cell) = column.cell_of(row) else { continue };
            if is_question(&self.text_of(&cell)) {
                break;
            }
            bottom = row.bottom;
            rows.push(Row { cell, gap });
        }
        rows
    }
}

/// The column below a label.
struct Column {
    left: f32,
    right: f32,
    /// So far a value may stand to the right of its label where nothing else does: typists do not hit columns.
    limit: f32,
}

/// So far, in heights of a line.
const ASIDE: f32 = 6.0;

impl Column {
    fn of(line: &Line<'_>, seen: &Seen) -> Option<Self> {
        let (left, right) = seen.reach(line)?;
        let next = line.tokens.get(seen.last + 1..).unwrap_or_default();
        let next = next.iter().find(|it| it.first).map_or(f32::MAX, |it| it.left);
        let aside = if line.pictured { ASIDE * line.height() } else { 0.0 };
        Some(Self { left, right, limit: next.min(right + aside) })
    }

    /// The phrase of a row that stands in the column, at least in part.
    fn cell_of(&self, row: &Line<'_>) -> Option<Cell> {
        let shared = |tokens: &[Token<'_>]| {
            let (begin, end) = reach(tokens).unwrap_or((0.0, 0.0));
            end.min(self.right) - begin.max(self.left)
        };
        let phrases = row.phrases().iter().take(ROW_WORDS);
        let phrases = phrases.filter_map(|it| row.tokens.get(it.clone()));
        let best = phrases.clone().max_by(|a, b| shared(a).total_cmp(&shared(b)))?;
        let aside = |tokens: &&[Token<'_>]| {
            reach(tokens).is_some_and(|(begin, end)| begin >= self.right && end <= self.limit)
        };
        let best = if shared(best) > 0.0 { best } else { phrases.clone().find(aside)? };
        Some(best.iter().take(ROW_WORDS).map(|token| token.span).collect())
    }
}

fn reach(tokens: &[Token<'_>]) -> Option<(f32, f32)> {
    Some((tokens.first()?.left, tokens.last()?.right))
}

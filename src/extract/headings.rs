//! Which column of a table is which, by its headings.

use crate::config::Field;

/// Rows at the top of a table among which its headings are looked for.
const MOST_ABOVE: usize = 4;
/// What a heading costs that only begins with the words looked for.
const BEGINS: usize = 100;
/// What one costs that has them somewhere.
const HOLDS: usize = 200;

/// The headings a column may have.
pub(super) struct Column {
    headings: Vec<String>,
}

impl Column {
    /// Those that the admin wrote for a field.
    pub(super) fn of(field: &Field) -> Self {
        Self { headings: field.column.clone() }
    }

    /// How well a cell names the column: the less, the better. `None`: it does not.
    fn named_by(&self, cell: &str) -> Option<usize> {
        let (whole, words) = (squeezed(cell), words(cell));
        let costs = self.headings.iter().enumerate().filter_map(|(rank, heading)| {
            let wanted = self::words(heading);
            if wanted.is_empty() {
                return None;
            }
            // `Einzel-` above `preis` is one word.
            if whole == squeezed(heading) {
                return Some(rank);
            }
            let at = words.windows(wanted.len()).position(|it| it == wanted.as_slice())?;
            Some(rank + if at == 0 { BEGINS } else { HOLDS })
        });
        costs.min()
    }
}

/// The first row below the headings, and for each of the columns looked for its place. `None`: too few are named.
///
/// `above` rows are headings, as far as the format says so. One column alone must be named by the beginning of its
/// heading, of several at least two must be there.
pub(super) fn heading(
    texts: &[Vec<&str>],
    above: usize,
    wanted: &[Column],
) -> Option<(usize, Vec<Option<usize>>)> {
    let mut best: Option<(usize, usize, Vec<Option<usize>>)> = None;
    let row = |nth: usize| -> Vec<String> {
        texts.get(nth).into_iter().flatten().map(|it| (*it).to_owned()).collect()
    };
    let mut rows: Vec<(usize, Vec<String>)> =
        (0..MOST_ABOVE.min(texts.len())).map(|nth| (nth + 1, row(nth))).collect();
    if above > 1 {
        // Headings in two rows: `Preis` above `je Stück`.
        let columns = texts.iter().take(above).map(Vec::len).max().unwrap_or_default();
        let joined = |column: usize| {
            let cells = texts.iter().take(above).filter_map(|row| row.get(column).copied());
            cells.collect::<Vec<_>>().join(" ").trim().to_owned()
        };
        rows.push((above, (0..columns).map(joined).collect()));
    }
    for (below, cells) in rows {
        let columns = assigned(&cells, wanted);
        let known = columns.iter().flatten().count();
        if known >= wanted.len().min(2) && best.as_ref().is_none_or(|(most, ..)| known > *most) {
            best = Some((known, below, columns));
        }
    }
    best.map(|(_, below, columns)| (below, columns))
}

/// For each column looked for the cell that names it best; no cell names two.
fn assigned(cells: &[String], wanted: &[Column]) -> Vec<Option<usize>> {
    let mut all: Vec<(usize, usize, usize)> = Vec::new();
    for (field, column) in wanted.iter().enumerate() {
        for (at, cell) in cells.iter().enumerate() {
            all.extend(column.named_by(cell).map(|cost| (cost, field, at)));
        }
    }
    if wanted.len() == 1 {
        all.retain(|(cost, ..)| *cost < HOLDS);
    }
    all.sort_unstable();
    let mut columns = vec![None; wanted.len()];
    for (_, field, at) in all {
        let taken = columns.contains(&Some(at));
        if let Some(column) = columns.get_mut(field).filter(|it| it.is_none() && !taken) {
            *column = Some(at);
        }
    }
    columns
}

/// The words of a heading in lower case, without the marks around and between them.
pub(super) fn words(text: &str) -> Vec<String> {
    let words =
        text.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '%' | '#'));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// A text with nothing but its letters and digits, in lower case.
pub(super) fn squeezed(text: &str) -> String {
    words(text).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&[&str]]) -> Vec<Column> {
        let own = |it: &&[&str]| it.iter().map(|it| (*it).to_owned()).collect();
        names.iter().map(|it| Column { headings: own(it) }).collect()
    }

    #[test]
    fn a_column_is_told_by_the_heading_that_names_it_best() {
        let wanted = columns(&[&["Menge", "Anzahl"], &["Preis"], &["Gesamt", "Betrag"]]);
        let rows = vec![
            vec!["Pos.", "Gesamt-\npreis", "Einzel-\nPreis", "Menge (Stk.)", "Betrag EUR"],
            vec!["1", "2,00", "1,00", "2", "2,00"],
        ];
        assert_eq!(heading(&rows, 1, &wanted), Some((1, vec![Some(3), Some(2), Some(1)])));
        assert_eq!(heading(&rows, 1, &columns(&[&["Zimmer"], &["Menge"]])), None);
        assert_eq!(heading(&rows, 1, &columns(&[&["EUR"]])), None);
    }

    #[test]
    fn headings_may_stand_in_two_rows_and_below_a_title() {
        let wanted = columns(&[&["Preis je Stück"], &["Zahl der Stücke"]]);
        let rows = vec![vec!["Preis", "Zahl der"], vec!["je Stück", "Stücke"], vec!["1,00", "2"]];
        assert_eq!(heading(&rows, 2, &wanted), Some((2, vec![Some(0), Some(1)])));
        let below = vec![vec!["Bestellung"], vec!["Zahl der Stücke", "Preis je Stück"]];
        assert_eq!(heading(&below, 0, &wanted), Some((2, vec![Some(1), Some(0)])));
    }
}

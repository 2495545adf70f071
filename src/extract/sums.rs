//! Amounts that together make another: net and tax make gross. Where labels name several sums, those
//! that fit are meant.

use crate::config::{Class, Field};
use crate::domain::{Candidate, FieldName, FieldValue, Form, Method};

use super::places::{self, Place, Seen};
use super::settle;

/// So many possible sums of one field are tried: with three fields some thousand combinations.
const MOST: usize = 12;
/// How sure a sum is whose parts make it.
const FITS: f32 = 0.97;

/// Settles the fields that are sums of others, and their parts.
pub(super) fn settle(class: &Class, seen: &Seen<'_>, form: &mut Form) {
    for (name, field) in class.fields.iter().filter(|(_, field)| !field.sum_of.is_empty()) {
        let names: Vec<&FieldName> = std::iter::once(name).chain(&field.sum_of).collect();
        let columns: Vec<Vec<Place>> = names
            .iter()
            .filter_map(|name| Some(possible(name, class.fields.get(*name)?, seen, form)))
            .collect();
        // What a structure of the file says is not weighed against what is printed.
        let given = |name: &&FieldName| {
            let method = form.get(*name).map(|it| it.method).unwrap_or_default();
            !matches!(method, Method::Recognised | Method::NotFound)
        };
        if names.iter().any(given)
            || names.len() > 4
            || columns.len() < names.len()
            || columns.iter().any(Vec::is_empty)
        {
            continue;
        }
        let Some(best) = best(&columns) else { continue };
        for ((name, column), place) in names.iter().zip(&columns).zip(best) {
            if class.fields.get(*name).is_some_and(Field::is_column) {
                // The sum stands for its rows, which stay as they are.
                continue;
            }
            let known = form.get(*name).and_then(|it| it.value.as_ref());
            let settled = if known == Some(&place.candidate.value) {
                form.get(*name).cloned().map(|mut it| {
                    it.confidence = it.confidence.max(FITS);
                    it
                })
            } else {
                Some(settle::value(place, column, FITS))
            };
            if let Some(value) = settled {
                form.insert((*name).clone(), value);
            }
        }
    }
}

/// What a field may be: its value so far first, then what its labels name, the best first.
fn possible(name: &FieldName, field: &Field, seen: &Seen<'_>, form: &Form) -> Vec<Place> {
    let Some(kind) = field.kind.find() else { return Vec::new() };
    if field.is_column() {
        return form.get(name).and_then(of_column).into_iter().collect();
    }
    let known = form.get(name).and_then(|it| it.value.clone());
    let mut all = settle::distinct(places::recognised(field, kind, seen));
    all.retain(|place| place.labelled);
    all.sort_by_key(|place| (Some(&place.candidate.value) != known.as_ref(), place.rank));
    all.truncate(MOST);
    all
}

/// All cells of a column as the one sum they make; `None` when one of them is no sum.
fn of_column(value: &FieldValue) -> Option<Place> {
    let cells = value.values().filter(|it| !it.is_empty()).map(cents);
    let sum: i64 = cells.sum::<Option<i64>>()?;
    let value =
        format!("{}{}.{:02}", if sum < 0 { "-" } else { "" }, sum.abs() / 100, sum.abs() % 100);
    let candidate = Candidate { value, ..Candidate::default() };
    Some(Place { candidate, labelled: true, checked: false, rank: 0 })
}

/// The places that fit, one of each column: of all those the ones that stand first.
fn best(columns: &[Vec<Place>]) -> Option<Vec<&Place>> {
    let (totals, parts) = columns.split_first()?;
    let mut best: Option<(usize, Vec<usize>)> = None;
    let count: usize = columns.iter().map(Vec::len).product();
    for number in 0..count {
        let mut rest = number;
        let chosen: Vec<usize> = columns
            .iter()
            .map(|column| {
                let index = rest % column.len();
                rest /= column.len();
                index
            })
            .collect();
        let (total, of_parts) = chosen.split_first()?;
        let cents = |column: &Vec<Place>, index: usize| cents(&column.get(index)?.candidate.value);
        let total = cents(totals, *total)?;
        let sum: Option<i64> =
            parts.iter().zip(of_parts).map(|(column, index)| cents(column, *index)).sum();
        let away: usize = chosen.iter().sum();
        if sum == Some(total) && best.as_ref().is_none_or(|(least, _)| away < *least) {
            best = Some((away, chosen));
        }
    }
    let (_, chosen) = best?;
    columns.iter().zip(chosen).map(|(column, index)| column.get(index)).collect()
}

/// A sum in its normal form, in hundredths.
fn cents(value: &str) -> Option<i64> {
    let number = value.split(' ').next()?;
    let (whole, fraction) = number.split_once('.')?;
    let negative = whole.starts_with('-');
    let whole: i64 = whole.trim_start_matches('-').parse().ok()?;
    let all = whole.checked_mul(100)?.checked_add(fraction.parse().ok()?)?;
    Some(if negative { -all } else { all })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&str]) -> Vec<Place> {
        let place = |value: &&str| {
            let candidate = Candidate { value: (*value).to_owned(), ..Candidate::default() };
            Place { candidate, labelled: true, checked: false, rank: 0 }
        };
        values.iter().map(place).collect()
    }

    #[test]
    fn of_several_sums_those_that_fit_are_meant() {
        let columns = [
            column(&["11.90 EUR", "119.00 EUR"]),
            column(&["100.00 EUR", "10.00 EUR"]),
            column(&["19.00 EUR"]),
        ];
        let fit: Vec<&str> =
            best(&columns).unwrap().iter().map(|it| it.candidate.value.as_str()).collect();
        assert_eq!(fit, ["119.00 EUR", "100.00 EUR", "19.00 EUR"]);
        assert!(best(&[column(&["1.00 EUR"]), column(&["2.00 EUR"])]).is_none());
        assert_eq!(cents("-0.05 EUR"), Some(-5));
    }
}

//! Planes between classes: for each class the one that tells it from all others with the least squared error, kept
//! small (ridge regression: Rifkin, Yeo, Poggio, "Regularized Least-Squares Classification", 2003).
//!
//! One factorisation serves all classes, and it also gives what would be said about each example without it.

use serde::{Deserialize, Serialize};

use super::terms::Terms;

/// How much is paid for the length of a plane; the best of these is taken.
const PRICES: [f32; 3] = [0.3, 1.0, 3.0];
/// With more examples only this price is tried, and it is as good.
const USUAL: [f32; 1] = [1.0];
/// So many are "more".
const MANY: usize = 1_500;

/// One plane: a weight for each term, and its distance from the origin.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Plane {
    weights: Vec<f32>,
    bias: f32,
}

impl Plane {
    /// On which side a text lies, and how far from the plane.
    pub(super) fn score(&self, terms: &Terms) -> f32 {
        let weight = |it: &(u32, f32)| self.weights.get(it.0 as usize).map_or(0.0, |w| w * it.1);
        self.bias + terms.iter().map(weight).sum::<f32>()
    }
}

/// The planes for one price.
pub(super) struct Fitted {
    /// How much each example pulls at the plane of each class.
    pulls: Vec<Vec<f32>>,
    /// For each example the scores of all classes by the planes that were made without it.
    pub(super) unseen: Vec<Vec<f32>>,
}

impl Fitted {
    /// The planes themselves, with weights for `size` terms.
    pub(super) fn planes(&self, examples: &[Terms], classes: usize, size: usize) -> Vec<Plane> {
        let mut planes = vec![Plane { weights: vec![0.0; size], bias: 0.0 }; classes];
        for (terms, pulls) in examples.iter().zip(&self.pulls) {
            for (plane, pull) in planes.iter_mut().zip(pulls) {
                plane.bias += pull;
                terms.iter().for_each(|it| plane.weights[it.0 as usize] += pull * it.1);
            }
        }
        planes
    }
}

/// What is fitted to examples of classes, for each price.
pub(super) fn fit<'a>(
    examples: &'a [Terms],
    of: &'a [usize],
    classes: usize,
) -> impl Iterator<Item = Fitted> + use<'a> {
    let alike = alike(examples);
    let prices: &[f32] = if examples.len() > MANY { &USUAL } else { &PRICES };
    prices.iter().map(move |price| {
        let factor = factor(&alike, *price);
        let wanted = |of: usize| (0..classes).map(move |it| if it == of { 1.0 } else { -1.0 });
        let mut pulls: Vec<Vec<f32>> = of.iter().map(|of| wanted(*of).collect()).collect();
        solve(&factor, &mut pulls);
        let own = inverse_diagonal(&factor);
        // Without an example the planes miss it by its pull over its own part of the inverse (Rifkin 2003, 3.3).
        let without = |((pulls, own), of): ((&Vec<f32>, &f32), &usize)| {
            wanted(*of).zip(pulls).map(|(wanted, pull)| wanted - pull / own).collect()
        };
        let unseen = pulls.iter().zip(&own).zip(of).map(without).collect();
        Fitted { pulls, unseen }
    })
}

/// How alike any two examples are, a constant included: the lower half of the matrix, row by row.
fn alike(examples: &[Terms]) -> Vec<Vec<f32>> {
    let size = examples.iter().flatten().map(|it| it.0 as usize + 1).max().unwrap_or(0);
    // Which of the earlier examples have a term.
    let mut have: Vec<Vec<(u32, f32)>> = vec![Vec::new(); size];
    let row = |(number, terms): (u32, &Terms)| {
        let mut row = vec![1.0; number as usize + 1];
        for (term, weight) in terms {
            let having = &mut have[*term as usize];
            having.push((number, *weight));
            having.iter().for_each(|(other, it)| row[*other as usize] += weight * it);
        }
        row
    };
    (0..).zip(examples).map(row).collect()
}

/// The lower triangle whose product with itself is the matrix with a price on its diagonal (Cholesky; Golub and Van
/// Loan, "Matrix Computations", 4.2). The price keeps it positive.
fn factor(alike: &[Vec<f32>], price: f32) -> Vec<Vec<f32>> {
    let mut rows: Vec<Vec<f32>> = Vec::with_capacity(alike.len());
    for (number, row) in alike.iter().enumerate() {
        let mut row = row.clone();
        for earlier in 0..number {
            let above = &rows[earlier];
            row[earlier] = (row[earlier] - dot(&row[..earlier], above)) / above[earlier];
        }
        let rest = row[number] + price - dot(&row[..number], &row[..number]);
        row[number] = rest.max(1e-6).sqrt();
        rows.push(row);
    }
    rows
}

/// Solves for all columns of `sides` in place: first downwards, then upwards.
fn solve(factor: &[Vec<f32>], sides: &mut [Vec<f32>]) {
    for (number, row) in factor.iter().enumerate() {
        let (done, rest) = sides.split_at_mut(number);
        let Some(side) = rest.first_mut() else { return };
        for (other, times) in done.iter().zip(row) {
            side.iter_mut().zip(other).for_each(|(to, it)| *to -= times * it);
        }
        side.iter_mut().for_each(|it| *it /= row[number]);
    }
    for (number, row) in factor.iter().enumerate().rev() {
        let (earlier, rest) = sides.split_at_mut(number);
        let Some(side) = rest.first_mut() else { return };
        side.iter_mut().for_each(|it| *it /= row[number]);
        for (other, times) in earlier.iter_mut().zip(row) {
            other.iter_mut().zip(side.iter()).for_each(|(to, it)| *to -= times * it);
        }
    }
}

/// The diagonal of the inverse, one column of the inverse factor after the other.
fn inverse_diagonal(factor: &[Vec<f32>]) -> Vec<f32> {
    let column = |first: usize| {
        let mut column: Vec<f32> = Vec::with_capacity(factor.len() - first);
        for (number, row) in factor.iter().enumerate().skip(first) {
            let one = if number == first { 1.0 } else { 0.0 };
            column.push((one - dot(&row[first..number], &column)) / row[number]);
        }
        dot(&column, &column)
    };
    (0..factor.len()).map(column).collect()
}

/// The sum of products, eight at a time so that it is computed side by side.
fn dot(one: &[f32], other: &[f32]) -> f32 {
    let length = one.len().min(other.len());
    let (one, other) = (&one[..length], &other[..length]);
    let mut sums = [0.0_f32; 8];
    let (ones, others) = (one.chunks_exact(8), other.chunks_exact(8));
    let rest = ones.remainder().iter().zip(others.remainder()).map(|(a, b)| a * b).sum::<f32>();
    for (a, b) in ones.zip(others) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Another order, the same every time (xorshift64*: Vigna 2016).
pub(super) fn shuffle(order: &mut [usize], chance: &mut u64) {
    for last in (1..order.len()).rev() {
        *chance ^= *chance >> 12;
        *chance ^= *chance << 25;
        *chance ^= *chance >> 27;
        let drawn = chance.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        order.swap(last, drawn as usize % (last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said about an example without it is the same as what planes say that never saw it.
    #[test]
    fn unseen_scores_are_those_of_planes_made_without_the_example() {
        let terms = |seed: u32| (0..4).map(move |n| (n, ((seed * 7 + n * 5) % 11) as f32 / 11.0));
        let examples: Vec<Terms> = (0..9).map(|seed| terms(seed).collect()).collect();
        let of: Vec<usize> = (0..9).map(|it| it % 3).collect();
        let all: Vec<Fitted> = fit(&examples, &of, 3).collect();
        assert_eq!(all.len(), PRICES.len());
        for held in 0..9 {
            let without = |at: &usize| *at != held;
            let kept: Vec<Terms> = (0..9).filter(without).map(|at| examples[at].clone()).collect();
            let kept_of: Vec<usize> = (0..9).filter(without).map(|at| of[at]).collect();
            for (fitted, all) in fit(&kept, &kept_of, 3).zip(&all) {
                for (class, plane) in fitted.planes(&kept, 3, 4).iter().enumerate() {
                    let apart = plane.score(&examples[held]) - all.unseen[held][class];
                    assert!(apart.abs() < 1e-3, "{held} {class} {apart}");
                }
            }
        }
    }
}

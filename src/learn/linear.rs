//! Planes between classes: one linear support vector machine for each class against all others.

use serde::{Deserialize, Serialize};

use super::terms::Terms;

/// Rounds over all examples; it ends before when nothing moves any more.
const ROUNDS: usize = 200;
/// Half the price of a wrong side: `1 / 2C` with `C = 1`.
const DIAGONAL: f64 = 0.5;
/// So little is "nothing moves any more".
const STILL: f64 = 0.01;

/// One plane: a weight for each term, and its distance from the origin.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Plane {
    weights: Vec<f32>,
    bias: f32,
}

impl Plane {
    /// Parts examples of a class from others.
    ///
    /// Dual coordinate descent for squared hinge loss: Hsieh, Chang, Lin, Keerthi, Sundararajan,
    /// "A Dual Coordinate Descent Method for Large-scale Linear SVM", ICML 2008, algorithm 1.
    pub(super) fn between(examples: &[Terms], is: &[bool], size: usize) -> Self {
        let mut weights = vec![0.0_f64; size];
        let mut bias = 0.0_f64;
        let mut alpha = vec![0.0_f64; examples.len()];
        let norm = |x: &Terms| x.iter().map(|it| f64::from(it.1).powi(2)).sum::<f64>() + 1.0;
        let norms: Vec<f64> = examples.iter().map(norm).collect();
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..ROUNDS {
            shuffle(&mut order, &mut chance);
            let mut most = 0.0_f64;
            for &i in &order {
                let (x, y) = (&examples[i], if is[i] { 1.0 } else { -1.0 });
                let score =
                    x.iter().fold(bias, |sum, it| sum + weights[it.0 as usize] * f64::from(it.1));
                let gradient = y * score - 1.0 + DIAGONAL * alpha[i];
                let projected = if alpha[i] == 0.0 { gradient.min(0.0) } else { gradient };
                most = most.max(projected.abs());
                if projected == 0.0 {
                    continue;
                }
                let before = alpha[i];
                alpha[i] = (before - gradient / (norms[i] + DIAGONAL)).max(0.0);
                let step = (alpha[i] - before) * y;
                bias += step;
                for it in x {
                    weights[it.0 as usize] += step * f64::from(it.1);
                }
            }
            if most < STILL {
                break;
            }
        }
        Self { weights: weights.into_iter().map(|it| it as f32).collect(), bias: bias as f32 }
    }

    /// On which side a text lies, and how far from the plane.
    pub(super) fn score(&self, terms: &Terms) -> f32 {
        let weight = |it: &(u32, f32)| self.weights.get(it.0 as usize).map_or(0.0, |w| w * it.1);
        self.bias + terms.iter().map(weight).sum::<f32>()
    }
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

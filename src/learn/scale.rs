//! Confidences put right by what happened.

use serde::{Deserialize, Serialize};

/// Fewer wrong or right answers than these say too little.
const WRONG: usize = 5;
/// The weight of "as claimed" beside the answers.
const PRIOR: f64 = 1.0;
/// A confidence is never taken for more or less certain than this.
const EDGE: f64 = 1e-4;

/// How a claimed confidence becomes the share that is right: the logistic of a line over its log odds (J. Platt,
/// "Probabilistic Outputs for Support Vector Machines", 1999).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    slope: f64,
    offset: f64,
}

impl Scale {
    /// Fewer answers say too little.
    pub const ENOUGH: usize = 50;

    /// From answers, each with its confidence and whether it was right; `None` when they are too few.
    pub fn of(answers: &[(f32, bool)]) -> Option<Self> {
        let wrong = answers.iter().filter(|it| !it.1).count();
        if answers.len() < Self::ENOUGH || wrong < WRONG || answers.len() - wrong < WRONG {
            return None;
        }
        Self::fitted(answers, PRIOR)
    }

    /// The line that fits answers best, by Newton's method; `prior` is the weight of "as claimed" beside them. `None`
    /// when surer answers are right less often: then nothing is known.
    pub(super) fn fitted(answers: &[(f32, bool)], prior: f64) -> Option<Self> {
        let points: Vec<(f64, f64)> = answers
            .iter()
            .map(|(confidence, right)| (odds(*confidence), f64::from(u8::from(*right))))
            .collect();
        let mut scale = Self::default();
        let mut loss = scale.loss(&points, prior);
        for _ in 0..100 {
            let Some(step) = scale.step(&points, prior) else { break };
            // Newton's step may go too far: half of it, until it is better than before.
            let tries = (0..30).map(|halved| 0.5_f64.powi(halved));
            let mut tried = tries.map(|part| Self {
                slope: scale.slope - part * step.slope,
                offset: scale.offset - part * step.offset,
            });
            let Some(better) = tried.find(|it| it.loss(&points, prior) < loss) else { break };
            let gain = loss - better.loss(&points, prior);
            (scale, loss) = (better, loss - gain);
            if gain < 1e-9 {
                break;
            }
        }
        // A line that falls would turn sure into unsure.
        (scale.slope > 0.0 && scale.slope.is_finite() && scale.offset.is_finite()).then_some(scale)
    }

    /// How badly it fits. The distance to "as claimed" weighs a little, so that it cannot run away.
    fn loss(self, points: &[(f64, f64)], prior: f64) -> f64 {
        let one = |(x, right): &(f64, f64)| {
            let share = logistic(self.slope * x + self.offset);
            -(if *right > 0.5 { share } else { 1.0 - share }).max(f64::MIN_POSITIVE).ln()
        };
        let away = (self.slope - 1.0).powi(2) + self.offset.powi(2);
        points.iter().map(one).sum::<f64>() + prior * away / 2.0
    }

    /// Newton's step: slope and offset less this fit better.
    fn step(self, points: &[(f64, f64)], prior: f64) -> Option<Self> {
        let (mut slope, mut offset) = (prior * (self.slope - 1.0), prior * self.offset);
        let (mut ss, mut so, mut oo) = (prior, 0.0, prior);
        for (x, right) in points {
            let share = logistic(self.slope * x + self.offset);
            let (error, weight) = (share - right, share * (1.0 - share));
            slope += error * x;
            offset += error;
            ss += weight * x * x;
            so += weight * x;
            oo += weight;
        }
        let whole = ss * oo - so * so;
        let step = |by: f64| by / whole;
        (whole > 1e-12).then(|| Self {
            slope: step(oo * slope - so * offset),
            offset: step(ss * offset - so * slope),
        })
    }

    /// The share that is right of what has this confidence.
    pub fn of_claimed(self, confidence: f32) -> f32 {
        logistic(self.slope * odds(confidence) + self.offset) as f32
    }
}

impl Default for Scale {
    /// As claimed.
    fn default() -> Self {
        Self { slope: 1.0, offset: 0.0 }
    }
}

fn odds(confidence: f32) -> f64 {
    let share = f64::from(confidence).clamp(EDGE, 1.0 - EDGE);
    (share / (1.0 - share)).ln()
}

fn logistic(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of which `right` of ten are right at each claimed confidence.
    fn answers(claims: &[(f32, usize)], times: usize) -> Vec<(f32, bool)> {
        let ten = |(claim, right): &(f32, usize)| {
            let (claim, right) = (*claim, *right);
            (0..10 * times).map(move |at| (claim, at % 10 < right))
        };
        claims.iter().flat_map(ten).collect()
    }

    #[test]
    fn a_boaster_is_put_right() {
        let boasts = [(0.99, 8), (0.95, 7), (0.8, 5), (0.6, 4)];
        let scale = Scale::of(&answers(&boasts, 5)).unwrap();
        for (claim, right) in boasts {
            let share = scale.of_claimed(claim);
            assert!((share - right as f32 / 10.0).abs() < 0.05, "{claim}: {share}");
        }
        assert!(scale.of_claimed(0.99) > scale.of_claimed(0.6), "the order stays");
    }

    #[test]
    fn who_says_what_is_so_stays_as_he_is() {
        let scale = Scale::of(&answers(&[(0.9, 9), (0.7, 7), (0.5, 5)], 20)).unwrap();
        for claim in [0.9, 0.7, 0.5] {
            assert!((scale.of_claimed(claim) - claim).abs() < 0.03, "{claim}");
        }
    }

    #[test]
    fn too_few_say_nothing_and_nonsense_changes_nothing() {
        assert_eq!(Scale::of(&answers(&[(0.9, 9)], 4)), None);
        assert_eq!(Scale::of(&vec![(0.9, true); 500]), None, "nothing was wrong yet");
        assert_eq!(
            Scale::of(&answers(&[(0.99, 1), (0.01, 9)], 20)),
            None,
            "sure is wrong, unsure is right"
        );
    }
}

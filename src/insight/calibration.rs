//! Whether a confidence means what it says.

use serde::Serialize;

/// Parts of the scale from 0 to 1.
const BINS: usize = 10;

/// The answers whose confidence lies in one part of the scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bin {
    /// Its lower end; the upper one is a tenth more.
    pub from: f64,
    /// How many answers.
    pub count: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share of them that is right.
    pub right: f64,
}

/// A reliability diagram: what was claimed beside what was so.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Calibration {
    /// Parts of the scale that hold an answer, from the least sure.
    pub bins: Vec<Bin>,
    /// The expected calibration error: how far claim and truth are apart, on the average of all answers
    /// (Naeini, Cooper, Hauskrecht, AAAI 2015).
    pub error: f64,
}

/// The reliability of answers, each with its confidence and whether it was right.
pub fn calibration(answers: &[(f32, bool)]) -> Calibration {
    let mut sums = [(0_usize, 0.0_f64, 0_usize); BINS];
    for (confidence, right) in answers {
        let bin = ((confidence * BINS as f32) as usize).min(BINS - 1);
        let (count, sure, hits) = &mut sums[bin];
        *count += 1;
        *sure += f64::from(*confidence);
        *hits += usize::from(*right);
    }
    let bins: Vec<Bin> = (0..)
        .zip(sums)
        .filter(|(_, (count, ..))| *count > 0)
        .map(|(number, (count, sure, hits))| Bin {
            from: f64::from(number) / BINS as f64,
            count,
            confidence: sure / count as f64,
            right: hits as f64 / count as f64,
        })
        .collect();
    let apart = |bin: &Bin| (bin.confidence - bin.right).abs() * bin.count as f64;
    let error = bins.iter().map(apart).sum::<f64>() / answers.len().max(1) as f64;
    Calibration { bins, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_that_holds_has_no_error_and_one_that_does_not_has_its_distance() {
        let half: Vec<(f32, bool)> = (0..10).map(|n| (0.5, n % 2 == 0)).collect();
        assert!(calibration(&half).error < 1e-9);
        let boast: Vec<(f32, bool)> = (0..10).map(|n| (0.9, n % 2 == 0)).collect();
        let told = calibration(&boast);
        assert!((told.error - 0.4).abs() < 1e-6, "{told:?}");
        assert_eq!((told.bins.len(), told.bins[0].count), (1, 10));
        let both: Vec<_> = half.into_iter().chain(boast).chain([(1.0, true)]).collect();
        assert_eq!(calibration(&both).bins.len(), 2, "1.0 lies in the last part");
        assert_eq!(calibration(&[]), Calibration::default());
    }
}

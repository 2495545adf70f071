//! Whether confidences mean what they say, and from which one on they may be believed: as text and as JSON.

use serde_json::{Value, json};

use crate::insight::{Calibration, calibration, enough, floor};
use crate::learn::Scale;

/// Shares of wrong answers for which a floor is proposed.
const WRONG: [f64; 2] = [0.01, 0.05];
/// So many reviewed answers put confidences right in the second figure.
const REVIEWED: usize = 200;

/// What answers, each with its confidence and whether it was right, tell about their confidences.
pub(super) struct Reliability {
    claimed: Calibration,
    /// How far claim and truth are apart on the rest, when the first answers had been reviewed.
    reviewed: Option<f64>,
    floors: Vec<Proposal>,
}

struct Proposal {
    wrong: f64,
    floor: Option<crate::insight::Floor>,
    needed: usize,
}

impl Reliability {
    /// Looks at answers in the order in which they came.
    pub(super) fn of(answers: &[(f32, bool)]) -> Self {
        let reviewed = answers.split_at_checked(REVIEWED).and_then(|(first, rest)| {
            let scale = Scale::of(first)?;
            let put_right: Vec<(f32, bool)> =
                rest.iter().map(|it| (scale.of_claimed(it.0), it.1)).collect();
            (put_right.len() >= REVIEWED / 2).then(|| calibration(&put_right).error)
        });
        let proposal = |wrong: f64| {
            let needed = enough(wrong).unwrap_or(usize::MAX);
            Proposal { wrong, floor: floor(answers, wrong), needed }
        };
        let floors = WRONG.into_iter().map(proposal).collect();
        Self { claimed: calibration(answers), reviewed, floors }
    }

    /// For `--json`.
    pub(super) fn json(&self) -> Value {
        let floors: Vec<Value> = self
            .floors
            .iter()
            .map(|it| json!({ "at_most_wrong": it.wrong, "floor": it.floor }))
            .collect();
        json!({ "calibration": self.claimed, "error_after_200_reviewed": self.reviewed, "floors": floors })
    }

    /// For people.
    pub(super) fn print(&self) {
        say!("calibration {:.3} apart on the average", self.claimed.error);
        for bin in &self.claimed.bins {
            let stars = "*".repeat((bin.right * 40.0).round() as usize);
            say!(
                "  sure {:.2}  right {:.2}  of {:4}  {stars}",
                bin.confidence,
                bin.right,
                bin.count
            );
        }
        if let Some(error) = self.reviewed {
            say!(
                "            {error:.3} apart, put right by the first {REVIEWED} as if they were reviewed"
            );
        }
        for Proposal { wrong, floor, needed } in &self.floors {
            let share = wrong * 100.0;
            match floor {
                Some(it) => say!(
                    "floor       {:.2}: at most {share:.0} % wrong, sure to 95 % ({} wrong of {} above it here)",
                    it.floor,
                    it.wrong,
                    it.believed
                ),
                None => say!(
                    "floor       none shows at most {share:.0} % wrong ({needed} right answers above one are the fewest)"
                ),
            }
        }
    }
}

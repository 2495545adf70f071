//! From which confidence on answers may be believed.

use serde::Serialize;

/// How sure it must be that no more are wrong than was asked for.
const SURE: f64 = 0.95;
/// Floors are looked at in steps of a hundredth.
const STEPS: u16 = 100;

/// A floor that keeps what it promises.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Floor {
    /// Answers with at least this confidence are believed.
    pub floor: f32,
    /// How many of the answers it was learned from have it.
    pub believed: usize,
    /// And how many of those were wrong.
    pub wrong: usize,
}

/// The lowest floor above which at most the share `wrong` of the answers is wrong, sure to 95 of 100.
/// `None` when the answers do not show that of any floor.
///
/// Floors are tried from the highest that has enough answers downwards, until one fails an exact binomial test: the
/// order is set before it is known what was right, so that trying many costs nothing of the sureness ("Learn then
/// Test", Angelopoulos, Bates, Candès, Jordan, Lei, 2021, fixed sequence testing).
pub fn floor(answers: &[(f32, bool)], wrong: f64) -> Option<Floor> {
    let enough = enough(wrong)?;
    let mut best = None;
    for step in (0..=STEPS).rev() {
        let floor = f32::from(step) / f32::from(STEPS);
        let believed: Vec<bool> =
            answers.iter().filter(|it| it.0 >= floor).map(|it| it.1).collect();
        if believed.len() < enough {
            continue;
        }
        let errors = believed.iter().filter(|right| !**right).count();
        if at_most(errors, believed.len(), wrong) > 1.0 - SURE {
            break;
        }
        best = Some(Floor { floor, believed: believed.len(), wrong: errors });
    }
    best
}

/// So many answers, all right, are needed to show that at most this share is wrong; `None` for a share that nothing
/// can show (0 or less, 1 or more).
pub fn enough(wrong: f64) -> Option<usize> {
    let possible = wrong > 0.0 && wrong < 1.0;
    possible.then(|| ((1.0 - SURE).ln() / (1.0 - wrong).ln()).ceil() as usize)
}

/// How likely it is that of `all` answers at most `errors` are wrong, if each is wrong with the chance `wrong`.
fn at_most(errors: usize, all: usize, wrong: f64) -> f64 {
    // By logarithms: the first terms of thousands of answers are too small for a number.
    let odds = (wrong / (1.0 - wrong)).ln();
    let mut term = all as f64 * (1.0 - wrong).ln();
    let mut sum = term.exp();
    for number in 0..errors.min(all) {
        term += ((all - number) as f64 / (number + 1) as f64).ln() + odds;
        sum += term.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same numbers on every machine (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
    struct Dice(u64);

    impl Dice {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    #[test]
    fn the_binomial_is_that_of_the_tables() {
        assert!((at_most(0, 10, 0.1) - 0.348_678).abs() < 1e-6);
        assert!((at_most(2, 10, 0.1) - 0.929_809).abs() < 1e-6);
        assert!((at_most(10, 10, 0.1) - 1.0).abs() < 1e-12);
        assert!(at_most(0, 100_000, 0.5) < 1e-9, "too small for a number is nothing, and no error");
    }

    #[test]
    fn one_in_a_hundred_takes_299_answers_to_show() {
        assert_eq!(
            (enough(0.01), enough(0.05), enough(0.0), enough(1.0)),
            (Some(299), Some(59), None, None)
        );
        let right = vec![(0.9, true); 298];
        assert_eq!(floor(&right, 0.01), None);
        let more = [right, vec![(0.9, true)]].concat();
        let found = floor(&more, 0.01).unwrap();
        assert_eq!((found.believed, found.wrong), (299, 0));
    }

    #[test]
    fn a_proposed_floor_holds_in_nearly_all_draws() {
        // An office whose answers are right as often as they say, but for a boast at the upper end.
        let truth = |sure: f64| if sure > 0.97 { 0.975 } else { sure };
        let (mut dice, mut kept, mut proposed) = (Dice(7), 0_u32, 0_u32);
        for _ in 0..400 {
            let mut draw = |count: usize| -> Vec<(f32, bool)> {
                let answer = |dice: &mut Dice| {
                    let sure = 1.0 - dice.next().powi(3) * 0.7;
                    (sure as f32, dice.next() < truth(sure))
                };
                (0..count).map(|_| answer(&mut dice)).collect()
            };
            let Some(found) = floor(&draw(1_500), 0.05) else { continue };
            proposed += 1;
            let believed: Vec<bool> =
                draw(20_000).iter().filter(|it| it.0 >= found.floor).map(|it| it.1).collect();
            let wrong = believed.iter().filter(|right| !**right).count();
            kept += u32::from(wrong as f64 <= believed.len() as f64 * 0.05);
        }
        assert!(proposed >= 200, "only {proposed} of 400 draws got a floor");
        assert!(f64::from(kept) >= 0.95 * f64::from(proposed), "{kept} of {proposed} hold");
    }
}

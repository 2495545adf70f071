//! What an office's own decided items teach about classes: a linear model over words and pieces of words.
//!
//! It knows nothing but texts and the names of their classes, is made anew from all of them in about a second, and
//! the same examples always give the same model.

mod linear;
mod terms;

use serde::{Deserialize, Serialize};

use linear::{Plane, shuffle};
use terms::{Terms, Vocabulary};

/// Parts into which the examples are split to learn how far a score is to be believed.
const FOLDS: usize = 5;
/// How far scores may be stretched.
const STEEPEST: f32 = 64.0;

/// A text and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// What was read.
    pub text: &'a str,
    /// The name of its class.
    pub class: &'a str,
}

/// What was learned from examples.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Learned {
    /// The classes, in order of their names.
    classes: Vec<String>,
    /// One for each class.
    planes: Vec<Plane>,
    vocabulary: Vocabulary,
    /// A difference of scores of 1 is worth so much: `ln` of the ratio of their shares.
    steepness: f32,
    /// From how many examples.
    examples: usize,
    /// Of the examples it had not seen when it was asked about them, the share that it told rightly.
    unseen_right: f32,
}

impl Learned {
    /// Learns from examples; `None` when they do not have two classes.
    pub fn from(examples: &[Example<'_>]) -> Option<Self> {
        let mut learned = Self::planes_of(examples)?;
        let seen = scores_of_unseen(examples);
        learned.steepness = steepness(&seen).unwrap_or(1.0);
        let best =
            |scores: &[f32]| (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        let right = seen.iter().filter(|(scores, right)| best(scores) == Some(*right)).count();
        learned.unseen_right = right as f32 / seen.len().max(1) as f32;
        Some(learned)
    }

    /// For each class how likely it is, the likeliest first; together 1.
    pub fn shares(&self, text: &str) -> Vec<(&str, f32)> {
        let shares = soft(&self.scores(text), self.steepness);
        let mut named: Vec<(&str, f32)> =
            self.classes.iter().map(String::as_str).zip(shares).collect();
        named.sort_by(|one, other| other.1.total_cmp(&one.1));
        named
    }

    /// From how many examples it was learned.
    pub fn examples(&self) -> usize {
        self.examples
    }

    /// Of the examples it had not seen when it was asked about them, the share that it told rightly (0 to 1).
    pub fn unseen_right(&self) -> f32 {
        self.unseen_right
    }

    fn planes_of(examples: &[Example<'_>]) -> Option<Self> {
        let mut classes: Vec<String> = examples.iter().map(|it| it.class.to_owned()).collect();
        classes.sort_unstable();
        classes.dedup();
        if classes.len() < 2 {
            return None;
        }
        let vocabulary = Vocabulary::of(examples.iter().map(|it| it.text));
        let terms: Vec<Terms> = examples.iter().map(|it| vocabulary.terms(it.text)).collect();
        let plane = |class: &String| {
            let is: Vec<bool> = examples.iter().map(|it| it.class == class).collect();
            Plane::between(&terms, &is, vocabulary.len())
        };
        let planes = classes.iter().map(plane).collect();
        let (steepness, examples) = (1.0, examples.len());
        Some(Self { classes, planes, vocabulary, steepness, examples, unseen_right: 0.0 })
    }

    fn scores(&self, text: &str) -> Vec<f32> {
        let terms = self.vocabulary.terms(text);
        self.planes.iter().map(|plane| plane.score(&terms)).collect()
    }
}

/// What would be said about each example by a model that has not seen it: the shares of all classes. `None` where
/// nothing could be learned without it.
pub fn unseen<'a>(examples: &[Example<'a>], folds: usize) -> Vec<Option<Vec<(&'a str, f32)>>> {
    let mut told = vec![None; examples.len()];
    for (learned, held) in without_each(examples, folds) {
        let name = |class: &str| examples.iter().find(|it| it.class == class).map(|it| it.class);
        for at in held {
            let shares = learned.shares(examples[at].text).into_iter();
            told[at] =
                Some(shares.filter_map(|(class, share)| Some((name(class)?, share))).collect());
        }
    }
    told
}

/// Models of all examples but one part, with the places of that part.
pub fn without_each<'a, 'b>(
    examples: &'b [Example<'a>],
    folds: usize,
) -> impl Iterator<Item = (Learned, Vec<usize>)> + use<'a, 'b> {
    parts(examples, folds, Learned::from)
}

fn parts<'a, 'b>(
    examples: &'b [Example<'a>],
    folds: usize,
    learn: impl Fn(&[Example<'a>]) -> Option<Learned> + 'b,
) -> impl Iterator<Item = (Learned, Vec<usize>)> + 'b {
    // Every class is spread over all parts, in an order that has nothing to do with time.
    let mut order: Vec<usize> = (0..examples.len()).collect();
    shuffle(&mut order, &mut 7);
    order.sort_by_key(|at| examples[*at].class);
    (0..folds.min(examples.len())).filter_map(move |fold| {
        let is_held = |place: usize| place % folds == fold;
        let places = order.iter().copied().enumerate();
        let (held, kept): (Vec<_>, Vec<_>) = places.partition(|(place, _)| is_held(*place));
        let kept: Vec<Example<'a>> = kept.iter().map(|(_, at)| examples[*at]).collect();
        Some((learn(&kept)?, held.into_iter().map(|(_, at)| at).collect()))
    })
}

/// For each example the scores of a model that has not seen it, and the place of the right one.
fn scores_of_unseen(examples: &[Example<'_>]) -> Vec<(Vec<f32>, usize)> {
    let mut seen = Vec::new();
    for (learned, held) in parts(examples, FOLDS, Learned::planes_of) {
        for at in held {
            let right = learned.classes.iter().position(|it| it == examples[at].class);
            seen.extend(right.map(|right| (learned.scores(examples[at].text), right)));
        }
    }
    seen
}

/// How far scores are to be believed, from examples that the model has not seen: the steepness with which the right
/// classes get the largest shares (Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", 2017).
fn steepness(seen: &[(Vec<f32>, usize)]) -> Option<f32> {
    let loss = |steepness: f32| -> f64 {
        let share = |(scores, right): &(Vec<f32>, usize)| soft(scores, steepness)[*right];
        seen.iter().map(|it| -f64::from(share(it).max(f32::MIN_POSITIVE)).ln()).sum()
    };
    if seen.is_empty() {
        return None;
    }
    // The loss has one valley: a search by thirds finds its bottom.
    let (mut low, mut high) = (0.0_f32, STEEPEST);
    for _ in 0..40 {
        let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if loss(left) < loss(right) { high = right } else { low = left }
    }
    Some(low.midpoint(high))
}

/// Scores as shares that are together 1.
fn soft(scores: &[f32], steepness: f32) -> Vec<f32> {
    let best = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers: Vec<f32> = scores.iter().map(|it| ((it - best) * steepness).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|it| it / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAMPS: &[&str] = &[
        "Die Straßenlaterne vor Nr. 4 ist dunkel",
        "Laterne flackert seit Montag",
        "Beleuchtung am Parkweg ausgefallen",
        "Vor der Schule brennt keine Lampe",
        "Lampe defekt, Ecke Gartenstraße",
        "Der Laternenmast leuchtet nicht",
        "Zwei Leuchten im Park sind aus",
    ];
    const RUBBISH: &[&str] = &[
        "Jemand hat Sperrmüll in den Wald gekippt",
        "Der Mülleimer am Spielplatz quillt über",
        "Müllsäcke liegen auf dem Gehweg",
        "Abfall und Flaschen am Ufer",
        "Illegale Müllablagerung hinter dem Bahnhof",
        "Der Abfalleimer wurde nicht geleert",
        "Alte Reifen und Müll am Feldweg",
    ];

    fn examples() -> Vec<Example<'static>> {
        let of =
            |texts: &'static [&str], class| texts.iter().map(move |text| Example { text, class });
        of(LAMPS, "licht").chain(of(RUBBISH, "müll")).collect()
    }

    #[test]
    fn words_never_seen_are_understood_by_their_pieces() {
        let learned = Learned::from(&examples()).unwrap();
        assert_eq!(learned.examples(), 14);
        for (text, class) in [
            ("Laternen kaputt", "licht"),
            ("Ausgefallene Straßenbeleuchtung", "licht"),
            ("wilder Müll", "müll"),
            ("überfüllte Müllbehälter", "müll"),
        ] {
            let shares = learned.shares(text);
            assert_eq!(shares[0].0, class, "{text}: {shares:?}");
            assert!((shares.iter().map(|it| it.1).sum::<f32>() - 1.0).abs() < 1e-4);
        }
    }

    #[test]
    fn the_same_examples_give_the_same_model_and_it_can_be_kept() {
        let (one, other) = (Learned::from(&examples()), Learned::from(&examples()));
        let kept = serde_json::to_vec(&one).unwrap();
        let back: Learned = serde_json::from_slice(&kept).unwrap();
        let text = "Lampe und Müll";
        let shares = one.as_ref().unwrap().shares(text);
        assert_eq!(shares, other.as_ref().unwrap().shares(text));
        assert_eq!(shares, back.shares(text));
    }

    #[test]
    fn one_class_teaches_nothing() {
        let one: Vec<_> = examples().into_iter().filter(|it| it.class == "licht").collect();
        assert!(Learned::from(&one).is_none());
        assert!(Learned::from(&[]).is_none());
        assert!(unseen(&one, 5).iter().all(Option::is_none));
    }

    #[test]
    fn most_of_what_was_held_back_is_recognised_and_noise_is_not_believed() {
        let examples = examples();
        let told = unseen(&examples, 7);
        let right = |(told, it): &(&Option<Vec<(&str, f32)>>, &Example<'_>)| {
            told.as_ref().unwrap()[0].0 == it.class
        };
        let right = told.iter().zip(&examples).filter(right).count();
        assert!(right >= 11, "{right} of 14");
        // The same texts with classes drawn by chance: nothing can be learned, and nothing is claimed.
        let mixed: Vec<Example<'_>> = (0..)
            .zip(&examples)
            .map(|(at, it)| Example { text: it.text, class: ["a", "b"][at % 2] })
            .collect();
        let learned = Learned::from(&mixed).unwrap();
        let most = learned.shares("Laterne dunkel, Müll am Weg")[0].1;
        assert!(most < 0.75, "{most}");
    }
}

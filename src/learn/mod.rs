//! What an office's own decided items teach about classes: a linear model over words and pieces of words.
//!
//! It knows nothing but texts and the names of their classes, is made anew from all of them in seconds, and the
//! same examples always give the same model.

mod features;
mod linear;
mod scale;
mod terms;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use features::Features;
use linear::{Fitted, Plane, fit, shuffle};
pub use scale::Scale;
use terms::Terms;

/// How far scores may be stretched.
const STEEPEST: f32 = 64.0;
/// What suits its best class worse than all but this share of known items belongs to none: of documents of none of 150
/// classes it tells more than half (`benches/clinc_oos.toml`), and what it takes for one by mistake was mostly told wrongly.
const STRANGE: f32 = 0.1;
/// The weight of "as claimed" where the largest share is believed: none that shows, but a line that ends.
const CLAIMED: f64 = 1e-3;

/// A text and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// What was read.
    pub text: &'a str,
    /// The name of its class.
    pub class: &'a str,
    /// Where it lies among all texts, if a model that knows says so (`Embedder`).
    pub vector: Option<&'a [f32]>,
    /// The admin wrote it into the workflow: it teaches, but it is no item that was decided.
    pub told: bool,
}

/// What was learned from examples.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Learned {
    /// The classes, in order of their names.
    classes: Vec<String>,
    /// One for each class.
    planes: Vec<Plane>,
    features: Features,
    /// A difference of scores of 1 is worth so much: `ln` of the ratio of their shares.
    steepness: f32,
    /// How the largest share is believed.
    belief: Scale,
    /// From how many decided items.
    examples: usize,
    /// How well the best class suited examples that it had not seen, the worst first.
    suited: Vec<f32>,
    /// Of the examples it had not seen when it was asked about them, the share that it told rightly.
    unseen_right: f32,
}

impl Learned {
    /// Learns from examples; `None` when they do not have two classes.
    pub fn from(examples: &[Example<'_>]) -> Option<Self> {
        let mut classes: Vec<String> = examples.iter().map(|it| it.class.to_owned()).collect();
        classes.sort_unstable();
        classes.dedup();
        if classes.len() < 2 {
            return None;
        }
        let features = Features::of(examples);
        let numbers = |it: &Example<'_>| features.terms(it.text, it.vector);
        let terms: Vec<Terms> = examples.iter().map(numbers).collect();
        let place =
            |it: &Example<'_>| classes.binary_search_by(|class| class.as_str().cmp(it.class));
        let of: Vec<usize> = examples.iter().map(|it| place(it).unwrap_or_default()).collect();
        // How far scores are to be believed is seen on decided items, unless there are hardly any.
        let is_asked = asked(examples);
        let seen = |fitted: &Fitted| -> Vec<(Vec<f32>, usize)> {
            let all = fitted.unseen.iter().cloned().zip(of.iter().copied()).enumerate();
            all.filter(|(at, _)| is_asked(*at)).map(|(_, seen)| seen).collect()
        };
        let judged = fit(&terms, &of, classes.len()).map(|fitted| {
            let seen = seen(&fitted);
            let steepness = steepness(&seen);
            (loss(&seen, steepness), steepness, seen, fitted)
        });
        let (_, steepness, seen, fitted) = judged.min_by(|one, other| one.0.total_cmp(&other.0))?;
        let belief = belief(&seen, steepness);
        let planes = fitted.planes(&terms, classes.len(), features.len());
        let best =
            |scores: &[f32]| (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        let right = seen.iter().filter(|(scores, right)| best(scores) == Some(*right)).count();
        let unseen_right = right as f32 / seen.len().max(1) as f32;
        let mut suited: Vec<f32> = seen.iter().map(|(scores, _)| most(scores)).collect();
        suited.sort_unstable_by(f32::total_cmp);
        let examples = examples.iter().filter(|it| !it.told).count();
        Some(Self { classes, planes, features, steepness, belief, examples, suited, unseen_right })
    }

    /// For each class how likely it is, the likeliest first; together 1.
    pub fn shares(&self, text: &str, vector: Option<&[f32]>) -> Vec<(&str, f32)> {
        let mut shares = soft(&self.scores(text, vector), self.steepness);
        believe(&mut shares, self.belief);
        let mut named: Vec<(&str, f32)> =
            self.classes.iter().map(String::as_str).zip(shares).collect();
        named.sort_by(|one, other| other.1.total_cmp(&one.1));
        named
    }

    /// How usual it is that the best class suits as badly as it suits this text: the share of the examples it had not
    /// seen that no class suited better (0 to 1). Small for what belongs to none of the classes: a conformal p-value
    /// (Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2005, chapter 2).
    fn usual(&self, text: &str, vector: Option<&[f32]>) -> f32 {
        let suits = most(&self.scores(text, vector));
        let worse = self.suited.partition_point(|it| *it <= suits);
        (worse + 1) as f32 / (self.suited.len() + 1) as f32
    }

    /// Whether a text suits its best class worse than nearly all known ones do: it belongs to none of them, as far as
    /// is known. Fewer than ten known items never say so.
    pub fn is_strange(&self, text: &str, vector: Option<&[f32]>) -> bool {
        self.usual(text, vector) < STRANGE
    }

    /// Whether it needs vectors of the texts it is asked about.
    pub fn has_vectors(&self) -> bool {
        self.features.has_vectors()
    }

    /// From how many decided items it was learned.
    pub fn examples(&self) -> usize {
        self.examples
    }

    /// Of the examples it had not seen when it was asked about them, the share that it told rightly (0 to 1).
    pub fn unseen_right(&self) -> f32 {
        self.unseen_right
    }

    fn scores(&self, text: &str, vector: Option<&[f32]>) -> Vec<f32> {
        let terms = self.features.terms(text, vector);
        self.planes.iter().map(|plane| plane.score(&terms)).collect()
    }
}

fn most(scores: &[f32]) -> f32 {
    scores.iter().copied().fold(f32::MIN, f32::max)
}

/// Models of all examples but one part, with the places of that part.
pub fn without_each<'a, 'b>(
    examples: &'b [Example<'a>],
    folds: usize,
) -> impl Iterator<Item = (Learned, Vec<usize>)> + use<'a, 'b> {
    // What the admin wrote is always known.
    let is_asked = asked(examples);
    // Every class is spread over all parts, in an order that has nothing to do with time.
    let places = 0..examples.len();
    let (mut order, always): (Vec<usize>, Vec<usize>) = places.partition(|at| is_asked(*at));
    shuffle(&mut order, &mut 7);
    order.sort_by_key(|at| examples[*at].class);
    (0..folds.min(order.len())).filter_map(move |fold| {
        let is_held = |place: usize| place % folds == fold;
        let places = order.iter().copied().enumerate();
        let (held, kept): (Vec<_>, Vec<_>) = places.partition(|(place, _)| is_held(*place));
        let kept = kept.iter().map(|(_, at)| at).chain(&always);
        let kept: Vec<Example<'a>> = kept.map(|at| examples[*at]).collect();
        Some((Learned::from(&kept)?, held.into_iter().map(|(_, at)| at).collect()))
    })
}

/// So `many` examples of each class as if no more were known, drawn by chance, with what the admin wrote; and the places
/// of the others. The same `draw` is always the same.
pub fn drawn<'a>(
    examples: &[Example<'a>],
    many: usize,
    draw: u64,
) -> (Vec<Example<'a>>, Vec<usize>) {
    let mut order: Vec<usize> = (0..examples.len()).collect();
    shuffle(&mut order, &mut (draw.wrapping_mul(2) + 1));
    let (mut kept, mut held) = (Vec::new(), Vec::new());
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for at in order {
        let example = examples[at];
        let count = counts.entry(example.class).or_default();
        if example.told || *count < many {
            *count += usize::from(!example.told);
            kept.push(example);
        } else {
            held.push(at);
        }
    }
    (kept, held)
}

/// Which examples tell how good a model is: the decided items, or all while most of them are the admin's.
fn asked(examples: &[Example<'_>]) -> impl Fn(usize) -> bool {
    let told: Vec<bool> = examples.iter().map(|it| it.told).collect();
    let few = told.iter().filter(|it| **it).count() * 2 > told.len();
    move |at| few || told.get(at) == Some(&false)
}

/// How surprising the right classes are.
fn loss(seen: &[(Vec<f32>, usize)], steepness: f32) -> f64 {
    let share = |(scores, right): &(Vec<f32>, usize)| soft(scores, steepness)[*right];
    seen.iter().map(|it| -f64::from(share(it).max(f32::MIN_POSITIVE)).ln()).sum()
}

/// How far scores are to be believed, from examples that the model has not seen: the steepness with which the right
/// classes get the largest shares (Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", 2017).
fn steepness(seen: &[(Vec<f32>, usize)]) -> f32 {
    if seen.is_empty() {
        return 1.0;
    }
    // The loss has one valley: a search by thirds finds its bottom.
    let (mut low, mut high) = (0.0_f32, STEEPEST);
    for _ in 0..24 {
        let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if loss(seen, left) < loss(seen, right) { high = right } else { low = left }
    }
    low.midpoint(high)
}

/// How the largest share is to be believed, seen on examples that the model has not seen. Each of two invented
/// examples, one right and one wrong, keeps it from being certain.
fn belief(seen: &[(Vec<f32>, usize)], steepness: f32) -> Scale {
    let told = |(scores, right): &(Vec<f32>, usize)| {
        let (at, share) = largest(&soft(scores, steepness));
        (share, at == *right)
    };
    let invented = [(0.5, true), (0.5, false)];
    let known: Vec<(f32, bool)> = seen.iter().map(told).chain(invented).collect();
    // A larger share is never believed less.
    Scale::fitted(&known, CLAIMED).unwrap_or_default()
}

/// Makes the largest share what is to be believed of it, and leaves it the largest.
fn believe(shares: &mut [f32], belief: Scale) {
    let (at, share) = largest(shares);
    let second = shares.iter().enumerate().filter(|it| it.0 != at).map(|it| *it.1);
    let second = second.fold(0.0, f32::max);
    let rest = (1.0 - share).max(f32::MIN_POSITIVE);
    let told = belief.of_claimed(share).max(second / (rest + second));
    shares.iter_mut().for_each(|it| *it *= (1.0 - told) / rest);
    if let Some(best) = shares.get_mut(at) {
        *best = told;
    }
}

fn largest(shares: &[f32]) -> (usize, f32) {
    let all = shares.iter().copied().enumerate();
    all.max_by(|one, other| one.1.total_cmp(&other.1)).unwrap_or_default()
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

    /// What would be said about each example by a model that has not seen it: the shares of all classes. `None` where
    /// nothing could be learned without it.
    fn unseen<'a>(examples: &[Example<'a>], folds: usize) -> Vec<Option<Vec<(&'a str, f32)>>> {
        let mut told = vec![None; examples.len()];
        for (learned, held) in without_each(examples, folds) {
            let name =
                |class: &str| examples.iter().find(|it| it.class == class).map(|it| it.class);
            for at in held {
                let shares = learned.shares(examples[at].text, examples[at].vector).into_iter();
                told[at] =
                    Some(shares.filter_map(|(class, share)| Some((name(class)?, share))).collect());
            }
        }
        told
    }

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

    fn example<'a>(text: &'a str, class: &'a str) -> Example<'a> {
        Example { text, class, vector: None, told: false }
    }

    fn examples() -> Vec<Example<'static>> {
        let of = |texts: &'static [&str], class| texts.iter().map(move |text| example(text, class));
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
            let shares = learned.shares(text, None);
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
        let shares = one.as_ref().unwrap().shares(text, None);
        assert_eq!(shares, other.as_ref().unwrap().shares(text, None));
        assert_eq!(shares, back.shares(text, None));
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
        let mixed: Vec<Example<'_>> =
            (0..).zip(&examples).map(|(at, it)| example(it.text, ["a", "b"][at % 2])).collect();
        let learned = Learned::from(&mixed).unwrap();
        let most = learned.shares("Laterne dunkel, Müll am Weg", None)[0].1;
        assert!(most < 0.75, "{most}");
    }
}

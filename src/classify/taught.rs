//! What teaches at a door: items that people decided, and what the admin wrote about the classes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Candidate, told};
use crate::learn::{Example, Learned, Scale};
use crate::llm::Embedder;

/// Without vectors two classes need so many decided items before anything is learned.
const FEWEST: usize = 3;
/// Without vectors so many decided items before anything is said beside a model, which has read the admin's words.
const BESIDE: usize = 2 * FEWEST;
/// So much of the opinion about an item goes to "none of these" where it is like nothing that was learned: one in
/// ten known items is as strange, and about one in ten that come is of none.
const STRANGER: f32 = 0.5;
/// What decided items call impossible is worth one in a thousand.
const DOUBT: f32 = 0.001;

/// A text with its class, kept until it teaches.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// What was read.
    pub words: String,
    /// What it is, as `workflow/class`.
    pub class: String,
    /// Where the words lie among all texts, if a model says so.
    pub vector: Option<Vec<f32>>,
}

impl Lesson {
    fn example(&self, told: bool) -> Example<'_> {
        Example { text: &self.words, class: &self.class, vector: self.vector.as_deref(), told }
    }
}

/// What the admin wrote about the classes that compete, without vectors.
pub fn told_lessons(candidates: &[Candidate<'_>]) -> Vec<Lesson> {
    let lessons = |it: &Candidate<'_>| -> Vec<Lesson> {
        let class = it.name.to_string();
        let lesson = |words| Lesson { words, class: class.clone(), vector: None };
        told(it.class).into_iter().map(lesson).collect()
    };
    candidates.iter().flat_map(lessons).collect()
}

/// Learns to tell classes apart from decided items and from what the admin wrote; `None` where that says too little.
///
/// With vectors what the admin wrote is enough to begin with. By its words alone it tells hardly anything before there
/// are decided items.
pub fn learn(decided: &[Lesson], told: &[Lesson]) -> Option<Learned> {
    let count = |class: &str| decided.iter().filter(|it| it.class == class).count();
    let classes: BTreeSet<&str> = decided.iter().map(|it| it.class.as_str()).collect();
    let known = classes.into_iter().filter(|class| count(class) >= FEWEST).count();
    let have_vectors = decided.iter().chain(told).all(|it| it.vector.is_some());
    if known < 2 && !have_vectors {
        return None;
    }
    let decided = decided.iter().map(|it| it.example(false));
    let examples: Vec<Example<'_>> =
        decided.chain(told.iter().map(|it| it.example(true))).collect();
    Learned::from(&examples)
}

/// How confidences of this office have turned out, by who gave them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scales {
    /// Where a model took part.
    pub model: Option<Scale>,
    /// Where decided items alone told the class.
    pub learned: Option<Scale>,
}

/// What decided items taught, and who turns an item into a vector for it.
#[derive(Clone, Copy, Default)]
pub struct Taught<'a> {
    /// What was learned about classes, if anything.
    pub learned: Option<&'a Learned>,
    /// Asked when it was learned with vectors; without it only the words count.
    pub embedder: Option<&'a dyn Embedder>,
    /// What was learned about confidences.
    pub scales: Scales,
    /// The version of what was learned; 0 where nothing was.
    pub version: u32,
}

impl Taught<'_> {
    /// The same as far as it counts beside a model.
    pub(super) fn beside_model(mut self) -> Self {
        let counts = |it: &&Learned| it.has_vectors() || it.examples() >= BESIDE;
        self.learned = self.learned.filter(counts);
        self
    }

    /// What was learned, about these words.
    pub(super) async fn opinion(
        &self,
        candidates: &[Candidate<'_>],
        words: &str,
    ) -> Option<Opinion> {
        let learned = self.learned?;
        let vector = self.vector(learned, words).await;
        Some(Opinion::of(learned, candidates, words, vector.as_deref()))
    }

    /// Where the words lie among all texts. A model that does not answer is told in the log: the words are enough.
    async fn vector(&self, learned: &Learned, words: &str) -> Option<Vec<f32>> {
        let embedder = self.embedder.filter(|_| learned.has_vectors())?;
        match embedder.embed(&[words.to_owned()]).await {
            Ok(vectors) => vectors.into_iter().next(),
            Err(error) => {
                tracing::warn!("only the words of an item count: {error}");
                None
            }
        }
    }
}

/// What was learned, about one item.
#[derive(Debug)]
pub(super) struct Opinion {
    /// How likely each candidate is; `None` for those of which nothing is known.
    shares: Vec<Option<f32>>,
    /// How likely none of them is, where the item is like nothing that was learned.
    none: Option<f32>,
}

impl Opinion {
    fn of(
        learned: &Learned,
        candidates: &[Candidate<'_>],
        words: &str,
        vector: Option<&[f32]>,
    ) -> Self {
        let shares = learned.shares(words, vector);
        let none = learned.is_strange(words, vector).then_some(STRANGER);
        let rest = 1.0 - none.unwrap_or_default();
        let share = |candidate: &Candidate<'_>| {
            let name = candidate.name.to_string();
            shares.iter().find(|(class, _)| *class == name).map(|(_, share)| share * rest)
        };
        let shares: Vec<Option<f32>> = candidates.iter().map(share).collect();
        // It may be of a class of which nothing is known: then there is no opinion.
        if none.is_some() && shares.contains(&None) {
            return Self { shares: vec![None; shares.len()], none: Some(0.0) };
        }
        Self { shares, none }
    }

    /// Whether the item is like nothing that was learned.
    pub(super) fn is_strange(&self) -> bool {
        self.none.is_some()
    }

    /// The shares of all candidates and of "none of these", where nobody else has an opinion.
    pub(super) fn alone(&self) -> Vec<f32> {
        let shares = self.shares.iter().map(|it| it.unwrap_or_default());
        shares.chain([self.none.unwrap_or_default()]).collect()
    }

    /// For each candidate and "none of these", `ln(share × opinions)`. What nothing is known of gets nothing: an even
    /// share weighs as much.
    pub(super) fn weights(&self) -> Vec<f32> {
        let none = self.none.filter(|it| *it > 0.0);
        let shares = || self.shares.iter().copied().chain([none]);
        let opinions = shares().flatten().count() as f32;
        let weight = |share: Option<f32>| share.map_or(0.0, |it| ((it + DOUBT) * opinions).ln());
        shares().map(weight).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{By, classify};
    use crate::config::Class;
    use crate::domain::{ClassRef, Document, Parsed};

    fn class(title: &str, description: &str) -> Class {
        let text = format!(
            "title = \"{title}\"\ndescription = \"{description}\"\napproval = [{{ queue = \"amt\" }}]"
        );
        toml::from_str(&text).unwrap()
    }

    /// Lamps and rubbish in every place, as people decided.
    fn decided() -> Vec<Lesson> {
        let places = ["Markt", "Hafen", "Bahnhof", "Wald", "Park", "Ufer", "Platz", "Turm", "Tor"];
        let of = |class: &'static str, what: &'static str| {
            places.iter().enumerate().map(move |(at, place)| Lesson {
                words: format!("{what} {}, {place}", ["seit Montag", "wieder"][at % 2]),
                class: format!("post/{class}"),
                vector: None,
            })
        };
        of("licht", "Die Laterne ist dunkel")
            .chain(of("licht", "Laternen flackern am"))
            .chain(of("müll", "Müllsäcke liegen herum"))
            .chain(of("müll", "Sperrmüll im"))
            .collect()
    }

    #[tokio::test]
    async fn what_is_like_nothing_that_was_learned_gets_no_class() {
        let (lamps, rubbish) = (class("Licht", "Lampen"), class("Müll", "Abfall"));
        let hole = class("Schlagloch", "Löcher in der Fahrbahn einer Straße");
        let candidate = |name: &str, class| Candidate {
            name: ClassRef { workflow: "post".into(), class: name.into() },
            procedure: "Post",
            class,
        };
        let candidates = [
            candidate("licht", &lamps),
            candidate("müll", &rubbish),
            candidate("schlagloch", &hole),
        ];
        let learned = learn(&decided(), &told_lessons(&candidates)).unwrap();
        assert_eq!(learned.examples(), 36, "what the admin wrote is no decided item");
        let taught = Taught { learned: Some(&learned), ..Taught::default() };
        let ask = async |text: &str| {
            let document = Document { text: text.into(), ..Document::default() };
            let parsed = Parsed { documents: vec![document], ..Parsed::default() };
            classify(None, &candidates, &parsed, "de", Some(taught)).await.unwrap()
        };
        let lamp = "Die Laterne ist dunkel seit Montag, Markt";
        assert_eq!(ask(lamp).await.class.unwrap().class.0, "licht");
        let hole = |text: &str| {
            let shares = learned.shares(text, None).into_iter();
            shares.filter(|it| it.0 == "post/schlagloch").map(|it| it.1).sum::<f32>()
        };
        assert!(hole("Löcher in der Fahrbahn") > 2.0 * hole(lamp), "the admin's words teach");
        let strange = ask("Invitation to our annual cybersecurity conference, register now").await;
        assert_eq!((strange.class, strange.by), (None, By::Learned));
        assert!(learned.is_strange("Invitation to our annual conference", None));
    }

    #[test]
    fn a_stranger_is_more_likely_none_of_them_and_may_be_of_a_class_nobody_knows() {
        let known = Opinion { shares: vec![Some(0.9), Some(0.1)], none: None }.weights();
        assert!(known[0] > 0.0 && known[1] < 0.0 && known[2] == 0.0, "{known:?}");
        let strange = Opinion { shares: vec![Some(0.45), Some(0.05)], none: Some(0.5) };
        let weights = strange.weights();
        assert!(weights[2] > weights[0] && weights[0] > weights[1], "{weights:?}");
        let (lamps, rubbish) = (class("Licht", "Lampen"), class("Müll", "Abfall"));
        let name = |class: &str| ClassRef { workflow: "post".into(), class: class.into() };
        let candidates = [
            Candidate { name: name("licht"), procedure: "Post", class: &lamps },
            Candidate { name: name("neu"), procedure: "Post", class: &rubbish },
        ];
        let learned = learn(&decided(), &[]).unwrap();
        let opinion = Opinion::of(&learned, &candidates, "Invitation to our conference", None);
        assert!(opinion.is_strange());
        assert_eq!(opinion.weights(), [0.0; 3]);
    }
}

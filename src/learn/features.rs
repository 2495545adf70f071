//! What is learned from: the terms of a text, and where it lies among all texts if a model says so.

use serde::{Deserialize, Serialize};

use super::Example;
use super::terms::{Terms, Vocabulary};

/// How much the direction of a text counts beside its words, which count 1, and their pieces, which count 1 too.
const DIRECTION: f32 = 1.0;
/// Makes numbers of texts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Features {
    vocabulary: Vocabulary,
    /// The mean of all vectors: what all texts have in common tells nothing. Empty without vectors.
    middle: Vec<f32>,
}

impl Features {
    /// The features of these examples. Vectors count when all examples have one.
    pub(super) fn of(examples: &[Example<'_>]) -> Self {
        let vocabulary = Vocabulary::of(examples.iter().map(|it| it.text));
        let width = examples.first().and_then(|it| it.vector).map_or(0, <[f32]>::len);
        let mut middle = vec![0.0; width];
        for example in examples {
            match example.vector.filter(|it| it.len() == width) {
                Some(vector) => add(&mut middle, vector, 1.0 / examples.len() as f32),
                None => return Self { vocabulary, middle: Vec::new() },
            }
        }
        Self { vocabulary, middle }
    }

    /// Whether vectors count.
    pub(super) fn has_vectors(&self) -> bool {
        !self.middle.is_empty()
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.vocabulary.len() + self.middle.len()
    }

    /// A text in numbers. Without a vector only its words count.
    pub(super) fn terms(&self, text: &str, vector: Option<&[f32]>) -> Terms {
        let mut terms = self.vocabulary.terms(text);
        let Some(vector) = vector.filter(|it| it.len() == self.middle.len()) else { return terms };
        let mut centred = vector.to_vec();
        add(&mut centred, &self.middle, -1.0);
        let length = centred.iter().map(|it| it * it).sum::<f32>().sqrt().max(1e-6);
        let first = u32::try_from(self.vocabulary.len()).unwrap_or(u32::MAX);
        terms.extend((first..).zip(centred.into_iter().map(|it| it * DIRECTION / length)));
        terms
    }
}

fn add(to: &mut [f32], other: &[f32], times: f32) {
    to.iter_mut().zip(other).for_each(|(to, it)| *to += it * times);
}

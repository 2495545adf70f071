//! Which classes the model is asked about when there are many.
//!
//! The time of a question grows with what is read before it and with the classes it may answer with. What the admin
//! wrote, what decided items taught and what a text means tell at once which of many classes it can be about; only
//! those are asked about, and the others count as if the model had said "never".

use super::{Candidate, told};
use crate::llm::{Embedder, Error};

/// Up to so many classes the model is asked about all.
pub(super) const ALL: usize = 12;
/// Of more, about so many.
const ASKED: usize = 6;
/// So many of them are the likeliest, however many must not be missed.
const LIKELIEST: usize = 4;

/// The places of the classes to ask about, in their order. Each of the `opinions` tells of each class how likely it is
/// before the model is asked: the larger, the likelier. The best of each opinion come in by turns. What costs more to
/// miss than to look at is always asked about.
pub(super) fn shortlist(candidates: &[Candidate<'_>], opinions: &[Vec<f32>]) -> Vec<usize> {
    if candidates.len() <= ALL {
        return (0..candidates.len()).collect();
    }
    let order = by_turns(candidates.len(), opinions);
    let must = |place: usize| candidates.get(place).is_some_and(|it| it.class.missed_costs > 1.0);
    let (likeliest, rest) = order.split_at(LIKELIEST.min(order.len()));
    let (musts, others): (Vec<usize>, Vec<usize>) = rest.iter().partition(|it| must(**it));
    let mut asked = [likeliest, &musts].concat();
    let room = ASKED.saturating_sub(asked.len());
    asked.extend(others.into_iter().take(room));
    asked.sort_unstable();
    asked
}

/// All places: the best of the first opinion, the best of the second, …, the second of the first, …
fn by_turns(classes: usize, opinions: &[Vec<f32>]) -> Vec<usize> {
    let mut ranks = vec![usize::MAX; classes];
    for (turn, opinion) in opinions.iter().enumerate() {
        let of = |place: usize| opinion.get(place).copied().unwrap_or(f32::MIN);
        let mut order: Vec<usize> = (0..classes).collect();
        order.sort_by(|one, other| of(*other).total_cmp(&of(*one)));
        for (rank, place) in order.into_iter().enumerate() {
            if let Some(best) = ranks.get_mut(place) {
                *best = (*best).min(rank * opinions.len() + turn);
            }
        }
    }
    let mut all: Vec<usize> = (0..classes).collect();
    all.sort_by_key(|place| ranks.get(*place).copied());
    all
}

/// The model's shares of the classes it was asked about as shares of all; the last one is "none of these".
pub(super) fn spread(shares: &[f32], asked: &[usize], classes: usize) -> Vec<f32> {
    let mut all = vec![0.0; classes + 1];
    for (place, share) in asked.iter().chain([&classes]).zip(shares) {
        if let Some(of) = all.get_mut(*place) {
            *of = *share;
        }
    }
    all
}

/// How near the meaning of a text is to what the admin wrote about each class; nothing where the model is asked about
/// all of them, or where no vectors come.
pub(super) async fn meanings(
    embedder: Option<&dyn Embedder>,
    candidates: &[Candidate<'_>],
    text: &str,
) -> Option<Vec<f32>> {
    let embedder = embedder.filter(|_| candidates.len() > ALL)?;
    match near(embedder, candidates, text).await {
        Ok(near) => Some(near),
        Err(error) => {
            tracing::warn!("only words tell which classes to ask about: {error}");
            None
        }
    }
}

async fn near(
    embedder: &dyn Embedder,
    candidates: &[Candidate<'_>],
    text: &str,
) -> Result<Vec<f32>, Error> {
    let pieces: Vec<Vec<String>> = candidates.iter().map(|it| told(it.class)).collect();
    let mut vectors = embedder.embed_rules(&pieces.concat()).await?.into_iter();
    let text = embedder.embed(&[text.to_owned()]).await?.concat();
    let classes: Vec<Vec<f32>> = pieces
        .iter()
        .map(|of| mean(&vectors.by_ref().take(of.len()).collect::<Vec<_>>()))
        .collect();
    // What all classes have in common tells nothing.
    let middle = mean(&classes);
    let text = apart(&text, &middle);
    let like = |class: &Vec<f32>| apart(class, &middle).iter().zip(&text).map(|(a, b)| a * b).sum();
    Ok(classes.iter().map(like).collect())
}

fn mean(vectors: &[Vec<f32>]) -> Vec<f32> {
    let mut mean = vec![0.0; vectors.first().map_or(0, Vec::len)];
    for vector in vectors {
        mean.iter_mut().zip(vector).for_each(|(sum, it)| *sum += it / vectors.len() as f32);
    }
    mean
}

/// The direction in which a vector lies from the middle.
fn apart(vector: &[f32], middle: &[f32]) -> Vec<f32> {
    let mut apart: Vec<f32> = vector.iter().zip(middle).map(|(it, middle)| it - middle).collect();
    let length = apart.iter().map(|it| it * it).sum::<f32>().sqrt().max(1e-6);
    apart.iter_mut().for_each(|it| *it /= length);
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Class;
    use crate::domain::ClassRef;

    fn class(more: &str) -> Class {
        let text = format!(
            "title = \"x\"\ndescription = \"x\"\napproval = [{{ queue = \"amt\" }}]\n{more}"
        );
        toml::from_str(&text).unwrap()
    }

    fn candidates(classes: &[Class]) -> Vec<Candidate<'_>> {
        let name = |class: usize| ClassRef {
            workflow: "post".into(),
            class: format!("c{class}").as_str().into(),
        };
        let named = classes.iter().enumerate();
        named.map(|(at, class)| Candidate { name: name(at), procedure: "Post", class }).collect()
    }

    fn asked(classes: &[Class], opinions: &[Vec<f32>]) -> Vec<usize> {
        shortlist(&candidates(classes), opinions)
    }

    #[test]
    fn the_best_of_each_opinion_come_in_by_turns() {
        let classes = vec![class(""); 60];
        let best = |places: &[usize]| -> Vec<f32> {
            let rank =
                |at| places.iter().position(|it| *it == at).map_or(0.0, |it| 60.0 - it as f32);
            (0..60).map(rank).collect()
        };
        assert_eq!(asked(&classes, &[best(&[50, 40, 30, 20, 10, 5])]), [5, 10, 20, 30, 40, 50]);
        let two = [best(&[50, 40, 30, 20, 10, 5]), best(&[50, 41, 31, 21])];
        assert_eq!(asked(&classes, &two), [20, 30, 31, 40, 41, 50]);
        assert_eq!(asked(&classes[..ALL], &two).len(), ALL, "of few all");
    }

    #[test]
    fn what_must_not_be_missed_is_asked_about_besides_the_likeliest() {
        let mut classes = vec![class(""); 60];
        let opinion = vec![(0..60).map(|it| it as f32).collect()];
        classes[3] = class("missed_costs = 10");
        assert_eq!(asked(&classes, &opinion), [3, 55, 56, 57, 58, 59]);
        classes[58] = class("missed_costs = 2");
        assert_eq!(asked(&classes, &opinion), [3, 55, 56, 57, 58, 59], "it was there");
        (4..10).for_each(|it| classes[it] = class("missed_costs = 2"));
        assert_eq!(asked(&classes, &opinion), [3, 4, 5, 6, 7, 8, 9, 56, 57, 58, 59]);
    }

    #[test]
    fn who_was_not_asked_about_has_no_share_of_the_model() {
        let shares = spread(&[0.5, 0.3, 0.2], &[1, 3], 5);
        assert_eq!(shares, [0.0, 0.5, 0.0, 0.3, 0.0, 0.2]);
    }
}

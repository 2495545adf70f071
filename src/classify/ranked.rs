//! What a distribution over classes amounts to.

use super::{Candidate, Classification};
use crate::domain::ClassRef;
use crate::learn::Scale;

/// The class with the largest share, unless overlooking another would cost more: a class whose share times its
/// `missed_costs` is the largest is never passed over. Below its floor a person chooses, and sees it first.
///
/// The confidence is the share as it is, or what reviewed answers have shown of such a share; what an error costs makes
/// nothing surer.
pub(super) fn ranked(
    candidates: &[Candidate<'_>],
    shares: &[f32],
    scale: Option<Scale>,
) -> Classification {
    let mut order: Vec<Ranked<'_>> = shares
        .iter()
        .enumerate()
        .map(|(index, share)| Ranked { candidate: candidates.get(index), share: *share })
        .collect();
    order.sort_by(|one, other| other.weight().total_cmp(&one.weight()));
    let Some(best) = order.first() else { return Classification::default() };
    // What is said of classes says nothing about "none of these": who approves an item has given it a class.
    let scale = scale.filter(|_| best.candidate.is_some());
    let claimed = best.share;
    let confidence = scale.map_or(claimed, |it| it.of_claimed(claimed));
    let sure = best.candidate.is_some_and(|it| confidence >= it.class.floor);
    let class = best.name().filter(|_| sure);
    // The others share what is left, and what was less sure than the best stays so.
    let rest = if claimed < 1.0 { (1.0 - confidence) / (1.0 - claimed) } else { 1.0 };
    let shown = |it: &Ranked<'_>| match scale {
        None => it.share,
        Some(_) if it.share <= claimed => (it.share * rest).min(confidence),
        Some(_) => it.share * rest,
    };
    let first = (!sure).then(|| (best.name(), confidence));
    let others = order.iter().skip(1).take(4 - usize::from(!sure));
    Classification {
        class,
        confidence,
        claimed: scale.map(|_| claimed),
        alternatives: first.into_iter().chain(others.map(|it| (it.name(), shown(it)))).collect(),
        ..Classification::default()
    }
}

/// A class, or "none of these", with its share.
struct Ranked<'a> {
    candidate: Option<&'a Candidate<'a>>,
    share: f32,
}

impl Ranked<'_> {
    fn name(&self) -> Option<ClassRef> {
        self.candidate.map(|it| it.name.clone())
    }

    /// What passing it over would cost, on the average.
    fn weight(&self) -> f32 {
        self.share * self.candidate.map_or(1.0, |it| it.class.missed_costs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Class;

    fn class(more: &str) -> Class {
        let text = format!(
            "title = \"x\"\ndescription = \"x\"\napproval = [{{ queue = \"amt\" }}]\n{more}"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn what_must_not_be_missed_wins_or_is_left_to_a_person() {
        let (question, objection) = (class(""), class("missed_costs = 10\nfloor = 0.25"));
        let name = |class: &str| ClassRef { workflow: "post".into(), class: class.into() };
        let candidates = [
            Candidate { name: name("frage"), procedure: "Post", class: &question },
            Candidate { name: name("widerspruch"), procedure: "Post", class: &objection },
        ];
        let told = |shares: &[f32]| ranked(&candidates, shares, None);
        let clear = told(&[0.94, 0.05, 0.01]);
        assert_eq!((clear.class, clear.confidence), (Some(name("frage")), 0.94));
        let likely = told(&[0.6, 0.3, 0.1]);
        assert_eq!((likely.class, likely.confidence), (Some(name("widerspruch")), 0.3));
        assert_eq!(likely.alternatives.first(), Some(&(Some(name("frage")), 0.6)));
        let possible = told(&[0.8, 0.15, 0.05]);
        assert_eq!(possible.class, None, "neither passed over nor guessed");
        assert_eq!(possible.alternatives.first(), Some(&(Some(name("widerspruch")), 0.15)));
        let other = told(&[0.05, 0.01, 0.94]);
        assert_eq!((other.class, other.alternatives.first().cloned()), (None, Some((None, 0.94))));
    }
}

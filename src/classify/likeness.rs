//! How alike a text is to what the admin wrote about each class, by shared runs of letters.
//!
//! A cheap second opinion beside the model: it knows the office's own words, and it does not get
//! tired of long lists of classes.

use std::collections::HashMap;

use super::prompt::Candidate;
use crate::config::Class;

/// Letters in a run.
const RUN: usize = 4;

/// What the admin wrote about all candidates, ready to be compared with many texts.
pub(super) struct Profiles {
    of_each: Vec<HashMap<String, f32>>,
    weights: HashMap<String, f32>,
}

impl Profiles {
    /// Those of some candidates.
    pub(super) fn of(candidates: &[Candidate<'_>]) -> Self {
        let of_each: Vec<HashMap<String, f32>> =
            candidates.iter().map(|it| runs(&all_told(it))).collect();
        let mut classes_with: HashMap<String, f32> = HashMap::new();
        for run in of_each.iter().flat_map(HashMap::keys) {
            *classes_with.entry(run.clone()).or_default() += 1.0;
        }
        // A run that stands in every class tells nothing about any of them.
        let weight = |classes: f32| (1.0 + of_each.len() as f32 / classes).ln() - 0.69;
        let weights = classes_with.into_iter().map(|(run, classes)| (run, weight(classes)));
        Self { weights: weights.collect(), of_each }
    }

    /// For each candidate, how alike a text is (0 to 1, cosine of weighted runs).
    pub(super) fn alike(&self, text: &str) -> Vec<f32> {
        let weight = |run: &str| self.weights.get(run).copied().unwrap_or(0.0);
        let seen = runs(text);
        self.of_each.iter().map(|profile| cosine(profile, &seen, &weight)).collect()
    }
}

/// What the admin wrote about a class, each piece for itself: its title with its description, and the examples.
pub fn told(class: &Class) -> Vec<String> {
    let about = format!("{}. {}", class.title, class.description);
    std::iter::once(about).chain(class.examples.iter().cloned()).collect()
}

fn all_told(candidate: &Candidate<'_>) -> String {
    let class = candidate.class;
    let texts = [class.title.as_str(), class.description.as_str()];
    let more = class.signals.iter().chain(&class.examples).map(String::as_str);
    texts.into_iter().chain(more).collect::<Vec<_>>().join(" ")
}

fn runs(text: &str) -> HashMap<String, f32> {
    let mut counts = HashMap::new();
    for word in text.to_lowercase().split(|letter: char| !letter.is_alphanumeric()) {
        let letters: Vec<char> = format!(" {word} ").chars().collect();
        if letters.len() < RUN {
            continue;
        }
        for run in letters.windows(RUN) {
            *counts.entry(run.iter().collect::<String>()).or_insert(0.0) += 1.0;
        }
    }
    counts.values_mut().for_each(|count: &mut f32| *count = 1.0 + count.ln());
    counts
}

fn cosine(
    one: &HashMap<String, f32>,
    other: &HashMap<String, f32>,
    weight: &dyn Fn(&str) -> f32,
) -> f32 {
    let norm = |runs: &HashMap<String, f32>| {
        runs.iter().map(|(run, count)| (count * weight(run)).powi(2)).sum::<f32>().sqrt()
    };
    let shared: f32 = one
        .iter()
        .filter_map(|(run, count)| Some(count * other.get(run)? * weight(run).powi(2)))
        .sum();
    let norms = norm(one) * norm(other);
    if norms > 0.0 { shared / norms } else { 0.0 }
}

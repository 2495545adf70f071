//! What kind of item it is: certain signals first, then the model among the door's classes.

use serde::{Deserialize, Serialize};

use crate::domain::{ClassRef, Evidence, Parsed, Span};
use crate::learn::Learned;
use crate::llm::{self, Embedder, LanguageModel, Trace};

mod likeness;
mod material;
mod prompt;
mod ranked;
mod shortlist;

pub use likeness::{likeness, told};
pub use material::{material, words};
use ranked::ranked;

pub use prompt::{Candidate, fenced, none, prompt};

// How two opinions become one: the score of a class is
// `MODEL × ln(share + DOUBT) + LIKENESS × likeness`. Chosen on `fixtures/` (not on `fixtures/heldout/`),
// in the middle of a wide range that gives the same answers.

/// The weight of the model's opinion.
const MODEL: f32 = 0.7;
/// The weight of the likeness to the admin's own words.
const LIKENESS: f32 = 18.0;
/// A small model's "never" is worth one in five hundred.
const DOUBT: f32 = 0.002;
/// "None of these" has no words of its own: it counts as being a little like everything.
const NONE_LIKENESS: f32 = 0.1;
/// The weight of what decided items taught: `LEARNED × ln(share × classes)`. Classes of which nothing was decided
/// yet, and "none of these", get nothing: an even share weighs as much.
const LEARNED: f32 = 1.0;
/// What decided items call impossible is worth one in a thousand.
const LEARNED_DOUBT: f32 = 0.001;

/// The class of an item, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// `None`: none of the classes fits, or it is not sure enough; a person chooses.
    pub class: Option<ClassRef>,
    /// 0 to 1.
    pub confidence: f32,
    /// Who or what decided.
    pub by: By,
    /// The signal that decided.
    pub evidence: Vec<Evidence>,
    /// Other classes, best first, with their confidence. `None` stands for "none of these".
    pub alternatives: Vec<(Option<ClassRef>, f32)>,
    /// The model's answer.
    pub trace: Option<Trace>,
    /// From how many decided items the third opinion came; 0 without one.
    #[serde(default)]
    pub learned: usize,
    /// The classes the model was asked about, where it was not asked about all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<ClassRef>,
}

impl Classification {
    /// The class a person chose.
    pub fn by_person(class: ClassRef) -> Self {
        Self { class: Some(class), confidence: 1.0, by: By::Person, ..Self::default() }
    }
}

/// Who or what gave an item its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A word that the admin named as certain.
    Signal,
    /// A fact of a structured file.
    Fact,
    /// A machine wrote it (RFC 3834, RFC 3464): none of the classes.
    Automatic,
    /// The model.
    Model,
    /// What decided items taught; there was no model.
    Learned,
    /// A person.
    Person,
    /// Nothing to decide with: no model, nothing readable.
    #[default]
    Nobody,
}

/// What decided items taught, and who turns an item into a vector for it.
#[derive(Clone, Copy)]
pub struct Taught<'a> {
    /// What was learned.
    pub learned: &'a Learned,
    /// Asked when it was learned with vectors; without it only the words count.
    pub embedder: Option<&'a dyn Embedder>,
}

impl Taught<'_> {
    /// Where the words lie among all texts. A model that does not answer is told in the log: the words are enough.
    async fn vector(&self, words: &str) -> Option<Vec<f32>> {
        let embedder = self.embedder.filter(|_| self.learned.has_vectors())?;
        match embedder.embed(&[words.to_owned()]).await {
            Ok(vectors) => vectors.into_iter().next(),
            Err(error) => {
                tracing::warn!("only the words of an item count: {error}");
                None
            }
        }
    }
}

/// What helps the model.
#[derive(Clone, Copy, Default)]
pub struct Help<'a> {
    /// What decided items taught.
    pub taught: Option<Taught<'a>>,
    /// Says what texts mean, where there are more classes than the model is asked about.
    pub embedder: Option<&'a dyn Embedder>,
}

/// Gives an item its class. Without a model and without what decided items taught only certain signals decide.
pub async fn classify(
    model: Option<&dyn LanguageModel>,
    candidates: &[Candidate<'_>],
    parsed: &Parsed,
    language: &str,
    taught: Option<Taught<'_>>,
) -> Result<Classification, llm::Error> {
    let help = Help { taught, embedder: None };
    classify_with(model, candidates, parsed, language, help).await
}

/// The same with all the help there is.
pub async fn classify_with(
    model: Option<&dyn LanguageModel>,
    candidates: &[Candidate<'_>],
    parsed: &Parsed,
    language: &str,
    Help { taught, embedder }: Help<'_>,
) -> Result<Classification, llm::Error> {
    if parsed.envelope.as_ref().is_some_and(|envelope| envelope.automatic.is_some()) {
        // A machine's mail asks for nothing: a person sees it, and no procedure begins.
        return Ok(Classification {
            confidence: 1.0,
            by: By::Automatic,
            ..Classification::default()
        });
    }
    if let Some(certain) = certain(candidates, parsed) {
        return Ok(certain);
    }
    let examples = taught.map_or(0, |it| it.learned.examples());
    let material = material(parsed, language);
    if material.trim().is_empty() || candidates.is_empty() {
        return Ok(Classification::default());
    }
    let known = match taught {
        Some(taught) => {
            let words = words(parsed);
            let vector = taught.vector(&words).await;
            Some(known(taught.learned, candidates, &words, vector.as_deref()))
        }
        None => None,
    };
    let Some(model) = model else {
        // What decided items taught knows nothing of other matters: its doubt is all there is against a class.
        let alone = |known: Vec<Option<f32>>| -> Vec<f32> {
            known.into_iter().map(Option::unwrap_or_default).chain([0.0]).collect()
        };
        return Ok(known.map(alone).map_or_else(Classification::default, |shares| {
            Classification { by: By::Learned, learned: examples, ..ranked(candidates, &shares) }
        }));
    };
    let alike = likeness::likeness(candidates, &material);
    let known = known.unwrap_or_default();
    let by_meaning = shortlist::meanings(embedder, candidates, &material).await;
    let opinions: Vec<Vec<f32>> =
        std::iter::once(opinions(&alike, &known)).chain(by_meaning).collect();
    let asked = shortlist::shortlist(candidates, &opinions);
    let competing = || asked.iter().filter_map(|place| candidates.get(*place));
    let mut options: Vec<String> = competing().map(Candidate::label).collect();
    options.push(none(language));
    let chosen = model.choose(&prompt(candidates, &material, language), &options).await?;
    let shares = shortlist::spread(&chosen.shares, &asked, candidates.len());
    let shares = combine(&shares, &alike, &known);
    let (by, trace) = (By::Model, Some(chosen.trace));
    let is_short = asked.len() < candidates.len();
    let asked = if is_short { competing().map(|it| it.name.clone()).collect() } else { Vec::new() };
    Ok(Classification { by, trace, learned: examples, asked, ..ranked(candidates, &shares) })
}

/// How likely each candidate is by what decided items taught; `None` for those of which nothing was decided yet.
fn known(
    learned: &Learned,
    candidates: &[Candidate<'_>],
    words: &str,
    vector: Option<&[f32]>,
) -> Vec<Option<f32>> {
    let shares = learned.shares(words, vector);
    let share = |candidate: &Candidate<'_>| {
        let name = candidate.name.to_string();
        shares.iter().find(|(class, _)| *class == name).map(|(_, share)| *share)
    };
    candidates.iter().map(share).collect()
}

/// The class that certain signals name, if they name exactly one.
fn certain(candidates: &[Candidate<'_>], parsed: &Parsed) -> Option<Classification> {
    let mut found: Vec<(&ClassRef, By, Evidence)> = Vec::new();
    for candidate in candidates {
        let by_fact = candidate.class.signal_fact.as_deref().and_then(|name| fact(name, parsed));
        let by_word = || candidate.class.signals.iter().find_map(|signal| word(signal, parsed));
        match by_fact {
            Some(evidence) => found.push((&candidate.name, By::Fact, evidence)),
            None => found.extend(by_word().map(|evidence| (&candidate.name, By::Signal, evidence))),
        }
    }
    // A structured file says more than a word in a cover letter.
    if found.iter().any(|(_, by, _)| *by == By::Fact) {
        found.retain(|(_, by, _)| *by == By::Fact);
    }
    let [(class, by, evidence)] = found.as_slice() else { return None };
    Some(Classification {
        class: Some((*class).clone()),
        confidence: 1.0,
        by: *by,
        evidence: vec![evidence.clone()],
        ..Classification::default()
    })
}

fn fact(name: &str, parsed: &Parsed) -> Option<Evidence> {
    parsed.documents.iter().enumerate().find_map(|(index, document)| {
        let fact = document.facts.iter().find(|fact| fact.name == name)?;
        let (quote, path) = (fact.value.clone(), Some(fact.path.clone()));
        Some(Evidence { document: index, quote, path, ..Evidence::default() })
    })
}

fn word(signal: &str, parsed: &Parsed) -> Option<Evidence> {
    let signal: Vec<char> = signal.to_lowercase().chars().collect();
    if let Some(envelope) = &parsed.envelope
        && envelope.subject.to_lowercase().contains(&signal.iter().collect::<String>())
    {
        let (quote, path) = (envelope.subject.clone(), Some("Subject".to_owned()));
        return Some(Evidence { quote, path, ..Evidence::default() });
    }
    parsed.documents.iter().enumerate().find_map(|(index, document)| {
        // Letter by letter, because a lower-case text may be longer than the original (`İ`).
        let letters: Vec<char> =
            document.text.chars().map(|it| it.to_lowercase().next().unwrap_or(it)).collect();
        // What an earlier mail said is not what this one wants.
        let windows = letters.windows(signal.len().max(1)).enumerate();
        let mut found = windows.filter(|(_, window)| *window == signal);
        let span = |(start, _)| Span { start, end: start + signal.len() };
        let span = found.by_ref().map(span).find(|span| !document.came_along(*span))?;
        Some(Evidence::in_text(index, document, span))
    })
}

/// What is thought of each class before the model is asked: likeness and what decided items taught.
fn opinions(alike: &[f32], known: &[Option<f32>]) -> Vec<f32> {
    let classes = known.iter().flatten().count() as f32;
    let taught = |index: usize| {
        let share = known.get(index).copied().flatten();
        share.map_or(0.0, |share| LEARNED * ((share + LEARNED_DOUBT) * classes).ln())
    };
    alike.iter().enumerate().map(|(index, like)| LIKENESS * like + taught(index)).collect()
}

/// The model's shares, the likenesses and what decided items taught as one distribution; the last share is "none of
/// these".
fn combine(shares: &[f32], alike: &[f32], known: &[Option<f32>]) -> Vec<f32> {
    let opinions = opinions(alike, known);
    let score = |(index, share): (usize, &f32)| {
        let opinion = opinions.get(index).copied().unwrap_or(LIKENESS * NONE_LIKENESS);
        MODEL * (share + DOUBT).ln() + opinion
    };
    let scores: Vec<f32> = shares.iter().enumerate().map(score).collect();
    let best = scores.iter().copied().fold(f32::MIN, f32::max);
    let mut mixed: Vec<f32> = scores.iter().map(|score| (score - best).exp()).collect();
    let sum: f32 = mixed.iter().sum();
    mixed.iter_mut().for_each(|share| *share /= sum);
    mixed
}

//! What kind of item it is: certain signals first, then the model among the door's classes.

use serde::{Deserialize, Serialize};

use crate::domain::{ClassRef, Evidence, Parsed, Span};
use crate::learn::Learned;
use crate::llm::{self, LanguageModel, Trace};

mod likeness;
mod material;
mod matters;
mod prompt;
mod ranked;
mod shortlist;
mod taught;

use likeness::Profiles;
pub use likeness::told;
pub use material::{material, words};
pub use matters::Matter;
use ranked::ranked;
use taught::Opinion;
pub use taught::{Lesson, Scales, Taught, learn, told_lessons};

use prompt::prompt_about;
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
/// The weight of what decided items taught: `LEARNED × ln(share × classes)`. Classes of which nothing is known, and
/// mostly "none of these", get nothing: an even share weighs as much.
const LEARNED: f32 = 1.0;

/// The class of an item, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// `None`: none of the classes fits, or it is not sure enough; a person chooses.
    pub class: Option<ClassRef>,
    /// 0 to 1.
    pub confidence: f32,
    /// The confidence as it was claimed, where reviewed answers have put it right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<f32>,
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
    /// The version of what was learned by then (`vorlage learned`); 0 when nothing was.
    #[serde(default)]
    pub version: u32,
    /// Several matters in one item, each with the passage that speaks for it; empty for an item with one. A person
    /// chooses, so there is no class until then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matters: Vec<Matter>,
    /// The classes the model was asked about, where it was not asked about all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<ClassRef>,
}

impl Classification {
    /// The class a person chose.
    pub fn by_person(class: ClassRef) -> Self {
        Self { class: Some(class), confidence: 1.0, by: By::Person, ..Self::default() }
    }

    /// Left to a person, who sees the class that it would have had first.
    fn without_class(mut self) -> Self {
        if let Some(class) = self.class.take() {
            self.alternatives.insert(0, (Some(class), self.confidence));
        }
        self
    }

    /// The class that was the best, given or left to a person, and how sure it was by its own claim; `None` where that
    /// was "none of these", and where nobody had to be sure.
    pub fn claim(&self) -> Option<(&ClassRef, f32)> {
        if !matches!(self.by, By::Model | By::Learned) {
            return None;
        }
        let left = || self.alternatives.first().and_then(|(class, _)| class.as_ref());
        let class = self.class.as_ref().or_else(left)?;
        Some((class, self.claimed.unwrap_or(self.confidence)))
    }

    /// The same with the matters that were found, which leave the class to a person. An opinion on the whole that is
    /// none of them says that the passages were misunderstood.
    fn with(self, matters: Vec<Matter>) -> Self {
        let other = |class: &ClassRef| matters.iter().all(|it| it.class != *class);
        if matters.is_empty() || self.class.as_ref().is_some_and(other) {
            return self;
        }
        Self { matters, confidence: 0.0, ..self.without_class() }
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

/// Gives an item its class. Without a model and without what decided items taught only certain signals decide.
pub async fn classify(
    model: Option<&dyn LanguageModel>,
    candidates: &[Candidate<'_>],
    parsed: &Parsed,
    language: &str,
    taught: Option<Taught<'_>>,
) -> Result<Classification, llm::Error> {
    if parsed.envelope.as_ref().is_some_and(|envelope| envelope.automatic.is_some()) {
        // A machine's mail asks for nothing: a person sees it, and no procedure begins.
        return Ok(Classification {
            confidence: 1.0,
            by: By::Automatic,
            ..Classification::default()
        });
    }
    let certain = certain(candidates, parsed);
    if let Some(certain) = certain.as_ref().filter(|it| it.by == By::Fact) {
        return Ok(certain.clone());
    }
    let profiles = Profiles::of(candidates);
    let matters = matters::matters(candidates, &profiles, parsed);
    if let Some(certain) = certain {
        return Ok(certain.with(matters));
    }
    let material = material(parsed, language);
    if material.trim().is_empty() || candidates.is_empty() {
        return Ok(Classification::default());
    }
    let taught = taught.unwrap_or_default();
    let taught = if model.is_some() { taught.beside_model() } else { taught };
    let examples = taught.learned.map_or(0, Learned::examples);
    let opinion = taught.opinion(candidates, &words(parsed)).await;
    let Some(model) = model else {
        // What decided items taught is all there is: what is like none of them gets no class.
        let told = |opinion: Opinion| {
            let found = ranked(candidates, &opinion.alone(), taught.scales.learned);
            let found = if opinion.is_strange() { found.without_class() } else { found };
            Classification { by: By::Learned, learned: examples, version: taught.version, ..found }
        };
        return Ok(opinion.map_or_else(Classification::default, told).with(matters));
    };
    let alike = profiles.alike(&material);
    let opinions = opinions(&alike, &opinion.map(|it| it.weights()).unwrap_or_default());
    let by_meaning = shortlist::meanings(taught.embedder, candidates, &material).await;
    let before: Vec<Vec<f32>> = std::iter::once(opinions.clone()).chain(by_meaning).collect();
    let asked = shortlist::shortlist(candidates, &before);
    let about: Vec<&Candidate<'_>> =
        asked.iter().filter_map(|place| candidates.get(*place)).collect();
    let prompt = prompt_about(candidates, &about, &material, language);
    let mut options: Vec<String> = about.iter().map(|it| it.label()).collect();
    options.push(none(language));
    let chosen = model.choose(&prompt, &options).await?;
    let shares = shortlist::spread(&chosen.shares, &asked, candidates.len());
    let shares = combine(&shares, &opinions);
    let (by, trace) = (By::Model, Some(chosen.trace));
    let is_short = asked.len() < candidates.len();
    let named = about.iter().filter(|_| is_short);
    let asked = named.map(|it| it.name.clone()).collect();
    let found = ranked(candidates, &shares, taught.scales.model);
    let version = taught.version;
    let found = Classification { by, trace, learned: examples, version, asked, ..found };
    Ok(found.with(matters))
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

/// What is thought of each class, and last of "none of these", before the model is asked: likeness and what decided
/// items taught.
fn opinions(alike: &[f32], learned: &[f32]) -> Vec<f32> {
    let alike = alike.iter().copied().chain([NONE_LIKENESS]);
    let learned = learned.iter().copied().chain(std::iter::repeat(0.0));
    alike.zip(learned).map(|(like, learned)| LIKENESS * like + LEARNED * learned).collect()
}

/// The model's shares and the other opinions as one distribution; the last share is "none of these".
fn combine(shares: &[f32], opinions: &[f32]) -> Vec<f32> {
    let score = |(share, opinion): (&f32, &f32)| MODEL * (share + DOUBT).ln() + opinion;
    let scores: Vec<f32> = shares.iter().zip(opinions).map(score).collect();
    let best = scores.iter().copied().fold(f32::MIN, f32::max);
    let mut mixed: Vec<f32> = scores.iter().map(|score| (score - best).exp()).collect();
    let sum: f32 = mixed.iter().sum();
    mixed.iter_mut().for_each(|share| *share /= sum);
    mixed
}

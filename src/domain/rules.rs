//! What a standard's own rules say about a structured document, such as EN 16931 about an invoice.

use serde::{Deserialize, Serialize};

/// The rules a document claims to keep, and those it breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCheck {
    /// What the document says it is: `XRechnung 3.0`, `ZUGFeRD/Factur-X BASIC` …
    pub profile: String,
    /// The rules that were applied; empty when there are none for it.
    pub rule_set: String,
    /// What came of it.
    pub verdict: Verdict,
    /// The rules it breaks, the worst first.
    pub broken: Vec<BrokenRule>,
    /// So many more are broken and not named here.
    #[serde(default)]
    pub more: usize,
}

/// Whether a document keeps the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All that must be kept are.
    Kept,
    /// One that must be kept is broken.
    Broken,
    /// There are no rules for it, or only a few: it is no invoice in the sense of the standard.
    Limited,
    /// It could not be checked.
    NotChecked,
}

/// One rule that a document breaks, once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenRule {
    /// The rule's own name: `BR-CO-15`.
    pub rule: String,
    /// How much it matters.
    pub weight: Weight,
    /// The rule in the words of who made it, in English.
    pub text: String,
    /// Where: business groups and terms, such as `BG-25[2]/BT-151`.
    pub path: String,
    /// For sums: what the rule comes to.
    #[serde(default)]
    pub expected: Option<String>,
    /// For sums: what the document says.
    #[serde(default)]
    pub actual: Option<String>,
}

/// How much a broken rule matters to who made it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The document is not valid.
    #[default]
    Fatal,
    /// It should be different.
    Warning,
    /// Good to know.
    Information,
}

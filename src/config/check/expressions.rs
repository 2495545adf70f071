//! Expressions (`when = "…"`) and short templates (`to`, `subject`): their grammar, and that they
//! use only names that have a value when they are run.

use std::collections::HashSet;
use std::ops::Range;

use minijinja::Environment;

use super::references::names_of;
use super::{Checks, Sheet, did_you_mean, filters};
use crate::config::place;
use crate::config::tree::Node;
use crate::errors::Diagnostic;

/// The names that every expression knows beside the fields of its class.
pub const NAMES: &[&str] = &[
    "eingang",
    "today",
    "absender",
    "absender_name",
    "betreff",
    "sprache",
    "item",
    "office",
    "marking",
];

/// Words of the grammar of expressions.
const WORDS: &[&str] =
    &["and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "self"];

/// Whether a field may be called so.
pub(super) fn is_usable_name(name: &str) -> bool {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let begins = name.chars().next().is_some_and(|letter| !letter.is_ascii_digit());
    begins && name.chars().all(fine) && !NAMES.contains(&name) && !WORDS.contains(&name)
}

/// What can be wrong in a source, with its bytes.
pub(super) enum Mistake {
    Grammar(String, Range<usize>),
    Unknown(String, Range<usize>),
    Filter(String, Range<usize>),
}

pub(super) fn check(checks: &mut Checks<'_>, sheet: &Sheet<'_>, class: &Node) {
    let sections = ["rule", "approval", "deliver"];
    let parts = sections.iter().flat_map(|section| class.items_of(section));
    for node in parts.filter_map(|part| part.get("when")) {
        tell(checks, sheet, class, (node, false));
    }
    let reply = class.get("reply");
    let subjects = reply.map_or(&[][..], |reply| reply.entries_of("subject"));
    let to = reply.and_then(|reply| reply.get("to"));
    for node in to.into_iter().chain(subjects.iter().map(|(_, node)| node)) {
        tell(checks, sheet, class, (node, true));
    }
}

fn tell(
    checks: &mut Checks<'_>,
    sheet: &Sheet<'_>,
    class: &Node,
    (node, is_template): (&Node, bool),
) {
    let Some(source) = node.text() else { return };
    let fields = names_of(class);
    for mistake in mistakes(source, is_template, &fields) {
        let code = if is_template { "E0303" } else { "E0301" };
        let inside = |at: &Range<usize>| place::within(sheet.text, &node.span, at);
        let diagnostic = mistake.diagnostic(code, sheet.path, &fields);
        let at = mistake.at();
        checks.found.push(diagnostic.at(Some(inside(at))));
    }
}

/// All mistakes in a source that can be told before it is run.
pub(super) fn mistakes(source: &str, is_template: bool, fields: &[&str]) -> Vec<Mistake> {
    let mut environment = Environment::new();
    environment.set_debug(true);
    let used = match used(&environment, source, is_template) {
        Ok(used) => used,
        Err(error) => {
            let detail = error.detail().unwrap_or("this cannot be read").to_owned();
            let at = error.range().unwrap_or(0..source.len());
            return vec![Mistake::Grammar(detail, place::whole(source, at))];
        }
    };
    let mut used: Vec<String> = used.into_iter().collect();
    used.sort();
    let builtins: HashSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let known =
        |name: &str| fields.contains(&name) || NAMES.contains(&name) || builtins.contains(name);
    let unknown = used.into_iter().filter(|name| !known(name));
    let unknown = unknown.map(|name| Mistake::Unknown(name.clone(), word(source, &name)));
    let filters = filters::unknown(&environment, source, is_template);
    unknown.chain(filters.into_iter().map(|(name, at)| Mistake::Filter(name, at))).collect()
}

fn used(
    environment: &Environment<'_>,
    source: &str,
    is_template: bool,
) -> Result<HashSet<String>, minijinja::Error> {
    if is_template {
        return Ok(environment.template_from_str(source)?.undeclared_variables(false));
    }
    Ok(environment.compile_expression(source)?.undeclared_variables(false))
}

impl Mistake {
    /// The bytes of the source.
    pub(super) fn at(&self) -> &Range<usize> {
        match self {
            Self::Grammar(_, at) | Self::Unknown(_, at) | Self::Filter(_, at) => at,
        }
    }

    /// What the admin reads; `code` is that of a mistake in the grammar.
    pub(super) fn diagnostic(&self, code: &'static str, path: &str, fields: &[&str]) -> Diagnostic {
        match self {
            Self::Grammar(detail, _) => Diagnostic::new(code, path, detail.as_str()),
            Self::Unknown(name, _) => {
                let known: Vec<&str> = fields.iter().chain(NAMES).copied().collect();
                let message = format!("nothing here is called `{name}`");
                let mut told = Diagnostic::new("E0302", path, message);
                told.hint = did_you_mean(name, &known);
                told
            }
            Self::Filter(name, _) => {
                let mut told =
                    Diagnostic::new("E0305", path, format!("there is no filter `{name}`"));
                told.hint = did_you_mean(name, filters::USUAL);
                told
            }
        }
    }
}

/// Where a name is used: its first place as a whole word that is no attribute and in no quotes.
fn word(source: &str, name: &str) -> Range<usize> {
    let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
    let is_used = |at: &usize| {
        let before = source.get(..*at).unwrap_or("");
        let after = source.get(at + name.len()..).unwrap_or("");
        let quotes = |quote: char| before.matches(quote).count() % 2 == 1;
        !before.ends_with(|letter| joins(letter) || letter == '.')
            && !after.starts_with(joins)
            && !quotes('\'')
            && !quotes('"')
    };
    let places = source.match_indices(name).map(|(at, _)| at);
    places
        .clone()
        .find(is_used)
        .or(places.into_iter().next())
        .map_or(0..source.len(), |at| at..at + name.len())
}

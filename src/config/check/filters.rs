//! Filters of expressions (`rasse|lower`): those that do not exist would only be noticed when the
//! first item comes in.

use std::ops::Range;

use minijinja::{Environment, ErrorKind};

/// What admins use; named in the advice.
pub(super) const USUAL: &[&str] = &[
    "abs",
    "capitalize",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "lower",
    "replace",
    "round",
    "sort",
    "split",
    "title",
    "trim",
    "unique",
    "upper",
];

/// The filters of a source that are not there, with their bytes.
pub(super) fn unknown(
    environment: &Environment<'_>,
    source: &str,
    is_template: bool,
) -> Vec<(String, Range<usize>)> {
    let exists = |name: &str| {
        let tried = environment.empty_state().apply_filter(name, &[]);
        !tried.is_err_and(|error| matches!(error.kind(), ErrorKind::UnknownFilter))
    };
    let mut used = used(source, is_template);
    used.retain(|(name, _)| !exists(name));
    used
}

/// Every word after a `|` that stands in an expression and in no quotes.
fn used(source: &str, is_template: bool) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let (mut is_inside, mut quote) = (!is_template, None);
    for (at, letter) in source.char_indices() {
        let rest = source.get(at..).unwrap_or("");
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if is_template && (rest.starts_with("{{") || rest.starts_with("{%")) => {
                is_inside = true;
            }
            None if is_template && (rest.starts_with("}}") || rest.starts_with("%}")) => {
                is_inside = false;
            }
            None if is_inside && matches!(letter, '"' | '\'') => quote = Some(letter),
            None if is_inside && letter == '|' => found.extend(word_after(source, at + 1)),
            None => {}
        }
    }
    found
}

fn word_after(source: &str, at: usize) -> Option<(String, Range<usize>)> {
    let rest = source.get(at..)?;
    let word = rest.trim_start();
    let start = at + rest.len() - word.len();
    let length = word.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let name = word.get(..length.unwrap_or(word.len()))?;
    (!name.is_empty()).then(|| (name.to_owned(), start..start + name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, is_template: bool) -> Vec<String> {
        let found = unknown(&Environment::new(), source, is_template);
        found.into_iter().map(|(name, at)| format!("{name} at {}", at.start)).collect()
    }

    #[test]
    fn a_filter_that_does_not_exist_is_found_outside_of_quotes() {
        assert_eq!(check("'a|b' in rasse|lower or rasse | lowr", false), ["lowr at 32"]);
        assert!(check("USUAL|abs", false).is_empty());
    }

    #[test]
    fn in_a_template_only_what_stands_in_braces_counts() {
        let text = "It's | not {{ halter|titel }} a | filter {% if hunde|length > 2 %}{% endif %}";
        assert_eq!(check(text, true), ["titel at 21"]);
    }

    #[test]
    fn every_usual_filter_exists() {
        let text = USUAL.join(" | ");
        assert!(check(&format!("a | {text}"), false).is_empty());
    }
}

//! The words people read, in their language. Admins and operators read English (diagnostics, logs);
//! clerks and citizens read what stands here.
//!
//! To add a language: write `<code>.ftl` beside this file and name it in [`LIST`].

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

/// One language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// ISO 639-1, as in `language = "…"` of `office.toml`.
    pub code: &'static str,
    /// Its own name, for the switch on the pages.
    pub name: &'static str,
    /// Its texts in Fluent's format.
    pub source: &'static str,
}

/// Every language there is, in the order in which the pages offer them.
pub const LIST: &[Language] = &[
    Language { code: "de", name: "Deutsch", source: include_str!("de.ftl") },
    Language { code: "en", name: "English", source: include_str!("en.ftl") },
];

/// Read instead of a language that does not have a text.
pub const FALLBACK: &str = "en";

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<Vec<(&str, Bundle)>> =
    LazyLock::new(|| LIST.iter().map(|language| (language.code, bundle(language))).collect());

/// The language with this code; `de-AT` finds `de`.
pub fn find(code: &str) -> Option<&'static Language> {
    let base = code.split(['-', '_']).next().unwrap_or(code);
    LIST.iter().find(|language| language.code.eq_ignore_ascii_case(base))
}

/// The text of a key. Whole numbers among the arguments select plural forms.
///
/// A text that the language does not have is taken from [`FALLBACK`]; a key that nobody has is
/// returned as it is, which a test keeps from happening.
pub fn text(language: &str, key: &str, args: &[(&str, &str)]) -> String {
    let code = find(language).map_or(FALLBACK, |known| known.code);
    format(code, key, args)
        .or_else(|| format(FALLBACK, key, args))
        .unwrap_or_else(|| key.to_owned())
}

/// Whether a language has a text of its own for a key.
pub fn has(language: &str, key: &str) -> bool {
    find(language).and_then(|known| bundle_of(known.code)).is_some_and(|it| it.has_message(key))
}

fn format(code: &str, key: &str, args: &[(&str, &str)]) -> Option<String> {
    let bundle = bundle_of(code)?;
    let pattern = bundle.get_message(key)?.value()?;
    let args: FluentArgs = args.iter().map(|(name, text)| (*name, value(text))).collect();
    // A missing argument shows as `{$name}` in the text, which is what a person can act on.
    let mut mistakes = Vec::new();
    Some(bundle.format_pattern(pattern, Some(&args), &mut mistakes).into_owned())
}

fn bundle_of(code: &str) -> Option<&'static Bundle> {
    BUNDLES.iter().find(|(known, _)| *known == code).map(|(_, bundle)| bundle)
}

/// Only what prints the same as a number is one: `007` and `+49` stay text.
fn value(text: &str) -> FluentValue<'_> {
    let is_number = text.parse::<u32>().is_ok_and(|number| number.to_string() == text);
    if is_number { FluentValue::try_number(text) } else { FluentValue::from(text) }
}

fn bundle(language: &Language) -> Bundle {
    // A broken entry is left out here and found by the test below.
    let resource = FluentResource::try_new(language.source.to_owned()).unwrap_or_else(|(it, _)| it);
    let mut bundle = Bundle::new_concurrent(language.code.parse().ok().into_iter().collect());
    // Isolation marks (U+2068, U+2069) around arguments would end up in what people copy.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_file_is_well_formed_and_says_nothing_twice() {
        for language in LIST {
            let resource = FluentResource::try_new(language.source.to_owned());
            let resource = resource.map_err(|(_, mistakes)| mistakes).unwrap();
            let mut bundle = Bundle::new_concurrent(Vec::new());
            assert_eq!(bundle.add_resource(resource), Ok(()), "{}.ftl", language.code);
        }
    }

    #[test]
    fn a_text_is_found_in_its_language_and_else_in_english() {
        assert_eq!(text("de", "finding-F0101", &[]), "Pflichtangabe fehlt");
        assert_eq!(text("de-AT", "finding-F0101", &[]), "Pflichtangabe fehlt");
        assert_eq!(text("uk", "finding-F0101", &[]), "A required value is missing");
        assert_eq!(text("de", "nobody-has-this", &[]), "nobody-has-this");
    }

    #[test]
    fn whole_numbers_select_the_plural_and_other_digits_stay_as_written() {
        assert_eq!(text("de", "count-days", &[("count", "1")]), "1 Tag");
        assert_eq!(text("de", "count-days", &[("count", "14")]), "14 Tage");
        assert_eq!(text("en", "count-days", &[("count", "007")]), "007 days");
    }
}

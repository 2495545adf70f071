//! Codes and texts: whatever the source mentions has a page and a text in every language.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use vorlage::errors::codes::{self, CODES};
use vorlage::locale;

#[test]
fn every_code_in_the_source_has_a_page() {
    let mentioned = found_in("rs", r#""([EPFHW]\d{4})""#);
    // `…9999` is what tests take for a code that nobody has.
    let is_unknown = |code: &&String| codes::find(code).is_none() && !code.ends_with("9999");
    let unknown: Vec<&String> = mentioned.iter().filter(is_unknown).collect();
    assert!(unknown.is_empty(), "without a page: {unknown:?}");
}

#[test]
fn every_code_that_people_meet_has_a_title_in_every_language() {
    let mut missing = Vec::new();
    for code in CODES {
        let kind = match code.code.chars().next() {
            Some('P') => "problem",
            Some('F') => "finding",
            Some('H') => "held",
            _ => continue,
        };
        let key = format!("{kind}-{}", code.code);
        let without = locale::LIST.iter().filter(|language| !locale::has(language.code, &key));
        missing.extend(without.map(|language| format!("{}.ftl: {key}", language.code)));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn all_languages_say_the_same_things() {
    let keys = |source: &str| -> BTreeSet<String> {
        let key = Regex::new(r"(?m)^([A-Za-z][\w-]*) *=").unwrap();
        key.captures_iter(source).map(|found| found[1].to_owned()).collect()
    };
    let first = keys(locale::LIST[0].source);
    for language in locale::LIST {
        let other = keys(language.source);
        let differs: Vec<&String> = first.symmetric_difference(&other).collect();
        assert!(differs.is_empty(), "{}.ftl: {differs:?}", language.code);
    }
}

#[test]
fn every_text_that_is_asked_for_exists() {
    let mut asked = found_in("rs", r#"\btext\(\s*(?:"[a-z]+"|[^,;{}\[\]"]*),\s*"([a-z][\w-]*)""#);
    asked.extend(found_in("html", r#"\b(?:t|with|fill)\(\s*"([a-z][\w-]*)""#));
    asked.extend(found_in("rs", r#"\b(?:words|frame)\.(?:t|with|fill)\(\s*"([a-z][\w-]*)""#));
    // What the tests of the module itself ask for in vain.
    asked.remove("nobody-has-this");
    let missing: Vec<&String> =
        asked.iter().filter(|key| !locale::has(locale::FALLBACK, key)).collect();
    assert!(missing.is_empty(), "not in {}.ftl: {missing:#?}", locale::FALLBACK);
    assert!(!asked.is_empty());
}

/// What the first group of a pattern matches in all files of `src/` with an ending.
fn found_in(ending: &str, pattern: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).unwrap();
    let mut found = BTreeSet::new();
    for file in files(Path::new("src"), ending) {
        let text = fs::read_to_string(file).unwrap();
        found.extend(pattern.captures_iter(&text).map(|it| it[1].to_owned()));
    }
    found
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|it| it == ending) {
            found.push(path);
        }
    }
    found
}

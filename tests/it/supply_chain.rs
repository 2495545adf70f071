//! What comes from others, as tests: licences, banned crates and sources, by the rules of `deny.toml`.
//!
//! `cargo deny` checks the same and, with a network, the advisories; these tests need nothing but cargo.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

const REGISTRY: &str = "registry+";

#[test]
fn every_crate_has_a_licence_that_is_allowed() {
    let rules = rules();
    let allowed = texts(&rules["licenses"]["allow"]);
    let crates = crates();
    assert!(crates.len() > 100, "cargo named only {} crates", crates.len());
    let mut wrong = Vec::new();
    for one in &crates {
        let licence = one["license"].as_str().unwrap_or("none");
        if !is_allowed(licence, &allowed) {
            wrong.push(format!("{} {}: {licence}", one["name"], one["version"]));
        }
    }
    assert!(wrong.is_empty(), "not in `licenses.allow` of deny.toml:\n{}", wrong.join("\n"));
}

#[test]
fn no_banned_crate_is_used_and_all_come_from_the_registry() {
    let rules = rules();
    let bans = rules["bans"]["deny"].as_array().unwrap();
    let banned: BTreeSet<&str> = bans.iter().filter_map(|it| it["name"].as_str()).collect();
    assert!(banned.contains("openssl-sys"), "deny.toml bans nothing");
    let lock: toml::Table = toml::from_str(&read("Cargo.lock")).unwrap();
    for one in lock["package"].as_array().unwrap() {
        let name = one["name"].as_str().unwrap();
        assert!(!banned.contains(name), "`{name}` is banned by deny.toml");
        let source = one.get("source").and_then(|it| it.as_str());
        let is_ours = [env!("CARGO_PKG_NAME"), "vorlage-fuzz"].contains(&name);
        assert!(
            is_ours || source.is_some_and(|source| source.starts_with(REGISTRY)),
            "`{name}` comes from {source:?}"
        );
    }
}

#[test]
fn every_accepted_advisory_says_why() {
    let text = read("deny.toml");
    let accepted: Vec<&str> = text.lines().filter(|line| line.contains("\"RUSTSEC-")).collect();
    for line in &accepted {
        let (_, reason) = line.split_once('#').unwrap_or_default();
        let name = reason.trim().split(':').next().unwrap_or_default();
        assert!(reason.contains(':') && reason.len() > 20, "no reason: {line}");
        let still_used = read("Cargo.lock").contains(&format!("name = \"{name}\"\n"));
        assert!(still_used, "`{name}` is used no more: remove it from deny.toml");
    }
}

#[test]
fn a_choice_of_licences_needs_one_and_a_sum_needs_all() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()]);
    for good in ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "MIT AND (GPL-2.0 OR MIT)"] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    assert!(is_allowed("Apache-2.0 WITH LLVM-exception", &allowed));
    for bad in ["Apache-2.0", "MIT AND GPL-3.0", "(MIT OR X) AND Y", "", "none"] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

/// Whether an SPDX expression can be kept with these licences. `/` is the old way to write `OR`.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let answer = any(&mut words, allowed);
    answer && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut answer = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        answer |= all(words, allowed);
    }
    answer
}

fn all(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut answer = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        answer &= one(words, allowed);
    }
    answer
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let answer = any(words, allowed);
        return words.next_if_eq(&")").is_some() && answer;
    }
    let Some(name) = words.next() else { return false };
    match words.next_if_eq(&"WITH").and_then(|_| words.next()) {
        Some(exception) => allowed.contains(&format!("{name} WITH {exception}")),
        None => allowed.contains(name),
    }
}

/// The crates that are really built for this machine, as cargo describes them.
fn crates() -> Vec<Value> {
    let machine = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--offline", "--locked"]);
    cargo.args(["--filter-platform", &machine]);
    let answer = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let told: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let nodes = told["resolve"]["nodes"].as_array().unwrap();
    let used: BTreeSet<&str> = nodes.iter().filter_map(|it| it["id"].as_str()).collect();
    let packages = told["packages"].as_array().unwrap().iter();
    packages.filter(|it| it["id"].as_str().is_some_and(|id| used.contains(id))).cloned().collect()
}

fn rules() -> toml::Table {
    toml::from_str(&read("deny.toml")).unwrap()
}

fn texts(list: &toml::Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().filter_map(|it| Some(it.as_str()?.to_owned())).collect()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

//! What the rules of EN 16931 and of what is built on it (XRechnung, Peppol) say about an invoice.
//!
//! The rules themselves are the work of the crates `en16931` and `en16931-formats`. They run in the
//! child, on text that our own reader has been through: no document type, no encoding but UTF-8.

use std::panic::catch_unwind;

use en16931::Severity;
use en16931_formats::report::{Entry, Layer};
use en16931_formats::{Policy, Received, Recommendation, receive};

use super::einvoice_required::missing;
use crate::domain::{BrokenRule, Fact, RuleCheck, Verdict, Weight};

/// Broken rules of one invoice that are named.
const MOST: usize = 200;

/// What the profiles call themselves (BT-24), the more special before the more general.
const PROFILES: &[(&str, &str)] = &[
    ("xrechnung:cvd", "XRechnung CVD"),
    ("extension:xrechnung", "XRechnung Extension"),
    ("xrechnung_3", "XRechnung 3.0"),
    ("xrechnung_2", "XRechnung 2"),
    ("xrechnung_1", "XRechnung 1"),
    ("peppol.eu:2017:poacc:billing", "Peppol BIS Billing 3.0"),
    ("crossindustrydocument:invoice:1p0:basic", "ZUGFeRD 1.0 BASIC"),
    ("crossindustrydocument:invoice:1p0:comfort", "ZUGFeRD 1.0 COMFORT"),
    ("crossindustrydocument:invoice:1p0:extended", "ZUGFeRD 1.0 EXTENDED"),
    ("crossindustrydocument", "ZUGFeRD 1.0"),
    ("minimum", "ZUGFeRD/Factur-X MINIMUM"),
    ("basicwl", "ZUGFeRD/Factur-X BASIC WL"),
    ("basic", "ZUGFeRD/Factur-X BASIC"),
    ("extended", "ZUGFeRD/Factur-X EXTENDED"),
];

/// The name of the profile that an invoice declares.
pub(super) fn profile(specification: &str) -> String {
    let plain = specification.trim().to_lowercase();
    let known = PROFILES.iter().find(|(part, _)| plain.contains(part));
    match known {
        Some((_, name)) => (*name).to_owned(),
        None if plain == "urn:cen.eu:en16931:2017" => "EN 16931".to_owned(),
        None => specification.trim().chars().take(120).collect(),
    }
}

/// Checks an invoice of which the facts are known.
pub(super) fn check(xml: &str, facts: &[Fact]) -> RuleCheck {
    let specification = facts.iter().find(|fact| fact.name == "BT-24");
    let profile = profile(specification.map_or("", |fact| fact.value.as_str()));
    let unchecked = |profile| RuleCheck {
        profile,
        rule_set: String::new(),
        verdict: Verdict::NotChecked,
        broken: Vec::new(),
        more: 0,
    };
    if profile.starts_with("ZUGFeRD 1.0") {
        return unchecked(profile);
    }
    // The text is ours to declare: it was decoded, whatever its first line says.
    let xml = without_declaration(xml);
    match catch_unwind(|| receive(xml.as_bytes(), &Policy::default())) {
        Ok(received) if received.invoice.is_some() => judged(profile, &received, xml),
        _ => unchecked(profile),
    }
}

fn judged(profile: String, received: &Received, xml: &str) -> RuleCheck {
    let report = &received.report_declared;
    let mut broken: Vec<BrokenRule> = Vec::new();
    for layer in [&report.syntax, &report.schema] {
        broken.extend(entries(layer));
    }
    let findings = report.semantic.report.as_ref().map(|it| it.findings()).unwrap_or_default();
    broken.extend(findings.iter().map(|finding| BrokenRule {
        rule: finding.rule.clone(),
        weight: weight(finding.severity),
        text: finding.message.clone(),
        path: finding.path.to_string(),
        expected: finding.detail.as_ref().map(|it| it.expected.clone()),
        actual: finding.detail.as_ref().map(|it| it.actual.clone()),
    }));
    if received.recommendation != Recommendation::Undefined {
        let unnoticed = missing(xml).into_iter();
        let unnoticed = unnoticed.filter(|it| !broken.iter().any(|known| known.rule == it.rule));
        broken.extend(unnoticed.collect::<Vec<_>>());
    }
    broken.sort_by_key(|it| it.weight);
    let fatal = broken.first().is_some_and(|it| it.weight == Weight::Fatal);
    let known = received.declared.as_ref().is_some_and(|it| it.profile().is_some());
    let verdict = match received.recommendation {
        _ if fatal => Verdict::Broken,
        Recommendation::Undefined => Verdict::Limited,
        _ if !known => Verdict::Limited,
        _ => Verdict::Kept,
    };
    let more = broken.len().saturating_sub(MOST);
    broken.truncate(MOST);
    let rule_set = report.rule_set.as_ref().map(|it| it.profile.clone()).unwrap_or_default();
    RuleCheck { profile, rule_set, verdict, broken, more }
}

/// What does not even fit the schema: doubled elements, values that are none.
fn entries(layer: &Layer) -> impl Iterator<Item = BrokenRule> {
    let wrong = layer.entries.iter().filter(|entry| entry.level() != Severity::Info);
    wrong.map(|entry: &Entry| BrokenRule {
        rule: entry.rule.clone().unwrap_or_else(|| "XML".to_owned()),
        weight: weight(entry.level()),
        text: entry.message.clone(),
        path: entry.term.clone().unwrap_or_else(|| entry.path.clone()),
        expected: None,
        actual: entry.value.as_ref().map(|value| value.chars().take(200).collect()),
    })
}

fn weight(severity: Severity) -> Weight {
    match severity {
        Severity::Fatal => Weight::Fatal,
        Severity::Warning => Weight::Warning,
        Severity::Info => Weight::Information,
    }
}

fn without_declaration(xml: &str) -> &str {
    let xml = xml.trim_start_matches('\u{feff}').trim_start();
    match xml.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")) {
        Some((_, rest)) => rest,
        None => xml,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_named_as_people_know_them() {
        for (specification, name) in [
            ("urn:cen.eu:en16931:2017", "EN 16931"),
            (
                "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
                "XRechnung 3.0",
            ),
            ("urn:factur-x.eu:1p0:basicwl", "ZUGFeRD/Factur-X BASIC WL"),
            ("urn:factur-x.eu:1p0:minimum", "ZUGFeRD/Factur-X MINIMUM"),
            (
                "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
                "ZUGFeRD/Factur-X EXTENDED",
            ),
            ("urn:ferd:CrossIndustryDocument:invoice:1p0:comfort", "ZUGFeRD 1.0 COMFORT"),
            ("something else", "something else"),
        ] {
            assert_eq!(profile(specification), name);
        }
    }

    #[test]
    fn the_declaration_of_the_encoding_is_left_out() {
        assert_eq!(without_declaration("\u{feff}<?xml encoding='x'?><a/>"), "<a/>");
        assert_eq!(without_declaration("<a/>"), "<a/>");
    }
}

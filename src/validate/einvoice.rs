//! What a reviewer has to know of an e-invoice: the rules it breaks, and where its print says otherwise.

use super::print::{Compared, Print, compare};
use crate::config::Class;
use crate::domain::{
    BrokenRule, FieldName, Finding, Form, Method, Parsed, RuleCheck, Severity, Verdict, Weight,
};
use crate::locale;

/// Broken rules of one document that are findings of their own; the document shows all.
const MOST: usize = 10;
/// A difference in one of these sends money elsewhere.
const MONEY: &[&str] = &["BT-84", "BT-112", "BT-115"];

/// The findings about the e-invoices of an item.
pub(super) fn findings(
    class: &Class,
    form: &Form,
    parsed: &Parsed,
    language: &str,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in parsed.documents.iter().filter_map(|document| document.rule_check.as_ref()) {
        findings.extend(rules(class, check, language));
    }
    findings.extend(prints(class, form, &compare(parsed), language));
    findings
}

/// Each broken rule once, the worst first.
fn rules(class: &Class, check: &RuleCheck, language: &str) -> Vec<Finding> {
    let mut seen: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    let profile = [("profile", check.profile.as_str())];
    let about_profile = match check.verdict {
        Verdict::Limited => Some("finding-rules-limited"),
        Verdict::NotChecked if check.profile.starts_with("ZUGFeRD 1") => Some("finding-rules-old"),
        Verdict::NotChecked => Some("finding-rules-unchecked"),
        Verdict::Kept | Verdict::Broken => None,
    };
    let note = |code: &str, message| Finding {
        code: code.to_owned(),
        message,
        severity: Severity::Note,
        ..Finding::default()
    };
    findings.extend(about_profile.map(|key| note("F0503", locale::text(language, key, &profile))));
    for broken in check.broken.iter().filter(|it| it.weight != Weight::Information) {
        if seen.contains(&broken.rule.as_str()) {
            continue;
        }
        seen.push(&broken.rule);
        if seen.len() > MOST {
            continue;
        }
        let fatal = broken.weight == Weight::Fatal;
        let severity = if fatal { class.einvoice.rules } else { Severity::Note };
        findings.push(Finding { severity, ..note("F0502", told(broken, language)) });
    }
    if let more @ 1.. = seen.len().saturating_sub(MOST) {
        let count = more.to_string();
        let message = locale::text(language, "finding-rules-more", &[("count", &count)]);
        findings.push(note("F0502", message));
    }
    findings
}

fn told(broken: &BrokenRule, language: &str) -> String {
    let text = format!("{}.", broken.text.trim_end_matches('.'));
    let mut args = vec![
        ("rule", broken.rule.as_str()),
        ("path", broken.path.as_str()),
        ("text", text.as_str()),
    ];
    match (&broken.expected, &broken.actual) {
        (Some(expected), Some(actual)) => {
            args.extend([("expected", expected.as_str()), ("actual", actual.as_str())]);
            locale::text(language, "finding-rule-sum", &args)
        }
        _ => locale::text(language, "finding-rule-broken", &args),
    }
}

/// What the page says otherwise, and in one line what it does not say.
fn prints(class: &Class, form: &Form, compared: &[Compared], language: &str) -> Vec<Finding> {
    let name = |term: &str| locale::text(language, &format!("term-{term}"), &[]);
    let mut findings = Vec::new();
    for one in compared {
        let Print::Different(print) = &one.print else { continue };
        // Where the form asks only for the total, what is due is looked at there.
        let terms = [one.term, if one.term == "BT-115" { "BT-112" } else { one.term }];
        let holds = |term: &&str| {
            class.fields.iter().find(|(_, field)| field.fact.as_deref() == Some(*term))
        };
        let field = terms.iter().find_map(holds).map(|(name, _)| name.clone());
        let quote = print.quote.split_whitespace().collect::<Vec<_>>().join(" ");
        let term = name(one.term);
        let args = [("term", term.as_str()), ("xml", &one.xml.quote), ("print", &quote)];
        findings.push(Finding {
            code: "F0202".to_owned(),
            severity: severity(class, form, one.term, field.as_ref()),
            field,
            message: locale::text(language, "finding-print-differs", &args),
            evidence: vec![one.xml.clone(), print.clone()],
        });
    }
    let missing = compared.iter().filter(|one| one.print == Print::NotFound);
    let missing: Vec<String> = missing.map(|one| name(one.term)).collect();
    if !missing.is_empty() {
        let terms = missing.join(", ");
        findings.push(Finding {
            code: "F0504".to_owned(),
            message: locale::text(language, "finding-print-missing", &[("terms", &terms)]),
            severity: Severity::Note,
            ..Finding::default()
        });
    }
    findings
}

/// What blocks must be possible to clear: a person who has confirmed or corrected the value has looked.
pub(super) fn severity(
    class: &Class,
    form: &Form,
    term: &str,
    field: Option<&FieldName>,
) -> Severity {
    if !MONEY.contains(&term) {
        return Severity::Warning.min(class.einvoice.print);
    }
    let value = field.and_then(|name| form.get(name));
    match value {
        Some(value) if !value.confirmed && value.method != Method::Person => class.einvoice.print,
        _ => Severity::Warning.min(class.einvoice.print),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verdict: Verdict, rules: &[&str]) -> RuleCheck {
        let broken = |rule: &&str| BrokenRule { rule: (*rule).into(), ..BrokenRule::default() };
        RuleCheck {
            profile: "EN 16931".into(),
            rule_set: "EN 16931".into(),
            verdict,
            broken: rules.iter().map(broken).collect(),
            more: 0,
        }
    }

    fn class(more: &str) -> Class {
        let text = format!(
            "title = \"R\"\ndescription = \"R\"\n[[approval]]\nqueue = \"q\"\n[field.iban]\ntype = \"iban\"\nfact = \"BT-84\"\n{more}"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn a_rule_is_told_once_and_as_heavily_as_the_workflow_says() {
        let broken = check(Verdict::Broken, &["BR-02", "BR-02", "BR-CO-15"]);
        let told = rules(&class(""), &broken, "en");
        let shown: Vec<_> = told.iter().map(|it| (it.code.as_str(), it.severity)).collect();
        assert_eq!(shown, [("F0502", Severity::Warning), ("F0502", Severity::Warning)]);
        let strict = class("[einvoice]\nrules = \"blocking\"");
        assert_eq!(rules(&strict, &broken, "en")[0].severity, Severity::Blocking);
        assert_eq!(rules(&class(""), &check(Verdict::Kept, &[]), "en"), []);
        assert_eq!(rules(&class(""), &check(Verdict::Limited, &[]), "en")[0].code, "F0503");
    }

    #[test]
    fn a_person_who_confirmed_the_account_is_not_blocked() {
        let (class, name) = (class(""), FieldName::from("iban"));
        let value = |confirmed| crate::domain::FieldValue {
            value: Some("DE1".into()),
            method: Method::Xml,
            confirmed,
            ..Default::default()
        };
        let judged = |confirmed| {
            let form = Form::from([(name.clone(), value(confirmed))]);
            severity(&class, &form, "BT-84", Some(&name))
        };
        assert_eq!(judged(false), Severity::Blocking);
        assert_eq!(judged(true), Severity::Warning);
        assert_eq!(severity(&class, &Form::new(), "BT-84", None), Severity::Warning);
    }
}

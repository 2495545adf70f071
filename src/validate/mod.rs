//! Checks the values against the rules of their class. Pure: the same input always gives the same findings.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::config::{Class, Field};
use crate::domain::{FieldName, FieldValue, Finding, Form, ItemId, Method, Parsed, Severity};
use crate::fields::Invalid;
use crate::locale;

pub mod deadlines;
pub mod expressions;
mod einvoice;
mod holidays;
mod instructions;
mod paycode;
mod print;

use expressions::Scope;

/// Checked values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Validated {
    /// The values.
    pub form: Form,
    /// What the reviewer must look at.
    pub findings: Vec<Finding>,
}

/// What a check knows beside the values.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The day of arrival.
    pub arrived: Date,
    /// The present day.
    pub today: Date,
    /// The language of the findings.
    pub language: &'a str,
    /// The office's name.
    pub office: &'a str,
    /// An earlier item with the same values in the class's `duplicate` fields.
    pub earlier: Option<&'a ItemId>,
    /// The item's own name.
    pub item: &'a ItemId,
}

/// All findings about an item's values.
pub fn validate(class: &Class, form: Form, parsed: &Parsed, context: &Context<'_>) -> Validated {
    let mut findings = Vec::new();
    for (name, field) in &class.fields {
        let value = form.get(name).cloned().unwrap_or_default();
        findings.extend(match doubt(field, &value, parsed) {
            Some(doubt) => Some(doubtful(name, field, &doubt, context.language)),
            None => about(name, field, &value, context.language),
        });
    }
    let scope = Scope::new(class, &form, parsed, context);
    for rule in &class.rules {
        let (severity, message) = match scope.holds(&rule.when) {
            Ok(false) => continue,
            Ok(true) => (rule.severity, rule.finding.clone()),
            Err(why) => (Severity::Note, format!("{}: {why}", rule.finding)),
        };
        findings.push(Finding {
            code: "F0301".into(),
            field: rule.field.clone(),
            message,
            severity,
            evidence: Vec::new(),
        });
    }
    if let Some(earlier) = context.earlier {
        let message =
            locale::text(context.language, "finding-same-values", &[("item", &earlier.0)]);
        findings.push(Finding {
            code: "F0501".into(),
            field: None,
            message,
            severity: Severity::Warning,
            evidence: Vec::new(),
        });
    }
    if let Some(passage) = instructions::find(parsed) {
        let message =
            locale::text(context.language, "finding-instruction", &[("passage", &passage)]);
        findings.push(Finding {
            code: "F0601".into(),
            field: None,
            message,
            severity: Severity::Warning,
            evidence: Vec::new(),
        });
    }
    findings.extend(einvoice::findings(class, &form, parsed, context.language));
    findings.extend(paycode::findings(class, &form, parsed, context.language));
    Validated { form, findings }
}

/// What a label announces and a check refuses: a value that is there but cannot be right.
fn doubt(field: &Field, value: &FieldValue, parsed: &Parsed) -> Option<(String, Invalid)> {
    if value.value.is_some() || value.confirmed {
        return None;
    }
    let doubts = field.kind.find()?.doubts?;
    parsed.documents.iter().find_map(|document| {
        let doubt = doubts(&document.text, &field.asked()).into_iter().next()?;
        Some((doubt.span.of(&document.text).to_owned(), doubt.invalid))
    })
}

fn doubtful(name: &FieldName, field: &Field, doubt: &(String, Invalid), language: &str) -> Finding {
    let title = field.title.as_deref().unwrap_or(name.0.as_str());
    let detail = format!("\u{201e}{}\u{201c}: {}", doubt.0, doubt.1.detail);
    let args = [("field", title), ("detail", detail.as_str())];
    Finding {
        code: doubt.1.code.to_owned(),
        field: Some(name.clone()),
        message: locale::text(language, "finding-invalid", &args),
        severity: Severity::Warning,
        evidence: Vec::new(),
    }
}

/// What is to be said about one field.
fn about(name: &FieldName, field: &Field, value: &FieldValue, language: &str) -> Option<Finding> {
    let title = field.title.as_deref().unwrap_or(name.0.as_str());
    let finding = |code: &str, severity, message| {
        Some(Finding {
            code: code.to_owned(),
            field: Some(name.clone()),
            message,
            severity,
            evidence: Vec::new(),
        })
    };
    let Some(text) = &value.value else {
        if !field.required || value.confirmed {
            return None;
        }
        return finding(
            "F0101",
            Severity::Warning,
            locale::text(language, "finding-missing", &[("field", title)]),
        );
    };
    // Of structured values and of a person's the raw text may be in the normal form already.
    let raw = if matches!(value.method, Method::Person) { text } else { &value.raw };
    let others = value.more.iter().flat_map(|it| match it.method {
        Method::Person => [&it.value, &it.value],
        _ => [&it.raw, &it.value],
    });
    let invalid = field.kind.find().and_then(|kind| {
        // An empty cell of a table is no value.
        let mut all = [raw, text].into_iter().chain(others).filter(|it| !it.is_empty());
        all.find_map(|it| (kind.normalise)(it, &field.asked()).err())
    });
    if let Some(invalid) = invalid {
        let args = [("field", title), ("detail", invalid.detail.as_str())];
        return finding(
            invalid.code,
            Severity::Warning,
            locale::text(language, "finding-invalid", &args),
        );
    }
    let unsure = value.confidence < 0.6 && !value.alternatives.is_empty() && !value.confirmed;
    if unsure {
        return finding(
            "F0201",
            Severity::Warning,
            locale::text(language, "finding-several", &[("field", title)]),
        );
    }
    None
}

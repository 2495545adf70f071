//! The rows of the form: value, proof, how it was found, and what to look at.

use super::proof::{Proof, finding_anchor, proof, proofs};
use super::rows::{self, RowTable};
use super::summary::field_label;
use crate::config::{Class, Field};
use crate::domain::{Candidate, FieldName, FieldValue, Finding, Method, Parsed, Severity};
use crate::draft::Draft;
use crate::web::words::Words;

/// Below this confidence a person looks at the field first.
const LOOK_BELOW: f32 = 0.8;

/// One field of the form.
pub(in crate::web) struct FieldRow {
    /// Its name in the workflow.
    pub name: String,
    /// As people read it.
    pub label: String,
    /// How it is typed in.
    pub input: Input,
    /// As it stands in the form now.
    pub value: String,
    /// What may be chosen, and whether it is.
    pub options: Vec<(String, bool)>,
    /// How to write it.
    pub hint: String,
    /// Where it stands.
    pub proofs: Vec<Proof>,
    /// Who or what found it, and how sure that is.
    pub found: String,
    /// Other values that are possible.
    pub alternatives: Vec<Alternative>,
    /// Whether a person said that it is not in the document.
    pub absent: bool,
    /// Whether the draft needs it.
    pub required: bool,
    /// Whether a person has to confirm it.
    pub must_confirm: bool,
    /// Whether a person did.
    pub confirmed: bool,
    /// What to look at.
    pub findings: Vec<FindingRow>,
    /// Whether it needs a person.
    pub attention: bool,
    /// What a screen reader reads after its label.
    pub described_by: String,
    /// Of the first column of a table: the table, with the cells of all its columns.
    pub table: Option<RowTable>,
}

/// How a value is typed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum Input {
    /// One line.
    Line,
    /// Several lines.
    Area,
    /// One of the options.
    Choice,
    /// In the cells of a table that stands before it.
    Cells,
}

/// Another possible value.
pub(in crate::web) struct Alternative {
    /// Counted from 0, as the form sends it.
    pub index: usize,
    /// The value as it would stand in the form.
    pub value: String,
    /// What stands in the source.
    pub raw: String,
    /// Where.
    pub place: String,
}

/// Something to look at.
pub(in crate::web) struct FindingRow {
    /// The code.
    pub code: String,
    /// What it stands for.
    pub title: String,
    /// What exactly.
    pub message: String,
    /// `danger`, `warning` or `info`.
    pub kind: &'static str,
    /// The field it is about.
    pub field: Option<(String, String)>,
    /// The places it speaks of.
    pub proofs: Vec<Proof>,
}

/// A value as it is shown in an input: a day as it is written in the language of the page.
pub(super) fn shown(words: &Words, field: Option<&Field>, value: &str) -> String {
    let is_date = field.is_some_and(|it| it.kind.0 == "date") && words.language.code == "de";
    match value.parse::<jiff::civil::Date>() {
        Ok(date) if is_date => words.day(date),
        _ => value.to_owned(),
    }
}

/// All values of a field as they are shown in its input, one a line.
pub(super) fn lines(words: &Words, field: Option<&Field>, value: &FieldValue) -> String {
    value.values().map(|it| shown(words, field, it)).collect::<Vec<_>>().join("\n")
}

/// What to look at, the worst first.
pub(in crate::web) fn findings(
    words: &Words,
    class: Option<&Class>,
    findings: &[Finding],
    parsed: Option<&Parsed>,
) -> Vec<FindingRow> {
    let mut sorted: Vec<(usize, &Finding)> = findings.iter().enumerate().collect();
    sorted.sort_by_key(|(_, it)| std::cmp::Reverse(it.severity));
    let row = |(number, it): (usize, &Finding)| {
        let places = it.evidence.iter().enumerate();
        let places = places
            .map(|(nth, place)| proof(words, parsed, finding_anchor(number, nth), place))
            .collect();
        FindingRow { proofs: places, ..finding(words, class, it) }
    };
    sorted.into_iter().map(row).collect()
}

fn finding(words: &Words, class: Option<&Class>, finding: &Finding) -> FindingRow {
    let title = words.code(&finding.code);
    let same = finding.message.trim() == title;
    FindingRow {
        code: finding.code.clone(),
        message: if same { String::new() } else { finding.message.clone() },
        title,
        kind: match finding.severity {
            Severity::Note => "info",
            Severity::Warning => "warning",
            Severity::Blocking => "danger",
        },
        field: finding.field.as_ref().map(|name| (name.0.clone(), field_label(class, name))),
        proofs: Vec::new(),
    }
}

/// The rows of the form, in the order the admin wrote the fields.
pub(in crate::web) fn field_rows(
    words: &Words,
    draft: &Draft,
    class: Option<&Class>,
    parsed: Option<&Parsed>,
) -> Vec<FieldRow> {
    let row =
        |(name, value): (&FieldName, &FieldValue)| row(words, draft, class, (name, value, parsed));
    let mut rows: Vec<FieldRow> = draft.form.iter().map(row).collect();
    let Some(class) = class else { return rows };
    for (name, columns) in class.rows() {
        let table = rows::table(words, &draft.form, parsed, (name, &columns));
        let is_first = |row: &&mut FieldRow| columns.iter().any(|(it, _)| it.0 == row.name);
        if let Some(first) = rows.iter_mut().find(is_first) {
            first.table = Some(table);
        }
    }
    rows
}

fn row(
    words: &Words,
    draft: &Draft,
    class: Option<&Class>,
    (name, value, parsed): (&FieldName, &FieldValue, Option<&Parsed>),
) -> FieldRow {
    let field = class.and_then(|class| class.fields.get(name));
    let about = |it: &&Finding| it.field.as_ref() == Some(name);
    let findings: Vec<FindingRow> =
        draft.findings.iter().filter(about).map(|it| finding(words, class, it)).collect();
    let text = lines(words, field, value);
    let unconfirmed = draft.unconfirmed.contains(name);
    let required = field.is_some_and(|it| it.required);
    let absent = value.value.is_none() && value.method == Method::Person;
    let by_machine = value.method != Method::Person;
    let unsure = by_machine && value.value.is_some() && value.confidence < LOOK_BELOW;
    let missing = required && value.value.is_none() && !absent;
    let open = value.alternatives.len() > 1 && value.value.is_none() && !absent;
    let mut row = FieldRow {
        name: name.0.clone(),
        label: field_label(class, name),
        input: input(field, &text),
        options: options(field, &text),
        hint: hint(words, field),
        // Each cell of a table has its own proof beside it.
        proofs: match field.is_some_and(|it| it.rows.is_some()) {
            true => Vec::new(),
            false => proofs(words, parsed, &name.0, value.proofs().chain(&value.empty)),
        },
        found: found(words, value),
        alternatives: alternatives(words, field, value, parsed),
        absent,
        required,
        // What is not there cannot be confirmed; what a person writes needs no confirmation.
        must_confirm: value.value.is_some() && field.map_or(unconfirmed, |it| it.must_confirm),
        confirmed: !unconfirmed,
        attention: missing || unsure || unconfirmed || open || !findings.is_empty(),
        findings,
        value: text,
        described_by: String::new(),
        table: None,
    };
    row.described_by = described_by(&row);
    row
}

fn input(field: Option<&Field>, text: &str) -> Input {
    match field {
        Some(field) if field.rows.is_some() => Input::Cells,
        Some(field) if !field.options.is_empty() => Input::Choice,
        Some(field) if field.several => Input::Area,
        _ if text.contains('\n') || text.chars().count() > 60 => Input::Area,
        _ => Input::Line,
    }
}

fn options(field: Option<&Field>, text: &str) -> Vec<(String, bool)> {
    let Some(field) = field.filter(|it| !it.options.is_empty()) else { return Vec::new() };
    let known = text.is_empty() || field.options.iter().any(|it| it == text);
    let more = (!known).then(|| (text.to_owned(), true));
    field.options.iter().map(|it| (it.clone(), it == text)).chain(more).collect()
}

fn hint(words: &Words, field: Option<&Field>) -> String {
    let kind = field.map_or("", |it| it.kind.0.as_str());
    let mut hint = words.or(&format!("hint-{kind}"), "");
    if field.is_some_and(|it| it.several && it.rows.is_none()) {
        hint = format!("{} {hint}", words.t("hint-several")).trim_end().to_owned();
    }
    hint
}

fn found(words: &Words, value: &FieldValue) -> String {
    if value.empty.is_some() && value.method == Method::NotFound {
        return words.t("method-empty");
    }
    let method = words.method(value.method);
    let certain = matches!(value.method, Method::Person | Method::NotFound);
    if certain || value.value.is_none() {
        return method;
    }
    let (sure, percent) = (words.confidence(value.confidence), words.percent(value.confidence));
    format!("{method}, {sure} ({percent})")
}

fn alternatives(
    words: &Words,
    field: Option<&Field>,
    value: &FieldValue,
    parsed: Option<&Parsed>,
) -> Vec<Alternative> {
    let other = |it: &(usize, &Candidate)| value.values().all(|shown| shown != it.1.value);
    let row = |(index, it): (usize, &Candidate)| {
        let proofs = proofs(words, parsed, "", it.evidence.iter().take(1));
        Alternative {
            index,
            value: shown(words, field, &it.value),
            raw: if it.raw.trim() == it.value { String::new() } else { it.raw.trim().to_owned() },
            place: proofs.into_iter().next().map(|it| it.place).unwrap_or_default(),
        }
    };
    value.alternatives.iter().enumerate().filter(other).take(9).map(row).collect()
}

fn described_by(row: &FieldRow) -> String {
    let mut ids = Vec::new();
    if !row.findings.is_empty() {
        ids.push(format!("w-{}", row.name));
    }
    if !row.hint.is_empty() {
        ids.push(format!("h-{}", row.name));
    }
    ids.push(format!("m-{}", row.name));
    ids.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn rows(language: &str) -> Vec<FieldRow> {
        let view = samples::item();
        let words = Words::new(language, "Europe/Berlin");
        field_rows(&words, view.draft.as_ref().unwrap(), None, view.parsed.as_ref())
    }

    #[test]
    fn a_field_that_is_sure_and_proven_needs_nobody() {
        let rows = rows("de");
        let needs: Vec<&str> =
            rows.iter().filter(|it| it.attention).map(|it| it.name.as_str()).collect();
        assert_eq!(needs, ["halter", "chip", "rasse"]);
    }

    #[test]
    fn a_day_is_written_as_in_the_language_of_the_page() {
        let field = Field { kind: crate::fields::TypeName("date".to_owned()), ..Field::default() };
        let german = Words::new("de", "Europe/Berlin");
        assert_eq!(shown(&german, Some(&field), "2026-03-12"), "12.03.2026");
        assert_eq!(shown(&german, None, "2026-03-12"), "2026-03-12");
        assert_eq!(shown(&Words::new("en", "UTC"), Some(&field), "2026-03-12"), "2026-03-12");
    }

    #[test]
    fn the_proof_stands_under_the_field_with_its_surroundings() {
        let rows = rows("de");
        let proof = &rows[0].proofs[0];
        assert_eq!((proof.quote.as_str(), proof.anchor.as_str()), ("Müller, Jana", "e-halter"));
        assert!(proof.before.ends_with("Halterin: "), "{}", proof.before);
    }
}

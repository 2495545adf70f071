//! The form a person sees: values with their proof, and what to look at.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Area, Document, Fact, FieldName, Span};

/// The fields of a class in the order the admin wrote them.
pub type Form = IndexMap<FieldName, FieldValue>;

/// What one field holds, where it was found and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldValue {
    /// The value in the normal form of its field type (a date as `2026-03-12`); `None` when nothing was found.
    pub value: Option<String>,
    /// The value as it stands in the source.
    pub raw: String,
    /// Where it stands. Never empty for a value that no person typed.
    pub evidence: Vec<Evidence>,
    /// Who or what found it.
    pub method: Method,
    /// How sure we are, 0 to 1.
    pub confidence: f32,
    /// How sure we claimed to be, where reviewed values have put that right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<f32>,
    /// Other values that were possible, best first.
    pub alternatives: Vec<Candidate>,
    /// Of a field that takes several values: all but the first, in the order they stand, each with its own proof.
    /// Of a column of a table an empty cell is an empty value without a proof, so that rows stay rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<Candidate>,
    /// Where the field's label stands with nothing beside it: the form has the field and nobody filled it in.
    /// `None` for a value that was found, and for one the document does not ask about at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty: Option<Evidence>,
    /// A person has looked at the value and said that it is right.
    #[serde(default)]
    pub confirmed: bool,
}

/// A possible value of a field, with its proof.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// In the normal form of its field type.
    pub value: String,
    /// As it stands in the source.
    pub raw: String,
    /// Where it stands.
    pub evidence: Vec<Evidence>,
    /// Who or what found it.
    pub method: Method,
}

/// Where in an item a value stands, so that a person can check it at a glance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which of the item's documents, counted from 0.
    pub document: usize,
    /// Counted from 1; `None` for formats without pages.
    pub page: Option<u32>,
    /// In the document's text; `None` for a value from a structure ([`Evidence::path`]).
    pub span: Option<Span>,
    /// What stands there.
    pub quote: String,
    /// The boxes on the page, one per line.
    pub areas: Vec<Area>,
    /// The XML path or form field.
    pub path: Option<String>,
}

/// Who or what found a value, most trusted first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A person typed or chose it.
    Person,
    /// It stands in structured XML.
    Xml,
    /// It stands in a field of a PDF form.
    FormField,
    /// It stands in a barcode or QR code.
    Barcode,
    /// The header of the mail says so.
    Header,
    /// A recogniser found exactly one.
    Recognised,
    /// The model chose among what recognisers found.
    Chosen,
    /// The model copied a passage of the text.
    Copied,
    /// Nothing was found.
    #[default]
    NotFound,
}

/// Something a reviewer must look at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// A code that `vorlage explain` knows, such as `F0402`.
    pub code: String,
    /// The field it is about, if it is about one.
    pub field: Option<FieldName>,
    /// What a person reads, in the office's language.
    pub message: String,
    /// Whether it stops the approval.
    pub severity: Severity,
    /// The places it speaks of, if it speaks of some: two that say different things.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// What a finding asks of the reviewer.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    #[default]
    Note,
    /// Look here before you approve.
    Warning,
    /// Cannot be approved like this.
    Blocking,
}

impl FieldValue {
    /// All its values, in the order they stand.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.value.as_deref().into_iter().chain(self.more.iter().map(|it| it.value.as_str()))
    }

    /// All its values, one a line: as a person edits them.
    pub fn lines(&self) -> Option<String> {
        self.value.as_ref()?;
        Some(self.values().collect::<Vec<_>>().join("\n"))
    }

    /// The proofs of all its values, in their order.
    pub fn proofs(&self) -> impl Iterator<Item = &Evidence> {
        self.evidence.iter().chain(self.more.iter().flat_map(|it| &it.evidence))
    }

    /// The value that these candidates are together: the first, and the others beside it.
    pub fn of_all(candidates: Vec<Candidate>, confidence: f32) -> Self {
        let mut rest = candidates.into_iter();
        let Some(Candidate { value, raw, evidence, method }) = rest.next() else {
            return Self::default();
        };
        let (value, more) = (Some(value), rest.collect());
        Self { value, raw, evidence, method, confidence, more, ..Self::default() }
    }
}

impl Evidence {
    /// The proof that a fact is; for one from a code, the code's place on the page.
    pub fn of_fact(index: usize, document: &Document, fact: &Fact) -> Self {
        let code = document.code_of(fact);
        Self {
            document: index,
            page: code.map(|it| it.page),
            span: None,
            quote: fact.value.clone(),
            areas: code.map(|it| it.area).into_iter().collect(),
            path: Some(fact.path.clone()),
        }
    }

    /// The proof that a range of a document's text is.
    pub fn in_text(index: usize, document: &Document, span: Span) -> Self {
        Self::quoting(index, document, span, span.of(&document.text))
    }

    /// The same where the text of the range is known already: to count its characters from the
    /// beginning takes as long as the document is.
    pub fn quoting(index: usize, document: &Document, span: Span, quote: &str) -> Self {
        Self {
            document: index,
            page: document.page_of(span),
            span: Some(span),
            quote: quote.to_owned(),
            areas: document.areas_of(span),
            path: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(value: &str) -> Candidate {
        let evidence = vec![Evidence { quote: value.into(), ..Evidence::default() }];
        Candidate { value: value.into(), raw: value.into(), evidence, method: Method::Recognised }
    }

    #[test]
    fn several_values_each_keep_their_own_proof() {
        let value = FieldValue::of_all(vec![candidate("A"), candidate("B")], 0.9);
        assert_eq!(value.lines().as_deref(), Some("A\nB"));
        let quotes: Vec<&str> = value.proofs().map(|it| it.quote.as_str()).collect();
        assert_eq!(quotes, ["A", "B"]);
        assert_eq!(FieldValue::of_all(Vec::new(), 0.9), FieldValue::default());
    }

    #[test]
    fn what_was_stored_before_there_were_several_values_is_read() {
        let stored = r#"{"value": "A", "raw": "A", "evidence": [], "method": "chosen",
            "confidence": 0.5, "alternatives": []}"#;
        let value: FieldValue = serde_json::from_str(stored).unwrap();
        assert_eq!((value.lines().as_deref(), value.empty), (Some("A"), None));
        let again = serde_json::to_value(FieldValue::default()).unwrap();
        assert!(again.get("more").is_none() && again.get("empty").is_none(), "{again}");
    }
}

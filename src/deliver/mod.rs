//! What leaves the house: only what was approved, and under a key that makes the second time a no-op.

use jiff::Timestamp;
use serde_json::json;

use crate::config::{Class, Field};
use crate::connectors::{Error, File, Mail, Output, Parcel, Receipt};
use crate::domain::{ConnectorName, FieldName, FieldValue, ItemId, Parsed};
use crate::draft::Draft;
use crate::review::Approved;
use crate::validate::expressions::shown_field;

mod loops;

/// What a parcel is made of, beside the approval.
pub struct Contents<'a> {
    /// The item.
    pub item: &'a ItemId,
    /// Its class.
    pub class: &'a Class,
    /// What was read.
    pub parsed: &'a Parsed,
    /// The received bytes, with a name made by us.
    pub original: File,
    /// Of the reply, as it was fixed at the approval.
    pub message_id: String,
}

/// Sends an approved draft through one output.
pub async fn deliver(
    output: &dyn Output,
    to: &ConnectorName,
    contents: Contents<'_>,
    approved: &Approved,
) -> Result<Receipt, Error> {
    loops::may_leave(output, contents.parsed, approved.draft())?;
    output.send(&parcel(to, contents, approved)).await
}

/// The parcel of one delivery; the same for every attempt.
fn parcel(to: &ConnectorName, contents: Contents<'_>, approved: &Approved) -> Parcel {
    let draft = approved.draft();
    let files: Vec<File> = draft
        .letter
        .iter()
        .map(|letter| File {
            name: letter.name.clone(),
            media_type: letter.media_type.clone(),
            bytes: letter.bytes.clone(),
        })
        .collect();
    Parcel {
        key: format!("{}-{to}", contents.item),
        item: contents.item.clone(),
        class: draft.class.to_string(),
        mail: mail(&contents, approved, &files),
        form: form(&contents, approved),
        row: row(contents.class, draft),
        files,
        original: Some(contents.original),
    }
}

/// The reply in the thread of the mail it answers (RFC 5322, section 3.6.4).
fn mail(contents: &Contents<'_>, approved: &Approved, files: &[File]) -> Option<Mail> {
    let reply = approved.draft().reply.as_ref()?;
    let envelope = contents.parsed.envelope.as_ref()?;
    let mut references = envelope.references.clone();
    references.extend(envelope.message_id.clone());
    references.dedup();
    Some(Mail {
        message_id: contents.message_id.clone(),
        date: approved_at(approved),
        to: reply.to.clone(),
        subject: reply.subject.clone(),
        text: reply.text.clone(),
        in_reply_to: envelope.message_id.clone(),
        references,
        files: files.to_vec(),
    })
}

fn approved_at(approved: &Approved) -> Timestamp {
    approved.decisions().last().map(|decision| decision.at).unwrap_or_default()
}

/// The form for other programs: values with proof, and who approved them.
fn form(contents: &Contents<'_>, approved: &Approved) -> serde_json::Value {
    let draft = approved.draft();
    let fields: serde_json::Map<String, serde_json::Value> = draft
        .form
        .iter()
        .map(|(name, value)| {
            let mut body = json!({
                "value": value.value,
                "raw": value.raw,
                "method": value.method,
                "confidence": value.confidence,
                "evidence": value.evidence,
            });
            if contents.class.fields.get(name).is_some_and(|field| field.several) {
                // The others of a field that takes several, each with its own proof.
                body["more"] = json!(value.more);
            }
            (name.0.clone(), body)
        })
        .collect();
    json!({
        "item": contents.item,
        "class": draft.class.to_string(),
        "fields": fields,
        "rows": rows(contents.class, draft),
        "findings": draft.findings,
        "deadlines": draft.deadlines,
        "reply": draft.reply,
        "approved": approved.decisions(),
        "original": contents.original.name,
    })
}

/// The rows of its tables, by their names: a value for each column, and `null` for an empty cell.
fn rows(class: &Class, draft: &Draft) -> serde_json::Value {
    let table = |columns: &[(&FieldName, &Field)]| -> serde_json::Value {
        let cells = |name: &FieldName| -> Vec<&str> {
            draft.form.get(name).into_iter().flat_map(FieldValue::values).collect()
        };
        let columns: Vec<(&str, Vec<&str>)> =
            columns.iter().map(|(name, _)| (name.0.as_str(), cells(name))).collect();
        let count = columns.iter().map(|(_, cells)| cells.len()).max().unwrap_or_default();
        let row = |nth: usize| -> serde_json::Value {
            let cell = |(name, cells): &(&str, Vec<&str>)| {
                let text = cells.get(nth).filter(|text| !text.is_empty());
                ((*name).to_owned(), json!(text))
            };
            columns.iter().map(cell).collect::<serde_json::Map<_, _>>().into()
        };
        (0..count).map(row).collect()
    };
    let all = class.rows();
    let tables = all.iter().map(|(name, columns)| ((*name).to_owned(), table(columns)));
    tables.collect::<serde_json::Map<_, _>>().into()
}

fn row(class: &Class, draft: &Draft) -> Vec<(String, String)> {
    let cell = |(name, value): (&FieldName, &FieldValue)| {
        let title = class
            .fields
            .get(name)
            .and_then(|field| field.title.clone())
            .unwrap_or_else(|| name.0.clone());
        let texts = value.values().map(|it| shown_field(class, name, it, &draft.language));
        (title, texts.collect::<Vec<_>>().join("; "))
    };
    draft.form.iter().map(cell).collect()
}

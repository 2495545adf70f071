//! What a schema says of one value, and how a person calls it.

use serde_json::Value as Json;

use super::super::tree::Value;
use crate::errors::list;

/// The words that are allowed, if the schema is a list of words.
pub(super) fn words(schema: &Json) -> Option<Vec<&str>> {
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return Some(words.iter().filter_map(Json::as_str).collect());
    }
    if let Some(word) = schema.get("const").and_then(Json::as_str) {
        return Some(vec![word]);
    }
    // Each word with its own description.
    let others = schema.get("oneOf").and_then(Json::as_array)?;
    let words: Option<Vec<Vec<&str>>> = others.iter().map(words).collect();
    Some(words?.concat())
}

/// The keys a table may have.
pub(super) fn names(schema: &Json) -> Vec<&str> {
    let known = schema.get("properties").and_then(Json::as_object);
    known.into_iter().flat_map(|known| known.keys()).map(String::as_str).collect()
}

pub(super) fn is_null(schema: &Json) -> bool {
    schema.get("type").and_then(Json::as_str) == Some("null")
}

/// The JSON types a schema allows; none for a schema that allows all.
pub(super) fn types(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(one)) => vec![one.as_str()],
        Some(Json::Array(several)) => {
            several.iter().filter_map(Json::as_str).filter(|one| *one != "null").collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn fits(value: &Value, schema: &Json) -> bool {
    let types = types(schema);
    let fitting: &[&str] = match value {
        Value::Text(_) => &["string"],
        Value::Whole(_) => &["integer", "number"],
        Value::Decimal(_) => &["number"],
        Value::Truth(_) => &["boolean"],
        Value::Date => &[],
        Value::List(_) => &["array"],
        Value::Table(_) => &["object"],
    };
    types.is_empty() || types.iter().any(|one| fitting.contains(one))
}

pub(super) fn type_name(schema_type: &str) -> &str {
    match schema_type {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a table",
        other => other,
    }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "a text",
        Value::Whole(_) => "a whole number",
        Value::Decimal(_) => "a number with decimals",
        Value::Truth(_) => "`true` or `false`",
        Value::Date => "a date",
        Value::List(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// How the same value is written in the type that is wanted.
pub(super) fn spelling(value: &Value, expected: &[&str], schema: &Json) -> Option<String> {
    let wanted = |one: &str| expected.contains(&one);
    match value {
        Value::Text(text) if wanted("array") => Some(format!("write `[\"{text}\"]`")),
        Value::Text(text) if wanted("boolean") && matches!(text.as_str(), "true" | "false") => {
            Some(format!("write `{text}` without quotes"))
        }
        Value::Text(text)
            if text.parse::<f64>().is_ok() && (wanted("integer") || wanted("number")) =>
        {
            Some(format!("write `{text}` without quotes"))
        }
        Value::Whole(number) if wanted("string") => Some(format!("write `\"{number}\"`")),
        Value::Decimal(_) | Value::Truth(_) | Value::Date if wanted("string") => {
            Some("write it in quotes".to_owned())
        }
        Value::Table(_) if wanted("array") => {
            Some("write its header in double brackets: `[[…]]`".to_owned())
        }
        Value::List(_) if wanted("object") => {
            Some("write its header in single brackets: `[…]`".to_owned())
        }
        _ if wanted("object") => {
            let names = names(schema);
            (!names.is_empty()).then(|| format!("it has the keys {}", list(&names)))
        }
        _ => None,
    }
}

//! Compares a file with the JSON Schema of its type. Every difference is told with its place, so
//! that an editor (which reads the schema) and the program say the same.

mod types;

use serde_json::Value as Json;
use types::{fits, is_null, kind, names, spelling, type_name, types, words};

use super::secret;
use super::tree::{Node, Value};
use crate::errors::{Diagnostic, did_you_mean, list, similar};

/// All that does not fit.
pub(super) fn check(file: &str, tree: &Node, schema: &Json) -> Vec<Diagnostic> {
    let mut check = Check { file, root: schema, found: Vec::new() };
    check.value(tree, schema, "the file");
    check.found
}

struct Check<'a> {
    file: &'a str,
    root: &'a Json,
    found: Vec<Diagnostic>,
}

impl<'a> Check<'a> {
    /// `name` is what a person calls the value.
    fn value(&mut self, node: &Node, schema: &'a Json, name: &str) {
        let schema = self.resolve(schema);
        if schema.get("title").and_then(Json::as_str) == Some("Secret") && node.text().is_some() {
            self.found.push(secret::in_clear_text(self.file, node, name));
            return;
        }
        if let Some(words) = words(schema) {
            return self.word(node, &words, name);
        }
        if let Some(others) = schema.get("oneOf").or(schema.get("anyOf")).and_then(Json::as_array) {
            return self.one_of(node, others, name);
        }
        if !fits(&node.value, schema) {
            return self.wrong_type(node, schema, name);
        }
        match &node.value {
            Value::Whole(number) => self.range(node, schema, name, *number as f64),
            Value::Decimal(number) => self.range(node, schema, name, *number),
            Value::Table(entries) => self.table(node, entries, schema, name),
            Value::List(items) => {
                let each = schema.get("items").unwrap_or(&Json::Null);
                let name = format!("an entry of {name}");
                items.iter().for_each(|item| self.value(item, each, &name));
            }
            _ => {}
        }
    }

    /// Follows references until there is a schema that says something.
    fn resolve(&self, schema: &'a Json) -> &'a Json {
        let mut schema = schema;
        while let Some(path) = schema.get("$ref").and_then(Json::as_str) {
            let Some(target) = self.root.pointer(path.trim_start_matches('#')) else { break };
            schema = target;
        }
        let only = schema.get("allOf").and_then(Json::as_array).and_then(|all| all.first());
        match schema.get("anyOf").and_then(Json::as_array).map(Vec::as_slice) {
            // An optional value: TOML has no null, so the other one counts.
            Some([first, second]) if is_null(second) => self.resolve(first),
            Some([first, second]) if is_null(first) => self.resolve(second),
            _ => only.map_or(schema, |only| self.resolve(only)),
        }
    }

    /// Several shapes are allowed: silent if one fits, else what is wrong with the nearest.
    fn one_of(&mut self, node: &Node, others: &'a [Json], name: &str) {
        let mut best: Option<Vec<Diagnostic>> = None;
        for other in others.iter().filter(|other| !is_null(other)) {
            let mut attempt = Check { file: self.file, root: self.root, found: Vec::new() };
            attempt.value(node, other, name);
            if best.as_ref().is_none_or(|best| attempt.found.len() < best.len()) {
                best = Some(attempt.found);
            }
        }
        self.found.extend(best.unwrap_or_default());
    }

    fn word(&mut self, node: &Node, words: &[&str], name: &str) {
        let Some(text) = node.text() else {
            let message = format!("{name} must be a text, not {}", kind(&node.value));
            let hint = format!("possible: {}", list(words));
            return self.found.push(self.wrong("E0104", node, message).hint(hint));
        };
        if words.contains(&text) {
            return;
        }
        let message = format!("{name} cannot be `{text}`");
        let hint = match similar(text, words.iter().copied()) {
            Some(other) => format!("did you mean `{other}`?"),
            None => format!("possible: {}", list(words)),
        };
        self.found.push(self.wrong("E0105", node, message).hint(hint));
    }

    fn wrong_type(&mut self, node: &Node, schema: &Json, name: &str) {
        let expected = types(schema);
        let names: Vec<&str> = expected.iter().map(|one| type_name(one)).collect();
        let message = format!("{name} must be {}, not {}", names.join(" or "), kind(&node.value));
        let mut diagnostic = self.wrong("E0104", node, message);
        diagnostic.hint = spelling(&node.value, &expected, schema);
        self.found.push(diagnostic);
    }

    fn range(&mut self, node: &Node, schema: &Json, name: &str, number: f64) {
        let limit = |key: &str| schema.get(key).and_then(Json::as_f64);
        let (least, most) = (limit("minimum"), limit("maximum"));
        let low = least.is_some_and(|least| number < least) || number.is_nan();
        if !low && most.is_none_or(|most| number <= most) {
            return;
        }
        let hint = match (least, most) {
            (Some(least), Some(most)) => format!("from {least} to {most}"),
            (Some(least), None) => format!("{least} or more"),
            (None, Some(most)) => format!("{most} or less"),
            (None, None) => return,
        };
        let message = format!("{name} cannot be {number}");
        self.found.push(self.wrong("E0106", node, message).hint(hint));
    }

    fn table(&mut self, node: &Node, entries: &[(String, Node)], schema: &'a Json, name: &str) {
        let known = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties");
        for (key, value) in entries {
            match (known.and_then(|known| known.get(key)), others) {
                (Some(schema), _) => self.value(value, schema, &format!("`{key}`")),
                (None, Some(Json::Bool(false))) => self.unknown_key(node, key, value, schema),
                (None, Some(schema)) => self.value(value, schema, &format!("`{key}`")),
                (None, None) => {}
            }
        }
        let required = schema.get("required").and_then(Json::as_array);
        for key in required.into_iter().flatten().filter_map(Json::as_str) {
            if node.get(key).is_none() {
                self.missing_key(node, key, schema);
            }
        }
        let limit = |key: &str| schema.get(key).and_then(Json::as_u64).map(|limit| limit as usize);
        let few = limit("minProperties").is_some_and(|least| entries.len() < least);
        if few || limit("maxProperties").is_some_and(|most| entries.len() > most) {
            let names = names(schema);
            let message = format!("{name} needs exactly one of {}", list(&names));
            self.found.push(self.wrong("E0108", node, message));
        }
    }

    fn unknown_key(&mut self, table: &Node, key: &str, value: &Node, schema: &Json) {
        let absent = |name: &&str| table.get(name).is_none();
        let names = names(schema);
        let free: Vec<&str> = names.iter().copied().filter(absent).collect();
        let mut diagnostic = Diagnostic::new("E0102", self.file, format!("unknown key `{key}`"))
            .at(Some(value.key.clone()));
        // A similar key that is there already is not what was meant.
        diagnostic.hint = did_you_mean(key, &free).or_else(|| did_you_mean(key, &names));
        self.found.push(diagnostic);
    }

    fn missing_key(&mut self, table: &Node, key: &str, schema: &Json) {
        let mut diagnostic = self.wrong("E0103", table, format!("`{key}` is missing here"));
        let about = schema.pointer(&format!("/properties/{key}/description"));
        diagnostic.hint = about.and_then(Json::as_str).map(|about| format!("`{key}`: {about}"));
        self.found.push(diagnostic);
    }

    fn wrong(&self, code: &'static str, node: &Node, message: String) -> Diagnostic {
        Diagnostic::new(code, self.file, message).at(Some(node.span.clone()))
    }
}

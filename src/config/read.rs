//! Reads one TOML file into its type, or tells every mistake in it with its place.

use std::ops::Range;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::tree::Node;
use super::{schema, syntax};
use crate::errors::{Diagnostic, tidy};

/// A value with the places of all its parts.
#[derive(Clone, Debug)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    tree: Node,
}

impl<T> Located<T> {
    /// The bytes of the value at a path of keys (array items as `0`, `1`, …); the nearest parent if there is none.
    ///
    /// A table with a header has the place of its header. `None` for the file as a whole.
    pub fn at(&self, path: &[&str]) -> Option<Range<usize>> {
        self.nearest(path).map(|node| node.span.clone())
    }

    /// The bytes of the last key of a path; of the nearest parent's key if there is none.
    pub fn key_at(&self, path: &[&str]) -> Option<Range<usize>> {
        self.nearest(path).map(|node| node.key.clone())
    }

    fn nearest(&self, path: &[&str]) -> Option<&Node> {
        let mut found = None;
        let mut node = &self.tree;
        for key in path {
            let Some(next) = node.step(key) else { break };
            (node, found) = (next, Some(next));
        }
        found
    }
}

/// Reads a file. Every mistake is told, not only the first.
pub fn read<T: DeserializeOwned + JsonSchema>(
    file: &str,
    text: &str,
) -> Result<Located<T>, Vec<Diagnostic>> {
    let (tree, value, found) = read_all::<T>(file, text);
    match value {
        Some(value) => Ok(Located { value, tree }),
        None => Err(found),
    }
}

/// The same, but with the tree also of a file that has mistakes, for the checks that come after.
pub(super) fn read_all<T: DeserializeOwned + JsonSchema>(
    file: &str,
    text: &str,
) -> (Node, Option<T>, Vec<Diagnostic>) {
    let (tree, mistakes) = Node::parse(text);
    let syntax = syntax::Mistakes::of(file, text, &tree, &mistakes);
    let mut found = schema::check(file, &tree, &schema_of::<T>());
    found.retain(|diagnostic| syntax.leaves(text, diagnostic));
    found.extend(syntax.found);
    if !found.is_empty() {
        return (tree, None, tidy(found));
    }
    match toml::from_str::<T>(text) {
        Ok(value) => (tree, Some(value), Vec::new()),
        Err(error) => {
            // What no schema can say, such as a text with a form of its own.
            let diagnostic = Diagnostic::new("E0108", file, error.message()).at(error.span());
            (tree, None, vec![diagnostic])
        }
    }
}

/// The JSON Schema of a type, for editors.
pub fn schema_of<T: JsonSchema>() -> serde_json::Value {
    schemars::schema_for!(T).to_value()
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Workflow};
    use super::*;

    const SETTINGS: &str = r#"
name = "Musterstadt"
region = "DE-RP"
post_room = "post"
[queue.post]
title = "Post"
[role.all]
title = "Alle"
queues = ["post", "*"]
[policy]
"#;

    #[test]
    fn every_value_and_every_key_has_its_place() {
        let located = read::<Settings>("office.toml", SETTINGS).unwrap();
        let text = |at: Option<Range<usize>>| SETTINGS.get(at.unwrap()).unwrap();
        assert_eq!(text(located.at(&["name"])), "\"Musterstadt\"");
        assert_eq!(text(located.key_at(&["name"])), "name");
        assert_eq!(text(located.at(&["role", "all", "queues", "1"])), "\"*\"");
        assert_eq!(text(located.at(&["queue", "post", "nothing"])), "[queue.post]");
        assert_eq!(located.at(&[]), None);
    }

    #[test]
    fn a_file_without_mistakes_is_read_into_its_type() {
        let settings = read::<Settings>("office.toml", SETTINGS).unwrap().value;
        assert_eq!(settings.language, "de");
        assert_eq!(settings.policy.automation_level, 1);
    }

    #[test]
    fn an_empty_file_misses_all_that_is_required() {
        let found = read::<Workflow>("workflows/a.toml", "").unwrap_err();
        assert_eq!(found.len(), 7);
        assert!(found.iter().all(|diagnostic| diagnostic.code == "E0103"));
    }
}

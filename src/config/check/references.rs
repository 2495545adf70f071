//! Names that stand for something elsewhere: each must be there.

use super::{Checks, Sheet, did_you_mean};
use crate::config::tree::Node;

/// What a name stands for.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Queue,
    Connector,
    Field,
    Class,
}

impl Kind {
    fn code_and_noun(self) -> (&'static str, &'static str) {
        match self {
            Self::Queue => ("E0207", "queue"),
            Self::Connector => ("E0202", "connector"),
            Self::Field => ("E0221", "field"),
            Self::Class => ("E0220", "class"),
        }
    }
}

impl Checks<'_> {
    /// A value that must be one of the known names. What is no text was told before.
    pub(super) fn refers(&mut self, path: &str, node: &Node, kind: Kind, known: &[&str]) {
        if let Some(name) = node.text().filter(|name| !known.contains(name)) {
            self.is_not_there(path, node.span.clone(), (kind, name), known);
        }
    }

    /// A key that must be one of the known names.
    pub(super) fn key_refers(
        &mut self,
        path: &str,
        (name, node): &(String, Node),
        kind: Kind,
        known: &[&str],
    ) {
        if !known.contains(&name.as_str()) {
            self.is_not_there(path, node.key.clone(), (kind, name), known);
        }
    }

    /// A value that must be a queue of the office.
    pub(super) fn refers_to_queue(&mut self, path: &str, node: Option<&Node>) {
        let Some(node) = node else { return };
        let queues: Vec<String> = self.queues();
        let queues: Vec<&str> = queues.iter().map(String::as_str).collect();
        // Without an office file there is one mistake, and not one for each queue.
        if !queues.is_empty() {
            self.refers(path, node, Kind::Queue, &queues);
        }
    }

    /// A value that must be a file in `connectors/`.
    pub(super) fn refers_to_connector(&mut self, path: &str, node: Option<&Node>) {
        let known = self.connectors.clone();
        if let Some(node) = node {
            self.refers(path, node, Kind::Connector, &known);
        }
    }

    /// The queues that `office.toml` names.
    pub(super) fn queues(&self) -> Vec<String> {
        self.office.entries_of("queue").iter().map(|(name, _)| name.clone()).collect()
    }

    /// Tells that a name stands for nothing.
    pub(super) fn is_not_there(
        &mut self,
        path: &str,
        at: std::ops::Range<usize>,
        (kind, name): (Kind, &str),
        known: &[&str],
    ) {
        let (code, noun) = kind.code_and_noun();
        let none = match kind {
            Kind::Queue => format!("write `[queue.{name}]` in `office.toml`"),
            Kind::Connector => format!("write the file `connectors/{name}.toml`"),
            Kind::Field => "the class has no fields".to_owned(),
            Kind::Class => "the workflow has no classes".to_owned(),
        };
        let wrong = self.wrong_at(code, path, at, format!("there is no {noun} `{name}`"));
        wrong.hint = Some(did_you_mean(name, known).unwrap_or(none));
    }
}

/// The fields of a class.
pub(super) fn fields_of(class: &Node) -> Vec<&str> {
    class.get("field").map(Node::names).unwrap_or_default()
}

/// What expressions of a class can name: its fields, and the rows that some of them make.
pub(super) fn names_of(class: &Node) -> Vec<&str> {
    let fields = class.entries_of("field").iter();
    fields_of(class).into_iter().chain(fields.filter_map(|(_, it)| it.text_of("rows"))).collect()
}

/// The classes of a workflow.
pub(super) fn classes_of<'s>(sheet: &'s Sheet<'_>) -> Vec<&'s str> {
    sheet.tree.get("class").map(Node::names).unwrap_or_default()
}

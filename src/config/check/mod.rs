//! The checks that look at several places or files at once. They walk the files as trees, so that a
//! file with a mistake in its shape is still checked for all others.

mod expressions;
mod filters;
mod office;
mod patterns;
mod policy;
mod references;
mod templates;
mod tests_of;
mod workflow;

pub use expressions::NAMES;

use std::ops::Range;

use indexmap::IndexMap;

use super::read::read_all;
use super::tree::Node;
use super::{ConnectorFile, Files, Office, Settings, Workflow, secret};
use crate::domain::{ConnectorName, Digest, WorkflowName};
use crate::errors::{Diagnostic, did_you_mean, tidy};

const OFFICE: &str = "office.toml";

/// What every check may look at and add to.
struct Checks<'a> {
    files: &'a Files,
    /// `office.toml`; empty if there is none.
    office: Node,
    /// The names of the connectors.
    connectors: Vec<&'a str>,
    found: Vec<Diagnostic>,
}

pub(super) fn load(files: &Files) -> (Option<Office>, Vec<Diagnostic>) {
    let names = files.texts.keys().filter_map(|path| name_in(path, "connectors"));
    let connectors = names.collect();
    let mut checks = Checks { files, office: Node::default(), connectors, found: Vec::new() };
    let settings = checks.settings();
    let connectors = checks.connector_heads();
    let workflows = checks.workflows();
    let found = tidy(checks.found);
    match settings {
        Some(settings) if found.is_empty() => {
            let templates = files.templates.clone();
            let version = version(files);
            (Some(Office { settings, connectors, workflows, templates, version }), found)
        }
        _ => (None, found),
    }
}

impl<'a> Checks<'a> {
    fn settings(&mut self) -> Option<Settings> {
        let Some(text) = self.files.texts.get(OFFICE) else {
            let missing = Diagnostic::new("E0109", OFFICE, "there is no `office.toml`");
            self.found.push(missing.hint("an office is a folder with `office.toml` in it"));
            return None;
        };
        let (tree, settings, found) = read_all::<Settings>(OFFICE, text);
        self.found.extend(found);
        self.office = tree;
        office::check(self);
        settings
    }

    /// Of a connector only its kind is read here: each kind checks the rest of its own file.
    fn connector_heads(&mut self) -> IndexMap<ConnectorName, ConnectorFile> {
        let mut connectors = IndexMap::new();
        for (path, text) in &self.files.texts {
            let Some(name) = name_in(path, "connectors") else { continue };
            self.name_is_usable(path, None, "a connector", name);
            let (tree, mistakes) = Node::parse(text);
            let syntax = super::syntax::Mistakes::of(path, text, &tree, &mistakes);
            let is_readable = syntax.found.is_empty();
            self.found.extend(syntax.found);
            secret::check(path, &tree, &mut self.found);
            match tree.get("kind").map(|node| (node, node.text())) {
                Some((_, Some(kind))) => {
                    let (path, text, kind) = (path.clone(), text.clone(), kind.to_owned());
                    connectors.insert(name.into(), ConnectorFile { path, text, kind });
                }
                Some((node, None)) => {
                    let message = "`kind` must be a text";
                    self.found
                        .push(Diagnostic::new("E0104", path, message).at(Some(node.span.clone())));
                }
                None if is_readable => {
                    let hint = "`kind`: what the connector is, such as `imap`, `smtp` or `folder`";
                    let missing = Diagnostic::new("E0103", path, "`kind` is missing here");
                    self.found.push(missing.at(Some(0..0)).hint(hint));
                }
                None => {}
            }
        }
        connectors
    }

    fn workflows(&mut self) -> IndexMap<WorkflowName, Workflow> {
        let mut workflows = IndexMap::new();
        for (path, text) in &self.files.texts {
            let Some(name) = name_in(path, "workflows") else { continue };
            let (tree, workflow, found) = read_all::<Workflow>(path, text);
            self.found.extend(found);
            self.name_is_usable(path, None, "a workflow", name);
            workflow::check(self, &Sheet { path, name, text, tree });
            if let Some(workflow) = workflow {
                workflows.insert(name.into(), workflow.settled());
            }
        }
        workflows
    }

    /// Adds a mistake at a value.
    fn wrong(
        &mut self,
        code: &'static str,
        path: &str,
        node: &Node,
        message: String,
    ) -> &mut Diagnostic {
        self.wrong_at(code, path, node.span.clone(), message)
    }

    /// Adds a mistake at some bytes.
    fn wrong_at(
        &mut self,
        code: &'static str,
        path: &str,
        at: Range<usize>,
        message: String,
    ) -> &mut Diagnostic {
        self.found.push(Diagnostic::new(code, path, message).at(Some(at)));
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// Names become parts of paths, addresses and keys, so they are kept simple.
    fn name_is_usable(&mut self, path: &str, node: Option<&Node>, what: &str, name: &str) {
        let fine = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
        if !name.is_empty() && name.chars().all(fine) {
            return;
        }
        let message = format!("{what} cannot be called `{name}`");
        let mut wrong =
            Diagnostic::new("E0217", path, message).hint("use letters, digits, `_` and `-`");
        wrong.at = node.map(|node| node.key.clone());
        self.found.push(wrong);
    }
}

/// One workflow file.
struct Sheet<'a> {
    path: &'a str,
    name: &'a str,
    text: &'a str,
    tree: Node,
}

/// `posteingang` for `connectors/posteingang.toml`.
fn name_in<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let name = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".toml")?;
    (!name.contains('/')).then_some(name)
}

/// BLAKE3 over all paths and contents, each with its length before it so that nothing can be moved
/// from one to the other unnoticed.
fn version(files: &Files) -> Digest {
    let mut hash = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    for (path, text) in &files.texts {
        add(path.as_bytes());
        add(text.as_bytes());
    }
    for (path, bytes) in &files.templates {
        add(path.as_bytes());
        add(bytes);
    }
    Digest(hash.finalize().to_hex().to_string())
}

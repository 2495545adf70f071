//! What admins write: `office.toml`, `workflows/*.toml` and the heads of `connectors/*.toml`.
//!
//! Pure: files come in as texts. Every mistake is told with its place, all in one run; the checks
//! walk the JSON Schema that is generated from the types below, so that editor and program agree.

mod tree;
mod place;
mod syntax;
mod schema;
mod read;
mod secret;
mod ledger;
mod learning;
mod mail;
mod office;
mod workflow;
mod cross_check;
mod class;
mod check;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::domain::{ClassRef, ConnectorName, Digest, WorkflowName};
use crate::errors::{Diagnostic, Sources};

pub use check::NAMES;
pub use class::{
    Class, Deadline, DeadlineRule, Deliver, Field, Letter, Party, PayCode, Pick, Reply, Rule, Step,
};
pub use cross_check::CrossCheck;
pub use learning::Learning;
pub use ledger::{Alarm, Ledger};
pub use mail::{Mail, Scan};
pub use office::{Limits, Policy, Queue, Role, Settings, Web};
pub use read::{Located, read, schema_of};
pub use secret::Secret;
pub use workflow::{AiAct, Annex3, AutomationRole, DataClass, Intake, Test, Workflow};

/// A whole office, read and checked.
#[derive(Clone, Debug)]
pub struct Office {
    /// `office.toml`.
    pub settings: Settings,
    /// The files of `connectors/`, still as text: each kind reads its own.
    pub connectors: IndexMap<ConnectorName, ConnectorFile>,
    /// The files of `workflows/`.
    pub workflows: IndexMap<WorkflowName, Workflow>,
    /// The files beside the workflows, by path relative to the office.
    pub templates: BTreeMap<String, Vec<u8>>,
    /// The hash of all of it: two offices with the same hash behave the same.
    pub version: Digest,
}

/// One file of `connectors/`, with its kind.
#[derive(Clone, Debug)]
pub struct ConnectorFile {
    /// Relative to the office.
    pub path: String,
    /// Its text.
    pub text: String,
    /// As in `kind = "…"`.
    pub kind: String,
}

/// The files of an office, as they lie on disk: paths relative to it.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// `office.toml`, `connectors/*.toml`, `workflows/*.toml`.
    pub texts: Sources,
    /// Everything in folders below `workflows/`.
    pub templates: BTreeMap<String, Vec<u8>>,
}

impl Files {
    /// All texts that a diagnostic may point into: the files and the templates that are text.
    pub fn sources(&self) -> Sources {
        let templates = self.templates.iter().filter_map(|(path, bytes)| {
            Some((path.clone(), String::from_utf8(bytes.clone()).ok()?))
        });
        self.texts.clone().into_iter().chain(templates).collect()
    }
}

/// The JSON Schemas of an office's files, by the stem of the file in which an editor looks for them.
/// Those of connectors belong to their kinds.
pub fn schemas() -> Vec<(&'static str, serde_json::Value)> {
    vec![("office", schema_of::<Settings>()), ("workflow", schema_of::<Workflow>())]
}

/// Reads an office. The office is `None` when a file could not be read at all or a mistake was found.
pub fn load(files: &Files) -> (Option<Office>, Vec<Diagnostic>) {
    check::load(files)
}

impl Office {
    /// A class and its workflow.
    pub fn class(&self, name: &ClassRef) -> Option<(&Workflow, &Class)> {
        let workflow = self.workflows.get(&name.workflow)?;
        Some((workflow, workflow.classes.get(&name.class)?))
    }
}

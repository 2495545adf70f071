//! What an admin writes about a share, and the checks of it.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::connectors::settings::Checking;

/// A folder that items are taken from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// `share`.
    #[schemars(extend("const" = "share"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// The folder; a relative path starts at the office.
    pub(super) path: PathBuf,
    /// Whether folders in it are watched too.
    #[serde(default)]
    pub(super) subfolders: bool,
    /// What happens to a file once it is safely stored.
    #[serde(default)]
    pub(super) done: Done,
    /// The name under which this office claims files, when two offices with stores of their own take from one share:
    /// before a file is read it is moved to `.vorlage/<name>/` in the share, which only one can do.
    pub(super) claim: Option<String>,
    /// A file is taken when size and time have not changed for so many seconds. 0 is for trying things out.
    #[serde(default = "ten")]
    pub(super) settle_seconds: u64,
    /// Of larger files only the beginning is kept, and a person looks at them.
    #[serde(default = "fifty")]
    pub(super) max_mb: u64,
    /// How often the folder is looked at when the system does not tell about new files.
    #[serde(default = "fifteen")]
    pub(super) poll_seconds: u64,
}

/// What happens to a file once it is safely stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Done {
    /// It is moved to the folder `processed` in the same share.
    #[default]
    Move,
    /// It stays, and its name, size and time are remembered: for a share that may only be read.
    Keep,
    /// It is deleted.
    Delete,
}

fn ten() -> u64 {
    10
}

fn fifty() -> u64 {
    50
}

fn fifteen() -> u64 {
    15
}

pub(super) fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    found.not_empty("path", &settings.path.to_string_lossy());
    found.at_least_one("max_mb", settings.max_mb);
    found.at_least_one("poll_seconds", settings.poll_seconds);
    if let Some(claim) = &settings.claim {
        if claim.is_empty() || !claim.chars().all(|it| it.is_ascii_alphanumeric() || it == '-') {
            let message = "`claim` is a name of letters a-z, digits and `-`".to_owned();
            found.wrong("E0205", &["claim"], message);
        }
        if settings.done == Done::Keep {
            let message = "`claim` moves files, and with `done = \"keep\"` they stay".to_owned();
            found.wrong("E0205", &["claim"], message);
        }
    }
}

//! What an admin writes about a mailbox, and the checks of it.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::Secret;
use crate::connectors::settings::{Checking, Security};

/// A mailbox that items are taken from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// `imap`.
    #[schemars(extend("const" = "imap"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// The server's name, as in its certificate.
    pub(super) host: String,
    /// The port; 993 for `tls`, else 143.
    pub(super) port: Option<u16>,
    /// `tls` from the first byte, `starttls`, or `none` for a server on this machine.
    #[serde(default)]
    pub(super) security: Security,
    /// The name to sign in with.
    pub(super) user: String,
    /// Where the password lies.
    pub(super) password: Secret,
    /// Certificates (PEM) that are trusted beside the system's own, for an office with its own authority.
    pub(super) ca_file: Option<PathBuf>,
    /// The folder that is watched.
    #[serde(default = "inbox")]
    pub(super) folder: String,
    /// What happens to a mail once it is safely stored.
    #[serde(default)]
    pub(super) done: Done,
    /// The folder for `done = "move"`; made if it is not there.
    pub(super) move_to: Option<String>,
    /// Of larger mails only the header is fetched, and a person looks at them.
    #[serde(default = "fifty")]
    pub(super) max_mb: u64,
    /// How often the mailbox is looked at when the server does not tell about new mails (IDLE).
    #[serde(default = "sixty")]
    pub(super) poll_seconds: u64,
}

/// What happens to a mail once it is safely stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Done {
    /// It gets the keyword `$Vorlage`, if the server allows keywords.
    #[default]
    Keyword,
    /// It is moved to another folder.
    Move,
    /// Nothing: for a mailbox that may only be read.
    Nothing,
}

fn inbox() -> String {
    "INBOX".to_owned()
}

fn fifty() -> u64 {
    50
}

fn sixty() -> u64 {
    60
}

pub(super) fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    found.line_is_safe(&settings.host, settings.security);
    found.not_empty("host", &settings.host);
    found.not_empty("user", &settings.user);
    found.not_empty("folder", &settings.folder);
    found.at_least_one("max_mb", settings.max_mb);
    found.at_least_one("poll_seconds", settings.poll_seconds);
    match (settings.done, &settings.move_to) {
        (Done::Move, None) => {
            found.wrong("E0205", &["done"], "`done = \"move\"` needs `move_to`".to_owned());
        }
        (Done::Move, Some(folder)) if *folder == settings.folder => {
            found.wrong(
                "E0205",
                &["move_to"],
                "`move_to` is the folder that is watched".to_owned(),
            );
        }
        (Done::Keyword | Done::Nothing, Some(_)) => {
            found.wrong(
                "E0205",
                &["move_to"],
                "`move_to` is used only with `done = \"move\"`".to_owned(),
            );
        }
        _ => {}
    }
}

//! What an admin writes about a mailbox, and the checks of it.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::Secret;
use crate::connectors::net;
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
    /// How to sign in.
    #[serde(default)]
    pub(super) auth: Auth,
    /// Where the password lies, for `auth = "password"`.
    pub(super) password: Option<Secret>,
    /// Where an access token lies, for `xoauth2` and `oauthbearer`: a file that another program keeps fresh. It
    /// is read anew for every connection.
    pub(super) token: Option<Secret>,
    /// Who hands out access tokens, for `xoauth2` and `oauthbearer` without a `token`.
    pub(super) oauth: Option<OAuth>,
    /// Certificates (PEM) that are trusted beside the system's own, for an office with its own authority.
    pub(super) ca_file: Option<PathBuf>,
    /// The folder that is watched; `INBOX` if nothing is said.
    pub(super) folder: Option<String>,
    /// More folders that are watched, each with a connection of its own. Folders in folders are written with `/`
    /// between them, whatever sign the server has for it.
    #[serde(default)]
    pub(super) folders: Vec<String>,
    /// What happens to a mail once it is safely stored.
    #[serde(default)]
    pub(super) done: Done,
    /// The folder for `done = "move"`; made if it is not there.
    pub(super) move_to: Option<String>,
    /// The name under which this office claims mails, when two offices with stores of their own take from one
    /// mailbox: each mail goes to the one that claims it first. Needs a server with CONDSTORE.
    pub(super) claim: Option<String>,
    /// Of larger mails only the header is fetched, and a person looks at them.
    #[serde(default = "fifty")]
    pub(super) max_mb: u64,
    /// How often the mailbox is looked at, even if the server does not tell about new mails (IDLE). A connection that
    /// died silently is noticed then.
    #[serde(default = "sixty")]
    pub(super) poll_seconds: u64,
    /// How long the server may take for an answer; for each 4 MB of mail once more. After that the connection is
    /// given up and made anew.
    #[serde(default = "sixty")]
    pub(super) timeout_seconds: u64,
}

impl Settings {
    /// The folders that are watched.
    pub(super) fn watched(&self) -> Vec<String> {
        let mut watched: Vec<String> = Vec::new();
        for folder in self.folder.iter().chain(&self.folders) {
            if !watched.contains(folder) {
                watched.push(folder.clone());
            }
        }
        if watched.is_empty() {
            watched.push("INBOX".to_owned());
        }
        watched
    }
}

/// How a mailbox is signed in to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Auth {
    /// With a password.
    #[default]
    Password,
    /// With an access token, as Microsoft and Google do it.
    Xoauth2,
    /// With an access token, as the standard says (RFC 7628).
    Oauthbearer,
}

/// Who hands out access tokens to this program (OAuth 2.0 client credentials, RFC 6749, section 4.4).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OAuth {
    /// The address that answers with a token.
    pub(super) token_url: String,
    /// This program's name there.
    pub(super) client_id: String,
    /// Where this program's secret lies.
    pub(super) client_secret: Secret,
    /// What the token is for, such as `https://outlook.office365.com/.default`.
    pub(super) scope: Option<String>,
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
    if let Some(folder) = &settings.folder {
        found.not_empty("folder", folder);
    }
    for folder in &settings.folders {
        found.not_empty("folders", folder);
    }
    found.at_least_one("max_mb", settings.max_mb);
    found.at_least_one("poll_seconds", settings.poll_seconds);
    found.at_least_one("timeout_seconds", settings.timeout_seconds);
    check_done(settings, found);
    check_sign_in(settings, found);
    if let Some(claim) = &settings.claim
        && (claim.is_empty() || !claim.chars().all(|it| it.is_ascii_alphanumeric() || it == '-'))
    {
        let message = "`claim` is a name of letters a-z, digits and `-`".to_owned();
        found.wrong("E0205", &["claim"], message);
    }
}

fn check_done(settings: &Settings, found: &mut Checking<'_, Settings>) {
    match (settings.done, &settings.move_to) {
        (Done::Move, None) => {
            found.wrong("E0205", &["done"], "`done = \"move\"` needs `move_to`".to_owned());
        }
        (Done::Move, Some(folder)) if settings.watched().contains(folder) => {
            let message = "`move_to` is a folder that is watched".to_owned();
            found.wrong("E0205", &["move_to"], message);
        }
        (Done::Keyword | Done::Nothing, Some(_)) => {
            let message = "`move_to` is used only with `done = \"move\"`".to_owned();
            found.wrong("E0205", &["move_to"], message);
        }
        _ => {}
    }
}

fn check_sign_in(settings: &Settings, found: &mut Checking<'_, Settings>) {
    let given = (settings.password.is_some(), settings.token.is_some(), settings.oauth.is_some());
    match (settings.auth, given) {
        (Auth::Password, (true, false, false))
        | (Auth::Xoauth2 | Auth::Oauthbearer, (false, true, false) | (false, false, true)) => {}
        (Auth::Password, _) => {
            let message =
                "signing in with a password needs `password`, and neither `token` nor `oauth`";
            found.wrong("E0205", &["auth"], message.to_owned());
        }
        _ => {
            let message =
                "signing in with a token needs either `token` or `oauth`, and no `password`";
            found.wrong("E0205", &["auth"], message.to_owned());
        }
    }
    if let Some(oauth) = &settings.oauth {
        found.not_empty("client_id", &oauth.client_id);
        if let Some((code, message)) = net::wrong_address(&oauth.token_url) {
            found.wrong(code, &["oauth", "token_url"], message);
        }
    }
}

//! What the files of all kinds have in common: how they are read, and the checks several kinds share.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Error, Place, net};
use crate::config::{self, Located};
use crate::errors::Diagnostic;

/// How a connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Security {
    /// TLS from the first byte (RFC 8314).
    #[default]
    Tls,
    /// Begins in clear text and changes to TLS before the password is sent.
    Starttls,
    /// No protection: only for a server on the same machine.
    None,
}

/// One file being checked, with the mistakes found so far.
pub(super) struct Checking<'a, T> {
    file: &'a str,
    located: Located<T>,
    found: Vec<Diagnostic>,
}

impl<T> Checking<'_, T> {
    /// Adds a mistake at a key.
    pub(super) fn wrong(
        &mut self,
        code: &'static str,
        path: &[&str],
        message: String,
    ) -> &mut Self {
        let at = self.located.at(path);
        self.found.push(Diagnostic::new(code, self.file, message).at(at));
        self
    }

    /// Gives the last mistake its advice.
    pub(super) fn hint(&mut self, hint: &str) {
        if let Some(last) = self.found.last_mut() {
            last.hint = Some(hint.to_owned());
        }
    }

    /// A password must not cross a network in clear text.
    pub(super) fn line_is_safe(&mut self, host: &str, security: Security) {
        if security == Security::None && !net::is_loopback(host) {
            let message = format!("the connection to `{host}` would not be encrypted");
            self.wrong("E0204", &["security"], message).hint(
                "use `security = \"tls\"` or `\"starttls\"`; `\"none\"` is for this machine only",
            );
        }
    }

    /// A text must not be empty.
    pub(super) fn not_empty(&mut self, key: &str, value: &str) {
        if value.trim().is_empty() {
            self.wrong("E0205", &[key], format!("`{key}` is empty"));
        }
    }

    /// A number must be at least 1.
    pub(super) fn at_least_one(&mut self, key: &str, value: u64) {
        if value == 0 {
            self.wrong("E0205", &[key], format!("`{key}` must be at least 1"));
        }
    }
}

/// All mistakes in a file: those of its shape, else those its kind finds.
pub(super) fn mistakes<T: DeserializeOwned + JsonSchema + Clone>(
    file: &str,
    text: &str,
    own: fn(&T, &mut Checking<'_, T>),
) -> Vec<Diagnostic> {
    let located = match config::read::<T>(file, text) {
        Ok(located) => located,
        Err(found) => return found,
    };
    let settings = located.value.clone();
    let mut checking = Checking { file, located, found: Vec::new() };
    own(&settings, &mut checking);
    checking.found
}

/// Reads a file that has been checked.
pub(super) fn read<T: DeserializeOwned + JsonSchema>(name: &str, text: &str) -> Result<T, Error> {
    let file = format!("connectors/{name}.toml");
    let located = config::read::<T>(&file, text);
    located.map(|it| it.value).map_err(|found| {
        let why = found.first().map_or(String::new(), |it| it.message.clone());
        Error::Refused { place: file, why }
    })
}

/// How often another machine is called in a minute, if its file does not say: nobody at a desk approves faster.
pub(super) fn per_minute() -> u32 {
    60
}

/// The same for a folder of this machine.
pub(super) fn per_minute_here() -> u32 {
    600
}

/// A path of a connector's file: relative ones start at the office.
pub(super) fn path_in(place: &Place, path: &Path) -> PathBuf {
    place.office.join(path)
}

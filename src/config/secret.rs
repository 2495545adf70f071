//! Where a secret lies. The secret itself never stands in an office's files.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A reference to a secret: `{ credential = "name" }` or `{ file = "path" }`, exactly one of them.
///
/// [`crate::config::read`] refuses a file in which both or neither is given, because the schema says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Secret {
    /// The name of a systemd credential (`LoadCredential=name:…`), read from `$CREDENTIALS_DIRECTORY`.
    pub credential: Option<String>,
    /// A file that holds nothing but the secret; a relative path starts at the office.
    pub file: Option<PathBuf>,
}

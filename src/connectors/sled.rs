//! The default store: an embedded database in one folder.

use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Ability, Connector, Error, Kind, Place};
use crate::config;
use crate::errors::Diagnostic;
use crate::store::Sled;

pub(super) const KIND: Kind = Kind {
    name: "sled",
    purpose: "Keeps items, journals and bytes in one folder of this machine",
    example: "kind = \"sled\"\npath = \"store\"\ncache_mb = 16\n",
    abilities: &[Ability::Store],
    check,
    schema: config::schema_of::<Settings>,
    open,
};

/// One file in `connectors/` with `kind = "sled"`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `"sled"`.
    #[serde(rename = "kind")]
    #[schemars(extend("const" = "sled"))]
    _kind: String,
    /// The folder; a relative one begins at the state folder.
    #[serde(default = "store")]
    path: PathBuf,
    /// Memory for rows that were read.
    #[serde(default = "sixteen")]
    cache_mb: u64,
}

fn store() -> PathBuf {
    PathBuf::from("store")
}

fn sixteen() -> u64 {
    16
}

fn check(file: &str, text: &str) -> Vec<Diagnostic> {
    config::read::<Settings>(file, text).err().unwrap_or_default()
}

fn open(name: &str, text: &str, place: &Place) -> Result<Connector, Error> {
    let refused = |why: String| Error::Refused { place: name.to_owned(), why };
    let settings: Settings = toml::from_str(text).map_err(|error| refused(error.to_string()))?;
    let store = Sled::open(place.state.join(settings.path), settings.cache_mb);
    let store = store.map_err(|error| refused(error.to_string()))?;
    Ok(Connector { store: Some(Arc::new(store)), ..Connector::default() })
}

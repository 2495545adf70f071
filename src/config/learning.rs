//! What `office.toml` says about learning from decided items.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether decided items help to tell the class of new ones. What is learned stays in memory and is made anew from
/// the items that are there: an item that is erased teaches nothing any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Learning {
    /// `false`: only the workflows and the model tell the class.
    pub on: bool,
    /// What was decided after this day teaches nothing: the way back when something wrong was learned.
    #[schemars(with = "Option<String>")]
    pub until: Option<Date>,
    /// What turns texts into vectors, so that few decided items teach much: a name from `vorlage model list`, a file
    /// of weights (GGUF; a relative path starts at the office), a connector of kind `openai` that the policy lets see
    /// the data of every workflow, or `none`. Without it `e5-small`, if its weights are here.
    pub embeddings: Option<String>,
}

impl Default for Learning {
    fn default() -> Self {
        Self { on: true, until: None, embeddings: None }
    }
}

//! What `office.toml` says about the account of the doors and about alarms.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::ConnectorName;

/// When the account of every door is made, and how the way in is tried out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ledger {
    /// When what came in is compared with what became of it, in the office's time zone: minute, hour, day, month,
    /// day of the week as in crontab(5). It is also done after a door was away, and by `vorlage ledger`.
    pub at: String,
    /// So many days are told one by one.
    pub days: u16,
    /// A signed mail is laid into every mailbox so often, to see that what lies there comes in, and is taken out
    /// again when it did. 0: never.
    pub canary_minutes: u32,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { at: "30 2 * * *".to_owned(), days: 30, canary_minutes: 0 }
    }
}

/// Who is told by mail when something is wrong with what comes in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// The operator's address.
    pub to: String,
    /// The output that sends it, of kind `smtp`.
    pub through: ConnectorName,
}

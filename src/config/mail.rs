//! What `office.toml` says about what comes in: whose word about the sender counts, who scans for malware, what
//! parts letters.

use schemars::JsonSchema;
use serde::Deserialize;

/// Whose word about the sender of a mail counts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// The names under which the office's own mail servers write `Authentication-Results` (RFC 8601). They must
    /// remove such fields from mail of strangers. Without a name nothing is believed.
    pub authserv_ids: Vec<String>,
}

/// The malware scanner, and what the office lays between letters that it scans.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scan {
    /// Where clamd listens: the path of its socket (`/run/clamav/clamd.ctl`), or `address:port`. Without it nothing
    /// is scanned.
    pub clamd: Option<String>,
    /// How long a scan may take.
    pub seconds: u64,
    /// Larger arrivals are not sent; keep it no higher than clamd's `StreamMaxLength`.
    pub max_mb: u64,
    /// What the barcode of a separator sheet says, `*` for any letters: a file from a share with many pages is divided
    /// at such a page, and the page itself left out. Sheets with `VORLAGE-TRENNBLATT*` are no letters of anybody.
    pub separators: Vec<String>,
}

impl Default for Scan {
    fn default() -> Self {
        Self { clamd: None, seconds: 30, max_mb: 25, separators: Vec::new() }
    }
}

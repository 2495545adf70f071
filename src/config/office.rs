//! The schema of `office.toml`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Alarm, DataClass, Learning, Ledger, Mail, Scan};
use crate::domain::{ConnectorName, QueueName};

/// `office.toml`: what holds for every workflow of the office.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The office's name, as citizens know it.
    pub name: String,
    /// Language of the pages and of letters when the sender's own is not offered (`de` or `en`).
    #[serde(default = "german")]
    pub language: String,
    /// Where public holidays are taken from (ISO 3166-2, such as `DE-RP`).
    pub region: String,
    /// IANA name of the time zone in which days begin and end.
    #[serde(default = "berlin")]
    pub time_zone: String,
    /// The queue of everything that fits no class or cannot be read.
    pub post_room: QueueName,
    /// Where drafts wait for people.
    #[serde(rename = "queue")]
    pub queues: IndexMap<QueueName, Queue>,
    /// Who sees which queues.
    #[serde(rename = "role")]
    pub roles: IndexMap<String, Role>,
    /// The pages.
    #[serde(default)]
    pub web: Web,
    /// The staff instruction, as rules above all workflows.
    pub policy: Policy,
    /// How much one item may use.
    #[serde(default)]
    pub limits: Limits,
    /// Whose word about the sender of a mail counts.
    #[serde(default)]
    pub mail: Mail,
    /// The malware scanner, and the sheets between scanned letters.
    #[serde(default)]
    pub scan: Scan,
    /// Whether decided items help to tell the class of new ones.
    #[serde(default)]
    pub learning: Learning,
    /// The account of what came in.
    #[serde(default)]
    pub ledger: Ledger,
    /// Who is told by mail when something is wrong with what comes in; without it only logs and metrics tell.
    pub alarm: Option<Alarm>,
}

/// A queue of drafts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// As people read it.
    pub title: String,
}

/// What people with this role may do.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// As people read it.
    pub title: String,
    /// The queues they see and decide in; `*` for all.
    pub queues: Vec<QueueName>,
}

/// The pages of the desk.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    /// Address and port. Other than loopback only behind a proxy that speaks TLS.
    pub listen: String,
    /// Whether the pages are reached by https through such a proxy: cookies are then marked secure.
    pub behind_tls: bool,
    /// After so many hours a person signs in again.
    pub session_hours: u32,
}

/// The staff instruction (Dienstanweisung), as far as a program can keep it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// 0 no model, 1 a person confirms every draft. Higher levels are refused.
    #[serde(default = "one")]
    pub automation_level: u8,
    /// Which model may see which data classes. A model that is not named sees nothing.
    #[serde(default)]
    pub models: IndexMap<ConnectorName, Vec<DataClass>>,
    /// So many replies are sent to one address within 24 hours by an output of kind `smtp`; the next one waits for a
    /// person who looks whether two programs answer each other.
    #[serde(default = "ten")]
    pub replies_per_day: u32,
    /// The sentence under every text that a model helped to prepare, by language.
    #[serde(default)]
    pub marking: IndexMap<String, String>,
}

/// How much one item may use. Strangers decide what arrives; the office decides what it costs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Larger arrivals are kept but not read.
    pub arrival_mb: u64,
    /// Seconds of processor time for reading one item, without character recognition.
    pub parse_seconds: u64,
    /// Memory for reading one item.
    pub parse_memory_mb: u64,
    /// Seconds of processor time for recognising one page.
    pub ocr_seconds: u64,
    /// Memory for recognising one page.
    pub ocr_memory_mb: u64,
    /// Pages of one document that are recognised; further pages are a problem that a person sees.
    pub ocr_pages: u32,
    /// tesseract's names of the languages on scanned pages.
    pub ocr_languages: String,
    /// Items read at the same time, and asked about at the same time at each model. Each output has a worker of
    /// its own beside these.
    pub workers: usize,
    /// After so many days a delivery that could not be made is laid before a person.
    pub give_up_days: u32,
    /// When several daemons work this office: after so long without a sign of one, the others take over its work.
    pub takeover_seconds: u64,
    /// With less free space for the state folder than so many megabytes, or
    pub disk_free_mb: u64,
    /// than so many percent of its disk (the greater counts), the doors take nothing more in until there is space
    /// again: what came in can then still be worked on and decided. 0 and 0: never.
    pub disk_free_percent: u8,
}

impl Default for Web {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8420".to_owned(), behind_tls: false, session_hours: 10 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            arrival_mb: 50,
            parse_seconds: 30,
            parse_memory_mb: 1024,
            ocr_seconds: 60,
            ocr_memory_mb: 1024,
            ocr_pages: 50,
            ocr_languages: "deu+eng".to_owned(),
            workers: 2,
            give_up_days: 5,
            takeover_seconds: 60,
            disk_free_mb: 1024,
            disk_free_percent: 2,
        }
    }
}

fn german() -> String {
    "de".to_owned()
}

fn berlin() -> String {
    "Europe/Berlin".to_owned()
}

fn ten() -> u32 {
    10
}

fn one() -> u8 {
    1
}

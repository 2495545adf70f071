//! The doors of the house: what comes in through a [`Source`] and goes out through an [`Output`].
//!
//! To add a kind: write `connectors/<kind>.rs` and name it in [`KINDS`]. Nothing else changes; the
//! loader, `check`, `schema` and the reference documentation all read this list.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{ItemId, Problem};
use crate::errors::{Diagnostic, Retry};
use crate::llm::{Embedder, LanguageModel};
use crate::store::Store;

pub mod clamd;
mod drafts;
mod embedded;
pub mod embeddings;
mod files;
mod folder;
mod imap;
mod mail;
mod net;
mod openai;
mod opening;
mod postgres;
mod secrets;
mod settings;
mod share;
mod sled;
mod smtp;
mod table;
mod trouble;
mod webhook;

pub use opening::{check, find, open_all};

/// Every kind of connector there is, in the order the documentation lists them.
pub const KINDS: &[Kind] = &[
    imap::KIND,
    share::KIND,
    smtp::KIND,
    drafts::KIND,
    folder::KIND,
    webhook::KIND,
    table::KIND,
    embedded::KIND,
    openai::KIND,
    sled::KIND,
    postgres::KIND,
];

/// One kind of connector, described once.
pub struct Kind {
    /// As in `kind = "…"`.
    pub name: &'static str,
    /// What it is for, in one sentence.
    pub purpose: &'static str,
    /// A complete file an admin can copy; a test checks it.
    pub example: &'static str,
    /// What it can be used as, so that `check` finds a mailbox where an output is needed.
    pub abilities: &'static [Ability],
    /// All mistakes in a file of this kind. Reads no other file and opens nothing.
    pub check: fn(file: &str, text: &str) -> Vec<Diagnostic>,
    /// The JSON Schema of a file of this kind, for editors.
    pub schema: fn() -> serde_json::Value,
    /// Opens it. Called only for a file without mistakes.
    pub open: fn(name: &str, text: &str, place: &Place) -> Result<Connector, Error>,
}

/// What a connector can be used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Items come in.
    Source,
    /// Approved drafts go out.
    Output,
    /// It answers questions.
    Model,
    /// It turns texts into vectors.
    Vectors,
    /// It keeps items.
    Store,
}

/// Where an office runs: what a connector needs to know beyond its own file.
#[derive(Clone, Debug)]
pub struct Place {
    /// Relative paths in connector files start here.
    pub office: PathBuf,
    /// Where Vorlage keeps its own files (store, parts of downloads).
    pub state: PathBuf,
    /// Where secrets lie: `$CREDENTIALS_DIRECTORY` of systemd.
    pub credentials: Option<PathBuf>,
    /// This program, to start children of (`vorlage worker …`).
    pub program: PathBuf,
    /// Where downloaded weights are kept (`$VORLAGE_MODELS`, else the user's cache).
    pub models: PathBuf,
}

/// What an opened connector offers. A folder can be source and output.
#[derive(Clone, Default)]
pub struct Connector {
    /// Items come in.
    pub source: Option<Arc<dyn Source>>,
    /// Approved drafts go out.
    pub output: Option<Arc<dyn Output>>,
    /// It answers questions.
    pub model: Option<Arc<dyn LanguageModel>>,
    /// It turns texts into vectors.
    pub vectors: Option<Arc<dyn Embedder>>,
    /// It keeps items.
    pub store: Option<Arc<dyn Store>>,
    /// The most calls a minute, as output or model; `None` for no limit.
    pub per_minute: Option<u32>,
}

/// Where items come from.
#[async_trait]
pub trait Source: Send + Sync {
    /// At most `most` arrivals that `known` does not know yet, oldest first. An empty answer means: nothing new.
    async fn poll(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error>;
    /// Called once the arrival is safely stored, never before. Calling it twice changes nothing.
    async fn acknowledge(&self, origin: &str, item: &ItemId) -> Result<(), Error>;
    /// The same for several at once, in fewer steps where the door can. What fails is tried again by the door itself.
    async fn acknowledge_all(&self, origins: &[&str]) -> Result<(), Error> {
        let mut done = Ok(());
        for origin in origins {
            done = done.and(self.acknowledge(origin, &ItemId::default()).await);
        }
        done
    }
    /// What does not work while the door goes on: a folder that is gone, mails that cannot be moved, files that
    /// cannot be read. For people; names nobody and no file.
    fn troubles(&self) -> Vec<String> {
        Vec::new()
    }
    /// Returns when something may have come in, at the latest after `longest`.
    async fn wait(&self, longest: Duration);
    /// Everything that is at the door now, whether it was accepted before or not: what the ledger is compared with.
    async fn inventory(&self) -> Result<Vec<Present>, Error>;
    /// Lets also come in what was acknowledged since a moment and is not known: after a restore the store is older
    /// than the door. Doors that leave everything where it is need not do anything.
    async fn look_back(&self, _since: Timestamp) {}
    /// Lays a canary into the door from outside, to be taken in like everything else. `false`: this door cannot.
    async fn lay_canary(&self, _mail: &[u8]) -> Result<bool, Error> {
        Ok(false)
    }
    /// Takes a canary that came through out of the door again. Calling it twice changes nothing.
    async fn remove_canary(&self, _origin: &str) -> Result<(), Error> {
        Ok(())
    }
}

/// One thing that is at a door, as the door lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// As in [`Arrival::origin`].
    pub origin: String,
    /// When it reached the door.
    pub received: Timestamp,
    /// Whether the door itself still waits with it: a file that may still be written. It is not missing yet.
    pub is_coming: bool,
}

/// Tells a source what was already accepted through it.
#[async_trait]
pub trait Known: Send + Sync {
    /// Whether an arrival with this origin is safely stored.
    async fn is_known(&self, origin: &str) -> Result<bool, Error>;
    /// The same for many at once, in their order.
    async fn are_known(&self, origins: &[&str]) -> Result<Vec<bool>, Error> {
        let mut known = Vec::with_capacity(origins.len());
        for origin in origins {
            known.push(self.is_known(origin).await?);
        }
        Ok(known)
    }
}

/// One thing that came through a door, as it was received.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The door's own name for it, never used twice: folder, UIDVALIDITY and UID; or path, size and time.
    pub origin: String,
    /// What a person calls it until it is read: a file name; `""` for a mail.
    pub name: String,
    /// When it reached the door (IMAP's INTERNALDATE, a file's modification time).
    pub received: Timestamp,
    /// The bytes, unchanged.
    pub bytes: Vec<u8>,
    /// Set when the bytes are not complete (an oversize mail comes with its header only).
    pub problem: Option<Problem>,
}

/// Where approved drafts go.
#[async_trait]
pub trait Output: Send + Sync {
    /// Sends a parcel. Sending one with the same `key` again changes nothing if [`Output::repeatable`].
    async fn send(&self, parcel: &Parcel) -> Result<Receipt, Error>;
    /// The address in whose name it writes mails, if it does.
    fn sender(&self) -> Option<String> {
        None
    }
    /// Whether its mails leave at once, without a person who sends them: then the rules against loops hold.
    fn sends(&self) -> bool {
        false
    }
    /// Whether a parcel may be sent again when it is not known if the first time worked.
    fn repeatable(&self) -> bool {
        true
    }
}

/// What leaves the house, complete: an output takes from it what it can carry.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Parcel {
    /// The same for every attempt of the same delivery.
    pub key: String,
    /// The item it belongs to.
    pub item: ItemId,
    /// `workflow/class`.
    pub class: String,
    /// The reply, if the class has one.
    pub mail: Option<Mail>,
    /// The form with values, proof and approval, as JSON.
    pub form: serde_json::Value,
    /// The plain values in order, for a table row: title and value.
    pub row: Vec<(String, String)>,
    /// The letter and other files made for the answer.
    pub files: Vec<File>,
    /// What was received, unchanged.
    pub original: Option<File>,
}

/// A mail to be sent or laid into a Drafts folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    /// Fixed when the draft is approved, the same for every attempt; without angle brackets.
    pub message_id: String,
    /// When it was approved.
    pub date: Timestamp,
    /// The recipient's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The mail it answers (RFC 5322, section 3.6.4), without angle brackets.
    pub in_reply_to: Option<String>,
    /// The whole thread, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// Attachments.
    pub files: Vec<File>,
}

/// A file in a parcel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// A plain name made by us, never a stranger's.
    pub name: String,
    /// `type/subtype`.
    pub media_type: String,
    /// Its bytes.
    #[serde(with = "crate::domain::base64_bytes")]
    pub bytes: Vec<u8>,
}

/// Proof of a delivery: what the other side answered, or where the file lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt(pub String);

/// Why a door does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers, or the connection broke before anything happened.
    #[error("cannot reach `{place}`: {why}")]
    Unreachable {
        /// Address or path.
        place: String,
        /// The cause.
        why: String,
    },
    /// The other side is busy and says so (SMTP 4xx, HTTP 429 and 503).
    #[error("`{place}` is busy: {why}")]
    Busy {
        /// Address.
        place: String,
        /// Its words.
        why: String,
        /// How long it wants to be left alone, if it says so.
        after: Option<Duration>,
    },
    /// The other side works, but puts this parcel off (a greylisted recipient, a full mailbox).
    #[error("`{place}` puts it off: {why}")]
    Deferred {
        /// Address.
        place: String,
        /// Its words.
        why: String,
    },
    /// The other side says no, and will say so again.
    #[error("`{place}` refuses: {why}")]
    Refused {
        /// Address or path.
        place: String,
        /// Its words.
        why: String,
    },
    /// The connection broke after everything was handed over: it may have arrived.
    #[error("`{place}` did not confirm, it may have arrived: {why}")]
    Uncertain {
        /// Address.
        place: String,
        /// The cause.
        why: String,
    },
    /// A rule against loops says that no program answers this mail.
    #[error("no mail is sent by itself: {why}")]
    Unanswerable {
        /// Which rule.
        why: String,
    },
    /// A secret is not where the file says.
    #[error("the secret `{name}` cannot be read: {why}")]
    Secret {
        /// Of the credential or file.
        name: String,
        /// The cause.
        why: String,
    },
    /// The parcel lacks what this output carries.
    #[error("this output needs {0}, and the class has none")]
    Incomplete(&'static str),
}

impl Error {
    /// Whether trying again may help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unreachable { .. }
            | Self::Busy { .. }
            | Self::Deferred { .. }
            | Self::Secret { .. } => Retry::Later,
            Self::Refused { .. } | Self::Unanswerable { .. } | Self::Incomplete(_) => Retry::Never,
            Self::Uncertain { .. } => Retry::Uncertain,
        }
    }
}

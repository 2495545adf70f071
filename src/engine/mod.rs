//! Moves every item one stage on, writes down the result, and starts again after a crash.

mod alarm;
mod alone;
mod asked;
mod breaker;
mod decided;
mod desk;
mod disk;
mod errand;
mod despatch;
mod fellows;
pub mod files;
mod hold;
mod journal;
mod leaving;
mod lessons;
mod lines;
mod papers;
pub mod people;
mod pictures;
pub mod preview;
mod process;
mod rate;
mod replay;
mod reports;
mod restored;
mod rounds;
mod rules;
mod run;
mod serve;
#[cfg(test)]
mod simulation;
mod stages;
mod standing;
mod status;

use crate::connectors;
use crate::domain::ItemId;
use crate::errors::Retry;
use crate::failpoint;
use crate::llm;
use crate::store;
use crate::store::records::{Claim, Step};

pub use desk::{DecideError, Desk, ItemView, QueueView};
pub use despatch::UNDELIVERED;
pub use errand::{Errand, Told, run as run_errand};
pub use lessons::BackTo;
pub use restored::after_restore;
pub use rounds::{DoorAccount, Rounds};
pub use rules::Rules;
pub use run::run;
pub use standing::{Undelivered, is_approved};
pub use status::{DoorStatus, ModelStatus, OutputStatus, Status};

use journal::Journal;

/// The whole journey: what was written last decides what is done next.
pub async fn advance(desk: &Desk, claim: &mut Claim) -> Result<Step, Error> {
    let rules = desk.rules();
    let journal = Journal(desk.records().journal(&claim.item.id).await?);
    failpoint::about("stage.before_work", [journal.last(), &claim.item.name]);
    match journal.last() {
        "accepted" | "reopened" => stages::parse(desk, &rules, claim, &journal).await,
        "parsed" => match reports::attach(desk, &rules, claim, &journal).await? {
            Some(attached) => Ok(attached),
            None => stages::classify(desk, &rules, claim, &journal).await,
        },
        "classified" => stages::extract(desk, &rules, claim, &journal).await,
        "extracted" => stages::validate(desk, &rules, claim, &journal).await,
        "validated" => stages::draft(desk, &rules, claim, &journal).await,
        "decided" => decided::decided(desk, &rules, claim, &journal).await,
        "approved" | "delivered" | "unsent" | "resolved" | "restored" => {
            despatch::next(desk, &rules, claim, &journal).await
        }
        // The daemon was killed while it sent: nobody knows whether it arrived.
        "sending" => despatch::interrupted(desk, claim, &journal),
        other => Err(Error::NothingToDo(other.to_owned())),
    }
}

/// Why a stage has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The model.
    #[error(transparent)]
    Model(#[from] llm::Error),
    /// A door.
    #[error(transparent)]
    Connector(#[from] connectors::Error),
    /// The journal lacks an entry that has to be there.
    #[error("the journal has no `{0}` entry")]
    Missing(&'static str),
    /// An entry is not what it should be.
    #[error("the journal's `{kind}` entry cannot be read")]
    Unreadable {
        /// Of the entry.
        kind: &'static str,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// The class is not in the workflows any more.
    #[error("there is no class `{0}` in the workflows any more")]
    UnknownClass(String),
    /// The office does not have this output any more.
    #[error("there is no output `{0}` any more")]
    UnknownOutput(String),
    /// There is no version of what was learned with this number, or nothing taught it.
    #[error("nothing was learned as version {0}; `vorlage learned` lists the versions")]
    UnknownVersion(u32),
    /// An item that is finished or waits for a person was claimed.
    #[error("after `{0}` there is nothing to do")]
    NothingToDo(String),
    /// What a report is about cannot be touched at this moment.
    #[error("item `{0}`, which it is about, is being worked on")]
    Occupied(ItemId),
    /// A stage panicked: a fault of ours that this item brought to light.
    #[error("the program failed at this item; please report it")]
    Panicked,
}

impl Error {
    /// Whether the same attempt may succeed later.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Store(error) => error.retry(),
            Self::Model(error) => error.retry(),
            Self::Connector(error) => error.retry(),
            // A reload may bring the output back.
            Self::UnknownOutput(_) | Self::Occupied(_) => Retry::Later,
            _ => Retry::Never,
        }
    }

    /// What may stand in a log: the other side's words about one delivery may name its recipient.
    pub(crate) fn for_logs(&self) -> String {
        use connectors::Error as Sent;
        match self {
            Self::Connector(
                Sent::Deferred { place, .. }
                | Sent::Refused { place, .. }
                | Sent::Uncertain { place, .. },
            ) => format!("`{place}` does not take it"),
            other => other.to_string(),
        }
    }

    /// The code a person finds explained.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Model(llm::Error::Missing { .. }) => "H0101",
            Self::Model(llm::Error::OnlyThis(_)) => "H0112",
            Self::Model(_) => "H0102",
            Self::Connector(connectors::Error::Uncertain { .. }) => "H0104",
            Self::Connector(connectors::Error::Unanswerable { .. }) => "H0109",
            Self::Occupied(_) => "H0110",
            Self::Connector(
                connectors::Error::Refused { .. } | connectors::Error::Incomplete(_),
            ) => "H0105",
            Self::Connector(connectors::Error::Deferred { .. }) => "H0113",
            Self::Connector(_) | Self::UnknownOutput(_) => "H0103",
            _ => "H0107",
        }
    }
}

//! What a machine tells about a mail that was sent before: it came back, it waits, it was read, nobody is there.

use serde::{Deserialize, Serialize};

use super::ItemId;

/// The header field in which our own mails name their item. It holds nothing personal.
pub const ITEM_HEADER: &str = "X-Vorlage-Item";

/// A report about a mail. Text of strangers: it may bring an item back to a person, and never more than that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which kind of report.
    pub kind: ReportKind,
    /// What it says became of the mail.
    pub action: Action,
    /// The status (RFC 3463), such as `5.1.1`.
    pub status: Option<String>,
    /// The other side's own words, in one line.
    pub reason: String,
    /// To whom the mail could not be delivered, or who has it.
    pub recipient: Option<String>,
    /// The Message-IDs of the mails it may be about, the most certain first, without angle brackets.
    pub about: Vec<String>,
    /// The item that the returned mail names in its own header.
    pub item: Option<ItemId>,
}

/// Which kind of report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// From a mail server about the delivery (RFC 3464 and what was before it).
    #[default]
    Delivery,
    /// An automatic answer of the recipient's (RFC 3834).
    AutoReply,
    /// Whether it was shown to the recipient (RFC 8098).
    Read,
}

/// What became of a mail (RFC 3464, section 2.3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It was not delivered, and nobody tries any more.
    Failed,
    /// It was not delivered yet; the server goes on trying.
    Delayed,
    /// It was delivered, or handed to a server that tells no more.
    Delivered,
    /// It does not say.
    #[default]
    Unknown,
}

impl super::Envelope {
    /// The header field by which it tells that no program may answer it; ours, when it is a mail of our own.
    pub fn unanswerable(&self) -> Option<&str> {
        let ours = self.item.as_ref().map(|_| ITEM_HEADER);
        let machine = self.automatic.map(|_| "From");
        ours.or(self.silence.as_deref()).or(machine)
    }
}

impl Report {
    /// Whether the mail has not reached its recipient and never will. In doubt it has not: a person looks.
    pub fn is_failure(&self) -> bool {
        self.kind == ReportKind::Delivery && matches!(self.action, Action::Failed | Action::Unknown)
    }
}

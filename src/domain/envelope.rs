//! What a mail says about itself, and how it is made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ItemId, Report, SenderFacts};

/// The header of a mail, decoded. Text of strangers: for showing and answering, never for deciding.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Who says to have written it (`From`).
    pub from: Option<Mailbox>,
    /// Where the answer is wanted (`Reply-To`), when that differs.
    pub reply_to: Option<Mailbox>,
    /// To whom it was addressed.
    pub to: Vec<Mailbox>,
    /// The subject, decoded.
    pub subject: String,
    /// When it was written, by its own word.
    pub date: Option<Timestamp>,
    /// Without the angle brackets.
    pub message_id: Option<String>,
    /// The `References` of the thread, oldest first, without angle brackets; ends with `In-Reply-To`.
    pub references: Vec<String>,
    /// Set when a machine wrote it (RFC 3834, RFC 3464): it is never answered by mail.
    pub automatic: Option<Automatic>,
    /// The header field by which it forbids automatic answers, whoever wrote it (RFC 3834, section 2).
    #[serde(default)]
    pub silence: Option<String>,
    /// What it reports about an earlier mail.
    #[serde(default)]
    pub report: Option<Report>,
    /// The item that its own header names: then it is, or says to be, a mail of ours that came back.
    #[serde(default)]
    pub item: Option<ItemId>,
    /// What the mail is made of.
    #[serde(default)]
    pub leaves: Leaves,
    /// What is known about the sender beside what the mail says.
    #[serde(default)]
    pub sender: SenderFacts,
}

/// The parts of a mail that are no containers, sorted as RFC 8621 (section 4.1.4) does it. A part may
/// count twice: text without an alternative is both the text and the HTML of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaves {
    /// Parts shown to somebody who reads plain text.
    pub text: usize,
    /// Parts shown to somebody who reads HTML.
    pub html: usize,
    /// Everything else, and pictures between the text. A mail inside counts once.
    pub attached: usize,
    /// Whether it can be shown as the sender formatted it.
    #[serde(default)]
    pub formatted: bool,
}

/// A mail as its sender formatted it, made harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formatted {
    /// A fragment without scripts, links and anything from elsewhere.
    pub html: String,
    /// So many pictures are elsewhere and were left out.
    pub remote: usize,
}

/// A name with a mail address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The display name; may be empty.
    pub name: String,
    /// `local@domain`.
    pub address: String,
}

impl Mailbox {
    /// Whom to name in a line: the name, unless there is none or it poses as an address.
    pub fn shown(&self) -> &str {
        if self.name.is_empty() || self.name.contains('@') { &self.address } else { &self.name }
    }
}

/// Why a mail counts as written by a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Automatic {
    /// A delivery report (RFC 3464).
    Bounce,
    /// An automatic answer (RFC 3834: `Auto-Submitted`).
    AutoReply,
    /// Mail to a list (RFC 2369: `List-Id`, `Precedence: bulk`).
    List,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_poses_as_an_address_is_not_shown() {
        let shown = |name: &str| {
            Mailbox { name: name.into(), address: "x@fremd.example".into() }.shown().to_owned()
        };
        assert_eq!(shown("Ada Gut"), "Ada Gut");
        assert_eq!(shown(""), "x@fremd.example");
        assert_eq!(shown("Kasse <kasse@stadt.example>"), "x@fremd.example");
    }
}

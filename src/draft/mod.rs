//! The filled form and the texts made from it, ready for a person.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::{ClassRef, ConnectorName, Digest, FieldName, Finding, Form, QueueName};

/// What a person is shown and approves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The class it was made for.
    pub class: ClassRef,
    /// The class's title.
    pub title: String,
    /// The values.
    pub form: Form,
    /// What the reviewer must look at.
    pub findings: Vec<Finding>,
    /// What must have happened by when.
    pub deadlines: Vec<Due>,
    /// Fields a person must confirm before the approval.
    pub unconfirmed: Vec<FieldName>,
    /// The language of the reply (ISO 639-1).
    pub language: String,
    /// The reply by mail.
    pub reply: Option<Reply>,
    /// The reply as a letter.
    pub letter: Option<DraftFile>,
    /// The approvals it needs.
    pub steps: Vec<DraftStep>,
    /// Where it goes.
    pub deliveries: Vec<ConnectorName>,
}

/// A deadline with its derivation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// As people read it.
    pub name: String,
    /// The last day.
    pub date: Date,
    /// How it was counted, in one sentence.
    pub trace: String,
}

/// The reply by mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The recipient's address, from the mail's own header and never from its text.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// A file made for the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftFile {
    /// Its name.
    pub name: String,
    /// `type/subtype`.
    pub media_type: String,
    /// Its bytes in the store.
    pub digest: Digest,
}

/// One approval the draft needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftStep {
    /// In this queue.
    pub queue: QueueName,
    /// By somebody else than who approved in these.
    pub distinct_from: Vec<QueueName>,
}

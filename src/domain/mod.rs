//! The nouns of the office. Values only: nothing here reads, writes or waits.

pub mod base64_bytes;
mod clock;
mod document;
mod form;
pub mod invoice;
mod names;
mod report;
mod rules;
mod table;

pub use clock::{Clock, SystemClock};
pub use document::{
    Area, Automatic, Document, Envelope, Fact, Leaves, Mailbox, Page, Parsed, Part, Problem,
    Section, SectionKind, Span, TextSource, Trust, Word,
};
pub use form::{Candidate, Evidence, FieldValue, Finding, Form, Method, Severity};
pub use names::{
    ClassName, ClassRef, ConnectorName, Digest, FieldName, ItemId, MediaType, QueueName, UserName,
    WorkflowName,
};
pub use report::{Action, ITEM_HEADER, Report, ReportKind};
pub use rules::{BrokenRule, RuleCheck, Verdict, Weight};
pub use table::{Row, Table};

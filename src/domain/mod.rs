//! The nouns of the office. Values only: nothing here reads, writes or waits.

mod bare;
pub mod base64_bytes;
mod clock;
mod code;
mod document;
mod envelope;
mod form;
pub mod invoice;
mod names;
mod report;
mod rules;
mod table;
mod sender;

pub use bare::bare;
pub use clock::{Clock, SystemClock};
pub use code::{Code, Symbology};
pub use document::{
    Area, Document, Fact, Page, Parsed, Part, Problem, Section, SectionKind, Span, TextSource,
    Trust, Word,
};
pub use envelope::{Automatic, Envelope, Formatted, Leaves, Mailbox};
pub use form::{Candidate, Evidence, FieldValue, Finding, Form, Method, Severity};
pub use names::{
    ClassName, ClassRef, ConnectorName, Digest, FieldName, ItemId, MediaType, QueueName, UserName,
    WorkflowName,
};
pub use report::{Action, ITEM_HEADER, Report, ReportKind};
pub use rules::{BrokenRule, RuleCheck, Verdict, Weight};
pub use sender::{Authentication, Check, Doubt, SenderFacts};
pub use table::{Row, Table};

//! The schema of a class of a workflow. Its sections stand in the order an item meets them.

use std::num::NonZeroU8;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::cross_check::CrossCheck;
use crate::domain::{ConnectorName, FieldName, QueueName, Severity};
use crate::fields::{Asked, Country, TypeName};

/// What an item can be, and what is then done with it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// As people read it.
    pub title: String,
    /// Exactly what the model is told.
    pub description: String,
    /// Words that decide without a model: an item that contains one (in any case of letters) is of this class.
    #[serde(default)]
    pub signals: Vec<String>,
    /// A fact that decides without a model: an item with this fact (such as `BT-1`) is of this class.
    pub signal_fact: Option<String>,
    /// Sentences as they really arrive.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Below this confidence (0 to 1) a person chooses the class. "None of these" competes as well, so 0.3 is a clear lead.
    #[serde(default = "default_floor")]
    #[schemars(range(min = 0, max = 1))]
    pub floor: f32,
    /// To overlook an item of this class costs as much as so many false alarms (1 to 1000). With 10 an item that may be
    /// of this class, though another is up to ten times likelier, is not given the other class: it gets this one, or
    /// below the floor a person chooses, with this class named first.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 1000))]
    pub missed_costs: f32,
    /// What the form asks for.
    #[serde(default, rename = "field")]
    pub fields: IndexMap<FieldName, Field>,
    /// What a reviewer must look at.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
    /// How heavily weighs what is wrong with an e-invoice.
    #[serde(default)]
    pub einvoice: EInvoice,
    /// Fields that together are the same only for the same matter: an earlier item with equal values is a finding.
    #[serde(default)]
    pub duplicate: Vec<FieldName>,
    /// When something must have happened.
    #[serde(default, rename = "deadline")]
    pub deadlines: Vec<Deadline>,
    /// Who approves, one step after the other.
    #[serde(rename = "approval")]
    pub approvals: Vec<Step>,
    /// The answer by mail.
    pub reply: Option<Reply>,
    /// The answer as a letter.
    pub letter: Option<Letter>,
    /// Where the approved draft goes.
    #[serde(default, rename = "deliver")]
    pub deliveries: Vec<Deliver>,
}

/// One value of the form.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// As people read it; else the field's name.
    pub title: Option<String>,
    /// What kind of value it is.
    #[serde(default, rename = "type")]
    pub kind: TypeName,
    /// Exactly what the model is told.
    #[serde(default)]
    pub description: String,
    /// Whether a draft without it is incomplete.
    #[serde(default)]
    pub required: bool,
    /// Whether a person must have confirmed it before the approval.
    #[serde(default)]
    pub must_confirm: bool,
    /// Whether it takes all its values and not only one: the parties of a contract. People edit them one a line; in
    /// expressions and templates it is a list.
    #[serde(default)]
    pub several: bool,
    /// Headings of the column of a table whose cells are its values, for a field with `several = true`; an earlier one
    /// counts more. Nothing but the column is looked at, and sums below it are left out.
    #[serde(default)]
    pub column: Vec<String>,
    /// The name of a list of rows. Fields of the same name are columns of one table: their values stay row by row
    /// beside each other, and an empty cell is an empty value. Expressions and templates loop over the rows.
    pub rows: Option<String>,
    /// For fields that matter: the model is asked a second time, with another question (`true`), or another model is
    /// (its name). Agreement makes the value surer; of two answers both are shown, and a person chooses.
    pub cross_check: Option<CrossCheck>,
    /// A regular expression the value has to match (RE2 syntax).
    pub pattern: Option<String>,
    /// What may be chosen, for `type = "choice"`.
    #[serde(default)]
    pub options: Vec<String>,
    /// Words that stand before, beside or above the value; an earlier one counts more.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Which of several things under one label it is, counted from 1 (a signer and the office held): they stand in lines
    /// below each other, or in one line with commas between them.
    pub part: Option<NonZeroU8>,
    /// So many lines below the label at most are one value, as a long name goes on in the next line.
    pub lines: Option<NonZeroU8>,
    /// Which value it is when its labels name several; else the model is asked.
    pub pick: Option<Pick>,
    /// Whose value it is, where a paper names its sender and its recipient.
    pub party: Option<Party>,
    /// Amounts of the class that together make this one, such as net and tax; they help to tell it.
    #[serde(default)]
    pub sum_of: Vec<FieldName>,
    /// The country by whose habits days and sums are written (ISO 3166, such as `US`); else the workflow's.
    pub country: Option<Country>,
    /// The name of the fact that holds the value in a structured file (`BT-1`).
    pub fact: Option<String>,
    /// The element of a payment code on the page that holds the value; a structured file counts more.
    pub code: Option<PayCode>,
}

/// Which of several values is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The one that stands first.
    First,
    /// The one that stands last.
    Last,
    /// The smallest sum or number, the earliest day.
    Smallest,
    /// The largest sum or number, the latest day.
    Largest,
}

/// A side of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who wrote it: the seller of an invoice.
    Sender,
    /// To whom it is written: the buyer.
    Recipient,
}

/// An element of a `GiroCode` (EPC069-12), the QR code with a credit transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PayCode {
    /// The account to pay to.
    #[serde(rename = "girocode.iban")]
    Iban,
    /// The bank of that account.
    #[serde(rename = "girocode.bic")]
    Bic,
    /// Who is paid.
    #[serde(rename = "girocode.name")]
    Name,
    /// The sum, in euros.
    #[serde(rename = "girocode.amount")]
    Amount,
    /// The payment's reference after ISO 11649.
    #[serde(rename = "girocode.reference")]
    Reference,
    /// The text for the payee.
    #[serde(rename = "girocode.text")]
    Text,
}

impl PayCode {
    /// The name of the fact.
    pub fn fact(self) -> &'static str {
        match self {
            Self::Iban => "girocode.iban",
            Self::Bic => "girocode.bic",
            Self::Name => "girocode.name",
            Self::Amount => "girocode.amount",
            Self::Reference => "girocode.reference",
            Self::Text => "girocode.text",
        }
    }
}

impl Class {
    /// The fields that are columns of one table, by the name of their rows, in the order of the file.
    pub fn rows(&self) -> IndexMap<&str, Vec<(&FieldName, &Field)>> {
        let mut all: IndexMap<&str, Vec<(&FieldName, &Field)>> = IndexMap::new();
        for (name, field) in &self.fields {
            if let Some(rows) = &field.rows {
                all.entry(rows.as_str()).or_default().push((name, field));
            }
        }
        all
    }
}

impl Field {
    /// Whether its values are the cells of a column.
    pub fn is_column(&self) -> bool {
        self.several && !self.column.is_empty()
    }

    /// What finding its value has to know.
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            pattern: self.pattern.as_deref(),
            options: &self.options,
            labels: &self.labels,
            country: self.country.unwrap_or_default(),
        }
    }
}

/// A check of the admin's own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// An expression over the fields, `eingang` (the day of arrival) and `today`; true means: show the finding.
    pub when: String,
    /// What the reviewer reads.
    pub finding: String,
    /// What it asks of the reviewer.
    #[serde(default = "warning")]
    pub severity: Severity,
    /// The field it is about.
    pub field: Option<FieldName>,
}

/// How heavily weighs what is wrong with an e-invoice.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EInvoice {
    /// A broken rule of EN 16931, XRechnung or Peppol, where the rule itself must be kept.
    #[serde(default = "warning")]
    pub rules: Severity,
    /// Another account or sum on the printed page than in the XML or in a payment code; other differences are
    /// warnings at most.
    /// `blocking` holds until a person has confirmed or corrected the value.
    #[serde(default = "blocking")]
    pub print: Severity,
}

impl Default for EInvoice {
    fn default() -> Self {
        Self { rules: warning(), print: blocking() }
    }
}

/// When something must have happened, counted by code and never by a model.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// As people read it.
    pub name: String,
    /// How it is counted.
    pub rule: DeadlineRule,
    /// How many days or months.
    pub count: u16,
    /// The date field from which it is counted; else the day of arrival.
    pub from: Option<FieldName>,
}

/// How a period is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineRule {
    /// Monday to Friday without public holidays of the region.
    WorkingDays,
    /// Calendar days; an end on a Saturday, Sunday or holiday moves to the next working day (BGB, sections 187(1), 193).
    Days,
    /// Months (BGB, sections 187(1), 188(2) and (3), 193).
    Months,
}

/// One approval.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The queue whose people may give it.
    pub queue: QueueName,
    /// An expression; the step is needed only when it is true.
    pub when: Option<String>,
    /// Queues of earlier steps whose approver may not give this one too (four eyes).
    #[serde(default)]
    pub distinct_from: Vec<QueueName>,
}

/// The answer by mail, made from templates by code.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// To whom: an expression in double braces, usually `{{ absender }}`.
    pub to: String,
    /// The subject, by language; may hold expressions.
    pub subject: IndexMap<String, String>,
    /// `anmeldung` stands for `workflows/<workflow>/anmeldung.<language>.txt`.
    pub template: String,
}

/// The answer as a letter: an office's own DOCX with `{{ field }}` in it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// `bescheid` stands for `workflows/<workflow>/bescheid.<language>.docx`.
    pub template: String,
}

/// One delivery of the approved draft.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// A file of `connectors/`, without `.toml`, that is an output.
    pub to: ConnectorName,
    /// An expression; the delivery is made only when it is true.
    pub when: Option<String>,
}

fn one() -> f32 {
    1.0
}

fn default_floor() -> f32 {
    0.3
}

fn warning() -> Severity {
    Severity::Warning
}

fn blocking() -> Severity {
    Severity::Blocking
}

//! The schema of a workflow: what holds for all of its classes, and its examples.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Class;
use crate::domain::{ClassName, ConnectorName, FieldName, QueueName};
use crate::fields::Country;

/// One file in `workflows/`: one procedure of the office.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// As people read it.
    pub title: String,
    /// What it is for; feeds the register of AI uses.
    pub purpose: String,
    /// The unit that answers for it.
    pub owner: String,
    /// How sensitive its items are; decides which models may see them.
    pub data_class: DataClass,
    /// Its place in the EU's AI Act.
    pub ai_act: AiAct,
    /// The model that classifies and extracts. Without one, rules and people do.
    pub model: Option<ConnectorName>,
    /// The country by whose habits days and sums are written in its items (ISO 3166, such as `US`).
    #[serde(default)]
    pub country: Country,
    /// Where its items come from.
    pub intake: Intake,
    /// What an item can be, and what is then done with it.
    #[serde(rename = "class")]
    pub classes: IndexMap<ClassName, Class>,
    /// Examples the admin expects to work, run by `vorlage test`.
    #[serde(default, rename = "test")]
    pub tests: Vec<Test>,
}

impl Workflow {
    /// The same with its country in every field that names none.
    pub(super) fn settled(mut self) -> Self {
        let fields = self.classes.values_mut().flat_map(|class| class.fields.values_mut());
        fields.for_each(|field| field.country = field.country.or(Some(self.country)));
        self
    }
}

/// How sensitive data is, from `public` to `secret`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// Published anyway.
    Public,
    /// Internal, without personal data.
    Internal,
    /// Personal data (GDPR, Article 4).
    Personal,
    /// Special categories (GDPR, Article 9).
    Special,
    /// Social data (SGB X, section 67).
    Social,
    /// Tax secrecy (AO, section 30).
    Tax,
    /// Data of the staff.
    Staff,
    /// Classified.
    Secret,
}

/// The declaration under Regulation (EU) 2024/1689 that every workflow makes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AiAct {
    /// The area of Annex III it touches.
    pub annex3: Annex3,
    /// What the model does in it (Article 6(3)).
    pub role: AutomationRole,
}

/// Areas of Annex III of the AI Act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Annex3 {
    /// None of them.
    #[serde(rename = "none")]
    None,
    /// Access to education.
    #[serde(rename = "3a")]
    Education,
    /// Selection of applicants.
    #[serde(rename = "4a")]
    Recruitment,
    /// Control of workers.
    #[serde(rename = "4b")]
    Workers,
    /// Essential public benefits.
    #[serde(rename = "5a")]
    Benefits,
    /// Law enforcement.
    #[serde(rename = "6")]
    LawEnforcement,
    /// Migration and asylum.
    #[serde(rename = "7")]
    Migration,
    /// Administration of justice.
    #[serde(rename = "8a")]
    Justice,
}

/// What a model may do without being high-risk (AI Act, Article 6(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AutomationRole {
    /// It structures and sorts what arrived.
    NarrowProcedural,
    /// It improves what a person has done.
    ImproveText,
    /// It prepares what a person assesses.
    Preparatory,
}

/// The doors of a workflow.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// Files of `connectors/`, without `.toml`. Workflows that share a door compete for its items.
    pub from: Vec<ConnectorName>,
}

/// An example the admin expects to work.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// A file, relative to the office.
    pub document: String,
    /// The expected class; without it: none of this workflow's classes.
    pub class: Option<ClassName>,
    /// Expected values in normal form; `""` for a field that must stay empty.
    #[serde(default)]
    pub fields: IndexMap<FieldName, String>,
    /// The queue in which the draft must wait first.
    pub queue: Option<QueueName>,
    /// Codes of findings that must be shown.
    #[serde(default)]
    pub findings: Vec<String>,
    /// What must never happen: `deliver:<connector>` or `class:<class>`.
    #[serde(default)]
    pub never: Vec<String>,
}

//! What kind of item it is: certain signals first, then the model among the door's classes.

use serde::{Deserialize, Serialize};

use crate::domain::{ClassRef, Evidence};
use crate::llm::Trace;

/// The class of an item, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// `None`: none of the classes fits, or it is not sure enough; a person chooses.
    pub class: Option<ClassRef>,
    /// 0 to 1.
    pub confidence: f32,
    /// Who or what decided.
    pub by: By,
    /// The signal that decided.
    pub evidence: Vec<Evidence>,
    /// Other classes, best first, with their confidence. `None` stands for "none of these".
    pub alternatives: Vec<(Option<ClassRef>, f32)>,
    /// The model's answer.
    pub trace: Option<Trace>,
}

/// Who or what gave an item its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A word that the admin named as certain.
    Signal,
    /// A fact of a structured file.
    Fact,
    /// The model.
    Model,
    /// A person.
    Person,
    /// Nothing to decide with: no model, nothing readable.
    #[default]
    Nobody,
}

//! Finds the values a class asks for, each with the place it was found.

use serde::{Deserialize, Serialize};

use crate::domain::Form;
use crate::llm::Trace;

/// The values of an item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// Every field of the class, found or not.
    pub form: Form,
    /// The model's answer, if one was asked.
    pub trace: Option<Trace>,
    /// The model was not asked although the class has fields for it.
    pub without_model: bool,
}

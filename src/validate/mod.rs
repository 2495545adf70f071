//! Checks the values against the rules of their class. Pure: the same input always gives the same findings.

use serde::{Deserialize, Serialize};

use crate::domain::{Finding, Form};

/// Checked values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Validated {
    /// The values.
    pub form: Form,
    /// What the reviewer must look at.
    pub findings: Vec<Finding>,
}

//! The checks that look at several places or files at once.

use super::{Files, Office};
use crate::errors::Diagnostic;

pub(super) fn load(files: &Files) -> (Option<Office>, Vec<Diagnostic>) {
    let _ = files;
    (None, Vec::new())
}

//! How mistakes are told: to admins with file, line and caret, to the engine with "try again?".

pub mod codes;
mod diagnostic;
mod similar;

pub use diagnostic::{Diagnostic, Sources, render, tidy, to_json};
pub use similar::{did_you_mean, list, similar};

/// Whether the same attempt may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The other side is away or busy: try again, without end, ever more slowly.
    Later,
    /// Nothing changes by trying again: a person must look.
    Never,
    /// It may have happened already. Trying again could do it twice, so a person must look.
    Uncertain,
}

//! One file per page, each with its template of the same name.

pub(super) mod decide;
pub(super) mod files;
pub(super) mod health;
pub(super) mod help;
pub(super) mod history;
pub(super) mod item;
pub(super) mod ledger;
pub(super) mod queue;
pub(super) mod queues;
pub(super) mod sign_in;

#[cfg(test)]
mod tests;

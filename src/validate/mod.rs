//! Checks the values of a form against the rules of its class. Pure.

pub mod deadlines;
mod holidays;

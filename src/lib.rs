//! From the post that arrives to the answer a person approves.
//!
//! The modules below are declared in the order a document meets them, and that order is a rule:
//! **a module uses only modules declared above it** (`tests/it/layers.rs` checks it).
//! Read them top to bottom to follow one document; [`engine::advance`] is the whole journey on one screen.

pub mod domain;
pub mod errors;
pub mod fields;
pub mod locale;
pub mod config;
// Where a test ends, stops or fails the program; nothing in a release build.
pub mod failpoint;

// The outside world, each behind one trait.
pub mod store;
pub mod llm;
pub mod connectors;

// The stages. Each turns what the one before it made into what the next one needs.
pub mod intake;
pub mod parse;
// What decided items teach.
pub mod learn;
pub mod classify;
pub mod extract;
pub mod validate;
pub mod draft;
pub mod review;
pub mod deliver;

// Many documents at once: how good a workflow is, measured.
pub mod insight;

// The only place that knows the order of the stages, and what people use.
pub mod engine;
pub mod web;
pub mod cli;

//! What the pages show, worked out from plain data: nothing here reads, writes or waits.

mod actions;
mod answer;
mod danger;
mod facts;
mod fields;
mod grids;
mod invoice;
mod marks;
mod papers;
mod proof;
mod relation;
mod rows;
mod sender;
mod story;
mod summary;

#[cfg(test)]
pub(super) mod samples;

pub(super) use actions::{Actions, Step, steps};
pub(super) use answer::{Corrections, corrections, same_but_confirmed};
pub(super) use danger::{Danger, danger};
pub(super) use fields::{FieldRow, FindingRow, Input, field_rows, findings};
pub(super) use papers::{Paper, ProblemRow, papers, problems};
pub(super) use relation::{DeliverTexts, Relation, relation};
pub(super) use story::{ChangeRow, StoryRow, changes, reply_of_a_person, story};
pub(super) use summary::{MatterRow, class_title, matters, why_here};

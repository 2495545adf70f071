//! Moves every item one stage on, writes down the result, and starts again after a crash.

mod desk;

pub use desk::{DecideError, Desk, DoorStatus, ItemView, ModelStatus, QueueView, Status};

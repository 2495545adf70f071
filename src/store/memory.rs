//! (being written)
/// (being written)
pub struct Memory;

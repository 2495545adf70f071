//! (being written)
/// (being written)
pub struct Sled;

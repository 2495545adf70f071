//! In place of the model's process, in a program that was built without it.

/// Says that there is none.
///
/// # Errors
/// Always.
pub fn worker() -> Result<(), String> {
    Err("this program was built without the feature `embedded`".to_owned())
}

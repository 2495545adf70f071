//! A text without everything that may differ between two ways of writing the same.

/// Only the letters and digits of a text, in lower case: what is the same however it is laid out.
pub fn bare(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

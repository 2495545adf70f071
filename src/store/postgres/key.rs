//! How keys are written in a column of type `text`, which takes every character but U+0000.

use std::borrow::Cow;

/// U+0000 and U+0001 become two characters, in a way that keeps order and beginnings.
pub(super) fn outside(key: &str) -> Cow<'_, str> {
    if !key.contains(['\0', '\u{1}']) {
        return Cow::Borrowed(key);
    }
    Cow::Owned(key.replace('\u{1}', "\u{1}\u{2}").replace('\0', "\u{1}\u{1}"))
}

/// The key itself again.
pub(super) fn inside(written: String) -> String {
    if !written.contains('\u{1}') {
        return written;
    }
    written.replace("\u{1}\u{1}", "\0").replace("\u{1}\u{2}", "\u{1}")
}

/// The first text that is greater than all that begin with `prefix`; `None` when there is none.
pub(super) fn end(prefix: &str) -> Option<String> {
    let mut text: Vec<char> = prefix.chars().collect();
    while let Some(last) = text.pop() {
        let next = match last {
            // Between them lie the surrogates, which are no characters.
            '\u{d7ff}' => Some('\u{e000}'),
            _ => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn written_keys_keep_their_order_and_beginnings(a in "[\\x00-\\x03ab]{0,4}", b in "[\\x00-\\x03ab]{0,4}") {
            prop_assert_eq!(inside(outside(&a).into_owned()), a.clone());
            prop_assert_eq!(outside(&a).cmp(&outside(&b)), a.cmp(&b));
            prop_assert_eq!(outside(&a).starts_with(&*outside(&b)), a.starts_with(&b));
            prop_assert!(!outside(&a).contains('\0'));
        }

        #[test]
        fn the_end_is_behind_all_that_begin_so(prefix in "\\PC{1,3}", rest in "\\PC{0,3}", other in "\\PC{0,3}") {
            let end = end(&prefix).unwrap();
            let longer = [prefix.as_str(), rest.as_str()].concat();
            prop_assert!(longer < end);
            prop_assert!(other < prefix || other.starts_with(&prefix) || other >= end);
        }
    }

    #[test]
    fn after_the_last_character_there_is_nothing() {
        assert_eq!(end("\u{10ffff}"), None);
        assert_eq!(end("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(end(""), None);
    }
}

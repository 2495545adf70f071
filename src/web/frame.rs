//! What stands around every page.

use std::fmt::Display;

use super::assets;
use super::keys::{KEYS, Key};
use super::visitor::Visitor;
use super::words::Words;
use crate::locale::{self, Language};

/// What stands around a page: title, navigation, language, messages.
pub(super) struct Frame {
    /// Texts in the visitor's language.
    pub words: Words,
    /// The page's title.
    pub title: String,
    /// The office's name.
    pub office: String,
    /// The person's name, once signed in.
    pub person: Option<String>,
    /// Goes into every form.
    pub csrf: String,
    /// The path of this page, for the links that change the language.
    pub path: String,
    /// Other languages that may be chosen.
    pub languages: Vec<&'static Language>,
    /// What was just done.
    pub notice: Option<Notice>,
}

/// A message about what was just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    /// `success`, `info`, `warning` or `danger`.
    pub kind: &'static str,
    /// The message.
    pub text: String,
}

/// Every message there is: its key in `?notice=` and in the language files, and its kind.
const NOTICES: &[(&str, &str)] = &[
    ("notice-approved", "success"),
    ("notice-rejected", "success"),
    ("notice-forwarded", "success"),
    ("notice-queue-done", "success"),
    ("notice-reclassified", "success"),
    ("notice-saved", "success"),
    ("notice-unchanged", "info"),
    ("notice-renewed", "warning"),
    ("notice-reason-missing", "danger"),
    ("notice-going-on", "info"),
    ("notice-signed-out", "info"),
];

impl Frame {
    /// The frame of a page.
    pub(super) fn new(visitor: &Visitor, title: String) -> Self {
        let person = visitor.person.as_ref();
        let fixed = person.is_some_and(|it| it.user.language.is_some());
        let others = locale::LIST.iter().filter(|it| **it != *visitor.words.language);
        Self {
            words: visitor.words.clone(),
            title,
            office: visitor.office.settings.name.clone(),
            person: person.map(|it| it.user.title.clone()),
            csrf: person.map(|it| it.csrf.clone()).unwrap_or_default(),
            path: visitor.path.clone(),
            languages: if fixed { Vec::new() } else { others.collect() },
            notice: visitor.notice.as_deref().and_then(|key| notice(&visitor.words, key)),
        }
    }

    /// A text.
    pub(super) fn t(&self, key: &str) -> String {
        self.words.t(key)
    }

    /// A text with one argument.
    pub(super) fn with(&self, key: &str, name: &str, value: impl Display) -> String {
        self.words.with(key, name, &value.to_string())
    }

    /// The address of a file that is built in.
    pub(super) fn asset(&self, path: &str) -> String {
        assets::address(path)
    }

    /// The key map.
    pub(super) fn keys(&self) -> &'static [Key] {
        KEYS
    }
}

fn notice(words: &Words, key: &str) -> Option<Notice> {
    let (key, kind) = NOTICES.iter().find(|(known, _)| *known == key)?;
    Some(Notice { kind, text: words.t(key) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_messages_are_shown() {
        let words = Words::new("de", "Europe/Berlin");
        assert_eq!(notice(&words, "please call this number"), None);
        for (key, _) in NOTICES {
            assert!(locale::has("de", key) && locale::has("en", key), "{key}");
        }
    }
}

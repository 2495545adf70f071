//! The keys of the desk, in one list: `desk.js` obeys it, the help page and the overlay show it.

/// One key and what it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// What `desk.js` does.
    pub action: &'static str,
    /// As `desk.js` compares it: modifiers in the order `Ctrl+Alt+Shift+`, then `KeyboardEvent.key`.
    pub press: &'static str,
    /// The key of its explanation in the language files.
    pub text: &'static str,
}

/// Every key. Single letters work only outside text fields (WCAG 2.2, 2.1.4).
pub(super) const KEYS: &[Key] = &[
    Key { action: "next-field", press: "Enter", text: "key-next-field" },
    Key { action: "previous-field", press: "Shift+Enter", text: "key-previous-field" },
    Key { action: "alternative", press: "Alt+1", text: "key-alternative" },
    Key { action: "absent", press: "Alt+0", text: "key-absent" },
    Key { action: "approve", press: "Ctrl+Enter", text: "key-approve" },
    Key { action: "save", press: "Ctrl+s", text: "key-save" },
    Key { action: "reject", press: "r", text: "key-reject" },
    Key { action: "forward", press: "f", text: "key-forward" },
    Key { action: "class", press: "c", text: "key-class" },
    Key { action: "history", press: "w", text: "key-history" },
    Key { action: "help", press: "?", text: "key-help" },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::locale;

    #[test]
    fn no_key_does_two_things_and_each_is_explained() {
        let presses: BTreeSet<_> = KEYS.iter().map(|key| key.press).collect();
        assert_eq!(presses.len(), KEYS.len());
        for key in KEYS {
            assert!(locale::has("de", key.text) && locale::has("en", key.text), "{}", key.text);
        }
    }

    #[test]
    fn the_script_knows_every_action() {
        let script = include_str!("static/desk.js");
        for key in KEYS {
            let name = format!("\"{}\"", key.action);
            assert!(script.contains(&name), "{}", key.action);
        }
    }
}

//! Where a secret lies. The secret itself never stands in an office's files.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tree::{Node, Value};
use crate::errors::Diagnostic;

/// A reference to a secret: `{ credential = "name" }` or `{ file = "path" }`, exactly one of them.
///
/// [`crate::config::read()`] refuses a file in which both or neither is given, because the schema says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Secret", extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Secret {
    /// The name of a systemd credential (`LoadCredential=name:…`), read from `$CREDENTIALS_DIRECTORY`.
    pub credential: Option<String>,
    /// A file that holds nothing but the secret; a relative path starts at the office.
    pub file: Option<PathBuf>,
}

/// Words in the name of a key whose value is a secret, and endings with which it is not.
const SECRET: &[&str] =
    &["password", "passwort", "kennwort", "passphrase", "token", "secret", "apikey"];
const PLACE: &[&str] = &["url", "file", "path", "name", "header", "user"];

/// Every secret in a file of `connectors/` that stands there in clear text, whatever its kind.
pub(super) fn check(file: &str, tree: &Node, found: &mut Vec<Diagnostic>) {
    for (key, node) in tree.entries() {
        match &node.value {
            Value::Text(text) if is_secret(key) && !text.is_empty() => {
                found.push(in_clear_text(file, node, &format!("`{key}`")));
            }
            Value::Text(text) if has_password(text) => {
                found.push(in_clear_text(file, node, &format!("the password in `{key}`")));
            }
            Value::Table(_) => check(file, node, found),
            Value::List(items) => items.iter().for_each(|item| check(file, item, found)),
            _ => {}
        }
    }
}

/// The mistake itself. The message never repeats the secret.
pub(super) fn in_clear_text(file: &str, node: &Node, name: &str) -> Diagnostic {
    Diagnostic::new("E0404", file, format!("{name} stands here in clear text"))
        .at(Some(node.span.clone()))
        .hint("write `{ credential = \"name\" }` or `{ file = \"path\" }`, and change the secret")
}

fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase().replace("api_key", "apikey");
    let mut words = key.split(['_', '-']);
    let last = words.clone().next_back().unwrap_or("");
    words.any(|word| SECRET.contains(&word)) && !PLACE.contains(&last)
}

/// Whether an address holds a password: `scheme://user:password@host`.
fn has_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    host.rsplit_once('@').is_some_and(|(user, _)| {
        user.split_once(':').is_some_and(|(_, password)| !password.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        check("connectors/a.toml", &Node::parse(text).0, &mut found);
        found.into_iter().map(|diagnostic| diagnostic.message).collect()
    }

    #[test]
    fn a_secret_in_clear_text_is_found_in_any_file_and_never_repeated() {
        let found = check_text("password = \"geheim\"\n[a]\nAPI_KEY = \"geheim\"\n");
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|message| !message.contains("geheim")));
        assert_eq!(check_text("url = \"postgres://vorlage:geheim@db/vorlage\"").len(), 1);
    }

    #[test]
    fn a_secret_is_one_reference_and_no_text() {
        #[derive(Debug, Deserialize, JsonSchema)]
        struct Door {
            #[expect(dead_code, reason = "only read")]
            password: Option<Secret>,
        }
        let code =
            |text| crate::config::read::<Door>("a.toml", text).map_err(|found| found[0].code);
        assert!(code("password = { credential = \"post\" }").is_ok());
        assert!(code("").is_ok());
        assert_eq!(code("password = {}").unwrap_err(), "E0108");
        assert_eq!(code("password = \"geheim\"").unwrap_err(), "E0404");
        let both = "password = { credential = \"post\", file = \"post.txt\" }";
        assert_eq!(code(both).unwrap_err(), "E0108");
    }

    #[test]
    fn what_only_sounds_like_a_secret_is_left_alone() {
        assert!(check_text("password = { credential = \"post\" }").is_empty());
        assert!(check_text("max_tokens = 5\ntoken_url = \"https://a.example/x@y:z\"").is_empty());
        assert!(check_text("password = \"\"\ntokenizer = \"bpe\"").is_empty());
    }
}

//! Who takes the second look at a field: `cross_check = true`, or the name of another model.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::domain::ConnectorName;

/// Who takes the second look at the value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrossCheck {
    /// Nobody.
    No,
    /// The same model, asked in another way.
    Again,
    /// Another model.
    By(ConnectorName),
}

// By hand, because an untagged enum would lose the place of a mistake.
impl<'de> Deserialize<'de> for CrossCheck {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl Visitor<'_> for Written {
    type Value = CrossCheck;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false` or the name of a model in `connectors/`")
    }

    fn visit_bool<E: Error>(self, again: bool) -> Result<CrossCheck, E> {
        Ok(if again { CrossCheck::Again } else { CrossCheck::No })
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<CrossCheck, E> {
        Ok(CrossCheck::By(name.into()))
    }
}

impl JsonSchema for CrossCheck {
    fn schema_name() -> Cow<'static, str> {
        "CrossCheck".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["boolean", "string"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_a_truth_or_as_a_name() {
        let read = |text: &str| {
            toml::from_str::<std::collections::BTreeMap<String, CrossCheck>>(text)
                .map(|mut it| it.remove("a").unwrap())
        };
        assert_eq!(read("a = true").unwrap(), CrossCheck::Again);
        assert_eq!(read("a = false").unwrap(), CrossCheck::No);
        assert_eq!(read("a = \"zweites\"").unwrap(), CrossCheck::By("zweites".into()));
        assert!(read("a = 1").unwrap_err().to_string().contains("the name of a model"));
    }
}

//! The names of things, each its own type so that none is taken for another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub String);
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// One thing that arrived and has to be dealt with (in German: Vorgang). A UUID of version 7.
    ItemId
);
name!(
    /// The BLAKE3 hash of some bytes in hexadecimal; also their name in the store.
    Digest
);
name!(
    /// A file name in `connectors/`, without `.toml`.
    ConnectorName
);
name!(
    /// A file name in `workflows/`, without `.toml`.
    WorkflowName
);
name!(
    /// A class a workflow can give an item, as the admin wrote it.
    ClassName
);
name!(
    /// A field of a form, as the admin wrote it.
    FieldName
);
name!(
    /// Where drafts wait for people, as named in `office.toml`.
    QueueName
);
name!(
    /// The sign-in name of a person.
    UserName
);
name!(
    /// What the bytes are (`type/subtype`), decided by looking at them and not at the file name.
    MediaType
);

/// A class of one workflow. Several workflows may share a door, so the class's name alone is not enough.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClassRef {
    /// The workflow that declares the class.
    pub workflow: WorkflowName,
    /// The class.
    pub class: ClassName,
}

impl std::fmt::Display for ClassRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.workflow, self.class)
    }
}

impl std::str::FromStr for ClassRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (workflow, class) =
            text.split_once('/').ok_or("a class is written `workflow/class`")?;
        Ok(Self { workflow: workflow.into(), class: class.into() })
    }
}

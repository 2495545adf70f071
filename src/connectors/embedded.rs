//! The model in the house, run by a child process of this program.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::settings::{self, Checking};
use super::{Ability, Connector, Error, Kind};
use crate::config;
use crate::llm::embedded::{Embedded, Settings as Needs};
use crate::llm::{LanguageModel, catalogue};

pub(super) const KIND: Kind = Kind {
    name: "embedded",
    purpose: "Runs a language model on this machine, in a supervised child process.",
    example: r#"kind = "embedded"
model = "default"
"#,
    abilities: &[Ability::Model],
    check: |file, text| settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open: |name, text, place| {
        let settings: Settings = settings::read(name, text)?;
        let weights = match (&settings.path, &settings.model) {
            (Some(path), _) => settings::path_in(place, path),
            (None, model) => {
                let model = model.as_deref().unwrap_or(DEFAULT);
                let known = catalogue::answers(model).ok_or_else(|| unknown(model))?;
                place.models.join(known.file)
            }
        };
        let needs = Needs {
            weights,
            threads: settings.threads,
            context_tokens: settings.context_tokens,
            timeout: Duration::from_secs(settings.timeout_seconds),
            kept: Some(place.state.join("prefixes")),
            vectors: false,
        };
        let model: Arc<dyn LanguageModel> = Arc::new(Embedded::new(place.program.clone(), needs));
        Ok(Connector { model: Some(model), ..Connector::default() })
    },
};

/// The name of the usual weights.
const DEFAULT: &str = "default";

/// A model that runs on this machine.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `embedded`.
    #[schemars(extend("const" = "embedded"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// A name from `vorlage model list`; without it `default`.
    model: Option<String>,
    /// A file of weights (GGUF) instead of a name; a relative path starts at the office.
    path: Option<PathBuf>,
    /// How many processor cores are used; without it as many as there are, at most 8.
    threads: Option<usize>,
    /// How many tokens the model holds at once, question and answer together.
    #[serde(default = "context")]
    context_tokens: u32,
    /// The longest time for one question.
    #[serde(default = "patience")]
    timeout_seconds: u64,
}

fn context() -> u32 {
    8192
}

fn patience() -> u64 {
    120
}

fn unknown(model: &str) -> Error {
    Error::Refused {
        place: model.to_owned(),
        why: "there is no such model in the catalogue".to_owned(),
    }
}

fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    if settings.model.is_some() && settings.path.is_some() {
        found.wrong("E0205", &["path"], "give either `model` or `path`".to_owned());
    }
    if let Some(model) = settings.model.as_deref().filter(|it| catalogue::answers(it).is_none()) {
        found
            .wrong(
                "E0205",
                &["model"],
                format!("there is no model `{model}` that answers in the catalogue"),
            )
            .hint("`vorlage model list` shows all names");
    }
    if settings.threads == Some(0) {
        found.wrong("E0205", &["threads"], "`threads` must be at least 1".to_owned());
    }
    if settings.context_tokens < 2048 {
        found.wrong(
            "E0205",
            &["context_tokens"],
            "`context_tokens` must be at least 2048".to_owned(),
        );
    }
    found.at_least_one("timeout_seconds", settings.timeout_seconds);
}

//! A model behind a server that speaks OpenAI's chat completions.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::settings::{self, Checking};
use super::{Ability, Connector, Kind, net, secrets};
use crate::config::{self, Secret};
use crate::llm::openai::{OpenAi, Settings as Needs, Vectors};
use crate::llm::{Embedder, LanguageModel};

pub(super) const KIND: Kind = Kind {
    name: "openai",
    purpose: "Asks a language model behind any server that speaks as OpenAI's does (vLLM, llama.cpp, Ollama).",
    example: r#"kind = "openai"
base_url = "https://modelle.rechenzentrum.example/v1"
model = "gemma-3-12b"
api_key = { credential = "modell-schluessel" }
external = true
"#,
    abilities: &[Ability::Model, Ability::Vectors],
    check: |file, text| settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open: |name, text, place| {
        let settings: Settings = settings::read(name, text)?;
        let per_minute = Some(settings.per_minute);
        let needs = Needs {
            base_url: settings.base_url.trim_end_matches('/').to_owned(),
            model: settings.model,
            api_key: settings.api_key.as_ref().map(|it| secrets::read(it, place)).transpose()?,
            timeout: Duration::from_secs(settings.timeout_seconds),
        };
        let of_vectors = settings.embeddings.unwrap_or_else(|| needs.model.clone());
        let vectors = Vectors::new(Needs { model: of_vectors, ..needs.clone() });
        let vectors: Arc<dyn Embedder> = Arc::new(vectors);
        let model: Arc<dyn LanguageModel> = Arc::new(OpenAi::new(needs));
        let (model, vectors) = (Some(model), Some(vectors));
        Ok(Connector { model, vectors, per_minute, ..Connector::default() })
    },
};

/// A model behind a server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `openai`.
    #[schemars(extend("const" = "openai"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// The server's address up to and with `/v1`.
    base_url: String,
    /// The model, as the server calls it.
    model: String,
    /// The model that turns texts into vectors for `[learning] embeddings`, as the server calls it; without it `model`
    /// is asked for them.
    embeddings: Option<String>,
    /// Where the key lies, if the server wants one.
    api_key: Option<Secret>,
    /// Must be true for a server that is not this machine: what people wrote to the office goes there.
    #[serde(default)]
    external: bool,
    /// The longest time for one question.
    #[serde(default = "patience")]
    timeout_seconds: u64,
    /// The most questions a minute (an item needs about two); more wait for their turn.
    #[serde(default = "often")]
    per_minute: u32,
}

fn often() -> u32 {
    300
}

fn patience() -> u64 {
    120
}

fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    found.not_empty("model", &settings.model);
    if let Some(embeddings) = &settings.embeddings {
        found.not_empty("embeddings", embeddings);
    }
    found.at_least_one("per_minute", settings.per_minute.into());
    found.at_least_one("timeout_seconds", settings.timeout_seconds);
    let Some(url) =
        reqwest::Url::parse(&settings.base_url).ok().filter(|it| it.scheme().starts_with("http"))
    else {
        found.wrong(
            "E0205",
            &["base_url"],
            format!("`{}` is not a web address", settings.base_url),
        );
        return;
    };
    let host = url.host_str().unwrap_or_default();
    if net::is_loopback(host) {
        return;
    }
    if url.scheme() != "https" {
        let message = format!("the connection to `{host}` would not be encrypted");
        found.wrong("E0204", &["base_url"], message);
    }
    if !settings.external {
        found
            .wrong("E0206", &["base_url"], format!("`{host}` is not this machine"))
            .hint("if the office may send its post there, say so with `external = true`");
    }
}

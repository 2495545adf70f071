//! A model behind any server that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama, …).

use std::time::Duration;

use secrecy::SecretString;

/// What a server needs to be asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Up to and with `/v1`, without a slash at the end.
    pub base_url: String,
    /// As the server calls it.
    pub model: String,
    /// Sent as a bearer token.
    pub api_key: Option<SecretString>,
    /// The longest time for one question.
    pub timeout: Duration,
}

impl Settings {
    /// The usual settings for a server: no key, two minutes.
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> Self {
        let (base_url, model) = (base_url.into(), model.into());
        Self { base_url, model, api_key: None, timeout: Duration::from_secs(120) }
    }
}

/// A model behind a server.
#[derive(Debug)]
pub struct OpenAi {
    settings: Settings,
}

impl OpenAi {
    /// Remembers whom to ask. Opens nothing.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }
}

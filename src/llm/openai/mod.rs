//! A model behind any server that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama, …).
//!
//! The server is asked for JSON of a given schema, and its answer is checked again here.

mod ask;
mod probe;
mod reply;
mod shares;
#[cfg(test)]
mod stub;
#[cfg(test)]
mod tests;
mod vectors;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::{
    Answers, Blank, Card, Chosen, Error, Filled, FilledBlank, LanguageModel, Prompt, Skill, Trace,
    form,
};
use ask::Server;
use reply::Reply;

pub use vectors::Vectors;

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
    /// Or why no client can be made, which is told to whoever asks.
    server: Result<Server, String>,
}

impl OpenAi {
    /// Remembers whom to ask. Asks nobody yet.
    pub fn new(settings: Settings) -> Self {
        let server = Server::new(&settings);
        Self { settings, server }
    }

    /// Asks once; `more` says how the answer must look.
    async fn ask(
        &self,
        prompt: &Prompt,
        most: usize,
        more: Value,
    ) -> Result<(Reply, Trace), Error> {
        let mut question = json!({
            "model": self.settings.model,
            "messages": messages(prompt),
            "temperature": 0,
            "max_tokens": most,
            "stream": false,
            // Understood by vLLM and llama.cpp, ignored by others: no thinking aloud.
            "chat_template_kwargs": { "enable_thinking": false },
        });
        if let (Some(question), Value::Object(more)) = (question.as_object_mut(), more) {
            question.extend(more);
        }
        let hash =
            blake3::hash(question.get("messages").unwrap_or(&Value::Null).to_string().as_bytes());
        let started = Instant::now();
        let unreachable = |why: &String| Error::Unreachable {
            place: self.settings.base_url.clone(),
            why: why.clone(),
        };
        let reply = self.server.as_ref().map_err(unreachable)?.ask(&question).await?;
        let weights = reply.model.clone();
        let (name, runtime) = (self.settings.model.clone(), self.settings.base_url.clone());
        let trace = Trace {
            card: Card { name, weights, runtime, ..Card::default() },
            prompt: hash.to_hex().to_string(),
            parameters: [("temperature", 0.into()), ("max_tokens", most.into())]
                .map(|(name, value): (_, Value)| (name.to_owned(), value))
                .into(),
            raw: reply.content.clone(),
            reused_tokens: reply.cached_tokens,
            prompt_tokens: reply.prompt_tokens.saturating_sub(reply.cached_tokens),
            answer_tokens: reply.answer_tokens,
            duration_ms: started.elapsed().as_millis() as u64,
            ..Trace::default()
        };
        Ok((reply, trace))
    }
}

#[async_trait]
impl LanguageModel for OpenAi {
    async fn choose(&self, prompt: &Prompt, options: &[String]) -> Result<Chosen, Error> {
        let longest = options.iter().map(String::len).max().unwrap_or(0);
        // A string and not an object around it: small models choose worse inside an object
        // (3 of 5 test letters instead of 4, Qwen2.5-Coder-0.5B behind llama-server).
        let more = one_of(options);
        let (reply, trace) = self.ask(&in_json(prompt, options), longest + 64, more).await?;
        reply.whole()?;
        let answer: String = serde_json::from_str(&reply.content)
            .map_err(|_| Error::Misshapen("the answer is not a JSON string".into()))?;
        let chosen = options.iter().position(|option| *option == answer);
        let chosen =
            chosen.ok_or_else(|| Error::Misshapen("the answer is none of the options".into()))?;
        let shares = shares::shares(&reply, options, chosen);
        let trace = trace.of_choice(prompt, options, &shares);
        Ok(Chosen { shares, trace })
    }

    async fn fill(&self, prompt: &Prompt, form: &[Blank], material: &str) -> Result<Filled, Error> {
        let value = |blank: &Blank| match &blank.answers {
            Answers::OneOf(options) => {
                let options = options.iter().map(|option| Value::from(option.as_str()));
                json!({ "enum": options.chain([Value::Null]).collect::<Vec<_>>() })
            }
            Answers::Passage(words) => {
                json!({ "type": ["string", "null"], "maxLength": words * 24 })
            }
        };
        let most: usize = form.iter().map(longest).sum();
        let values = form.iter().map(|blank| (blank.name.as_str(), value(blank)));
        let (reply, trace) = self.ask(prompt, most + 64, format(schema(values))).await?;
        reply.whole()?;
        let flat = form::flatten(material);
        let values = form::read(&reply.content, form, &flat)?;
        // The server does not tell how sure the model was of each value.
        let values: Vec<FilledBlank> =
            values.into_iter().map(|value| FilledBlank { value, share: 0.5 }).collect();
        let trace = trace.of_form(prompt, form, material, &values);
        Ok(Filled { values, trace })
    }

    async fn write(&self, prompt: &Prompt, most: usize) -> Result<String, Error> {
        Ok(self.ask(prompt, most, json!({})).await?.0.content)
    }

    /// Asks about a document with a known answer: finds out whether the server understands, keeps to a shape and does
    /// not think aloud, before the first letter is given to it.
    async fn ready(&self) -> Result<Card, Error> {
        let (prompt, options) = probe::known();
        let chosen = self.choose(&prompt, &options).await?;
        match chosen.shares.as_slice() {
            [right, wrong] if right > wrong => Ok(chosen.trace.card),
            _ => Err(Error::Misshapen("the server says that an invoice is a complaint".into())),
        }
    }

    async fn skills(&self) -> Result<Vec<Skill>, Error> {
        probe::skills(self).await
    }
}

/// The conversation as the server wants it.
fn messages(prompt: &Prompt) -> Vec<Value> {
    let message = |role: &str, content: &str| json!({ "role": role, "content": content });
    let mut messages = Vec::new();
    if !prompt.system.is_empty() {
        messages.push(message("system", &prompt.system));
    }
    for (i, turn) in prompt.turns.iter().enumerate() {
        messages.push(message(if i % 2 == 0 { "user" } else { "assistant" }, turn));
    }
    messages
}

/// The same question with its examples as the strings the schema asks for: a small model that is
/// shown one shape and held to another chooses worse.
fn in_json(prompt: &Prompt, options: &[String]) -> Prompt {
    let mut prompt = prompt.clone();
    for turn in prompt.turns.iter_mut().skip(1).step_by(2) {
        if options.contains(turn) {
            *turn = Value::from(turn.as_str()).to_string();
        }
    }
    prompt
}

/// An object with exactly these values.
fn schema<'a>(values: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let properties: Map<String, Value> =
        values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let required: Vec<&String> = properties.keys().collect();
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": &properties })
}

/// One of the options as the shape of the answer, with the probabilities of its tokens.
fn one_of(options: &[String]) -> Value {
    let mut more = format(json!({ "type": "string", "enum": options }));
    more["logprobs"] = true.into();
    more["top_logprobs"] = 20.into();
    more
}

/// The shape of the answer, as the API wants it.
fn format(schema: Value) -> Value {
    let format = json!({ "name": "answer", "strict": true, "schema": schema });
    json!({ "response_format": { "type": "json_schema", "json_schema": format } })
}

/// More tokens than the value of this blank has.
fn longest(blank: &Blank) -> usize {
    blank.name.len()
        + 16
        + match &blank.answers {
            Answers::OneOf(options) => options.iter().map(String::len).max().unwrap_or(0),
            Answers::Passage(words) => words * 12,
        }
}

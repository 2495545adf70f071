//! A model behind any server that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama, …).
//!
//! The server is asked for JSON of a given schema, and its answer is checked again here.

mod ask;
mod reply;
mod shares;
#[cfg(test)]
mod stub;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::{Answers, Blank, Card, Chosen, Error, Filled, FilledBlank, LanguageModel, Prompt, Trace, form};
use ask::Server;
use reply::Reply;

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
    async fn ask(&self, prompt: &Prompt, most: usize, more: Value) -> Result<(Reply, Trace), Error> {
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
        let hash = blake3::hash(question.get("messages").unwrap_or(&Value::Null).to_string().as_bytes());
        let started = Instant::now();
        let unreachable =
            |why: &String| Error::Unreachable { place: self.settings.base_url.clone(), why: why.clone() };
        let reply = self.server.as_ref().map_err(unreachable)?.ask(&question).await?;
        let weights = reply.model.clone();
        let (name, runtime) = (self.settings.model.clone(), self.settings.base_url.clone());
        let trace = Trace {
            card: Card { name, weights, runtime },
            prompt: hash.to_hex().to_string(),
            raw: reply.content.clone(),
            reused_tokens: reply.cached_tokens,
            prompt_tokens: reply.prompt_tokens.saturating_sub(reply.cached_tokens),
            answer_tokens: reply.answer_tokens,
            duration_ms: started.elapsed().as_millis() as u64,
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
        let mut more = format(json!({ "type": "string", "enum": options }));
        more["logprobs"] = true.into();
        more["top_logprobs"] = 20.into();
        let (reply, trace) = self.ask(&in_json(prompt, options), longest + 64, more).await?;
        reply.whole()?;
        let answer: String = serde_json::from_str(&reply.content)
            .map_err(|_| Error::Misshapen("the answer is not a JSON string".into()))?;
        let chosen = options.iter().position(|option| *option == answer);
        let chosen = chosen.ok_or_else(|| Error::Misshapen("the answer is none of the options".into()))?;
        Ok(Chosen { shares: shares::shares(&reply, options, chosen), trace })
    }

    async fn fill(&self, prompt: &Prompt, form: &[Blank], material: &str) -> Result<Filled, Error> {
        let value = |blank: &Blank| match &blank.answers {
            Answers::OneOf(options) => {
                let options = options.iter().map(|option| Value::from(option.as_str()));
                json!({ "enum": options.chain([Value::Null]).collect::<Vec<_>>() })
            }
            Answers::Passage(words) => json!({ "type": ["string", "null"], "maxLength": words * 24 }),
        };
        let most: usize = form.iter().map(longest).sum();
        let values = form.iter().map(|blank| (blank.name.as_str(), value(blank)));
        let (reply, trace) = self.ask(prompt, most + 64, format(schema(values))).await?;
        reply.whole()?;
        let flat = form::flatten(material);
        let values = form::read(&reply.content, form, &flat)?;
        // The server does not tell how sure the model was of each value.
        let values = values.into_iter().map(|value| FilledBlank { value, share: 0.5 }).collect();
        Ok(Filled { values, trace })
    }

    async fn write(&self, prompt: &Prompt, most: usize) -> Result<String, Error> {
        Ok(self.ask(prompt, most, json!({})).await?.0.content)
    }

    /// Asks a question with a known answer: finds out whether the server keeps to a schema and
    /// does not think aloud, before the first letter is given to it.
    async fn ready(&self) -> Result<Card, Error> {
        let prompt = Prompt {
            system: "Answer with one word.".into(),
            turns: vec!["Which of these two is an animal: dog or table?".into()],
        };
        let chosen = self.choose(&prompt, &["dog".into(), "table".into()]).await?;
        match chosen.shares.as_slice() {
            [dog, table] if dog > table => Ok(chosen.trace.card),
            _ => Err(Error::Misshapen("the server says that a table is an animal".into())),
        }
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
    let properties: Map<String, Value> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let required: Vec<&String> = properties.keys().collect();
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": &properties })
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

#[cfg(test)]
mod tests {
    use super::stub::{answer, stub};
    use super::*;

    fn prompt() -> Prompt {
        Prompt { system: "s".into(), turns: vec!["q".into()] }
    }

    fn options() -> Vec<String> {
        vec!["hund".into(), "rechnung".into()]
    }

    async fn choose(status: u16, body: &str) -> (Result<Chosen, Error>, usize) {
        let stub = stub(status, body.to_owned()).await;
        let model = OpenAi::new(Settings::new(&stub.url, "m"));
        let chosen = model.choose(&prompt(), &options()).await;
        (chosen, stub.requests())
    }

    #[tokio::test]
    async fn a_busy_or_broken_server_is_asked_once_and_is_unreachable() {
        let loading = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
        for (status, body) in [(503, loading), (429, "slow down"), (502, "<html>Bad Gateway</html>"), (401, "{}")] {
            let (chosen, requests) = choose(status, body).await;
            assert!(matches!(chosen, Err(Error::Unreachable { .. })), "{status}: {chosen:?}");
            assert_eq!(requests, 1, "{status}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_unreachable() {
        let model = OpenAi::new(Settings::new("http://127.0.0.1:9/v1", "m"));
        assert!(matches!(model.ready().await, Err(Error::Unreachable { .. })));
    }

    #[tokio::test]
    async fn what_is_not_an_answer_is_misshapen_and_its_text_is_not_told() {
        let cut = r#"{"choices":[{"finish_reason":"length","message":{"content":"\"hu"}}]}"#;
        let thinking = answer("<think>Geheimnis</think>\"hund\"");
        let hidden = r#"{"choices":[{"message":{"content":"","reasoning_content":"Geheimnis"}}]}"#;
        let other = answer("\"Geheimnis\"");
        for body in ["Geheimnis", "<html>Geheimnis</html>", "{}", "[]", cut, &thinking, hidden, &other] {
            let (chosen, requests) = choose(200, body).await;
            let Err(Error::Misshapen(why)) = chosen else { panic!("{body}: {chosen:?}") };
            assert!(!why.contains("Geheimnis"), "{why}");
            assert_eq!(requests, 1);
        }
    }

    #[tokio::test]
    async fn a_question_that_does_not_fit_is_too_long() {
        let llama = r#"{"error":{"code":400,"type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096,
            "message":"the request exceeds the available context size"}}"#;
        let chosen = choose(400, llama).await.0;
        assert!(matches!(chosen, Err(Error::TooLong { tokens: 9000, limit: 4096 })), "{chosen:?}");
        let vllm = r#"{"object":"error","code":400,"message":"This model's maximum context length is 4096 tokens."}"#;
        assert!(matches!(choose(400, vllm).await.0, Err(Error::TooLong { .. })));
        assert!(matches!(choose(400, "{}").await.0, Err(Error::Misshapen(_))));
    }

    #[tokio::test]
    async fn servers_with_odd_habits_are_understood() {
        let odd = r#"{"created":1.5,"service_tier":"local","choices":[{"finish_reason":"abort","index":"0",
            "message":{"role":"assistant","content":"\"rechnung\"","reasoning_content":null}}]}"#;
        let chosen = choose(200, odd).await.0.unwrap();
        assert!((chosen.shares[1] - 0.6).abs() < 1e-6, "{:?}", chosen.shares);
        assert!((chosen.shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[tokio::test]
    async fn values_that_do_not_stand_in_the_material_are_left_out() {
        let stub = stub(200, answer(r#"{"name": "Jana  Müller", "chip": "999", "art": "Katze"}"#)).await;
        let model = OpenAi::new(Settings::new(&stub.url, "m"));
        let passage = |name: &str| Blank { name: name.into(), answers: Answers::Passage(3) };
        let art = Blank { name: "art".into(), answers: Answers::OneOf(vec!["Hund".into()]) };
        let form = [passage("name"), passage("chip"), art];
        let filled = model.fill(&prompt(), &form, "Es grüßt\nJana\nMüller").await.unwrap();
        let values: Vec<Option<&str>> = filled.values.iter().map(|filled| filled.value.as_deref()).collect();
        assert_eq!(values, [Some("Jana Müller"), None, None]);
    }

    #[tokio::test]
    async fn the_start_up_question_wants_its_known_answer() {
        let dog = stub(200, answer(r#""dog""#)).await;
        assert!(OpenAi::new(Settings::new(&dog.url, "m")).ready().await.is_ok());
        let table = stub(200, answer(r#""table""#)).await;
        let ready = OpenAi::new(Settings::new(&table.url, "m")).ready().await;
        assert!(matches!(ready, Err(Error::Misshapen(_))), "{ready:?}");
    }

    #[tokio::test]
    async fn a_silent_server_times_out() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let timeout = Duration::from_millis(50);
        let model = OpenAi::new(Settings { timeout, ..Settings::new(url, "m") });
        assert!(matches!(model.ready().await, Err(Error::TimedOut { .. })));
    }
}

//! One request to the server, without the hidden habits of the client library.
//!
//! By default async-openai repeats a failed request three times, and writes an answer that it
//! cannot read into the log, with all that it says. So the request is made by a service of ours,
//! which asks once, reads a bounded answer and turns every mishap into our own error.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_openai::traits::RequestOptionsBuilder;
use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::Settings;
use super::reply::Reply;
use crate::llm::Error;
use crate::llm::http::{self, Limits};

/// The largest answer that is read, in bytes. With twenty alternatives per token it is 2 kB a token.
const LARGEST: usize = 8 << 20;

/// The server and how it is asked.
pub(super) struct Server {
    client: Client<OpenAIConfig>,
    place: String,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Server {
    /// Or why no client can be made: the machine's certificates cannot be read.
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        let place = settings.base_url.trim_end_matches('/').to_owned();
        let http = http::client(Limits::inside(settings.timeout)).map_err(|error| chain(&error))?;
        let key = settings.api_key.as_ref().map_or("", |key| key.expose_secret());
        let config = OpenAIConfig::new()
            .with_api_base(&place)
            .with_api_key(key)
            .with_org_id("")
            .with_project_id("");
        let once = Once { http: http.clone(), place: place.clone(), timeout: settings.timeout };
        let client = Client::build(http, config).with_http_service(once);
        Ok(Self { client, place })
    }

    /// The server's answer to a conversation.
    pub(super) async fn ask(&self, question: &Value) -> Result<Reply, Error> {
        Reply::read(&self.send("/chat/completions", question).await?)
    }

    /// The server's answer at a path below its address.
    pub(super) async fn send(&self, path: &str, question: &Value) -> Result<Value, Error> {
        let asked = self.client.chat().path(path);
        let answer: Result<Value, OpenAIError> = match asked {
            Ok(asked) => asked.create_byot(question).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) => Ok(answer),
            Err(OpenAIError::Boxed(error)) => Err(match error.downcast::<Error>() {
                Ok(error) => *error,
                Err(error) => {
                    Error::Unreachable { place: self.place.clone(), why: error.to_string() }
                }
            }),
            Err(OpenAIError::Reqwest(error)) => {
                Err(Error::Unreachable { place: self.place.clone(), why: chain(&error) })
            }
            Err(_) => Err(Error::Misshapen("the question cannot be sent".into())),
        }
    }
}

/// Asks once.
#[derive(Clone)]
struct Once {
    http: reqwest::Client,
    place: String,
    timeout: Duration,
}

impl tower::Service<HttpRequestFactory> for Once {
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let once = self.clone();
        Box::pin(async move {
            let request = request.build().await?;
            once.send(request).await.map_err(|error| OpenAIError::Boxed(Box::new(error)))
        })
    }
}

impl Once {
    async fn send(&self, request: reqwest::Request) -> Result<Response, Error> {
        let mut response = self.http.execute(request).await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| self.failed(&error))? {
            body.extend_from_slice(&part);
            if body.len() > LARGEST {
                return Err(Error::Misshapen(format!("the answer is larger than {LARGEST} bytes")));
            }
        }
        let value: Option<Value> = serde_json::from_slice(&body).ok();
        if !status.is_success() {
            return Err(self.refused(status, value.as_ref()));
        }
        if value.is_none() {
            return Err(Error::Misshapen("the server does not answer with JSON".into()));
        }
        Ok(http_answer(body))
    }

    fn failed(&self, error: &reqwest::Error) -> Error {
        if error.is_timeout() && !error.is_connect() {
            return Error::TimedOut { seconds: self.timeout.as_secs() };
        }
        Error::Unreachable { place: self.place.clone(), why: chain(error) }
    }

    /// What an error status means. The server's own words may repeat the question, so only their
    /// kind is told.
    fn refused(&self, status: StatusCode, body: Option<&Value>) -> Error {
        let error = body.map(|body| body.get("error").unwrap_or(body));
        let text = |name: &str| {
            error.and_then(|error| error.get(name)).and_then(Value::as_str).unwrap_or("")
        };
        let number = |name: &str| {
            error.and_then(|error| error.get(name)).and_then(Value::as_u64).unwrap_or(0)
        };
        let plain = error.and_then(Value::as_str).unwrap_or("");
        let said = [plain, text("message"), text("type"), text("code")].join(" ").to_lowercase();
        let client_error = matches!(status.as_u16(), 400 | 413 | 422);
        // "Less than" so many tokens: text-embeddings-inference; "too large to process": llama.cpp, of vectors.
        let is_long = client_error && (said.contains("context") || said.contains("less than"));
        if is_long || said.contains("too large to process") {
            return Error::TooLong {
                tokens: number("n_prompt_tokens") as usize,
                limit: number("n_ctx") as usize,
            };
        }
        let why = match text("type") {
            "" => status.to_string(),
            kind => format!("{status}, {}", kind.chars().take(60).collect::<String>()),
        };
        if client_error {
            return Error::Misshapen(format!("the server refuses the question: {why}"));
        }
        Error::Unreachable { place: self.place.clone(), why }
    }
}

/// The bytes as an answer of the server again, for the library to read.
fn http_answer(body: Vec<u8>) -> Response {
    ::http::Response::new(body).into()
}

/// An error with its causes, without addresses.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

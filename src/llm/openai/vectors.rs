//! Vectors of texts from the same kind of server.

use std::sync::OnceLock;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Server, Settings};
use crate::llm::{Card, Embedder, Error};

/// How much of a text is sent, in characters: the next when the server says that it is too long for its model.
const LENGTHS: [usize; 3] = [8_000, 3_000, 1_000];

/// A model behind a server that turns texts into vectors.
#[derive(Debug)]
pub struct Vectors {
    settings: Settings,
    /// Or why no client can be made, which is told to whoever asks.
    server: Result<Server, String>,
    /// How many numbers a vector has, once it is known.
    width: OnceLock<usize>,
}

impl Vectors {
    /// Remembers whom to ask. Asks nobody yet.
    pub fn new(settings: Settings) -> Self {
        let server = Server::new(&settings);
        Self { settings, server, width: OnceLock::new() }
    }

    async fn ask(&self, texts: &[String], most: usize) -> Result<Vec<Vec<f32>>, Error> {
        // Servers refuse an empty text.
        let input: Vec<String> = texts
            .iter()
            .map(|text| text.trim().chars().take(most).collect())
            .map(|text: String| if text.is_empty() { "-".to_owned() } else { text })
            .collect();
        let model = &self.settings.model;
        let question = json!({ "model": model, "input": input, "encoding_format": "float" });
        let unreachable = |why: &String| Error::Unreachable {
            place: self.settings.base_url.clone(),
            why: why.clone(),
        };
        let server = self.server.as_ref().map_err(unreachable)?;
        let vectors = read(&server.send("/embeddings", &question).await?, texts.len())?;
        let width = vectors.first().map_or(0, Vec::len);
        if *self.width.get_or_init(|| width) != width {
            return Err(misshapen("the vectors have another length than before"));
        }
        Ok(vectors)
    }
}

#[async_trait]
impl Embedder for Vectors {
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let mut lengths = LENGTHS.into_iter().peekable();
        while let Some(most) = lengths.next() {
            match self.ask(texts, most).await {
                Err(Error::TooLong { .. }) if lengths.peek().is_some() => {}
                answer => return answer,
            }
        }
        Err(misshapen("no length of a text suits the server"))
    }

    async fn ready(&self) -> Result<Card, Error> {
        self.embed(&["Rechnung".to_owned()]).await?;
        let (name, runtime) = (self.settings.model.clone(), self.settings.base_url.clone());
        Ok(Card { name, runtime, ..Card::default() })
    }
}

/// The vectors in the order of their texts, each of length 1.
fn read(answer: &Value, texts: usize) -> Result<Vec<Vec<f32>>, Error> {
    let data = answer.get("data").and_then(Value::as_array);
    let data = data.ok_or_else(|| misshapen("the server gives no vectors"))?;
    if data.len() != texts {
        return Err(misshapen("the server does not give a vector for each text"));
    }
    let mut vectors: Vec<Vec<f32>> = vec![Vec::new(); texts];
    for (place, one) in data.iter().enumerate() {
        let of = match one.get("index").and_then(Value::as_u64) {
            Some(index) => usize::try_from(index).unwrap_or(usize::MAX),
            None => place,
        };
        let vector = one.get("embedding").and_then(Value::as_array);
        let vector = vector.ok_or_else(|| misshapen("a vector is no list of numbers"))?;
        match vectors.get_mut(of) {
            Some(empty) if empty.is_empty() => *empty = unit(vector)?,
            _ => return Err(misshapen("the server does not say of which text a vector is")),
        }
    }
    let width = vectors.first().map_or(0, Vec::len);
    if vectors.iter().any(|vector| vector.len() != width) {
        return Err(misshapen("the vectors are not all of one length"));
    }
    Ok(vectors)
}

/// The same direction with length 1.
fn unit(vector: &[Value]) -> Result<Vec<f32>, Error> {
    let numbers: Option<Vec<f64>> = vector.iter().map(Value::as_f64).collect();
    let numbers = numbers.ok_or_else(|| misshapen("a vector is no list of numbers"))?;
    let length = numbers.iter().map(|it| it * it).sum::<f64>().sqrt();
    if !length.is_finite() || length <= 0.0 {
        return Err(misshapen("a vector has no direction"));
    }
    Ok(numbers.into_iter().map(|it| (it / length) as f32).collect())
}

fn misshapen(why: &str) -> Error {
    Error::Misshapen(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::stub::{Stub, stub};
    use super::*;

    fn texts(count: usize) -> Vec<String> {
        (0..count).map(|it| format!("text {it}")).collect()
    }

    async fn embed(status: u16, body: Value, count: usize) -> (Result<Vec<Vec<f32>>, Error>, Stub) {
        let stub = stub(status, body.to_string()).await;
        let model = Vectors::new(Settings::new(&stub.url, "bge"));
        (model.embed(&texts(count)).await, stub)
    }

    #[tokio::test]
    async fn vectors_come_in_the_order_of_their_texts_and_have_length_one() {
        let body = json!({ "data": [
            { "index": 1, "embedding": [0, 2.0, 0] }, { "index": 0, "embedding": [3.0, 0, -4.0] },
        ]});
        let (vectors, stub) = embed(200, body, 2).await;
        assert_eq!(vectors.unwrap(), [[0.6, 0.0, -0.8], [0.0, 1.0, 0.0]]);
        let asked = stub.last();
        assert!(asked.starts_with("POST /v1/embeddings "), "{asked}");
        assert!(asked.contains(r#""model":"bge""#), "{asked}");
        assert!(asked.contains(r#""input":["text 0","text 1"]"#), "{asked}");
    }

    #[tokio::test]
    async fn a_server_that_numbers_nothing_gives_them_in_order() {
        let body = json!({ "data": [{ "embedding": [1.0, 0] }, { "embedding": [0, 1.0] }] });
        assert_eq!(embed(200, body, 2).await.0.unwrap(), [[1.0, 0.0], [0.0, 1.0]]);
    }

    #[tokio::test]
    async fn what_are_no_vectors_is_misshapen() {
        let one = |vector: Value| json!({ "data": [{ "index": 0, "embedding": vector }] });
        let two = |first: Value, second: Value| json!({ "data": [first, second] });
        let with = |index: u64, vector: Value| json!({ "index": index, "embedding": vector });
        let bad = [
            json!({}),
            json!({ "data": [] }),
            one(json!([0.0, 0.0])),
            one(json!([])),
            one(json!(["1.0"])),
            one(json!("AACAPw==")),
            one(json!([1e308, 1e308])),
            json!({ "data": [with(1, json!([1.0]))] }),
        ];
        for body in bad {
            let (vectors, stub) = embed(200, body.clone(), 1).await;
            assert!(matches!(vectors, Err(Error::Misshapen(_))), "{body}: {vectors:?}");
            assert_eq!(stub.requests(), 1);
        }
        let twice = two(with(0, json!([1.0])), with(0, json!([1.0])));
        let uneven = two(with(0, json!([1.0])), with(1, json!([1.0, 2.0])));
        for body in [twice, uneven] {
            let vectors = embed(200, body.clone(), 2).await.0;
            assert!(matches!(vectors, Err(Error::Misshapen(_))), "{body}: {vectors:?}");
        }
    }

    #[tokio::test]
    async fn a_text_that_does_not_fit_is_sent_shorter_and_a_busy_server_is_asked_once() {
        let tei = json!({ "error": "`inputs` must have less than 512 tokens. Given: 900" });
        let llama = json!({ "error": { "message": "input (900 tokens) is too large to process" } });
        for (status, body) in [(413, tei), (500, llama)] {
            let stub = stub(status, body.to_string()).await;
            let model = Vectors::new(Settings::new(&stub.url, "bge"));
            let vectors = model.embed(&["ä".repeat(30_000)]).await;
            assert!(matches!(vectors, Err(Error::TooLong { .. })), "{vectors:?}");
            assert_eq!(stub.requests(), LENGTHS.len());
            assert_eq!(stub.last().matches('ä').count(), LENGTHS[2]);
        }
        for status in [429, 503, 404] {
            let (vectors, stub) = embed(status, json!({}), 1).await;
            assert!(matches!(vectors, Err(Error::Unreachable { .. })), "{status}: {vectors:?}");
            assert_eq!(stub.requests(), 1);
        }
    }

    #[tokio::test]
    async fn an_empty_text_is_not_sent_empty_and_no_text_not_at_all() {
        let body = json!({ "data": [{ "index": 0, "embedding": [1.0] }] });
        let stub = stub(200, body.to_string()).await;
        let model = Vectors::new(Settings::new(&stub.url, "bge"));
        assert_eq!(model.embed(&[]).await.unwrap(), Vec::<Vec<f32>>::new());
        assert_eq!(stub.requests(), 0);
        assert_eq!(model.embed(&["  ".into()]).await.unwrap(), [[1.0]]);
        assert!(stub.last().contains(r#""input":["-"]"#));
        assert_eq!(model.ready().await.unwrap().name, "bge");
    }
}

//! The other side of outputs: it writes down what reaches it, and breaks off when it is told to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// A program behind a webhook, or a mail server.
#[derive(Clone)]
pub(super) struct Sink {
    pub(super) port: u16,
    /// What reached it, by the key that every attempt of one delivery has.
    reached: Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>,
    attempts: Arc<AtomicU64>,
    /// Every so many times it breaks off when it has taken everything and before it answers; 0 is never.
    breaks_off: Arc<AtomicU64>,
}

impl Sink {
    /// Listens to webhooks.
    pub(super) fn of_webhooks() -> Self {
        Self::start(|sink, stream| sink.hear_webhook(stream))
    }

    /// Listens to mails.
    pub(super) fn of_mails() -> Self {
        Self::start(|sink, stream| sink.hear_mail(stream))
    }

    /// A model that sorts everything as a question and reads nothing.
    pub(super) fn of_model() -> Self {
        Self::start(|sink, stream| sink.hear_question(stream))
    }

    /// From now on every so many times.
    pub(super) fn break_off_every(&self, times: u64) {
        self.breaks_off.store(times, Ordering::SeqCst);
    }

    /// How many deliveries, told apart by their keys, mention a token.
    pub(super) fn count(&self, token: &str) -> usize {
        let reached = self.reached.lock().unwrap();
        reached.values().filter(|bodies| bodies.iter().any(|it| it.contains(token))).count()
    }

    /// Whether a mail came whose subject ends with a token that fits.
    pub(super) fn has_one_that(&self, fits: impl Fn(&str) -> bool) -> bool {
        let reached = self.reached.lock().unwrap();
        reached.values().flatten().any(|mail| super::mails::mentions(mail.as_bytes(), &fits))
    }

    fn start(hear: impl Fn(&Self, TcpStream) -> Option<()> + Send + Sync + Copy + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let sink = Self {
            port: listener.local_addr().unwrap().port(),
            reached: Arc::default(),
            attempts: Arc::default(),
            breaks_off: Arc::default(),
        };
        let heard = sink.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sink = heard.clone();
                thread::spawn(move || hear(&sink, stream));
            }
        });
        sink
    }

    /// Writes down what came. `None` when the connection is to break off now.
    fn take(&self, key: String, body: String) -> Option<()> {
        self.reached.lock().unwrap().entry(key).or_default().insert(body);
        let attempt = self.attempts.fetch_add(1, Ordering::SeqCst) + 1;
        let every = self.breaks_off.load(Ordering::SeqCst);
        (every == 0 || attempt % every != 0).then_some(())
    }

    fn hear_webhook(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        let (key, body) = request(&mut stream)?;
        self.take(key, body)?;
        answer(&mut stream, "")
    }

    fn hear_question(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        let (_, body) = request(&mut stream)?;
        self.take(String::new(), String::new())?;
        let question: Value = serde_json::from_str(&body).ok()?;
        answer(&mut stream, &reply(&question).to_string())
    }

    fn hear_mail(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        let say = |stream: &mut BufReader<TcpStream>, line: &str| {
            stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).ok()
        };
        say(&mut stream, "220 localhost")?;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok().filter(|size| *size > 0)?;
            let verb = line.get(..4).unwrap_or_default().to_uppercase();
            match verb.as_str() {
                "DATA" => {
                    say(&mut stream, "354 go on")?;
                    let mail = whole_mail(&mut stream)?;
                    let id = mail.lines().find_map(|it| it.strip_prefix("Message-ID:"));
                    self.take(id.unwrap_or_default().trim().to_owned(), mail.clone())?;
                    say(&mut stream, "250 taken")?;
                }
                "QUIT" => return say(&mut stream, "221 bye"),
                _ => say(&mut stream, "250 localhost")?,
            }
        }
    }
}

/// Up to the line with a single full stop.
fn whole_mail(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|size| *size > 0)?;
        if line == ".\r\n" {
            return Some(mail);
        }
        mail += &line;
    }
}

/// The key and body of a request.
fn request(stream: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|size| *size > 0)?;
        if line.trim().is_empty() {
            break;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("idempotency-key") => {
                key = value.to_owned();
            }
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().ok()?;
            }
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((key, String::from_utf8_lossy(&body).into_owned()))
}

fn answer(stream: &mut BufReader<TcpStream>, body: &str) -> Option<()> {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.get_mut().write_all(format!("{head}{body}").as_bytes()).ok()
}

/// What a model says, in the shape that is asked for.
fn reply(question: &Value) -> Value {
    let schema = &question["response_format"]["json_schema"]["schema"];
    let options = schema["enum"].as_array();
    let wanted = |it: &&Value| it.as_str().is_some_and(|it| it == "dog" || it.contains("Frage"));
    let content = match options {
        Some(options) => options.iter().find(wanted).unwrap_or(&options[0]).to_string(),
        None => {
            let names = schema["properties"].as_object().into_iter().flat_map(|it| it.keys());
            Value::Object(names.map(|name| (name.clone(), Value::Null)).collect()).to_string()
        }
    };
    let token = |text: &str| json!({ "token": text, "logprob": -0.01, "top_logprobs": [{ "token": text, "logprob": -0.01 }] });
    json!({ "model": "stub", "choices": [{
        "finish_reason": "stop",
        "message": { "role": "assistant", "content": content },
        "logprobs": { "content": [token(&content)] },
    }] })
}

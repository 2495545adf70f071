//! The other side of outputs: it writes down what reaches it, and breaks off when it is told to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

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

    /// From now on every so many times.
    pub(super) fn break_off_every(&self, times: u64) {
        self.breaks_off.store(times, Ordering::SeqCst);
    }

    /// How many deliveries, told apart by their keys, mention a token.
    pub(super) fn count(&self, token: &str) -> usize {
        let reached = self.reached.lock().unwrap();
        reached.values().filter(|bodies| bodies.iter().any(|it| it.contains(token))).count()
    }

    /// How often a token reached it, repetitions included.
    pub(super) fn repetitions(&self) -> usize {
        let reached = self.reached.lock().unwrap();
        usize::try_from(self.attempts.load(Ordering::SeqCst)).unwrap() - reached.len()
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
        let (mut key, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok().filter(|size| *size > 0)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                if line.trim().is_empty() {
                    break;
                }
                continue;
            };
            match name.to_lowercase().as_str() {
                "idempotency-key" => key = value.trim().to_owned(),
                "content-length" => length = value.trim().parse().ok()?,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        self.take(key, String::from_utf8_lossy(&body).into_owned())?;
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.get_mut().write_all(answer.as_bytes()).ok()
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

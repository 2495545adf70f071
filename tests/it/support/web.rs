//! A web server that takes, hangs, hangs up or says no, as a test wants it, and counts what it was sent.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it does with one request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// Takes it and says so.
    Take,
    /// Takes it, and hangs up without a word.
    TakeAndHangUp,
    /// Answers with this status and these header lines, each with its line end, and takes nothing.
    Answer(u16, &'static str),
    /// Says nothing until the other side goes.
    Hang,
}

/// A running server. It goes through its manners, and stays with the last.
pub(crate) struct Web {
    /// On this machine.
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    effects: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Web {
    /// Starts it on a free port.
    pub(crate) fn start(manners: &'static [Manner]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let web = Self { port, heard: Arc::default(), effects: Arc::default() };
        let (heard, effects) = (web.heard.clone(), web.effects.clone());
        std::thread::spawn(move || {
            for (nth, stream) in listener.incoming().enumerate() {
                let manner = manners[nth.min(manners.len() - 1)];
                let Ok(mut stream) = stream else { continue };
                let Some(request) = request(&stream) else { continue };
                if matches!(manner, Manner::Take | Manner::TakeAndHangUp) {
                    *effects.lock().unwrap().entry(key(&request)).or_default() += 1;
                }
                heard.lock().unwrap().push(request);
                match manner {
                    Manner::Take => answer(&mut stream, 200, ""),
                    Manner::TakeAndHangUp => drop(stream),
                    Manner::Answer(status, more) => answer(&mut stream, status, more),
                    Manner::Hang => drop(stream.read(&mut [0; 64])),
                }
            }
        });
        web
    }

    /// Every request, head and body.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// How many different parcels it took: it knows them by their key.
    pub(crate) fn effects(&self) -> usize {
        self.effects.lock().unwrap().len()
    }

    /// How often it took something.
    pub(crate) fn taken(&self) -> usize {
        self.effects.lock().unwrap().values().sum()
    }
}

fn request(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8(body).ok()?)
}

/// The request's `Idempotency-Key`.
fn key(request: &str) -> String {
    let line = request.lines().find(|line| line.to_lowercase().starts_with("idempotency-key:"));
    line.unwrap_or_default().to_lowercase()
}

fn answer(stream: &mut TcpStream, status: u16, more: &str) {
    let head =
        format!("HTTP/1.1 {status} x\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok();
}

//! The webhook, against a web server that says what it heard.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use vorlage::connectors::Error;

use super::{open, parcel};

/// A web server that answers one request with each status and remembers what it was sent.
fn web(statuses: &'static [u16]) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = heard.clone();
    std::thread::spawn(move || {
        for status in statuses {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            ear.lock().unwrap().push(head + &String::from_utf8(body).unwrap());
            let answer = format!(
                "HTTP/1.1 {status} x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (port, heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_and_keeps_its_key_for_every_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "geheim\n").unwrap();
    let (port, heard) = web(&[503, 429, 200, 404, 302]);
    let text = format!(
        "url = \"http://127.0.0.1:{port}/x\"\nsecret = {{ file = \"{}\" }}",
        secret.display()
    );
    let output = open("webhook", &text).output.unwrap();
    let parcel = parcel("citizen@post.example");
    for _ in 0..2 {
        assert!(matches!(output.send(&parcel).await, Err(Error::Busy { .. })));
    }
    output.send(&parcel).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(output.send(&parcel).await, Err(Error::Refused { .. })));
    }
    assert!(matches!(output.send(&parcel).await, Err(Error::Unreachable { .. })));
    let heard = heard.lock().unwrap();
    let keys =
        heard.iter().filter(|it| it.to_lowercase().contains("idempotency-key: schlssel-1\r\n"));
    assert_eq!(keys.count(), 5);
    assert!(heard[0].to_lowercase().contains("x-vorlage-signature: sha256="));
    assert!(heard[0].contains("\"halter\":\"Müller\""));
}

//! A server that gives the same answer to every request, for tests of what real servers do rarely.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub(super) struct Stub {
    pub(super) url: String,
    requests: Arc<AtomicUsize>,
    last: Arc<Mutex<String>>,
}

impl Stub {
    /// How often it was asked.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// The last request, head and body.
    pub(super) fn last(&self) -> String {
        self.last.lock().unwrap().clone()
    }
}

/// A server on the loopback; it ends with the test.
pub(super) async fn stub(status: u16, body: String) -> Stub {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    let last = Arc::new(Mutex::new(String::new()));
    let heard = last.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut seen = Vec::new();
            let mut part = [0; 4096];
            while !whole(&seen) {
                let n = stream.read(&mut part).await.unwrap_or(0);
                if n == 0 {
                    break;
                }
                seen.extend_from_slice(&part[..n]);
            }
            *heard.lock().unwrap() = String::from_utf8_lossy(&seen).into_owned();
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).await.ok();
        }
    });
    Stub { url, requests, last }
}

/// Whether a request has come with all its body.
fn whole(seen: &[u8]) -> bool {
    let text = String::from_utf8_lossy(seen).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let head = head.to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    length.and_then(|length| length.parse::<usize>().ok()).is_none_or(|length| body.len() >= length)
}

/// A plain answer with this text.
pub(super) fn answer(content: &str) -> String {
    let message = serde_json::json!({ "role": "assistant", "content": content });
    serde_json::json!({ "choices": [{ "finish_reason": "stop", "message": message }] }).to_string()
}

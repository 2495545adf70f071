//! A line to a server that can go silent or break, as lines between machines do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// A port of this machine behind which another port is.
pub(crate) struct Line {
    pub(crate) port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Connections made before this one are silent: nothing is forwarded, and nothing is closed.
    silent_before: AtomicU64,
    connections: AtomicU64,
    /// How many more bytes come from the server, if that is limited.
    left: AtomicI64,
    is_limited: AtomicBool,
    /// Whether the line breaks when the bytes are used up; else it goes silent.
    breaks: AtomicBool,
}

impl Line {
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let state = line.state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let number = state.connections.fetch_add(1, Ordering::SeqCst) + 1;
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                for ((from, to), is_answer) in [((client, server), false), (back, true)] {
                    let state = state.clone();
                    std::thread::spawn(move || state.forward(from, to, (number, is_answer)));
                }
            }
        });
        line
    }

    /// From now on nothing passes on the connections that are there. New ones work.
    pub(crate) fn go_silent(&self) {
        let all = self.state.connections.load(Ordering::SeqCst);
        self.state.silent_before.store(all, Ordering::SeqCst);
    }

    /// After so many bytes from the server the line breaks, or goes silent.
    pub(crate) fn end_after(&self, bytes: usize, breaks: bool) {
        self.state.breaks.store(breaks, Ordering::SeqCst);
        self.state.left.store(i64::try_from(bytes).unwrap(), Ordering::SeqCst);
        self.state.is_limited.store(true, Ordering::SeqCst);
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> u64 {
        self.state.connections.load(Ordering::SeqCst)
    }
}

impl State {
    fn forward(&self, mut from: TcpStream, mut to: TcpStream, (number, is_answer): (u64, bool)) {
        let mut buffer = vec![0; 4096];
        while let Ok(count) = from.read(&mut buffer) {
            if count == 0 {
                break;
            }
            if is_answer && self.is_limited.load(Ordering::SeqCst) {
                let length = i64::try_from(count).unwrap();
                if self.left.fetch_sub(length, Ordering::SeqCst) < length {
                    self.is_limited.store(false, Ordering::SeqCst);
                    if self.breaks.load(Ordering::SeqCst) {
                        break;
                    }
                    self.silent_before.store(number, Ordering::SeqCst);
                }
            }
            if number <= self.silent_before.load(Ordering::SeqCst) {
                continue;
            }
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        // A silent connection does not tell that the other side is gone.
        if number > self.silent_before.load(Ordering::SeqCst) {
            to.shutdown(Shutdown::Both).ok();
            from.shutdown(Shutdown::Both).ok();
        }
    }
}

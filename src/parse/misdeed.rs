//! What a reader would try that a stranger's file has taken over. For tests; not in a release build.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Signal, getpid, kill_process};

use crate::domain::{MediaType, Problem};

/// Tries one thing. `Ok` is what it got by it; the problem is what kept it away.
pub(super) fn attempt(what: &str) -> Result<(MediaType, Vec<u8>), Problem> {
    let got = match what {
        "read a file" => fs::read("/etc/hostname"),
        "list a folder" => fs::read_dir("/").map(|it| it.count().to_string().into_bytes()),
        "read its own memory map" => fs::read("/proc/self/maps"),
        "write a file" => File::create("/tmp/vorlage-misdeed").map(|_| Vec::new()),
        "remove a file" => fs::remove_file("/tmp/vorlage-misdeed").map(|()| Vec::new()),
        "connect" => TcpStream::connect("127.0.0.1:9").map(|_| Vec::new()),
        "send a datagram" => UdpSocket::bind("127.0.0.1:0").map(|_| Vec::new()),
        "become a program" => Err(Command::new("/bin/true").exec()),
        "start a program" => Command::new("/bin/true").status().map(|_| Vec::new()),
        "send a signal" => send_a_signal(),
        "use all memory" => Ok(use_all_memory()),
        "recurse without end" => Ok(recurse(0).to_string().into_bytes()),
        "compute without end" => Ok(compute()),
        "wait without end" => Ok(wait()),
        "flood standard output" => flood(&mut io::stdout().lock()),
        "flood standard error" => flood(&mut io::stderr().lock()),
        "start threads without end" => start_threads(),
        _ => Ok(b"nothing tried".to_vec()),
    };
    let got = got.map_err(|error| Problem::new("P0102", format!("refused: {}", error.kind())))?;
    Ok((MediaType::default(), got))
}

fn send_a_signal() -> io::Result<Vec<u8>> {
    // To itself, and one that does nothing: this is about whether signals can be sent.
    kill_process(getpid(), Signal::CONT)?;
    Ok(Vec::new())
}

/// Ten gigabytes, in pieces, and touched.
fn use_all_memory() -> Vec<u8> {
    let pieces: Vec<Vec<u8>> = (1..=160_u8).map(|byte| vec![byte; 64 << 20]).collect();
    pieces.iter().filter_map(|piece| piece.last().copied()).collect()
}

#[expect(unconditional_recursion, reason = "that is the misdeed")]
fn recurse(depth: u64) -> u64 {
    std::hint::black_box(recurse(std::hint::black_box(depth) + 1)) + 1
}

fn compute() -> Vec<u8> {
    let mut number = 0_u64;
    while std::hint::black_box(number) < u64::MAX {
        number = number.wrapping_add(1) % u64::MAX;
    }
    Vec::new()
}

fn wait() -> Vec<u8> {
    loop {
        std::thread::park();
    }
}

/// Ten gigabytes, or until nobody listens.
fn flood(out: &mut impl Write) -> io::Result<Vec<u8>> {
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..10_000 {
        out.write_all(&piece)?;
    }
    Ok(Vec::new())
}

fn start_threads() -> io::Result<Vec<u8>> {
    let mut threads = Vec::new();
    for _ in 0..100_000 {
        threads.push(std::thread::Builder::new().spawn(std::thread::park)?);
    }
    Ok(threads.len().to_string().into_bytes())
}

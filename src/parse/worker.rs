//! The child's side: one request on standard input, one answer on standard output.

use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::panic;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use super::formats::mail_view;
use super::wire::{self, Answer, Request, Task};
use super::{codes, pace, parts, picture, read, sandbox};
use crate::domain::{MediaType, Problem};

/// Nested tables, lists and objects of strangers are read by recursion.
const STACK_BYTES: usize = 64 << 20;
/// So often is looked whether a page takes too long.
const LOOK: Duration = Duration::from_millis(50);

/// What is answered: the head, and the payload behind it.
type Answered = Result<(Answer, Vec<u8>), Problem>;

/// What `vorlage worker parse` does: reads one request from standard input, answers on standard output.
///
/// Must be called before anything else is started (runtime, threads, logs): what is limited here is
/// this process, and what it is denied holds only for threads started later.
///
/// # Errors
/// When the pipes are closed or the limits are refused by the kernel.
pub fn worker() -> io::Result<()> {
    // What a panic says may be words of a letter.
    panic::set_hook(Box::new(|_| {}));
    let mut stdin = io::stdin().lock();
    let request = read_head(&mut stdin)?;
    // Opened while files can be; what it says is read at the end.
    let status = File::open("/proc/self/status");
    sandbox::limit(request.memory_mb, request.seconds)?;
    let walls = sandbox::enclose();
    let mut bytes = Vec::new();
    stdin.read_to_end(&mut bytes)?;
    let seconds = request.seconds;
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        pace::keep(request.seconds, request.left_out.clone());
        // Nobody waits any more for what was overdue.
        sender.send(answer(&request, bytes)).unwrap_or_default();
    })?;
    let (mut answer, payload) = match wait(&receiver, seconds) {
        Ok(answered) => answered,
        Err(problem) => (Answer { problem: Some(problem), ..Answer::default() }, Vec::new()),
    };
    answer.walls = walls;
    answer.peak_kb = status.ok().and_then(peak_kb).unwrap_or_default();
    let mut stdout = io::stdout().lock();
    stdout.write_all(&wire::head(&answer))?;
    stdout.write_all(&payload)?;
    stdout.flush()
}

/// Waits for the answer, as long as no page takes too long.
fn wait(answer: &Receiver<Answered>, seconds: u64) -> Answered {
    loop {
        match answer.recv_timeout(LOOK) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Problem::new("P0102", "the reader gave up on it"));
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Some(problem) = pace::overdue(seconds) {
                    return Err(problem);
                }
            }
        }
    }
}

/// The head comes first and alone, so that the limits hold before the stranger's bytes are read.
fn read_head(stdin: &mut impl BufRead) -> io::Result<Request> {
    let mut line = Vec::new();
    stdin.read_until(b'\n', &mut line)?;
    serde_json::from_slice(&line).map_err(io::Error::other)
}

fn json(value: &impl Serialize) -> Result<(MediaType, Vec<u8>), Problem> {
    let json = serde_json::to_vec(value);
    let json = json.map_err(|error| Problem::new("P0102", error.to_string()))?;
    Ok((MediaType::from("application/json"), json))
}

/// The most memory this process had at once.
fn peak_kb(mut status: File) -> Option<u64> {
    let mut text = String::new();
    status.read_to_string(&mut text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn answer(request: &Request, bytes: Vec<u8>) -> Answered {
    let (media_type, payload) = match &request.task {
        Task::Parse => json(&read::item(&request.name, &bytes)),
        Task::Outline => json(&read::outline(&request.name, &bytes)),
        Task::ReadPart { part } => json(&read::part(&request.name, &bytes, part)),
        Task::Formatted => json(&mail_view::formatted(&bytes)?),
        Task::Extract { part } => parts::extract(&bytes, part),
        Task::Picture { part, page, dpi } => {
            let (media_type, bytes) = parts::extract(&bytes, part)?;
            let png = picture::draw(&media_type, bytes, *page, *dpi)?;
            Ok((MediaType::from("image/png"), png))
        }
        Task::Codes { part, sheets } => {
            let (media_type, bytes) = parts::extract(&bytes, part)?;
            json(&codes::read(&media_type, &bytes, sheets))
        }
        Task::Legible { part, page } => {
            let (media_type, bytes) = parts::extract(&bytes, part)?;
            let (png, straightened) = picture::legible(&media_type, bytes, *page)?;
            let media_type = MediaType::from("image/png");
            return Ok((Answer { media_type, straightened, ..Answer::default() }, png));
        }
        Task::Walls => Ok((MediaType::default(), Vec::new())),
        #[cfg(debug_assertions)]
        Task::Misdeed(what) => super::misdeed::attempt(what),
    }?;
    Ok((Answer { media_type, ..Answer::default() }, payload))
}

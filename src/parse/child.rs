//! The parent's side of a child process: starts it, feeds it, bounds it, and says what killed it.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use crate::domain::Problem;

/// The largest answer that is taken.
const ANSWER_BYTES: u64 = 64 << 20;
/// As much of the end of a child's complaints is looked at.
const COMPLAINT_BYTES: usize = 64 << 10;
/// Behind so many bytes of complaints nobody listens.
const MOST_COMPLAINTS: usize = 4 << 20;
/// `SIGXCPU`: how the kernel ends a process that has used up its processor time.
const TIME_SIGNAL: i32 = 24;
/// `SIGSYS`: how the kernel ends a process that tried a system call it must not.
const FORBIDDEN_SIGNAL: i32 = 31;
/// What Rust says before it ends a process without memory.
const NO_MEMORY: &str = "memory allocation of";
/// What Rust says before it ends a process without stack.
const NO_STACK: &str = "has overflowed its stack";

/// One run of `vorlage worker …`.
pub(super) struct Run<'a> {
    /// This program.
    pub(super) program: &'a Path,
    /// `parse` or `ocr`.
    pub(super) worker: &'static str,
    /// The child's whole environment.
    pub(super) settings: Vec<(&'static str, String)>,
    /// Its limit of processor time; twice that and five seconds is the limit by the clock.
    pub(super) seconds: u64,
    /// Its limit of memory, for the message only.
    pub(super) memory_mb: u64,
}

/// What a child said.
#[derive(Debug)]
pub(super) struct Output {
    /// Everything on its standard output.
    pub(super) bytes: Vec<u8>,
    /// The end of its standard error.
    pub(super) complaints: String,
    /// Its exit code.
    pub(super) code: i32,
}

/// How a child ended that gave no answer.
#[derive(Debug)]
pub(super) struct Died {
    /// What is wrong.
    pub(super) problem: Problem,
    /// The end of its standard error.
    pub(super) complaints: String,
}

impl From<Problem> for Died {
    fn from(problem: Problem) -> Self {
        Self { problem, complaints: String::new() }
    }
}

impl From<Died> for Problem {
    fn from(died: Died) -> Self {
        died.problem
    }
}

impl Run<'_> {
    /// Runs the child to its end. A signal, a timeout or too long an answer is a [`Problem`];
    /// an exit code is not: what it means is the caller's to say.
    pub(super) async fn start(&self, input: &[&[u8]]) -> Result<Output, Died> {
        let wall = Duration::from_secs(self.seconds.saturating_mul(2).saturating_add(5));
        match tokio::time::timeout(wall, self.talk(input)).await {
            Ok(Ok((status, bytes, complaints))) => self.judge(status, bytes, complaints),
            Ok(Err(error)) => {
                Err(Problem::new("P0105", format!("the reader could not be run: {error}")).into())
            }
            Err(_) => {
                let (seconds, worker) = (wall.as_secs(), self.worker);
                let detail = format!(
                    "stopped after {seconds} seconds by the clock (twice `{worker}_seconds` and 5)"
                );
                Err(Problem::new("P0104", detail).into())
            }
        }
    }

    async fn talk(&self, input: &[&[u8]]) -> io::Result<(ExitStatus, Vec<u8>, String)> {
        let mut child = Command::new(self.program)
            .args(["worker", self.worker])
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async move {
            let Some(mut stdin) = stdin else { return };
            for piece in input {
                // A child that died no longer listens; its exit status tells why.
                if stdin.write_all(piece).await.is_err() {
                    return;
                }
            }
        };
        let (_, bytes, complaints) =
            tokio::join!(feed, read(stdout, ANSWER_BYTES), read_end(stderr));
        if bytes.len() as u64 > ANSWER_BYTES {
            child.start_kill()?;
        }
        let status = child.wait().await?;
        Ok((status, bytes, String::from_utf8_lossy(&complaints).into_owned()))
    }

    fn judge(
        &self,
        status: ExitStatus,
        bytes: Vec<u8>,
        complaints: String,
    ) -> Result<Output, Died> {
        if bytes.len() as u64 > ANSWER_BYTES {
            let detail = format!("the reader wrote more than {} MB", ANSWER_BYTES >> 20);
            return Err(Problem::new("P0109", detail).into());
        }
        let (worker, memory_mb) = (self.worker, self.memory_mb);
        let (code, detail) = match (status.code(), status.signal().unwrap_or_default()) {
            (Some(code), _) => return Ok(Output { bytes, complaints, code }),
            (None, TIME_SIGNAL) => {
                ("P0104", format!("took longer than {} seconds (`{worker}_seconds`)", self.seconds))
            }
            (None, FORBIDDEN_SIGNAL) => {
                ("P0108", "the reader tried what no reader does, and was ended".to_owned())
            }
            (None, _) if complaints.contains(NO_MEMORY) => {
                ("P0105", format!("more than {memory_mb} MB of memory (`{worker}_memory_mb`)"))
            }
            (None, _) if complaints.contains(NO_STACK) => {
                ("P0105", "the reader died: nested too deeply".to_owned())
            }
            (None, signal) => {
                let most = format!("{memory_mb} MB memory (`{worker}_memory_mb`)");
                let detail = format!("the reader died (signal {signal}), perhaps of its {most}");
                ("P0105", detail)
            }
        };
        Err(Died { problem: Problem::new(code, detail), complaints })
    }
}

/// Reads to the end or one byte past the limit.
async fn read(from: Option<impl AsyncRead + Unpin>, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        let end = from.take(limit + 1).read_to_end(&mut bytes).await;
        drop(end); // What was read before an error is still an answer, or is found to be none.
    }
    bytes
}

/// Reads to the end and keeps the last of it: how far a child came, and what it died of. Who complains
/// without end is not listened to any longer.
async fn read_end(from: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut end = Vec::new();
    let Some(mut from) = from else { return end };
    let mut piece = vec![0; 4096];
    let mut all = 0;
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        all += count;
        if all > MOST_COMPLAINTS {
            break;
        }
        end.extend_from_slice(piece.get(..count).unwrap_or_default());
        if end.len() > 2 * COMPLAINT_BYTES {
            end.drain(..end.len() - COMPLAINT_BYTES);
        }
    }
    end
}

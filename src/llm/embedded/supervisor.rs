//! Starts the child, asks it one question at a time, ends it when it takes too long, starts it again.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use super::Settings;
use super::protocol::{Answer, Ask, Given, Hello, LONGEST_LINE, Question};
use crate::llm::{Card, Error};

/// The longest time to read the weights; a cold disk reads 1 GB in ten seconds.
const LOADING: Duration = Duration::from_secs(300);

/// The longest pause between two starts.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Keeps one child running.
#[derive(Debug)]
pub(super) struct Supervisor {
    program: PathBuf,
    settings: Settings,
    /// Questions queue here, in the order they came.
    seat: Mutex<Seat>,
    /// Of the child; 0 when there is none.
    process: AtomicU32,
}

/// Where the child sits while nobody asks. Whoever asks takes it out, so that a question dropped
/// half-way takes the child with it instead of leaving an answer for the next one.
#[derive(Debug, Default)]
struct Seat {
    running: Option<Running>,
    /// How often in a row it ended by itself.
    failures: u32,
    /// No start before this.
    not_before: Option<Instant>,
    /// Of the last question.
    number: u64,
}

/// A child that has loaded its model.
#[derive(Debug)]
struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    card: Card,
}

impl Supervisor {
    pub(super) fn new(program: PathBuf, settings: Settings) -> Self {
        Self { program, settings, seat: Mutex::default(), process: AtomicU32::new(0) }
    }

    pub(super) fn process(&self) -> Option<u32> {
        Some(self.process.load(Ordering::Relaxed)).filter(|process| *process != 0)
    }

    /// Starts the child if it has to be started.
    pub(super) async fn ready(&self) -> Result<Card, Error> {
        let mut seat = self.seat.lock().await;
        let running = self.running(&mut seat).await?;
        let card = running.card.clone();
        seat.running = Some(running);
        Ok(card)
    }

    /// Asks once; when the child ends over the question, once more with a new one.
    pub(super) async fn ask(&self, ask: Ask) -> Result<Given, Error> {
        let mut seat = self.seat.lock().await;
        seat.number += 1;
        let question = Question { number: seat.number, ask };
        let mut line = serde_json::to_vec(&question).map_err(|e| Error::Misshapen(e.to_string()))?;
        line.push(b'\n');
        if line.len() as u64 > LONGEST_LINE {
            return Err(Error::TooLong { tokens: line.len() / 4, limit: self.settings.context_tokens as usize });
        }
        for last in [false, true] {
            let mut running = self.running(&mut seat).await?;
            let why = match timeout(self.settings.timeout, running.exchange(&line)).await {
                Err(_) => {
                    self.end(running).await;
                    warn!(seconds = self.settings.timeout.as_secs(), "ended the model process: no answer in time");
                    return Err(Error::TimedOut { seconds: self.settings.timeout.as_secs() });
                }
                Ok(Ok(answer)) if answer.number == question.number => {
                    seat.failures = 0;
                    seat.running = Some(running);
                    return answer.result.map_err(|failure| failure.told(&self.name()));
                }
                Ok(Ok(_)) => "it answered another question".to_owned(),
                Ok(Err(why)) => why,
            };
            let status = self.end(running).await;
            let why = format!("{why} ({status})");
            seat.failed();
            warn!(failures = seat.failures, "the model process ended: {why}");
            if last {
                return Err(self.unreachable(why));
            }
        }
        Err(self.unreachable("it ended".into()))
    }

    /// The child, started if need be.
    async fn running(&self, seat: &mut Seat) -> Result<Running, Error> {
        if let Some(running) = seat.running.take() {
            return Ok(running);
        }
        if !self.settings.weights.is_file() {
            let place = self.settings.weights.display();
            let why = format!("there is no file `{place}`; hint: `vorlage model fetch` brings it");
            return Err(Error::Missing { model: self.name(), why });
        }
        let now = Instant::now();
        if let Some(pause) = seat.not_before.and_then(|then| then.checked_duration_since(now)) {
            let (failures, seconds) = (seat.failures, pause.as_secs() + 1);
            return Err(self.unreachable(format!("it ended {failures} times in a row; next start in {seconds} s")));
        }
        let started = self.start().await;
        if started.is_err() {
            self.process.store(0, Ordering::Relaxed);
            seat.failed();
        }
        started
    }

    /// Starts a child and waits until it has loaded its model.
    async fn start(&self) -> Result<Running, Error> {
        let mut child = Command::new(&self.program)
            .args(["worker", "llm"])
            .env_clear()
            // Where the C++ library lies, if it does not lie in the usual place.
            .envs(std::env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in a terminal is for the daemon; it ends the child when its work is done.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| self.unreachable(error.to_string()))?;
        let (Some(input), Some(output), Some(words)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(self.unreachable("it has no pipes".into()));
        };
        tokio::spawn(listen(words));
        self.process.store(child.id().unwrap_or(0), Ordering::Relaxed);
        let mut running = Running { child, input, output: BufReader::new(output), card: Card::default() };
        match timeout(LOADING, running.greet(&self.settings)).await {
            Ok(Ok(Ok(card))) => running.card = card,
            Ok(Ok(Err(failure))) => return Err(failure.told(&self.name())),
            Ok(Err(why)) => {
                let status = self.end(running).await;
                return Err(self.unreachable(format!("{why} while it loaded ({status})")));
            }
            Err(_) => return Err(Error::TimedOut { seconds: LOADING.as_secs() }),
        }
        info!(model = running.card.name, process = self.process(), "the model is loaded");
        Ok(running)
    }

    /// Kills the child and tells how it ended.
    async fn end(&self, mut running: Running) -> String {
        self.process.store(0, Ordering::Relaxed);
        // It may have ended by itself just before; that is what we want anyway.
        running.child.start_kill().ok();
        running.child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    fn unreachable(&self, why: String) -> Error {
        Error::Unreachable { place: format!("{} worker llm", self.program.display()), why }
    }

    /// The file's name without its ending.
    fn name(&self) -> String {
        self.settings.weights.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Seat {
    /// The first restart is at once, later ones after 1, 2, 4, … seconds.
    fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
        self.not_before = Instant::now().checked_add(pause(self.failures));
    }
}

fn pause(failures: u32) -> Duration {
    match failures {
        0 | 1 => Duration::ZERO,
        more => Duration::from_secs(1 << (more - 2).min(6)).min(LONGEST_PAUSE),
    }
}

impl Running {
    /// Hands over the settings and reads who answers.
    async fn greet(&mut self, settings: &Settings) -> Result<Hello, String> {
        let mut line = serde_json::to_vec(settings).map_err(|error| error.to_string())?;
        line.push(b'\n');
        self.say(&line).await?;
        self.hear().await
    }

    async fn exchange(&mut self, question: &[u8]) -> Result<Answer, String> {
        self.say(question).await?;
        self.hear().await
    }

    async fn say(&mut self, line: &[u8]) -> Result<(), String> {
        self.input.write_all(line).await.map_err(|error| error.to_string())?;
        self.input.flush().await.map_err(|error| error.to_string())
    }

    async fn hear<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, String> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.output).take(LONGEST_LINE);
        bounded.read_until(b'\n', &mut line).await.map_err(|error| error.to_string())?;
        if line.is_empty() {
            return Err("it ended without an answer".into());
        }
        serde_json::from_slice(&line).map_err(|_| "its answer is not what we speak".into())
    }
}

/// What llama.cpp says goes to the log. It never holds text of a document.
async fn listen(words: ChildStderr) {
    let mut words = BufReader::new(words);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut words).take(2000).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => info!(target: "vorlage::llm::child", "{}", String::from_utf8_lossy(&line).trim_end()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_minute() {
        let seconds: Vec<u64> = (0..12).map(|failures| pause(failures).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    }

    #[tokio::test]
    async fn missing_weights_are_told_with_a_way_out() {
        let supervisor = Supervisor::new("/bin/true".into(), Settings::new("/nowhere/m.gguf".into()));
        let error = supervisor.ready().await.unwrap_err().to_string();
        assert!(error.contains("vorlage model fetch") && error.contains("`m`"), "{error}");
    }

    #[tokio::test]
    async fn a_child_that_ends_at_once_is_not_started_again_and_again() {
        let weights = tempfile::NamedTempFile::new().unwrap();
        let settings = Settings::new(weights.path().into());
        let supervisor = Supervisor::new("/bin/true".into(), settings);
        for _ in 0..2 {
            assert!(matches!(supervisor.ready().await, Err(Error::Unreachable { .. })));
        }
        let error = supervisor.ready().await.unwrap_err().to_string();
        assert!(error.contains("next start in"), "{error}");
    }
}

//! Starts the child, asks it one question at a time, ends it when it takes too long, starts it again.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use super::Settings;
use super::child::Running;
use super::protocol::{Ask, Given, LONGEST_LINE, Question};
use crate::llm::levels::{self, PassedOver};
use crate::llm::{Card, Error};

/// The longest time to read the weights; a cold disk reads 1 GB in ten seconds.
const LOADING: Duration = Duration::from_secs(300);

/// The longest pause between two starts.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Ended a child so often in a row, the next one is of this program itself and not of one that lies beside it.
const TRIES: u32 = 2;

/// Keeps one child running.
#[derive(Debug)]
pub(super) struct Supervisor {
    program: PathBuf,
    /// The level of the program that the child has to be.
    wanted: Option<String>,
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
    running: Option<(Running, Card)>,
    /// How often in a row it ended by itself.
    failures: u32,
    /// No start before this.
    not_before: Option<Instant>,
    /// Of the last question.
    number: u64,
}

impl Supervisor {
    pub(super) fn new(program: PathBuf, settings: Settings) -> Self {
        let (seat, process) = (Mutex::default(), AtomicU32::new(0));
        Self { program, wanted: levels::wanted(), settings, seat, process }
    }

    pub(super) fn process(&self) -> Option<u32> {
        Some(self.process.load(Ordering::Relaxed)).filter(|process| *process != 0)
    }

    /// Starts the child if it has to be started.
    pub(super) async fn ready(&self) -> Result<Card, Error> {
        let mut seat = self.seat.lock().await;
        let (running, card) = self.running(&mut seat).await?;
        seat.running = Some((running, card.clone()));
        Ok(card)
    }

    /// Asks once; when the child ends over the question, once more with a new one.
    pub(super) async fn ask(&self, ask: Ask) -> Result<Given, Error> {
        let mut seat = self.seat.lock().await;
        seat.number += 1;
        let question = Question { number: seat.number, ask };
        let mut line =
            serde_json::to_vec(&question).map_err(|e| Error::Misshapen(e.to_string()))?;
        line.push(b'\n');
        if line.len() as u64 > LONGEST_LINE {
            return Err(Error::TooLong {
                tokens: line.len() / 4,
                limit: self.settings.context_tokens as usize,
            });
        }
        match self.attempt(&mut seat, &line).await? {
            Ok(given) => Ok(given),
            Err(_) => self.attempt(&mut seat, &line).await?.map_err(|why| self.unreachable(why)),
        }
    }

    /// Asks once. The inner error is how the child ended over it; another one may do better.
    async fn attempt(&self, seat: &mut Seat, line: &[u8]) -> Result<Result<Given, String>, Error> {
        let seconds = self.settings.timeout.as_secs();
        let (mut running, card) = self.running(seat).await?;
        let why = match timeout(self.settings.timeout, running.exchange(line)).await {
            Err(_) => {
                self.end(running).await;
                warn!(seconds, "ended the model process: no answer in time");
                return Err(Error::TimedOut { seconds });
            }
            Ok(Ok(answer)) if answer.number == seat.number => {
                seat.failures = 0;
                seat.running = Some((running, card));
                return answer.result.map(Ok).map_err(|failure| failure.told(&self.name()));
            }
            Ok(Ok(_)) => "it answered another question".to_owned(),
            Ok(Err(why)) => why,
        };
        let why = format!("{why} ({})", self.end(running).await);
        seat.failed();
        warn!(failures = seat.failures, "the model process ended: {why}");
        Ok(Err(why))
    }

    /// The child, started if need be.
    async fn running(&self, seat: &mut Seat) -> Result<(Running, Card), Error> {
        if let Some((mut running, card)) = seat.running.take()
            && !running.has_ended()
        {
            return Ok((running, card));
        }
        if !self.settings.weights.is_file() {
            let place = self.settings.weights.display();
            let why = format!("there is no file `{place}`; hint: `vorlage model fetch` brings it");
            return Err(Error::Missing { model: self.name(), why });
        }
        let now = Instant::now();
        if let Some(pause) = seat.not_before.and_then(|then| then.checked_duration_since(now)) {
            let (failures, seconds) = (seat.failures, pause.as_secs() + 1);
            return Err(self.unreachable(format!(
                "it ended {failures} times in a row; next start in {seconds} s"
            )));
        }
        let program = self.choose(seat.failures).await;
        let started = self.start(&program).await;
        if started.is_err() {
            self.process.store(0, Ordering::Relaxed);
            seat.failed();
        }
        started
    }

    /// The program of this release that is quickest here. Chosen for each child: a release may be replaced meanwhile.
    async fn choose(&self, failures: u32) -> PathBuf {
        if failures >= TRIES {
            return self.program.clone();
        }
        let choice = levels::choose(&self.program, self.wanted.as_deref()).await;
        for PassedOver { program, why, .. } in choice.passed_over.iter().filter(|it| it.is_wrong) {
            warn!(program = %program.display(), "a program for the models is not used: {why}");
        }
        choice.program
    }

    /// Starts a child and waits until it has loaded its model.
    async fn start(&self, program: &Path) -> Result<(Running, Card), Error> {
        let mut running = Running::start(program).map_err(|why| self.unreachable(why))?;
        self.process.store(running.process(), Ordering::Relaxed);
        let card = match timeout(LOADING, running.greet(&self.settings)).await {
            Ok(Ok(Ok(card))) => card,
            Ok(Ok(Err(failure))) => return Err(failure.told(&self.name())),
            Ok(Err(why)) => {
                let status = self.end(running).await;
                return Err(self.unreachable(format!("{why} while it loaded ({status})")));
            }
            Err(_) => return Err(Error::TimedOut { seconds: LOADING.as_secs() }),
        };
        let (process, program) = (self.process(), program.display());
        info!(model = card.name, process, %program, "the model is loaded");
        Ok((running, card))
    }

    /// Kills the child and tells how it ended.
    async fn end(&self, running: Running) -> String {
        self.process.store(0, Ordering::Relaxed);
        running.end().await
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::llm::embedded::protocol::Hello;

    #[test]
    fn pauses_grow_up_to_a_minute() {
        let seconds: Vec<u64> = (0..12).map(|failures| pause(failures).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    }

    #[tokio::test]
    async fn missing_weights_are_told_with_a_way_out() {
        let supervisor =
            Supervisor::new("/bin/true".into(), Settings::new("/nowhere/m.gguf".into()));
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

    /// A program that says a version and, as a child, `hello`; then it waits.
    fn put(program: &Path, hello: &str) {
        let build = levels::BUILD.replace('\n', "\\n");
        let version =
            format!("if [ \"$1\" = --version ]; then printf 'vorlage {build}\\n'; exit; fi");
        let text = format!("#!/bin/sh\n{version}\nread -r settings\n{hello}\nread -r question\n");
        std::fs::write(program, text).unwrap();
        std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What runs as a process, as it was called.
    fn command_line(process: Option<u32>) -> String {
        let line = std::fs::read(format!("/proc/{}/cmdline", process.unwrap())).unwrap();
        String::from_utf8_lossy(&line).replace('\0', " ")
    }

    #[tokio::test]
    async fn the_child_is_of_the_program_that_lies_beside_until_it_fails() {
        let Some(level) = levels::levels().into_iter().rfind(|it| it.here) else { return };
        let folder = tempfile::tempdir().unwrap();
        let (itself, beside) =
            (folder.path().join("vorlage"), folder.path().join(format!("vorlage-{}", level.name)));
        let hello = serde_json::to_string(&Hello::Ok(Card::default())).unwrap();
        put(&itself, &format!("printf '%s\\n' '{hello}'"));
        put(&beside, &format!("printf '%s\\n' '{hello}'"));
        let weights = tempfile::NamedTempFile::new().unwrap();
        let started = || {
            let settings = Settings::new(weights.path().into());
            let wanted = Some(level.name.to_owned());
            Supervisor { wanted, ..Supervisor::new(itself.clone(), settings) }
        };
        let supervisor = started();
        supervisor.ready().await.unwrap();
        let line = command_line(supervisor.process());
        assert!(line.contains(&format!("{} worker llm", beside.display())), "{line}");

        put(&beside, "exit 1");
        let supervisor = started();
        for _ in 0..TRIES {
            assert!(supervisor.ready().await.is_err());
        }
        // The pause before the next start is not what is tested.
        supervisor.seat.lock().await.not_before = None;
        supervisor.ready().await.unwrap();
        let line = command_line(supervisor.process());
        assert!(line.contains(&format!("{} worker llm", itself.display())), "{line}");
    }
}

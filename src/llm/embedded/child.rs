//! One running child: its process and the pipes to it.

use std::path::Path;
use std::process::Stdio;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tracing::info;

use super::Settings;
use super::protocol::{Answer, Hello, LONGEST_LINE};

/// Rounds a thread waits awake before it sleeps.
const SPINS: &str = "20000";

/// A child process. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Running {
    /// Starts `program worker llm`. It has no environment, so nothing in ours changes what it does, but
    /// for how its threads wait: by sleeping soon. Threads that spin are quicker on an idle machine by a
    /// few parts in a hundred, and several times slower beside anything else that computes.
    pub(super) fn start(program: &Path) -> Result<Self, String> {
        let mut child = Command::new(program)
            .args(["worker", "llm"])
            .env_clear()
            .env(
                "GOMP_SPINCOUNT",
                std::env::var("GOMP_SPINCOUNT").unwrap_or_else(|_| SPINS.to_owned()),
            )
            // Where the C++ library lies, if it does not lie in the usual place.
            .envs(std::env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in a terminal is for the daemon; it ends the child when its work is done.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| error.to_string())?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(words)) = pipes else {
            return Err("it has no pipes".into());
        };
        tokio::spawn(listen(words));
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// Its process id; 0 when it has ended.
    pub(super) fn process(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Whether it has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Hands over the settings and reads who answers.
    pub(super) async fn greet(&mut self, settings: &Settings) -> Result<Hello, String> {
        let mut line = serde_json::to_vec(settings).map_err(|error| error.to_string())?;
        line.push(b'\n');
        self.say(&line).await?;
        self.hear().await
    }

    /// Hands over a question and reads its answer.
    pub(super) async fn exchange(&mut self, question: &[u8]) -> Result<Answer, String> {
        self.say(question).await?;
        self.hear().await
    }

    /// Kills it and tells how it ended.
    pub(super) async fn end(mut self) -> String {
        // It may have ended by itself just before; that is what we want anyway.
        self.child.start_kill().ok();
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    async fn say(&mut self, line: &[u8]) -> Result<(), String> {
        self.input.write_all(line).await.map_err(|error| error.to_string())?;
        self.input.flush().await.map_err(|error| error.to_string())
    }

    async fn hear<T: DeserializeOwned>(&mut self) -> Result<T, String> {
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
            Ok(_) => {
                let line = String::from_utf8_lossy(&line);
                info!(target: "vorlage::llm::child", "{}", line.trim_end());
            }
        }
    }
}

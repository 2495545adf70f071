//! `vorlage run`, ended when dropped.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{Office, get, until};

/// The program, free of what the surroundings say.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vorlage"));
    for name in [
        "RUST_LOG",
        "STATE_DIRECTORY",
        "CREDENTIALS_DIRECTORY",
        "NOTIFY_SOCKET",
        "WATCHDOG_USEC",
        "WATCHDOG_PID",
    ] {
        command.env_remove(name);
    }
    command
}

/// A running daemon.
pub(crate) struct Daemon {
    child: Child,
    log: PathBuf,
    port: u16,
}

impl Daemon {
    /// Starts it and waits until its pages answer.
    pub(crate) fn start(office: &Office) -> Self {
        Self::start_with(office, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn start_with(office: &Office, environment: &[(&str, &str)]) -> Self {
        let mut daemon = Self::launch(office, environment);
        until("the daemon", 60, || {
            assert!(daemon.ended().is_none(), "it ended at once:\n{}", daemon.log());
            get(daemon.port, "/healthz").filter(|answer| answer.status == 200)
        });
        daemon
    }

    /// Starts it, and does not wait for anything: it may end at once.
    pub(crate) fn launch(office: &Office, environment: &[(&str, &str)]) -> Self {
        let log = office.path("daemon.log");
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let mut command = program();
        command.args(["run", "--office"]).arg(office.folder()).envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).process_group(0);
        Self { child: command.spawn().unwrap(), log, port: office.port }
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Everything that this daemon and those before it said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until it has said so.
    pub(crate) fn says(&self, words: &str) {
        until(&format!("`{words}` in the log"), 60, || self.log().contains(words).then_some(()));
    }

    /// What `/healthz` tells.
    pub(crate) fn health(&self) -> serde_json::Value {
        serde_json::from_str(&get(self.port, "/healthz").unwrap().body).unwrap()
    }

    /// How many items are finished.
    pub(crate) fn done(&self) -> usize {
        self.metric("vorlage_items{state=\"done\"}")
    }

    /// A number out of `/metrics`; 0 when it is not there.
    pub(crate) fn metric(&self, name: &str) -> usize {
        let text = get(self.port, "/metrics").unwrap().body;
        let value =
            text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        value.unwrap_or(0.0) as usize
    }

    /// Whether one of its child processes is at work.
    pub(crate) fn has_children(&self) -> bool {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let children = threads
            .map(|it| fs::read_to_string(it.unwrap().path().join("children")).unwrap_or_default());
        children.into_iter().any(|it| !it.trim().is_empty())
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and tells how it ended; fails after ten seconds.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        until("the end of the daemon", 10, || self.child.try_wait().unwrap())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            // What the log of a failed test says is the first thing anybody asks for.
            panic_note(&self.log());
        }
    }
}

#[expect(clippy::print_stderr, reason = "a failing test tells what the daemon said")]
fn panic_note(log: &str) {
    eprintln!("{log}");
}

//! Which process a daemon is, so that another on the same machine sees at once that it has ended.

use std::fs;

use serde::{Deserialize, Serialize};

/// A process, named so that no other is ever taken for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    /// The start of its machine.
    boot: String,
    /// Where its number counts: containers have numbers of their own.
    space: String,
    /// Its number.
    pub(super) pid: u32,
    /// When it began, in ticks since the start of the machine.
    began: Option<u64>,
}

impl Process {
    /// This one.
    pub(super) fn ours() -> Self {
        let pid = std::process::id();
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        Self {
            boot: boot.trim().to_owned(),
            space: space.display().to_string(),
            pid,
            began: began(pid),
        }
    }

    /// Whether it certainly has ended. Of a process elsewhere nothing is certain.
    pub(super) fn has_ended(&self, ours: &Self) -> bool {
        let is_near = !self.boot.is_empty() && self.boot == ours.boot && self.space == ours.space;
        is_near && self.began.is_some() && began(self.pid) != self.began
    }
}

/// When a process began; `None` when there is none, or only its remains.
fn began(pid: u32) -> Option<u64> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold anything (proc(5)).
    let (_, rest) = line.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let is_dead = matches!(*fields.first()?, "Z" | "X");
    if is_dead { None } else { fields.get(19)?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_child_has_ended_when_it_was_killed_and_not_before() {
        let ours = Process::ours();
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let other = Process { pid: child.id(), began: began(child.id()), ..ours.clone() };
        assert!(other.began.is_some() && !other.has_ended(&ours) && !ours.has_ended(&ours));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(other.has_ended(&ours));
        let elsewhere = Process { boot: "another".to_owned(), ..other };
        assert!(!elsewhere.has_ended(&ours), "a number of another machine says nothing");
    }
}

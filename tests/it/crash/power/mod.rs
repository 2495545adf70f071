//! Power losses: of a folder only that is left which was made durable, and what is there must be enough.
//!
//! A small library that is loaded before all others (`tests/power/shim.c`) keeps a copy of each file at every finished
//! fsync. An image of the folder has those copies and nothing else, or by chance some pages more: a disk may write
//! what nobody has asked it to write yet, in any order.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::UNIX_EPOCH;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Chance, until};

mod commits;
mod daemon;
mod numbers;
mod order;
mod postgres;

/// What a disk writes at once.
const PAGE: usize = 4096;

/// A folder whose disk may lose its power.
pub(super) struct Disk {
    root: PathBuf,
    /// Holds the library and the copies.
    aside: tempfile::TempDir,
}

/// What a disk has after a power loss beside what it was asked to make durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum More {
    /// Nothing.
    Nothing,
    /// Pages by chance.
    SomePages,
}

impl Disk {
    /// Over a folder. What it holds now is durable.
    pub(super) fn over(root: &Path) -> Self {
        let aside = tempfile::Builder::new().prefix("disk-").tempdir().unwrap();
        let root = root.canonicalize().unwrap();
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(aside.path().join("shim.so"))
            .args(["tests/power/shim.c", "-ldl"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let shadow = aside.path().join("shadow");
        fs::create_dir(&shadow).unwrap();
        // A server may run as another user.
        for (folder, mode) in [(aside.path(), 0o755), (&shadow, 0o777)] {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
        let disk = Self { root, aside };
        for file in files_below(&disk.root) {
            fs::copy(&file, disk.copy_of(&file)).unwrap();
        }
        disk
    }

    /// For the programs that write on it.
    pub(super) fn environment(&self) -> [(&'static str, String); 3] {
        let aside = |name: &str| self.aside.path().join(name).display().to_string();
        [
            ("LD_PRELOAD", aside("shim.so")),
            ("VORLAGE_POWER_ROOT", self.root.display().to_string()),
            ("VORLAGE_POWER_SHADOW", aside("shadow")),
        ]
    }

    /// What is left of the folder if the power fails now. Nothing may write meanwhile.
    pub(super) fn image(&self, to: &Path, more: More, chance: &mut Chance) {
        fs::create_dir_all(to).unwrap();
        for folder in folders_below(&self.root) {
            fs::create_dir_all(to.join(folder.strip_prefix(&self.root).unwrap())).unwrap();
        }
        for file in files_below(&self.root) {
            let left = self.left_of(&file, more, chance);
            fs::write(to.join(file.strip_prefix(&self.root).unwrap()), left).unwrap();
        }
    }

    /// The power fails: the folder is now what was durable.
    pub(super) fn fail(self, more: More, chance: &mut Chance) {
        let image = self.aside.path().join("image");
        self.image(&image, more, chance);
        fs::remove_dir_all(&self.root).unwrap();
        let moved = Command::new("cp").arg("-r").arg(&image).arg(&self.root).status().unwrap();
        assert!(moved.success());
    }

    /// The same for a folder with many files and another owner: only what differs is written. The next power loss
    /// begins with what is left.
    pub(super) fn fail_in_place(&self, more: More, chance: &mut Chance) {
        for file in files_below(&self.root) {
            let left = self.left_of(&file, more, chance);
            for place in [self.copy_of(&file), file] {
                if fs::read(&place).ok().as_ref() != Some(&left) {
                    fs::write(place, &left).unwrap();
                }
            }
        }
    }

    fn left_of(&self, file: &Path, more: More, chance: &mut Chance) -> Vec<u8> {
        let durable = fs::read(self.copy_of(file)).unwrap_or_default();
        match more {
            More::Nothing => durable,
            More::SomePages => mixed(durable, &fs::read(file).unwrap(), chance),
        }
    }

    fn copy_of(&self, file: &Path) -> PathBuf {
        let metadata = fs::metadata(file).unwrap();
        let born = metadata.created().unwrap().duration_since(UNIX_EPOCH).unwrap();
        let (inode, seconds, nanoseconds) = (metadata.ino(), born.as_secs(), born.subsec_nanos());
        self.aside.path().join(format!("shadow/{inode}-{seconds}{nanoseconds:09}"))
    }
}

/// What was durable, with some pages of what was only written, and with one length or the other.
fn mixed(durable: Vec<u8>, written: &[u8], chance: &mut Chance) -> Vec<u8> {
    let length = if chance.below(2) == 0 { durable.len() } else { written.len() };
    let mut left = durable;
    left.resize(length, 0);
    for begin in (0..length).step_by(PAGE) {
        let end = (begin + PAGE).min(length).min(written.len());
        if begin < end && chance.below(2) == 0 {
            left[begin..end].copy_from_slice(&written[begin..end]);
        }
    }
    left
}

fn folders_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(folder) = found.get(next) {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let folders: Vec<_> =
            entries.filter(|it| it.file_type().unwrap().is_dir()).map(|it| it.path()).collect();
        found.extend(folders);
        next += 1;
    }
    found
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = folders_below(folder).into_iter().flat_map(|it| fs::read_dir(it).unwrap());
    let entries = entries.map(|entry| entry.unwrap());
    entries.filter(|it| it.file_type().unwrap().is_file()).map(|it| it.path()).collect()
}

/// This very test in another process, which then does the writing.
fn writer(test: &str, environment: &[(&str, String)]) -> Writer {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]).envs(environment.iter().cloned());
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    Writer(child.spawn().unwrap())
}

/// A process that writes, ended when dropped.
struct Writer(Child);

impl Writer {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap(), signal).unwrap();
    }

    /// Holds all its threads: nothing is written until [`Self::go_on`].
    fn hold(&self) {
        self.signal(Signal::STOP);
        until("the writer to stand still", 20, || self.stands_still().then_some(()));
    }

    fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn stands_still(&self) -> bool {
        let threads = fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap();
        threads.flatten().all(|thread| {
            let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            stat.rsplit(") ").next().is_some_and(|it| it.starts_with('T'))
        })
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

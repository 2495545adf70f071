//! What a child takes from itself before it looks at a stranger's bytes.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};
use serde::{Deserialize, Serialize};

use super::syscalls;

/// The rules of Linux 6.1, the kernel of Debian 12: without them there is no wall around files.
const RULES: ABI = ABI::V2;
/// Rules of later kernels, taken where they are known: the network (6.7), and other processes (6.12).
const LATER: ABI = ABI::V6;
/// Open files: the pipes, and what an allocator or a C library may want.
const OPEN_FILES: u64 = 16;
/// What starts programs that use shared libraries: the kernel opens it to run it.
const LOADERS: &[&str] = &["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

/// The walls around a reader that hold on this machine. Its limits of memory, time and written
/// files hold everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// The kernel denies it all files (Landlock, from Linux 5.19 on).
    pub files: bool,
    /// The kernel denies it TCP also by Landlock (from Linux 6.7 on).
    pub network: bool,
    /// The kernel denies it sockets, programs and other processes (seccomp).
    pub calls: bool,
}

/// Limits memory (in MiB) and processor time (in seconds), forbids writing to files, dumps and
/// being traced, and makes the kernel end us when the parent ends.
pub(super) fn limit(memory_mb: u64, seconds: u64) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let limits = [
        (Resource::As, memory_mb.saturating_mul(1 << 20)),
        (Resource::Cpu, seconds),
        (Resource::Fsize, 0),
        (Resource::Nofile, OPEN_FILES),
        (Resource::Core, 0),
    ];
    for (resource, most) in limits {
        // At the lower limit of processor time comes SIGXCPU, which tells the parent why we died.
        let maximum = if matches!(resource, Resource::Cpu) { most + 1 } else { most };
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(maximum) })?;
    }
    Ok(())
}

/// Denies everything but computing to this thread and all it will start: files, network, programs,
/// new privileges.
pub(super) fn enclose() -> Walls {
    let (files, network) = deny(Ok);
    Walls { files, network, calls: syscalls::only_what_readers_need() }
}

/// Like [`enclose`], for what will become `program`: what is installed on the machine may be read,
/// and nothing else than it may be run.
pub(super) fn enclose_program(program: &Path) -> Walls {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let installed = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives"];
    let run = LOADERS.iter().map(Path::new).chain([program]).map(Path::to_path_buf);
    let run: Vec<PathBuf> = run.filter_map(|it| it.canonicalize().ok()).collect();
    let rules = move |ruleset: RulesetCreated| {
        ruleset
            .add_rules(path_beneath_rules(installed, read))?
            .add_rules(path_beneath_rules(run, AccessFs::Execute | AccessFs::ReadFile))
    };
    let (files, network) = deny(rules);
    Walls { files, network, calls: syscalls::nothing_hostile() }
}

/// Whether files, and whether also the network, are denied.
fn deny(
    rules: impl FnOnce(RulesetCreated) -> Result<RulesetCreated, RulesetError>,
) -> (bool, bool) {
    let files: BitFlags<AccessFs> = AccessFs::from_all(RULES);
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(files)
        .map(|ruleset| ruleset.set_compatibility(CompatLevel::BestEffort))
        .and_then(|ruleset| ruleset.handle_access(AccessFs::from_all(LATER)))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(LATER)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(LATER)))
        .and_then(|ruleset| ruleset.create());
    let status = ruleset.and_then(rules).and_then(|ruleset| ruleset.restrict_self());
    let Ok(status) = status else { return (false, false) };
    let network = status.ruleset == RulesetStatus::FullyEnforced;
    (status.ruleset != RulesetStatus::NotEnforced, network)
}

/// Tells the operator once when this machine cannot build all walls around the readers.
pub(super) fn report(walls: Walls) {
    static ONCE: Once = Once::new();
    if !walls.files || !walls.calls {
        ONCE.call_once(|| {
            tracing::warn!(
                files = walls.files,
                system_calls = walls.calls,
                "this kernel cannot build every wall around document readers; `vorlage doctor` says which"
            );
        });
    }
}

//! What a child takes from itself before it looks at a stranger's bytes.

use std::io;
use std::sync::Once;

use landlock::{
    ABI, Access, AccessFs, BitFlags, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr,
    RulesetError, RulesetStatus, path_beneath_rules,
};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};

/// The rules of Linux 6.1, the kernel of Debian 12: files, not the network.
const RULES: ABI = ABI::V2;
/// Open files: the pipes, and what an allocator or a C library may want.
const OPEN_FILES: u64 = 16;

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

/// Denies all files (and new privileges) to this thread and all it will start. `false` when the
/// kernel does not know how.
pub(super) fn deny_files() -> bool {
    enforce(Ok)
}

/// Like [`deny_files`], but what is installed on the machine may be read and run.
pub(super) fn deny_files_but_programs() -> bool {
    let programs = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives"];
    let rules = move |ruleset: RulesetCreated| {
        ruleset.add_rules(path_beneath_rules(programs, AccessFs::from_read(RULES)))
    };
    enforce(rules)
}

fn enforce(rules: impl FnOnce(RulesetCreated) -> Result<RulesetCreated, RulesetError>) -> bool {
    let handled: BitFlags<AccessFs> = AccessFs::from_all(RULES);
    let created = Ruleset::default().handle_access(handled).and_then(|ruleset| ruleset.create());
    let status = created.and_then(rules).and_then(|ruleset| ruleset.restrict_self());
    status.is_ok_and(|status| status.ruleset == RulesetStatus::FullyEnforced)
}

/// Tells the operator once when this machine cannot deny files to the readers.
pub(super) fn report(sandboxed: bool) {
    static ONCE: Once = Once::new();
    if !sandboxed {
        ONCE.call_once(|| {
            tracing::warn!(
                "this kernel has no Landlock: document readers are limited in memory and time, but not kept from files"
            );
        });
    }
}

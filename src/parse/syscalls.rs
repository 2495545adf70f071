//! Which system calls a child may make (seccomp), on x86-64 and on ARM.
//!
//! Two answers for what is not allowed. **Killed** is what no reader ever does (network, programs,
//! other processes, the kernel's own levers): who tries has been taken over, and its answer is
//! worth nothing. **Refused** with `EPERM` is everything else that is not on the list, so that a C
//! library newer than this list makes a letter at worst unreadable, and not every letter.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

/// What a reader needs to compute: its pipes, memory, threads, time and chance.
const NEEDED: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_clone3, // answered by `NOT_THERE`
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fcntl,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_ppoll,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_sysinfo,
    libc::SYS_write,
    libc::SYS_writev,
];

/// What no reader ever does.
const HOSTILE: &[i64] = &[
    // The network, and other processes through sockets.
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_listen,
    libc::SYS_socket,
    libc::SYS_socketpair,
    // Other processes.
    libc::SYS_kill,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_tkill,
    // The kernel: where most of its holes were found.
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_delete_module,
    libc::SYS_finit_module,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_perf_event_open,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_userfaultfd,
    // Other views of the file system.
    libc::SYS_chroot,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_pivot_root,
    libc::SYS_setns,
    libc::SYS_umount2,
    libc::SYS_unshare,
    // Other persons.
    libc::SYS_setgid,
    libc::SYS_setgroups,
    libc::SYS_setresgid,
    libc::SYS_setresuid,
    libc::SYS_setuid,
];

/// Ways to start a program.
const PROGRAMS: &[i64] = &[libc::SYS_execve, libc::SYS_execveat];
/// Old ways to become two processes; the new ones are judged by their flags.
#[cfg(target_arch = "x86_64")]
const FORKS: &[i64] = &[libc::SYS_fork, libc::SYS_vfork];
#[cfg(not(target_arch = "x86_64"))]
const FORKS: &[i64] = &[];
/// Its flags lie in memory, where the kernel does not let us look: the C library then takes `clone`.
const NOT_THERE: &[i64] = &[libc::SYS_clone3];

/// `PR_SET_VMA`: names for memory, which newer C libraries give.
const PR_SET_VMA: u64 = 0x5356_4d41;

/// Binds this thread and all it will start to what readers need. `false` when the kernel cannot.
pub(super) fn only_what_readers_need() -> bool {
    let hostile = [HOSTILE, PROGRAMS, FORKS].concat();
    install(Some(needed()), &hostile)
}

/// Binds what will become another program: it may do what is usual, and nothing of [`HOSTILE`].
/// Which program that is, is for the file rules to say: they hold when this one is started.
pub(super) fn nothing_hostile() -> bool {
    install(None, &[HOSTILE, FORKS].concat())
}

/// Of several filters the strictest answer holds.
fn install(needed: Option<Rules>, hostile: &[i64]) -> bool {
    let allowed = needed.map(|it| (it, SeccompAction::Errno(EPERM), SeccompAction::Allow));
    let mut killed: Rules = hostile.iter().map(|call| (*call, Vec::new())).collect();
    let processes = one_of([vec![Condition(0, THREAD, 0)]]);
    killed.insert(libc::SYS_clone, processes);
    let absent: Rules = NOT_THERE.iter().map(|call| (*call, Vec::new())).collect();
    let filters = [
        Some((absent, SeccompAction::Allow, SeccompAction::Errno(ENOSYS))),
        Some((killed, SeccompAction::Allow, SeccompAction::KillProcess)),
        allowed,
    ];
    let mut programs = Vec::new();
    for (rules, otherwise, listed) in filters.into_iter().flatten() {
        let Some(program) = compile(rules, otherwise, listed) else { return false };
        programs.push(program);
    }
    programs.iter().all(|program| apply_filter(program).is_ok())
}

fn compile(rules: Rules, otherwise: SeccompAction, listed: SeccompAction) -> Option<BpfProgram> {
    // Other processors have other numbers: on them there is no list, and `doctor` says so.
    let machine = std::env::consts::ARCH.try_into().ok()?;
    SeccompFilter::new(rules, otherwise, listed, machine).ok()?.try_into().ok()
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

const EPERM: u32 = libc::EPERM as u32;
const ENOSYS: u32 = libc::ENOSYS as u32;
/// An argument of 32 bits: the upper ones may hold anything.
const WORD: u64 = u32::MAX as u64;
const THREAD: u64 = libc::CLONE_THREAD as u64;
const EXECUTE: u64 = libc::PROT_EXEC as u64;
/// "Of this open file", and not of a name.
const NAMELESS: u64 = libc::AT_EMPTY_PATH as u64;

/// The argument with this number has, of these bits, exactly those.
#[derive(Clone, Copy)]
struct Condition(u8, u64, u64);

fn needed() -> Rules {
    let mut rules: Rules = NEEDED.iter().map(|call| (*call, Vec::new())).collect();
    let own = u64::from(std::process::id());
    let not_to_run = one_of([vec![Condition(2, EXECUTE, 0)]]);
    rules.insert(libc::SYS_mmap, not_to_run.clone());
    rules.insert(libc::SYS_mprotect, not_to_run);
    rules.insert(libc::SYS_clone, one_of([vec![Condition(0, THREAD, THREAD)]]));
    // `abort`, which is how a reader ends that finds no memory.
    rules.insert(libc::SYS_tgkill, one_of([vec![Condition(0, WORD, own)]]));
    rules.insert(libc::SYS_newfstatat, one_of([vec![Condition(3, NAMELESS, NAMELESS)]]));
    rules.insert(libc::SYS_statx, one_of([vec![Condition(2, NAMELESS, NAMELESS)]]));
    rules.insert(libc::SYS_fstat, Vec::new());
    let name = libc::PR_SET_NAME as u64;
    let names = [name, PR_SET_VMA].map(|what| vec![Condition(0, WORD, what)]);
    rules.insert(libc::SYS_prctl, one_of(names));
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_poll, Vec::new());
    rules
}

/// Alternatives, each a list of conditions that hold together.
fn one_of<const N: usize>(alternatives: [Vec<Condition>; N]) -> Vec<SeccompRule> {
    let condition = |Condition(argument, bits, value): Condition| {
        let is = SeccompCmpOp::MaskedEq(bits);
        SeccompCondition::new(argument, SeccompCmpArgLen::Qword, is, value).ok()
    };
    let rule = |conditions: Vec<Condition>| {
        SeccompRule::new(conditions.into_iter().filter_map(condition).collect()).ok()
    };
    alternatives.into_iter().filter_map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_both_needed_and_hostile() {
        let both: Vec<&i64> = HOSTILE.iter().filter(|it| needed().contains_key(it)).collect();
        assert!(both.is_empty(), "{both:?}");
    }

    #[test]
    fn every_rule_is_kept_and_compiles_on_both_kinds_of_machine() {
        let needed = needed();
        // A rule that was dropped would be an empty list, which means: always.
        for call in [libc::SYS_mmap, libc::SYS_clone, libc::SYS_tgkill, libc::SYS_prctl] {
            assert!(!needed[&call].is_empty());
        }
        for machine in ["x86_64", "aarch64"] {
            let filter = SeccompFilter::new(
                needed.clone(),
                SeccompAction::Errno(EPERM),
                SeccompAction::Allow,
                machine.try_into().unwrap(),
            );
            assert!(BpfProgram::try_from(filter.unwrap()).is_ok());
        }
    }
}

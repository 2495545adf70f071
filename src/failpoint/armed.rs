//! What happens at the places, as the environment says.

use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Signal, getpid, kill_process};

/// `ENOSPC`: no space left on the device.
const NO_SPACE: i32 = 28;
/// `EIO`: the device failed.
const FAILED: i32 = 5;

/// One `name~about=action@at+`.
struct Armed {
    name: String,
    about: String,
    action: Action,
    at: u64,
    and_after: bool,
    hits: AtomicU64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Kill,
    Stop,
    Error,
    NoSpace,
    LeaveOut,
}

struct Plan {
    armed: Vec<Armed>,
    /// Holds only while this file is there.
    only_while: Option<PathBuf>,
}

/// The program is at a place.
pub(super) fn reach(name: &str, about: [&str; 2]) -> io::Result<()> {
    let matching =
        |it: &&Armed| it.name == name && about.iter().any(|about| about.contains(&it.about));
    for armed in plan().armed.iter().filter(matching) {
        if !plan().holds() {
            continue;
        }
        let hit = armed.hits.fetch_add(1, Ordering::SeqCst) + 1;
        if hit == armed.at || (armed.and_after && hit > armed.at) {
            armed.action.act()?;
        }
    }
    Ok(())
}

/// Whether something is not done because a test wants to see that it is needed.
pub(super) fn is_left_out(name: &str) -> bool {
    plan().armed.iter().any(|it| it.name == name && it.action == Action::LeaveOut)
}

impl Plan {
    fn holds(&self) -> bool {
        self.only_while.as_ref().is_none_or(|file| file.exists())
    }
}

impl Action {
    fn act(self) -> io::Result<()> {
        match self {
            Self::Kill => {
                signal(Signal::KILL);
                Ok(())
            }
            Self::Stop => {
                signal(Signal::STOP);
                Ok(())
            }
            Self::Error => Err(io::Error::from_raw_os_error(FAILED)),
            Self::NoSpace => Err(io::Error::from_raw_os_error(NO_SPACE)),
            Self::LeaveOut => Ok(()),
        }
    }
}

fn signal(signal: Signal) {
    // To ourselves it is always allowed; when it is not, the test that waits for it tells.
    kill_process(getpid(), signal).ok();
}

fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| {
        let text = std::env::var("VORLAGE_FAILPOINT").unwrap_or_default();
        Plan {
            armed: text.split(';').filter_map(armed).collect(),
            only_while: std::env::var_os("VORLAGE_FAILPOINT_WHILE").map(PathBuf::from),
        }
    })
}

/// `None` for what makes no sense: the test that asks for it sees that nothing happens.
fn armed(text: &str) -> Option<Armed> {
    let (place, what) = text.split_once('=')?;
    let (name, about) = place.split_once('~').unwrap_or((place, ""));
    let (action, at) = what.split_once('@').unwrap_or((what, "1"));
    let action = match action {
        "kill" => Action::Kill,
        "stop" => Action::Stop,
        "error" => Action::Error,
        "enospc" => Action::NoSpace,
        "leave_out" => Action::LeaveOut,
        _ => return None,
    };
    Some(Armed {
        name: name.to_owned(),
        about: about.to_owned(),
        action,
        at: at.trim_end_matches('+').parse().ok()?,
        and_after: at.ends_with('+'),
        hits: AtomicU64::new(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_reads_as_it_is_written() {
        let full = armed("stage.before_work~Brief=enospc@3+").unwrap();
        assert_eq!((full.name.as_str(), full.about.as_str()), ("stage.before_work", "Brief"));
        assert!(full.action == Action::NoSpace && full.at == 3 && full.and_after);
        let short = armed("blob.synced=kill").unwrap();
        assert!(short.action == Action::Kill && short.at == 1 && !short.and_after);
        assert!(armed("blob.synced=burn@1").is_none() && armed("blob.synced").is_none());
    }
}

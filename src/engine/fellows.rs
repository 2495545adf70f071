//! The other daemons that work the same office: who is there, and whose work is taken over.
//!
//! Every daemon has a name and changes the row `daemon/<name>` again and again. One whose row is not there, or
//! does not change for `limits.takeover_seconds` of our own clock, is gone: what it had leased is free again. No
//! clocks of two machines are ever compared. A daemon that was only asleep cannot do harm when it wakes up,
//! because every commit names the version it rests on. With a store that only one process can open, none of this
//! is needed.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

use super::Desk;
use super::process::Process;
use crate::domain::ConnectorName;
use crate::store::{self, Change, Commit, Guard, Row, Store};

/// With what the rows of daemons begin.
const DAEMONS: &str = "daemon/";
/// So often within the time of a takeover is looked, and every second time told that we are there.
const LOOKS: u32 = 6;

/// What this daemon knows of those that work the same office, itself among them.
pub(super) struct Fellows {
    /// Ours: machine, process, chance.
    name: String,
    /// Whether nobody else can have the store open.
    is_alone: bool,
    process: Process,
    seen: Mutex<Seen>,
    /// Held for reading by each of our own workers that is at work, for writing by one that has to be alone.
    pub(super) at_work: RwLock<()>,
}

#[derive(Default)]
struct Seen {
    daemons: HashMap<String, Watched>,
    /// When the rows were read last.
    looked: Option<Instant>,
    /// When our own row was written last.
    told: Option<Instant>,
}

struct Watched {
    version: u64,
    /// How long it has not changed, as far as we looked: while the store is away nobody can change a row.
    still: Duration,
    process: Option<Process>,
}

impl Fellows {
    pub(super) fn new(host: &str, chance: &str, is_alone: bool) -> Self {
        let process = Process::ours();
        let chance: String = chance.chars().take(6).collect();
        let name = format!("{host}-{}-{chance}", process.pid);
        Self { name, is_alone, process, seen: Mutex::default(), at_work: RwLock::default() }
    }

    /// The owner of leases for one of our workers, or the desk.
    pub(super) fn owner(&self, part: &str) -> String {
        format!("{}/{part}", self.name)
    }

    /// Whether the others still count us as there. If not, new work would be taken from us at once.
    pub(super) fn is_there(&self, takeover: Duration) -> bool {
        self.is_alone || self.seen().told.is_some_and(|told| told.elapsed() < takeover / 2)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes which rows have changed since the last look.
    fn note(&self, rows: &[(String, Row)], now: Instant, takeover: Duration) {
        let mut seen = self.seen();
        // After a pause, in which the store was away or we were asleep, the others get their time anew.
        let passed = seen.looked.map_or(Duration::ZERO, |last| now.duration_since(last));
        let passed = passed.min(takeover / LOOKS * 2);
        seen.looked = Some(now);
        let mut daemons = HashMap::new();
        for (key, row) in rows {
            let name = key.strip_prefix(DAEMONS).unwrap_or(key);
            let still = match seen.daemons.get(name) {
                Some(known) if known.version == row.version => known.still + passed,
                _ => Duration::ZERO,
            };
            let process = serde_json::from_slice(&row.body).ok();
            daemons.insert(name.to_owned(), Watched { version: row.version, still, process });
        }
        seen.daemons = daemons;
    }

    /// Those of whom there was no sign for long enough. `takeover` is kept from the last sign on: what is missing
    /// of it is the time that may lie between the sign and our look.
    fn gone(&self, takeover: Duration) -> Vec<(String, u64)> {
        let longest = takeover - takeover / LOOKS;
        let seen = self.seen();
        let daemons = seen.daemons.iter().filter(|(name, _)| **name != self.name);
        let gone = daemons.filter(|(_, it)| {
            it.still >= longest || it.process.as_ref().is_some_and(|it| it.has_ended(&self.process))
        });
        gone.map(|(name, it)| (name.clone(), it.version)).collect()
    }

    fn knows(&self, name: &str) -> bool {
        name == self.name || self.seen().daemons.contains_key(name)
    }

    async fn tell(&self, store: &dyn Store) -> Result<(), store::Error> {
        let began = Instant::now();
        let body = serde_json::to_vec(&self.process).unwrap_or_default();
        let changes = vec![Change::Put(format!("{DAEMONS}{}", self.name), body)];
        store.commit(Commit { changes, ..Commit::default() }).await?;
        self.seen().told = Some(began);
        Ok(())
    }
}

impl Desk {
    /// Begins to work the office: takes up what an earlier run left, and lets the others know.
    pub(super) async fn arrive(&self) -> Result<(), store::Error> {
        if self.fellows.is_alone {
            let released = self.records().release(|_| true, self.now()).await?;
            if released > 0 {
                tracing::info!(items = released, "took up the work of an earlier run");
            }
            return Ok(());
        }
        self.fellows.tell(self.records().store()).await?;
        tracing::info!(daemon = self.fellows.name, "works this office, perhaps with others");
        self.take_over().await
    }

    /// Lets the others know again and again, and takes over the work of those that are gone, until `stop`.
    pub(super) async fn stay(&self, stop: &CancellationToken) {
        if self.fellows.is_alone {
            return;
        }
        let mut looks = 0u32;
        while stop.run_until_cancelled(tokio::time::sleep(self.look_every())).await.is_some() {
            looks = looks.wrapping_add(1);
            let done = async {
                if looks.is_multiple_of(2) {
                    self.fellows.tell(self.records().store()).await?;
                }
                self.take_over().await
            };
            if let Err(error) = done.await {
                tracing::debug!("the other daemons cannot be seen: {error}");
            }
        }
    }

    /// The last thing a daemon does: nobody has to wait for it.
    pub(super) async fn leave(&self) {
        if self.fellows.is_alone {
            return;
        }
        let changes = vec![Change::Delete(format!("{DAEMONS}{}", self.fellows.name))];
        let left = self.records().store().commit(Commit { changes, ..Commit::default() }).await;
        if let Err(error) = left {
            tracing::debug!("the others will find out by themselves that we are gone: {error}");
        }
    }

    /// Frees what is leased by daemons that are gone.
    async fn take_over(&self) -> Result<(), store::Error> {
        let (records, takeover) = (self.records(), self.takeover());
        // First the leases, then the daemons: one that is new is there before its first lease is.
        let owners = records.owners(self.now()).await?;
        let rows = records.store().scan(DAEMONS, "", usize::MAX).await?;
        self.fellows.note(&rows, Instant::now(), takeover);
        let gone = self.fellows.gone(takeover);
        let mut names: BTreeSet<&str> = gone.iter().map(|(name, _)| name.as_str()).collect();
        names.extend(owners.iter().map(|it| daemon_of(it)).filter(|it| !self.fellows.knows(it)));
        if names.is_empty() {
            return Ok(());
        }
        let released =
            records.release(|owner| names.contains(daemon_of(owner)), self.now()).await?;
        for (name, version) in &gone {
            let key = format!("{DAEMONS}{name}");
            let commit = Commit {
                guards: vec![Guard::Version(key.clone(), *version)],
                changes: vec![Change::Delete(key)],
                ..Commit::default()
            };
            match records.store().commit(commit).await {
                Ok(_) => tracing::warn!(
                    daemon = name,
                    items = released,
                    "took over from a daemon that is gone"
                ),
                // It is there after all, or another was quicker.
                Err(store::Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether we are the one who asks this door; we become it when nobody is.
    pub(super) async fn keeps(&self, door: &ConnectorName) -> Result<bool, store::Error> {
        if self.fellows.is_alone {
            return Ok(true);
        }
        let (key, store) = (door_key(door), self.records().store());
        let guard = match store.get(&key).await? {
            None => Guard::Absent(key.clone()),
            Some(row) => {
                let holder = String::from_utf8_lossy(&row.body).into_owned();
                if holder == self.fellows.name {
                    return Ok(true);
                }
                // A holder that is gone has its row removed by whoever takes over.
                if store.get(&format!("{DAEMONS}{holder}")).await?.is_some() {
                    return Ok(false);
                }
                Guard::Version(key.clone(), row.version)
            }
        };
        let changes = vec![Change::Put(key, self.fellows.name.clone().into_bytes())];
        match store.commit(Commit { guards: vec![guard], changes, events: Vec::new() }).await {
            Ok(_) => {
                tracing::info!(door = %door, "we ask the door `{door}`");
                Ok(true)
            }
            Err(store::Error::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Lets another daemon ask this door.
    pub(super) async fn give_up(&self, door: &ConnectorName) {
        if self.fellows.is_alone {
            return;
        }
        let (key, store) = (door_key(door), self.records().store());
        let given = async {
            let Some(row) = store.get(&key).await? else { return Ok(0) };
            if row.body != self.fellows.name.as_bytes() {
                return Ok(0);
            }
            let guards = vec![Guard::Version(key.clone(), row.version)];
            let changes = vec![Change::Delete(key.clone())];
            store.commit(Commit { guards, changes, events: Vec::new() }).await
        };
        if let Err(error) = given.await {
            tracing::debug!(door = %door, "the door is still ours: {error}");
        }
    }

    /// After so long without a sign another daemon counts as gone.
    pub(super) fn takeover(&self) -> Duration {
        Duration::from_secs(self.rules().office.settings.limits.takeover_seconds.max(1))
    }

    /// How often the others are looked at.
    pub(super) fn look_every(&self) -> Duration {
        self.takeover() / LOOKS
    }
}

fn door_key(door: &ConnectorName) -> String {
    format!("door/{door}")
}

/// The daemon of a lease's owner.
fn daemon_of(owner: &str) -> &str {
    owner.rsplit_once('/').map_or(owner, |(daemon, _)| daemon)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAKEOVER: Duration = Duration::from_secs(60);

    fn rows(daemons: &[(&str, u64)]) -> Vec<(String, Row)> {
        let row = |(name, version): &(&str, u64)| {
            (format!("{DAEMONS}{name}"), Row { version: *version, body: b"elsewhere".to_vec() })
        };
        daemons.iter().map(row).collect()
    }

    fn gone(fellows: &Fellows) -> Vec<String> {
        fellows.gone(TAKEOVER).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn one_that_gives_no_sign_is_gone_before_the_time_is_over() {
        let fellows = Fellows::new("host", "abcdefgh", false);
        let begin = Instant::now();
        let mut when = None;
        for second in (0..=60).step_by(10) {
            let other = ("lives", 1 + second / 20);
            let now = begin + Duration::from_secs(second);
            fellows.note(&rows(&[("dead", 7), other, (&fellows.name, 1)]), now, TAKEOVER);
            if when.is_none() && !gone(&fellows).is_empty() {
                when = Some((second, gone(&fellows)));
            }
        }
        assert_eq!(when, Some((50, vec!["dead".to_owned()])));
    }

    #[test]
    fn time_in_which_nobody_could_look_does_not_count() {
        let fellows = Fellows::new("host", "abcdefgh", false);
        let begin = Instant::now();
        // The store was away for an hour.
        for second in [0, 3600, 3610] {
            let now = begin + Duration::from_secs(second);
            fellows.note(&rows(&[("other", 7)]), now, TAKEOVER);
            assert!(gone(&fellows).is_empty(), "after {second} s");
        }
        for second in [3620, 3630] {
            fellows.note(&rows(&[("other", 7)]), begin + Duration::from_secs(second), TAKEOVER);
        }
        assert_eq!(gone(&fellows), ["other"]);
    }

    #[test]
    fn one_whose_own_sign_is_old_takes_no_new_work() {
        let fellows = Fellows::new("host", "abcdefgh", false);
        assert!(!fellows.is_there(TAKEOVER), "nobody has heard of it yet");
        fellows.seen().told = Some(Instant::now());
        assert!(fellows.is_there(TAKEOVER));
        fellows.seen().told = Instant::now().checked_sub(TAKEOVER / 2);
        assert!(!fellows.is_there(TAKEOVER));
        assert!(Fellows::new("host", "abcdefgh", true).is_there(TAKEOVER), "alone");
    }
}

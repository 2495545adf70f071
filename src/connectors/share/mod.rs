//! A folder as a source of items: a scanner's share, an export of another program.
//!
//! Looking into the folder is the truth; events of the system only wake it, because network shares
//! send none. A file that is still being written is left alone until it has been still for a while.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use notify::{RecursiveMode, Watcher};
use tokio::sync::{Mutex, Notify};
use tokio::time::{sleep, timeout};
use tracing::debug;

use super::trouble::{Pause, Troubles};
use super::{Ability, Arrival, Connector, Error, Kind, Known, Place, Present, Source};
use crate::config;
use crate::domain::{Clock, ItemId, SystemClock};

mod back;
mod done;
mod network;
mod scan;
mod settings;

use scan::{Found, Places, Seen};
use settings::{Done, Settings, check};

/// So many bytes of files are held at most at once, and one file more.
const BATCH_BYTES: u64 = 8 * 1024 * 1024;
/// Of so many files at once the store is asked whether it knows them.
const ASKED: usize = 500;
/// Where claimed files lie.
const CLAIMED: &str = ".vorlage";
/// One file makes many events while it is written; they are answered together.
const GATHER: Duration = Duration::from_millis(100);

pub(super) const KIND: Kind = Kind {
    name: "share",
    purpose: "Takes items from a folder, such as a scanner's share.",
    example: r#"kind = "share"
path = "/srv/scanner"
done = "move"
settle_seconds = 10
"#,
    abilities: &[Ability::Source],
    check: |file, text| super::settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open: |name, text, place| {
        let settings: Settings = super::settings::read(name, text)?;
        let source: Arc<dyn Source> = Arc::new(Share::new(name, settings, place));
        Ok(Connector { source: Some(source), ..Connector::default() })
    },
};

/// What may not work at a share while the rest goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Folders,
    Read,
    Done,
}

struct Share {
    name: String,
    settings: Settings,
    places: Places,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    troubles: Troubles<Part>,
    changed: Arc<Notify>,
    watcher: Mutex<Option<notify::RecommendedWatcher>>,
}

/// What is remembered between two looks.
#[derive(Default)]
struct State {
    seen: Seen,
    /// What the last look found and nobody has read yet. Only when it is empty the folder is looked at again.
    ready: VecDeque<Found>,
    /// What is there and is stored.
    stored: HashSet<String>,
    /// What is stored and could not be moved or deleted.
    owed: BTreeSet<String>,
    owed_pause: Pause,
    /// What could not be read.
    aside: HashMap<String, Pause>,
    /// Since when what was put away is looked at again.
    back: Option<Timestamp>,
}

impl State {
    /// Forgets what is not there any more.
    fn keep_only(&mut self, there: &[Found]) {
        let there: HashSet<&str> = there.iter().map(|it| it.origin.as_str()).collect();
        self.stored.retain(|it| there.contains(it.as_str()));
        self.owed.retain(|it| there.contains(it.as_str()));
        self.aside.retain(|it, _| there.contains(it.as_str()));
    }
}

impl Share {
    fn new(name: &str, settings: Settings, place: &Place) -> Self {
        let root = super::settings::path_in(place, &settings.path);
        let claimed = settings.claim.as_ref().map(|name| root.join(CLAIMED).join(name));
        Self {
            name: name.to_owned(),
            settings,
            places: Places { root, claimed },
            clock: Arc::new(SystemClock),
            state: Mutex::default(),
            troubles: Troubles::default(),
            changed: Arc::default(),
            watcher: Mutex::default(),
        }
    }

    /// Runs what waits for the disk.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Places) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let places = self.places.clone();
        let working = tokio::task::spawn_blocking(move || work(&places)).await;
        working.map_err(|error| self.unreachable(error.to_string()))
    }

    fn unreachable(&self, why: String) -> Error {
        Error::Unreachable { place: self.places.root.display().to_string(), why }
    }

    async fn scan(&self) -> Result<Vec<Found>, Error> {
        let subfolders = self.settings.subfolders;
        let scanned = self.on_disk(move |places| scan::scan(places, subfolders)).await?;
        let (found, unreadable) = scanned.map_err(|error| self.unreachable(error.to_string()))?;
        let why = format!("{unreadable} folders cannot be read; they are tried again");
        self.troubles.set(Part::Folders, (unreadable > 0).then_some(why));
        Ok(found)
    }

    /// Looks into the folder: what is complete and not stored yet is ready.
    async fn look(&self, state: &mut State, known: &dyn Known) -> Result<(), Error> {
        let found = self.scan().await?;
        state.keep_only(&found);
        let settle = Duration::from_secs(self.settings.settle_seconds);
        let now = Instant::now();
        let mut still = state.seen.still(found, settle, (self.clock.now(), now));
        still.retain(|it| {
            let may = state.aside.get(&it.origin).is_none_or(|pause| pause.is_over(now));
            may && !state.stored.contains(&it.origin)
        });
        let mut ready = VecDeque::new();
        for some in still.chunks(ASKED) {
            let origins: Vec<&str> = some.iter().map(|it| it.origin.as_str()).collect();
            for (file, is_known) in some.iter().zip(known.are_known(&origins).await?) {
                if is_known {
                    // The daemon was ended before the file was moved out of the way.
                    state.stored.insert(file.origin.clone());
                    state.owed.insert(file.origin.clone());
                } else {
                    ready.push_back(file.clone());
                }
            }
        }
        state.ready = ready;
        // What is new comes in all the same; the reason is told, and it is tried again.
        self.finish(state).await.ok();
        Ok(())
    }

    /// What was put away and is not stored is ready again.
    async fn put_away(
        &self,
        state: &mut State,
        known: &dyn Known,
        since: Timestamp,
    ) -> Result<(), Error> {
        let found = self.on_disk(move |places| back::put_away(places, since)).await?;
        for (file, names) in found.map_err(|error| self.unreachable(error.to_string()))? {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            if !known.are_known(&names).await?.contains(&true) {
                state.ready.push_back(file);
            }
        }
        Ok(())
    }

    /// Reads what is ready, until there is enough.
    async fn read(&self, state: &mut State, most: usize) -> Result<Vec<Arrival>, Error> {
        let limit = self.settings.max_mb;
        let mut bytes = 0;
        let mut some = Vec::new();
        while let Some(file) =
            state.ready.pop_front_if(|_| some.len() < most && bytes < BATCH_BYTES)
        {
            bytes += file.size.min(limit.saturating_mul(1024 * 1024));
            some.push(file);
        }
        let read = move |places: &Places| {
            let one = |found: Found| {
                let origin = found.origin.clone();
                let claimed = done::claim(places, found);
                let arrival = claimed.and_then(|it| match it {
                    Some(found) => scan::read(&found, limit),
                    None => Ok(None),
                });
                // Whoever laid it there has taken it away again.
                let arrival = match arrival {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    other => other,
                };
                (origin, arrival)
            };
            some.into_iter().map(one).collect::<Vec<_>>()
        };
        let mut arrivals = Vec::new();
        let now = Instant::now();
        for (origin, arrival) in self.on_disk(read).await? {
            match arrival {
                Ok(arrival) => {
                    state.aside.remove(&origin);
                    arrivals.extend(arrival);
                }
                // Its name may say whom it is about, so it is told nowhere.
                Err(error) => {
                    debug!(connector = self.name, why = %error, "a file cannot be read");
                    let first = Duration::from_secs(self.settings.poll_seconds);
                    state.aside.entry(origin).or_default().longer(first, now);
                }
            }
        }
        let unread = state.aside.len();
        let why = format!("{unread} files cannot be read; they are tried again");
        self.troubles.set(Part::Read, (unread > 0).then_some(why));
        Ok(arrivals)
    }

    /// Moves or deletes what is stored, if the share lets us. Doing it twice changes nothing.
    async fn finish(&self, state: &mut State) -> Result<(), Error> {
        if self.settings.done == Done::Keep {
            state.owed.clear();
        }
        if state.owed.is_empty() || !state.owed_pause.is_over(Instant::now()) {
            return Ok(());
        }
        let delete = self.settings.done == Done::Delete;
        let owed = std::mem::take(&mut state.owed);
        let work = move |places: &Places| {
            let mut failed = (BTreeSet::new(), None);
            for origin in owed {
                if let Err(error) = done::finish(places, &origin, delete) {
                    failed.0.insert(origin);
                    failed.1 = Some(error.to_string());
                }
            }
            failed
        };
        let (failed, why) = self.on_disk(work).await?;
        let count = failed.len();
        state.owed = failed;
        let told = why
            .as_ref()
            .map(|why| format!("{count} stored files cannot be moved or deleted: {why}"));
        self.troubles.set(Part::Done, told);
        let Some(why) = why else {
            state.owed_pause = Pause::default();
            return Ok(());
        };
        state.owed_pause.longer(Duration::from_secs(self.settings.poll_seconds), Instant::now());
        Err(Error::Refused { place: self.places.root.display().to_string(), why })
    }

    /// Starts to listen for events, if the system has any for this folder.
    async fn listen(&self) {
        let mut watcher = self.watcher.lock().await;
        if watcher.is_some() || network::is_remote(&self.places.root) {
            return;
        }
        let changed = self.changed.clone();
        let listening = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Our own reading makes events too.
            if !event.is_ok_and(|it| it.kind.is_access()) {
                changed.notify_one();
            }
        });
        let depth = if self.settings.subfolders {
            RecursiveMode::Recursive
        } else {
            RecursiveMode::NonRecursive
        };
        let root = &self.places.root;
        let listening = listening.and_then(|mut it| it.watch(root, depth).map(|()| it));
        match listening {
            Ok(it) => *watcher = Some(it),
            Err(error) => debug!(connector = self.name, why = %error, "the folder sends no events"),
        }
    }
}

#[async_trait]
impl Source for Share {
    async fn poll(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error> {
        let mut state = self.state.lock().await;
        let mut arrivals = self.read(&mut state, most).await?;
        while arrivals.is_empty() && !state.ready.is_empty() {
            arrivals = self.read(&mut state, most).await?;
        }
        if arrivals.is_empty() {
            self.look(&mut state, known).await?;
            if let Some(since) = state.back.filter(|_| state.ready.is_empty()) {
                self.put_away(&mut state, known, since).await?;
                state.back = None;
            }
            arrivals = self.read(&mut state, most).await?;
        }
        Ok(arrivals)
    }

    async fn acknowledge(&self, origin: &str, _item: &ItemId) -> Result<(), Error> {
        self.acknowledge_all(&[origin]).await
    }

    async fn acknowledge_all(&self, origins: &[&str]) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        for origin in origins {
            state.stored.insert((*origin).to_owned());
            state.owed.insert((*origin).to_owned());
        }
        self.finish(&mut state).await
    }

    fn troubles(&self) -> Vec<String> {
        self.troubles.list()
    }

    async fn look_back(&self, since: Timestamp) {
        if self.settings.done == Done::Move {
            self.state.lock().await.back = Some(since);
        }
    }

    async fn inventory(&self) -> Result<Vec<Present>, Error> {
        let found = self.scan().await?;
        let mut state = self.state.lock().await;
        let settle = Duration::from_secs(self.settings.settle_seconds);
        // What is still being written, or was seen for the first time just now, is on its way.
        let now = (self.clock.now(), Instant::now());
        let still = state.seen.still(found.clone(), settle, now);
        let still: HashSet<&str> = still.iter().map(|it| it.origin.as_str()).collect();
        let present = found.iter().map(|it| Present {
            origin: it.origin.clone(),
            received: it.modified,
            is_coming: !still.contains(it.origin.as_str()),
        });
        Ok(present.collect())
    }

    async fn wait(&self, longest: Duration) {
        self.listen().await;
        let mut longest = longest.min(Duration::from_secs(self.settings.poll_seconds));
        if self.state.lock().await.seen.unsettled {
            longest = longest.min(Duration::from_secs(self.settings.settle_seconds.max(1)));
        }
        if timeout(longest, self.changed.notified()).await.is_ok() {
            sleep(GATHER).await;
        }
    }
}

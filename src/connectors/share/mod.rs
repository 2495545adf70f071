//! A folder as a source of items: a scanner's share, an export of another program.
//!
//! Looking into the folder is the truth; events of the system only wake it, because network shares
//! send none. A file that is still being written is left alone until it has been still for a while.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use notify::{RecursiveMode, Watcher};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::{Mutex, Notify};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::settings::{self, Checking};
use super::{Ability, Arrival, Connector, Error, Kind, Known, Place, Present, Source};
use crate::config;
use crate::domain::{Clock, ItemId, SystemClock};

mod done;
mod scan;

use scan::{Found, Seen};

/// So many bytes of files are held at most at once, and one file more.
const BATCH_BYTES: u64 = 64 * 1024 * 1024;
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
    check: |file, text| settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open: |name, text, place| {
        let settings: Settings = settings::read(name, text)?;
        let source: Arc<dyn Source> = Arc::new(Share::new(name, settings, place));
        Ok(Connector { source: Some(source), ..Connector::default() })
    },
};

/// A folder that items are taken from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `share`.
    #[schemars(extend("const" = "share"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// The folder; a relative path starts at the office.
    path: PathBuf,
    /// Whether folders in it are watched too.
    #[serde(default)]
    subfolders: bool,
    /// What happens to a file once it is safely stored.
    #[serde(default)]
    done: Done,
    /// A file is taken when size and time have not changed for so many seconds. 0 is for trying things out.
    #[serde(default = "ten")]
    settle_seconds: u64,
    /// Of larger files only the beginning is kept, and a person looks at them.
    #[serde(default = "fifty")]
    max_mb: u64,
    /// How often the folder is looked at when the system does not tell about new files.
    #[serde(default = "fifteen")]
    poll_seconds: u64,
}

/// What happens to a file once it is safely stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Done {
    /// It is moved to the folder `processed` in the same share.
    #[default]
    Move,
    /// It stays, and its name, size and time are remembered: for a share that may only be read.
    Keep,
    /// It is deleted.
    Delete,
}

fn ten() -> u64 {
    10
}

fn fifty() -> u64 {
    50
}

fn fifteen() -> u64 {
    15
}

fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    found.not_empty("path", &settings.path.to_string_lossy());
    found.at_least_one("max_mb", settings.max_mb);
    found.at_least_one("poll_seconds", settings.poll_seconds);
}

struct Share {
    name: String,
    settings: Settings,
    root: PathBuf,
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
    changed: Arc<Notify>,
    watcher: Mutex<Option<notify::RecommendedWatcher>>,
}

impl Share {
    fn new(name: &str, settings: Settings, place: &Place) -> Self {
        Self {
            name: name.to_owned(),
            root: settings::path_in(place, &settings.path),
            settings,
            clock: Arc::new(SystemClock),
            seen: Mutex::default(),
            changed: Arc::default(),
            watcher: Mutex::default(),
        }
    }

    async fn scan(&self) -> Result<Vec<Found>, Error> {
        let (root, subfolders) = (self.root.clone(), self.settings.subfolders);
        let scanned = tokio::task::spawn_blocking(move || scan::scan(&root, subfolders)).await;
        let failed =
            |why: String| Error::Unreachable { place: self.root.display().to_string(), why };
        let scanned = scanned.map_err(|error| failed(error.to_string()))?;
        scanned.map_err(|error| failed(error.to_string()))
    }

    /// The file's bytes; nothing when it changed meanwhile or cannot be read.
    async fn read(&self, found: Found) -> Option<Arrival> {
        let limit = self.settings.max_mb;
        let reading = tokio::task::spawn_blocking(move || scan::read(&found, limit)).await;
        match reading {
            Ok(Ok(arrival)) => arrival,
            Ok(Err(error)) => {
                // The name of a file may say whom it is about, so it is not logged.
                warn!(connector = self.name, why = %error, "a file cannot be read and stays where it is");
                None
            }
            Err(error) => {
                warn!(connector = self.name, why = %error, "reading a file failed");
                None
            }
        }
    }

    /// Starts to listen for events, if the system has any for this folder.
    async fn listen(&self) {
        let mut watcher = self.watcher.lock().await;
        if watcher.is_some() {
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
        let listening = listening.and_then(|mut it| it.watch(&self.root, depth).map(|()| it));
        match listening {
            Ok(it) => *watcher = Some(it),
            Err(error) => debug!(connector = self.name, why = %error, "the folder sends no events"),
        }
    }

    /// Moves or deletes what is safely stored. Doing it twice changes nothing.
    async fn finish(&self, origin: &str) -> Result<(), Error> {
        if self.settings.done == Done::Keep {
            return Ok(());
        }
        let (root, delete) = (self.root.clone(), self.settings.done == Done::Delete);
        let origin = origin.to_owned();
        let failed = |why: String| Error::Refused { place: self.root.display().to_string(), why };
        let finishing =
            tokio::task::spawn_blocking(move || done::finish(&root, &origin, delete)).await;
        finishing
            .map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(error.to_string()))
    }
}

#[async_trait]
impl Source for Share {
    async fn poll(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error> {
        let found = self.scan().await?;
        let settle = Duration::from_secs(self.settings.settle_seconds);
        let mut seen = self.seen.lock().await;
        let ready = seen.still(found, settle, (self.clock.now(), Instant::now()));
        let mut arrivals = Vec::new();
        let mut held = 0;
        for file in ready {
            if arrivals.len() >= most || held >= BATCH_BYTES {
                break;
            }
            if known.is_known(&file.origin).await? {
                // The daemon was ended before the file was moved out of the way.
                if let Err(error) = self.finish(&file.origin).await {
                    warn!(connector = self.name, why = %error, "a stored file cannot be moved or deleted");
                }
                continue;
            }
            if let Some(arrival) = self.read(file).await {
                held += u64::try_from(arrival.bytes.len()).unwrap_or(u64::MAX);
                arrivals.push(arrival);
            }
        }
        Ok(arrivals)
    }

    async fn acknowledge(&self, origin: &str, _item: &ItemId) -> Result<(), Error> {
        self.finish(origin).await
    }

    async fn inventory(&self) -> Result<Vec<Present>, Error> {
        let found = self.scan().await?;
        Ok(found
            .into_iter()
            .map(|it| Present { origin: it.origin, received: it.modified })
            .collect())
    }

    async fn wait(&self, longest: Duration) {
        self.listen().await;
        let mut longest = longest.min(Duration::from_secs(self.settings.poll_seconds));
        if self.seen.lock().await.unsettled {
            longest = longest.min(Duration::from_secs(self.settings.settle_seconds.max(1)));
        }
        if timeout(longest, self.changed.notified()).await.is_ok() {
            sleep(GATHER).await;
        }
    }
}

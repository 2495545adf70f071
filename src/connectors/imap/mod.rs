//! A mailbox as a source of items. What was read is never told by \Seen: people read this mailbox too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::{Ability, Arrival, Connector, Error, Kind, Known, Place, Present, Source};
use crate::config;
use crate::domain::ItemId;

mod acknowledge;
mod claim;
mod fetch;
mod folder;
mod listen;
mod progress;
pub(super) mod session;
mod settings;
pub(super) mod sign_in;
pub(super) mod utf7;

use folder::{Folder, Part};
use session::Server;
use settings::{Settings, check};

pub(super) const KIND: Kind = Kind {
    name: "imap",
    purpose: "Takes items from a mailbox, by default without changing anything in it but a keyword.",
    example: r#"kind = "imap"
host = "mail.stadt.example"
user = "post@stadt.example"
password = { credential = "imap-password" }
folder = "INBOX"
done = "move"
move_to = "Erledigt"
"#,
    abilities: &[Ability::Source],
    check: |file, text| super::settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open: |name, text, place| {
        let settings: Settings = super::settings::read(name, text)?;
        let source: Arc<dyn Source> = Arc::new(Mailbox::new(settings, place));
        Ok(Connector { source: Some(source), ..Connector::default() })
    },
};

struct Mailbox {
    folders: Vec<Folder>,
    /// With which folder the next look begins, so that a full one does not keep the others waiting.
    next: AtomicUsize,
    /// Where moved mails lie, while it is looked at after a restore.
    back: Mutex<Option<Folder>>,
}

impl Mailbox {
    fn new(settings: Settings, place: &Place) -> Self {
        let server = Server {
            host: settings.host.clone(),
            port: settings.port.unwrap_or_else(|| session::usual_port(settings.security)),
            security: settings.security,
            user: settings.user.clone(),
            sign_in: sign_in::SignIn::of(&settings),
            ca_file: settings.ca_file.clone(),
            patience: Duration::from_secs(settings.timeout_seconds),
            place: place.clone(),
        };
        let settings = Arc::new(settings);
        let watched = settings.watched().into_iter();
        let folder = |name| Folder::new(name, server.clone(), settings.clone());
        Self {
            folders: watched.map(folder).collect(),
            next: AtomicUsize::new(0),
            back: Mutex::default(),
        }
    }

    /// What lies where stored mails are moved to and the store does not know, until there is nothing more.
    async fn moved(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error> {
        let mut back = self.back.lock().await;
        let Some(folder) = back.as_ref() else { return Ok(Vec::new()) };
        let arrivals = match folder.poll(known, most).await {
            // Nothing was ever moved.
            Err(Error::Refused { .. }) => Vec::new(),
            other => other?,
        };
        if arrivals.is_empty() {
            *back = None;
        }
        Ok(arrivals)
    }

    /// The folders, beginning with another one each time.
    fn in_turn(&self) -> impl Iterator<Item = &Folder> {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.folders.len();
        self.folders.iter().cycle().skip(first).take(self.folders.len())
    }
}

#[async_trait]
impl Source for Mailbox {
    /// The first folder with something new; the next look begins with another.
    async fn poll(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error> {
        let (mut failed, mut failures) = (None, 0);
        for folder in self.in_turn() {
            match folder.poll(known, most).await {
                Ok(arrivals) => {
                    folder.trouble(Part::Look, None);
                    if !arrivals.is_empty() {
                        return Ok(arrivals);
                    }
                }
                Err(error) => {
                    folder.trouble(Part::Look, Some(error.to_string()));
                    failures += 1;
                    failed.get_or_insert(error);
                }
            }
        }
        // One that works is enough to go on; the others are told as troubles.
        match failed {
            Some(error) if failures == self.folders.len() => Err(error),
            _ => self.moved(known, most).await,
        }
    }

    async fn look_back(&self, since: Timestamp) {
        let watched = self.folders.first();
        *self.back.lock().await = watched.and_then(|it| Folder::of_moved(it, since));
    }

    async fn acknowledge(&self, origin: &str, _item: &ItemId) -> Result<(), Error> {
        self.acknowledge_all(&[origin]).await
    }

    async fn acknowledge_all(&self, origins: &[&str]) -> Result<(), Error> {
        let mut done = Ok(());
        for folder in &self.folders {
            let own: Vec<&str> = origins.iter().copied().filter(|it| folder.is_of(it)).collect();
            if !own.is_empty() {
                done = done.and(folder.acknowledge(&own).await);
            }
        }
        done
    }

    fn troubles(&self) -> Vec<String> {
        self.folders.iter().flat_map(Folder::troubles).collect()
    }

    async fn inventory(&self) -> Result<Vec<Present>, Error> {
        let mut present = Vec::new();
        for folder in &self.folders {
            present.extend(folder.inventory().await?);
        }
        Ok(present)
    }

    async fn lay_canary(&self, mail: &[u8]) -> Result<bool, Error> {
        let Some(folder) = self.folders.first() else { return Ok(false) };
        folder.lay(mail).await.map(|()| true)
    }

    async fn remove_canary(&self, origin: &str) -> Result<(), Error> {
        match self.folders.iter().find(|it| it.is_of(origin)) {
            Some(folder) => folder.remove(origin).await,
            None => Ok(()),
        }
    }

    async fn wait(&self, longest: Duration) {
        let stop = CancellationToken::new();
        let each = self.folders.iter().map(async |folder| {
            folder.wait(longest, &stop).await;
            // One with news is enough. The others end IDLE properly, so that their sessions can be used again.
            stop.cancel();
        });
        join_all(each).await;
    }
}

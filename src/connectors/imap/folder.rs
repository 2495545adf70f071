//! One folder of a mailbox, with a connection of its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::acknowledge::{self, KEYWORD};
use super::claim;
use super::fetch::{self, BATCH_UIDS, Fetched, Listed};
use super::progress::{Progress, origin, parse_origin};
use super::session::{Live, Server};
use super::settings::{Done, Settings};
use crate::connectors::trouble::Troubles;
use crate::connectors::{Arrival, Error, Known, Present};

/// Mails that another office has claimed are looked at again after this time.
const THEIRS: Duration = Duration::from_secs(15 * 60);

/// What may not work at a folder while the rest goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Look,
    Fetch,
    Done,
}

/// One folder that is watched.
pub(super) struct Folder {
    pub(super) name: String,
    pub(super) server: Server,
    settings: Arc<Settings>,
    /// The session between two calls. It is taken out while it is used, so that one that broke is gone.
    idle: Mutex<Option<Live>>,
    progress: Mutex<Progress>,
    troubles: Troubles<Part>,
    /// Only mails that came to this mailbox since then, as IMAP writes a day.
    since: Option<String>,
}

impl Folder {
    pub(super) fn new(name: String, server: Server, settings: Arc<Settings>) -> Self {
        let (idle, progress, troubles) = (Mutex::default(), Mutex::default(), Troubles::default());
        Self { name, server, settings, idle, progress, troubles, since: None }
    }

    /// The folder that stored mails are moved to, to look what came in since a day; nothing in it is changed.
    pub(super) fn of_moved(watched: &Self, since: Timestamp) -> Option<Self> {
        let name =
            watched.settings.move_to.clone().filter(|_| watched.settings.done == Done::Move)?;
        let mut settings = (*watched.settings).clone();
        (settings.done, settings.claim) = (Done::Nothing, None);
        let mut folder = Self::new(name, watched.server.clone(), Arc::new(settings));
        folder.since = Some(since.strftime("%-d-%b-%Y").to_string());
        Some(folder)
    }

    /// What does not work, for people.
    pub(super) fn troubles(&self) -> Vec<String> {
        let troubles = self.troubles.list().into_iter();
        troubles.map(|why| format!("folder `{}`: {why}", self.name)).collect()
    }

    pub(super) fn trouble(&self, part: Part, why: Option<String>) {
        self.troubles.set(part, why);
    }

    /// At most `most` mails that are not known, oldest first.
    pub(super) async fn poll(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error> {
        // A session that was kept may turn out to be dead only now (a server that was restarted, a
        // mailbox that was restored). Then it is gone, and the second time begins with a new one.
        let was_kept = self.idle.lock().await.is_some();
        match self.look(known, most).await {
            Err(Error::Unreachable { .. }) if was_kept => self.look(known, most).await,
            done => done,
        }
    }

    /// A session with the folder open, as the server sees it now.
    pub(super) async fn session(&self) -> Result<Live, Error> {
        let kept = self.idle.lock().await.take();
        if let Some(mut live) = kept {
            // A connection may have died silently; then a new one is all that is needed.
            if self.server.answers(&mut live).await {
                live.hear();
                return Ok(live);
            }
        }
        let mut live = self.server.connect().await?;
        self.server.select(&mut live, &self.name).await?;
        Ok(live)
    }

    pub(super) async fn keep(&self, mut live: Live) {
        live.hear();
        *self.idle.lock().await = Some(live);
    }

    async fn look(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error> {
        let mut progress = self.progress.lock().await;
        let mut live = self.session().await?;
        // What is told from here on came after this look at the folder.
        live.news = false;
        let validity = live.folder.uid_validity.unwrap_or_default();
        if progress.at(validity) {
            acknowledge::tidy(&self.server, &self.settings, &mut live).await;
        }
        let after = progress.after(Instant::now());
        let mut query = format!("UID {}:* UNDELETED", after.saturating_add(1));
        if let Some(day) = &self.since {
            query = format!("{query} SINCE {day}");
        }
        let there = self.server.search(&mut live, &query).await?;
        let most = most.clamp(1, BATCH_UIDS);
        let open = progress.open(&there, Instant::now());
        let mut wanted =
            self.unknown(&mut live, &mut progress, (validity, &open), (known, most)).await?;
        if let Some(name) = self.settings.claim.as_deref().filter(|_| !wanted.is_empty()) {
            wanted = self.claim(&mut live, &mut progress, (name, wanted)).await?;
        }
        let mut found = Vec::new();
        let mut usable = true;
        if !wanted.is_empty() {
            usable = self.fetch(&mut live, &mut progress, &wanted, &mut found).await?;
        }
        self.tell_missing(&progress);
        let arrivals = found.into_iter().map(|it| self.arrival(validity, it)).collect();
        // What has come in stays in, whatever happens with what came in before.
        if usable && self.repay(&mut live, &mut progress).await.is_ok() {
            self.keep(live).await;
        }
        Ok(arrivals)
    }

    /// At most `most` mails that the store does not know. Of those that it does, some may not show it yet: the daemon was
    /// ended in between.
    async fn unknown(
        &self,
        live: &mut Live,
        progress: &mut Progress,
        (validity, open): (u32, &[u32]),
        (known, most): (&dyn Known, usize),
    ) -> Result<Vec<u32>, Error> {
        let (mut wanted, mut stored) = (Vec::new(), Vec::new());
        for some in open.chunks(BATCH_UIDS) {
            if wanted.len() >= most {
                break;
            }
            let origins: Vec<String> =
                some.iter().map(|uid| origin(&self.name, validity, *uid)).collect();
            let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
            for (uid, is_known) in some.iter().zip(known.are_known(&origins).await?) {
                let side = if is_known { &mut stored } else { &mut wanted };
                side.push(*uid);
            }
        }
        live.news |= open.len() > stored.len() + most;
        wanted.truncate(most);
        progress.stored(&stored);
        if let (Some(first), Some(last)) = (stored.first(), stored.last()) {
            let bare = match self.settings.done {
                Done::Nothing => BTreeSet::new(),
                Done::Keyword if !acknowledge::takes_keyword(live, KEYWORD) => BTreeSet::new(),
                Done::Keyword => {
                    let query = format!("UID {first}:{last} UNKEYWORD {KEYWORD}");
                    self.server.search(live, &query).await?
                }
                Done::Move => stored.iter().copied().collect(),
            };
            stored.retain(|uid| bare.contains(uid));
            progress.owe(&stored, true);
        }
        Ok(wanted)
    }

    /// Those of the mails that are ours.
    async fn claim(
        &self,
        live: &mut Live,
        progress: &mut Progress,
        (name, wanted): (&str, Vec<u32>),
    ) -> Result<Vec<u32>, Error> {
        let (ours, theirs) = claim::claim(&self.server, live, name, &wanted).await?;
        let (ours, not_ours): (Vec<u32>, Vec<u32>) =
            wanted.into_iter().partition(|uid| ours.contains(uid));
        let (theirs, changed): (Vec<u32>, Vec<u32>) =
            not_ours.into_iter().partition(|uid| theirs.contains(uid));
        let now = Instant::now();
        progress.leave(&theirs, THEIRS, now);
        progress.leave(&changed, self.pause(), now);
        Ok(ours)
    }

    /// Fetches mails; `false` when the line broke, and what has come before is good all the same.
    async fn fetch(
        &self,
        live: &mut Live,
        progress: &mut Progress,
        wanted: &[u32],
        found: &mut Vec<Fetched>,
    ) -> Result<bool, Error> {
        let listed = fetch::list(&self.server, live, wanted).await?;
        let mails = (listed.as_slice(), self.settings.max_mb);
        let asked = match fetch::fetch(&self.server, live, mails, found).await {
            Ok(asked) => asked,
            Err(_) if !found.is_empty() => return Ok(false),
            Err(error) => {
                // Should it be this mail that breaks the line, it must not stop all that came after it.
                let first: Vec<u32> = listed.first().map(|it| it.uid).into_iter().collect();
                progress.set_aside(&first, self.pause(), Instant::now());
                self.tell_missing(progress);
                return Err(error);
            }
        };
        let had = |uid: &u32| found.iter().any(|it| it.mail.uid == *uid);
        let later = |uid: &u32| listed.iter().skip(asked).any(|it: &Listed| it.uid == *uid);
        let missing: Vec<u32> =
            wanted.iter().copied().filter(|uid| !had(uid) && !later(uid)).collect();
        progress.came(found.iter().map(|it| it.mail.uid));
        let is_new = progress.set_aside(&missing, self.pause(), Instant::now());
        live.news |= is_new || asked < listed.len();
        Ok(true)
    }

    fn tell_missing(&self, progress: &Progress) {
        let missing = progress.missing();
        let why = format!("{missing} mails are listed and cannot be fetched; they are tried again");
        self.trouble(Part::Fetch, (missing > 0).then_some(why));
    }

    fn arrival(&self, validity: u32, fetched: Fetched) -> Arrival {
        Arrival {
            origin: origin(&self.name, validity, fetched.mail.uid),
            name: String::new(),
            received: fetched.mail.received,
            bytes: fetched.bytes,
            problem: fetched.problem,
        }
    }

    /// Shows at mails that they are stored, if the server lets us; otherwise it is told, and tried again later.
    async fn repay(&self, live: &mut Live, progress: &mut Progress) -> Result<(), Error> {
        while progress.owes() > 0 && progress.owed_pause.is_over(Instant::now()) {
            let (uids, again) = progress.owed(BATCH_UIDS);
            progress.owe(&uids, true);
            let shown = acknowledge::show(&self.server, &self.settings, live, (&uids, again)).await;
            if let Err(error) = shown {
                progress.owed_pause.longer(self.pause(), Instant::now());
                let why = format!("stored mails cannot be marked or moved: {error}");
                self.trouble(Part::Done, Some(why));
                return Err(error);
            }
            progress.shown(&uids);
            progress.owed_pause = Default::default();
            self.trouble(Part::Done, None);
        }
        Ok(())
    }

    /// Shows at mails that they are safely stored.
    pub(super) async fn acknowledge(&self, origins: &[&str]) -> Result<(), Error> {
        let named = origins.iter().filter_map(|it| parse_origin(&self.name, it));
        let named: Vec<(u32, u32)> = named.collect();
        let at = |validity: u32| -> Vec<u32> {
            named.iter().filter(|it| it.0 == validity).map(|it| it.1).collect()
        };
        let mut progress = self.progress.lock().await;
        if let Some((validity, _)) = named.first()
            && progress.is_at(*validity)
        {
            progress.stored(&at(*validity));
            progress.owe(&at(*validity), false);
        }
        if self.settings.done == Done::Nothing || named.is_empty() {
            return Ok(());
        }
        let mut live = self.session().await?;
        // When the folder was made anew, these UIDs name other mails now, which are not ours to touch.
        let validity = live.folder.uid_validity.unwrap_or_default();
        progress.at(validity);
        progress.owe(&at(validity), false);
        self.repay(&mut live, &mut progress).await?;
        self.keep(live).await;
        Ok(())
    }

    /// All mails of the folder that are not another office's, as the server lists them.
    pub(super) async fn inventory(&self) -> Result<Vec<Present>, Error> {
        let mut live = self.session().await?;
        let validity = live.folder.uid_validity.unwrap_or_default();
        let there = self.server.search(&mut live, "UNDELETED").await?;
        let uids: Vec<u32> = there.into_iter().collect();
        let mut present = Vec::new();
        for some in uids.chunks(BATCH_UIDS * 3) {
            let mut some = some.to_vec();
            if let Some(name) = &self.settings.claim {
                let theirs = claim::theirs(&self.server, &mut live, name, &some).await?;
                some.retain(|uid| !theirs.contains(uid));
            }
            let listed = fetch::list(&self.server, &mut live, &some).await?;
            present.extend(listed.into_iter().map(|it| Present {
                origin: origin(&self.name, validity, it.uid),
                received: it.received,
                is_coming: false,
            }));
        }
        self.keep(live).await;
        Ok(present)
    }

    /// Lays a mail into the folder. It counts as read, because it is not for people, and it is ours.
    pub(super) async fn lay(&self, mail: &[u8]) -> Result<(), Error> {
        let mut live = self.server.connect().await?;
        let mut flags = "\\Seen".to_owned();
        if let Some(name) = &self.settings.claim {
            flags = format!("{flags} {}", claim::keyword(name));
        }
        let folder = self.server.path(&mut live, &self.name).await?;
        self.server.append(&mut live, (&folder, &flags), mail).await
    }

    /// Removes one mail, and nothing else that is marked as deleted.
    pub(super) async fn remove(&self, origin: &str) -> Result<(), Error> {
        let Some((validity, uid)) = parse_origin(&self.name, origin) else { return Ok(()) };
        let mut progress = self.progress.lock().await;
        // Should the server not let us, it is not shown again and again.
        if progress.is_at(validity) {
            progress.stored(&[uid]);
        }
        let mut live = self.session().await?;
        if live.folder.uid_validity == Some(validity) {
            progress.shown(&[uid]);
            acknowledge::remove(&self.server, &mut live, (&[uid], "\\Deleted")).await?;
        }
        self.keep(live).await;
        Ok(())
    }

    /// Whether an origin is of this folder.
    pub(super) fn is_of(&self, origin: &str) -> bool {
        parse_origin(&self.name, origin).is_some()
    }

    pub(super) fn pause(&self) -> Duration {
        Duration::from_secs(self.settings.poll_seconds)
    }
}

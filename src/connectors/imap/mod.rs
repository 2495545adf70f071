//! A mailbox as a source of items. What was read is never told by \Seen: people read this mailbox too.

use std::sync::Arc;
use std::time::Duration;

use async_imap::extensions::idle::IdleResponse;
use async_imap::imap_proto::Response;
use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::{Ability, Arrival, Connector, Error, Kind, Known, Place, Present, Source};
use crate::config;
use crate::domain::ItemId;

mod acknowledge;
mod fetch;
pub(super) mod session;
mod settings;
pub(super) mod utf7;

use session::{Live, Server};
use settings::{Done, Settings, check};

/// IDLE is asked anew so often: a server or a firewall may drop a silent connection (RFC 2177, section 3).
const IDLE: Duration = Duration::from_secs(5 * 60);
/// How long a server may take to end IDLE. Longer means that the connection is dead.
const IDLE_DONE: Duration = Duration::from_secs(15);
/// After a connection could not be made, the next try waits so long.
const RECONNECT: Duration = Duration::from_secs(5);

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
    settings: Settings,
    server: Server,
    /// The session between two calls. It is taken out while it is used, so that one that broke is gone.
    idle: Mutex<Option<Live>>,
    low: Mutex<fetch::Low>,
}

impl Mailbox {
    fn new(settings: Settings, place: &Place) -> Self {
        let server = Server {
            host: settings.host.clone(),
            port: settings.port.unwrap_or_else(|| session::usual_port(settings.security)),
            security: settings.security,
            user: settings.user.clone(),
            password: settings.password.clone(),
            ca_file: settings.ca_file.clone(),
            place: place.clone(),
        };
        Self { settings, server, idle: Mutex::default(), low: Mutex::default() }
    }

    /// A session with the folder open, as the server sees it now.
    async fn session(&self) -> Result<Live, Error> {
        let kept = self.idle.lock().await.take();
        if let Some(mut live) = kept {
            // A connection may have died silently; then a new one is all that is needed.
            if self.server.quick(live.session.noop()).await.is_ok() {
                live.hear();
                return Ok(live);
            }
        }
        let live = self.server.connect().await?;
        self.server.select(live, &self.settings.folder).await
    }

    async fn keep(&self, mut live: Live) {
        live.hear();
        *self.idle.lock().await = Some(live);
    }

    /// Waits in IDLE. `None` when the session is not usable any more.
    async fn listen(&self, live: Live, longest: Duration) -> Option<Live> {
        let Live { session, can, folder, .. } = live;
        let told = session.unsolicited_responses.clone();
        let mut handle = session.idle();
        timeout(IDLE_DONE, handle.init()).await.ok()?.ok()?;
        // The server may have told about a new mail just before it was ready for us to listen.
        let news = session::tells_of_mail(std::iter::from_fn(|| told.try_recv().ok()));
        if !news {
            let (waiting, _interrupt) = handle.wait_with_timeout(longest);
            match timeout(longest, waiting).await {
                Err(_) | Ok(Ok(IdleResponse::Timeout)) => {}
                Ok(Ok(IdleResponse::NewData(data))) => {
                    let bye = async_imap::imap_proto::Status::Bye;
                    if matches!(data.parsed(), Response::Data { status, .. } if *status == bye) {
                        return None;
                    }
                }
                // Nobody interrupts us: this is how the library tells that the stream ended.
                Ok(Ok(IdleResponse::ManualInterrupt) | Err(_)) => return None,
            }
        }
        let session = timeout(IDLE_DONE, handle.done()).await.ok()?.ok()?;
        Some(Live { session, can, folder, news })
    }

    async fn look(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error> {
        let mut kept = self.low.lock().await;
        let (mut low, mut live) = (*kept, self.session().await?);
        // What is told from here on came after this look at the folder.
        live.news = false;
        let (mut live, found) =
            fetch::unknown(&self.server, &self.settings, live, &mut low, (known, most)).await?;
        live.news |= found.more;
        for named in found.left {
            live = match self.done(live, named).await {
                Ok(live) => live,
                Err(error) => {
                    // What is new comes in all the same; this is tried again with the next look.
                    warn!(server = self.server.host, why = %error, "a stored mail cannot be marked or moved");
                    return Ok(found.arrivals);
                }
            };
        }
        *kept = low;
        self.keep(live).await;
        Ok(found.arrivals)
    }

    async fn finish(&self, named: (u32, u32)) -> Result<(), Error> {
        let live = self.session().await?;
        let live = self.done(live, named).await?;
        self.keep(live).await;
        Ok(())
    }

    /// Shows at a mail that it is safely stored.
    async fn done(&self, live: Live, (validity, uid): (u32, u32)) -> Result<Live, Error> {
        // When the folder was made anew, this UID names another mail now, which is not ours to touch.
        if live.folder.uid_validity != Some(validity) {
            return Ok(live);
        }
        match &self.settings.move_to {
            Some(target) if self.settings.done == Done::Move => {
                acknowledge::move_to(&self.server, live, uid, target).await
            }
            _ => acknowledge::mark(&self.server, live, uid).await,
        }
    }
}

#[async_trait]
impl Source for Mailbox {
    async fn poll(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error> {
        // A session that was kept may turn out to be dead only now (a server that was restarted, a
        // mailbox that was restored). Then it is gone, and the second time begins with a new one.
        let was_kept = self.idle.lock().await.is_some();
        match self.look(known, most).await {
            Err(Error::Unreachable { .. }) if was_kept => self.look(known, most).await,
            done => done,
        }
    }

    async fn acknowledge(&self, origin: &str, _item: &ItemId) -> Result<(), Error> {
        let named = fetch::parse_origin(&self.settings.folder, origin);
        let Some(named) = named.filter(|_| self.settings.done != Done::Nothing) else {
            return Ok(());
        };
        let was_kept = self.idle.lock().await.is_some();
        match self.finish(named).await {
            Err(Error::Unreachable { .. }) if was_kept => self.finish(named).await,
            done => done,
        }
    }

    async fn inventory(&self) -> Result<Vec<Present>, Error> {
        let live = self.session().await?;
        let (live, present) = fetch::inventory(&self.server, &self.settings, live).await?;
        self.keep(live).await;
        Ok(present)
    }

    async fn wait(&self, longest: Duration) {
        let Ok(live) = self.session().await else {
            debug!(server = self.server.host, "the mailbox cannot be reached");
            return sleep(longest.min(RECONNECT)).await;
        };
        if live.news {
            return self.keep(live).await;
        }
        if !live.can.has_str("IDLE") {
            self.keep(live).await;
            return sleep(longest.min(Duration::from_secs(self.settings.poll_seconds))).await;
        }
        match self.listen(live, longest.min(IDLE)).await {
            Some(live) => self.keep(live).await,
            None => sleep(longest.min(Duration::from_secs(1))).await,
        }
    }
}

//! Waits until mail may have come to a folder: in IDLE, if the server knows it.

use std::time::Duration;

use async_imap::extensions::idle::IdleResponse;
use async_imap::imap_proto::{Response, Status};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::folder::Folder;
use super::session::{self, Live};
use crate::connectors::Error;

/// How long a server may take to end IDLE. Longer means that the connection is dead.
const IDLE_DONE: Duration = Duration::from_secs(15);
/// After a connection could not be made, the next try waits so long.
const RECONNECT: Duration = Duration::from_secs(5);

impl Folder {
    /// Returns when mail may have come, when `longest` is over, or when `stop` is told.
    pub(super) async fn wait(&self, longest: Duration, stop: &CancellationToken) {
        let longest = longest.min(self.pause());
        let rest = async |time: Duration| drop(timeout(time, stop.cancelled()).await);
        let live = match self.session().await {
            Ok(live) => live,
            Err(Error::Refused { .. }) => return rest(longest).await,
            Err(_) => return rest(longest.min(RECONNECT)).await,
        };
        if live.news {
            return self.keep(live).await;
        }
        if !live.can.has_str("IDLE") {
            self.keep(live).await;
            return rest(longest).await;
        }
        match self.listen(live, longest, stop).await {
            Some(live) => self.keep(live).await,
            None => sleep(longest.min(Duration::from_secs(1))).await,
        }
    }

    /// Waits in IDLE. `None` when the session is not usable any more.
    async fn listen(
        &self,
        live: Live,
        longest: Duration,
        stop: &CancellationToken,
    ) -> Option<Live> {
        let Live { session, can, folder, name, separator, .. } = live;
        let short = IDLE_DONE.min(self.server.patience);
        let told = session.unsolicited_responses.clone();
        let mut handle = session.idle();
        timeout(short, handle.init()).await.ok()?.ok()?;
        // The server may have told about a new mail just before it was ready for us to listen.
        let news = session::tells_of_mail(std::iter::from_fn(|| told.try_recv().ok()));
        if !news {
            let (waiting, _interrupt) = handle.wait_with_timeout(longest);
            match stop.run_until_cancelled(timeout(longest, waiting)).await {
                None | Some(Err(_) | Ok(Ok(IdleResponse::Timeout))) => {}
                Some(Ok(Ok(IdleResponse::NewData(data)))) => {
                    let bye = Status::Bye;
                    if matches!(data.parsed(), Response::Data { status, .. } if *status == bye) {
                        return None;
                    }
                }
                // Nobody interrupts us: this is how the library tells that the stream ended.
                Some(Ok(Ok(IdleResponse::ManualInterrupt) | Err(_))) => return None,
            }
        }
        let session = timeout(short, handle.done()).await.ok()?.ok()?;
        Some(Live { session, can, folder, name, separator, news })
    }
}

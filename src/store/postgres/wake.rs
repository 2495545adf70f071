//! Tells other daemons of commits and hears of theirs, on a connection of its own that is made anew for ever.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use super::link::{self, Server};
use super::words;

/// Many commits within this time are told as one: a notice costs every daemon a look.
const TOGETHER: Duration = Duration::from_millis(20);
/// The pause before a connection is made anew.
const AGAIN: Duration = Duration::from_millis(500);
/// So often it is tried whether the other end is there.
const ALIVE: Duration = Duration::from_secs(15);

/// Ends when it is dropped.
pub(super) struct Waking(JoinHandle<()>);

impl Waking {
    pub(super) fn start(
        server: Arc<Server>,
        commits: watch::Sender<u64>,
        to_tell: Arc<Notify>,
    ) -> Self {
        Self(tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&server, &commits, &to_tell).await {
                    tracing::debug!("no word of other daemons' commits: {}", words(&error));
                }
                tokio::time::sleep(AGAIN).await;
            }
        }))
    }
}

impl Drop for Waking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn listen(
    server: &Server,
    commits: &watch::Sender<u64>,
    to_tell: &Notify,
) -> Result<(), tokio_postgres::Error> {
    let (heard, mut hearing) = mpsc::unbounded_channel();
    let (client, _moved) = server.connect(Some(heard)).await?;
    link::begin(&client, &server.schema).await?;
    let channel = server.channel();
    // A notice is no commit of an office: nothing is lost when it is not on stable storage.
    let start = format!("set synchronous_commit = off; listen \"{channel}\"");
    client.batch_execute(&start).await?;
    let me: i32 = client.query_one("select pg_backend_pid()", &[]).await?.get(0);
    // Without a connection something may have been missed.
    commits.send_modify(|number| *number += 1);
    loop {
        tokio::select! {
            from = hearing.recv() => match from {
                None => return Ok(()),
                Some(from) if from == me => {}
                Some(_) => commits.send_modify(|number| *number += 1),
            },
            () = to_tell.notified() => {
                client.batch_execute(&format!("notify \"{channel}\"")).await?;
                tokio::time::sleep(TOGETHER).await;
            }
            () = tokio::time::sleep(ALIVE) => client.batch_execute("").await?,
        }
    }
}

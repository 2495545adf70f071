//! The store for an office that several daemons work, on one machine or many: PostgreSQL.
//!
//! A commit is one transaction that locks the rows it names, in one order for all daemons. A connection
//! that breaks while it commits leaves open whether it did; that is found out afterwards, by what is there.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{
    Client, Hook, HookError, Manager, ManagerConfig, Pool, PoolError, Runtime,
};
use tokio::sync::{Notify, mpsc, watch};
use tokio_postgres::types::ToSql;

use self::link::CONNECT;
use self::wake::Waking;
use super::{Commit, Error, Range, Row, Store, Taking};
use crate::domain::Digest;

mod commit;
mod key;
mod link;
mod rows;
mod take;
mod wake;

pub use self::link::{Password, Server};

/// How long somebody waits for a connection that others use.
const WAIT: Duration = Duration::from_secs(30);
/// So often a question is asked again whose connection was dead.
const TRIES: usize = 4;

/// A store in a PostgreSQL database.
pub struct Postgres {
    pool: Pool,
    server: Arc<Server>,
    /// Whether the tables are there.
    is_made: AtomicBool,
    commits: watch::Sender<u64>,
    /// Tells the other daemons of commits.
    to_tell: Arc<Notify>,
    waking: OnceLock<Waking>,
}

impl Postgres {
    /// The store on a server. Nothing is connected before it is needed.
    pub fn new(server: Server) -> Result<Self, Error> {
        let server = Arc::new(server);
        let place = server.place();
        let schema = server.schema.clone();
        let manager = Manager::from_connect(
            tokio_postgres::Config::new(),
            (*server).clone(),
            ManagerConfig::default(),
        );
        let fit = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            let schema = schema.clone();
            Box::pin(
                async move { link::prepare(client, &schema).await.map_err(HookError::message) },
            )
        });
        let pool = Pool::builder(manager)
            .max_size(server.connections.max(2))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CONNECT))
            .post_create(fit)
            .build()
            .map_err(|error| Error::Failed { place, why: error.to_string() })?;
        Ok(Self {
            pool,
            server,
            is_made: AtomicBool::new(false),
            commits: watch::Sender::new(0),
            to_tell: Arc::default(),
            waking: OnceLock::new(),
        })
    }

    /// A connection that can be used, with the tables there.
    async fn client(&self) -> Result<Client, Error> {
        let mut client = self.pool.get().await.map_err(|error| self.no_client(&error))?;
        if !self.is_made.load(Ordering::Acquire) {
            let made = link::tables(&mut client, &self.server.schema).await;
            made.map_err(|error| self.told(&error))?;
            self.is_made.store(true, Ordering::Release);
        }
        Ok(client)
    }

    /// Asks something that may be asked twice: a connection that died in the pool is found out only by using it.
    async fn ask(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, Error> {
        let mut tries = 0;
        loop {
            let client = self.client().await?;
            let asked = async {
                let statement = client.prepare_cached(sql).await?;
                client.query(&statement, values).await
            };
            match asked.await {
                Ok(rows) => return Ok(rows),
                Err(error) if is_lost(&error) && tries < TRIES => {
                    tries += 1;
                    rows::throw_away(client);
                }
                Err(error) => return Err(self.told(&error)),
            }
        }
    }

    /// Lets those who wait in this daemon know at once, and the other daemons soon.
    fn tell(&self) -> u64 {
        self.commits.send_modify(|number| *number += 1);
        self.wake();
        self.to_tell.notify_one();
        *self.commits.borrow()
    }

    /// Begins to hear and tell of commits, once.
    fn wake(&self) {
        self.waking.get_or_init(|| {
            Waking::start(self.server.clone(), self.commits.clone(), self.to_tell.clone())
        });
    }

    /// What an answer of the server, or none, means for who asked.
    fn told(&self, error: &tokio_postgres::Error) -> Error {
        let (place, why) = (self.server.place(), words(error));
        if is_lost(error) { Error::Away { place, why } } else { Error::Failed { place, why } }
    }

    fn no_client(&self, error: &PoolError) -> Error {
        let place = self.server.place();
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                self.told(error)
            }
            PoolError::PostCreateHook(HookError::Message(why)) => {
                Error::Failed { place, why: why.to_string() }
            }
            PoolError::Timeout(_) => {
                Error::Away { place, why: "no connection within the time for it".to_owned() }
            }
            other => Error::Failed { place, why: other.to_string() },
        }
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_tuple("Postgres").field(&self.server.place()).finish()
    }
}

#[async_trait]
impl Store for Postgres {
    async fn get(&self, key: &str) -> Result<Option<Row>, Error> {
        rows::get(self, key).await
    }

    async fn get_all(&self, keys: &[String]) -> Result<Vec<Option<Row>>, Error> {
        rows::get_all(self, keys).await
    }

    async fn scan(
        &self,
        prefix: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<(String, Row)>, Error> {
        rows::scan(self, prefix, after, most).await
    }

    async fn commit(&self, commit: Commit) -> Result<u64, Error> {
        commit::commit(self, &commit).await?;
        Ok(self.tell())
    }

    async fn put_blob(&self, bytes: Vec<u8>) -> Result<Digest, Error> {
        rows::put_blob(self, bytes).await
    }

    async fn blob(&self, digest: &Digest) -> Result<Vec<u8>, Error> {
        rows::blob(self, digest).await
    }

    async fn blobs(&self, after: &Digest, most: usize) -> Result<Vec<Digest>, Error> {
        rows::blobs(self, after, most).await
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.wake();
        self.commits.subscribe()
    }

    async fn count(&self, prefix: &str) -> Result<usize, Error> {
        rows::count(self, prefix).await
    }

    async fn snapshot(&self, pieces: mpsc::Sender<Vec<(String, Row)>>) -> Result<(), Error> {
        rows::snapshot(self, &pieces).await
    }

    async fn load(&self, rows: Vec<(String, Row)>) -> Result<(), Error> {
        rows::load(self, &rows).await
    }

    fn is_exclusive(&self) -> bool {
        false
    }

    async fn take(&self, range: Range<'_>, taking: &dyn Taking) -> Result<Option<String>, Error> {
        let taken = take::take(self, range, taking).await?;
        if taken.is_some() {
            self.tell();
        }
        Ok(taken)
    }
}

/// What went wrong, with its cause. The server's details are left out, because they quote rows.
fn words(error: &tokio_postgres::Error) -> String {
    use std::error::Error;
    match (error.as_db_error(), error.source()) {
        (Some(told), _) => format!("{} ({})", told.message(), told.code().code()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

/// Whether the connection is gone or there is none, so that another one later may do.
fn is_lost(error: &tokio_postgres::Error) -> bool {
    use std::error::Error;
    // A shutdown or start (57P01 to 57P05), a broken connection (class 08), a session that idled too long
    // (25P03), too many connections (53300).
    let codes = ["57P", "08", "25P03", "53300"];
    match (error.code(), error.source()) {
        (Some(code), _) => codes.iter().any(|it| code.code().starts_with(it)),
        (None, Some(cause)) => cause.is::<std::io::Error>(),
        (None, None) => error.is_closed() || error.to_string().contains("timeout"),
    }
}

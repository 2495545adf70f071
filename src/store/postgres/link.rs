//! Connections to the server: made, made fit, and refused when what is committed there would not last.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Connect};
use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::words;

/// How long a connection may take to be made.
pub(super) const CONNECT: Duration = Duration::from_secs(10);
/// After so long without an answer to its packets the server counts as gone.
const SILENCE: Duration = Duration::from_secs(30);

/// Gives the password, anew for every connection, so that a changed one is used without a restart.
pub type Password = Arc<dyn Fn() -> Result<String, String> + Send + Sync>;

/// Where a PostgreSQL is, and as whom we sign in.
#[derive(Clone)]
pub struct Server {
    /// A name or address, or the folder of a unix socket.
    pub host: String,
    /// Its port, which is also in the name of the socket.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The role.
    pub user: String,
    /// The role's password, where one is needed.
    pub password: Option<Password>,
    /// The schema that holds the tables: plain letters, digits and `_`.
    pub schema: String,
    /// Whom we trust; `None` only for a server on this machine.
    pub tls: Option<rustls::ClientConfig>,
    /// As many connections at most.
    pub connections: usize,
}

impl Server {
    /// As a person knows it.
    pub(super) fn place(&self) -> String {
        format!("{}:{}/{}", self.host, self.port, self.database)
    }

    /// The name under which daemons of this office wake each other.
    pub(super) fn channel(&self) -> String {
        format!("vorlage_{}", self.schema)
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        if self.host.starts_with('/') {
            config.host_path(&self.host);
        } else {
            config.host(&self.host);
        }
        config.port(self.port).dbname(&self.database).user(&self.user).application_name("vorlage");
        config.connect_timeout(CONNECT).tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
        let mode = if self.tls.is_some() { SslMode::Require } else { SslMode::Disable };
        config.ssl_mode(mode);
        match self.password.as_ref().map(|password| password()) {
            Some(Ok(password)) => {
                config.password(password);
            }
            // The server then says that it needs one; why there is none stands in the log.
            Some(Err(why)) => tracing::error!("the password for PostgreSQL cannot be read: {why}"),
            None => {}
        }
        config
    }

    /// A connection; the process numbers of those who notify go to `heard`.
    pub(super) async fn connect(
        &self,
        heard: Option<mpsc::UnboundedSender<i32>>,
    ) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        match &self.tls {
            None => {
                let (client, connection) = self.config().connect(NoTls).await?;
                Ok((client, tokio::spawn(drive(connection, heard))))
            }
            Some(tls) => {
                let tls = MakeRustlsConnect::new(tls.clone());
                let (client, connection) = self.config().connect(tls).await?;
                Ok((client, tokio::spawn(drive(connection, heard))))
            }
        }
    }
}

impl Connect for Server {
    fn connect(
        &self,
        _: &Config,
    ) -> Pin<
        Box<
            dyn Future<Output = Result<(Client, JoinHandle<()>), tokio_postgres::Error>>
                + Send
                + '_,
        >,
    > {
        Box::pin(self.connect(None))
    }
}

/// Moves a connection's messages until it ends.
async fn drive<S, T>(mut connection: Connection<S, T>, heard: Option<mpsc::UnboundedSender<i32>>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut messages = poll_fn(|context| connection.poll_message(context));
    while let Some(message) = messages.next().await {
        match (message, &heard) {
            (Ok(AsyncMessage::Notification(told)), Some(heard)) => {
                // Who listened may have gone.
                heard.send(told.process_id()).ok();
            }
            (Ok(_), _) => {}
            (Err(error), _) => {
                tracing::debug!("a connection to PostgreSQL ended: {}", words(&error));
                return;
            }
        }
    }
}

/// A session of ours: other commits never wait long for one that hangs.
pub(super) async fn begin(client: &Client, schema: &str) -> Result<(), tokio_postgres::Error> {
    client
        .batch_execute(&format!(
            "set search_path to \"{schema}\"; set statement_timeout = '120s'; set lock_timeout = '10s'; \
             set idle_in_transaction_session_timeout = '15s'; set client_min_messages = warning"
        ))
        .await
}

/// Prepares a new connection of the pool, or says why this server cannot keep an office.
pub(super) async fn prepare(client: &ClientWrapper, schema: &str) -> Result<(), String> {
    begin(client, schema).await.map_err(|error| words(&error))?;
    let settings = client
        .query_one(
            "select current_setting('server_version_num')::int4, current_setting('fsync'), \
             current_setting('full_page_writes'), current_setting('synchronous_commit'), \
             current_setting('server_encoding'), pg_is_in_recovery()",
            &[],
        )
        .await
        .map_err(|error| words(&error))?;
    unfit(&settings).map_or(Ok(()), Err)
}

/// Why a server with these settings loses what it said was committed, or cannot be written at all.
fn unfit(settings: &Row) -> Option<String> {
    for (index, name) in [(1, "fsync"), (2, "full_page_writes"), (3, "synchronous_commit")] {
        if settings.get::<_, &str>(index) == "off" {
            return Some(format!(
                "`{name}` is off, so a crash of the server would lose items that were accepted; turn it on"
            ));
        }
    }
    if settings.get::<_, i32>(0) < 130_000 {
        return Some("PostgreSQL 13 or newer is needed".to_owned());
    }
    let encoding: &str = settings.get(4);
    if encoding != "UTF8" {
        return Some(format!(
            "the database has the encoding `{encoding}`; make one with `encoding = 'UTF8'`"
        ));
    }
    let is_standby: bool = settings.get(5);
    is_standby.then(|| "the server is a standby, which cannot be written".to_owned())
}

/// Makes the tables, unless they are there: an office's role need not be allowed to make any.
pub(super) async fn tables(
    client: &mut ClientWrapper,
    schema: &str,
) -> Result<(), tokio_postgres::Error> {
    let there = client
        .query_one(
            "select to_regclass($1) is not null and to_regclass($2) is not null",
            &[&format!("\"{schema}\".kv"), &format!("\"{schema}\".blob")],
        )
        .await?;
    if there.get(0) {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    // `if not exists` is no help against two daemons that start at the same moment.
    transaction.execute("select pg_advisory_xact_lock(hashtext($1))", &[&schema]).await?;
    transaction
        .batch_execute(&format!(
            "create schema if not exists \"{schema}\";
             create table if not exists \"{schema}\".kv
               (k text collate \"C\" primary key, v bytea not null, ver bigint not null)
               with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
             create table if not exists \"{schema}\".blob
               (digest text collate \"C\" primary key, bytes bytea not null);
             alter table \"{schema}\".blob alter column bytes set storage external"
        ))
        .await?;
    transaction.commit().await
}

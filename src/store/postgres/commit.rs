//! One commit is one transaction: the rows it names are locked in one order for all, and what it changes is
//! worked out as for every other store.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::rows::{stored, throw_away, version};
use super::{Postgres, is_lost, key};
use crate::store::apply::{Overlay, apply};
use crate::store::{Change, Commit, Error, Guard, Row, chain};

/// So often a commit is tried that others get in the way of.
const ATTEMPTS: u64 = 10;
/// So long it is tried to find out whether a commit happened whose answer was lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// So long a commit waits for a server that is just being started again.
const RESTART: Duration = Duration::from_secs(20);
/// The pause between two such questions.
const PAUSE: Duration = Duration::from_millis(200);

/// The order of locks is the same for all, so that no two wait for each other. The chain comes first: whoever has
/// waited for it finds nobody with a row that was not there yet when the wait began.
const LOCK: &str = "select k, ver, case when k = $2 then v else '' end from kv where k = any($1) \
                    order by k = $2 desc, k for update";
/// A row that another transaction made in the meantime gets a version that was not expected.
const PUT: &str = "insert into kv as here (k, v, ver) \
                   select * from unnest($1::text[], $2::bytea[], $3::bigint[]) \
                   on conflict (k) do update set v = excluded.v, ver = here.ver + 1 returning k, ver";
const DELETE: &str = "delete from kv where k = any($1)";
const TRANSACTION: &str = "select pg_current_xact_id()::xid::text";

/// Why an attempt did not commit, as far as is known.
pub(super) enum Fault {
    /// It must not.
    Refused(Error),
    /// Another commit was quicker; reading again decides.
    Overtaken,
    /// The server or the connection, before the commit.
    Sql(tokio_postgres::Error),
    /// The connection broke while it committed.
    Lost(Trace),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// By what a commit is found again.
#[derive(Default)]
pub(super) struct Trace {
    transaction: String,
    keys: Vec<String>,
    bodies: Vec<Vec<u8>>,
    versions: Vec<i64>,
}

pub(super) async fn commit(store: &Postgres, commit: &Commit) -> Result<(), Error> {
    let mut attempt = 0;
    loop {
        let mut client = patiently(store).await?;
        let fault = match once(&mut client, commit).await {
            Ok(()) => return Ok(()),
            Err(fault) => fault,
        };
        if after(store, client, fault, attempt).await? {
            return Ok(());
        }
        attempt += 1;
    }
}

/// A connection for a commit: what was worked out for it should outlive a restart of the server.
async fn patiently(store: &Postgres) -> Result<Client, Error> {
    let begin = Instant::now();
    loop {
        match store.client().await {
            Err(Error::Away { .. }) if begin.elapsed() < RESTART => tokio::time::sleep(PAUSE).await,
            other => return other,
        }
    }
}

/// What follows from a fault: `true` when the commit happened after all, `false` when it is to be tried again.
pub(super) async fn after(
    store: &Postgres,
    client: Client,
    fault: Fault,
    attempt: u64,
) -> Result<bool, Error> {
    let is_last = attempt + 1 >= ATTEMPTS;
    match fault {
        Fault::Refused(error) => return Err(error),
        Fault::Lost(trace) => {
            throw_away(client);
            return happened(store, &trace).await;
        }
        Fault::Sql(error) if is_lost(&error) && !is_last => throw_away(client),
        Fault::Sql(error) if is_race(&error) && !is_last => {}
        Fault::Sql(error) if !is_race(&error) => return Err(store.told(&error)),
        Fault::Overtaken if !is_last => {}
        Fault::Sql(_) | Fault::Overtaken => {
            return Err(Error::Conflict("a row that many change".to_owned()));
        }
    }
    tokio::time::sleep(Duration::from_millis(attempt * attempt)).await;
    Ok(false)
}

async fn once(client: &mut Client, commit: &Commit) -> Result<(), Fault> {
    let transaction = client.transaction().await?;
    let trace = write(&transaction, commit).await?;
    finish(transaction, trace).await
}

/// Locks, checks and writes everything but the commit itself.
pub(super) async fn write(transaction: &Transaction<'_>, commit: &Commit) -> Result<Trace, Fault> {
    let before = lock(transaction, commit).await?;
    let mut overlay = Overlay::new();
    apply(commit, &mut overlay, &|key| Ok(before.get(key).cloned()))?;
    let mut trace = Trace::default();
    let mut deleted: Vec<String> = Vec::new();
    for (key, row) in held(commit, overlay) {
        let key = key::outside(&key).into_owned();
        match row {
            Changed::To(row) => {
                trace.versions.push(stored(row.version));
                trace.bodies.push(row.body);
                trace.keys.push(key);
            }
            Changed::Deleted => deleted.push(key),
            Changed::Held => {
                trace.versions.push(1);
                trace.bodies.push(Vec::new());
                trace.keys.push(key.clone());
                deleted.push(key);
            }
        }
    }
    put(transaction, &mut trace).await?;
    if !deleted.is_empty() {
        let delete = transaction.prepare_cached(DELETE).await?;
        transaction.execute(&delete, &[&deleted]).await?;
    }
    Ok(trace)
}

/// Commits; when the answer is lost, only what is there afterwards tells.
pub(super) async fn finish(transaction: Transaction<'_>, trace: Trace) -> Result<(), Fault> {
    match transaction.commit().await {
        Ok(()) => Ok(()),
        Err(error) if is_race(&error) => Err(Fault::Sql(error)),
        Err(_) => Err(Fault::Lost(trace)),
    }
}

async fn lock(
    transaction: &Transaction<'_>,
    commit: &Commit,
) -> Result<BTreeMap<String, Row>, Fault> {
    let guarded = commit.guards.iter().map(|guard| match guard {
        Guard::Absent(key) | Guard::Version(key, _) => key.as_str(),
    });
    let changed = commit.changes.iter().map(|change| match change {
        Change::Put(key, _) | Change::Delete(key) => key.as_str(),
    });
    let head = (!commit.events.is_empty()).then_some(chain::HEAD);
    let keys: BTreeSet<&str> = guarded.chain(changed).chain(head).collect();
    let keys: Vec<_> = keys.into_iter().map(key::outside).collect();
    let statement = transaction.prepare_cached(LOCK).await?;
    let rows = transaction.query(&statement, &[&keys, &chain::HEAD]).await?;
    let row = |row: &tokio_postgres::Row| {
        (key::inside(row.get(0)), Row { version: version(row.get(1)), body: row.get(2) })
    };
    Ok(rows.iter().map(row).collect())
}

/// What becomes of a key.
enum Changed {
    To(Row),
    Deleted,
    /// It must not be there, and nobody may make it before we are done.
    Held,
}

/// The overlay, with the keys that only have to be absent: a row is no row to lock, so their places are taken
/// and given back.
fn held(commit: &Commit, overlay: Overlay) -> BTreeMap<String, Changed> {
    let mut changed: BTreeMap<String, Changed> = BTreeMap::new();
    for guard in &commit.guards {
        if let Guard::Absent(key) = guard {
            changed.insert(key.clone(), Changed::Held);
        }
    }
    for (key, row) in overlay {
        match row {
            Some(row) => changed.insert(key, Changed::To(row)),
            None => changed.insert(key, Changed::Deleted),
        };
    }
    changed
}

/// Puts rows in the order of their keys, and finds out whether somebody else put one of them first.
async fn put(transaction: &Transaction<'_>, trace: &mut Trace) -> Result<(), Fault> {
    let put = transaction.prepare_cached(PUT).await?;
    let number = transaction.prepare_cached(TRANSACTION).await?;
    let values: [&(dyn ToSql + Sync); 3] = [&trace.keys, &trace.bodies, &trace.versions];
    // Sent together. When the first fails, the second only says that the first has failed.
    let asked = transaction.query(&put, &values);
    let (rows, number) = tokio::join!(asked, transaction.query_one(&number, &[]));
    let (rows, number) = (rows?, number?);
    trace.transaction = number.get(0);
    let written: BTreeMap<&str, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let expected = trace.keys.iter().map(String::as_str).zip(trace.versions.iter().copied());
    if expected.eq(written) { Ok(()) } else { Err(Fault::Overtaken) }
}

/// Whether a commit whose answer was lost is there.
pub(super) async fn happened(store: &Postgres, trace: &Trace) -> Result<bool, Error> {
    let begin = Instant::now();
    loop {
        match look(store, trace).await {
            Ok(Some(happened)) => return Ok(happened),
            Err(error) if begin.elapsed() > PATIENCE => return Err(error),
            Ok(None) if begin.elapsed() > PATIENCE => {
                let why = "a commit neither happens nor fails".to_owned();
                return Err(Error::Away { place: store.server.place(), why });
            }
            Ok(None) | Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn look(store: &Postgres, trace: &Trace) -> Result<Option<bool>, Error> {
    // The other end of the lost connection may still be at it.
    let at_it = store
        .ask(
            "select 1 from pg_locks where locktype = 'transactionid' and transactionid::text = $1",
            &[&trace.transaction],
        )
        .await?;
    if !at_it.is_empty() {
        return Ok(None);
    }
    let found = store
        .ask(
            "select 1 from kv join unnest($2::text[], $3::bytea[], $4::bigint[]) as mine(k, v, ver) using (k) \
             where kv.ver = mine.ver and kv.v = mine.v and kv.xmin::text = $1 limit 1",
            &[&trace.transaction, &trace.keys, &trace.bodies, &trace.versions],
        )
        .await?;
    Ok(Some(!found.is_empty()))
}

/// Whether others were in the way, so that the same again may go through.
fn is_race(error: &tokio_postgres::Error) -> bool {
    let races = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::UNIQUE_VIOLATION,
    ];
    error.code().is_some_and(|code| races.contains(code))
}

//! Reading rows and bytes, and writing them as they are.

use std::collections::HashMap;

use deadpool_postgres::Client;
use tokio::sync::mpsc;
use tokio_postgres::IsolationLevel;

use super::{Postgres, key};
use crate::domain::Digest;
use crate::store::{Error, PIECE, Row};

pub(super) async fn get(store: &Postgres, key: &str) -> Result<Option<Row>, Error> {
    let rows = store.ask("select v, ver from kv where k = $1", &[&key::outside(key)]).await?;
    Ok(rows.first().map(|row| Row { body: row.get(0), version: version(row.get(1)) }))
}

/// All with one question.
pub(super) async fn get_all(store: &Postgres, keys: &[String]) -> Result<Vec<Option<Row>>, Error> {
    let outside: Vec<String> = keys.iter().map(|it| key::outside(it).into_owned()).collect();
    let rows = store.ask("select k, v, ver from kv where k = any($1)", &[&outside]).await?;
    let found: HashMap<String, Row> = rows
        .iter()
        .map(|row| (row.get(0), Row { body: row.get(1), version: version(row.get(2)) }))
        .collect();
    Ok(outside.iter().map(|key| found.get(key).cloned()).collect())
}

/// By pages: what is wanted in all may be more than fits into one answer.
pub(super) async fn scan(
    store: &Postgres,
    prefix: &str,
    after: &str,
    most: usize,
) -> Result<Vec<(String, Row)>, Error> {
    let prefix = key::outside(prefix);
    let end = key::end(&prefix);
    let mut after = key::outside(after).into_owned();
    let mut found: Vec<(String, Row)> = Vec::new();
    while found.len() < most {
        let page = PIECE.min(most - found.len());
        let rows = store
            .ask(
                "select k, v, ver from kv where k >= $1 and k > $2 and ($3::text is null or k < $3) \
                 order by k limit $4",
                &[&prefix, &after, &end, &count_of(page)],
            )
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.get(0);
        let is_last = rows.len() < page;
        found.extend(rows.iter().map(whole));
        if is_last {
            break;
        }
    }
    Ok(found)
}

pub(super) async fn count(store: &Postgres, prefix: &str) -> Result<usize, Error> {
    let prefix = key::outside(prefix);
    let rows = store
        .ask(
            "select count(*) from kv where k >= $1 and ($2::text is null or k < $2)",
            &[&prefix, &key::end(&prefix)],
        )
        .await?;
    let count: i64 = rows.first().map_or(0, |row| row.get(0));
    Ok(usize::try_from(count).unwrap_or(0))
}

pub(super) async fn put_blob(store: &Postgres, bytes: Vec<u8>) -> Result<Digest, Error> {
    let digest = Digest(blake3::hash(&bytes).to_hex().to_string());
    let known = store.ask("select 1 from blob where digest = $1", &[&digest.0]).await?;
    if known.is_empty() {
        // Somebody who puts the same bytes at this moment is waited for: then they are there.
        store
            .ask(
                "insert into blob (digest, bytes) values ($1, $2) on conflict do nothing",
                &[&digest.0, &bytes],
            )
            .await?;
    }
    Ok(digest)
}

pub(super) async fn blob(store: &Postgres, digest: &Digest) -> Result<Vec<u8>, Error> {
    let rows = store.ask("select bytes from blob where digest = $1", &[&digest.0]).await?;
    rows.first().map(|row| row.get(0)).ok_or_else(|| Error::UnknownBytes(digest.clone()))
}

pub(super) async fn blobs(
    store: &Postgres,
    after: &Digest,
    most: usize,
) -> Result<Vec<Digest>, Error> {
    let rows = store
        .ask(
            "select digest from blob where digest > $1 order by digest limit $2",
            &[&after.0, &count_of(most)],
        )
        .await?;
    Ok(rows.iter().map(|row| Digest(row.get(0))).collect())
}

/// One transaction that sees one moment, read piece by piece.
pub(super) async fn snapshot(
    store: &Postgres,
    pieces: &mpsc::Sender<Vec<(String, Row)>>,
) -> Result<(), Error> {
    let mut client = store.client().await?;
    let failed = |error| store.told(&error);
    let moment = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
    let moment = moment.read_only(true).start().await.map_err(failed)?;
    // Whoever takes the pieces may be slower than the server's patience; nobody waits for a reader.
    let patience = "set local idle_in_transaction_session_timeout = 0";
    moment.batch_execute(patience).await.map_err(failed)?;
    let all = moment.prepare_cached("select k, v, ver from kv order by k").await.map_err(failed)?;
    let cursor = moment.bind(&all, &[]).await.map_err(failed)?;
    loop {
        let rows = moment.query_portal(&cursor, PIECE as i32).await.map_err(failed)?;
        if rows.is_empty() || pieces.send(rows.iter().map(whole).collect()).await.is_err() {
            return Ok(());
        }
    }
}

pub(super) async fn load(store: &Postgres, rows: &[(String, Row)]) -> Result<(), Error> {
    let keys: Vec<_> = rows.iter().map(|(key, _)| key::outside(key)).collect();
    let bodies: Vec<&[u8]> = rows.iter().map(|(_, row)| row.body.as_slice()).collect();
    let versions: Vec<i64> = rows.iter().map(|(_, row)| stored(row.version)).collect();
    store
        .ask(
            "insert into kv (k, v, ver) select * from unnest($1::text[], $2::bytea[], $3::bigint[]) \
             on conflict (k) do update set v = excluded.v, ver = excluded.ver",
            &[&keys, &bodies, &versions],
        )
        .await?;
    Ok(())
}

fn whole(row: &tokio_postgres::Row) -> (String, Row) {
    (key::inside(row.get(0)), Row { body: row.get(1), version: version(row.get(2)) })
}

/// A version as the column has it.
pub(super) fn stored(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

pub(super) fn version(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

fn count_of(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// A connection that is not to be used again.
pub(super) fn throw_away(client: Client) {
    drop(Client::take(client));
}

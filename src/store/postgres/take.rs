//! Takes the next key of a list that nobody else is taking at this moment.

use deadpool_postgres::Client;

use super::commit::{Fault, after, finish, write};
use super::rows::version;
use super::{Postgres, key};
use crate::store::{Error, Range, Row, Taking};

/// Whoever holds a row is passed over, not waited for.
const NEXT: &str = "select k from kv where k >= $1 and k > $2 and k < $3 \
                    order by k limit 1 for update skip locked";
const ABOUT: &str = "select v, ver from kv where k = $1 for update skip locked";
const IS_THERE: &str = "select 1 from kv where k = $1";

pub(super) async fn take(
    store: &Postgres,
    range: Range<'_>,
    taking: &dyn Taking,
) -> Result<Option<String>, Error> {
    let mut attempt = 0;
    loop {
        let mut client = store.client().await?;
        let mut tried = None;
        match once(&mut client, range, taking, &mut tried).await {
            Ok(taken) => return Ok(taken),
            Err(fault) => match after(store, client, fault, attempt).await? {
                true => return Ok(tried),
                false => attempt += 1,
            },
        }
    }
}

/// One transaction for the key, the row it is about and the commit. `tried` is the key it wants to commit.
async fn once(
    client: &mut Client,
    range: Range<'_>,
    taking: &dyn Taking,
    tried: &mut Option<String>,
) -> Result<Option<String>, Fault> {
    let prefix = key::outside(range.prefix);
    let before = key::outside(range.before).into_owned();
    let end = key::end(&prefix).map_or(before.clone(), |end| end.min(before));
    let transaction = client.transaction().await?;
    let next = transaction.prepare_cached(NEXT).await?;
    let about = transaction.prepare_cached(ABOUT).await?;
    let mut last = String::new();
    while let Some(found) = transaction.query_opt(&next, &[&prefix, &last, &end]).await? {
        last = found.get(0);
        let key = key::inside(last.clone());
        let named = taking.about(&key);
        let named = key::outside(&named);
        let row = transaction.query_opt(&about, &[&named]).await?;
        let row = row.map(|row| Row { body: row.get(0), version: version(row.get(1)) });
        if row.is_none() && transaction.query_opt(IS_THERE, &[&named]).await?.is_some() {
            continue;
        }
        let Some(commit) = taking.commit(&key, row.as_ref())? else { continue };
        let trace = match write(&transaction, &commit).await {
            Err(Fault::Refused(Error::Conflict(_))) => continue,
            other => other?,
        };
        *tried = Some(key.clone());
        finish(transaction, trace).await?;
        return Ok(Some(key));
    }
    Ok(None)
}

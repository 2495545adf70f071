//! Every item stands in exactly one list, with its whole journal and its bytes.

use std::collections::{BTreeMap, HashMap};

use super::{Audit, ROUNDS};
use crate::store::records::{Item, journal_key, place};
use crate::store::{Error, PIECE, Store};

/// Checks all items. What looks wrong may just be changing hands, so it is looked at again.
pub(super) async fn check(
    store: &dyn Store,
    entries: &HashMap<String, u32>,
    audit: &mut Audit,
    tell: &(dyn Fn(u64) + Sync),
) -> Result<(), Error> {
    let mut listed = lists(store, |_| true).await?;
    let (mut after, mut doubtful) = (String::new(), Vec::new());
    loop {
        let rows = store.scan("item/", &after, PIECE).await?;
        let Some((last, _)) = rows.last() else { break };
        after.clone_from(last);
        for (key, row) in &rows {
            audit.items += 1;
            let item: Item = match serde_json::from_slice(&row.body) {
                Ok(item) => item,
                Err(error) => {
                    audit.fault(key, format!("the item cannot be read: {error}"));
                    continue;
                }
            };
            let lists = listed.remove(&item.id.0).unwrap_or_default();
            let written = entries.get(&item.id.0).copied().unwrap_or_default();
            if lists != [place(&item)] || written != item.entries {
                doubtful.push(item.id.0.clone());
            }
            if matches!(store.blob(&item.raw).await, Err(Error::UnknownBytes(_))) {
                audit.fault(key, format!("the received bytes `{}` are not there", item.raw));
            }
        }
        tell(rows.len() as u64);
    }
    // Those that are in a list only, or came after the items were read.
    doubtful.extend(listed.into_keys());
    judge(store, doubtful, audit).await
}

/// Looks again at items until nobody changes them meanwhile.
async fn judge(
    store: &dyn Store,
    mut doubtful: Vec<String>,
    audit: &mut Audit,
) -> Result<(), Error> {
    for _ in 0..ROUNDS {
        if doubtful.is_empty() {
            break;
        }
        let before = versions(store, &doubtful).await?;
        let listed = lists(store, |id| before.contains_key(id)).await?;
        let mut looks = Vec::new();
        for id in doubtful {
            let lists = listed.get(&id).map_or(&[][..], Vec::as_slice);
            looks.push((one(store, &id, lists).await?, id));
        }
        let ids: Vec<String> = looks.iter().map(|(_, id)| id.clone()).collect();
        let after = versions(store, &ids).await?;
        doubtful = Vec::new();
        for (look, id) in looks {
            match look {
                // Somebody changed it meanwhile: what was seen tells nothing.
                _ if before.get(&id) != after.get(&id) => doubtful.push(id),
                Err(what) => audit.fault(format!("item/{id}"), what),
                Ok(()) => {}
            }
        }
    }
    Ok(())
}

/// Whether an item is as it has to be.
async fn one(store: &dyn Store, id: &str, lists: &[String]) -> Result<Result<(), String>, Error> {
    let Some(row) = store.get(&format!("item/{id}")).await? else {
        let gone = "the item stands in a list and is not there".to_owned();
        return Ok(if lists.is_empty() { Ok(()) } else { Err(gone) });
    };
    let Ok(item) = serde_json::from_slice::<Item>(&row.body) else { return Ok(Ok(())) };
    if lists != [place(&item)] {
        return Ok(Err(format!(
            "the item has to stand in `{}` and stands in {lists:?}",
            place(&item)
        )));
    }
    let last = store.get(&journal_key(id, item.entries.saturating_sub(1))).await?;
    let more = store.get(&journal_key(id, item.entries)).await?;
    if last.is_none() || more.is_some() {
        return Ok(Err(format!("{} journal entries are counted, others are there", item.entries)));
    }
    Ok(Ok(()))
}

/// The versions of items; 0 for one that is not there.
async fn versions(store: &dyn Store, ids: &[String]) -> Result<BTreeMap<String, u64>, Error> {
    let mut versions = BTreeMap::new();
    for id in ids {
        let row = store.get(&format!("item/{id}")).await?;
        versions.insert(id.clone(), row.map_or(0, |row| row.version));
    }
    Ok(versions)
}

/// The keys of the lists in which items stand.
async fn lists(
    store: &dyn Store,
    wanted: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for list in ["ready/", "queue/", "done/"] {
        let mut after = String::new();
        loop {
            let rows = store.scan(list, &after, PIECE).await?;
            let Some((last, _)) = rows.last() else { break };
            after.clone_from(last);
            for (key, _) in rows {
                let id = key.rsplit('/').next().unwrap_or_default().to_owned();
                if wanted(&id) {
                    found.entry(id).or_default().push(key);
                }
            }
        }
    }
    Ok(found)
}

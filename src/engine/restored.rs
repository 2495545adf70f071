//! What becomes of open deliveries after a restore: they may have gone out since the backup was made.

use jiff::Timestamp;
use serde_json::json;

use super::journal::{Journal, entry};
use super::{Error, despatch};
use crate::store::records::{Claim, Item, Records, State, Step};

/// Writes into every approved item whose deliveries are not all made that it was restored. A person then says for
/// each output that cannot tell a repetition whether it has it. Answers with how many items that are.
pub async fn after_restore(records: &Records, made: &str, now: Timestamp) -> Result<usize, Error> {
    let mut open = 0;
    records.restored_from(made.parse().unwrap_or(now)).await?;
    records.release(|_| true, now).await?;
    for item in records.ready(usize::MAX).await? {
        let journal = Journal(records.journal(&item.id).await?);
        if !despatch::is_open(journal.last()) {
            continue;
        }
        let Some((item, version)) = records.item(&item.id).await? else { continue };
        let body = json!({ "made": made });
        let restored = entry("restored", "vorlage restore", now, &body)?;
        let free = Item { state: State::Ready(now), held: None, ..item.clone() };
        let claim = Claim { item, version };
        records.commit(&claim, Step { entry: Some(restored), item: free }).await?;
        open += 1;
    }
    Ok(open)
}

//! The version of the records' layout, and how an older one becomes the present one.

use std::path::Path;

use jiff::Timestamp;

use super::{Item, Records, items, parse};
use crate::store::backup;
use crate::store::{Change, Commit, Error, Guard, PIECE};

/// The layout that this program writes.
pub const SCHEMA: u32 = 1;
/// The key of the row that tells it.
const KEY: &str = "schema";

/// What opening a store did with its layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// It is empty, or has the present layout.
    Present,
    /// It had an older one, and was changed after a backup.
    Migrated {
        /// The layout it had.
        from: u32,
    },
}

impl Records {
    /// Makes sure that the store has the layout of this program. An older one is written into a backup
    /// inside `state` first, then changed in one commit; a newer one is refused.
    pub async fn prepare(&self, state: &Path, now: Timestamp) -> Result<Prepared, Error> {
        match self.schema().await? {
            None => {
                self.write_schema(Vec::new(), None).await?;
                Ok(Prepared::Present)
            }
            Some((SCHEMA, _)) => Ok(Prepared::Present),
            Some((from, _)) if from > SCHEMA => Err(Error::Newer { found: from, known: SCHEMA }),
            Some((from, version)) => {
                let folder = state.join(format!("backup-before-schema-{SCHEMA}"));
                backup::backup(self.store(), &folder, now.to_string(), &|_| {}).await?;
                tracing::info!(
                    from,
                    to = SCHEMA,
                    "the store gets a new layout; a backup was written before"
                );
                let changes = self.relist().await?;
                self.write_schema(changes, version).await?;
                Ok(Prepared::Migrated { from })
            }
        }
    }

    /// The layout with the version of its row; a store from before there was one has layout 0.
    async fn schema(&self) -> Result<Option<(u32, Option<u64>)>, Error> {
        if let Some((found, version)) = self.read::<u32>(KEY).await? {
            return Ok(Some((found, Some(version))));
        }
        Ok((!self.store.scan("", "", 1).await?.is_empty()).then_some((0, None)))
    }

    async fn write_schema(
        &self,
        mut changes: Vec<Change>,
        version: Option<u64>,
    ) -> Result<(), Error> {
        let guard = match version {
            Some(version) => Guard::Version(KEY.to_owned(), version),
            None => Guard::Absent(KEY.to_owned()),
        };
        changes.push(Change::Put(KEY.to_owned(), SCHEMA.to_string().into_bytes()));
        match self.store.commit(Commit { guards: vec![guard], changes, events: Vec::new() }).await {
            // Another daemon was first; it writes the same.
            Ok(_) | Err(Error::Conflict(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// From 0 to 1: the lists tell who works on an item and why it is held, and items are listed by their day.
    async fn relist(&self) -> Result<Vec<Change>, Error> {
        let (mut changes, mut after) = (Vec::new(), String::new());
        loop {
            let rows = self.store.scan("item/", &after, PIECE).await?;
            let Some((last, _)) = rows.last() else { return Ok(changes) };
            after.clone_from(last);
            for (key, row) in &rows {
                let item: Item = parse(key, row)?;
                changes.push(items::listing(&item));
                changes.push(Change::Put(items::came_key(&item), Vec::new()));
            }
        }
    }
}

//! What a commit does, the same for every backend: guards, new versions, the audit chain.

use std::collections::BTreeMap;

use super::{Change, Commit, Error, Guard, Row, chain};

/// What the commits of one group change; `None` stands for a removed key.
pub(super) type Overlay = BTreeMap<String, Option<Row>>;

/// Adds a commit to the overlay, or leaves the overlay as it was and says why.
pub(super) fn apply(
    commit: &Commit,
    overlay: &mut Overlay,
    stored: &dyn Fn(&str) -> Result<Option<Row>, Error>,
) -> Result<(), Error> {
    let read = |overlay: &Overlay, key: &str| match overlay.get(key) {
        Some(row) => Ok(row.clone()),
        None => stored(key),
    };
    for guard in &commit.guards {
        let (key, holds) = match guard {
            Guard::Absent(key) => (key, read(overlay, key)?.is_none()),
            Guard::Version(key, version) => {
                (key, read(overlay, key)?.is_some_and(|row| row.version == *version))
            }
        };
        if !holds {
            return Err(Error::Conflict(key.clone()));
        }
    }
    let mut changed = Overlay::new();
    for change in &commit.changes {
        match change {
            Change::Put(key, body) => {
                let before = read(overlay, key)?.map_or(0, |row| row.version);
                changed.insert(key.clone(), Some(Row { version: before + 1, body: body.clone() }));
            }
            Change::Delete(key) => {
                changed.insert(key.clone(), None);
            }
        }
    }
    if !commit.events.is_empty() {
        let head = read(overlay, chain::HEAD)?;
        changed.extend(chain::extend(head, &commit.events)?);
    }
    overlay.extend(changed);
    Ok(())
}

//! What people see of items that do not go on right now: those that are held, those whose connector nobody gets
//! through to, and those that could not be delivered.

use super::lines::{Standing, To};
use super::{Desk, lines::Line};
use crate::store;
use crate::store::records::{Entry, Held, Item, Mark, State};

/// Codes of items that a person has to settle because a delivery was not made.
const CODES: [&str; 6] = ["H0104", "H0105", "H0106", "H0108", "H0109", "H0111"];

/// How many deliveries wait for a person, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undelivered {
    /// The other side said no.
    pub refused: usize,
    /// They may have arrived.
    pub uncertain: usize,
    /// They could not be made for days.
    pub given_up: usize,
    /// They came back.
    pub returned: usize,
    /// The recipient got many already.
    pub withheld: usize,
}

impl Undelivered {
    /// Each count with its name.
    pub fn counts(&self) -> [(&'static str, usize); 5] {
        [
            ("refused", self.refused),
            ("uncertain", self.uncertain),
            ("given_up", self.given_up),
            ("returned", self.returned),
            ("withheld", self.withheld),
        ]
    }

    /// The count for a code of [`CODES`].
    fn of(&mut self, code: &str) -> &mut usize {
        match code {
            "H0104" => &mut self.uncertain,
            "H0106" => &mut self.given_up,
            "H0108" => &mut self.returned,
            "H0111" => &mut self.withheld,
            _ => &mut self.refused,
        }
    }

    /// All together.
    pub fn total(&self) -> usize {
        self.counts().iter().map(|(_, count)| count).sum()
    }
}

/// Whether the newest draft has all its approvals: then something may be on its way.
pub fn is_approved(history: &[Entry]) -> bool {
    let place = |kind: &str| history.iter().rposition(|entry| entry.kind == kind);
    place("approved").is_some_and(|approved| place("drafted") < Some(approved))
}

impl Desk {
    /// Items that do not go on right now, with reasons.
    pub async fn held(&self, most: usize) -> Result<Vec<Item>, store::Error> {
        let mut items = self.records().ready(usize::MAX).await?;
        items.iter_mut().for_each(|item| self.stand(item));
        items.retain(|item| item.held.is_some());
        items.truncate(most);
        Ok(items)
    }

    /// Items with a delivery that a person has to settle, and how many there are.
    pub async fn undelivered(&self, most: usize) -> Result<(Vec<Item>, Undelivered), store::Error> {
        let (mut ids, mut counts) = (Vec::new(), Undelivered::default());
        let tell = |mark: Mark<'_>, id: &str| {
            let Mark::Held(code) = mark else { return };
            if !CODES.contains(&code) {
                return;
            }
            *counts.of(code) += 1;
            if ids.len() < most {
                ids.push(id.into());
            }
        };
        self.records().each_mark("queue/", tell).await?;
        let mut items = Vec::new();
        for id in ids {
            items.extend(self.records().item(&id).await?.map(|(item, _)| item));
        }
        Ok((items, counts))
    }

    /// Tells with an item why nobody works on it, if that is because of its output. The record does not say so:
    /// nothing is written while an output is away, however many items wait for it.
    pub(super) fn stand(&self, item: &mut Item) {
        let waits = item.held.is_none() && item.lease.is_none();
        let State::Ready(since) = item.state else { return };
        let line = item.via.as_ref().filter(|_| waits).and_then(|via| self.line(via));
        let Some(line) = line.filter(|line| line.to == To::Output) else { return };
        let Some(standing) = line.standing(self.now()) else { return };
        let (code, reason) = told(&line, &standing);
        item.held = Some(Held { code: code.to_owned(), reason, since, tries: 0 });
    }

    /// How many items do not go on right now.
    pub(super) async fn count_held(&self) -> Result<usize, store::Error> {
        let mut held = 0;
        let count = |mark: Mark<'_>, _: &str| held += usize::from(matches!(mark, Mark::Held(_)));
        self.records().each_mark("ready/", count).await?;
        let mut stand = 0;
        let now = self.now();
        for line in self.lines().values().filter(|line| line.to == To::Output) {
            if line.standing(now).is_none() {
                continue;
            }
            let count = |mark: Mark<'_>, _: &str| stand += usize::from(mark == Mark::Free);
            self.records().each_mark(&format!("ready/@{}/", line.name), count).await?;
        }
        Ok(held + stand)
    }
}

fn told(line: &Line, standing: &Standing) -> (&'static str, String) {
    match standing {
        Standing::Away(open) => ("H0103", open.why.clone()),
        Standing::Rate(_) => ("H0114", format!("it waits for the rate of `{}`", line.name)),
    }
}

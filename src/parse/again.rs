//! Asks for an item again without the page on which a reader ended.

use super::Parser;
use super::child::Died;
use super::pace::{self, LeftOut, Place, Step};
use super::wire::Task;
use crate::domain::{Parsed, Problem};

/// Pages of one item that may each end a reader. At the next one, the rest of its document is left out.
const ENDS: usize = 3;

/// What was read, and what had to be left out for it.
pub(super) struct Around {
    /// What was read.
    pub(super) parsed: Parsed,
    /// Pages that cannot be drawn, so that recognition need not try.
    pub(super) undrawn: Vec<Place>,
}

impl Parser {
    /// Everything that can be read, without the pages that take too long or end the reader. Their
    /// documents say which pages these are.
    pub(super) async fn read_around(
        &self,
        task: Task,
        name: &str,
        bytes: &[u8],
    ) -> Result<Around, Problem> {
        let mut left_out: Vec<LeftOut> = Vec::new();
        loop {
            let asked = self.ask_around(&task, &left_out, name, bytes).await;
            let Died { problem, complaints } = match asked {
                Ok(parsed) => {
                    let places = left_out.into_iter().map(|it| it.place);
                    let undrawn = places.filter(|it| it.step == Step::Look).collect();
                    return Ok(Around { parsed, undrawn });
                }
                Err(died) => died,
            };
            let is_known = |place: &Place| left_out.iter().any(|it| it.place == *place);
            let ended = matches!(problem.code.as_str(), "P0104" | "P0105");
            let place = pace::last(&complaints).filter(|it| ended && !is_known(it));
            let Some(place) = place.filter(|_| left_out.len() <= ENDS) else {
                return Err(problem);
            };
            let and_all_after = left_out.len() == ENDS;
            left_out.push(LeftOut { place, problem, and_all_after });
        }
    }

    async fn ask_around(
        &self,
        task: &Task,
        left_out: &[LeftOut],
        name: &str,
        bytes: &[u8],
    ) -> Result<Parsed, Died> {
        let (_, json) = self.ask_with_head(task, left_out, name, bytes).await?;
        serde_json::from_slice(&json).map_err(|_| Died::from(super::not_understood()))
    }
}

//! The account of every door: what came in against what became of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::engine::{Desk, DoorAccount};
use crate::web::failure::{Failure, page};
use crate::web::frame::Frame;
use crate::web::visitor::{Visit, Visitor};
use crate::web::words::Words;

/// The page. Counts only: the door's names for what is missing may be names of files, and those of people.
#[derive(Template)]
#[template(path = "ledger.html")]
pub(in crate::web) struct LedgerPage {
    frame: Frame,
    doors: Vec<DoorRow>,
}

struct DoorRow {
    name: String,
    /// Whether everything at the door is an item; `None` before the first account.
    even: Option<bool>,
    told: String,
    canary: String,
    days: Vec<DayRow>,
}

struct DayRow {
    day: String,
    counts: [usize; 4],
    missing: bool,
}

/// `GET /ledger`
pub(in crate::web) async fn show(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
) -> Result<Response, Failure> {
    Ok(page(&LedgerPage::new(&visit.visitor, &desk.accounts().await?)))
}

impl LedgerPage {
    /// The page for the newest accounts.
    pub(in crate::web) fn new(visitor: &Visitor, doors: &[DoorAccount]) -> Self {
        let words = &visitor.words;
        Self {
            frame: Frame::new(visitor, words.t("ledger")),
            doors: doors.iter().map(|door| row(words, door)).collect(),
        }
    }
}

fn row(words: &Words, door: &DoorAccount) -> DoorRow {
    let canary = door
        .canary
        .map_or_else(String::new, |it| words.with("ledger-canary", "at", &words.moment(it.seen)));
    let name = door.name.0.clone();
    let Some(account) = &door.account else {
        return DoorRow {
            name,
            even: None,
            told: words.t("ledger-none"),
            canary,
            days: Vec::new(),
        };
    };
    let (at_door, missing) = (account.at_door.to_string(), account.missing.to_string());
    let made = words.moment(account.made);
    let args =
        [("made", made.as_str()), ("at_door", at_door.as_str()), ("missing", missing.as_str())];
    let told =
        words.fill(if account.missing == 0 { "ledger-even" } else { "ledger-uneven" }, &args);
    let days = account.days.iter().map(|day| DayRow {
        day: words.day(day.day),
        counts: [day.at_door, day.accepted, day.quarantined, day.missing],
        missing: day.missing > 0,
    });
    DoorRow { name, even: Some(account.missing == 0), told, canary, days: days.collect() }
}

//! The overview: what waits where, and what does not work.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::engine::{Desk, QueueView, Status};
use crate::store::records::Item;
use crate::web::failure::{Failure, page};
use crate::web::frame::Frame;
use crate::web::guard;
use crate::web::visitor::{Visit, Visitor};
use crate::web::words::Words;

/// So many held items are listed.
const MOST_HELD: usize = 50;

/// The page.
#[derive(Template)]
#[template(path = "queues.html")]
pub(in crate::web) struct QueuesPage {
    frame: Frame,
    queues: Vec<QueueRow>,
    troubles: Vec<Trouble>,
    held: Vec<HeldRow>,
    undelivered: Vec<HeldRow>,
    undelivered_counts: Vec<(String, usize)>,
    counts: Vec<(String, usize)>,
}

struct QueueRow {
    name: String,
    title: String,
    waiting: usize,
    oldest: String,
    deadline: String,
}

struct Trouble {
    what: String,
    error: String,
}

struct HeldRow {
    id: String,
    subject: String,
    code: String,
    title: String,
    reason: String,
    since: String,
}

/// `GET /`
pub(in crate::web) async fn show(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
) -> Result<Response, Failure> {
    let queues = desk.queues(&visit.user).await?;
    let status = desk.status().await?;
    let office = &visit.visitor.office;
    let mut held = desk.held(MOST_HELD).await?;
    held.retain(|item| guard::may_see(office, item, |queue| desk.sees(&visit.user, queue)));
    let (mut undelivered, _) = desk.undelivered(MOST_HELD).await?;
    undelivered.retain(|item| guard::may_see(office, item, |queue| desk.sees(&visit.user, queue)));
    Ok(page(&QueuesPage::new(&visit.visitor, &queues, &status, (&held, &undelivered))))
}

impl QueuesPage {
    /// The page for what the office's desk says.
    pub(in crate::web) fn new(
        visitor: &Visitor,
        queues: &[QueueView],
        status: &Status,
        (held, undelivered): (&[Item], &[Item]),
    ) -> Self {
        let words = &visitor.words;
        Self {
            frame: Frame::new(visitor, words.t("overview")),
            queues: queues.iter().map(|queue| queue_row(words, queue)).collect(),
            troubles: troubles(words, status),
            held: held.iter().filter_map(|item| held_row(words, item)).collect(),
            undelivered: undelivered.iter().filter_map(|item| held_row(words, item)).collect(),
            undelivered_counts: undelivered_counts(words, status),
            counts: vec![
                (words.t("status-waiting"), status.waiting),
                (words.t("status-ready"), status.ready.saturating_sub(status.held)),
                (words.t("status-held"), status.held),
                (words.t("status-done"), status.done),
            ],
        }
    }
}

fn queue_row(words: &Words, queue: &QueueView) -> QueueRow {
    QueueRow {
        name: queue.name.0.clone(),
        title: queue.title.clone(),
        waiting: queue.waiting,
        oldest: queue.oldest.map(|at| words.moment(at)).unwrap_or_default(),
        deadline: queue.deadline.map(|date| words.day(date)).unwrap_or_default(),
    }
}

fn troubles(words: &Words, status: &Status) -> Vec<Trouble> {
    let door = |name: &str, last: Option<jiff::Timestamp>| {
        let last = last.map_or_else(|| words.t("never"), |at| words.moment(at));
        words.fill("trouble-door", &[("door", name), ("last", last.as_str())])
    };
    let again = |at: Option<jiff::Timestamp>| {
        at.map_or_else(String::new, |at| words.with("trouble-again", "at", &words.moment(at)))
    };
    let doors = status.doors.iter().filter_map(|it| {
        Some(Trouble { what: door(&it.name.0, it.last_success), error: it.error.clone()? })
    });
    let models = status.models.iter().filter_map(|it| {
        let what = words.with("trouble-model", "model", &it.name.0);
        Some(Trouble { what: what + &again(it.again), error: it.error.clone()? })
    });
    let outputs = status.outputs.iter().filter_map(|it| {
        let what = words.with("trouble-output", "output", &it.name.0);
        Some(Trouble { what: what + &again(it.again), error: it.error.clone()? })
    });
    doors.chain(models).chain(outputs).collect()
}

/// How many there are of each sort, without the sorts there are none of.
fn undelivered_counts(words: &Words, status: &Status) -> Vec<(String, usize)> {
    let counts = status.undelivered.counts().into_iter().filter(|(_, count)| *count > 0);
    counts
        .map(|(why, count)| (words.t(&format!("undelivered-{}", why.replace('_', "-"))), count))
        .collect()
}

fn held_row(words: &Words, item: &Item) -> Option<HeldRow> {
    let held = item.held.as_ref()?;
    Some(HeldRow {
        id: item.id.0.clone(),
        subject: super::queue::subject(words, item),
        code: held.code.clone(),
        title: words.code(&held.code),
        reason: held.reason.clone(),
        since: words.moment(held.since),
    })
}

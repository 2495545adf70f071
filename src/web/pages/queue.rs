//! One queue: what waits, most urgent first.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::domain::QueueName;
use crate::engine::Desk;
use crate::store::records::Item;
use crate::web::failure::{Failure, page};
use crate::web::frame::Frame;
use crate::web::view::class_title;
use crate::web::visitor::{Visit, Visitor};
use crate::web::words::Words;

/// So many items are listed; the next ones move up.
const MOST: usize = 100;

/// The page.
#[derive(Template)]
#[template(path = "queue.html")]
pub(in crate::web) struct QueuePage {
    frame: Frame,
    items: Vec<ItemRow>,
    more: bool,
}

struct ItemRow {
    id: String,
    subject: String,
    class: String,
    sender: String,
    received: String,
    sure: String,
    percent: String,
    is_sure: bool,
    findings: u32,
    deadline: String,
}

/// `GET /queues/{name}`
pub(in crate::web) async fn show(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let name = QueueName(name);
    if !visit.visitor.office.settings.queues.contains_key(&name) {
        return Err(Failure::NotFound);
    }
    if !desk.sees(&visit.user, &name) {
        return Err(Failure::NotYours);
    }
    let items = desk.waiting(&name, MOST + 1).await?;
    Ok(page(&QueuePage::new(&visit.visitor, &name, &items)))
}

impl QueuePage {
    /// The page for the items that wait.
    pub(in crate::web) fn new(visitor: &Visitor, name: &QueueName, items: &[Item]) -> Self {
        let settings = visitor.office.settings.queues.get(name);
        let title = settings.map_or(&name.0, |it| &it.title);
        Self {
            frame: Frame::new(visitor, title.clone()),
            items: items.iter().take(MOST).map(|item| row(visitor, item)).collect(),
            more: items.len() > MOST,
        }
    }
}

fn row(visitor: &Visitor, item: &Item) -> ItemRow {
    let words = &visitor.words;
    let class = item.class.as_ref().map(|class| class_title(&visitor.office, class));
    ItemRow {
        id: item.id.0.clone(),
        subject: subject(words, item),
        class: class.unwrap_or_else(|| words.t("no-class")),
        sender: item.sender.clone(),
        received: words.moment(item.received),
        sure: words.confidence(item.confidence),
        percent: words.percent(item.confidence),
        is_sure: item.confidence >= 0.8,
        findings: item.findings,
        deadline: item.deadline.map(|date| words.day(date)).unwrap_or_default(),
    }
}

/// What a person knows the item by.
pub(in crate::web) fn subject(words: &Words, item: &Item) -> String {
    let names = [&item.subject, &item.name];
    let name = names.into_iter().find(|it| !it.trim().is_empty());
    name.cloned().unwrap_or_else(|| words.t("no-subject"))
}

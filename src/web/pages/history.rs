//! Everything that happened with an item, and why.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::item::seen;
use crate::domain::ItemId;
use crate::engine::{Desk, ItemView};
use crate::web::failure::{Failure, page};
use crate::web::frame::Frame;
use crate::web::view::{StoryRow, story};
use crate::web::visitor::{Visit, Visitor};

/// The page.
#[derive(Template)]
#[template(path = "history.html")]
pub(in crate::web) struct HistoryPage {
    frame: Frame,
    id: String,
    subject: String,
    rows: Vec<StoryRow>,
}

/// `GET /items/{id}/history`
pub(in crate::web) async fn show(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let view = seen(&desk, &visit, &ItemId(id)).await?;
    Ok(page(&HistoryPage::new(&visit.visitor, &view)))
}

impl HistoryPage {
    /// The page of an item.
    pub(in crate::web) fn new(visitor: &Visitor, view: &ItemView) -> Self {
        let words = &visitor.words;
        let subject = super::queue::subject(words, &view.item);
        Self {
            frame: Frame::new(visitor, format!("{}: {subject}", words.t("history"))),
            id: view.item.id.0.clone(),
            subject,
            rows: story(words, &visitor.office, &view.history),
        }
    }
}

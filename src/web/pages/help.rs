//! The keys, and what the words mean.

use askama::Template;
use axum::response::Response;

use crate::web::failure::page;
use crate::web::frame::Frame;
use crate::web::visitor::{Visit, Visitor};

/// The page.
#[derive(Template)]
#[template(path = "help.html")]
pub(in crate::web) struct HelpPage {
    frame: Frame,
}

/// `GET /help`
pub(in crate::web) async fn show(visit: Visit) -> Response {
    page(&HelpPage::new(&visit.visitor))
}

impl HelpPage {
    /// The page.
    pub(in crate::web) fn new(visitor: &Visitor) -> Self {
        Self { frame: Frame::new(visitor, visitor.words.t("help")) }
    }
}

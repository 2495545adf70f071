//! Why there is no page, told to a person.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::frame::Frame;
use super::visitor::Visitor;
use crate::domain::{ItemId, Problem};
use crate::engine::{self, DecideError};
use crate::review::NotAllowed;
use crate::store;

/// Why there is no page. [`super::visitor::recognise`] makes the page in the visitor's language.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// There is nothing at this address.
    NotFound,
    /// The person's roles do not cover it.
    NotYours,
    /// Somebody else changed the item.
    Changed(ItemId),
    /// The rules of the approval say no.
    NotAllowed(ItemId, NotAllowed),
    /// The item does not wait for this decision.
    NotWaiting(ItemId),
    /// The form was not made by us, or is too old.
    StrangeForm,
    /// A document cannot be shown.
    Unshown(Problem),
    /// The store failed. Logged where it came up.
    Broken,
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    frame: Frame,
    text: String,
    detail: String,
    item: Option<ItemId>,
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotYours | Self::StrangeForm => StatusCode::FORBIDDEN,
            Self::Changed(_) | Self::NotWaiting(_) | Self::NotAllowed(..) => StatusCode::CONFLICT,
            Self::Unshown(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Broken => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The key of its title; that of its explanation ends with `-text`.
    fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "failure-not-found",
            Self::NotYours => "failure-not-yours",
            Self::Changed(_) => "failure-changed",
            Self::NotAllowed(..) => "failure-not-allowed",
            Self::NotWaiting(_) => "failure-not-waiting",
            Self::StrangeForm => "failure-strange-form",
            Self::Unshown(_) => "failure-unshown",
            Self::Broken => "failure-broken",
        }
    }

    /// The page.
    pub(super) fn page(self, visitor: &Visitor) -> Response {
        let words = &visitor.words;
        let text = words.t(&format!("{}-text", self.key()));
        let detail = match &self {
            Self::NotAllowed(_, why) => not_allowed(words, why),
            Self::Unshown(problem) => format!("{} ({})", words.code(&problem.code), problem.code),
            _ => String::new(),
        };
        let item = match &self {
            Self::Changed(id) | Self::NotWaiting(id) | Self::NotAllowed(id, _) => Some(id.clone()),
            _ => None,
        };
        let frame = Frame::new(visitor, words.t(self.key()));
        (self.status(), page(&FailurePage { frame, text, detail, item })).into_response()
    }

    /// Why a decision on an item was not taken.
    pub(super) fn of_decision(id: &ItemId, error: DecideError) -> Self {
        match error {
            DecideError::Changed => Self::Changed(id.clone()),
            DecideError::WrongQueue(_) => Self::NotYours,
            DecideError::NotAllowed(why) => Self::NotAllowed(id.clone(), why),
            DecideError::NotWaiting => Self::NotWaiting(id.clone()),
            DecideError::UnknownItem(_) => Self::NotFound,
            DecideError::UnknownName(_) => Self::StrangeForm,
            DecideError::Store(error) => error.into(),
            DecideError::Stage(error) => error.into(),
        }
    }
}

/// Why an approval is not possible, in words.
pub(super) fn not_allowed(words: &super::words::Words, why: &NotAllowed) -> String {
    match why {
        NotAllowed::SamePerson { queue, .. } => {
            words.with("blocked-same-person", "queue", &queue.0)
        }
        NotAllowed::Blocked(message) => words.with("blocked-finding", "finding", message),
        NotAllowed::Unconfirmed(field) => words.with("blocked-unconfirmed", "field", &field.0),
        NotAllowed::NothingLeft => words.t("blocked-nothing-left"),
    }
}

/// A template as a response.
pub(super) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            Failure::Broken.into_response()
        }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        if matches!(error, store::Error::Conflict(_)) {
            tracing::warn!(%error, "somebody else was first");
        } else {
            tracing::error!(%error, "the store failed while a page was made");
        }
        Self::Broken
    }
}

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        tracing::error!(%error, "an item could not be shown or moved on");
        Self::Broken
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

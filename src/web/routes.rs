//! Every address of the desk, in one list.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use super::pages::{decide, files, health, help, history, item, ledger, queue, queues, sign_in};
use super::{assets, guard, visitor};
use crate::engine::Desk;

/// The largest form anybody can send, in bytes: a reply and a few dozen fields fit many times.
const LARGEST_FORM: usize = 1024 * 1024;

/// All pages of a running office.
pub fn router(desk: Arc<Desk>) -> Router {
    let pages = Router::new()
        .route("/", get(queues::show))
        .route("/queues/{name}", get(queue::show))
        .route("/items/{id}", get(item::show))
        .route("/items/{id}/decide", get(decide::back).post(decide::take))
        .route("/items/{id}/history", get(history::show))
        .route("/items/{id}/formatted", get(files::formatted))
        .route("/items/{id}/letter", get(files::letter))
        .route("/items/{id}/documents/{n}/file", get(files::document))
        .route("/items/{id}/documents/{n}/pages/{page}", get(files::picture))
        .route("/ledger", get(ledger::show))
        .route("/help", get(help::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::take))
        .route("/sign-out", post(sign_in::leave))
        .fallback(visitor::nothing_here)
        .layer(from_fn(guard::only_our_own_forms))
        .layer(from_fn_with_state(Arc::clone(&desk), visitor::recognise))
        .layer(DefaultBodyLimit::max(LARGEST_FORM));
    Router::new()
        .route("/healthz", get(health::health))
        .route("/metrics", get(health::metrics))
        .route("/static/{*path}", get(assets::serve))
        .merge(pages)
        .layer(from_fn(guard::protect))
        .with_state(desk)
}

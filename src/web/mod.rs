//! The desk: the pages on which people look at drafts and decide.
//!
//! Server-rendered, complete without JavaScript; htmx and `desk.js` only make it faster. Each page
//! is one file in `pages/` with one template of the same name; `routes` is the list of them.
//! What a page shows is worked out in `view/` from plain data, so that tests need no running office.

mod answers;
mod assets;
mod cookies;
mod failure;
mod frame;
mod guard;
mod keys;
mod pages;
mod routes;
mod view;
mod visitor;
mod words;

use std::future::Future;
use std::sync::Arc;

use crate::engine::Desk;

pub use routes::router;

/// Answers requests until `shutdown` is ready; those that are under way are finished.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    desk: Arc<Desk>,
    listener: tokio::net::TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(desk)).with_graceful_shutdown(shutdown).await
}

//! What a monitoring system asks, without signing in and without personal data.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::engine::Desk;

/// `GET /healthz`: 200 while the store answers. A door or model that is away does not make the
/// daemon unhealthy, because a restart would not help.
pub(in crate::web) async fn health(State(desk): State<Arc<Desk>>) -> Response {
    let status = match desk.status().await {
        Ok(status) => status,
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            let body = Json(json!({ "status": "failed", "store": "failed" }));
            return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
        }
    };
    let doors: Vec<&str> =
        status.doors.iter().filter(|it| it.error.is_some()).map(|it| it.name.0.as_str()).collect();
    let models: Vec<&str> =
        status.models.iter().filter(|it| it.error.is_some()).map(|it| it.name.0.as_str()).collect();
    let outputs: Vec<&str> = status
        .outputs
        .iter()
        .filter(|it| it.error.is_some())
        .map(|it| it.name.0.as_str())
        .collect();
    let well = doors.is_empty() && models.is_empty() && outputs.is_empty();
    let word = if well { "ok" } else { "degraded" };
    let body = json!({
        "status": word,
        "store": "ok",
        "doors_down": doors,
        "models_down": models,
        "outputs_down": outputs,
        "ready": status.ready,
        "held": status.held,
        "waiting": status.waiting,
        "undelivered": status.undelivered.total(),
    });
    Json(body).into_response()
}

/// `GET /metrics`: OpenMetrics.
pub(in crate::web) async fn metrics(State(desk): State<Arc<Desk>>) -> Response {
    match desk.metrics().await {
        Ok(text) => {
            let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(CONTENT_TYPE, media_type)], text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be counted");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

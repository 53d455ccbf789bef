//! Endpoints for tests, off by default: the clock and the call log, as JSON. Not AWS's, and not authenticated; that a
//! write must be `application/json` keeps web pages from making it unasked.

use crate::emulator::Shared;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use rolegate_cloud::CallRecord;
use serde_json::{Value, json};
use std::sync::Arc;

const LARGEST_BODY: usize = 4096;

/// `GET /_rolegate/v1/clock`: `{"now": "2026-01-01T00:00:00Z"}`.
pub(crate) fn clock(shared: &Shared) -> Response {
    let now = shared.with_cloud(|cloud| cloud.clock());
    answer(StatusCode::OK, &json!({ "now": now.to_string() }))
}

/// `POST /_rolegate/v1/clock` with the same body: sets the clock.
pub(crate) async fn set_clock(shared: Arc<Shared>, request: Request) -> Response {
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.trim().starts_with("application/json"));
    if !is_json {
        return refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the header `content-type: application/json`",
        );
    }
    let body = to_bytes(request.into_body(), LARGEST_BODY).await.unwrap_or_default();
    let now = serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|body| body.get("now")?.as_str()?.parse::<Timestamp>().ok());
    match now {
        Some(now) => {
            shared.with_cloud(|cloud| cloud.set_clock(now));
            clock(&shared)
        }
        None => refuse(
            StatusCode::BAD_REQUEST,
            "a body such as {\"now\": \"2026-01-01T00:00:00Z\"} with a time as in RFC 3339 is expected",
        ),
    }
}

/// `GET /_rolegate/v1/calls`: `{"calls": [{"at", "account", "caller", "action", "error"}]}`, oldest first.
pub(crate) fn calls(shared: &Shared) -> Response {
    let calls: Vec<Value> = shared.with_cloud(|cloud| cloud.calls().iter().map(call).collect());
    answer(StatusCode::OK, &json!({ "calls": calls }))
}

/// `DELETE /_rolegate/v1/calls`: forgets them.
pub(crate) fn clear_calls(shared: &Shared) -> Response {
    shared.with_cloud(rolegate_cloud::Cloud::clear_calls);
    answer(StatusCode::OK, &json!({ "calls": [] }))
}

fn call(record: &CallRecord) -> Value {
    let CallRecord { at, account, caller, action, outcome } = record;
    json!({
        "at": at.to_string(),
        "account": account.map(|account| account.to_string()),
        "caller": caller,
        "action": action,
        "error": outcome.err(),
    })
}

fn refuse(status: StatusCode, message: &str) -> Response {
    answer(status, &json!({ "error": message }))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(format!("{body}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

//! HTTP: takes requests apart for [`crate::wire`], sends its replies, and ends when told. The one reader of the real clock.

use crate::admin;
use crate::emulator::{Admin, Shared};
use crate::sigv4::{RequestView, sha256_hex};
use crate::wire::{self, LARGEST_BODY, Reply};
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::{Router, routing::get};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Bodies up to this many bytes are read to their end even when they are refused: a connection that is closed on a sender
/// loses the answer.
const LARGEST_READ: usize = 16 * LARGEST_BODY;

/// The real time.
pub(crate) fn real_time() -> Timestamp {
    Timestamp::now()
}

/// Serves until told to stop, or until nobody can tell any more.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    admin: Admin,
    stopped: oneshot::Receiver<()>,
) {
    let mut app = Router::new();
    if admin == Admin::On {
        let (clock, calls) = (Arc::clone(&shared), Arc::clone(&shared));
        let (set_clock, clear) = (Arc::clone(&shared), Arc::clone(&shared));
        app = app
            .route(
                "/_rolegate/v1/clock",
                get(move || std::future::ready(admin::clock(&clock)))
                    .post(move |request| admin::set_clock(set_clock, request)),
            )
            .route(
                "/_rolegate/v1/calls",
                get(move || std::future::ready(admin::calls(&calls)))
                    .delete(move || std::future::ready(admin::clear_calls(&clear))),
            );
    }
    let app = app
        .fallback(move |request| exchange(Arc::clone(&shared), request))
        .layer(DefaultBodyLimit::max(LARGEST_READ));
    let stop = async {
        // The sender was used or dropped: both mean stop.
        let _ = stopped.await;
    };
    if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stop).await {
        tracing::error!("the server ended: {error}");
    }
}

async fn exchange(shared: Arc<Shared>, request: Request) -> Response {
    let request_id = request_id(shared.next_request());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let headers = header_pairs(request.headers(), uri.authority().map(Authority::as_str));
    let reply = match Bytes::from_request(request, &()).await {
        Ok(body) if body.len() > LARGEST_BODY => wire::too_large(&request_id),
        Ok(body) => {
            let view = RequestView {
                method: method.as_str(),
                path: uri.path(),
                query: uri.query().unwrap_or_default(),
                headers: &headers,
                body: &body,
            };
            shared.with_cloud(|cloud| wire::answer(cloud, &view, real_time(), &request_id))
        }
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => wire::too_large(&request_id),
        Err(_) => wire::cut_short(&request_id),
    };
    tracing::info!("{} {} {}", reply.status, reply.summary, request_id);
    respond(reply, &request_id)
}

fn respond(reply: Reply, request_id: &str) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

/// Names in lower case, values as text. The authority of an absolute request target stands for a missing `Host`.
fn header_pairs(headers: &HeaderMap, authority: Option<&str>) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    if let (None, Some(authority)) = (headers.get(header::HOST), authority) {
        pairs.push(("host".to_owned(), authority.to_owned()));
    }
    pairs
}

/// In the form of a UUID, and the same for the same request of every run.
fn request_id(number: u64) -> String {
    let digest = sha256_hex(format!("request {number}").as_bytes());
    let mut rest = digest.chars();
    let mut take = |count: usize| rest.by_ref().take(count).collect::<String>();
    [8, 4, 4, 4, 12].map(&mut take).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_looks_like_a_uuid_and_differs() {
        let id = request_id(1);
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_ne!(id, request_id(2));
    }
}

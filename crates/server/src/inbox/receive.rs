//! `POST /dev/receiver/{name}`: the built-in receiver (WD5–WD7).

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;

use super::address::is_name;
use super::receiver::{LARGEST_BODY, Received, Reply};
use crate::app::App;

/// Longer than a sender waits (W53).
const SLOW: Duration = Duration::from_secs(6);
/// More than this is not even read.
const MOST_READ: usize = 8 * 1024 * 1024;

pub async fn receive(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    if !is_name(&name) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (parts, body) = request.into_parts();
    let at = app.service.now();
    let Some((body, body_bytes)) = read(body).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let received = Received {
        at,
        headers: headers(&parts.headers),
        body,
        body_bytes,
    };
    match app.receivers.keep(&name, received) {
        Reply::Ok => StatusCode::OK.into_response(),
        Reply::Error => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Reply::Gone => StatusCode::GONE.into_response(),
        Reply::Slow => {
            tokio::time::sleep(SLOW).await;
            StatusCode::OK.into_response()
        }
        Reply::Reset => cut(),
    }
}

/// A body that ends before it begins takes its connection with it, before anything is said.
fn cut() -> Response {
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let frames = futures_util::stream::iter([Err::<Bytes, _>(broken)]);
    Response::new(Body::from_stream(frames))
}

/// What is kept of it, and how long it is; `None`: it is too long, or ended early.
async fn read(mut body: Body) -> Option<(Vec<u8>, usize)> {
    let (mut kept, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data): Result<Bytes, _> = frame.ok()?.into_data() else {
            continue;
        };
        length += data.len();
        if length > MOST_READ {
            return None;
        }
        let room = (LARGEST_BODY - kept.len()).min(data.len());
        kept.extend_from_slice(&data[..room]);
    }
    Some((kept, length))
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect()
}

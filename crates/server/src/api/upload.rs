//! Files that come as `multipart/form-data`: streamed into the blob store, whatever their size (M3).

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use multer::{Constraints, Error, Multipart, SizeLimit};
use selfsame_domain::Refusal;
use selfsame_domain::id::EnvironmentId;
use selfsame_service::{Failure, Upload};
use tokio::time::{Instant, timeout_at};

use super::operation::Operation;
use crate::app::App;

/// What is around the file in a body.
const ENVELOPE: u64 = 1_048_576;
/// The longest silence, and the longest upload; the service keeps what no row names for longer.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
const LONGEST_UPLOAD: Duration = Duration::from_hours(1);
/// How clients spell the place of the file.
const NAMES: [&str; 3] = ["file", "data[attributes][file]", "data.attributes.file"];

/// The boundary of a body that holds a file, or why there is none; `None`: the body is JSON, or the operation takes no
/// files.
pub fn boundary(operation: &Operation, headers: &HeaderMap) -> Option<Result<String, Refusal>> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let is_multipart = kind
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("multipart/");
    let found = |_| Refusal::malformed("Content-Type must be multipart/form-data with a boundary");
    (is_multipart && operation.id == "import-an-account")
        .then(|| multer::parse_boundary(kind).map_err(found))
}

/// The largest body with a file in it.
pub fn largest(app: &App) -> u64 {
    app.service
        .options()
        .imports
        .max_bytes
        .saturating_add(ENVELOPE)
}

/// Returns once the one file of the body is durable. Other parts are ignored.
pub async fn receive(
    app: &App,
    environment: &EnvironmentId,
    body: Body,
    boundary: String,
) -> Result<Upload, Failure> {
    let deadline = Instant::now() + LONGEST_UPLOAD;
    let limit = SizeLimit::new().whole_stream(largest(app));
    let constraints = Constraints::new().size_limit(limit);
    let mut parts = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let mut received = None;
    while let Some(mut part) = in_time(deadline, parts.next_field()).await? {
        let is_file = part.name().is_some_and(|name| NAMES.contains(&name));
        if !is_file {
            while in_time(deadline, part.chunk()).await?.is_some() {}
            continue;
        }
        if received.is_some() {
            return Err(Refusal::malformed("data.attributes.file is there twice").into());
        }
        let mut receiving = app.service.receive_import(environment).await?;
        while let Some(bytes) = in_time(deadline, part.chunk()).await? {
            receiving.take(&bytes).await?;
        }
        received = Some(receiving);
    }
    match received {
        Some(receiving) => receiving.finish().await,
        None => Err(Refusal::malformed("data.attributes.file is missing").into()),
    }
}

async fn in_time<T>(
    deadline: Instant,
    reading: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    let until = deadline.min(Instant::now() + LONGEST_PAUSE);
    let read = timeout_at(until, reading)
        .await
        .map_err(|_| Refusal::timeout())?;
    let refusal = |error: Error| match error {
        Error::StreamSizeExceeded { limit } => {
            Refusal::too_large(format!("The request body is larger than {limit} bytes"))
        }
        Error::StreamReadFailed(_) => Refusal::malformed("The request body could not be read"),
        _ => Refusal::malformed("The request body is not valid multipart/form-data"),
    };
    Ok(read.map_err(refusal)?)
}

//! `/files/{file}/{filename}` for who has a token, `/api/v1/files/{file}/{filename}` for who has a key (V3–V7, V18–V20).

mod wish;

use std::time::Instant;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use headers::{ContentRange, ETag, HeaderMapExt as _};
use selfsame_domain::Refusal;
use selfsame_domain::file::{FileReference, safe_name};
use selfsame_domain::id::{Id as _, RequestId, VerificationId};
use selfsame_domain::permission::Permission;
use selfsame_service::{Failure, OpenedFile};
use selfsame_wire::error::failure_document;
use selfsame_wire::{self as wire, Query};
use serde_json::Value;

use super::ROOT;
use super::call::{self, Call};
use super::error::status_and_document;
use super::operation::{Answers, Method, Operation};
use super::respond::{self, Answer};
use crate::app::App;
use crate::flow::headers::{file as file_headers, is_https};

use wish::Outcome;
pub use wish::Wish;

const PATH: &str = "/files/{file}/{filename}";

/// With a key (V6). It is no line of the table, as no published document has it and it answers with no document.
static DOWNLOAD: Operation = Operation {
    id: "download-a-file",
    method: Method::Get,
    path: PATH,
    permissions: &[],
    summary: "Download a file",
    success: 200,
    answers: Answers::One("file"),
    opaque: &[],
    handler: |call| Box::pin(show(call)),
};

pub fn routes() -> Router<App> {
    let with_key = get(
        |State(app): State<App>,
         path: Result<Path<Vec<(String, String)>>, PathRejection>,
         request: Request| async move {
            let path = path.ok().map(|Path(path)| path);
            call::handle(app, &DOWNLOAD, path, request).await
        },
    )
    .fallback(|| async { respond::bare(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed") });
    let with_token = get(open)
        .fallback(|| async { respond::bare(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed") });
    Router::new()
        .route(&format!("{ROOT}{PATH}"), with_key.clone())
        .route(&format!("{ROOT}{PATH}/"), with_key)
        .route(PATH, with_token)
}

/// V4. The log has the template of the path and no token.
async fn open(
    State(app): State<App>,
    method: HttpMethod,
    asked: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let begun = Instant::now();
    let request_id = RequestId::mint(&mut app.service.entropy(), app.service.now());
    let wish = Wish::of(&method, &asked);
    let outcome = opened(&app, &wish, path.ok(), query.as_deref().unwrap_or_default()).await;
    let answer = outcome.unwrap_or_else(|failure| {
        let (status, document) = status_and_document(&failure, request_id.as_str());
        let body = serde_json::to_vec(&document).unwrap_or_default();
        Answer::new(status.as_u16(), body)
    });
    let status = answer.status;
    let mut response = respond::response(answer);
    if let Ok(id) = HeaderValue::from_str(request_id.as_str()) {
        let name = HeaderName::from_static("request-id");
        response.headers_mut().insert(name, id);
    }
    let seconds = begun.elapsed().as_secs_f64();
    metrics::histogram!("selfsame_file_request_seconds", "status" => status.to_string())
        .record(seconds);
    tracing::info!(%request_id, method = "get", path = PATH, status, seconds, "request");
    response
}

async fn opened(
    app: &App,
    wish: &Wish,
    path: Option<Path<(String, String)>>,
    query: &str,
) -> Result<Answer, Failure> {
    let Path((name, _)) = path.ok_or_else(Refusal::not_found)?;
    let query = Query::parse(query)?;
    let token = query.scalar(&["access-token"])?;
    let file = app.service.open_file(&name, token).await?;
    answer(app, wish, file).await
}

async fn show(call: Call) -> Result<Answer, Failure> {
    let file = FileReference::parse(call.text("file")).ok_or_else(Refusal::not_found)?;
    allow(&call, &file)?;
    let service = &call.app.service;
    let opened = service.get_file(&call.caller, &file).await?;
    // What hides the URL hides the file.
    if call.has_blocklist() {
        let objects = showing(&call, &file, opened.verification.as_deref()).await?;
        if !call.sees_file(&file, objects) {
            return Err(Refusal::not_found().into());
        }
    }
    answer(&call.app, &call.wish, opened).await
}

/// Whoever may read an object that shows the file may read the file.
fn allow(call: &Call, file: &FileReference) -> Result<(), Refusal> {
    let sufficient: &[Permission] = match file.account {
        Some(_) => &[Permission::AccountRead],
        None => &[
            Permission::VerificationRead,
            Permission::DocumentRead,
            Permission::InquiryRead,
        ],
    };
    let held = call.caller.permissions().unwrap_or(Permission::ALL);
    if sufficient
        .iter()
        .any(|permission| held.contains(permission))
    {
        return Ok(());
    }
    Err(Refusal::permission(sufficient[0].as_str()))
}

/// The resource objects that tell where a file is.
async fn showing(
    call: &Call,
    file: &FileReference,
    verification: Option<&str>,
) -> Result<Vec<Value>, Failure> {
    let service = &call.app.service;
    if let Some(account) = &file.account {
        let found = service.get_account(&call.caller, account).await?;
        let object = wire::account::document(&found.account, &found.account_type);
        return Ok(vec![object]);
    }
    let Some(id) = verification.and_then(|id| VerificationId::parse(id).ok()) else {
        return Ok(Vec::new());
    };
    let (bundle, made) = service.get_verification(&call.caller, &id).await?;
    let inquiry = &bundle.view.inquiry;
    let mut objects = vec![wire::verification::document(&made, inquiry, &bundle.files)];
    for document in &bundle.documents {
        let files = bundle.files_of_document(&document.id);
        objects.push(wire::verification::document_document(
            document, inquiry, &files,
        ));
        objects.extend(files.into_iter().map(wire::verification::file_document));
    }
    Ok(objects)
}

/// Reads what is wanted of it, and no more (V18–V20).
async fn answer(app: &App, wish: &Wish, file: OpenedFile) -> Result<Answer, Failure> {
    let length = file.length;
    let mut head = file_headers(&file.mime_type, &safe_name(&file.filename), is_https(app));
    let tag: ETag = format!("\"{}\"", file.id)
        .parse()
        .map_err(|_| Failure::Internal(format!("{} is no tag", file.id)))?;
    let outcome = wish.outcome(&tag, length);
    head.typed_insert(tag);
    let (status, body) = match outcome {
        Outcome::Whole => (StatusCode::OK, file.read(0..length).await?),
        Outcome::Part(part) => {
            let (first, last) = part.into_inner();
            if let Ok(range) = ContentRange::bytes(first..=last, length) {
                head.typed_insert(range);
            }
            let bytes = file.read(first..last + 1).await?;
            (StatusCode::PARTIAL_CONTENT, bytes)
        }
        // Both tell how long the whole is.
        Outcome::Head | Outcome::Unchanged => {
            head.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            let status = match outcome {
                Outcome::Head => StatusCode::OK,
                _ => StatusCode::NOT_MODIFIED,
            };
            (status, Vec::new())
        }
        Outcome::Changed => return Ok(refused(StatusCode::PRECONDITION_FAILED, HeaderMap::new())),
        Outcome::Beyond => {
            let mut head = HeaderMap::new();
            head.typed_insert(ContentRange::unsatisfied_bytes(length));
            return Ok(refused(StatusCode::RANGE_NOT_SATISFIABLE, head));
        }
    };
    Ok(Answer {
        head: Some(Box::new(head)),
        ..Answer::new(status.as_u16(), body)
    })
}

/// An error document with headers of its own.
fn refused(status: StatusCode, head: HeaderMap) -> Answer {
    let title = status.canonical_reason().unwrap_or_default();
    let body = serde_json::to_vec(&failure_document(title)).unwrap_or_default();
    Answer {
        head: Some(Box::new(head)),
        ..Answer::new(status.as_u16(), body)
    }
}

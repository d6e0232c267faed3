//! `/files/{file}/{filename}` for who has a token, `/api/v1/files/{file}/{filename}` for who has a key (V3–V7).

use std::time::Instant;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use selfsame_domain::Refusal;
use selfsame_domain::file::{FileReference, safe_name};
use selfsame_domain::id::{Id as _, RequestId, VerificationId};
use selfsame_domain::permission::Permission;
use selfsame_service::{Failure, OpenedFile};
use selfsame_wire::{self as wire, Query};
use serde_json::Value;

use super::ROOT;
use super::call::{self, Call};
use super::error::status_and_document;
use super::operation::{Answers, Method, Operation};
use super::respond::{self, Answer};
use crate::app::App;
use crate::flow::headers::{self, is_https};

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
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let begun = Instant::now();
    let request_id = RequestId::mint(&mut app.service.entropy(), app.service.now());
    let outcome = opened(&app, path.ok(), query.as_deref().unwrap_or_default()).await;
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
    path: Option<Path<(String, String)>>,
    query: &str,
) -> Result<Answer, Failure> {
    let Path((name, _)) = path.ok_or_else(Refusal::not_found)?;
    let query = Query::parse(query)?;
    let token = query.scalar(&["access-token"])?;
    let file = app.service.open_file(&name, token).await?;
    Ok(answer(app, file))
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
    Ok(answer(&call.app, opened))
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

fn answer(app: &App, file: OpenedFile) -> Answer {
    let name = safe_name(&file.filename);
    let head = headers::file(&file.mime_type, &name, is_https(app));
    Answer {
        head: Some(Box::new(head)),
        ..Answer::new(200, file.bytes)
    }
}

//! The Server API: a table of operations, and the one way a request goes through each of them.
//!
//! `docs/adding-an-endpoint.md` walks through adding one.

mod account;
mod api_key;
mod api_log;
mod authenticate;
mod call;
pub mod cors;
pub mod coverage;
mod delivery;
mod device;
mod error;
mod event;
mod file;
mod idempotency;
mod importer;
mod include;
mod inquiry;
mod limits;
pub mod note;
pub mod openapi;
pub mod operation;
mod print;
mod rate_limit;
mod respond;
mod session;
mod template;
mod upload;
mod user_audit_log;
mod verification;
mod webhook;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{MethodRouter, any, get, on};

use crate::app::App;
use crate::compress;
pub use error::status_and_document;
use operation::{Operation, extension};

/// Below which the original's operations are. The routes carry it themselves, as a nested router would write each address anew.
const ROOT: &str = "/api/v1";

/// Where this API's own description is.
const DOCUMENT: &str = "/openapi.json";

/// Routes for every operation of the tables; anything else is answered with an error document.
/// `origins`: whose pages may call, beside our own (C130). `extensions`: whether those of our own have an address (C135).
pub fn routes(origins: &[String], extensions: bool) -> Router<App> {
    let published = operation::all().filter(|it| extensions || !it.is_extension());
    let router = below(ROOT, published, get(document))
        .merge(below(
            extension::ROOT,
            extension::EXTENSIONS,
            get(own_document),
        ))
        .merge(file::routes());
    match cors::layer(origins) {
        Some(layer) => router.layer(layer),
        None => router,
    }
}

/// Those of one address, with their description; what is beside them is unknown.
fn below(
    root: &str,
    operations: impl IntoIterator<Item = &'static Operation>,
    document: MethodRouter<App>,
) -> Router<App> {
    let mut paths: Vec<(&str, MethodRouter<App>)> = vec![(DOCUMENT, document)];
    for operation in operations {
        let route = on(operation.method.filter(), move |state, path, request| {
            run(operation, state, path, request)
        });
        match paths.iter_mut().find(|(path, _)| *path == operation.path) {
            Some((_, existing)) => *existing = std::mem::take(existing).merge(route),
            None => paths.push((operation.path, route)),
        }
    }
    let mut router = Router::new();
    for (path, route) in paths {
        let route = route.fallback(|| async {
            respond::bare(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
        });
        // A slash at the end is the same address (C133).
        router = router
            .route(&format!("{root}{path}/"), route.clone())
            .route(&format!("{root}{path}"), route);
    }
    let unknown = any(|| async { respond::bare(StatusCode::NOT_FOUND, "Record not found") });
    router
        .route(root, unknown.clone())
        .route(&format!("{root}/"), unknown.clone())
        .route(&format!("{root}/{{*rest}}"), unknown)
}

/// What this API says of itself, to anybody (C134).
async fn document(headers: HeaderMap) -> Response {
    described(openapi::text(), &headers).await
}

/// The same of our own operations.
async fn own_document(headers: HeaderMap) -> Response {
    described(openapi::own_text(), &headers).await
}

async fn described(text: &'static str, headers: &HeaderMap) -> Response {
    let answer = respond::Answer::new(200, text.into());
    compress::pack(respond::response(answer), compress::asked(headers)).await
}

async fn run(
    operation: &'static Operation,
    State(app): State<App>,
    path: Result<Path<Vec<(String, String)>>, PathRejection>,
    request: Request,
) -> Response {
    // A path that is no UTF-8 names nothing.
    let path = path.ok().map(|Path(path)| path);
    let encoding = compress::asked(request.headers());
    let response = call::handle(app, operation, path, request).await;
    compress::pack(response, encoding).await
}

/// For what no handler survived; the panic itself is in the log.
pub fn internal_error() -> Response {
    respond::bare(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
}

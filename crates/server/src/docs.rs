//! `/docs`: our OpenAPI document as a page to read (C134). Rendered once, without scripts.

mod outline;
mod reference;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use minijinja::context;
use minijinja::value::Serde;

use crate::app::App;
use crate::compress;
use crate::flow::headers::{self, is_https};
use crate::flow::pages;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/docs", get(page))
        .route("/docs/", get(moved))
}

async fn page(State(app): State<App>, asked: HeaderMap) -> Response {
    static VALUES: LazyLock<minijinja::Value> = LazyLock::new(|| {
        let document = crate::api::openapi::document();
        minijinja::Value::from(Serde(reference::read(&document)))
    });
    let headers = headers::docs_page(is_https(&app));
    let has_webhooks_page = app.settings.demo.is_some();
    let values = context! { has_webhooks_page, ..VALUES.clone() };
    let page = pages::render(&app, "docs.html", headers, values);
    compress::pack(page, compress::asked(&asked)).await
}

/// What the page links to is relative to its address.
async fn moved(State(app): State<App>) -> Response {
    let mut headers = headers::bare(is_https(&app));
    headers.insert(header::LOCATION, HeaderValue::from_static("../docs"));
    (StatusCode::PERMANENT_REDIRECT, headers).into_response()
}

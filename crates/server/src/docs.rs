//! `/docs`: our OpenAPI document as a page to read, and `/docs/selfsame`: that of our own operations (C134). Rendered once,
//! without scripts.

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
use serde_json::Value;

use crate::api::openapi;
use crate::app::App;
use crate::compress;
use crate::flow::headers::{self, is_https};
use crate::flow::pages;

pub fn routes() -> Router<App> {
    let to = |location| move |app: State<App>| async move { moved(&app, location) };
    Router::new()
        .route("/docs", get(page))
        .route("/docs/", get(to("../docs")))
        .route("/docs/selfsame", get(own_page))
        .route("/docs/selfsame/", get(to("../selfsame")))
}

/// What tells one page from the other. Their links are relative, as the server may be below a path.
fn values(document: &Value, up: &str, api: &str, other: [&str; 2]) -> minijinja::Value {
    let [other_page, other_title] = other;
    let read = minijinja::Value::from(Serde(reference::read(document)));
    let openapi = format!("{up}{api}/openapi.json");
    context! { up, openapi, other_page, other_title, ..read }
}

async fn page(app: State<App>, asked: HeaderMap) -> Response {
    static VALUES: LazyLock<minijinja::Value> = LazyLock::new(|| {
        let other = ["docs/selfsame", "Selfsame's own operations"];
        values(&openapi::document(), "", "api/v1", other)
    });
    shown(&app, &VALUES, &asked).await
}

async fn own_page(app: State<App>, asked: HeaderMap) -> Response {
    static VALUES: LazyLock<minijinja::Value> = LazyLock::new(|| {
        let other = ["../docs", "Selfsame Server API"];
        values(&openapi::own_document(), "../", "api/selfsame/v1", other)
    });
    shown(&app, &VALUES, &asked).await
}

async fn shown(app: &App, values: &minijinja::Value, asked: &HeaderMap) -> Response {
    let headers = headers::docs_page(is_https(app));
    let has_webhooks_page = app.settings.demo.is_some();
    let values = context! { has_webhooks_page, ..values.clone() };
    let page = pages::render(app, "docs.html", headers, values);
    compress::pack(page, compress::asked(asked)).await
}

/// What a page links to is relative to its address.
fn moved(app: &App, location: &'static str) -> Response {
    let mut headers = headers::bare(is_https(app));
    headers.insert(header::LOCATION, HeaderValue::from_static(location));
    (StatusCode::PERMANENT_REDIRECT, headers).into_response()
}

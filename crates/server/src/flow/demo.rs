//! `/demo`, for developers: only where `selfsame dev` runs.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use minijinja::context;
use selfsame_wire::query::encode;

use super::headers::{self, is_https};
use super::pages;
use crate::app::App;

/// Relative to the page, so that a path in front makes no difference.
const SDK_PATH: &str = "demo/persona.js";

/// The developer's own copy of the SDK, unmodified.
pub async fn sdk(State(app): State<App>) -> Response {
    let file = app.settings.demo.as_ref().and_then(|demo| demo.sdk.clone());
    let read = match file {
        Some(file) => tokio::fs::read(file).await.ok(),
        None => None,
    };
    match read {
        Some(script) => (
            headers::asset("text/javascript; charset=utf-8", is_https(&app)),
            script,
        )
            .into_response(),
        None => (StatusCode::NOT_FOUND, headers::bare(is_https(&app))).into_response(),
    }
}

pub async fn page(State(app): State<App>) -> Response {
    let Some(demo) = &app.settings.demo else {
        let headers = headers::bare(is_https(&app));
        return (StatusCode::NOT_FOUND, headers).into_response();
    };
    let public_url = &app.service.options().public_url;
    // The SDK wants host and port, without a scheme (B4).
    let host = public_url
        .split_once("://")
        .map_or(public_url.as_str(), |(_, host)| host);
    let hosted_link = format!(
        "verify?inquiry-template-id={}&environment-id={}",
        encode(&demo.template_id),
        encode(&demo.environment_id)
    );
    let values = context! {
        host,
        hosted_link,
        environment_id => &demo.environment_id,
        template_id => &demo.template_id,
        form_template_id => &demo.form_template_id,
        sdk_url => demo.sdk.as_ref().map(|_| SDK_PATH),
    };
    let headers = headers::demo_page(is_https(&app));
    pages::render(&app, "demo.html", headers, values)
}

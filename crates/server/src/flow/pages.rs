//! The pages. None of them makes anything: that is for the script's first call (B407).

use std::sync::LazyLock;

use axum::extract::{Path, RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use minijinja::{Environment, context};
use selfsame_service::FrameDecision;
use selfsame_wire::flow_parameters::FlowParameters;
use selfsame_wire::query::encode;

use super::assets;
use super::errors;
use super::headers::{self, Framing, is_https};
use crate::app::App;

const NONCE_LENGTH: usize = 22;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    for (name, source) in [
        ("flow.html", include_str!("../../templates/flow.html")),
        ("denied.html", include_str!("../../templates/denied.html")),
        ("preload.html", include_str!("../../templates/preload.html")),
        ("demo.html", include_str!("../../templates/demo.html")),
        ("docs.html", include_str!("../../templates/docs.html")),
        (
            "webhooks.html",
            include_str!("../../templates/webhooks.html"),
        ),
    ] {
        if let Err(error) = templates.add_template(name, source) {
            tracing::error!(%error, name, "a page's template cannot be read");
        }
    }
    templates
});

/// `/verify` and its alias (B101, B102). The same bytes for every query.
pub async fn hosted(State(app): State<App>) -> Response {
    let nonce = app.service.entropy().base58(NONCE_LENGTH);
    let headers = headers::flow_page(&Framing::OwnOrigin, Some(&nonce), is_https(&app));
    let values =
        context! { nonce, surface => "verify", denied => false, modules => assets::flow_modules() };
    render(&app, "flow.html", headers, values)
}

/// `/widget`: answers 200 with HTML to any query (B1); the headers say who may show it.
pub async fn widget(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let framing = match framing_of(&app, query.as_deref().unwrap_or_default()).await {
        Ok(framing) => framing,
        Err(response) => return response,
    };
    if framing == Framing::Nobody {
        let headers = headers::widget_page(&framing, None, is_https(&app));
        return render(&app, "denied.html", headers, context! {});
    }
    let nonce = app.service.entropy().base58(NONCE_LENGTH);
    let headers = headers::widget_page(&framing, Some(&nonce), is_https(&app));
    let values =
        context! { nonce, surface => "widget", denied => false, modules => assets::flow_modules() };
    render(&app, "flow.html", headers, values)
}

async fn framing_of(app: &App, query: &str) -> Result<Framing, Response> {
    let Some(parameters) = framing_parameters(query) else {
        return Ok(Framing::Nobody);
    };
    match app.service.frame_decision(&parameters).await {
        Ok(FrameDecision::Permit(origins)) if origins.is_empty() => Ok(Framing::OwnOrigin),
        Ok(FrameDecision::Permit(origins)) => Ok(Framing::Origins(origins)),
        Ok(FrameDecision::Deny) => Ok(Framing::Nobody),
        Err(failure) => Err(broken(app, &failure)),
    }
}

/// What the decision looks at, also of a query that is too large or too odd to start a flow: its page then
/// shows and posts that (B1). What is spelled too oddly is not declared.
fn framing_parameters(query: &str) -> Option<FlowParameters> {
    const LOOKED_AT: [&str; 8] = [
        "iframe-origin",
        "iframe_origin",
        "frame-ancestors",
        "frame_ancestors",
        "inquiry",
        "template-id",
        "template_id",
        "environment",
    ];
    if let Ok(parameters) = FlowParameters::parse(query) {
        return Some(parameters);
    }
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| LOOKED_AT.iter().any(|name| pair.starts_with(name)))
        .collect();
    FlowParameters::parse(&kept.join("&")).ok()
}

/// `/preload`: only files that never change with the query (B2, B409).
pub async fn preload(State(app): State<App>) -> Response {
    let headers = headers::preload_page(is_https(&app));
    let values = context! { modules => assets::flow_modules() };
    render(&app, "preload.html", headers, values)
}

/// `/l/{code}`: the short form of a one-time link (B105). Following it does not use the code up.
pub async fn short_link(State(app): State<App>, Path(code): Path<String>) -> Response {
    let base = &app.service.options().public_url;
    let target = format!("{base}/verify?code={}", encode(&code));
    let mut headers = headers::bare(is_https(&app));
    match HeaderValue::try_from(target) {
        Ok(target) => {
            headers.insert(LOCATION, target);
            (StatusCode::FOUND, headers).into_response()
        }
        Err(_) => (StatusCode::NOT_FOUND, headers).into_response(),
    }
}

pub fn render(app: &App, name: &str, headers: HeaderMap, values: minijinja::Value) -> Response {
    let page = TEMPLATES
        .get_template(name)
        .and_then(|template| template.render(values));
    match page {
        Ok(page) => (headers, page).into_response(),
        Err(error) => broken(app, &error),
    }
}

fn broken(app: &App, error: &(dyn std::error::Error + 'static)) -> Response {
    errors::log(app, error);
    let headers = headers::bare(is_https(app));
    (StatusCode::INTERNAL_SERVER_ERROR, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b17_a_query_beyond_the_limits_still_says_who_frames_it() {
        let query = format!(
            "iframe-origin=https%3A%2F%2Fa.example&inquiry-template-id=itmpl_a&fields[x]={}",
            "y".repeat(40_000)
        );
        let parameters = framing_parameters(&query).unwrap();
        assert_eq!(parameters.declared_origins(), ["https://a.example"]);
        assert_eq!(parameters.template_id.as_deref(), Some("itmpl_a"));
        let hopeless = format!("iframe-origin={}", "a".repeat(40_000));
        assert_eq!(framing_parameters(&hopeless), None);
    }

    #[test]
    fn every_template_renders() {
        for name in [
            "flow.html",
            "denied.html",
            "preload.html",
            "demo.html",
            "docs.html",
            "webhooks.html",
        ] {
            assert!(TEMPLATES.get_template(name).is_ok(), "{name}");
        }
    }
}

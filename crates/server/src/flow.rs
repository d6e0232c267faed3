//! The end user's pages and their calls (`docs/flow-api.md`).
//!
//! To add a screen kind: its members in `screen.rs`, its words in the catalogues, its module in the page.

pub(crate) mod asked;
pub(crate) mod assets;
mod calls;
mod country;
mod demo;
mod device;
mod errors;
pub(crate) mod headers;
mod locale;
mod notice;
pub(crate) mod pages;
mod redirect;
mod result;
mod screen;
mod state;
#[cfg(test)]
mod tests;
mod texts;
mod theme;

use axum::Router;
use axum::routing::{MethodRouter, any, get, post};

use crate::app::App;

pub use texts::codes as locale_codes;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/verify", get(pages::hosted))
        .route("/inquiry", get(pages::hosted))
        .route("/widget", get(pages::widget))
        .route("/preload", get(pages::preload))
        .route("/l/{code}", get(pages::short_link))
        .route("/demo", get(demo::page))
        .route("/demo/persona.js", get(demo::sdk))
        .route("/assets/{*path}", get(assets::asset))
        .merge(calls())
}

fn calls() -> Router<App> {
    Router::new()
        .route("/flow/v1/bootstrap", call(post(calls::bootstrap)))
        .route("/flow/v1/redeem", call(post(calls::redeem)))
        .route("/flow/v1/state", call(get(calls::state)))
        .route("/flow/v1/transition", call(post(calls::transition)))
        .route("/flow/v1/files", call(post(calls::files)))
        .route("/flow/v1/cancel", call(post(calls::cancel)))
        .route("/flow/v1/locale", call(post(calls::locale)))
        .route("/flow/v1/simulate", call(post(calls::simulate)))
        .route("/flow/v1", any(calls::unknown))
        .route("/flow/v1/", any(calls::unknown))
        .route("/flow/v1/{*path}", any(calls::unknown))
}

fn call(handler: MethodRouter<App>) -> MethodRouter<App> {
    handler.fallback(calls::wrong_method)
}

//! The page itself: the same for everybody, with nothing in it that is anybody's.

use axum::extract::State;
use axum::response::Response;
use minijinja::context;

use crate::app::App;
use crate::flow::headers::{self, is_https};
use crate::flow::{assets, pages};

pub async fn page(State(app): State<App>) -> Response {
    let headers = headers::inbox_page(is_https(&app));
    let values = context! { modules => assets::inbox_modules() };
    pages::render(&app, "webhooks.html", headers, values)
}

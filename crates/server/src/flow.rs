//! The end user's pages and their calls.

use axum::Router;

use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
}

//! The end user's pages and their calls.

use axum::Router;

use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
}

/// The languages there is a catalogue for.
pub fn locale_codes() -> &'static [&'static str] {
    &["en-US", "de", "fr", "es-MX", "pt-BR"]
}

//! What every request can reach, and the router.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use selfsame_service::Service;
use tower_http::catch_panic::CatchPanicLayer;

use crate::inbox::Receivers;
use crate::limit::FixedWindows;
use crate::print::Fonts;

/// Settings that requests look at.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// A path the whole server also answers below, with a slash in front and none behind; or empty.
    pub base_path: String,
    /// Set only by `selfsame dev`: what its demo page offers.
    pub demo: Option<Demo>,
    /// Requests a minute and environment; `None`: counted and reported, never refused.
    pub requests_per_minute: Option<u32>,
    /// Inquiries a minute and environment by the Server API (C102); `None`: no quota.
    pub inquiries_per_minute: Option<u32>,
    /// Inquiries that browsers may make per address and hour, and per template and minute (B172).
    pub client_creations_per_address_and_hour: Option<u32>,
    pub client_creations_per_template_and_minute: Option<u32>,
    /// Wrong one-time codes per address and hour (B148).
    pub wrong_codes_per_address_and_hour: Option<u32>,
    /// Origins whose pages may call the Server API (C130).
    pub allowed_origins: Vec<String>,
    /// Whether operations that no published API has are answered (C135).
    pub extensions: bool,
    /// A proxy in front sets `X-Forwarded-For` and `X-Forwarded-Proto`.
    pub trust_proxy: bool,
    /// For letters on paper that the built-in ones lack (B292).
    pub fonts: Fonts,
}

#[derive(Debug, Clone)]
pub struct Demo {
    pub template_id: String,
    pub form_template_id: String,
    pub environment_id: String,
    /// The published SDK's browser build, where the developer has it; we carry no copy.
    pub sdk: Option<PathBuf>,
}

#[derive(Debug, Clone)]
pub struct App {
    state: Arc<State>,
}

#[derive(Debug)]
pub struct State {
    pub service: Service,
    pub settings: Settings,
    /// Requests per environment.
    pub request_windows: FixedWindows,
    /// What browsers do without a key: creations and wrong codes.
    pub browser_windows: FixedWindows,
    /// What the built-in receivers of `selfsame dev` got.
    pub receivers: Receivers,
    /// Idempotency keys whose first request is still running in this process.
    pub running_keys: Mutex<HashSet<(String, String)>>,
}

impl std::ops::Deref for App {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl App {
    pub fn new(service: Service, settings: Settings) -> Self {
        Self {
            state: Arc::new(State {
                service,
                settings,
                request_windows: FixedWindows::default(),
                browser_windows: FixedWindows::default(),
                receivers: Receivers::default(),
                running_keys: Mutex::default(),
            }),
        }
    }

    /// Everything the server answers.
    pub fn router(&self) -> Router {
        let for_developers = match self.settings.demo {
            Some(_) => crate::inbox::routes(self),
            None => Router::new(),
        };
        let routes = Router::new()
            .merge(for_developers)
            .merge(crate::health::routes())
            .merge(crate::docs::routes())
            .merge(crate::flow::routes())
            .merge(crate::api::routes(
                &self.settings.allowed_origins,
                self.settings.extensions,
            ))
            .with_state(self.clone())
            .layer(CatchPanicLayer::custom(
                |_: Box<dyn std::any::Any + Send>| crate::api::internal_error(),
            ));
        match self.settings.base_path.as_str() {
            "" => routes,
            base => Router::new().nest(base, routes.clone()).merge(routes),
        }
    }
}

//! `/webhooks`, for developers: webhooks watched at work, and a receiver for them (WD1–WD10). Only where `selfsame dev`
//! runs.

mod address;
mod calls;
mod curl;
mod document;
mod guard;
mod page;
mod receive;
mod receiver;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::app::App;

pub use receiver::Receivers;

pub fn routes(app: &App) -> Router<App> {
    let calls = calls().layer(from_fn_with_state(app.clone(), guard::own_page_only));
    Router::new()
        .route("/webhooks", get(page::page))
        .route("/dev/receiver/{name}", post(receive::receive))
        .merge(calls)
}

fn calls() -> Router<App> {
    const WEBHOOK: &str = "/webhooks/in/{environment}/{webhook}";
    let at = |rest: &str| format!("{WEBHOOK}{rest}");
    Router::new()
        .route("/webhooks/overview", get(calls::overview))
        .route("/webhooks/in/{environment}", post(calls::add_receiver))
        .route(&at("/enable"), post(calls::enable))
        .route(&at("/disable"), post(calls::disable))
        .route(&at("/sample"), post(calls::send_sample))
        .route(&at("/simulate"), post(calls::simulate))
        .route(&at("/replay"), post(calls::replay))
        .route(&at("/deliveries"), get(calls::deliveries))
        .route(&at("/deliveries/{delivery}"), get(calls::delivery))
        .route(&at("/deliveries/{delivery}/retry"), post(calls::retry))
        .route(&at("/received"), get(calls::received))
        .route(&at("/received/{number}"), get(calls::received_one))
        .route(&at("/received/clear"), post(calls::clear_received))
        .route(&at("/answer"), post(calls::set_answer))
}

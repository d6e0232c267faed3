//! Rate limits of environments and keys, and the quota of inquiries (C99–C103).

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use selfsame_domain::id::{ApiKeyId, EnvironmentId, Id};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_service::AuthenticatedKey;

use super::operation::Operation;
use crate::app::App;
use crate::limit::{FixedWindows, Standing};

/// The published default; what the headers report where nothing is enforced.
const NOMINAL_LIMIT: u32 = 300;
const WINDOW_SECONDS: i64 = 60;

type Look = fn(&FixedWindows, &str, u32, i64, Timestamp) -> Standing;

/// Counts one request. Of the environment's limit and the key's own, the nearer one.
pub fn count(app: &App, key: &AuthenticatedKey) -> Standing {
    standing(app, key, FixedWindows::count)
}

/// How the key stands, counting nothing.
pub fn peek(app: &App, key: &AuthenticatedKey) -> Standing {
    standing(app, key, FixedWindows::peek)
}

fn standing(app: &App, key: &AuthenticatedKey, look: Look) -> Standing {
    let now = app.service.now();
    let windows = &app.request_windows;
    let environment = EnvironmentId::as_str(&key.environment.id);
    let enforced = app.settings.requests_per_minute;
    let most = enforced.unwrap_or(u32::MAX);
    let of_environment = look(windows, environment, most, WINDOW_SECONDS, now);
    let own = key.settings.requests_per_minute.map(|limit| {
        let key = ApiKeyId::as_str(&key.id);
        look(windows, key, limit, WINDOW_SECONDS, now)
    });
    match (enforced, own) {
        (None, Some(own)) => own,
        (Some(_), Some(own)) if is_nearer(own, of_environment) => own,
        (Some(_), _) => of_environment,
        (None, None) => Standing {
            limit: NOMINAL_LIMIT,
            remaining: NOMINAL_LIMIT,
            reset_seconds: of_environment.reset_seconds,
            exceeded: false,
        },
    }
}

fn is_nearer(own: Standing, other: Standing) -> bool {
    (!own.exceeded, own.remaining) < (!other.exceeded, other.remaining)
}

pub fn refusal(standing: Standing) -> Refusal {
    let limit = standing.limit;
    let details = format!(
        "You have hit your rate limit of {limit} requests / min. Please wait and try again."
    );
    Refusal::rate_limited(details)
}

/// C102: counts what would make an object of a product that has a quota; `None` for everything else. A retry counts as
/// well: whether it is one is not known yet.
pub fn count_quota(app: &App, key: &AuthenticatedKey, operation: &Operation) -> Option<Standing> {
    let limit = app
        .settings
        .inquiries_per_minute
        .filter(|_| operation.id == "create-an-inquiry")?;
    let window = format!("inquiry {}", EnvironmentId::as_str(&key.environment.id));
    let windows = &app.request_windows;
    Some(windows.count(&window, limit, WINDOW_SECONDS, app.service.now()))
}

pub fn quota_refusal(quota: Standing) -> Refusal {
    let limit = quota.limit;
    let details =
        format!("You have hit your quota of {limit} inquiries / min. Please wait and try again.");
    Refusal::quota_exceeded(details)
}

/// C100, C102.
pub fn put_headers(standing: Option<Standing>, quota: Option<Standing>, headers: &mut HeaderMap) {
    const RATE: [&str; 3] = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"];
    const QUOTA: [&str; 3] = ["quota-limit", "quota-remaining", "quota-reset"];
    for (names, standing) in [(RATE, standing), (QUOTA, quota)] {
        let Some(standing) = standing else { continue };
        let numbers = [standing.limit, standing.remaining, standing.reset_seconds];
        for (name, number) in names.into_iter().zip(numbers) {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(number));
        }
    }
}

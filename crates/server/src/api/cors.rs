//! Other origins' pages and the Server API: none, unless the configuration names them (C130).

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Any origin.
pub const ANY: &str = "*";

const MAY_SEND: [HeaderName; 9] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::RANGE,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("key-inflection"),
    HeaderName::from_static("persona-version"),
];
const MAY_READ: [HeaderName; 10] = [
    header::ACCEPT_RANGES,
    header::CONTENT_RANGE,
    header::ETAG,
    header::RETRY_AFTER,
    HeaderName::from_static("request-id"),
    HeaderName::from_static("persona-environment-id"),
    HeaderName::from_static("persona-organization-id"),
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];
const REMEMBERED: Duration = Duration::from_hours(1);

/// What lets these origins in; `None` where there are none.
pub fn layer(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = if origins.iter().any(|origin| origin == ANY) {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(
            origins
                .iter()
                .filter_map(|origin| HeaderValue::try_from(origin).ok()),
        )
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers(MAY_SEND)
        .expose_headers(MAY_READ)
        .max_age(REMEMBERED);
    Some(layer)
}

/// `*`, or scheme, host and perhaps port, as browsers write them.
pub fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let is_host = |host: &str| {
        let plain = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]".contains(&byte)
        };
        !host.is_empty() && host.bytes().all(plain)
    };
    text == ANY || host.is_some_and(is_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c130_an_origin_is_what_a_browser_sends() {
        for right in [
            "*",
            "https://a.example",
            "http://localhost:5173",
            "http://[::1]:8080",
        ] {
            assert!(is_origin(right), "{right}");
        }
        for wrong in [
            "",
            "a.example",
            "https://",
            "https://a.example/",
            "https://a.example/path",
            "https://*.example",
            "https://A.example",
            "null",
        ] {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }
}

//! API logs on the wire, and what is kept of a request for them (L1–L16).

mod mask;

use selfsame_domain::api_log::{ApiLog, ApiLogEntry};
use selfsame_domain::id::Id;
use serde_json::{Map, Value, json};

pub use mask::{LARGEST_BODY, get_params, path, post_params};

pub const TYPE: &str = "api-log";

/// L5: what stands for the key that was sent.
const AUTHORIZATION: &str = "****-****-************";
/// Headers that every answer has; `server/api/respond.rs` sets them.
const ANSWERED: [(&str, &str); 5] = [
    (
        "Cache-Control",
        "no-cache, no-store, max-age=0, must-revalidate",
    ),
    ("Pragma", "no-cache"),
    ("Expires", "Fri, 01 Jan 1990 00:00:00 GMT"),
    ("Content-Type", "application/json; charset=utf-8"),
    ("Vary", "Accept"),
];

pub fn document(log: &ApiLog) -> Value {
    let entry = &log.entry;
    let created_at = log.created_at.to_millis_text();
    json!({
        "type": TYPE,
        "id": log.id.as_str(),
        "attributes": {
            "request": request(entry),
            "response": {"status": entry.status, "headers": response_headers(log)},
            // The original writes the offset of these, and of no others, in digits.
            "created-at": created_at.replace('Z', "+00:00"),
            // There is nothing to redact: nothing personal is kept (L6).
            "redacted-at": null,
        },
    })
}

fn request(entry: &ApiLogEntry) -> Value {
    let mut headers: Map<String, Value> = entry
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.as_str().into()))
        .collect();
    headers.insert("Authorization".into(), AUTHORIZATION.into());
    let mut request = json!({
        "method": entry.method,
        "path": entry.path,
        "headers": headers,
        "get-params": entry.get_params,
        "post-params": entry.post_params,
    });
    if let Some(address) = &entry.ip_address {
        request["ip-address"] = address.as_str().into();
    }
    request
}

fn response_headers(log: &ApiLog) -> Value {
    let mut headers: Map<String, Value> = ANSWERED
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).into()))
        .collect();
    headers.insert("Request-Id".into(), log.id.as_str().into());
    if let Some(numbers) = log.entry.rate_limit {
        let names = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];
        for (name, number) in names.into_iter().zip(numbers) {
            headers.insert(name.to_owned(), number.into());
        }
    }
    headers.into()
}

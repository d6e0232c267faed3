//! What only our own operations have: shapes, bodies, filters, and what is said of them (M22, P16, W80–W92).

use selfsame_domain::delivery::{DeliveryStatus, MOST_REPLAYED};
use selfsame_domain::webhook::EVENT_NAMES;
use selfsame_service::{FailureKind, RowKind, Verdict};
use serde_json::{Value, json};

use super::bodies::{members, nullable};
use super::object;
use super::schemas::{event_attributes, maybe_text, maybe_time, resource, text, time, to_one};

/// What an operation does, where its summary does not say it all.
pub fn about(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "list-the-rows-of-an-importer" => {
            "In the order of the file; the ID of a row is its number, from 1, the header not counted."
        }
        "list-events-after-a-sequence" => {
            "With their numbers, lowest first: those of the environment, or of one account. Go on with \
             `meta.next-after-sequence` until it is `meta.last-sequence`; then nothing is missing. An event that has no number \
             yet is not among them, nor are those before `meta.first-sequence`, which were let go of."
        }
        "list-the-deliveries-of-a-webhook" => {
            "Newest event first. An event is there once something came of it, and for 30 days after the last change."
        }
        "retrieve-a-delivery-of-a-webhook" => "With what came of its latest 20 attempts.",
        "retry-a-delivery-of-a-webhook" => {
            "Whatever came of it: it is pending once more and due at once. The webhook must be enabled."
        }
        "replay-events-to-a-webhook" => {
            "Those in `event-ids`; or those from `from` on and before `to`, or with the environment's numbers after \
             `after-sequence` up to `up-to-sequence`, or both; or those of the account that `account-id` or `reference-id` \
             names, by its own numbers. A call queues 1000 at most; `next-after-sequence` is the `after-sequence` to go on \
             with, null where that was all; events before `first-sequence` were let go of. The webhook must be enabled."
        }
        "simulate-a-delivery-to-a-webhook" => {
            "Nothing is sent: body and headers are those it would be sent now, without the values of its own headers. A key \
             with an attributes blocklist is refused."
        }
        "send-a-sample-to-a-webhook" => {
            "One attempt, at once, whatever the webhook is told of, to a disabled one too. It has the header \
             `selfsame-sample: true` and is kept nowhere."
        }
        _ => return None,
    })
}

/// What a filter takes; `None`: any text.
pub fn filter(operation: &str, name: &str) -> Option<Value> {
    match (operation, name) {
        ("list-the-rows-of-an-importer", "outcome") => Some(outcomes()),
        ("list-the-deliveries-of-a-webhook", "status") => Some(statuses()),
        _ => None,
    }
}

pub fn body(operation: &str) -> Option<Value> {
    let meta = match operation {
        "replay-events-to-a-webhook" => replayed(),
        "simulate-a-delivery-to-a-webhook" => members(json!({"event-id": text()}), &["event-id"]),
        "send-a-sample-to-a-webhook" => members(
            json!({"event-name": {"enum": EVENT_NAMES.as_slice()}}),
            &["event-name"],
        ),
        _ => return None,
    };
    Some(members(json!({"meta": meta}), &["meta"]))
}

/// W82, W83.
fn replayed() -> Value {
    let moment = json!({"anyOf": [
        {"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}, {"type": "null"},
    ]});
    let number = json!({"type": ["integer", "null"], "minimum": 0, "maximum": i64::MAX});
    members(
        json!({
            "event-ids": {
                "type": ["array", "null"], "items": text(), "minItems": 1, "maxItems": MOST_REPLAYED,
            },
            "from": moment,
            "to": moment,
            "after-sequence": number,
            "up-to-sequence": number,
            "account-id": nullable("string"),
            "reference-id": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
        }),
        &[],
    )
}

fn outcomes() -> Value {
    json!({"enum": RowKind::ALL.map(RowKind::as_str)})
}

fn statuses() -> Value {
    json!({"enum": DeliveryStatus::ALL.map(DeliveryStatus::as_str)})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn maybe_number() -> Value {
    json!({"type": ["integer", "null"], "minimum": 0})
}

/// M22.
pub fn importer_row() -> Value {
    let attributes =
        json!({"outcome": outcomes(), "account-id": maybe_text(), "reason": maybe_text()});
    resource(json!({"const": "importer-row"}), attributes, json!({}))
}

/// W92: `sequence` is the number of the account, where there is one, `environment-sequence` that of the environment.
pub fn numbered_event() -> Value {
    let mut attributes = event_attributes();
    attributes["sequence"] = maybe_number();
    attributes["environment-sequence"] = count();
    resource(
        json!({"const": "event"}),
        attributes,
        json!({"account": to_one("account")}),
    )
}

/// W80.
pub fn delivery() -> Value {
    resource(
        json!({"const": "webhook-event"}),
        json!({
            "status": statuses(), "event-name": text(), "attempts-made": count(),
            "first-attempted-at": maybe_time(), "next-attempt-at": maybe_time(),
            "created-at": time(), "updated-at": time(),
            "sequence": maybe_number(), "environment-sequence": count(),
            "attempts": {"type": "array", "items": attempt()},
        }),
        json!({
            "webhook": to_one("webhook"), "event": to_one("event"), "account": to_one("account"),
        }),
    )
}

/// W56, W57.
fn attempt() -> Value {
    let problems = FailureKind::ALL.map(|kind| json!(kind.as_str()));
    let problems: Vec<Value> = problems.into_iter().chain([Value::Null]).collect();
    object(
        json!({
            "at": time(), "duration-ms": count(), "status": {"type": ["integer", "null"]},
            "problem": {"enum": problems}, "head": text(),
        }),
        &["at", "duration-ms", "status", "problem", "head"],
    )
}

/// Their names and values.
fn headers() -> Value {
    let header = object(json!({"name": text(), "value": text()}), &["name", "value"]);
    json!({"type": "array", "items": header})
}

/// W84.
pub fn replay() -> Value {
    resource(
        json!({"const": "webhook-replay"}),
        json!({
            "queued": count(), "next-after-sequence": maybe_number(), "first-sequence": maybe_number(),
        }),
        json!({}),
    )
}

/// W87.
pub fn simulation() -> Value {
    resource(
        json!({"const": "webhook-simulation"}),
        json!({
            "verdict": {"enum": Verdict::ALL.map(Verdict::as_str)},
            "webhook-status": {"enum": ["disabled", "enabled", "archived"]},
            "headers": headers(), "body": text(),
        }),
        json!({}),
    )
}

/// W88.
pub fn sample() -> Value {
    resource(
        json!({"const": "webhook-sample"}),
        json!({
            "event-name": text(), "succeeded": {"type": "boolean"}, "attempt": attempt(),
            "headers": headers(), "body": text(),
        }),
        json!({}),
    )
}

//! What the page is told, as JSON. Times are milliseconds since 1970.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use selfsame_domain::Timestamp;
use selfsame_domain::delivery::{AttemptMade, MOST_ATTEMPTS};
use selfsame_domain::environment::Environment;
use selfsame_domain::id::Id;
use selfsame_service::{Inspected, SampleSent, ShownDelivery, Simulation, Standing};
use selfsame_wire::signature::{HEADER, steps};
use serde_json::{Value, json};

use super::receiver::{Kept, Shown};
use super::{address, curl};
use crate::app::App;
use crate::flow::headers::{self, is_https};

/// What receivers are advised to allow, in seconds.
const TOLERANCE: i64 = 300;

pub fn respond(app: &App, body: &Value) -> Response {
    (headers::json(is_https(app)), body.to_string()).into_response()
}

pub fn problem(app: &App, status: StatusCode, message: &str) -> Response {
    let body = json!({"error": {"message": message}}).to_string();
    (status, headers::json(is_https(app)), body).into_response()
}

fn time(at: Option<Timestamp>) -> Value {
    at.map(Timestamp::millis).into()
}

pub fn environment(environment: &Environment, webhooks: &[Standing], public_url: &str) -> Value {
    let webhooks: Vec<Value> = webhooks
        .iter()
        .map(|standing| webhook(standing, public_url))
        .collect();
    json!({
        "id": environment.id.as_str(),
        "kind": environment.kind.as_str(),
        "webhooks": webhooks,
    })
}

fn webhook(standing: &Standing, public_url: &str) -> Value {
    let settings = &standing.webhook.settings;
    json!({
        "id": standing.webhook.id.as_str(),
        "name": settings.name,
        "url": settings.url,
        "status": standing.webhook.status.as_str(),
        "events": settings.enabled_events,
        "is_ordered": settings.ordered,
        "is_built_in": address::name_in(public_url, &settings.url).is_some(),
        "waiting": standing.waiting,
        "opened_at": time(standing.opened_at),
    })
}

pub fn delivery(shown: &ShownDelivery) -> Value {
    let delivery = &shown.delivery;
    let last = delivery.attempts.last();
    json!({
        "id": shown.id.as_str(),
        "event_id": delivery.event_id.as_str(),
        "event_name": delivery.event_name,
        "status": delivery.status.as_str(),
        "attempts_made": delivery.attempts_made,
        "attempts_left": (MOST_ATTEMPTS - delivery.attempts_made).max(0),
        "next_attempt_at": time(delivery.due_at),
        "account_id": delivery.account_id.as_ref().map(Id::as_str),
        "sequence": delivery.account_sequence,
        "created_at": delivery.created_at.millis(),
        "updated_at": delivery.updated_at.millis(),
        "last": last.map(attempt),
    })
}

fn attempt(made: &AttemptMade) -> Value {
    json!({
        "at": made.at.millis(),
        "milliseconds": made.milliseconds,
        "status": made.status,
        "problem": made.problem,
        "head": made.head,
    })
}

fn pairs(headers: &[(String, String)]) -> Value {
    headers
        .iter()
        .map(|(name, value)| json!([name, value]))
        .collect()
}

/// One delivery opened: as the receiver here got it last, if it did, else as it would be sent.
pub fn inspected(found: &Inspected, received: Option<&Kept>, now: Timestamp) -> Value {
    let body = String::from_utf8_lossy(&found.body);
    let attempts: Vec<Value> = found.shown.delivery.attempts.iter().map(attempt).collect();
    let mut document = delivery(&found.shown);
    document["attempts"] = attempts.into();
    document["curl"] = curl::command(&found.url, &found.headers, &body).into();
    document["shown"] = match received {
        Some(kept) => received_in_full(kept, &found.secrets),
        None => json!({
            "headers": pairs(&found.headers),
            "body": body,
            "steps": checked(&found.headers, &found.secrets, &found.body, now),
        }),
    };
    document
}

/// WD3: the check of a signature, step by step.
fn checked(headers: &[(String, String)], secrets: &[String], body: &[u8], at: Timestamp) -> Value {
    let header = headers.iter().find(|(name, _)| name == HEADER);
    let header = header.map(|(_, value)| value.as_str());
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let seconds = at.millis().div_euclid(1000);
    steps(header, &secrets, body, seconds, TOLERANCE)
        .into_iter()
        .map(|step| json!({"name": step.name, "ok": step.ok, "detail": step.detail}))
        .collect()
}

pub fn received_in_full(kept: &Kept, secrets: &[String]) -> Value {
    let request = &kept.received;
    let mut document = received_one(kept);
    document["headers"] = pairs(&request.headers);
    document["body"] = String::from_utf8_lossy(&request.body).into();
    document["is_cut"] = request.is_cut().into();
    document["steps"] = if request.is_cut() {
        json!([{
            "name": "message",
            "ok": false,
            "detail": format!("only {} of {} bytes were kept", request.body.len(), request.body_bytes),
        }])
    } else {
        checked(&request.headers, secrets, &request.body, request.at)
    };
    document
}

fn received_one(kept: &Kept) -> Value {
    json!({
        "number": kept.number,
        "received_at": kept.received.at.millis(),
        "event_id": kept.event_id,
        "event_name": kept.event_name,
        "account_id": kept.sequence.as_ref().map(|(account, _)| account),
        "sequence": kept.sequence.as_ref().map(|(_, number)| number),
        "repeats": kept.repeats,
        "reply": kept.reply,
        "bytes": kept.received.body_bytes,
    })
}

pub fn received(shown: &Shown) -> Value {
    let items: Vec<Value> = shown.kept.iter().map(received_one).collect();
    let gaps: Vec<Value> = shown
        .gaps
        .iter()
        .map(|gap| json!({"account_id": gap.account, "first": gap.first, "last": gap.last}))
        .collect();
    json!({"items": items, "gaps": gaps, "reply": shown.reply, "left": shown.left})
}

pub fn sample(sent: &SampleSent) -> Value {
    json!({
        "event_id": sent.event_id.as_str(),
        "event_name": sent.event_name,
        "succeeded": sent.succeeded,
        "attempt": attempt(&sent.attempt),
        "headers": pairs(&sent.headers),
        "body": String::from_utf8_lossy(&sent.body),
    })
}

pub fn simulation(found: &Simulation) -> Value {
    json!({
        "event_id": found.event_id.as_str(),
        "verdict": found.verdict.as_str(),
        "webhook_status": found.webhook_status.as_str(),
        "headers": pairs(&found.headers),
        "body": String::from_utf8_lossy(&found.body),
    })
}

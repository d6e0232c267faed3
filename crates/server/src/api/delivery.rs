//! Deliveries, and the numbers of events: below our own address (W80–W92).

use selfsame_domain::Refusal;
use selfsame_domain::delivery::DeliveryStatus;
use selfsame_domain::id::{DeliveryId, Id as _, WebhookId};
use selfsame_service::{Failure, Replayed, ShownDelivery};
use selfsame_store::DeliveryFilter;
use selfsame_wire::Include;
use selfsame_wire::delivery as wire;
use serde_json::{Value, json};

use super::call::{Call, list_request};
use super::include::alone;
use super::respond::Answer;

pub const FILTERS: &[&str] = &["status"];

fn document(shown: &ShownDelivery) -> Value {
    wire::document(&shown.id, &shown.delivery)
}

pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(FILTERS)?;
    let webhook: WebhookId = call.id("webhook-id")?;
    let page = call.page()?;
    let status = match call.query.scalar(&["filter", "status"])? {
        None => None,
        Some(text) => Some(DeliveryStatus::parse(text).ok_or_else(|| {
            Refusal::malformed("filter.status must be pending, completed, failed or skipped")
        })?),
    };
    let found = call
        .app
        .service
        .list_deliveries(
            &call.caller,
            &webhook,
            &DeliveryFilter { status },
            &list_request(&page),
        )
        .await?;
    Ok(call.answer_page(&page, &found, document))
}

/// With what `include` asks for, which is nothing: a delivery has no relations that can be included (C35).
fn one(shown: &ShownDelivery, include: &Include) -> Value {
    alone(document(shown), include)
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    let webhook: WebhookId = call.id("webhook-id")?;
    let id: DeliveryId = call.id("delivery-id")?;
    let found = call
        .app
        .service
        .get_delivery(&call.caller, &webhook, &id)
        .await?;
    Ok(call.answer(one(&found, &include)))
}

pub async fn retry(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    let webhook: WebhookId = call.id("webhook-id")?;
    let id: DeliveryId = call.id("delivery-id")?;
    let render = |shown: &ShownDelivery| call.answer(one(shown, &include));
    let retried = call
        .app
        .service
        .retry_delivery(&call.caller, &webhook, &id, &call.receipt(render))
        .await?;
    Ok(render(&retried))
}

pub async fn replay(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    let webhook: WebhookId = call.id("webhook-id")?;
    let request = wire::parse_replay(&call.body)?;
    let render = |done: &Replayed| {
        let data = json!({
            "type": "webhook-replay",
            "id": webhook.as_str(),
            "attributes": {
                "queued": done.queued,
                "next-after-sequence": done.next_after_sequence,
                "first-sequence": done.first_sequence,
            },
        });
        call.answer(alone(data, &include))
    };
    let done = call
        .app
        .service
        .replay(&call.caller, &webhook, &request, &call.receipt(render))
        .await?;
    Ok(render(&done))
}

/// It shows an event in full, so it wants a key that nothing is hidden from.
pub async fn simulate(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    if call.has_blocklist() {
        let details =
            "API key has an attributes blocklist, which what a webhook is sent does not keep to";
        return Err(Refusal::forbidden(details).into());
    }
    let webhook: WebhookId = call.id("webhook-id")?;
    let event_id = wire::parse_simulate(&call.body)?;
    let found = call
        .app
        .service
        .simulate_delivery(&call.caller, &webhook, &event_id)
        .await?;
    let data = json!({
        "type": "webhook-simulation",
        "id": found.event_id.as_str(),
        "attributes": {
            "verdict": found.verdict.as_str(),
            "webhook-status": found.webhook_status.as_str(),
            "headers": headers(&found.headers),
            "body": String::from_utf8_lossy(&found.body),
        },
    });
    call.keep(call.answer(alone(data, &include))).await
}

pub async fn send_sample(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    let webhook: WebhookId = call.id("webhook-id")?;
    let name = wire::parse_sample(&call.body)?;
    let sent = call
        .app
        .service
        .send_sample(&call.caller, &webhook, &name)
        .await?;
    let data = json!({
        "type": "webhook-sample",
        "id": sent.event_id.as_str(),
        "attributes": {
            "event-name": sent.event_name,
            "succeeded": sent.succeeded,
            "attempt": wire::attempt(&sent.attempt),
            "headers": headers(&sent.headers),
            "body": String::from_utf8_lossy(&sent.body),
        },
    });
    call.keep(call.answer(alone(data, &include))).await
}

pub async fn events_after(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(&[])?;
    let page = call.page()?;
    if page.after.is_some() || page.before.is_some() {
        let details = "page takes page[size] only here; after-sequence says where to go on";
        return Err(Refusal::malformed(details).into());
    }
    let (after, account) = wire::parse_after(&call.query)?;
    let found = call
        .app
        .service
        .list_events_after(&call.caller, after, account.as_ref(), page.size)
        .await?;
    let events: Vec<Value> = found
        .events
        .iter()
        .map(|(one, event)| wire::numbered_event(event, one.account_sequence, one.sequence))
        .collect();
    Ok(call.answer(json!({
        "data": events,
        "meta": {
            "next-after-sequence": found.next_after_sequence,
            "last-sequence": found.last_sequence,
            "first-sequence": found.first_sequence,
        },
    })))
}

fn headers(headers: &[(String, String)]) -> Value {
    headers
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

//! `/webhooks`.

use selfsame_domain::id::WebhookId;
use selfsame_domain::webhook::{Webhook, WebhookSecret, WebhookStatus};
use selfsame_service::{Failure, ShownWebhook};
use selfsame_wire::Include;
use selfsame_wire::webhook as wire;
use serde_json::Value;

use super::call::{Call, list_request};
use super::include::alone;
use super::respond::Answer;

/// A webhook has no relations.
const INCLUDABLE: &[&str] = &[];

fn document(webhook: &Webhook, secrets: Option<&[WebhookSecret]>, include: &Include) -> Value {
    alone(wire::document(webhook, secrets), include)
}

fn with_secrets(shown: &ShownWebhook, include: &Include) -> Value {
    document(&shown.webhook, Some(&shown.secrets), include)
}

fn without_secrets(shown: &ShownWebhook, include: &Include) -> Value {
    document(&shown.webhook, None, include)
}

pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(&[])?;
    let page = call.page()?;
    let found = call
        .app
        .service
        .list_webhooks(&call.caller, &list_request(&page))
        .await?;
    Ok(call.answer_page(&page, &found, |webhook| wire::document(webhook, None)))
}

pub async fn create(call: Call) -> Result<Answer, Failure> {
    let to_loopback = call.app.service.options().outbound.loopback;
    let (settings, headers) = wire::parse_create(&call.body, call.version(), to_loopback)?;
    let include = call.include(INCLUDABLE)?;
    let render = |made: &ShownWebhook| call.answer(with_secrets(made, &include));
    let made = call
        .app
        .service
        .create_webhook(&call.caller, settings, headers, &call.receipt(render))
        .await?;
    Ok(render(&made))
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(INCLUDABLE)?;
    let id: WebhookId = call.id("webhook-id")?;
    let found = call.app.service.get_webhook(&call.caller, &id).await?;
    Ok(call.answer(with_secrets(&found, &include)))
}

pub async fn update(call: Call) -> Result<Answer, Failure> {
    let to_loopback = call.app.service.options().outbound.loopback;
    let change = wire::parse_update(&call.body, call.version(), to_loopback)?;
    let include = call.include(INCLUDABLE)?;
    let id: WebhookId = call.id("webhook-id")?;
    let render = |changed: &ShownWebhook| call.answer(without_secrets(changed, &include));
    let changed = call
        .app
        .service
        .update_webhook(&call.caller, &id, &change, &call.receipt(render))
        .await?;
    Ok(render(&changed))
}

pub async fn enable(call: Call) -> Result<Answer, Failure> {
    switch(call, WebhookStatus::Enabled).await
}

pub async fn disable(call: Call) -> Result<Answer, Failure> {
    switch(call, WebhookStatus::Disabled).await
}

pub async fn archive(call: Call) -> Result<Answer, Failure> {
    switch(call, WebhookStatus::Archived).await
}

async fn switch(call: Call, to: WebhookStatus) -> Result<Answer, Failure> {
    let include = call.include(INCLUDABLE)?;
    let id: WebhookId = call.id("webhook-id")?;
    let render = |changed: &ShownWebhook| call.answer(without_secrets(changed, &include));
    let changed = call
        .app
        .service
        .switch_webhook(&call.caller, &id, to, &call.receipt(render))
        .await?;
    Ok(render(&changed))
}

pub async fn rotate(call: Call) -> Result<Answer, Failure> {
    let seconds = wire::parse_rotate(&call.body)?;
    let include = call.include(INCLUDABLE)?;
    let id: WebhookId = call.id("webhook-id")?;
    let render = |changed: &ShownWebhook| call.answer(with_secrets(changed, &include));
    let changed = call
        .app
        .service
        .rotate_webhook_secret(&call.caller, &id, seconds, &call.receipt(render))
        .await?;
    Ok(render(&changed))
}

pub async fn clone(call: Call) -> Result<Answer, Failure> {
    let include = call.include(INCLUDABLE)?;
    let id: WebhookId = call.id("webhook-id")?;
    let render = |made: &ShownWebhook| call.answer(with_secrets(made, &include));
    let made = call
        .app
        .service
        .clone_webhook(&call.caller, &id, &call.receipt(render))
        .await?;
    Ok(render(&made))
}

//! The page's calls: the same functions as the API's, for the operator (WD2).

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use selfsame_domain::delivery::DeliveryStatus;
use selfsame_domain::environment::{Environment, EnvironmentKind};
use selfsame_domain::id::{DeliveryId, Id, RequestId, WebhookId};
use selfsame_domain::webhook::{EVENT_NAMES, WebhookSettings, WebhookStatus};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_service::{Actor, Caller, Failure, ListRequest, ShownWebhook, no_receipt};
use selfsame_store::DeliveryFilter;
use selfsame_wire::delivery as wire;
use selfsame_wire::{ApiVersion, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::receiver::Reply;
use super::{address, document};
use crate::api;
use crate::app::App;

/// Deliveries on a page of the list.
const PAGE: u32 = 25;
/// Requests that a fault can be set for.
const MOST_FAULTS: u32 = 1000;
const RECEIVER_NAME: &str = "Built-in receiver";

#[derive(Debug, Deserialize)]
struct Answer {
    reply: Reply,
    left: Option<u32>,
}

type OfWebhook = (String, String);
type OfDelivery = (String, String, String);

pub async fn overview(State(app): State<App>) -> Response {
    let found = environments(&app).await;
    finish(&app, found)
}

async fn environments(app: &App) -> Result<Value, Failure> {
    let public_url = &app.service.options().public_url;
    let mut all = app.service.list_environments().await?;
    all.sort_by_key(|environment| environment.kind != EnvironmentKind::Sandbox);
    let mut shown = Vec::new();
    for environment in all {
        let caller = Caller::new(environment, Actor::System);
        let webhooks = app.service.webhook_standings(&caller).await?;
        shown.push(document::environment(
            &caller.environment,
            &webhooks,
            public_url,
        ));
    }
    Ok(json!({
        "environments": shown,
        "now": app.service.now().millis(),
        "event_names": EVENT_NAMES.as_slice(),
    }))
}

/// WD6: a webhook for every event, with our headers, that leads to a receiver of its own.
pub async fn add_receiver(State(app): State<App>, Path(environment): Path<String>) -> Response {
    let made = make_receiver(&app, &environment).await;
    finish(&app, made.map(|id| json!({"id": id.as_str()})))
}

async fn make_receiver(app: &App, environment: &str) -> Result<WebhookId, Failure> {
    let caller = caller(app, environment).await?;
    let kind = caller.environment.kind.as_str();
    let name = format!("{kind}-{}", app.service.entropy().base58(8));
    let url = address::url_of(&app.service.options().public_url, &name);
    let settings = WebhookSettings {
        name: Some(RECEIVER_NAME.to_owned()),
        extra_headers: true,
        ..WebhookSettings::new(url, vec!["*".to_owned()], ApiVersion::DEFAULT.as_str())
    };
    let service = &app.service;
    let made = service
        .create_webhook(&caller, settings, Vec::new(), &no_receipt)
        .await?;
    let id = made.webhook.id;
    let enabled = WebhookStatus::Enabled;
    service
        .switch_webhook(&caller, &id, enabled, &no_receipt)
        .await?;
    Ok(id)
}

pub async fn enable(State(app): State<App>, Path(of): Path<OfWebhook>) -> Response {
    let done = switch(&app, &of, WebhookStatus::Enabled).await;
    finish(&app, done)
}

pub async fn disable(State(app): State<App>, Path(of): Path<OfWebhook>) -> Response {
    let done = switch(&app, &of, WebhookStatus::Disabled).await;
    finish(&app, done)
}

async fn switch(app: &App, of: &OfWebhook, to: WebhookStatus) -> Result<Value, Failure> {
    let (caller, id) = webhook(app, of).await?;
    let service = &app.service;
    service
        .switch_webhook(&caller, &id, to, &no_receipt)
        .await?;
    Ok(json!({}))
}

pub async fn send_sample(
    State(app): State<App>,
    Path(of): Path<OfWebhook>,
    body: Bytes,
) -> Response {
    let sent = async {
        let (caller, id) = webhook(&app, &of).await?;
        let name = wire::parse_sample(&parse(&body)?)?;
        app.service.send_sample(&caller, &id, &name).await
    };
    let sent = sent.await;
    finish(&app, sent.map(|sent| document::sample(&sent)))
}

pub async fn simulate(State(app): State<App>, Path(of): Path<OfWebhook>, body: Bytes) -> Response {
    let found = async {
        let (caller, id) = webhook(&app, &of).await?;
        let event = wire::parse_simulate(&parse(&body)?)?;
        app.service.simulate_delivery(&caller, &id, &event).await
    };
    let found = found.await;
    finish(&app, found.map(|found| document::simulation(&found)))
}

pub async fn replay(State(app): State<App>, Path(of): Path<OfWebhook>, body: Bytes) -> Response {
    let done = async {
        let (caller, id) = webhook(&app, &of).await?;
        let request = wire::parse_replay(&parse(&body)?)?;
        let service = &app.service;
        service.replay(&caller, &id, &request, &no_receipt).await
    };
    let done = done.await;
    let shown = done.map(
        |done| json!({"queued": done.queued, "next_after_sequence": done.next_after_sequence}),
    );
    finish(&app, shown)
}

pub async fn deliveries(
    State(app): State<App>,
    Path(of): Path<OfWebhook>,
    RawQuery(query): RawQuery,
) -> Response {
    let found = list(&app, &of, query).await;
    finish(&app, found)
}

async fn list(app: &App, of: &OfWebhook, query: Option<String>) -> Result<Value, Failure> {
    let (caller, id) = webhook(app, of).await?;
    let query = Query::parse(&query.unwrap_or_default())?;
    let status = match query.scalar(&["status"])? {
        None => None,
        Some(text) => Some(DeliveryStatus::parse(text).ok_or_else(|| {
            Refusal::malformed("status must be pending, completed, failed or skipped")
        })?),
    };
    let request = ListRequest {
        size: PAGE,
        after: query.scalar(&["after"])?.map(str::to_owned),
        before: query.scalar(&["before"])?.map(str::to_owned),
    };
    let filter = DeliveryFilter { status };
    let page = app
        .service
        .list_deliveries(&caller, &id, &filter, &request)
        .await?;
    let items: Vec<Value> = page.items.iter().map(document::delivery).collect();
    Ok(json!({
        "items": items,
        "has_newer": page.has_newer,
        "has_older": page.has_older,
        "now": app.service.now().millis(),
    }))
}

pub async fn delivery(
    State(app): State<App>,
    Path(of): Path<OfDelivery>,
    RawQuery(query): RawQuery,
) -> Response {
    let found = inspect(&app, &of, query).await;
    finish(&app, found)
}

/// `at`: Unix milliseconds.
async fn inspect(app: &App, of: &OfDelivery, query: Option<String>) -> Result<Value, Failure> {
    let query = Query::parse(&query.unwrap_or_default())?;
    let at =
        match query.scalar(&["at"])? {
            None => None,
            Some(text) => Some(text.parse().map(Timestamp::from_millis).map_err(|_| {
                Refusal::malformed("at must be a moment in milliseconds since 1970")
            })?),
        };
    let (caller, webhook, id) = delivery_of(app, of).await?;
    let now = app.service.now();
    let found = app
        .service
        .inspect_delivery(&caller, &webhook, &id, at.unwrap_or(now))
        .await?;
    let public_url = &app.service.options().public_url;
    let event = found.shown.delivery.event_id.as_str();
    let received = address::name_in(public_url, &found.url).and_then(|name| {
        let is_this = |name: Option<&str>| name == Some(event);
        let receivers = &app.receivers;
        receivers.find(name, |kept| is_this(kept.event_id.as_deref()))
    });
    Ok(document::inspected(&found, received.as_ref(), now))
}

pub async fn retry(State(app): State<App>, Path(of): Path<OfDelivery>) -> Response {
    let done = async {
        let (caller, webhook, id) = delivery_of(&app, &of).await?;
        let service = &app.service;
        service
            .retry_delivery(&caller, &webhook, &id, &no_receipt)
            .await
    };
    let done = done.await;
    finish(&app, done.map(|shown| document::delivery(&shown)))
}

pub async fn received(State(app): State<App>, Path(of): Path<OfWebhook>) -> Response {
    let found = receiver(&app, &of).await;
    let shown = found.map(|(name, _)| document::received(&app.receivers.shown(&name)));
    finish(&app, shown)
}

pub async fn received_one(State(app): State<App>, Path(of): Path<OfDelivery>) -> Response {
    let (environment, webhook, number) = of;
    let found = receiver(&app, &(environment, webhook)).await;
    let found = found.and_then(|(name, shown)| {
        let is_it = |kept: u64| kept.to_string() == number;
        let kept = app.receivers.find(&name, |kept| is_it(kept.number));
        let kept = kept.ok_or_else(Refusal::not_found)?;
        let secrets: Vec<String> = shown.secrets.into_iter().map(|one| one.value).collect();
        Ok(document::received_in_full(&kept, &secrets))
    });
    finish(&app, found)
}

pub async fn clear_received(State(app): State<App>, Path(of): Path<OfWebhook>) -> Response {
    let found = receiver(&app, &of).await;
    let done = found.map(|(name, _)| app.receivers.clear(&name));
    finish(&app, done.map(|()| json!({})))
}

/// WD7.
pub async fn set_answer(
    State(app): State<App>,
    Path(of): Path<OfWebhook>,
    body: Bytes,
) -> Response {
    let done = async {
        let (name, _) = receiver(&app, &of).await?;
        let answer: Answer = serde_json::from_value(parse(&body)?)
            .map_err(|_| Refusal::malformed("reply must be ok, error, gone, slow or reset"))?;
        if answer
            .left
            .is_some_and(|left| !(1..=MOST_FAULTS).contains(&left))
        {
            let problem = format!("left must be from 1 to {MOST_FAULTS}");
            return Err(Refusal::unprocessable(problem, "/left").into());
        }
        app.receivers.switch(&name, answer.reply, answer.left);
        Ok(json!({}))
    };
    let done = done.await;
    finish(&app, done)
}

async fn caller(app: &App, environment: &str) -> Result<Caller, Failure> {
    let all = app.service.list_environments().await?;
    let is_it = |one: &Environment| one.id.as_str() == environment;
    let found = all.into_iter().find(is_it).ok_or_else(Refusal::not_found)?;
    Ok(Caller::new(found, Actor::System))
}

async fn webhook(app: &App, (environment, id): &OfWebhook) -> Result<(Caller, WebhookId), Failure> {
    let id = WebhookId::parse(id).map_err(|_| Refusal::not_found())?;
    Ok((caller(app, environment).await?, id))
}

async fn delivery_of(
    app: &App,
    (environment, webhook, id): &OfDelivery,
) -> Result<(Caller, WebhookId, DeliveryId), Failure> {
    let webhook = WebhookId::parse(webhook).map_err(|_| Refusal::not_found())?;
    let id = DeliveryId::parse(id).map_err(|_| Refusal::not_found())?;
    Ok((caller(app, environment).await?, webhook, id))
}

/// The name of the built-in receiver that the webhook leads to; any other webhook has none.
async fn receiver(app: &App, of: &OfWebhook) -> Result<(String, ShownWebhook), Failure> {
    let (caller, id) = webhook(app, of).await?;
    let shown = app.service.get_webhook(&caller, &id).await?;
    let public_url = &app.service.options().public_url;
    let name = address::name_in(public_url, &shown.webhook.settings.url).map(str::to_owned);
    Ok((name.ok_or_else(Refusal::not_found)?, shown))
}

fn parse(body: &Bytes) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::malformed("the body is no JSON"))
}

fn finish(app: &App, done: Result<Value, Failure>) -> Response {
    let failure = match done {
        Ok(body) => return document::respond(app, &body),
        Err(failure) => failure,
    };
    let request_id = RequestId::mint(&mut app.service.entropy(), app.service.now());
    let (status, errors) = api::status_and_document(&failure, request_id.as_str());
    let words = |error: &Value| {
        let said = error["details"].as_str().or(error["title"].as_str());
        said.unwrap_or_default().to_owned()
    };
    let messages = errors["errors"].as_array().into_iter().flatten();
    let message = messages.map(words).collect::<Vec<_>>().join("; ");
    document::problem(
        app,
        StatusCode::from_u16(status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        &message,
    )
}

//! `/api-keys`.

use selfsame_domain::api_key::ApiKey;
use selfsame_domain::id::ApiKeyId;
use selfsame_service::{Failure, ShownKey};
use selfsame_store::ApiKeyFilter;
use selfsame_wire::Include;
use selfsame_wire::api_key as wire;
use serde_json::Value;

use super::call::{Call, list_request};
use super::include::alone;
use super::respond::Answer;

pub const FILTERS: &[&str] = &["name"];
/// A key has no relations.
const INCLUDABLE: &[&str] = &[];

fn document(key: &ApiKey, value: Option<&str>, include: &Include) -> Value {
    alone(wire::document(key, value), include)
}

fn shown(shown: &ShownKey, include: &Include) -> Value {
    document(&shown.key, shown.value.as_deref(), include)
}

pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(FILTERS)?;
    let page = call.page()?;
    let filter = ApiKeyFilter {
        name: call.query.scalar(&["filter", "name"])?.map(str::to_owned),
    };
    let found = call
        .app
        .service
        .list_api_keys(&call.caller, &filter, &list_request(&page))
        .await?;
    Ok(call.answer_page(&page, &found, |key| wire::document(key, None)))
}

pub async fn create(call: Call) -> Result<Answer, Failure> {
    let settings = wire::parse_create(&call.body, call.version())?;
    let include = call.include(INCLUDABLE)?;
    let render = |made: &ShownKey| call.answer(shown(made, &include));
    let made = call
        .app
        .service
        .create_api_key(&call.caller, settings, &call.receipt(render))
        .await?;
    Ok(render(&made))
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(INCLUDABLE)?;
    let id: ApiKeyId = call.id("api-key-id")?;
    let found = call.app.service.get_api_key(&call.caller, &id).await?;
    Ok(call.answer(document(&found, None, &include)))
}

pub async fn update(call: Call) -> Result<Answer, Failure> {
    let change = wire::parse_update(&call.body)?;
    let include = call.include(INCLUDABLE)?;
    let id: ApiKeyId = call.id("api-key-id")?;
    let render = |key: &ApiKey| call.answer(document(key, None, &include));
    let changed = call
        .app
        .service
        .update_api_key(&call.caller, &id, &change, &call.receipt(render))
        .await?;
    Ok(render(&changed))
}

pub async fn expire(call: Call) -> Result<Answer, Failure> {
    let seconds = wire::parse_expire(&call.body)?;
    let include = call.include(INCLUDABLE)?;
    let id: ApiKeyId = call.id("api-key-id")?;
    let render = |key: &ApiKey| call.answer(document(key, None, &include));
    let expired = call
        .app
        .service
        .expire_api_key(&call.caller, &id, seconds, &call.receipt(render))
        .await?;
    Ok(render(&expired))
}

pub async fn clone(call: Call) -> Result<Answer, Failure> {
    let include = call.include(INCLUDABLE)?;
    let id: ApiKeyId = call.id("api-key-id")?;
    let render = |made: &ShownKey| call.answer(shown(made, &include));
    let made = call
        .app
        .service
        .clone_api_key(&call.caller, &id, &call.receipt(render))
        .await?;
    Ok(render(&made))
}

//! `/api-logs`.

use selfsame_domain::id::RequestId;
use selfsame_service::Failure;
use selfsame_wire::api_log as wire;

use super::call::{Call, list_request};
use super::include::alone;
use super::respond::Answer;

pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(&[])?;
    let page = call.page()?;
    let found = call
        .app
        .service
        .list_api_logs(&call.caller, &list_request(&page))
        .await?;
    Ok(call.answer_page(&page, &found, wire::document))
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    let id: RequestId = call.id("api-log-id")?;
    let found = call.app.service.get_api_log(&call.caller, &id).await?;
    Ok(call.answer(alone(wire::document(&found), &include)))
}

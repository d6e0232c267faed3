//! `/events`.

use selfsame_domain::id::{EventId, Id};
use selfsame_service::Failure;
use selfsame_store::EventFilter;
use selfsame_wire::event as wire;

use super::call::{Call, list_request};
use super::include::alone;
use super::respond::Answer;

pub const FILTERS: &[&str] = &["name", "object-id", "id"];

pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(FILTERS)?;
    let page = call.page()?;
    let filter = EventFilter {
        names: call.filter_list("name")?,
        object_ids: call.filter_list("object-id")?,
        ids: call.filter_list("id")?,
    };
    let found = call
        .app
        .service
        .list_events(&call.caller, &filter, &list_request(&page))
        .await?;
    Ok(call.answer_page(&page, &found, wire::document))
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    let id: EventId = call.id("event-id")?;
    let event = call
        .app
        .service
        .get_event(&call.caller, id.as_str())
        .await?;
    Ok(call.answer(alone(wire::document(&event), &include)))
}

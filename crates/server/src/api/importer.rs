//! `/importers`, `/importer/accounts`, and what became of each row, which is our own (M22).

use selfsame_domain::Refusal;
use selfsame_domain::id::ImporterId;
use selfsame_domain::importer::Importer;
use selfsame_service::{Failure, RowKind};
use selfsame_wire::Include;
use selfsame_wire::importer as wire;
use serde_json::Value;

use super::call::{Call, list_request};
use super::include::alone;
use super::respond::Answer;

pub const ROW_FILTERS: &[&str] = &["outcome"];

pub async fn list(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(&[])?;
    let page = call.page()?;
    let found = call
        .app
        .service
        .list_importers(&call.caller, &list_request(&page))
        .await?;
    Ok(call.answer_page(&page, &found, wire::document))
}

fn document(importer: &Importer, include: &Include) -> Value {
    alone(wire::document(importer), include)
}

pub async fn show(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    let id: ImporterId = call.id("importer-id")?;
    let found = call.app.service.get_importer(&call.caller, &id).await?;
    Ok(call.answer(document(&found, &include)))
}

pub async fn create(call: Call) -> Result<Answer, Failure> {
    let include = call.include(&[])?;
    let service = &call.app.service;
    let render = |made: &Importer| call.answer(document(made, &include));
    // One that was streamed in is dropped, if need be, by whoever received it.
    if let Some(upload) = &call.upload {
        let made = service
            .create_importer(&call.caller, upload, &call.receipt(render))
            .await?;
        return Ok(render(&made));
    }
    let contents = wire::parse_create(&call.body)?;
    let environment = &call.caller.environment.id;
    let upload = service
        .receive_base64_import(environment, &contents)
        .await?;
    let made = service
        .create_importer(&call.caller, &upload, &call.receipt(render))
        .await;
    service.drop_upload(&upload).await;
    Ok(render(&made?))
}

/// In the order of the file; a cursor is the number of a row.
pub async fn rows(call: Call) -> Result<Answer, Failure> {
    call.allow_filters(ROW_FILTERS)?;
    let id: ImporterId = call.id("importer-id")?;
    let page = call.page()?;
    if page.before.is_some() {
        return Err(
            Refusal::malformed("page.before is not possible: rows are read downwards").into(),
        );
    }
    let number = |text: &String| text.parse::<i64>().ok().filter(|number| *number > 0);
    let after = match &page.after {
        None => 0,
        Some(text) => number(text)
            .ok_or_else(|| Refusal::malformed("page.after is not the number of a row"))?,
    };
    let kind = match call.query.scalar(&["filter", "outcome"])? {
        None => None,
        Some(text) => Some(RowKind::parse(text).ok_or_else(|| {
            Refusal::malformed("filter.outcome must be created, duplicate or error")
        })?),
    };
    let found = call
        .app
        .service
        .list_imported_rows(&call.caller, &id, kind, after, page.size)
        .await?;
    let items = found
        .rows
        .iter()
        .map(|(number, outcome)| wire::row_document(*number, outcome))
        .collect();
    Ok(call.answer(call.page_document(&page, items, false, found.has_more)))
}

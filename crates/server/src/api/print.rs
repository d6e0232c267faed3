//! `…/print` (I38, B289): the answer of the API on paper.

use selfsame_domain::environment::EnvironmentKind;
use selfsame_domain::file::FileReference;
use selfsame_domain::id::InquiryId;
use selfsame_service::{Failure, ListRequest};
use selfsame_store::EventFilter;
use selfsame_wire::Include;
use selfsame_wire::file::refers_to;

use super::call::Call;
use super::include::inquiry_document;
use super::respond::Answer;
use crate::print::{Paper, Photo, print};

/// What of an inquiry's neighbours is about the person and what they did.
const PRINTED: &[&str] = &[
    "account",
    "verifications",
    "documents",
    "selfies",
    "sessions",
];
/// The newest of them.
const MOST_EVENTS: u32 = 100;

pub async fn inquiry(call: Call) -> Result<Answer, Failure> {
    let id: InquiryId = call.id("inquiry-id")?;
    let service = &call.app.service;
    let bundle = service.get_inquiry(&call.caller, &id).await?;
    let document = call.shown(&inquiry_document(&bundle, &Include::all(PRINTED)));
    let filter = EventFilter {
        object_ids: Some(vec![id.to_string()]),
        ..EventFilter::default()
    };
    let request = ListRequest {
        size: MOST_EVENTS,
        ..ListRequest::default()
    };
    let events = service.list_events(&call.caller, &filter, &request).await?;
    let events = events
        .items
        .iter()
        .rev()
        .map(|event| (event.created_at, event.name.clone()))
        .collect();
    let mut photos = Vec::new();
    for file in &bundle.files {
        let reference = FileReference::picture(&file.id);
        // One that the document does not tell of the caller's key never gets (C26).
        if !refers_to(&document, &reference) {
            continue;
        }
        let opened = match service.get_file(&call.caller, &reference).await {
            // Redacted meanwhile, or lost: the rest is printed all the same.
            Err(Failure::Refused(_)) => continue,
            opened => opened?,
        };
        let length = opened.length;
        photos.push(Photo {
            caption: format!("{}, {}", file.part, file.created_at.to_seconds_text()),
            mime_type: file.mime_type.clone(),
            bytes: opened.read(0..length).await?,
            width: u32::try_from(file.width).unwrap_or(1),
            height: u32::try_from(file.height).unwrap_or(1),
        });
    }
    let paper = Paper {
        document,
        events,
        photos,
        is_sandbox: call.caller.environment.kind == EnvironmentKind::Sandbox,
        at: service.now(),
    };
    let pdf = tokio::task::spawn_blocking(move || print(&paper)).await;
    match pdf {
        Ok(Ok(bytes)) => Ok(Answer::pdf(bytes)),
        Ok(Err(error)) => Err(Failure::Internal(format!("{id}: {error}"))),
        Err(error) => Err(Failure::Internal(format!("{id}: {error}"))),
    }
}

//! `…/print` (I38, V21, B289): the answer of the API on paper.

use selfsame_domain::Timestamp;
use selfsame_domain::environment::EnvironmentKind;
use selfsame_domain::file::FileReference;
use selfsame_domain::id::{InquiryId, VerificationId};
use selfsame_domain::verification::UploadedFile;
use selfsame_service::{Failure, ListRequest};
use selfsame_store::EventFilter;
use selfsame_wire::Include;
use selfsame_wire::file::refers_to;
use serde_json::Value;

use super::call::Call;
use super::include::inquiry_document;
use super::respond::Answer;
use super::verification::verification as verification_document;
use crate::print::{Paper, Photo, print};

/// What of an inquiry's neighbours is about the person and what they did.
const PRINTED: &[&str] = &[
    "account",
    "verifications",
    "documents",
    "selfies",
    "sessions",
];
/// What of a verification's neighbours says what was found out.
const PRINTED_OF_VERIFICATION: &[&str] = &["document"];
/// The newest of them.
const MOST_EVENTS: u32 = 100;

/// I38.
pub async fn inquiry(call: Call) -> Result<Answer, Failure> {
    let id: InquiryId = call.id("inquiry-id")?;
    let bundle = call.app.service.get_inquiry(&call.caller, &id).await?;
    let document = call.shown(&inquiry_document(&bundle, &Include::all(PRINTED)));
    on_paper(&call, id.to_string(), document, &bundle.files).await
}

/// V21.
pub async fn verification(call: Call) -> Result<Answer, Failure> {
    let id: VerificationId = call.id("verification-id")?;
    let service = &call.app.service;
    let (bundle, made) = service.get_verification(&call.caller, &id).await?;
    let include = Include::all(PRINTED_OF_VERIFICATION);
    let document = call.shown(&verification_document(&bundle, &made, &include));
    on_paper(&call, id.to_string(), document, &bundle.files).await
}

/// `id`: of what the document is about; `files`: all that it may tell of.
async fn on_paper(
    call: &Call,
    id: String,
    document: Value,
    files: &[UploadedFile],
) -> Result<Answer, Failure> {
    let paper = Paper {
        events: events(call, &id).await?,
        photos: photos(call, &document, files).await?,
        document,
        is_sandbox: call.caller.environment.kind == EnvironmentKind::Sandbox,
        at: call.app.service.now(),
    };
    let fonts = call.app.settings.fonts.clone();
    let pdf = tokio::task::spawn_blocking(move || print(&paper, &fonts)).await;
    match pdf {
        Ok(Ok(bytes)) => Ok(Answer::pdf(bytes)),
        Ok(Err(error)) => Err(Failure::Internal(format!("{id}: {error}"))),
        Err(error) => Err(Failure::Internal(format!("{id}: {error}"))),
    }
}

/// What happened to it, oldest first.
async fn events(call: &Call, id: &str) -> Result<Vec<(Timestamp, String)>, Failure> {
    let filter = EventFilter {
        object_ids: Some(vec![id.to_owned()]),
        ..EventFilter::default()
    };
    let request = ListRequest {
        size: MOST_EVENTS,
        ..ListRequest::default()
    };
    let service = &call.app.service;
    let events = service.list_events(&call.caller, &filter, &request).await?;
    let oldest_first = events.items.iter().rev();
    Ok(oldest_first
        .map(|event| (event.created_at, event.name.clone()))
        .collect())
}

/// One that the document does not tell of the caller's key never gets (C26).
async fn photos(
    call: &Call,
    document: &Value,
    files: &[UploadedFile],
) -> Result<Vec<Photo>, Failure> {
    let mut photos = Vec::new();
    for file in files {
        let reference = FileReference::picture(&file.id);
        if !refers_to(document, &reference) {
            continue;
        }
        let opened = match call.app.service.get_file(&call.caller, &reference).await {
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
    Ok(photos)
}

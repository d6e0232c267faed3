//! `…/print` (I38, B289): the answer of the API on paper.

use selfsame_domain::environment::EnvironmentKind;
use selfsame_domain::id::InquiryId;
use selfsame_domain::verification::UploadedFile;
use selfsame_service::{Failure, ListRequest};
use selfsame_store::EventFilter;
use selfsame_wire::Include;

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
    let files = service.photos_of_inquiry(&call.caller, &id).await?;
    let mut photos = Vec::new();
    for file in files.iter().filter(|file| may_be_shown(&call, file)) {
        photos.push(Photo {
            caption: format!("{}, {}", file.part, file.created_at.to_seconds_text()),
            mime_type: file.mime_type.clone(),
            bytes: service.read_photo(file).await?,
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

/// A photo is what several attributes show; a key that misses one of them does not get it (C26).
fn may_be_shown(call: &Call, file: &UploadedFile) -> bool {
    let shown_at: &[(&str, &str)] = match file.part.as_str() {
        "front" => &[
            ("document/government-id", "front-photo"),
            ("verification/government-id", "front-photo-url"),
            ("verification/government-id", "photo-urls"),
        ],
        "back" => &[
            ("document/government-id", "back-photo"),
            ("verification/government-id", "back-photo-url"),
            ("verification/government-id", "photo-urls"),
        ],
        "left" => &[
            ("verification/selfie", "left-photo-url"),
            ("verification/selfie", "photo-urls"),
        ],
        "right" => &[
            ("verification/selfie", "right-photo-url"),
            ("verification/selfie", "photo-urls"),
        ],
        _ => &[
            ("verification/selfie", "center-photo-url"),
            ("verification/selfie", "photo-urls"),
        ],
    };
    !shown_at
        .iter()
        .any(|(kind, name)| call.hides(kind, &[name]))
}

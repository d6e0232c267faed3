//! Verifications, documents and selfies on the wire, as far as inquiries make them.

use selfsame_domain::id::{DocumentId, Id, TemplateId, TemplateVersionId, VerificationId};
use selfsame_domain::inquiry::Inquiry;
use selfsame_domain::verification::{
    Document, Selfie, UploadedFile, Verification, VerificationKind,
};
use serde_json::{Map, Value, json};

use crate::document::{optional_time, resource, time, to_many, to_one};
use crate::file::{picture, reference_to_picture};

pub const FILE_TYPE: &str = "document-file";
/// What a verification can bring along (V13); of some nothing exists here.
pub const INCLUDABLE: &[&str] = &[
    "inquiry",
    "template",
    "inquiry-template",
    "inquiry-template-version",
    "transaction",
    "verification-template",
    "verification-template-version",
    "accounts",
    "document",
];
/// What a document can bring along.
pub const INCLUDABLE_OF_DOCUMENT: &[&str] = &[
    "inquiry",
    "template",
    "inquiry-template",
    "inquiry-template-version",
    "transaction",
    "document-files",
];

/// `files`: those of the inquiry; the verification shows its own.
pub fn document(made: &Verification, inquiry: &Inquiry, files: &[UploadedFile]) -> Value {
    let own = pictures_of(&made.id, files);
    let url = |part: &str| {
        let file = own.iter().find(|file| file.part == part);
        file.map_or(Value::Null, |file| reference_to_picture(file))
    };
    let mut attributes = shared(made);
    match made.kind {
        VerificationKind::GovernmentId => {
            attributes.extend(read_attributes(&made.detail.attributes));
            extend(
                &mut attributes,
                json!({
                    "front-photo-url": url("front"), "back-photo-url": url("back"),
                    "photo-urls": own.iter().map(|file| photo_of_id(file)).collect::<Vec<_>>(), "selfie-photo": null,
                    "selfie-photo-url": null, "video-url": null, "entity-confidence-reasons": [],
                    "entity-confidence-score": null, "from-reusable-persona": false,
                }),
            );
        }
        VerificationKind::Selfie => extend(
            &mut attributes,
            json!({
                "capture-method": "photo", "center-photo-url": url("center"), "left-photo-url": url("left"),
                "right-photo-url": url("right"),
                "photo-urls": own.iter().map(|file| photo_of_selfie(file)).collect::<Vec<_>>(), "video-url": null, "center-photo-face-coordinates": null,
                "document-similarity-score": null, "selfie-similarity-score-left": null,
                "selfie-similarity-score-right": null, "entity-confidence-reasons": [], "from-reusable-persona": false,
            }),
        ),
    }
    let mut relationships = json!({
        "inquiry": to_one("inquiry", Some(made.inquiry_id.as_str())),
        "template": to_one("template", None),
        "inquiry-template": to_one("inquiry-template", Some(TemplateId::as_str(&inquiry.template_id))),
        "inquiry-template-version": to_one(
            "inquiry-template-version",
            Some(TemplateVersionId::as_str(&inquiry.template_version_id)),
        ),
        "transaction": to_one("transaction", None),
        "verification-template": to_one(&template_type(made.kind), Some(made.template_id.as_str())),
        "verification-template-version": to_one("verification-template-version", None),
        "accounts": to_many(made.account_id.iter().map(|id| ("account", id.as_str()))),
    });
    if let (VerificationKind::GovernmentId, Some(members)) =
        (made.kind, relationships.as_object_mut())
    {
        members.insert(
            "document".into(),
            to_one(
                Document::WIRE_TYPE,
                made.detail.document_id.as_ref().map(DocumentId::as_str),
            ),
        );
    }
    resource(
        made.kind.wire_type(),
        made.id.as_str(),
        attributes.into(),
        relationships,
    )
}

/// `verification-template/government-id`.
fn template_type(kind: VerificationKind) -> String {
    kind.wire_type()
        .replacen("verification/", "verification-template/", 1)
}

/// Those files that are pictures of this verification, in the order in which they are shown.
pub fn pictures_of<'a>(
    verification: &VerificationId,
    files: &'a [UploadedFile],
) -> Vec<&'a UploadedFile> {
    let mut own: Vec<_> = files
        .iter()
        .filter(|file| file.belongs_to(verification))
        .collect();
    own.sort_by_key(|file| file.place());
    own
}

/// The picture as it was sent is not kept: what there is, is the cleaned one (B447).
fn photo_of_id(file: &UploadedFile) -> Value {
    let url = reference_to_picture(file);
    json!({
        "page": file.page(), "url": url, "normalized-url": url, "original-urls": [],
        "filename": file.filename(), "byte-size": file.byte_size,
    })
}

fn photo_of_selfie(file: &UploadedFile) -> Value {
    json!({
        "page": file.page(), "url": reference_to_picture(file),
        "filename": file.filename(), "byte-size": file.byte_size,
    })
}

fn shared(made: &Verification) -> Map<String, Value> {
    let seconds = |at: Option<selfsame_domain::Timestamp>| at.map(|at| at.millis() / 1000);
    let mut attributes = Map::new();
    extend(
        &mut attributes,
        json!({
            "status": made.status.as_str(),
            "created-at": time(made.created_at),
            "created-at-ts": seconds(Some(made.created_at)),
            "submitted-at": optional_time(made.submitted_at),
            "submitted-at-ts": seconds(made.submitted_at),
            "completed-at": optional_time(made.completed_at),
            "completed-at-ts": seconds(made.completed_at),
            "redacted-at": optional_time(made.redacted_at),
            "country-code": made.detail.country_code,
            "tags": [],
            "checks": made.detail.checks,
        }),
    );
    attributes
}

fn read_attributes(read: &Map<String, Value>) -> Map<String, Value> {
    selfsame_domain::verification::READ_FROM_ID
        .iter()
        .map(|key| {
            (
                (*key).to_owned(),
                read.get(*key).cloned().unwrap_or(Value::Null),
            )
        })
        .collect()
}

fn extend(attributes: &mut Map<String, Value>, more: Value) {
    if let Value::Object(members) = more {
        attributes.extend(members);
    }
}

/// `files`: its own.
pub fn document_document(document: &Document, inquiry: &Inquiry, files: &[&UploadedFile]) -> Value {
    let photo = |part: &str| picture(files.iter().find(|file| file.part == part).copied());
    let mut attributes = Map::new();
    extend(
        &mut attributes,
        json!({
            "status": document.status,
            "created-at": time(document.created_at),
            "processed-at": optional_time(document.processed_at),
            "processed-at-ts": document.processed_at.map(|at| at.millis() / 1000),
            "front-photo": photo("front"),
            "back-photo": photo("back"),
            "selfie-photo": null,
        }),
    );
    let mut read = read_attributes(&document.attributes);
    read.shift_remove("capture-method");
    attributes.extend(read);
    resource(
        Document::WIRE_TYPE,
        document.id.as_str(),
        attributes.into(),
        json!({
            "inquiry": to_one("inquiry", Some(document.inquiry_id.as_str())),
            "template": to_one("template", None),
            "inquiry-template": to_one("inquiry-template", Some(TemplateId::as_str(&inquiry.template_id))),
            "inquiry-template-version": to_one(
                "inquiry-template-version",
                Some(TemplateVersionId::as_str(&inquiry.template_version_id)),
            ),
            "transaction": to_one("transaction", None),
            "document-files": to_many(files.iter().map(|file| (FILE_TYPE, file.id.as_str()))),
        }),
    )
}

/// A document's file (V8).
pub fn file_document(file: &UploadedFile) -> Value {
    json!({
        "type": FILE_TYPE,
        "id": file.id.as_str(),
        "attributes": {
            "name": file.filename(),
            "capture-method": file.capture_method,
            "originals": [picture(Some(file))],
        },
    })
}

pub fn selfie_document(selfie: &Selfie) -> Value {
    resource(
        Selfie::WIRE_TYPE,
        selfie.id.as_str(),
        json!({
            "status": selfie.status,
            "created-at": time(selfie.created_at),
            "processed-at": optional_time(selfie.processed_at),
        }),
        json!({"inquiry": to_one("inquiry", Some(selfie.inquiry_id.as_str()))}),
    )
}

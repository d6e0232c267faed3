//! Verifications, documents and selfies on the wire, as far as inquiries make them.

use selfsame_domain::id::{DocumentId, Id, TemplateId, TemplateVersionId};
use selfsame_domain::inquiry::Inquiry;
use selfsame_domain::verification::{Document, Selfie, Verification, VerificationKind};
use serde_json::{Map, Value, json};

use crate::document::{optional_time, resource, time, to_many, to_one};

/// Attributes of a government ID that are read from the picture; null where nothing was read.
const READ_FROM_ID: &[&str] = &[
    "id-class",
    "capture-method",
    "name-first",
    "name-middle",
    "name-last",
    "name-suffix",
    "native-name-first",
    "native-name-middle",
    "native-name-last",
    "native-name-title",
    "birthdate",
    "address-street-1",
    "address-street-2",
    "address-city",
    "address-subdivision",
    "address-postal-code",
    "issuing-authority",
    "issuing-subdivision",
    "nationality",
    "document-number",
    "visa-status",
    "issue-date",
    "expiration-date",
    "designations",
    "birthplace",
    "endorsements",
    "height",
    "sex",
    "restrictions",
    "vehicle-class",
    "identification-number",
];

pub fn document(made: &Verification, inquiry: &Inquiry) -> Value {
    let mut attributes = shared(made);
    match made.kind {
        VerificationKind::GovernmentId => {
            attributes.extend(read_attributes(&made.detail.attributes));
            extend(
                &mut attributes,
                json!({
                    "front-photo-url": null, "back-photo-url": null, "photo-urls": null, "selfie-photo": null,
                    "selfie-photo-url": null, "video-url": null, "entity-confidence-reasons": [],
                    "entity-confidence-score": null, "from-reusable-persona": false,
                }),
            );
        }
        VerificationKind::Selfie => extend(
            &mut attributes,
            json!({
                "capture-method": "photo", "center-photo-url": null, "left-photo-url": null, "right-photo-url": null,
                "photo-urls": [], "video-url": null, "center-photo-face-coordinates": null,
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
    READ_FROM_ID
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

pub fn document_document(document: &Document, inquiry: &Inquiry) -> Value {
    let mut attributes = Map::new();
    extend(
        &mut attributes,
        json!({
            "status": document.status,
            "created-at": time(document.created_at),
            "processed-at": optional_time(document.processed_at),
            "processed-at-ts": document.processed_at.map(|at| at.millis() / 1000),
            "front-photo": null,
            "back-photo": null,
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
            "document-files": to_many([]),
        }),
    )
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

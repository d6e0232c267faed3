//! The shapes of verifications and documents.

use selfsame_domain::verification::READ_FROM_ID;
use serde_json::{Value, json};

use super::object;
use super::schemas::{maybe_text, maybe_time, resource, text, texts, time, to_many, to_one};

fn either(names: &[&str]) -> Value {
    let names = names.iter();
    let references: Vec<Value> = names
        .map(|name| json!({"$ref": format!("#/components/schemas/{name}")}))
        .collect();
    json!({"anyOf": references})
}

pub fn any() -> Value {
    either(&["verification-government-id", "verification-selfie"])
}

pub fn any_document() -> Value {
    either(&["document-government-id"])
}

fn seconds() -> Value {
    json!({"type": ["integer", "null"]})
}

fn number() -> Value {
    json!({"type": ["number", "null"]})
}

fn file() -> Value {
    let mut file = object(
        json!({"filename": text(), "url": text(), "byte-size": {"type": "integer"}}),
        &["filename", "url", "byte-size"],
    );
    file["type"] = json!(["object", "null"]);
    file
}

/// The pictures of a verification; `more` are members beside those of every picture.
fn photos(more: Value) -> Value {
    let mut members = json!({
        "page": text(), "url": text(), "filename": text(), "byte-size": {"type": "integer"},
    });
    extend(&mut members, more);
    json!({"type": "array", "items": object(members, &["page", "url", "filename", "byte-size"])})
}

fn extend(members: &mut Value, more: Value) {
    if let (Some(members), Value::Object(more)) = (members.as_object_mut(), more) {
        members.extend(more);
    }
}

fn checks() -> Value {
    let check = object(
        json!({
            "name": text(), "status": text(), "reasons": texts(), "requirement": text(),
            "metadata": {"type": "object"},
        }),
        &["name", "status", "reasons", "requirement", "metadata"],
    );
    json!({"type": "array", "items": check})
}

fn shared() -> Value {
    json!({
        "status": text(), "created-at": time(), "created-at-ts": {"type": "integer"},
        "submitted-at": maybe_time(), "submitted-at-ts": seconds(),
        "completed-at": maybe_time(), "completed-at-ts": seconds(),
        "redacted-at": maybe_time(), "country-code": maybe_text(), "tags": texts(), "checks": checks(),
    })
}

fn read_from_id() -> Value {
    let read = READ_FROM_ID.iter();
    read.map(|name| match *name {
        "designations" => (
            (*name).to_owned(),
            json!({"type": ["array", "null"], "items": text()}),
        ),
        name => (name.to_owned(), maybe_text()),
    })
    .collect::<serde_json::Map<_, _>>()
    .into()
}

fn relationships(more: Value) -> Value {
    let mut relationships = json!({
        "inquiry": to_one("inquiry"), "template": to_one("template"),
        "inquiry-template": to_one("inquiry-template"),
        "inquiry-template-version": to_one("inquiry-template-version"),
        "transaction": to_one("transaction"),
    });
    extend(&mut relationships, more);
    relationships
}

/// Those of a verification, beside what its kind has.
fn of_verification(template: &str, more: Value) -> Value {
    let mut own = json!({
        "verification-template": to_one(template),
        "verification-template-version": to_one("verification-template-version"),
        "accounts": to_many(),
    });
    extend(&mut own, more);
    relationships(own)
}

pub fn government_id() -> Value {
    let mut attributes = shared();
    extend(&mut attributes, read_from_id());
    extend(
        &mut attributes,
        json!({
            "front-photo-url": maybe_text(), "back-photo-url": maybe_text(),
            "photo-urls": photos(json!({"normalized-url": text(), "original-urls": texts()})),
            "selfie-photo": file(), "selfie-photo-url": maybe_text(), "video-url": maybe_text(),
            "entity-confidence-reasons": texts(), "entity-confidence-score": number(),
            "from-reusable-persona": {"type": "boolean"},
        }),
    );
    let document = to_one("document/government-id");
    resource(
        json!({"const": "verification/government-id"}),
        attributes,
        of_verification(
            "verification-template/government-id",
            json!({"document": document}),
        ),
    )
}

pub fn selfie() -> Value {
    let mut attributes = shared();
    extend(
        &mut attributes,
        json!({
            "capture-method": maybe_text(), "center-photo-url": maybe_text(), "left-photo-url": maybe_text(),
            "right-photo-url": maybe_text(), "photo-urls": photos(json!({})), "video-url": maybe_text(),
            "center-photo-face-coordinates": {"type": ["object", "null"]},
            "document-similarity-score": number(), "selfie-similarity-score-left": number(),
            "selfie-similarity-score-right": number(), "entity-confidence-reasons": texts(),
            "from-reusable-persona": {"type": "boolean"},
        }),
    );
    resource(
        json!({"const": "verification/selfie"}),
        attributes,
        of_verification("verification-template/selfie", json!({})),
    )
}

pub fn document() -> Value {
    let mut attributes = json!({
        "status": text(), "created-at": time(), "processed-at": maybe_time(), "processed-at-ts": seconds(),
        "front-photo": file(), "back-photo": file(), "selfie-photo": file(),
    });
    extend(&mut attributes, read_from_id());
    if let Some(members) = attributes.as_object_mut() {
        members.shift_remove("capture-method");
    }
    resource(
        json!({"const": "document/government-id"}),
        attributes,
        relationships(json!({"document-files": to_many()})),
    )
}

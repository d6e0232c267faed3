//! The envelope: resource objects, relationships, and the whole document (C34–C41).
//!
//! Everything is built in the newest version's shape with kebab keys; [`crate::version`], [`crate::sparse`]
//! and [`crate::inflection`] then make it the caller's.

use selfsame_domain::Timestamp;
use serde_json::{Value, json};

/// A resource object.
pub fn resource(kind: &str, id: &str, attributes: Value, relationships: Value) -> Value {
    json!({"type": kind, "id": id, "attributes": attributes, "relationships": relationships})
}

pub fn to_one(kind: &str, id: Option<&str>) -> Value {
    match id {
        Some(id) => json!({"data": {"type": kind, "id": id}}),
        None => json!({"data": null}),
    }
}

pub fn to_many<'a>(members: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let data: Vec<_> = members
        .into_iter()
        .map(|(kind, id)| json!({"type": kind, "id": id}))
        .collect();
    json!({"data": data})
}

pub(crate) fn time(at: Timestamp) -> Value {
    at.to_seconds_text().into()
}

pub(crate) fn optional_time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, time)
}

/// The published form of a field schema (P5). What points at a document or selfie is a relation there.
pub(crate) fn field_schema(schema: &selfsame_domain::field::FieldSchema) -> Value {
    use selfsame_domain::field::FieldKind;
    let target = match schema.kind {
        FieldKind::GovernmentId => "document-government-id",
        FieldKind::Selfie => "selfie",
        kind => {
            let kind = kind.as_str().replace('_', "-");
            return json!({"key": schema.key, "type": kind, "label": schema.label});
        }
    };
    json!({"key": schema.key, "type": "relation-schema", "label": schema.label, "config": {"target": target}})
}

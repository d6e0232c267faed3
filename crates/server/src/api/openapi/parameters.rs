//! The parameters of paths, queries and headers.

use selfsame_wire::ApiVersion;
use serde_json::{Map, Value, json};

use super::object;
use crate::api::operation::{Answers, Method, Operation};

/// Those that many operations share.
pub fn all() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "description": description, "schema": schema});
    let versions: Vec<&str> = ApiVersion::ALL
        .iter()
        .map(|version| version.as_str())
        .collect();
    json!({
        "key-inflection": header(
            "Key-Inflection",
            "How keys are spelled in the answer; else as the key is set",
            json!({"enum": ["kebab", "camel", "snake"]}),
        ),
        "persona-version": header(
            "Persona-Version",
            "The version of the answer; else the key's",
            json!({"type": "string", "enum": versions}),
        ),
        "idempotency-key": header(
            "Idempotency-Key",
            "The same request with the same key is done once, and answered the same again",
            json!({"type": "string", "maxLength": 255}),
        ),
        "include": {
            "name": "include", "in": "query",
            "description": "Relations to show in `included`, a comma list",
            "schema": {"type": "string"},
        },
        "fields": {
            "name": "fields", "in": "query", "style": "deepObject", "explode": true,
            "description": "`fields[TYPE]=a,b` shows only these attributes of objects of that type",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "page": {
            "name": "page", "in": "query", "style": "deepObject", "explode": true,
            "description": "`page[size]` objects, after or before the one with that id",
            "schema": object(json!({
                "after": {"type": "string"},
                "before": {"type": "string"},
                "size": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
            }), &[]),
        },
    })
}

pub fn of(operation: &Operation) -> Vec<Value> {
    let shared = |name: &str| json!({"$ref": format!("#/components/parameters/{name}")});
    let mut parameters: Vec<_> = operation
        .path
        .split(['{', '}'])
        .skip(1)
        .step_by(2)
        .map(|name| {
            let description = format!("The {}", name.replace("-id", " ID").replace('-', " "));
            json!({"name": name, "in": "path", "required": true, "description": description, "schema": {"type": "string"}})
        })
        .collect();
    if operation.answers == Answers::NotImplemented {
        return parameters;
    }
    if operation.answers == Answers::Pdf {
        parameters.push(shared("persona-version"));
        return parameters;
    }
    parameters.extend([
        shared("key-inflection"),
        shared("persona-version"),
        shared("fields"),
    ]);
    if operation.method == Method::Post {
        parameters.push(shared("idempotency-key"));
    }
    match operation.answers {
        Answers::Page(_, filters) => {
            parameters.push(shared("page"));
            if !filters.is_empty() {
                let properties: Map<String, Value> = filters
                    .iter()
                    .map(|name| ((*name).to_owned(), json!({"type": "string"})))
                    .collect();
                let required: &[&str] = match operation.id {
                    "list-all-inquiry-template-versions" | "list-all-devices" => filters,
                    "accounts-list-all-relations" => &["key"],
                    _ => &[],
                };
                parameters.push(json!({
                    "name": "filter", "in": "query", "style": "deepObject", "explode": true, "required": !required.is_empty(),
                    "description": "Filters combine: an object must pass them all",
                    "schema": object(properties.into(), required),
                }));
            }
        }
        Answers::One(_) | Answers::OneWithMeta(..) => parameters.push(shared("include")),
        Answers::All(_) | Answers::Pdf | Answers::NotImplemented => {}
    }
    parameters
}

//! The parameters of paths, queries and headers.

use selfsame_wire::ApiVersion;
use serde_json::{Map, Value, json};

use super::schemas::text;
use super::{object, own};
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
        "page": page(
            "`page[size]` objects, after or before the one with that id",
            json!({"after": {"type": "string"}, "before": {"type": "string"}}),
        ),
    })
}

/// `cursors`: what it takes beside the size.
fn page(description: &str, mut cursors: Value) -> Value {
    cursors["size"] = json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 10});
    json!({
        "name": "page", "in": "query", "style": "deepObject", "explode": true, "description": description,
        "schema": object(cursors, &[]),
    })
}

fn filter(operation: &Operation, filters: &[&str]) -> Value {
    let properties: Map<String, Value> = filters
        .iter()
        .map(|name| {
            let schema = own::filter(operation.id, name);
            ((*name).to_owned(), schema.unwrap_or_else(text))
        })
        .collect();
    let required: &[&str] = match operation.id {
        "list-all-inquiry-template-versions" | "list-all-devices" => filters,
        "accounts-list-all-relations" => &["key"],
        _ => &[],
    };
    json!({
        "name": "filter", "in": "query", "style": "deepObject", "explode": true, "required": !required.is_empty(),
        "description": "Filters combine: an object must pass them all",
        "schema": object(properties.into(), required),
    })
}

/// W92: what is asked with a number. The account is named in one of two ways, or not at all.
fn after() -> [Value; 4] {
    let query = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "query", "description": description, "schema": schema});
    [
        query(
            "after-sequence",
            "The number after which to begin",
            json!({"type": "integer", "minimum": 0, "maximum": i64::MAX, "default": 0}),
        ),
        query(
            "account-id",
            "Only the events of this account, by its own numbers",
            text(),
        ),
        query(
            "reference-id",
            "The same, of the account with this reference ID",
            json!({"type": "string", "minLength": 1, "maxLength": 255}),
        ),
        page("`page[size]` objects", json!({})),
    ]
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
        Answers::Page(..) => parameters.push(shared("page")),
        Answers::Downward(..) => parameters.push(page(
            "`page[size]` objects, after the one with that id",
            json!({"after": {"type": "string"}}),
        )),
        Answers::OnePage(..) => {
            parameters.push(page("`page[size]` objects; there is one page", json!({})));
        }
        Answers::After(_) => parameters.extend(after()),
        Answers::One(_) | Answers::OneWithMeta(..) => parameters.push(shared("include")),
        Answers::All(_) | Answers::Pdf | Answers::NotImplemented => {}
    }
    let filters = operation.answers.filters();
    if !filters.is_empty() {
        parameters.push(filter(operation, filters));
    }
    parameters
}

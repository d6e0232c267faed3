//! Our own OpenAPI document, made from the table of operations, so that it cannot forget one.
//!
//! The shapes of resources are in `schemas.rs`, the bodies of requests in `bodies.rs`.

mod bodies;
mod schemas;

use serde_json::{Map, Value, json};

use super::operation::{Answers, Method, OPERATIONS, Operation};

/// The whole document, OpenAPI 3.1.
pub fn document() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str()] = describe(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Selfsame Server API",
            "version": selfsame_wire::ApiVersion::DEFAULT.as_str(),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas::all(),
            "parameters": parameters(),
        },
    })
}

fn describe(operation: &Operation) -> Value {
    let mut responses = Map::new();
    responses.insert(operation.success.to_string(), success(operation));
    if operation.id == "create-an-account" {
        responses.insert("200".into(), success(operation));
    }
    for status in refusals(operation) {
        let schema = json!({"$ref": "#/components/schemas/errors"});
        responses.insert(
            (*status).to_owned(),
            json!({"description": "Refused", "content": {"application/json": {"schema": schema}}}),
        );
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "description": match operation.permission {
            Some(permission) => format!("Needs the permission `{}`.", permission.as_str()),
            None => "Any key may ask.".to_owned(),
        },
        "parameters": parameters_of(operation),
        "responses": responses,
    });
    if let Some(schema) = bodies::body(operation.id) {
        let required = schema.get("required").is_some();
        described["requestBody"] =
            json!({"required": required, "content": {"application/json": {"schema": schema}}});
    }
    described
}

fn refusals(operation: &Operation) -> &'static [&'static str] {
    match (operation.method, operation.answers) {
        (Method::Get, Answers::Page("account" | "inquiry-template-version", _)) => {
            &["400", "401", "403", "404", "429"]
        }
        (Method::Get, Answers::Page(..)) => &["400", "401", "403", "429"],
        (Method::Get, _) => &["400", "401", "403", "404", "429"],
        _ => &["400", "401", "403", "404", "409", "413", "422", "429"],
    }
}

fn success(operation: &Operation) -> Value {
    let schema =
        |name: &str| json!({"$ref": format!("#/components/schemas/{}", name.replace('/', "~1"))});
    let included = json!({"type": "array", "items": {"$ref": "#/components/schemas/resource"}});
    let body = match operation.answers {
        Answers::One(name) => object(
            json!({"data": schema(name), "included": included}),
            &["data"],
        ),
        Answers::OneWithMeta(name, members) => {
            let properties: Map<String, Value> = members
                .iter()
                .map(|member| ((*member).to_owned(), json!({"type": ["string", "null"]})))
                .collect();
            let meta = object(properties.into(), members);
            object(
                json!({"data": schema(name), "included": included, "meta": meta}),
                &["data", "meta"],
            )
        }
        Answers::Page(name, _) => {
            let links = object(
                json!({"prev": {"type": ["string", "null"]}, "next": {"type": ["string", "null"]}}),
                &["prev", "next"],
            );
            object(
                json!({"data": {"type": "array", "items": schema(name)}, "links": links}),
                &["data", "links"],
            )
        }
        Answers::All(name) => object(
            json!({"data": {"type": "array", "items": schema(name)}}),
            &["data"],
        ),
    };
    let mut headers = Map::new();
    for name in [
        "Request-Id",
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
    ] {
        headers.insert(name.to_owned(), json!({"schema": {"type": "string"}}));
    }
    json!({"description": "Done", "headers": headers, "content": {"application/json": {"schema": body}}})
}

/// A closed object.
pub(super) fn object(properties: Value, required: &[&str]) -> Value {
    let mut schema =
        json!({"type": "object", "additionalProperties": false, "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn parameters() -> Value {
    let header =
        |name: &str, schema: Value| json!({"name": name, "in": "header", "schema": schema});
    json!({
        "key-inflection": header("Key-Inflection", json!({"enum": ["kebab", "camel", "snake"]})),
        "persona-version": header("Persona-Version", json!({"type": "string", "format": "date"})),
        "idempotency-key": header("Idempotency-Key", json!({"type": "string", "maxLength": 255})),
        "include": {"name": "include", "in": "query", "schema": {"type": "string"}},
        "fields": {
            "name": "fields", "in": "query", "style": "deepObject", "explode": true,
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "page": {
            "name": "page", "in": "query", "style": "deepObject", "explode": true,
            "schema": object(json!({
                "after": {"type": "string"},
                "before": {"type": "string"},
                "size": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
            }), &[]),
        },
    })
}

fn parameters_of(operation: &Operation) -> Vec<Value> {
    let shared = |name: &str| json!({"$ref": format!("#/components/parameters/{name}")});
    let mut parameters: Vec<_> = operation
        .path
        .split(['{', '}'])
        .skip(1)
        .step_by(2)
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
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
                let required = operation.id == "list-all-inquiry-template-versions";
                parameters.push(json!({
                    "name": "filter", "in": "query", "style": "deepObject", "explode": true, "required": required,
                    "schema": object(properties.into(), if required { filters } else { &[] }),
                }));
            }
        }
        Answers::One(_) | Answers::OneWithMeta(..) => parameters.push(shared("include")),
        Answers::All(_) => {}
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_described_once_under_a_name_of_its_own() {
        let document = document();
        let mut ids: Vec<_> = OPERATIONS.iter().map(|operation| operation.id).collect();
        for operation in OPERATIONS {
            let described = &document["paths"][operation.path][operation.method.as_str()];
            assert_eq!(described["operationId"], operation.id);
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), OPERATIONS.len());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let mut open = vec![&document];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                        let pointer = reference.trim_start_matches('#');
                        assert!(document.pointer(pointer).is_some(), "{reference}");
                    }
                    open.extend(members.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
    }
}

//! Our own OpenAPI document, made from the table of operations, so that it cannot forget one.
//!
//! The shapes of resources are in `schemas.rs`, the bodies of requests in `bodies.rs`, their parameters in
//! `parameters.rs`, what is answered in `answers.rs`.

mod answers;
mod bodies;
mod parameters;
mod schemas;
mod verification;

use std::sync::LazyLock;

use selfsame_wire::ApiVersion;
use serde_json::{Map, Value, json};

use super::operation::{self, Answers, Operation, subject};

/// The whole document, OpenAPI 3.1.
pub fn document() -> Value {
    let mut paths = Map::new();
    for operation in operation::all() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str()] = describe(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Selfsame Server API",
            "version": ApiVersion::DEFAULT.as_str(),
            "description": "Accounts, inquiries and what belongs to them. What is said here in kebab case is answered \
                so, or as `Key-Inflection` asks; names that are sent may be spelled any way.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "tags": tags(),
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {
                "type": "http", "scheme": "bearer",
                "description": "An API key; it picks the environment.",
            }},
            "schemas": schemas::all(),
            "parameters": parameters::all(),
            "headers": answers::headers(),
        },
    })
}

/// The document as it is sent; it never changes while the server runs.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    &TEXT
}

/// Each once, in the order of the tables.
fn tags() -> Vec<Value> {
    let mut names: Vec<String> = Vec::new();
    for name in operation::all().map(|operation| subject(operation.path)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.iter().map(|name| json!({"name": name})).collect()
}

fn describe(operation: &Operation) -> Value {
    let mut responses = Map::new();
    if operation.answers != Answers::NotImplemented {
        responses.insert(operation.success.to_string(), answers::success(operation));
    }
    if operation.id == "create-an-account" {
        responses.insert("200".into(), answers::success(operation));
    }
    for status in answers::refusals(operation) {
        responses.insert(status.to_string(), answers::refusal(*status));
    }
    let mut described = json!({
        "operationId": operation.id,
        "tags": [subject(operation.path)],
        "summary": operation.summary,
        "description": description(operation),
        "parameters": parameters::of(operation),
        "responses": responses,
    });
    if let Some(schema) = bodies::body(operation.id) {
        let required = schema.get("required").is_some();
        described["requestBody"] =
            json!({"required": required, "content": {"application/json": {"schema": schema}}});
        if let Some(schema) = bodies::multipart(operation.id) {
            described["requestBody"]["content"]["multipart/form-data"] = json!({"schema": schema});
        }
    }
    described
}

fn description(operation: &Operation) -> String {
    let mut text = match operation.permission {
        Some(permission) => format!("Needs the permission `{}`.", permission.as_str()),
        None => "Any key may ask.".to_owned(),
    };
    if operation.answers == Answers::NotImplemented {
        text.push_str(" Not implemented: it answers 501.");
    } else if operation::is_outside(operation) {
        text.push_str(" None can exist yet: the list is empty.");
    } else if operation.is_extension() {
        text.push_str(" An extension: it has an address only where `extensions` is turned on.");
    }
    text
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

#[cfg(test)]
mod tests {
    use super::super::operation::Method;
    use super::*;

    /// Every operation of the document, with its method and path.
    fn described(document: &Value) -> impl Iterator<Item = (&'static Operation, &Value)> {
        operation::all().map(|operation| {
            let described = &document["paths"][operation.path][operation.method.as_str()];
            (operation, described)
        })
    }

    #[test]
    fn every_operation_is_described_once_under_a_name_of_its_own() {
        let document = document();
        let mut ids: Vec<_> = operation::all().map(|operation| operation.id).collect();
        for (operation, described) in described(&document) {
            assert_eq!(described["operationId"], operation.id);
        }
        let many = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), many);
    }

    #[test]
    fn every_operation_names_its_parameters_its_refusals_and_what_it_is_about() {
        let document = document();
        for (operation, described) in described(&document) {
            let in_path = described["parameters"].as_array().map_or(0, |all| {
                all.iter().filter(|one| one["in"] == "path").count()
            });
            assert_eq!(
                in_path,
                operation.path.matches('{').count(),
                "{operation:?}"
            );
            for status in ["401", "403", "429", "503"] {
                assert!(
                    described["responses"][status].is_object(),
                    "{operation:?} {status}"
                );
            }
            let success = &described["responses"][operation.success.to_string()];
            assert!(success["content"].is_object(), "{operation:?}");
            let tag = &described["tags"][0];
            let known = document["tags"]
                .as_array()
                .is_some_and(|tags| tags.iter().any(|known| known["name"] == *tag));
            assert!(known, "{tag}");
        }
    }

    #[test]
    fn every_operation_that_writes_values_describes_its_body() {
        let document = document();
        let bodiless = [
            "resume-an-inquiry",
            "expire-an-inquiry",
            "expire-an-inquiry-session",
            "clone-api-key",
            "enable-a-webhook",
            "disable-a-webhook",
            "archive-a-webhook",
            "clone-a-webhook",
            "archive-an-account",
            "restore-an-account",
        ];
        for (operation, described) in described(&document) {
            let reads_none = matches!(operation.method, Method::Get | Method::Delete)
                || bodiless.contains(&operation.id)
                || operation::is_outside(operation);
            assert_eq!(
                described["requestBody"].is_null(),
                reads_none,
                "{operation:?}"
            );
        }
    }

    #[test]
    fn an_object_in_a_body_that_need_not_be_there_may_be_null() {
        let document = document();
        let schema = |path: &str, method: &str| {
            document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
                .clone()
        };
        let update = schema("/accounts/{account-id}", "patch");
        let or_null = json!(["object", "null"]);
        let data = &update["properties"]["data"];
        assert_eq!(data["type"], or_null);
        assert_eq!(data["properties"]["attributes"]["type"], or_null);
        let create = schema("/inquiries", "post");
        assert_eq!(create["properties"]["data"]["type"], "object");
        assert_eq!(create["properties"]["meta"]["type"], or_null);
        // K9: null says nothing, but a new key must have a name.
        let name = |method: &str, path: &str| {
            schema(path, method)["properties"]["data"]["properties"]["attributes"]["properties"]
                ["name"]["type"]
                .clone()
        };
        assert_eq!(name("post", "/api-keys"), "string");
        assert_eq!(
            name("patch", "/api-keys/{api-key-id}"),
            json!(["string", "null"])
        );
    }

    #[test]
    fn the_names_of_components_are_such_as_openapi_allows() {
        let document = document();
        let kinds = document["components"].as_object().into_iter().flatten();
        for name in kinds.flat_map(|(_, named)| named.as_object().into_iter().flatten()) {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            assert!(name.0.bytes().all(allowed), "{}", name.0);
        }
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

//! Our own OpenAPI document, made from the table of operations, so that it cannot forget one.
//!
//! There are two, as an address below `/api/v1` may be one below our own too: `document` and `own_document`. The shapes of
//! resources are in `schemas.rs`, the bodies of requests in `bodies.rs`, their parameters in `parameters.rs`, what is answered
//! in `answers.rs`; what only our own operations have is in `own.rs`.

mod answers;
mod bodies;
mod own;
mod parameters;
mod schemas;
mod verification;

use std::collections::HashSet;
use std::sync::LazyLock;

use selfsame_wire::ApiVersion;
use serde_json::{Map, Value, json};

use super::ROOT;
use super::operation::{self, Answers, Operation, extension, subject};

/// What tells one document from the other.
struct About {
    title: &'static str,
    version: &'static str,
    description: &'static str,
    /// The address below which its operations are.
    root: &'static str,
}

/// That of what is published, OpenAPI 3.1.
pub fn document() -> Value {
    let about = About {
        title: "Selfsame Server API",
        version: ApiVersion::DEFAULT.as_str(),
        description: "Accounts, inquiries and what belongs to them. What is said here in kebab case is answered \
            so, or as `Key-Inflection` asks; names that are sent may be spelled any way.",
        root: ROOT,
    };
    of(&about, operation::all())
}

/// That of our own operations, which no published document has.
pub fn own_document() -> Value {
    let about = About {
        title: "Selfsame's own operations",
        version: "1",
        description: "What the published API has no operation for, with the same keys, headers, limits and errors. \
            What is said here in kebab case is answered so, or as `Key-Inflection` asks; names that are sent may be \
            spelled any way.",
        root: extension::ROOT,
    };
    of(&about, extension::EXTENSIONS)
}

/// The document as it is sent; it never changes while the server runs.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    &TEXT
}

/// The same of our own operations.
pub fn own_text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| own_document().to_string());
    &TEXT
}

fn of(about: &About, operations: impl IntoIterator<Item = &'static Operation>) -> Value {
    let operations: Vec<_> = operations.into_iter().collect();
    let mut paths = json!({});
    for operation in &operations {
        paths[operation.path][operation.method.as_str()] = describe(operation);
    }
    let schemas = referred_to(&paths, schemas::all());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": about.title,
            "version": about.version,
            "description": about.description,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"},
        },
        "servers": [{"url": about.root}],
        "security": [{"key": []}],
        "tags": tags(&operations),
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {
                "type": "http", "scheme": "bearer",
                "description": "An API key; it picks the environment.",
            }},
            "schemas": schemas,
            "parameters": parameters::all(),
            "headers": answers::headers(),
        },
    })
}

/// Of these shapes those that the paths refer to, themselves or by another shape.
fn referred_to(paths: &Value, mut schemas: Value) -> Value {
    let mut found = HashSet::new();
    let mut open = vec![paths];
    while let Some(value) = open.pop() {
        let reference = value["$ref"].as_str();
        let name = reference.and_then(|text| text.strip_prefix("#/components/schemas/"));
        if let Some(name) = name
            && found.insert(name.to_owned())
        {
            open.push(&schemas[name]);
        }
        match value {
            Value::Object(members) => open.extend(members.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    if let Some(all) = schemas.as_object_mut() {
        all.retain(|name, _| found.contains(name));
    }
    schemas
}

/// Each once, in the order of the tables.
fn tags(operations: &[&Operation]) -> Vec<Value> {
    let mut names: Vec<String> = Vec::new();
    for name in operations.iter().map(|operation| subject(operation.path)) {
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
    let needed = operation.permissions.iter();
    let needed: Vec<_> = needed
        .map(|permission| format!("`{}`", permission.as_str()))
        .collect();
    let mut text = match needed.as_slice() {
        [] => "Any key may ask.".to_owned(),
        [one] => format!("Needs the permission {one}."),
        several => format!("Needs the permissions {}.", several.join(" and ")),
    };
    if operation.answers == Answers::NotImplemented {
        text.push_str(" Not implemented: it answers 501.");
    } else if operation::is_outside(operation) {
        text.push_str(" None can exist yet: the list is empty.");
    } else if operation.is_extension() {
        text.push_str(" An extension: it has an address only where `extensions` is turned on.");
    }
    match own::about(operation.id) {
        Some(about) => format!("{about} {text}"),
        None => text,
    }
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
mod tests;

//! An OpenAPI document as what the page shows.

use serde::Serialize;
use serde_json::Value;

use super::outline::{self, Member};

#[derive(Debug, Serialize)]
pub struct Reference {
    title: String,
    description: Vec<Piece>,
    version: String,
    subjects: Vec<Subject>,
    schemas: Vec<Schema>,
}

/// A part of a text: words, or what stood between backticks.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct Piece {
    text: String,
    is_code: bool,
}

#[derive(Debug, Serialize)]
struct Subject {
    name: String,
    anchor: String,
    operations: Vec<Operation>,
}

#[derive(Debug, Serialize)]
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: Vec<Piece>,
    is_implemented: bool,
    parameters: Vec<Parameter>,
    body: Option<Body>,
    answers: Vec<Answer>,
}

#[derive(Debug, Serialize)]
struct Parameter {
    name: String,
    place: String,
    is_required: bool,
    kind: String,
    note: String,
    description: Vec<Piece>,
}

#[derive(Debug, Serialize)]
struct Body {
    is_required: bool,
    members: Vec<Member>,
}

#[derive(Debug, Serialize)]
struct Answer {
    status: String,
    description: String,
    headers: Vec<String>,
    is_success: bool,
    /// Of a success; every refusal has the one shape of errors.
    members: Vec<Member>,
}

#[derive(Debug, Serialize)]
struct Schema {
    name: String,
    members: Vec<Member>,
}

pub fn read(document: &Value) -> Reference {
    let info = &document["info"];
    let mut subjects: Vec<Subject> = items(&document["tags"])
        .map(|tag| Subject {
            name: text(&tag["name"]),
            anchor: text(&tag["name"]).to_lowercase().replace(' ', "-"),
            operations: Vec::new(),
        })
        .collect();
    for (path, method, operation) in operations(document) {
        let tag = text(&operation["tags"][0]);
        if let Some(subject) = subjects.iter_mut().find(|subject| subject.name == tag) {
            let read = read_operation(document, path, method, operation);
            subject.operations.push(read);
        }
    }
    Reference {
        title: text(&info["title"]),
        description: prose(&info["description"]),
        version: text(&info["version"]),
        subjects,
        schemas: named(&document["components"]["schemas"])
            .map(|(name, schema)| Schema {
                name: name.clone(),
                members: outline::members(schema),
            })
            .collect(),
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    named(&document["paths"]).flat_map(|(path, methods)| {
        named(methods).map(|(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn read_operation(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let base = text(&document["servers"][0]["url"]);
    let body = &operation["requestBody"];
    let answers: Vec<_> = named(&operation["responses"])
        .map(|(status, answer)| read_answer(status, answer))
        .collect();
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: format!("{base}{path}"),
        summary: text(&operation["summary"]),
        description: prose(&operation["description"]),
        is_implemented: answers.iter().any(|answer| answer.is_success),
        parameters: items(&operation["parameters"])
            .flat_map(|parameter| read_parameter(resolved(document, parameter)))
            .collect(),
        body: body.is_object().then(|| Body {
            is_required: body["required"] == true,
            members: outline::members(&body["content"]["application/json"]["schema"]),
        }),
        answers,
    }
}

/// `page[size]`, `page[after]`, …: each member of a parameter in brackets is one line.
fn read_parameter(parameter: &Value) -> Vec<Parameter> {
    let name = text(&parameter["name"]);
    let whole = |name: String, member: Member, is_required: bool| Parameter {
        name,
        place: text(&parameter["in"]),
        is_required,
        kind: member.kind,
        note: member.note,
        description: prose(&parameter["description"]),
    };
    let schema = &parameter["schema"];
    let members = outline::members(schema);
    if parameter["style"] == "deepObject" && !members.is_empty() {
        let lines = members.into_iter().map(|member| {
            let is_required = member.is_required;
            whole(format!("{name}[{}]", member.name), member, is_required)
        });
        return lines.collect();
    }
    let shown = if parameter["style"] == "deepObject" {
        format!("{name}[…]")
    } else {
        name.clone()
    };
    let is_required = parameter["required"] == true;
    vec![whole(shown, outline::described(schema), is_required)]
}

fn read_answer(status: &str, answer: &Value) -> Answer {
    let is_success = status.starts_with('2');
    let schema = &answer["content"]["application/json"]["schema"];
    Answer {
        status: status.to_owned(),
        description: text(&answer["description"]),
        headers: named(&answer["headers"])
            .map(|(name, _)| name.clone())
            .collect(),
        is_success,
        members: if is_success {
            outline::members(schema)
        } else {
            Vec::new()
        },
    }
}

/// What a reference leads to, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value["$ref"]
        .as_str()
        .and_then(|reference| document.pointer(reference.trim_start_matches('#')))
        .unwrap_or(value)
}

fn prose(value: &Value) -> Vec<Piece> {
    let parts = value.as_str().unwrap_or_default().split('`');
    parts
        .enumerate()
        .map(|(place, part)| Piece {
            text: part.to_owned(),
            is_code: place % 2 == 1,
        })
        .filter(|piece| !piece.text.is_empty())
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn named(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        let pieces = prose(&serde_json::json!("Needs `a.b`."));
        let read: Vec<_> = pieces
            .iter()
            .map(|piece| (piece.text.as_str(), piece.is_code))
            .collect();
        assert_eq!(read, [("Needs ", false), ("a.b", true), (".", false)]);
    }

    #[test]
    fn every_operation_of_a_document_is_shown() {
        use crate::api::{openapi, operation};
        for (document, many) in [
            (openapi::document(), operation::all().count()),
            (
                openapi::own_document(),
                operation::extension::EXTENSIONS.len(),
            ),
        ] {
            let reference = read(&document);
            let shown = reference
                .subjects
                .iter()
                .flat_map(|subject| &subject.operations);
            assert_eq!(shown.clone().count(), many);
            for operation in shown {
                assert!(!operation.summary.is_empty(), "{operation:?}");
                assert!(!operation.answers.is_empty(), "{operation:?}");
            }
            let mut schemas = reference.schemas.iter();
            assert!(schemas.all(|schema| !schema.members.is_empty()));
        }
    }
}

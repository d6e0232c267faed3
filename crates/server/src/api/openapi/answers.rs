//! What operations answer: the successes, the refusals and the headers.

use serde_json::{Map, Value, json};

use super::object;
use crate::api::operation::{Answers, Method, Operation};

/// The statuses an operation may refuse with.
pub fn refusals(operation: &Operation) -> &'static [u16] {
    if operation.id == "accounts-list-all-relations" {
        return &[400, 401, 403, 404, 408, 413, 422, 429, 503];
    }
    match (operation.method, operation.answers) {
        (_, Answers::NotImplemented) => &[401, 403, 413, 429, 501, 503],
        (Method::Get, Answers::After(_)) => &[400, 401, 403, 404, 408, 413, 422, 429, 503],
        (
            Method::Get,
            Answers::Page("account" | "inquiry-session" | "inquiry-template-version", _),
        ) => &[400, 401, 403, 404, 408, 413, 429, 503],
        (Method::Get, Answers::Page(..) | Answers::OnePage(..))
            if !operation.path.contains('{') =>
        {
            &[400, 401, 403, 408, 413, 429, 503]
        }
        (Method::Get, _) => &[400, 401, 403, 404, 408, 413, 429, 503],
        _ => &[400, 401, 403, 404, 408, 409, 413, 422, 429, 503],
    }
}

pub fn refusal(status: u16) -> Value {
    let description = match status {
        400 => "The request has the wrong shape",
        401 => "No key, or not a valid one",
        403 => "The key may not do this",
        404 => "The object, or one it names, is not in this environment",
        408 => "The request took too long",
        409 => "The state of the object does not allow it, or such a one exists",
        413 => "The body is too large",
        422 => "A value breaks a rule",
        429 => "The rate limit is used up",
        501 => "Not implemented by this server",
        _ => "The server cannot answer now",
    };
    let schema = json!({"$ref": "#/components/schemas/errors"});
    let mut refusal = json!({
        "description": description,
        "headers": {"Request-Id": {"$ref": "#/components/headers/Request-Id"}},
        "content": {"application/json": {"schema": schema}},
    });
    if status == 429 {
        let name = "Retry-After";
        refusal["headers"][name] = json!({"$ref": format!("#/components/headers/{name}")});
    }
    refusal
}

pub fn success(operation: &Operation) -> Value {
    let schema =
        |name: &str| json!({"$ref": format!("#/components/schemas/{}", name.replace('/', "-"))});
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
        Answers::Page(name, _) | Answers::Downward(name, _) | Answers::OnePage(name, _) => {
            let (link, none) = (json!({"type": ["string", "null"]}), json!({"type": "null"}));
            let (previous, next) = match operation.answers {
                Answers::OnePage(..) => (none.clone(), none),
                Answers::Downward(..) => (none, link),
                _ => (link.clone(), link),
            };
            let links = object(json!({"prev": previous, "next": next}), &["prev", "next"]);
            object(
                json!({"data": {"type": "array", "items": schema(name)}, "links": links}),
                &["data", "links"],
            )
        }
        Answers::All(name) => object(
            json!({"data": {"type": "array", "items": schema(name)}}),
            &["data"],
        ),
        Answers::After(name) => {
            let number = json!({"type": "integer", "minimum": 0});
            let numbers = ["next-after-sequence", "last-sequence", "first-sequence"];
            let members = numbers.map(|member| (member.to_owned(), number.clone()));
            let meta = object(Map::from_iter(members).into(), &numbers);
            let items = schema(&format!("numbered-{name}"));
            object(
                json!({"data": {"type": "array", "items": items}, "meta": meta}),
                &["data", "meta"],
            )
        }
        Answers::Pdf => json!({"type": "string", "contentMediaType": "application/pdf"}),
        Answers::NotImplemented => return Value::Null,
    };
    let media = match operation.answers {
        Answers::Pdf => "application/pdf",
        _ => "application/json",
    };
    let headers: Map<String, Value> = ON_EVERY_ANSWER
        .iter()
        .map(|(name, _)| {
            let reference = format!("#/components/headers/{name}");
            ((*name).to_owned(), json!({"$ref": reference}))
        })
        .collect();
    json!({"description": "Done", "headers": headers, "content": {media: {"schema": body}}})
}

const ON_EVERY_ANSWER: [(&str, &str); 6] = [
    ("Request-Id", "The id of this request"),
    ("Persona-Environment-Id", "The environment of the key"),
    ("Persona-Organization-Id", "The organisation of the key"),
    ("RateLimit-Limit", "Requests a minute"),
    ("RateLimit-Remaining", "Requests left in this window"),
    ("RateLimit-Reset", "Seconds until the next window"),
];

pub fn headers() -> Value {
    let retry = ("Retry-After", "Seconds until the next window");
    let headers: Map<String, Value> = ON_EVERY_ANSWER
        .into_iter()
        .chain([retry])
        .map(|(name, description)| {
            let kind = if name.ends_with("-Id") {
                "string"
            } else {
                "integer"
            };
            let header = json!({"description": description, "schema": {"type": kind}});
            (name.to_owned(), header)
        })
        .collect();
    headers.into()
}

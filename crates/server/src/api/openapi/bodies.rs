//! The bodies of requests. Members not named here are ignored, not refused.

use selfsame_domain::account::{FLAT_ATTRIBUTES, MOST_SOURCES};
use selfsame_domain::api_key::{
    DEFAULT_FILE_TOKEN_SECONDS, MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS, MOST_ENTRIES,
    MOST_EXPIRY_SECONDS, MOST_FILE_TOKEN_SECONDS,
};
use selfsame_domain::permission::Permission;
use selfsame_domain::webhook::{
    MAX_URL_CHARACTERS, MOST_EVENT_TYPES, MOST_GRACE_SECONDS, MOST_HEADERS, MOST_RELATIONS,
};
use selfsame_wire::ApiVersion;
use serde_json::{Map, Value, json};

use super::own;

pub(super) fn nullable(kind: &str) -> Value {
    json!({"type": [kind, "null"]})
}

/// An object that reads these members. Objects among them that need not be there may be null as well.
pub(super) fn members(mut properties: Value, required: &[&str]) -> Value {
    for (name, schema) in properties.as_object_mut().into_iter().flatten() {
        if schema["type"] == "object" && !required.contains(&name.as_str()) {
            schema["type"] = json!(["object", "null"]);
        }
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn data(attributes: Value) -> Value {
    members(json!({"attributes": attributes}), &[])
}

/// The body an operation reads; `None` where it reads none.
pub fn body(operation: &str) -> Option<Value> {
    Some(match operation {
        "create-an-account" => members(
            json!({
                "data": data(account_attributes(json!({"account-type-id": {"type": "string"}}))),
                "meta": members(json!({"upsert-by": nullable("string")}), &[]),
            }),
            &[],
        ),
        "update-an-account" => members(json!({"data": data(account_attributes(json!({})))}), &[]),
        "search-accounts" | "search-inquiries" => search(),
        "consolidate-into-an-account" => members(
            json!({"meta": members(
                json!({"source-account-ids": {
                    "type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_SOURCES,
                }}),
                &["source-account-ids"],
            )}),
            &["meta"],
        ),
        "run-account-action" => members(
            json!({"data": members(
                json!({"account-action-id": {"type": "string"}, "parameters": nullable("object")}),
                &["account-action-id"],
            )}),
            &["data"],
        ),
        "accounts-add-relation" | "accounts-remove-relation" => {
            let names = ["relation-schema-key", "target-object-id"];
            let texts = names.map(|name| (name.to_owned(), json!({"type": "string"})));
            let meta = members(Map::from_iter(texts).into(), &names);
            members(json!({"meta": meta}), &["meta"])
        }
        "create-an-api-key" => api_key(&["name"]),
        "update-an-api-key" => api_key(&[]),
        "expire-an-api-key" => members(
            json!({"meta": members(
                json!({"expires-in-seconds": {"type": "integer", "minimum": 0, "maximum": MOST_EXPIRY_SECONDS}}),
                &["expires-in-seconds"],
            )}),
            &["meta"],
        ),
        "create-a-webhook" => webhook(&["name", "url", "enabled-events"]),
        "update-a-webhook" => webhook(&[]),
        "rotate-a-webhook-secret" => members(
            json!({"meta": members(
                json!({"expires-in-seconds": {
                    "type": ["integer", "null"], "minimum": 0, "maximum": MOST_GRACE_SECONDS, "default": 0,
                }}),
                &[],
            )}),
            &[],
        ),
        "import-an-account" => {
            let file = members(
                json!({"data": {"type": "string", "contentEncoding": "base64"}, "filename": {"type": "string"}}),
                &["data"],
            );
            file_body(file)
        }
        "create-an-inquiry" => create_inquiry(),
        "update-an-inquiry" => members(
            json!({"data": data(members(json!({
                "note": nullable("string"), "fields": nullable("object"), "tags": tags(),
            }), &[]))}),
            &[],
        ),
        "approve-an-inquiry" | "decline-an-inquiry" | "mark-an-inquiry-for-review" => members(
            json!({"meta": members(json!({"comment": nullable("string")}), &[])}),
            &[],
        ),
        "generate-a-one-time-link" | "inquiry-sessions-generate-one-time-link" => members(
            json!({"meta": members(json!({"expires-in-seconds": {"type": ["integer", "null"], "minimum": 1}}), &[])}),
            &[],
        ),
        "accounts-add-tag"
        | "accounts-remove-tag"
        | "inquiries-add-tag"
        | "inquiries-remove-tag" => members(
            json!({"meta": members(json!({"tag-name": {"type": "string"}, "tag-id": nullable("string")}), &[])}),
            &["meta"],
        ),
        "accounts-set-all-tags" | "inquiries-set-all-tags" => members(
            json!({"meta": members(json!({"tag-name": tags(), "tag-id": tags()}), &[])}),
            &["meta"],
        ),
        "inquiries-perform-simulate-actions" => simulate(),
        "inquiries-set-simulate-stubs" => members(
            json!({"meta": members(
                json!({"simulate-stubs": {"type": "object", "additionalProperties": stub()}}),
                &["simulate-stubs"],
            )}),
            &["meta"],
        ),
        "create-an-inquiry-session" => members(
            json!({"data": members(
                json!({"attributes": members(json!({"inquiry-id": {"type": "string"}}), &["inquiry-id"])}),
                &["attributes"],
            )}),
            &["data"],
        ),
        "expire-all-inquiry-sessions" => members(
            json!({"meta": members(
                json!({"inquiry-ids": {"type": "array", "items": {"type": "string"}}}),
                &["inquiry-ids"],
            )}),
            &["meta"],
        ),
        _ => return own::body(operation),
    })
}

/// The body of an operation that also takes its file as a part of a multipart body.
pub fn multipart(operation: &str) -> Option<Value> {
    (operation == "import-an-account")
        .then(|| file_body(json!({"type": "string", "contentMediaType": "text/csv"})))
}

fn file_body(file: Value) -> Value {
    let attributes = members(json!({"file": file}), &["file"]);
    let data = members(json!({"attributes": attributes}), &["attributes"]);
    members(json!({"data": data}), &["data"])
}

fn tags() -> Value {
    json!({"type": ["array", "null"], "items": {"type": "string"}})
}

fn account_attributes(more: Value) -> Value {
    let mut properties = json!({
        "account-status": {"type": "string"},
        "reference-id": {"type": "string", "maxLength": 255},
        "fields": {"type": "object"},
        "tags": tags(),
    });
    for (flat, ..) in FLAT_ATTRIBUTES {
        properties[*flat] = json!({"type": "string"});
    }
    if let (Some(all), Value::Object(more)) = (properties.as_object_mut(), more) {
        all.extend(more);
    }
    members(properties, &[])
}

fn api_key(required: &[&str]) -> Value {
    let texts =
        json!({"type": ["array", "null"], "items": {"type": "string"}, "maxItems": MOST_ENTRIES});
    let permissions: Vec<_> = Permission::ALL
        .iter()
        .map(|permission| permission.as_str())
        .collect();
    // K9: null says nothing, but a name that must be there must not be null.
    let versions = or_null(&ApiVersion::ALL.map(ApiVersion::as_str));
    let inflections = or_null(&["kebab", "camel", "snake"]);
    let name_type = if required.contains(&"name") {
        json!("string")
    } else {
        json!(["string", "null"])
    };
    let attributes = members(
        json!({
            "name": {"type": name_type, "minLength": 1, "maxLength": MAX_NAME_CHARACTERS},
            "note": {"type": ["string", "null"], "maxLength": MAX_NOTE_CHARACTERS},
            "api-version": {"enum": versions},
            "api-key-inflection": {"enum": inflections},
            "api-attributes-blocklist": texts,
            "ip-address-allowlist": texts,
            "permissions": {"type": ["array", "null"], "items": {"enum": permissions}},
            "file-access-token-expires-in": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": MOST_FILE_TOKEN_SECONDS,
                "default": DEFAULT_FILE_TOKEN_SECONDS,
            },
        }),
        required,
    );
    members(
        json!({"data": members(json!({"attributes": attributes}), &["attributes"])}),
        &["data"],
    )
}

/// One of these, or null.
fn or_null(values: &[&str]) -> Vec<Value> {
    let values = values.iter().map(|value| json!(value));
    values.chain([Value::Null]).collect()
}

/// W10: what must be there must not be null.
fn webhook(required: &[&str]) -> Value {
    let kind = |name: &str, kind: &str| {
        if required.contains(&name) {
            json!(kind)
        } else {
            json!([kind, "null"])
        }
    };
    let texts =
        json!({"type": ["array", "null"], "items": {"type": "string"}, "maxItems": MOST_ENTRIES});
    let all_or_none = members(
        json!({"state": {"enum": ["include_all", "include_none"]}}),
        &["state"],
    );
    let of_type = members(
        json!({
            "event-type": {"type": "string"},
            "relationships": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_RELATIONS},
        }),
        &["event-type", "relationships"],
    );
    let included = members(
        json!({
            "state": {"enum": ["include_all", "include_none", "custom"]},
            "event-types": {"type": "array", "items": of_type, "minItems": 1, "maxItems": MOST_EVENT_TYPES},
        }),
        &["state"],
    );
    let attributes = members(
        json!({
            "name": {"type": kind("name", "string"), "minLength": 1, "maxLength": MAX_NAME_CHARACTERS},
            "description": {"type": ["string", "null"], "maxLength": MAX_NOTE_CHARACTERS},
            "url": {"type": kind("url", "string"), "maxLength": MAX_URL_CHARACTERS},
            "enabled-events": {
                "type": kind("enabled-events", "array"),
                "items": {"type": "string"},
                "minItems": 1,
                "maxItems": MOST_ENTRIES,
            },
            "api-version": {"enum": or_null(&ApiVersion::ALL.map(ApiVersion::as_str))},
            "api-key-inflection": {"enum": or_null(&["kebab", "camel", "snake"])},
            "api-attributes-blocklist": texts,
            "file-access-token-expires-in": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": MOST_FILE_TOKEN_SECONDS,
                "default": DEFAULT_FILE_TOKEN_SECONDS,
            },
            "payload-filter": {"type": "object"},
            "included-allowlist": included,
            "relationship-allowlist": all_or_none,
            "custom-http-headers": {
                "type": "object", "additionalProperties": {"type": "string"}, "maxProperties": MOST_HEADERS,
            },
            "ordered-per-account": {"type": ["boolean", "null"], "default": false},
            "selfsame-headers": {"type": ["boolean", "null"], "default": false},
        }),
        required,
    );
    let is_needed: &[&str] = if required.is_empty() {
        &[]
    } else {
        &["attributes"]
    };
    let data = members(json!({"attributes": attributes}), is_needed);
    let is_needed: &[&str] = if required.is_empty() { &[] } else { &["data"] };
    members(json!({"data": data}), is_needed)
}

fn create_inquiry() -> Value {
    let mut attributes = Map::new();
    for name in [
        "inquiry-template-id",
        "inquiry-template-version-id",
        "template-id",
        "account-id",
        "reference-id",
        "creator-email-address",
        "theme-id",
        "theme-set-id",
        "redirect-uri",
        "note",
        "initial-step-name",
    ] {
        attributes.insert(name.to_owned(), nullable("string"));
    }
    attributes.insert("fields".into(), nullable("object"));
    attributes.insert("tags".into(), tags());
    let seconds = json!({"type": ["integer", "null"], "minimum": 1});
    let meta = json!({
        "auto-create-account": {"type": "boolean", "default": true},
        "auto-create-account-type-id": {"type": "string"},
        "auto-create-account-reference-id": {"type": "string", "maxLength": 255},
        "auto-create-inquiry-session": {"type": "boolean", "default": false},
        "auto-create-one-time-link": {"type": "boolean", "default": false},
        "expiration-after-create-interval-seconds": seconds,
        "expiration-after-start-interval-seconds": seconds,
        "expiration-after-resume-interval-seconds": seconds,
        "one-time-link-expiration-seconds": seconds,
        "ios-app-attest-team-id": nullable("string"),
        "ios-app-attest-bundle-id": nullable("string"),
    });
    members(
        json!({
            "data": members(json!({"attributes": members(attributes.into(), &[])}), &["attributes"]),
            "meta": members(meta, &[]),
        }),
        &["data"],
    )
}

fn simulate() -> Value {
    let kinds = [
        "start_inquiry",
        "complete_inquiry",
        "fail_inquiry",
        "expire_inquiry",
        "mark_for_review_inquiry",
        "approve_inquiry",
        "decline_inquiry",
        "create_passed_verification",
        "create_failed_verification",
    ];
    let action = members(
        json!({
            "type": {"enum": kinds},
            "data": members(json!({"verification-template-id": {"type": "string"}}), &[]),
        }),
        &["type"],
    );
    members(
        json!({"meta": members(json!({"simulate-actions": {"type": "array", "items": action}}), &["simulate-actions"])}),
        &["meta"],
    )
}

/// I78.
fn stub() -> Value {
    let check = members(
        json!({
            "name": {"type": "string"},
            "status": {"type": "string", "enum": ["passed", "failed", "not_applicable"]},
            "reasons": {"type": "array", "items": {"type": "string"}},
        }),
        &["name", "status"],
    );
    json!({
        "type": ["object", "null"],
        "properties": {
            "status": {"enum": ["passed", "failed", null]},
            "extractions": {"type": "object", "additionalProperties": nullable("string")},
            "checks": {"type": "array", "items": check},
        },
    })
}

/// A40–A44.
fn search() -> Value {
    let clause = json!({"type": "object"});
    let clauses = json!({"type": "array", "minItems": 1, "maxItems": 20, "items": clause});
    let one = |name: &str, schema: &Value| {
        json!({
            "type": "object", "properties": {name: schema}, "required": [name], "additionalProperties": false,
        })
    };
    let predicate = json!({
        "type": "object",
        "properties": {
            "attribute": {"type": "string"},
            "operator": {"type": "string", "enum": ["eq", "gt", "gte", "lt", "lte"]},
            "value": {"type": ["string", "number", "boolean"]},
        },
        "required": ["attribute", "operator", "value"],
    });
    members(
        json!({
            "query": {"oneOf": [one("and", &clauses), one("or", &clauses), one("not", &clause), predicate]},
            "sort": members(
                json!({"attribute": {"type": "string"}, "direction": {"type": "string", "enum": ["asc", "desc"]}}),
                &["attribute"],
            ),
            "page": members(
                json!({
                    "size": {"type": "integer", "minimum": 1, "maximum": 100},
                    "after": {"type": "string"},
                    "before": {"type": "string"},
                }),
                &[],
            ),
        }),
        &[],
    )
}

//! The shapes of resources.

use serde_json::{Map, Value, json};

use super::{object, own, verification};

pub(super) fn text() -> Value {
    json!({"type": "string"})
}

pub(super) fn maybe_text() -> Value {
    json!({"type": ["string", "null"]})
}

pub(super) fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

pub(super) fn maybe_time() -> Value {
    json!({"type": ["string", "null"], "format": "date-time"})
}

pub(super) fn texts() -> Value {
    json!({"type": "array", "items": {"type": "string"}})
}

pub(super) fn to_one(kind: &str) -> Value {
    let identifier = object(
        json!({"type": {"const": kind}, "id": text()}),
        &["type", "id"],
    );
    object(
        json!({"data": {"anyOf": [identifier, {"type": "null"}]}}),
        &["data"],
    )
}

pub(super) fn to_many() -> Value {
    let identifier = object(json!({"type": text(), "id": text()}), &["type", "id"]);
    object(
        json!({"data": {"type": "array", "items": identifier}}),
        &["data"],
    )
}

/// A resource object; `required` names all attributes, as a full document has every one.
pub(super) fn resource(kind: Value, attributes: Value, relationships: Value) -> Value {
    let keys = |value: &Value| -> Vec<String> {
        value
            .as_object()
            .map(|members| members.keys().cloned().collect())
            .unwrap_or_default()
    };
    let required: Vec<String> = keys(&attributes);
    let required: Vec<&str> = required.iter().map(String::as_str).collect();
    object(
        json!({
            "type": kind,
            "id": text(),
            "attributes": object(attributes.clone(), &required),
            "relationships": object(relationships, &[]),
        }),
        &["type", "id", "attributes"],
    )
}

/// `{type, value}`, as deep as it goes.
fn typed_value() -> Value {
    object(json!({"type": text(), "value": {}}), &["type", "value"])
}

fn fields() -> Value {
    json!({"type": "object", "additionalProperties": typed_value()})
}

fn field_schemas() -> Value {
    let schema = object(
        json!({
            "key": text(), "type": text(), "label": maybe_text(),
            "config": object(json!({"target": text()}), &["target"]),
        }),
        &["key", "type"],
    );
    json!({"type": "array", "items": schema})
}

/// Of every document; each takes those that it refers to.
pub fn all() -> Value {
    json!({
        "errors": errors(),
        "resource": {"type": "object", "required": ["type", "id"], "properties": {"type": text(), "id": text()}},
        "account": account(),
        "account-type": account_type(),
        "api-key": api_key(),
        "api-log": api_log(),
        "device": device(),
        "importer-account": importer(),
        "inquiry": inquiry(),
        "inquiry-session": session(),
        "inquiry-template": template(),
        "inquiry-template-version": template_version(),
        "verification": verification::any(),
        "verification-government-id": verification::government_id(),
        "verification-selfie": verification::selfie(),
        "document": verification::any_document(),
        "document-government-id": verification::document(),
        "event": event(),
        "rate-limit-api": rate_limit(),
        "user-audit-log": user_audit_log(),
        "webhook": webhook(),
        "importer-row": own::importer_row(),
        "numbered-event": own::numbered_event(),
        "webhook-event": own::delivery(),
        "webhook-replay": own::replay(),
        "webhook-simulation": own::simulation(),
        "webhook-sample": own::sample(),
    })
}

fn errors() -> Value {
    let source = object(json!({"pointer": text()}), &["pointer"]);
    let error = object(
        json!({"title": text(), "details": text(), "meta": {"type": "object"}, "source": source}),
        &["title"],
    );
    object(
        json!({"errors": {"type": "array", "minItems": 1, "items": error}}),
        &["errors"],
    )
}

fn account() -> Value {
    resource(
        json!({"const": "account"}),
        json!({
            "reference-id": maybe_text(), "account-type-name": text(), "account-status": text(),
            "created-at": time(), "updated-at": time(), "redacted-at": maybe_time(), "fields": fields(),
            "tags": texts(),
        }),
        json!({"account-type": to_one("account-type")}),
    )
}

fn account_type() -> Value {
    resource(
        json!({"const": "account-type"}),
        json!({"name": text(), "created-at": time(), "updated-at": time(), "field-schemas": field_schemas()}),
        json!({"account-statuses": to_many(), "default-account-status": to_one("account-status")}),
    )
}

/// Without relations; `value` is there in answers that show it.
fn api_key() -> Value {
    let mut attributes = json!({
        "name": text(), "note": maybe_text(), "api-version": text(), "api-key-inflection": text(),
        "api-attributes-blocklist": texts(), "ip-address-allowlist": texts(), "permissions": texts(),
        "file-access-token-expires-in": {"type": "integer"}, "last-used-at": maybe_time(),
        "expires-at": maybe_time(), "created-at": time(),
    });
    let required: Vec<String> = attributes
        .as_object()
        .map(|members| members.keys().cloned().collect())
        .unwrap_or_default();
    let required: Vec<&str> = required.iter().map(String::as_str).collect();
    attributes["value"] = text();
    object(
        json!({"type": {"const": "api-key"}, "id": text(), "attributes": object(attributes, &required)}),
        &["type", "id", "attributes"],
    )
}

/// Without relations. `secret` and `secrets` are there in answers that show them, our own attributes (W29) where set.
fn webhook() -> Value {
    let state = |known: &[&str]| object(json!({"state": {"enum": known}}), &["state"]);
    let custom = object(
        json!({
            "state": {"const": "custom"},
            "event-types": {"type": "array", "items": object(
                json!({"event-type": text(), "relationships": texts()}),
                &["event-type", "relationships"],
            )},
        }),
        &["state", "event-types"],
    );
    let all_or_none = state(&["include_all", "include_none"]);
    let mut attributes = json!({
        "status": {"enum": ["disabled", "enabled", "archived"]}, "name": maybe_text(), "description": maybe_text(),
        "url": text(), "enabled-events": texts(), "api-version": text(), "api-key-inflection": text(),
        "api-attributes-blocklist": texts(), "file-access-token-expires-in": {"type": "integer"},
        "payload-filter": {"type": ["object", "null"]}, "included-allowlist": {"oneOf": [all_or_none, custom]},
        "relationship-allowlist": all_or_none, "created-at": time(),
    });
    let required: Vec<String> = attributes
        .as_object()
        .map(|members| members.keys().cloned().collect())
        .unwrap_or_default();
    let required: Vec<&str> = required.iter().map(String::as_str).collect();
    let secret = object(
        json!({"value": text(), "expires-at": maybe_time()}),
        &["value", "expires-at"],
    );
    attributes["secret"] = text();
    attributes["secrets"] = json!({"type": "array", "items": secret});
    attributes["ordered-per-account"] = json!({"const": true});
    attributes["selfsame-headers"] = json!({"const": true});
    object(
        json!({"type": {"const": "webhook"}, "id": text(), "attributes": object(attributes, &required)}),
        &["type", "id", "attributes"],
    )
}

fn api_log() -> Value {
    let texts = json!({"type": "object", "additionalProperties": text()});
    let params = json!({"type": "object"});
    let request = object(
        json!({
            "method": text(), "path": text(), "headers": texts, "get-params": params, "post-params": params,
            "ip-address": text(),
        }),
        &["method", "path", "headers", "get-params", "post-params"],
    );
    let headers =
        json!({"type": "object", "additionalProperties": {"type": ["string", "integer"]}});
    let response = object(
        json!({"status": {"type": "integer"}, "headers": headers}),
        &["status", "headers"],
    );
    let attributes = json!({
        "request": request, "response": response, "created-at": time(), "redacted-at": maybe_time(),
    });
    resource(json!({"const": "api-log"}), attributes, json!({}))
}

fn device() -> Value {
    let attributes = json!({
        "device-vendor-id": maybe_text(), "device-fingerprint": maybe_text(), "browser-fingerprint": maybe_text(),
    });
    resource(json!({"const": "device"}), attributes, json!({}))
}

fn user_audit_log() -> Value {
    let params = json!({"type": ["object", "string"]});
    let attributes = json!({
        "path": text(), "method": text(), "get-params": params, "post-params": params, "ip-address": text(),
        "user-agent": text(), "response-status": {"type": "integer"}, "created-at": time(),
        "impersonator-email-address": maybe_text(), "context": {"type": "object"},
    });
    resource(
        json!({"const": "user-audit-log"}),
        attributes,
        json!({"user": to_one("user"), "user-session": to_one("user-session")}),
    )
}

fn importer() -> Value {
    let count = json!({"type": "integer", "minimum": 0});
    let attributes = json!({
        "status": text(), "successful-count": count, "duplicate-count": count, "error-count": count,
        "created-at": time(), "completed-at": maybe_time(),
    });
    resource(json!({"const": "importer/account"}), attributes, json!({}))
}

fn inquiry() -> Value {
    let behaviors: Map<String, Value> = selfsame_domain::inquiry::BEHAVIOR_KEYS
        .iter()
        .map(|key| {
            (
                (*key).to_owned(),
                json!({"type": ["number", "boolean", "string", "null"]}),
            )
        })
        .collect();
    resource(
        json!({"const": "inquiry"}),
        json!({
            "status": text(), "reference-id": maybe_text(), "note": maybe_text(),
            "behaviors": object(behaviors.into(), selfsame_domain::inquiry::BEHAVIOR_KEYS),
            "tags": texts(), "creator": text(), "reviewer-comment": maybe_text(),
            "created-at": time(), "updated-at": time(), "started-at": maybe_time(), "expires-at": maybe_time(),
            "completed-at": maybe_time(), "failed-at": maybe_time(), "marked-for-review-at": maybe_time(),
            "decisioned-at": maybe_time(), "expired-at": maybe_time(), "redacted-at": maybe_time(),
            "previous-step-name": maybe_text(), "next-step-name": maybe_text(), "fields": fields(),
        }),
        json!({
            "account": to_one("account"), "template": to_one("template"),
            "inquiry-template": to_one("inquiry-template"),
            "inquiry-template-version": to_one("inquiry-template-version"),
            "transaction": to_one("transaction"), "reviewer": to_one("user"), "reports": to_many(),
            "verifications": to_many(), "sessions": to_many(), "documents": to_many(), "selfies": to_many(),
        }),
    )
}

fn session() -> Value {
    let mut attributes = json!({
        "status": text(), "created-at": time(), "started-at": maybe_time(), "expired-at": maybe_time(),
    });
    let texts = [
        "ip-address",
        "user-agent",
        "os-name",
        "os-full-version",
        "device-type",
        "device-name",
        "browser-name",
        "browser-full-version",
        "mobile-sdk-name",
        "mobile-sdk-full-version",
        "device-handoff-method",
        "threat-level",
        "country-code",
        "country-name",
        "region-code",
        "region-name",
        "gps-precision",
        "ip-connection-type",
        "ip-isp",
        "network-organization",
    ];
    for name in texts {
        attributes[name] = maybe_text();
    }
    for name in ["is-proxy", "is-tor", "is-datacenter", "is-vpn"] {
        attributes[name] = json!({"type": ["boolean", "null"]});
    }
    for name in ["latitude", "longitude", "gps-latitude", "gps-longitude"] {
        attributes[name] = json!({"type": ["number", "null"]});
    }
    resource(
        json!({"const": "inquiry-session"}),
        attributes,
        json!({"inquiry": to_one("inquiry"), "device": to_one("device"), "network": to_one("network")}),
    )
}

fn template() -> Value {
    resource(
        json!({"const": "inquiry-template"}),
        json!({
            "name": text(), "status": text(), "embedded-flow-domain-allowlist": texts(),
            "hosted-flow-subdomains": texts(), "hosted-flow-redirect-uri-schemes": texts(),
            "field-schemas": field_schemas(),
        }),
        json!({"latest-published-version": to_one("inquiry-template-version")}),
    )
}

fn template_version() -> Value {
    resource(
        json!({"const": "inquiry-template-version"}),
        json!({
            "name-display": maybe_text(), "description": maybe_text(), "status": text(), "live": {"type": "boolean"},
            "last-updater": maybe_text(), "enabled-locales": texts(), "created-at": time(), "updated-at": time(),
            "published-at": maybe_time(),
            "theme": {"type": "object", "additionalProperties": maybe_text()},
        }),
        json!({}),
    )
}

fn event() -> Value {
    resource(json!({"const": "event"}), event_attributes(), json!({}))
}

pub(super) fn event_attributes() -> Value {
    json!({
        "name": text(),
        "payload": object(json!({"data": {"$ref": "#/components/schemas/resource"}}), &["data"]),
        "created-at": time(),
        "context": {"type": "object"},
    })
}

fn rate_limit() -> Value {
    let number = json!({"type": "integer", "minimum": 0});
    let attributes = json!({"limit": number, "remaining": number, "seconds-to-reset": number});
    object(
        json!({
            "type": {"const": "rate-limit/api"},
            "attributes": object(attributes, &["limit", "remaining", "seconds-to-reset"]),
        }),
        &["type", "attributes"],
    )
}

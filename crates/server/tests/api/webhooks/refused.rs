//! What cannot be.

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::with;
use crate::attributes;

#[tokio::test]
async fn w6_w8_w27_what_cannot_be_is_a_422_that_points_at_its_place_and_makes_no_webhook() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    let too_long = format!("https://example.com/{}", "x".repeat(2048));
    for (name, wrong, place) in [
        ("name", json!(""), ""),
        ("description", json!("x".repeat(10_001)), ""),
        ("url", json!(""), ""),
        ("url", json!("example.com"), ""),
        ("url", json!("http://example.com"), ""),
        ("url", json!("http://10.0.0.1/"), ""),
        ("url", json!("https://user:pass@example.com"), ""),
        ("url", json!("https://example.com/#x"), ""),
        ("url", json!(too_long), ""),
        ("enabled-events", json!([]), ""),
        (
            "enabled-events",
            json!(["inquiry.created", "inquiry.aproved"]),
            "/1",
        ),
        ("enabled-events", json!(["nothing.*"]), "/0"),
        ("enabled-events", json!([""]), "/0"),
        ("api-version", json!("2024-01-01"), ""),
        ("api-key-inflection", json!("pascal"), ""),
        ("api-attributes-blocklist", json!(["/data//x"]), "/0"),
        ("file-access-token-expires-in", json!(0), ""),
        ("file-access-token-expires-in", json!(259_201), ""),
        ("payload-filter", json!({"status": "approved"}), "/status"),
        ("payload-filter", json!({"data": {"$or": []}}), "/data/$or"),
        (
            "payload-filter",
            json!({"data": {"x": "x".repeat(16_384)}}),
            "",
        ),
        (
            "custom-http-headers",
            json!({"content-type": "text/plain"}),
            "/content-type",
        ),
        (
            "custom-http-headers",
            json!({"Persona-Signature": "t=1"}),
            "/Persona-Signature",
        ),
        ("custom-http-headers", json!({"X Key": "x"}), "/X Key"),
        (
            "custom-http-headers",
            json!({"X-Key": "a\r\nEvil: 1"}),
            "/X-Key",
        ),
        (
            "custom-http-headers",
            json!({"X-Key": "a", "x-key": "a"}),
            "",
        ),
        (
            "included-allowlist",
            json!({"state": "everything"}),
            "/state",
        ),
        (
            "included-allowlist",
            json!({"state": "custom", "event-types": [{"event-type": "inquiries", "relationships": ["*"]}]}),
            "/event-types/0/event-type",
        ),
        (
            "relationship-allowlist",
            json!({"state": "custom"}),
            "/state",
        ),
    ] {
        let answer = app
            .sandbox()
            .post("/webhooks", attributes(with(json!({name: wrong}))))
            .await;
        answer.points_at(&format!("/data/attributes/{name}{place}"));
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn w6_an_unknown_event_or_version_is_named_with_what_is_known() {
    let app = TestApp::start().await;
    let create = |settings: Value| app.sandbox().post("/webhooks", attributes(with(settings)));
    let events = create(json!({"enabled-events": ["inquiry.aproved"]})).await;
    events.refused(
        422,
        "data.attributes.enabled_events.0 is not the name of an event (sent 'inquiry.aproved')",
    );
    let version = create(json!({"api-version": "2024-01-01"})).await;
    assert!(
        version.details().contains("must be one of 2020-05-18,"),
        "{}",
        version.details()
    );
}

#[tokio::test]
async fn wrong_shapes_are_a_400_that_names_them() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    for (name, wrong, details) in [
        ("url", Value::Null, "data.attributes.url is missing"),
        ("url", json!(1), "data.attributes.url must be a string"),
        (
            "enabled-events",
            Value::Null,
            "data.attributes.enabled_events is missing",
        ),
        (
            "enabled-events",
            json!("*"),
            "data.attributes.enabled_events must be an array",
        ),
        (
            "payload-filter",
            json!([]),
            "data.attributes.payload_filter must be an object",
        ),
        (
            "custom-http-headers",
            json!({"X-Key": 1}),
            "data.attributes.custom_http_headers must have strings only (X-Key is none)",
        ),
        (
            "included-allowlist",
            json!({}),
            "data.attributes.included_allowlist.state is missing",
        ),
        (
            "ordered-per-account",
            json!("yes"),
            "data.attributes.ordered_per_account must be a boolean",
        ),
    ] {
        let answer = app
            .sandbox()
            .post("/webhooks", attributes(with(json!({name: wrong}))))
            .await;
        answer.refused(400, details);
    }
    app.sandbox()
        .post("/webhooks", json!({}))
        .await
        .refused(400, "data is missing");
    assert_eq!(app.counts().await, before);
}

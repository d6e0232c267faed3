//! Making webhooks, and showing them.

use axum::http::Method;
use selfsame_domain::webhook::EVENT_NAMES;
use selfsame_testkit::TestApp;
use selfsame_testkit::schema::published_document;
use serde_json::{Value, json};

use super::{least, make, open_part, path, secrets, shows_secrets, with};
use crate::attributes;

#[tokio::test]
async fn w1_w3_w13_a_webhook_has_the_defaults_is_disabled_and_shows_its_secret() {
    let app = TestApp::start().await;
    let made = make(&app.sandbox(), json!({})).await;
    let secret = secrets(&made).remove(0);
    let groups: Vec<_> = secret
        .strip_prefix("wbhsec_")
        .expect("its prefix")
        .split('-')
        .map(str::len)
        .collect();
    assert_eq!(groups, [8, 4, 4, 4, 12]);
    assert!(made.id().starts_with("wbh_"));
    assert_eq!(
        made.body,
        json!({"data": {"type": "webhook", "id": made.id(), "attributes": {
            "status": "disabled",
            "name": "Hook",
            "description": null,
            "url": "https://example.com/hook",
            "enabled-events": ["inquiry.*"],
            "api-version": "2025-12-08",
            "api-key-inflection": "kebab",
            "api-attributes-blocklist": [],
            "file-access-token-expires-in": 21_600,
            "payload-filter": null,
            "included-allowlist": {"state": "include_none"},
            "relationship-allowlist": {"state": "include_all"},
            "created-at": "2026-02-03T10:15:00.000Z",
            "secret": secret,
            "secrets": [{"value": secret, "expires-at": null}],
        }}})
    );
    let shown = app.sandbox().get(&path(&made)).await.expect(200);
    assert_eq!(shown.body, made.body);
    assert!(app.events().await.is_empty(), "W38");
}

#[tokio::test]
async fn w3_every_setting_can_be_given_in_any_inflection() {
    let app = TestApp::start().await;
    let settings = json!({
        "description": "one",
        "enabledEvents": ["inquiry.approved", "report/*.ready", "inquiry.approved"],
        "apiVersion": "2025-10-27",
        "api_key_inflection": "snake",
        "apiAttributesBlocklist": ["name-*"],
        "file_access_token_expires_in": 259_200,
        "payloadFilter": {"data": {"attributes": {"reference_id": "a", "nameFirst": {"$or": ["x", null]}}}},
        "includedAllowlist": {"state": "custom", "eventTypes": [
            {"eventType": "inquiry", "relationships": ["account", "sessions"]},
        ]},
        "relationship_allowlist": {"state": "include_none"},
        "customHttpHeaders": {"X-API-Key": "k"},
    });
    let mut sent = with(settings);
    sent.as_object_mut().unwrap().shift_remove("enabled-events");
    let made = app
        .sandbox()
        .post("/webhooks", attributes(sent))
        .await
        .expect(201);
    for (name, expected) in [
        ("description", json!("one")),
        (
            "enabled-events",
            json!(["inquiry.approved", "report/*.ready"]),
        ),
        ("api-version", json!("2025-10-27")),
        ("api-key-inflection", json!("snake")),
        ("api-attributes-blocklist", json!(["name-*"])),
        ("file-access-token-expires-in", json!(259_200)),
        (
            "payload-filter",
            json!({"data": {"attributes": {"reference_id": "a", "nameFirst": {"$or": ["x", null]}}}}),
        ),
        (
            "included-allowlist",
            json!({"state": "custom", "event-types": [
                {"event-type": "inquiry", "relationships": ["account", "sessions"]},
            ]}),
        ),
        ("relationship-allowlist", json!({"state": "include_none"})),
    ] {
        assert_eq!(made.attribute(name), &expected, "{name}");
    }
    assert_eq!(made.data()["attributes"].get("custom-http-headers"), None);
    let snake = app.sandbox().with("key-inflection", "snake");
    let shown = snake.get(&path(&made)).await.expect(200);
    let shown = &shown.data()["attributes"];
    assert_eq!(
        shown["included_allowlist"]["event_types"][0]["event_type"],
        "inquiry"
    );
    assert_eq!(&shown["payload_filter"], made.attribute("payload-filter"));
}

#[tokio::test]
async fn w29_w30_w31_our_own_attributes_are_shown_where_they_are_set() {
    let app = TestApp::start().await;
    let body = attributes(with(
        json!({"ordered-per-account": true, "selfsame-headers": false}),
    ));
    // Unchecked: no published document knows the attribute.
    let made = app
        .sandbox()
        .elsewhere(Method::POST, "/api/v1/webhooks")
        .json(&body)
        .await
        .expect(201);
    assert_eq!(made.attribute("ordered-per-account"), true);
    assert_eq!(made.data()["attributes"].get("selfsame-headers"), None);
    let address = format!("/api/v1{}", path(&made));
    let change = attributes(json!({"orderedPerAccount": false, "selfsame-headers": true}));
    let changed = app
        .sandbox()
        .elsewhere(Method::PATCH, &address)
        .json(&change)
        .await
        .expect(200);
    assert_eq!(changed.attribute("selfsame-headers"), true);
    assert_eq!(
        changed.data()["attributes"].get("ordered-per-account"),
        None
    );
}

#[tokio::test]
async fn w6_every_published_event_can_be_enabled_and_every_one_of_ours() {
    let app = TestApp::start().await;
    let published = published_document("2025-12-08").and_then(|document| {
        let names = document.pointer(
            "/components/schemas/webhook-request-attributes/properties/enabled-events/items/enum",
        );
        names.cloned()
    });
    let ours: Value = EVENT_NAMES.iter().copied().collect();
    for names in published.into_iter().chain([ours]) {
        let made = make(&app.sandbox(), json!({"enabled-events": names})).await;
        assert_eq!(made.attribute("enabled-events"), &names);
    }
    for event in [
        "inquiry.started",
        "account.consolidated-with",
        "workflow-run.created",
    ] {
        assert!(EVENT_NAMES.contains(&event), "{event}");
    }
}

#[tokio::test]
async fn w5_a_new_webhook_takes_the_version_of_the_request_that_makes_it() {
    let app = TestApp::start().await;
    let older = app.sandbox().with("persona-version", "2023-01-05");
    let made = make(&older, json!({})).await;
    assert_eq!(made.attribute("api-version"), "2023-01-05");
    let named = make(&older, json!({"api-version": "2025-12-08"})).await;
    assert_eq!(named.attribute("api-version"), "2025-12-08");
}

#[tokio::test]
async fn w4_a_name_is_needed_from_2025_12_08_on_and_can_be_taken_away_before() {
    let app = TestApp::start().await;
    let mut unnamed = least();
    unnamed.as_object_mut().unwrap().shift_remove("name");
    let refused = app.sandbox().post("/webhooks", attributes(unnamed.clone()));
    refused
        .await
        .refused(400, "data.attributes.name is missing");
    let older = app.sandbox().with("persona-version", "2025-10-27");
    let made = older
        .post("/webhooks", attributes(unnamed))
        .await
        .expect(201);
    assert_eq!(made.attribute("name"), &json!(null));
    let named = make(&older, json!({})).await;
    let no_name = attributes(json!({"name": null}));
    let kept = app.sandbox().patch(&path(&named), no_name.clone()).await;
    assert_eq!(kept.expect(200).attribute("name"), "Hook");
    let taken = older.patch(&path(&named), no_name).await.expect(200);
    assert_eq!(taken.attribute("name"), &json!(null));
}

#[tokio::test]
async fn w13_sparse_fieldsets_and_an_empty_include_are_as_everywhere() {
    let app = TestApp::start().await;
    let made = make(&app.sandbox(), json!({})).await;
    let thin = app
        .sandbox()
        .get(&format!(
            "{}?fields[webhook]=name,status&include=",
            path(&made)
        ))
        .await
        .expect(200);
    assert_eq!(
        thin.data()["attributes"],
        json!({"name": "Hook", "status": "disabled"})
    );
    assert_eq!(thin.body["included"], json!([]));
    app.sandbox()
        .get(&format!("{}?include=events", path(&made)))
        .await
        .expect(400);
}

#[tokio::test]
async fn w7_plain_http_to_this_machine_is_for_servers_that_allow_it() {
    let app = TestApp::start().await;
    let local = json!({"url": "http://127.0.0.1:8080/hook"});
    let made = make(&app.sandbox(), local.clone()).await;
    assert_eq!(made.attribute("url"), "http://127.0.0.1:8080/hook");
    let strict = TestApp::build()
        .options(|options| options.outbound.loopback = false)
        .start()
        .await;
    let refused = strict
        .sandbox()
        .post("/webhooks", attributes(with(local.clone())))
        .await;
    refused.points_at("/data/attributes/url");
    refused.refused(422, "data.attributes.url must begin with https://");
    let made = make(&strict.sandbox(), json!({})).await;
    let change = strict.sandbox().patch(&path(&made), attributes(local));
    change.await.points_at("/data/attributes/url");
}

#[tokio::test]
async fn w3_the_same_webhook_is_answered_when_a_create_is_repeated_under_its_idempotency_key() {
    let app = TestApp::start().await;
    let client = app.sandbox().with("idempotency-key", "k");
    let first = make(&client, json!({})).await;
    let again = make(&client, json!({})).await;
    assert_eq!(first.bytes, again.bytes);
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let client = app.sandbox().with("idempotency-key", "other");
            tokio::spawn(async move { client.post("/webhooks", attributes(least())).await })
        })
        .collect();
    let mut made = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        if answer.status == 201 {
            made.push(answer.bytes);
        } else {
            assert_eq!(answer.status, 409, "{}", answer.body);
        }
    }
    made.dedup();
    assert_eq!(made.len(), 1);
    let listed = app.sandbox().get("/webhooks").await.expect(200);
    assert_eq!(listed.list().len(), 2);
}

#[tokio::test]
async fn w13_only_create_retrieve_clone_and_rotate_show_secrets() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({})).await;
    let path = path(&made);
    let post = |what: &str| client.post(&format!("{path}/{what}"), json!({}));
    for (answer, expected) in [
        (client.get(&path).await, true),
        (post("rotate-secret").await, true),
        (post("clone").await, true),
        (client.patch(&path, json!({})).await, false),
        (post("enable").await, false),
        (post("disable").await, false),
        (post("archive").await, false),
        (client.get(&path).await, true),
    ] {
        let answer = answer.expect(200);
        assert_eq!(shows_secrets(&answer), expected, "{}", answer.request);
        assert_eq!(open_part(&answer)["url"], "https://example.com/hook");
    }
}

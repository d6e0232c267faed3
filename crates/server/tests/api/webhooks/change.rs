//! Changing webhooks.

use selfsame_domain::permission::Permission;
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{make, open_part, path, secrets};
use crate::attributes;

#[tokio::test]
async fn w9_w10_a_patch_changes_what_it_names() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(
        &client,
        json!({"description": "one", "payload-filter": {"data": {"id": "x"}}}),
    )
    .await;
    let path = path(&made);
    let mut expected = open_part(&made);
    for (change, shown) in [
        (json!({}), json!({})),
        (json!({"description": null}), json!({"description": null})),
        (json!({"payload-filter": {}}), json!({"payload-filter": {}})),
        (
            json!({"payload-filter": null}),
            json!({"payload-filter": null}),
        ),
        (
            json!({"name": "two", "url": "https://example.org", "enabled-events": ["*"]}),
            json!({"name": "two", "url": "https://example.org", "enabled-events": ["*"]}),
        ),
        (
            json!({"name": null, "url": null, "enabled-events": null, "included-allowlist": null}),
            json!({}),
        ),
        (
            json!({"included-allowlist": {"state": "include_all"}}),
            json!({"included-allowlist": {"state": "include_all"}}),
        ),
        (
            json!({"api-version": "2025-10-27", "file-access-token-expires-in": 60}),
            json!({"api-version": "2025-10-27", "file-access-token-expires-in": 60}),
        ),
    ] {
        let changed = client.patch(&path, attributes(change)).await.expect(200);
        for (name, value) in shown.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(changed.data()["attributes"], json!(expected));
    }
    for nothing in [json!({}), json!({"data": {}})] {
        let changed = client.patch(&path, nothing).await.expect(200);
        assert_eq!(changed.data()["attributes"], json!(expected));
    }
    let shown = client.get(&path).await.expect(200);
    assert_eq!(secrets(&shown), secrets(&made));
    assert_eq!(open_part(&shown), expected);
}

#[tokio::test]
async fn w12_relations_of_events_that_are_not_told_any_more_are_dropped() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let both = json!({"state": "custom", "event-types": [
        {"event-type": "inquiry", "relationships": ["account"]},
        {"event-type": "account", "relationships": ["*"]},
    ]});
    let made = make(&client, json!({"included-allowlist": both})).await;
    let of_inquiries = json!({"state": "custom", "event-types": [
        {"event-type": "inquiry", "relationships": ["account"]},
    ]});
    assert_eq!(made.attribute("included-allowlist"), &of_inquiries);
    let path = path(&made);
    for (change, expected) in [
        (json!({"enabled-events": ["*"]}), of_inquiries),
        (
            json!({"enabled-events": ["account.created"]}),
            json!({"state": "include_none"}),
        ),
        (
            json!({"included-allowlist": both}),
            json!({"state": "include_all"}),
        ),
    ] {
        let changed = client.patch(&path, attributes(change)).await.expect(200);
        assert_eq!(changed.attribute("included-allowlist"), &expected);
    }
}

#[tokio::test]
async fn w2_webhooks_of_another_environment_are_neither_seen_nor_touched() {
    let app = TestApp::start().await;
    let made = make(&app.sandbox(), json!({})).await;
    let path = path(&made);
    let production = app
        .with_permissions_in(&app.own.production, Permission::ALL)
        .await;
    production.get(&path).await.expect(404);
    let change = attributes(json!({"url": "https://attacker.example"}));
    production.patch(&path, change).await.expect(404);
    for verb in ["enable", "disable", "archive", "rotate-secret", "clone"] {
        let answer = production.post(&format!("{path}/{verb}"), json!({})).await;
        answer.expect(404);
    }
    let listed = production.get("/webhooks").await.expect(200);
    assert!(listed.list().is_empty());
    let shown = app.sandbox().get(&path).await.expect(200);
    assert_eq!(shown.body, made.body);
    app.sandbox().get("/webhooks/wbh_unknown").await.expect(404);
    app.sandbox().get("/webhooks/api_1").await.expect(400);
}

#[tokio::test]
async fn w36_of_many_changes_at_once_none_is_lost() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({})).await;
    let path = path(&made);
    let changes = [
        json!({"description": "one"}),
        json!({"name": "two"}),
        json!({"url": "https://example.org"}),
        json!({"api-key-inflection": "camel"}),
        json!({"file-access-token-expires-in": 60}),
        json!({"api-attributes-blocklist": ["birthdate"]}),
        json!({"relationship-allowlist": {"state": "include_none"}}),
    ];
    let mut tasks: Vec<_> = changes
        .iter()
        .map(|change| {
            let (client, path) = (client.clone(), path.clone());
            let body = attributes(change.clone());
            tokio::spawn(async move { client.patch(&path, body).await })
        })
        .collect();
    let enable = (client.clone(), format!("{path}/enable"));
    tasks.push(tokio::spawn(async move {
        enable.0.post(&enable.1, json!({})).await
    }));
    for task in tasks {
        task.await.unwrap().expect(200);
    }
    let shown = client.get(&path).await.expect(200);
    for change in changes {
        for (name, value) in change.as_object().unwrap() {
            assert_eq!(shown.attribute(name), value, "{name}");
        }
    }
    assert_eq!(shown.attribute("status"), "enabled");
    assert_eq!(secrets(&shown), secrets(&made));
}

#[tokio::test]
async fn w9_a_change_that_is_refused_changes_nothing() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({})).await;
    let wrong: Value = json!({"name": "two", "url": "ftp://example.com"});
    let answer = client.patch(&path(&made), attributes(wrong)).await;
    answer.points_at("/data/attributes/url");
    let shown = client.get(&path(&made)).await.expect(200);
    assert_eq!(shown.body, made.body);
}

//! Changing keys, and ending them.

use selfsame_domain::permission::Permission;
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{expiry, make, shows_value, value};
use crate::attributes;

#[tokio::test]
async fn k8_a_patch_changes_what_it_names_and_shows_no_value() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let made = make(&administrator, json!({"name": "backend", "note": "one"})).await;
    let path = format!("/api-keys/{}", made.id());
    let mut expected = made.data()["attributes"].clone();
    expected.as_object_mut().unwrap().shift_remove("value");
    for (change, shown) in [
        (json!({}), json!({})),
        (json!({"note": null}), json!({"note": null})),
        (
            json!({"name": "two", "permissions": []}),
            json!({"name": "two", "permissions": []}),
        ),
        (json!({"name": null, "permissions": null}), json!({})),
        (
            json!({"api-version": "2025-10-27", "file-access-token-expires-in": 60}),
            json!({"api-version": "2025-10-27", "file-access-token-expires-in": 60}),
        ),
    ] {
        let changed = administrator
            .patch(&path, attributes(change))
            .await
            .expect(200);
        for (name, value) in shown.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(changed.data()["attributes"], expected);
    }
    let shown = administrator.get(&path).await.expect(200);
    assert!(!shows_value(&shown));
    let opened = app.client(Some(&value(&made))).get("/rate-limits").await;
    opened.expect(200);
    administrator
        .patch(&path, json!({}))
        .await
        .refused(400, "data is missing");
    administrator
        .patch(&path, json!({"data": {}}))
        .await
        .refused(400, "data.attributes is missing");
    administrator
        .patch(&path, attributes(json!({"name": ""})))
        .await
        .points_at("/data/attributes/name");
}

#[tokio::test]
async fn k8_a_change_holds_for_the_very_next_request_of_every_process() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let made = make(&administrator, json!({"name": "backend"})).await;
    let path = format!("/api-keys/{}", made.id());
    let here = app.client(Some(&value(&made)));
    let there = app.client_at(&app.another_process().await, &value(&made));
    for client in [&here, &there] {
        client.get("/accounts").await.expect(200);
    }
    let change = attributes(json!({"permissions": ["inquiry.read"]}));
    administrator.patch(&path, change).await.expect(200);
    for client in [&here, &there] {
        client.get("/accounts").await.expect(403);
        client.get("/inquiries").await.expect(200);
    }
    administrator
        .post(&format!("{path}/expire"), expiry(0))
        .await
        .expect(200);
    for client in [&here, &there] {
        client.get("/inquiries").await.expect(401);
    }
}

#[tokio::test]
async fn k12_k13_an_end_is_set_moved_and_once_it_has_come_final() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let made = make(&administrator, json!({"name": "backend"})).await;
    let client = app.client(Some(&value(&made)));
    let path = format!("/api-keys/{}/expire", made.id());
    let set = administrator
        .post(&path, expiry(2_592_000))
        .await
        .expect(200);
    assert_eq!(set.attribute("expires-at"), "2026-03-05T10:15:00.000Z");
    assert!(!shows_value(&set));
    let moved = administrator.post(&path, expiry(60)).await.expect(200);
    assert_eq!(moved.attribute("expires-at"), "2026-02-03T10:16:00.000Z");
    app.advance(59);
    client.get("/accounts").await.expect(200);
    app.advance(1);
    let refused = client.get("/accounts").await.expect(401);
    assert_eq!(refused.title(), "Token is invalid");
    administrator
        .post(&path, expiry(60))
        .await
        .refused(409, "API key already expired");
}

#[tokio::test]
async fn k12_the_seconds_are_needed_and_have_bounds() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let made = make(&administrator, json!({"name": "backend"})).await;
    let path = format!("/api-keys/{}/expire", made.id());
    for seconds in [-1, 2_592_001] {
        administrator
            .post(&path, expiry(seconds))
            .await
            .points_at("/meta/expires-in-seconds");
    }
    for (body, details) in [
        (json!({}), "meta is missing"),
        (json!({"meta": {}}), "meta.expires_in_seconds is missing"),
        (
            json!({"meta": {"expires-in-seconds": null}}),
            "meta.expires_in_seconds must be an integer",
        ),
        (
            json!({"meta": {"expires-in-seconds": "60"}}),
            "meta.expires_in_seconds must be an integer",
        ),
    ] {
        administrator.post(&path, body).await.refused(400, details);
    }
    let shown = administrator
        .get(&format!("/api-keys/{}", made.id()))
        .await
        .expect(200);
    assert_eq!(shown.attribute("expires-at"), &Value::Null);
}

#[tokio::test]
async fn k12_a_key_can_end_itself() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let settings = json!({"name": "own", "permissions": ["api_key.write"]});
    let made = make(&administrator, settings).await;
    let own = app.client(Some(&value(&made)));
    let path = format!("/api-keys/{}/expire", made.id());
    own.post(&path, expiry(0)).await.expect(200);
    own.post(&path, expiry(0)).await.expect(401);
}

#[tokio::test]
async fn k11_keys_of_another_environment_are_neither_seen_nor_touched() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let made = make(&administrator, json!({"name": "backend"})).await;
    let path = format!("/api-keys/{}", made.id());
    let production = app
        .with_permissions_in(&app.own.production, Permission::ALL)
        .await;
    production.get(&path).await.expect(404);
    production
        .patch(&path, attributes(json!({"name": "taken"})))
        .await
        .expect(404);
    production
        .post(&format!("{path}/expire"), expiry(0))
        .await
        .expect(404);
    production
        .post(&format!("{path}/clone"), json!({}))
        .await
        .expect(404);
    production
        .get(&format!("/api-keys?page[after]={}", made.id()))
        .await
        .expect(400);
    assert!(
        production
            .get("/api-keys?filter[name]=backend")
            .await
            .expect(200)
            .list()
            .is_empty()
    );
    let shown = administrator.get(&path).await.expect(200);
    assert_eq!(shown.attribute("name"), made.attribute("name"));
    assert_eq!(shown.attribute("expires-at"), &json!(null));
}

#[tokio::test]
async fn k8_of_many_changes_at_once_none_is_lost() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let made = make(&administrator, json!({"name": "backend"})).await;
    let path = format!("/api-keys/{}", made.id());
    let changes = [
        json!({"note": "one"}),
        json!({"name": "two"}),
        json!({"permissions": ["account.read"]}),
        json!({"api-key-inflection": "camel"}),
        json!({"file-access-token-expires-in": 60}),
        json!({"api-attributes-blocklist": ["birthdate"]}),
    ];
    let tasks: Vec<_> = changes
        .iter()
        .map(|change| {
            let (client, path) = (administrator.clone(), path.clone());
            let body = attributes(change.clone());
            tokio::spawn(async move { client.patch(&path, body).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().expect(200);
    }
    let shown = administrator.get(&path).await.expect(200);
    for change in changes {
        for (name, value) in change.as_object().unwrap() {
            assert_eq!(shown.attribute(name), value, "{name}");
        }
    }
}

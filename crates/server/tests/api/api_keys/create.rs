//! Making keys, and showing them.

use axum::http::Method;
use selfsame_domain::permission::{Permission, defaults};
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{expiry, make, value};
use crate::attributes;

fn all_defaults() -> Vec<&'static str> {
    defaults().into_iter().map(Permission::as_str).collect()
}

#[tokio::test]
async fn k1_k3_a_key_made_with_a_name_has_the_defaults_and_its_value_opens_its_environment() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let made = make(&administrator, json!({"name": "backend"})).await;
    let value = value(&made);
    assert!(value.starts_with("persona_sandbox_"), "{value}");
    assert_eq!(
        made.body,
        json!({"data": {"type": "api-key", "id": made.id(), "attributes": {
            "name": "backend",
            "note": null,
            "api-version": "2025-12-08",
            "api-key-inflection": "kebab",
            "api-attributes-blocklist": [],
            "ip-address-allowlist": ["*"],
            "permissions": all_defaults(),
            "file-access-token-expires-in": 21_600,
            "last-used-at": null,
            "expires-at": null,
            "created-at": "2026-02-03T10:15:00.000Z",
            "value": value,
        }}})
    );
    let account = app.account(json!({})).await;
    let client = app.client(Some(&value));
    client
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200);
    client
        .get("/api-keys")
        .await
        .refused(403, "API key does not have the api_key.read permission");
}

#[tokio::test]
async fn k2_nothing_shows_the_value_again() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let made = make(&administrator, json!({"name": "backend", "note": "one"})).await;
    let path = format!("/api-keys/{}", made.id());
    let shown = administrator.get(&path).await.expect(200);
    let mut expected = made.body.clone();
    let attributes = expected["data"]["attributes"].as_object_mut().unwrap();
    attributes.shift_remove("value");
    assert_eq!(shown.body, expected);
    let thin = administrator
        .get(&format!("{path}?fields[api-key]=name,value&include="))
        .await
        .expect(200);
    assert_eq!(thin.data()["attributes"], json!({"name": "backend"}));
    assert_eq!(thin.body["included"], json!([]));
}

#[tokio::test]
async fn k3_every_setting_can_be_given_in_any_inflection() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let settings = json!({
        "name": "backend",
        "note": "one",
        "apiVersion": "2025-10-27",
        "api_key_inflection": "snake",
        "api-attributes-blocklist": ["name-*", "!/data/attributes/fields"],
        "ipAddressAllowlist": ["192.0.2.7", "2001:db8::/32"],
        "permissions": ["account.read", "account.read"],
        "file_access_token_expires_in": 259_200,
    });
    let made = make(&administrator, settings).await;
    for (name, expected) in [
        ("note", json!("one")),
        ("api-version", json!("2025-10-27")),
        ("api-key-inflection", json!("snake")),
        (
            "api-attributes-blocklist",
            json!(["name-*", "!/data/attributes/fields"]),
        ),
        (
            "ip-address-allowlist",
            json!(["192.0.2.7", "2001:db8::/32"]),
        ),
        ("permissions", json!(["account.read"])),
        ("file-access-token-expires-in", json!(259_200)),
    ] {
        assert_eq!(made.attribute(name), &expected, "{name}");
    }
}

#[tokio::test]
async fn k5_a_new_key_takes_the_version_of_the_request_that_makes_it() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let older = administrator.with("persona-version", "2025-10-27");
    let made = make(&older, json!({"name": "backend"})).await;
    assert_eq!(made.attribute("api-version"), "2025-10-27");
    let named = make(&older, json!({"name": "b", "api-version": "2025-12-08"})).await;
    assert_eq!(named.attribute("api-version"), "2025-12-08");
}

#[tokio::test]
async fn k3_a_keys_own_inflection_and_allowlist_hold_for_requests_with_it() {
    let app = TestApp::build()
        .settings(|settings| settings.trust_proxy = true)
        .start()
        .await;
    let administrator = app.administrator().await;
    let settings = json!({
        "name": "backend",
        "api-key-inflection": "snake",
        "ip-address-allowlist": ["192.0.2.0/24"],
    });
    let made = make(&administrator, settings).await;
    let client = app.client(Some(&value(&made)));
    app.account(json!({"reference-id": "user-1"})).await;
    // Unchecked: the schemas know the header's inflection, not the key's.
    let listed = client
        .with("x-forwarded-for", "192.0.2.9")
        .elsewhere(Method::GET, "/api/v1/accounts")
        .await
        .expect(200);
    assert_eq!(listed.list()[0]["attributes"]["reference_id"], "user-1");
    client
        .with("x-forwarded-for", "192.0.3.9")
        .get("/accounts")
        .await
        .refused(
            403,
            "IP address is not permitted access to current environment",
        );
}

#[tokio::test]
async fn k6_k9_what_cannot_be_is_a_422_that_points_at_its_place_and_makes_no_key() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let count = async || {
        app.store()
            .list_api_keys(&app.own.sandbox.id)
            .await
            .unwrap()
            .len()
    };
    let before = count().await;
    let too_long = "x".repeat(256);
    for (name, wrong, place) in [
        ("name", json!(""), ""),
        ("name", json!(too_long), ""),
        ("api-version", json!("2024-01-01"), ""),
        ("api-version", json!("2025-12-08, 2025-12-08"), ""),
        ("api-key-inflection", json!("pascal"), ""),
        (
            "permissions",
            json!(["account.read", "account.delete"]),
            "/1",
        ),
        ("permissions", json!([""]), "/0"),
        ("ip-address-allowlist", json!([]), ""),
        ("ip-address-allowlist", json!(["*", "192.0.2.0/33"]), "/1"),
        ("ip-address-allowlist", json!(["example.com"]), "/0"),
        ("api-attributes-blocklist", json!(["/data//x"]), "/0"),
        ("file-access-token-expires-in", json!(0), ""),
        ("file-access-token-expires-in", json!(259_201), ""),
    ] {
        let mut settings = json!({"name": "backend"});
        settings[name] = wrong;
        let answer = administrator.post("/api-keys", attributes(settings)).await;
        answer.points_at(&format!("/data/attributes/{name}{place}"));
    }
    for (settings, details) in [
        (json!({}), "data.attributes.name is missing"),
        (json!({"name": null}), "data.attributes.name is missing"),
        (
            json!({"name": "a", "permissions": "account.read"}),
            "data.attributes.permissions must be an array",
        ),
        (
            json!({"name": "a", "file-access-token-expires-in": "1"}),
            "data.attributes.file_access_token_expires_in must be an integer",
        ),
    ] {
        let answer = administrator.post("/api-keys", attributes(settings)).await;
        answer.refused(400, details);
    }
    administrator
        .post("/api-keys", json!({}))
        .await
        .refused(400, "data is missing");
    assert_eq!(count().await, before);
}

#[tokio::test]
async fn k10_a_key_gives_no_permission_that_it_does_not_have() {
    let app = TestApp::start().await;
    let limited = app
        .with_permissions(&[Permission::ApiKeyWrite, Permission::AccountRead])
        .await;
    let details = "API key cannot grant the inquiry.read permission, which it does not have";
    let wanted = |permissions: Value| attributes(json!({"name": "a", "permissions": permissions}));
    limited
        .post("/api-keys", wanted(json!(["account.read", "inquiry.read"])))
        .await
        .refused(403, details);
    limited
        .post(
            "/api-keys",
            wanted(json!(["account.read", "api_key.write"])),
        )
        .await
        .expect(201);
    // The defaults are no exception.
    let answer = limited
        .post("/api-keys", attributes(json!({"name": "a"})))
        .await;
    assert_eq!((answer.status, answer.title()), (403, "Forbidden"));

    let administrator = app.administrator().await;
    let other = make(
        &administrator,
        json!({"name": "b", "permissions": ["inquiry.write"]}),
    )
    .await;
    let path = format!("/api-keys/{}", other.id());
    limited
        .patch(&path, wanted(json!(["inquiry.write", "inquiry.read"])))
        .await
        .refused(403, details);
    let kept = limited
        .patch(&path, wanted(json!(["inquiry.write", "account.read"])))
        .await
        .expect(200);
    assert_eq!(
        kept.attribute("permissions"),
        &json!(["inquiry.write", "account.read"])
    );
    let answer = limited.post(&format!("{path}/clone"), json!({})).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
}

#[tokio::test]
async fn k2_the_same_key_is_answered_when_a_create_is_repeated_under_its_idempotency_key() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await.with("idempotency-key", "k");
    let first = make(&administrator, json!({"name": "backend"})).await;
    let again = make(&administrator, json!({"name": "backend"})).await;
    assert_eq!(first.bytes, again.bytes);
    let listed = administrator
        .get("/api-keys?filter[name]=backend")
        .await
        .expect(200);
    assert_eq!(listed.ids(), [first.id()]);
}

#[tokio::test]
async fn k14_a_clone_has_the_settings_and_a_value_of_its_own() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let settings = json!({
        "name": "backend",
        "note": "one",
        "api-version": "2025-10-27",
        "permissions": ["account.read"],
    });
    let source = make(&administrator, settings).await;
    let path = format!("/api-keys/{}", source.id());
    administrator
        .post(&format!("{path}/expire"), expiry(60))
        .await
        .expect(200);
    app.advance(3600);
    let clone = administrator
        .post(&format!("{path}/clone"), json!({}))
        .await
        .expect(200);
    assert_ne!(clone.id(), source.id());
    assert_ne!(value(&clone), value(&source));
    for name in ["name", "note", "api-version", "permissions"] {
        assert_eq!(clone.attribute(name), source.attribute(name), "{name}");
    }
    assert_eq!(clone.attribute("expires-at"), &Value::Null);
    assert_eq!(clone.attribute("created-at"), "2026-02-03T11:15:00.000Z");
    app.client(Some(&value(&clone)))
        .get("/accounts")
        .await
        .expect(200);
    app.client(Some(&value(&source)))
        .get("/accounts")
        .await
        .expect(401);
}

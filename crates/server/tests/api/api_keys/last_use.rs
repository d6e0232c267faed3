//! `last-used-at`.

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{make, value};

#[tokio::test]
async fn k16_the_sweep_writes_the_last_use_once_a_minute_and_changes_nothing_else() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let made = make(&administrator, json!({"name": "backend"})).await;
    let client = app.client(Some(&value(&made)));
    let shown = async || {
        let path = format!("/api-keys/{}", made.id());
        let shown = administrator.get(&path).await.expect(200);
        shown.attribute("last-used-at").clone()
    };
    client.get("/accounts").await.expect(200);
    assert_eq!(shown().await, Value::Null);
    let version = app.store().configuration_version().await.unwrap();
    app.service.sweep().await.unwrap();
    assert_eq!(shown().await, "2026-02-03T10:15:00.000Z");

    app.advance(30);
    client.get("/accounts/act_unknown").await.expect(404);
    app.service.sweep().await.unwrap();
    assert_eq!(shown().await, "2026-02-03T10:15:00.000Z");
    app.advance(30);
    app.service.sweep().await.unwrap();
    assert_eq!(shown().await, "2026-02-03T10:15:30.000Z");
    assert_eq!(app.store().configuration_version().await.unwrap(), version);

    // A change of the key forgets no use, and a use no change.
    app.advance(60);
    client.get("/accounts").await.expect(200);
    let path = format!("/api-keys/{}", made.id());
    let change = crate::attributes(json!({"note": "two"}));
    administrator.patch(&path, change).await.expect(200);
    app.service.sweep().await.unwrap();
    assert_eq!(shown().await, "2026-02-03T10:17:00.000Z");
    let key = administrator.get(&path).await.expect(200);
    assert_eq!(key.attribute("note"), "two");
}

#[tokio::test]
async fn k16_a_refused_key_was_not_used() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let made = make(&administrator, json!({"name": "backend"})).await;
    let path = format!("/api-keys/{}", made.id());
    administrator
        .post(&format!("{path}/expire"), super::expiry(0))
        .await
        .expect(200);
    app.client(Some(&value(&made)))
        .get("/accounts")
        .await
        .expect(401);
    app.service.sweep().await.unwrap();
    let shown = administrator.get(&path).await.expect(200);
    assert_eq!(shown.attribute("last-used-at"), &Value::Null);
}

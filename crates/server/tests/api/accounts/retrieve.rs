//! `GET /accounts/{account-id}` (A23).

use selfsame_testkit::TestApp;
use serde_json::json;

#[tokio::test]
async fn a23_archived_and_redacted_accounts_are_shown_without_saying_which_is_archived() {
    let app = TestApp::start().await;
    let id = app.account(json!({"reference-id": "user-1"})).await;
    let now = app.now();
    app.meddle(&id, |account| account.archived_at = Some(now))
        .await;
    let answer = app
        .sandbox()
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200);
    let attributes = answer.data()["attributes"].as_object().unwrap();
    let names: Vec<_> = attributes.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "reference-id",
            "account-type-name",
            "account-status",
            "created-at",
            "updated-at",
            "redacted-at",
            "fields",
            "tags",
        ],
        "A3"
    );
    let other = app.account(json!({})).await;
    app.sandbox()
        .delete(&format!("/accounts/{other}"))
        .await
        .expect(200);
    let shown = app
        .sandbox()
        .get(&format!("/accounts/{other}"))
        .await
        .expect(200);
    assert_eq!(shown.attribute("redacted-at"), "2026-02-03T10:15:00.000Z");
}

#[tokio::test]
async fn a2_include_brings_the_account_type() {
    let app = TestApp::start().await;
    let id = app.account(json!({})).await;
    let answer = app
        .sandbox()
        .get(&format!("/accounts/{id}?include=account-type"))
        .await
        .expect(200);
    let included = answer.body["included"].as_array().unwrap();
    assert_eq!(included.len(), 1);
    assert_eq!(included[0]["type"], "account-type");
    assert_eq!(
        included[0]["id"].as_str().map(str::to_owned),
        answer.related("account-type")
    );
    assert_eq!(included[0]["attributes"]["name"], "User");
}

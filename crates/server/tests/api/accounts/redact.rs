//! `DELETE /accounts/{account-id}` (A28–A30). What becomes of the reference ID is in `reference_ids`.

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a28_personal_data_goes_and_the_operational_record_stays() {
    let app = TestApp::start().await;
    let id = app
        .account(json!({
            "reference-id": "user-1",
            "tags": ["vip"],
            "fields": {"email_address": "ada@example.test", "name": {"first": "Ada"}},
        }))
        .await;
    app.advance(60);
    let answer = app
        .sandbox()
        .delete(&format!("/accounts/{id}"))
        .await
        .expect(200);
    assert_eq!(answer.attribute("redacted-at"), "2026-02-03T10:16:00.000Z");
    assert_eq!(answer.attribute("created-at"), "2026-02-03T10:15:00.000Z");
    assert_eq!(answer.attribute("tags"), &json!([]));
    assert_eq!(answer.attribute("account-status"), "Default");
    assert!(!answer.body.to_string().contains("Ada"));
    assert!(!answer.body.to_string().contains("ada@example.test"));
    let shown = app
        .sandbox()
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200);
    assert_eq!(shown.body, answer.body);
}

#[tokio::test]
async fn a29_everything_below_goes_too_and_the_accounts_event_comes_last() {
    let app = TestApp::start().await;
    let meta = json!({"auto-create-account-reference-id": "user-1"});
    let mut body = app.inquiry_body(meta.clone());
    body["data"]["attributes"]["note"] = json!("secret");
    body["data"]["attributes"]["fields"] = json!({"name-first": "Ada"});
    let first = app.sandbox().post("/inquiries", body).await.expect(201);
    let second = app.inquiry(meta).await;
    let account = first.related("account").unwrap();
    let approve = format!("/inquiries/{second}/approve");
    app.sandbox().post(&approve, json!({})).await.expect(200);
    let before = app.event_names().await.len();
    app.advance(1);
    app.sandbox()
        .delete(&format!("/accounts/{account}"))
        .await
        .expect(200);
    assert_eq!(
        app.event_names().await[before..],
        ["inquiry.redacted", "inquiry.redacted", "account.redacted"]
    );
    let shown = app
        .sandbox()
        .get(&format!("/inquiries/{}", first.id()))
        .await
        .expect(200);
    assert_eq!(shown.attribute("note"), &Value::Null);
    assert_eq!(shown.field("name-first"), &Value::Null);
    assert_eq!(shown.attribute("status"), "created");
    let shown = app
        .sandbox()
        .get(&format!("/inquiries/{second}"))
        .await
        .expect(200);
    assert_eq!(shown.attribute("status"), "approved");
    assert!(shown.attribute("redacted-at").is_string());
}

#[tokio::test]
async fn a30_redacting_again_is_allowed_and_renews_the_time() {
    let app = TestApp::start().await;
    let id = app.account(json!({"reference-id": "user-1"})).await;
    let path = format!("/accounts/{id}");
    app.sandbox().delete(&path).await.expect(200);
    app.advance(60);
    let email = json!({"fields": {"email_address": "new@example.test"}});
    app.sandbox()
        .patch(&path, crate::attributes(email))
        .await
        .expect(200);
    let answer = app.sandbox().delete(&path).await.expect(200);
    assert_eq!(answer.attribute("redacted-at"), "2026-02-03T10:16:00.000Z");
    assert_eq!(answer.field("email_address"), &Value::Null);
    let redacted = app.event_names().await;
    assert_eq!(
        redacted
            .iter()
            .filter(|name| *name == "account.redacted")
            .count(),
        2
    );
}

#[tokio::test]
async fn a29_an_account_whose_inquiries_are_redacted_or_past_their_time_can_be_redacted() {
    let app = TestApp::start().await;
    let meta = json!({"auto-create-account-reference-id": "user-1"});
    let first = app.inquiry(meta.clone()).await;
    app.inquiry(meta).await;
    let made = app
        .sandbox()
        .delete(&format!("/inquiries/{first}"))
        .await
        .expect(200);
    let account = made.related("account").unwrap();
    app.advance(2 * 86_400);
    app.sandbox()
        .delete(&format!("/accounts/{account}"))
        .await
        .expect(200);
}

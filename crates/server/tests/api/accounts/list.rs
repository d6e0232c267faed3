//! `GET /accounts` (A17). Filters are in `reference_ids`, paging in `conventions::paging`.

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a17_newest_first_and_ten_at_a_time() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for number in 0..12 {
        made.insert(
            0,
            app.account(json!({"reference-id": format!("user-{number}")}))
                .await,
        );
        app.advance(1);
    }
    let answer = app.sandbox().get("/accounts").await.expect(200);
    assert_eq!(answer.ids(), made[..10]);
    assert_eq!(answer.body["links"]["prev"], Value::Null);
    let next = format!("/api/v1/accounts?page%5Bafter%5D={}", made[9]);
    assert_eq!(answer.body["links"]["next"], next.as_str());
}

#[tokio::test]
async fn r40_a_list_shows_a_write_at_once() {
    let app = TestApp::start().await;
    for number in 1..=20 {
        let id = app
            .account(json!({"reference-id": format!("user-{number}")}))
            .await;
        let found = app
            .sandbox()
            .get(&format!("/accounts?filter[reference-id]=user-{number}"))
            .await;
        assert_eq!(found.ids(), [id]);
    }
}

#[tokio::test]
async fn redacted_accounts_are_listed() {
    let app = TestApp::start().await;
    let id = app.account(json!({"reference-id": "user-1"})).await;
    app.sandbox()
        .delete(&format!("/accounts/{id}"))
        .await
        .expect(200);
    assert_eq!(app.sandbox().get("/accounts").await.expect(200).ids(), [id]);
}

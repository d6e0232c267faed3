//! `Persona-Version` (C67–C70).

use selfsame_testkit::TestApp;
use serde_json::json;

#[tokio::test]
async fn c67_c70_the_served_versions_answer_alike() {
    let app = TestApp::start().await;
    let id = app.account(json!({"reference-id": "user-1"})).await;
    let path = format!("/accounts/{id}");
    let plain = app.sandbox().get(&path).await.expect(200);
    for version in ["2025-10-27", "2025-12-08", "2026-09-29"] {
        let answer = app
            .sandbox()
            .get(&path)
            .header("Persona-Version", version)
            .await
            .expect(200);
        assert_eq!(answer.body, plain.body, "{version}");
    }
}

#[tokio::test]
async fn c68_an_unknown_or_unserved_version_is_a_400_and_nothing_happens() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    for version in [
        "2019-01-01",
        "latest",
        "",
        "2020-05-18",
        "2021-07-15",
        "2023-01-05",
        "2025-12-8",
    ] {
        let call = app
            .sandbox()
            .post("/accounts", json!({}))
            .header("Persona-Version", version);
        let answer = call.await.expect(400);
        assert!(
            answer.details().contains("Persona-Version"),
            "{}",
            answer.body
        );
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c68_of_a_header_sent_twice_the_last_value_counts() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    sandbox
        .get("/accounts")
        .header("Persona-Version", "2023-01-05, 2025-12-08")
        .await
        .expect(200);
    sandbox
        .get("/accounts")
        .header("Persona-Version", "2025-12-08, 2023-01-05")
        .await
        .expect(400);
}

#[tokio::test]
async fn c68_of_two_header_lines_the_last_value_counts() {
    let app = TestApp::start().await;
    let two_lines = |first: &str, last: &str| {
        app.sandbox()
            .get("/accounts")
            .header("Persona-Version", first)
            .header("Persona-Version", last)
    };
    two_lines("2023-01-05", "2025-12-08").await.expect(200);
    two_lines("2025-12-08", "2023-01-05").await.expect(400);
}

#[tokio::test]
async fn c67_a_keys_own_version_counts_where_no_header_says_otherwise() {
    let app = TestApp::start().await;
    let client = app
        .with_key(|key| key.api_version = "2023-01-05".into())
        .await;
    client.get("/accounts").await.expect(400);
    client
        .get("/accounts")
        .header("Persona-Version", "2025-12-08")
        .await
        .expect(200);
}

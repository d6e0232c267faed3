//! Packed answers (C131).

use std::io::Read as _;

use axum::http::Method;
use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

fn unpacked(answer: &Answer) -> Vec<u8> {
    match answer.header("content-encoding") {
        Some("gzip") => {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(answer.bytes.as_slice())
                .read_to_end(&mut plain)
                .expect("gzip");
            plain
        }
        Some("zstd") => zstd::decode_all(answer.bytes.as_slice()).expect("zstd"),
        other => panic!("packed as {other:?}"),
    }
}

async fn with_accounts() -> TestApp {
    let app = TestApp::start().await;
    for _ in 0..10 {
        app.account(json!({})).await;
    }
    app
}

#[tokio::test]
async fn c131_a_long_answer_is_packed_as_asked() {
    let app = with_accounts().await;
    let plain = app.sandbox().get("/accounts").await.expect(200);
    assert_eq!(plain.header("content-encoding"), None);
    for (wish, encoding) in [
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.1", "gzip"),
    ] {
        let call = app
            .sandbox()
            .elsewhere(Method::GET, "/api/v1/accounts")
            .header("accept-encoding", wish);
        let answer = call.await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-encoding"), Some(encoding), "{wish}");
        let body: Value = serde_json::from_slice(&unpacked(&answer)).expect("JSON");
        assert_eq!(body, plain.body);
        assert!(answer.bytes.len() < plain.bytes.len() / 2);
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert_eq!(vary, ["Accept", "accept-encoding"], "{wish}");
    }
}

#[tokio::test]
async fn c131_who_asks_for_nothing_we_have_gets_it_plain() {
    let app = with_accounts().await;
    for wish in ["", "identity", "br", "gzip;q=0", "gzip;q=0, identity;q=0"] {
        let call = app
            .sandbox()
            .get("/accounts")
            .header("accept-encoding", wish);
        let answer = call.await.expect(200);
        assert_eq!(answer.header("content-encoding"), None, "{wish}");
        assert_eq!(answer.list().len(), 10);
    }
}

#[tokio::test]
async fn c131_a_short_answer_is_left_alone() {
    let app = TestApp::start().await;
    let client = app.sandbox().with("accept-encoding", "gzip, zstd");
    let empty = client.get("/accounts").await.expect(200);
    assert_eq!(empty.header("content-encoding"), None);
    let unknown = client.get("/accounts/act_1").await.expect(404);
    assert_eq!(unknown.header("content-encoding"), None);
}

#[tokio::test]
async fn c131_a_kept_answer_is_kept_plain_and_packed_anew() {
    let app = TestApp::start().await;
    let create = |wish: &'static str| {
        let client = app.sandbox().with("idempotency-key", "once");
        client
            .elsewhere(Method::POST, "/api/v1/inquiries")
            .json(&app.inquiry_body(json!({})))
            .header("accept-encoding", wish)
    };
    let packed = create("gzip").await;
    let again = create("zstd").await;
    let plain = create("identity").await;
    assert_eq!((packed.status, again.status, plain.status), (201, 201, 201));
    assert_eq!(unpacked(&packed), plain.bytes);
    assert_eq!(unpacked(&again), plain.bytes);
}

#[tokio::test]
async fn c131_the_documentation_is_packed_too() {
    let app = TestApp::start().await;
    for target in [
        "/docs",
        "/docs/selfsame",
        "/api/v1/openapi.json",
        "/api/selfsame/v1/openapi.json",
    ] {
        let plain = app.client(None).elsewhere(Method::GET, target).await;
        let call = app.client(None).elsewhere(Method::GET, target);
        let packed = call.header("accept-encoding", "zstd").await;
        assert_eq!(unpacked(&packed), plain.bytes, "{target}");
    }
}

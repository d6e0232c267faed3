//! Rate limits (C99–C103).

use selfsame_testkit::{Answer, TestApp};
use serde_json::json;

fn standing(answer: &Answer) -> [u32; 3] {
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]
        .map(|name| answer.header(name).unwrap().parse().unwrap())
}

#[tokio::test]
async fn c99_c101_the_window_opens_with_the_first_request_and_the_one_too_many_is_a_429() {
    let app = TestApp::build()
        .settings(|settings| settings.requests_per_minute = Some(3))
        .start()
        .await;
    let sandbox = app.sandbox();
    assert_eq!(
        standing(&sandbox.get("/accounts").await.expect(200)),
        [3, 2, 60]
    );
    app.advance(10);
    assert_eq!(
        standing(&sandbox.post("/accounts", json!([])).await.expect(400)),
        [3, 1, 50]
    );
    assert_eq!(
        standing(&sandbox.get("/accounts/act_1").await.expect(404)),
        [3, 0, 50]
    );
    let before = app.counts().await;
    let refused = sandbox.post("/accounts", json!({})).await.expect(429);
    assert_eq!(standing(&refused), [3, 0, 50]);
    assert_eq!(refused.title(), "Rate limit exceeded");
    assert!(
        refused
            .details()
            .starts_with("You have hit your rate limit of 3 requests / min.")
    );
    assert_eq!(refused.header("retry-after"), Some("50"));
    assert_eq!(app.counts().await, before);
    assert_eq!(
        standing(&app.production().get("/accounts").await.expect(200)),
        [3, 2, 60]
    );
    app.advance(50);
    assert_eq!(
        standing(&sandbox.get("/accounts").await.expect(200)),
        [3, 2, 60]
    );
}

#[tokio::test]
async fn c99_two_keys_of_one_environment_share_its_window() {
    let app = TestApp::build()
        .settings(|settings| settings.requests_per_minute = Some(2))
        .start()
        .await;
    let other = app.with_key(|_| {}).await;
    app.sandbox().get("/accounts").await.expect(200);
    other.get("/accounts").await.expect(200);
    app.sandbox().get("/accounts").await.expect(429);
}

#[tokio::test]
async fn c21_who_has_no_key_uses_nothing_up() {
    let app = TestApp::build()
        .settings(|settings| settings.requests_per_minute = Some(1))
        .start()
        .await;
    for _ in 0..5 {
        app.client(None).get("/accounts").await.expect(401);
    }
    app.sandbox().get("/accounts").await.expect(200);
}

#[tokio::test]
async fn c103_the_rate_limit_can_be_asked_for_with_any_key() {
    let app = TestApp::build()
        .settings(|settings| settings.requests_per_minute = Some(300))
        .start()
        .await;
    let limited = app.with_permissions(&[]).await;
    let answer = limited.get("/rate-limits").await.expect(200);
    assert_eq!(answer.body["data"][0]["type"], "rate-limit/api");
    assert_eq!(answer.body["data"][0]["attributes"]["limit"], 300);
}

#[tokio::test]
async fn c99_a_key_with_a_limit_of_its_own_is_told_of_the_nearer_one() {
    let app = TestApp::build()
        .settings(|settings| settings.requests_per_minute = Some(4))
        .start()
        .await;
    let slow = app.with_key(|key| key.requests_per_minute = Some(2)).await;
    let sandbox = app.sandbox();
    assert_eq!(
        standing(&slow.get("/accounts").await.expect(200)),
        [2, 1, 60]
    );
    assert_eq!(
        standing(&sandbox.get("/accounts").await.expect(200)),
        [4, 2, 60]
    );
    assert_eq!(
        standing(&slow.get("/accounts").await.expect(200)),
        [2, 0, 60]
    );
    let refused = slow.get("/accounts").await.expect(429);
    assert_eq!(standing(&refused), [2, 0, 60]);
    assert!(refused.details().contains("2 requests / min"));
    // The environment's own counts all of them, and lets nobody through once it is used up.
    assert_eq!(
        standing(&sandbox.get("/accounts").await.expect(429)),
        [4, 0, 60]
    );
}

#[tokio::test]
async fn c99_a_key_with_a_limit_of_its_own_keeps_to_it_where_the_environment_has_none() {
    let app = TestApp::start().await;
    let slow = app.with_key(|key| key.requests_per_minute = Some(1)).await;
    slow.get("/accounts").await.expect(200);
    let refused = slow.get("/accounts").await.expect(429);
    assert_eq!(refused.header("retry-after"), Some("60"));
    app.sandbox().get("/accounts").await.expect(200);
}

fn quota(answer: &Answer) -> [Option<&str>; 3] {
    ["quota-limit", "quota-remaining", "quota-reset"].map(|name| answer.header(name))
}

#[tokio::test]
async fn c102_a_quota_of_inquiries() {
    let app = TestApp::build()
        .settings(|settings| settings.inquiries_per_minute = Some(2))
        .start()
        .await;
    let sandbox = app.sandbox();
    let create = || sandbox.post("/inquiries", app.inquiry_body(json!({})));
    assert_eq!(
        quota(&create().await.expect(201)),
        [Some("2"), Some("1"), Some("60")]
    );
    app.advance(10);
    assert_eq!(
        quota(&create().await.expect(201)),
        [Some("2"), Some("0"), Some("50")]
    );
    let before = app.counts().await;
    let refused = create().header("idempotency-key", "one").await.expect(429);
    assert_eq!(refused.title(), "Quota exceeded");
    assert_eq!(quota(&refused), [Some("2"), Some("0"), Some("50")]);
    assert_eq!(refused.header("retry-after"), Some("50"));
    assert_eq!(app.counts().await, before);
    assert_eq!(
        quota(&sandbox.get("/inquiries").await.expect(200)),
        [None; 3]
    );
    app.production()
        .post("/inquiries", app.inquiry_body(json!({})))
        .await
        .expect(201);
    app.advance(50);
    // What was refused was not kept: the same key gets the real thing.
    create().header("idempotency-key", "one").await.expect(201);
}

//! `generate-one-time-link` of an inquiry (I49–I52).

use selfsame_domain::session::Device;
use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

async fn generate(app: &TestApp, id: &str, body: Value) -> Answer {
    app.sandbox()
        .post(&format!("/inquiries/{id}/generate-one-time-link"), body)
        .await
}

fn code(answer: &Answer) -> String {
    let link = answer.meta("one-time-link").as_str().unwrap();
    link.split_once("/verify?code=").unwrap().1.to_owned()
}

#[tokio::test]
async fn i49_i52_a_link_opens_the_inquiry_once_and_within_five_minutes_again() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    let answer = generate(&app, &id, json!({})).await.expect(200);
    assert_eq!(
        answer.relation("sessions").as_array().unwrap().len(),
        1,
        "Q20"
    );
    let redeem = async || {
        app.service
            .redeem_code(&code(&answer), Device::default())
            .await
    };
    let opened = redeem().await.unwrap();
    assert_eq!(opened.view.bundle.view.inquiry.id.to_string(), id);
    app.advance(300);
    redeem().await.unwrap();
    app.advance(1);
    assert!(redeem().await.is_err());
}

#[tokio::test]
async fn i50_an_unused_link_is_handed_out_again_and_a_used_or_expired_one_is_not() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    let first = generate(&app, &id, json!({"meta": {"expires-in-seconds": 60}}))
        .await
        .expect(200);
    let again = generate(&app, &id, json!({})).await.expect(200);
    assert_eq!(code(&again), code(&first));
    app.service
        .redeem_code(&code(&first), Device::default())
        .await
        .unwrap();
    let second = generate(&app, &id, json!({"meta": {"expires-in-seconds": 60}}))
        .await
        .expect(200);
    assert_ne!(code(&second), code(&first));
    app.advance(60);
    assert!(
        app.service
            .redeem_code(&code(&second), Device::default())
            .await
            .is_err()
    );
    let third = generate(&app, &id, json!({})).await.expect(200);
    assert_ne!(code(&third), code(&second));
}

#[tokio::test]
async fn i51_no_link_for_an_expired_or_finished_inquiry() {
    let app = TestApp::start().await;
    for verb in ["expire", "approve", "decline", "mark-for-review"] {
        let id = app.inquiry(json!({})).await;
        app.sandbox()
            .post(&format!("/inquiries/{id}/{verb}"), json!({}))
            .await
            .expect(200);
        let before = app.counts().await;
        generate(&app, &id, json!({})).await.expect(409);
        assert_eq!(app.counts().await, before);
    }
}

#[tokio::test]
async fn i49_a_link_never_outlives_the_inquiry() {
    let app = TestApp::start().await;
    let id = app
        .inquiry(json!({"expiration-after-create-interval-seconds": 60}))
        .await;
    let answer = generate(&app, &id, json!({"meta": {"expires-in-seconds": 86_400}}))
        .await
        .expect(200);
    app.advance(60);
    assert!(
        app.service
            .redeem_code(&code(&answer), Device::default())
            .await
            .is_err()
    );
}

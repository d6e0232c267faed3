//! `expire` and `resume` (I5, I6, I24, I45–I48), and expiry by time alone.

use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

async fn post(app: &TestApp, id: &str, verb: &str) -> Answer {
    app.sandbox()
        .post(&format!("/inquiries/{id}/{verb}"), json!({}))
        .await
}

#[tokio::test]
async fn i5_an_expiring_inquiry_takes_sessions_and_links_with_it() {
    let app = TestApp::start().await;
    let meta = json!({"auto-create-inquiry-session": true, "auto-create-one-time-link": true});
    let made = app
        .sandbox()
        .post("/inquiries", app.inquiry_body(meta))
        .await
        .expect(201);
    let session = made.relation("sessions")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let before = app.event_names().await.len();
    app.advance(1);
    let answer = post(&app, &made.id(), "expire").await.expect(200);
    assert_eq!(answer.attribute("status"), "expired");
    assert_eq!(answer.attribute("expired-at"), "2026-02-03T10:15:01.000Z");
    let names = app.event_names().await;
    assert_eq!(
        names[before..],
        ["inquiry-session.expired", "inquiry.expired"],
        "E16"
    );
    let shown = app
        .sandbox()
        .get(&format!("/inquiry-sessions/{session}"))
        .await
        .expect(200);
    assert_eq!(shown.attribute("status"), "expired");
    assert_eq!(shown.attribute("expired-at"), "2026-02-03T10:15:01.000Z");
    let token = made.meta("session-token").as_str().unwrap().to_owned();
    assert!(app.visitor(&token).state().await.is_err());
    let code = made
        .meta("one-time-link")
        .as_str()
        .unwrap()
        .rsplit('=')
        .next()
        .unwrap();
    let device = selfsame_domain::session::Device::default();
    assert!(app.service.redeem_code(code, device).await.is_err());
}

#[tokio::test]
async fn i5_b178_time_alone_expires_to_the_second_and_once() {
    let app = TestApp::start().await;
    let meta = json!({
        "auto-create-inquiry-session": true,
        "expiration-after-create-interval-seconds": 60,
    });
    let made = app
        .sandbox()
        .post("/inquiries", app.inquiry_body(meta))
        .await
        .expect(201);
    let path = format!("/inquiries/{}", made.id());
    app.advance(59);
    let answer = app.sandbox().get(&path).await.expect(200);
    assert_eq!(answer.attribute("status"), "created");
    app.advance(1);
    let answer = app.sandbox().get(&path).await.expect(200);
    assert_eq!(answer.attribute("status"), "expired");
    assert_eq!(
        app.service.sweep().await.unwrap(),
        0,
        "nothing is left to do"
    );
    let names = app.event_names().await;
    assert_eq!(
        names
            .iter()
            .filter(|name| *name == "inquiry.expired")
            .count(),
        1
    );
    assert_eq!(
        names
            .iter()
            .filter(|name| *name == "inquiry-session.expired")
            .count(),
        1
    );
}

#[tokio::test]
async fn b178_the_sweep_expires_what_nobody_asks_for() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        app.inquiry(json!({})).await;
    }
    assert_eq!(app.service.sweep().await.unwrap(), 0);
    app.advance(86_400);
    assert_eq!(app.service.sweep().await.unwrap(), 3);
    assert_eq!(app.service.sweep().await.unwrap(), 0);
    let answer = app
        .sandbox()
        .get("/inquiries?filter[status]=expired")
        .await
        .expect(200);
    assert_eq!(answer.list().len(), 3);
}

#[tokio::test]
async fn i45_only_created_and_pending_expire() {
    let app = TestApp::start().await;
    for verb in ["approve", "decline", "mark-for-review", "expire"] {
        let id = app.inquiry(json!({})).await;
        post(&app, &id, verb).await.expect(200);
        let before = app.counts().await;
        let answer = post(&app, &id, "expire").await.expect(409);
        assert_eq!(answer.title(), "Conflict");
        assert_eq!(app.counts().await, before);
    }
}

#[tokio::test]
async fn i6_i46_resuming_an_expired_one_reopens_it_with_a_new_session() {
    let app = TestApp::start().await;
    let meta = json!({"auto-create-inquiry-session": true});
    let made = app
        .sandbox()
        .post("/inquiries", app.inquiry_body(meta))
        .await
        .expect(201);
    post(&app, &made.id(), "expire").await.expect(200);
    let before = app.event_names().await;
    app.advance(60);
    let answer = post(&app, &made.id(), "resume").await.expect(200);
    assert_eq!(answer.attribute("status"), "pending");
    assert_eq!(answer.attribute("started-at"), "2026-02-03T10:16:00.000Z");
    assert_eq!(answer.attribute("expired-at"), &Value::Null);
    assert_eq!(answer.attribute("expires-at"), "2026-02-04T10:16:00.000Z");
    assert_eq!(answer.relation("sessions").as_array().unwrap().len(), 2);
    assert_eq!(app.event_names().await, before, "I6: no event");
    let token = answer.meta("session-token").as_str().unwrap().to_owned();
    app.visitor(&token).state().await.unwrap();
    let old = made.meta("session-token").as_str().unwrap().to_owned();
    assert!(app.visitor(&old).state().await.is_err(), "I48");
}

#[tokio::test]
async fn i46_an_unused_session_is_taken_again_and_a_used_one_is_not() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    let sessions = |answer: &Answer| answer.relation("sessions").as_array().unwrap().len();
    let first = post(&app, &id, "resume").await.expect(200);
    assert_eq!(first.attribute("status"), "created", "I47");
    assert_eq!(first.attribute("started-at"), &Value::Null);
    let second = post(&app, &id, "resume").await.expect(200);
    assert_eq!((sessions(&first), sessions(&second)), (1, 1));
    let token = second.meta("session-token").as_str().unwrap();
    app.open(&format!("inquiry-id={id}&session-token={token}"))
        .await
        .unwrap();
    let third = post(&app, &id, "resume").await.expect(200);
    assert_eq!(sessions(&third), 2);
}

#[tokio::test]
async fn i47_finished_inquiries_are_not_resumed() {
    let app = TestApp::start().await;
    for verb in ["approve", "decline", "mark-for-review"] {
        let id = app.inquiry(json!({})).await;
        post(&app, &id, verb).await.expect(200);
        let before = app.counts().await;
        post(&app, &id, "resume")
            .await
            .refused(409, "Inquiry cannot be resumed");
        assert_eq!(app.counts().await, before);
    }
    let id = app.inquiry(json!({})).await;
    app.sandbox()
        .delete(&format!("/inquiries/{id}"))
        .await
        .expect(200);
    for verb in ["resume", "expire", "approve", "generate-one-time-link"] {
        post(&app, &id, verb)
            .await
            .refused(409, "Inquiry already redacted");
    }
}

#[tokio::test]
async fn b178_a_call_on_one_whose_time_has_come_sees_it_expired() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    app.advance(86_400);
    post(&app, &id, "generate-one-time-link").await.expect(409);
    let shown = app
        .sandbox()
        .get(&format!("/inquiries/{id}"))
        .await
        .expect(200);
    assert_eq!(shown.attribute("status"), "expired");
    let answer = post(&app, &id, "resume").await.expect(200);
    assert_eq!(answer.attribute("status"), "pending");
}

#[tokio::test]
async fn q8_resuming_counts_towards_the_session_limit() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    for _ in 0..25 {
        app.sandbox()
            .post(
                "/inquiry-sessions",
                crate::attributes(json!({"inquiry-id": id})),
            )
            .await
            .expect(201);
    }
    // An unused one is taken again; when all are used up there is none to give.
    post(&app, &id, "resume").await.expect(200);
    app.sandbox()
        .post(
            "/inquiry-sessions/expire-all",
            json!({"meta": {"inquiry-ids": [id]}}),
        )
        .await
        .expect(200);
    let answer = post(&app, &id, "resume").await.expect(422);
    assert_eq!(answer.details(), "Inquiry has reached its session limit");
}

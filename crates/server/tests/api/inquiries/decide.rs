//! `approve`, `decline`, `mark-for-review` (I7–I9, I12–I14, I42–I44).

use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

async fn decide(app: &TestApp, id: &str, verb: &str, body: Value) -> Answer {
    app.sandbox()
        .post(&format!("/inquiries/{id}/{verb}"), body)
        .await
}

#[tokio::test]
async fn i42_a_decision_is_shown_with_its_comment_and_time() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    app.advance(60);
    let body = json!({"meta": {"comment": "checked by phone"}});
    let answer = decide(&app, &id, "approve", body).await.expect(200);
    assert_eq!(answer.attribute("status"), "approved");
    assert_eq!(answer.attribute("reviewer-comment"), "checked by phone");
    assert_eq!(
        answer.attribute("decisioned-at"),
        "2026-02-03T10:16:00.000Z"
    );
    assert_eq!(answer.attribute("expires-at"), &Value::Null);
    assert_eq!(answer.relation("reviewer"), &Value::Null, "I44");
    let events = app.events().await;
    let event = events.last().unwrap();
    assert_eq!(event.name, "inquiry.approved");
    assert_eq!(&event.payload, answer.data());
}

#[tokio::test]
async fn i42_repeating_the_standing_decision_is_a_409() {
    let app = TestApp::start().await;
    for (verb, details) in [
        ("approve", "Inquiry already approved"),
        ("decline", "Inquiry already declined"),
        ("mark-for-review", "Inquiry already marked for review"),
    ] {
        let id = app.inquiry(json!({})).await;
        decide(&app, &id, verb, json!({})).await.expect(200);
        let before = app.counts().await;
        let again = decide(&app, &id, verb, json!({})).await;
        again.refused(409, details);
        assert_eq!(again.title(), "Conflict");
        assert_eq!(app.counts().await, before);
    }
}

#[tokio::test]
async fn i12_i43_decisions_turn_round_and_cannot_be_put_under_review_again() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    for (verb, status) in [
        ("mark-for-review", 200),
        ("decline", 200),
        ("mark-for-review", 409),
        ("approve", 200),
        ("mark-for-review", 409),
        ("decline", 200),
    ] {
        let answer = decide(&app, &id, verb, json!({"meta": {"comment": "c"}})).await;
        assert_eq!(answer.status, status, "{verb}: {}", answer.body);
    }
    let names = app.event_names().await;
    assert_eq!(
        names[names.len() - 4..],
        [
            "inquiry.marked-for-review",
            "inquiry.declined",
            "inquiry.approved",
            "inquiry.declined"
        ]
    );
}

#[tokio::test]
async fn i13_an_expired_inquiry_can_be_decided() {
    let app = TestApp::start().await;
    for verb in ["approve", "decline", "mark-for-review"] {
        let id = app.inquiry(json!({})).await;
        app.advance(86_400);
        decide(&app, &id, verb, json!({})).await.expect(200);
    }
}

#[tokio::test]
async fn i15_a_decision_ends_the_end_users_way_and_their_links() {
    let app = TestApp::start().await;
    for verb in ["approve", "decline", "mark-for-review"] {
        let meta = json!({"auto-create-inquiry-session": true, "auto-create-one-time-link": true});
        let made = app
            .sandbox()
            .post("/inquiries", app.inquiry_body(meta))
            .await
            .expect(201);
        let token = made.meta("session-token").as_str().unwrap().to_owned();
        decide(&app, &made.id(), verb, json!({})).await.expect(200);
        let mut visitor = app.visitor(&token);
        assert!(visitor.submit(json!({})).await.is_err(), "{verb}");
        assert!(
            app.open(&format!("inquiry-id={}", made.id()))
                .await
                .is_err(),
            "{verb}"
        );
        let link = made.meta("one-time-link").as_str().unwrap();
        let code = link.rsplit('=').next().unwrap();
        let device = selfsame_domain::session::Device::default();
        assert!(
            app.service.redeem_code(code, device).await.is_err(),
            "{verb}"
        );
    }
}

#[tokio::test]
async fn simultaneous_decisions_are_one_event_each_and_one_of_equals_wins() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    let mut tasks = Vec::new();
    for _ in 0..10 {
        let (sandbox, path) = (app.sandbox(), format!("/inquiries/{id}/approve"));
        tasks.push(tokio::spawn(async move {
            sandbox.post(&path, json!({})).await.status
        }));
    }
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409, 409, 409]);
    let names = app.event_names().await;
    assert_eq!(
        names
            .iter()
            .filter(|name| *name == "inquiry.approved")
            .count(),
        1
    );
}

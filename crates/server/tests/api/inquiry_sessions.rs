//! `/inquiry-sessions` (Q1–Q21).

use selfsame_domain::session::Device;
use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::attributes;

async fn create(app: &TestApp, inquiry: &str) -> Answer {
    app.sandbox()
        .post(
            "/inquiry-sessions",
            attributes(json!({"inquiry-id": inquiry})),
        )
        .await
}

#[tokio::test]
async fn q1_q2_q13_a_whole_session_as_the_answer_shows_it() {
    let app = TestApp::start().await;
    let inquiry = app.inquiry(json!({})).await;
    let answer = create(&app, &inquiry).await.expect(201);
    let attributes = answer.data()["attributes"].as_object().unwrap();
    assert_eq!(attributes["status"], "new");
    assert_eq!(attributes["created-at"], "2026-02-03T10:15:00.000Z");
    let others = attributes
        .iter()
        .filter(|(name, _)| *name != "status" && *name != "created-at");
    for (name, value) in others {
        assert_eq!(value, &Value::Null, "{name}");
    }
    assert_eq!(attributes.len(), 32);
    assert_eq!(answer.related("inquiry"), Some(inquiry.clone()));
    assert_eq!(answer.relation("device"), &Value::Null);
    assert_eq!(answer.relation("network"), &Value::Null);
    assert!(answer.body.get("meta").is_none(), "no token: Q11");
    let shown = app
        .sandbox()
        .get(&format!("/inquiry-sessions/{}", answer.id()))
        .await
        .expect(200);
    assert_eq!(shown.body, answer.body);
    let with = format!("/inquiry-sessions/{}?include=inquiry", answer.id());
    let shown = app.sandbox().get(&with).await.expect(200);
    assert_eq!(shown.body["included"][0]["id"], inquiry.as_str());
}

#[tokio::test]
async fn q4_a_session_is_active_from_its_first_load() {
    let app = TestApp::start().await;
    let query = format!(
        "inquiry-template-id={}&environment=sandbox",
        app.own.template
    );
    let opened = app.open(&query).await.unwrap();
    let path = format!("/inquiry-sessions/{}", opened.view.session.id);
    let shown = app.sandbox().get(&path).await.expect(200);
    assert_eq!(shown.attribute("status"), "active");
    assert_eq!(shown.attribute("started-at"), "2026-02-03T10:15:00.000Z");
    assert!(shown.related("device").is_some());
    let names = app.event_names().await;
    assert_eq!(
        names
            .iter()
            .filter(|name| *name == "inquiry-session.started")
            .count(),
        1
    );
}

#[tokio::test]
async fn q5_leaving_is_told_each_time_and_changes_nothing() {
    let app = TestApp::start().await;
    let query = format!(
        "inquiry-template-id={}&environment=sandbox",
        app.own.template
    );
    let opened = app.open(&query).await.unwrap();
    for _ in 0..2 {
        app.service
            .flow_cancel(&opened.session_token)
            .await
            .unwrap();
    }
    let names = app.event_names().await;
    assert_eq!(
        names
            .iter()
            .filter(|name| *name == "inquiry-session.canceled")
            .count(),
        2
    );
    app.visitor(&opened.session_token).state().await.unwrap();
}

#[tokio::test]
async fn q6_a_session_ends_when_its_inquiry_would_have_and_resuming_moves_nothing() {
    let app = TestApp::start().await;
    let inquiry = app
        .inquiry(json!({"expiration-after-create-interval-seconds": 60}))
        .await;
    let session = create(&app, &inquiry).await.expect(201).id();
    app.sandbox()
        .post(&format!("/inquiries/{inquiry}/expire"), json!({}))
        .await
        .expect(200);
    app.sandbox()
        .post(&format!("/inquiries/{inquiry}/resume"), json!({}))
        .await
        .expect(200);
    let later = create(&app, &inquiry).await.expect(201).id();
    app.advance(61);
    let shown = app
        .sandbox()
        .get(&format!("/inquiry-sessions/{session}"))
        .await
        .expect(200);
    assert_eq!(shown.attribute("status"), "expired");
    let shown = app
        .sandbox()
        .get(&format!("/inquiry-sessions/{later}"))
        .await
        .expect(200);
    assert_eq!(shown.attribute("status"), "new");
}

#[tokio::test]
async fn q6_a_session_past_its_time_is_listed_as_expired() {
    let app = TestApp::start().await;
    let inquiry = app
        .inquiry(json!({"expiration-after-create-interval-seconds": 60}))
        .await;
    create(&app, &inquiry).await.expect(201);
    app.advance(61);
    let listed = app.sandbox().get("/inquiry-sessions").await.expect(200);
    assert_eq!(listed.list()[0]["attributes"]["status"], "expired");
}

#[tokio::test]
async fn q8_b127_the_26th_session_is_unprocessable_even_when_all_come_at_once() {
    let app = TestApp::start().await;
    let inquiry = app.inquiry(json!({})).await;
    let mut tasks = Vec::new();
    for _ in 0..30 {
        let (sandbox, body) = (app.sandbox(), attributes(json!({"inquiry-id": inquiry})));
        tasks.push(tokio::spawn(async move {
            sandbox.post("/inquiry-sessions", body).await
        }));
    }
    let (mut made, mut refused) = (0, 0);
    for task in tasks {
        let answer = task.await.unwrap();
        if answer.status == 201 {
            made += 1;
        } else {
            assert_eq!(answer.title(), "Unprocessable entity");
            answer.refused(422, "Inquiry has reached its session limit");
            refused += 1;
        }
    }
    assert_eq!((made, refused), (25, 5));
}

#[tokio::test]
async fn q14_no_session_for_an_unknown_expired_finished_or_redacted_inquiry() {
    let app = TestApp::start().await;
    create(&app, "inq_1111111111111111111111111111")
        .await
        .expect(404);
    for verb in ["expire", "approve", "decline", "mark-for-review"] {
        let inquiry = app.inquiry(json!({})).await;
        app.sandbox()
            .post(&format!("/inquiries/{inquiry}/{verb}"), json!({}))
            .await
            .expect(200);
        create(&app, &inquiry).await.expect(409);
    }
    let inquiry = app.inquiry(json!({})).await;
    app.sandbox()
        .delete(&format!("/inquiries/{inquiry}"))
        .await
        .expect(200);
    create(&app, &inquiry)
        .await
        .refused(409, "Inquiry already redacted");
}

#[tokio::test]
async fn q12_lists_filter_by_inquiry_newest_first() {
    let app = TestApp::start().await;
    let (one, two) = (app.inquiry(json!({})).await, app.inquiry(json!({})).await);
    let mut made = Vec::new();
    for inquiry in [&one, &two, &one] {
        made.push(create(&app, inquiry).await.expect(201).id());
        app.advance(1);
    }
    let find = async |query: &str| {
        app.sandbox()
            .get(&format!("/inquiry-sessions{query}"))
            .await
            .expect(200)
            .ids()
    };
    assert_eq!(find("").await, [made[2].as_str(), &made[1], &made[0]]);
    assert_eq!(
        find(&format!("?filter[inquiry-id]={one}")).await,
        [made[2].as_str(), &made[0]]
    );
    assert_eq!(
        find("?filter[inquiry-id]=inq_1").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn q16_expiring_twice_is_a_409() {
    let app = TestApp::start().await;
    let inquiry = app.inquiry(json!({})).await;
    let session = create(&app, &inquiry).await.expect(201).id();
    let path = format!("/inquiry-sessions/{session}/expire");
    app.advance(5);
    let answer = app.sandbox().post(&path, json!({})).await.expect(200);
    assert_eq!(answer.attribute("status"), "expired");
    assert_eq!(answer.attribute("expired-at"), "2026-02-03T10:15:05.000Z");
    assert_eq!(
        app.event_names().await.last().unwrap(),
        "inquiry-session.expired"
    );
    let before = app.counts().await;
    app.sandbox().post(&path, json!({})).await.expect(409);
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn q17_q18_expire_all_ends_what_lives_and_refuses_the_whole_call_for_one_unknown_id() {
    let app = TestApp::start().await;
    let (one, two) = (app.inquiry(json!({})).await, app.inquiry(json!({})).await);
    let mut sessions = Vec::new();
    for inquiry in [&one, &one, &two] {
        sessions.push(create(&app, inquiry).await.expect(201).id());
    }
    let expire = |ids: Value| {
        app.sandbox().post(
            "/inquiry-sessions/expire-all",
            json!({"meta": {"inquiry-ids": ids}}),
        )
    };
    let before = app.event_names().await;
    let unknown = "inq_1111111111111111111111111111";
    expire(json!([one, unknown]))
        .await
        .points_at("/meta/inquiry-ids");
    assert_eq!(app.event_names().await, before);
    app.sandbox()
        .post(
            &format!("/inquiry-sessions/{}/expire", sessions[0]),
            json!({}),
        )
        .await
        .expect(200);
    let answer = expire(json!([one, two, one])).await.expect(200);
    let mut ended = answer.ids();
    ended.sort();
    let mut expected = sessions[1..].to_vec();
    expected.sort();
    assert_eq!(ended, expected);
    assert!(answer.body.get("links").is_none());
    for session in answer.list() {
        assert_eq!(session["attributes"]["status"], "expired");
    }
    let nothing = expire(json!([one])).await.expect(200);
    assert_eq!(nothing.body["data"], json!([]));
}

#[tokio::test]
async fn q19_a_sessions_link_opens_that_session() {
    let app = TestApp::start().await;
    let inquiry = app.inquiry(json!({})).await;
    let session = create(&app, &inquiry).await.expect(201).id();
    let path = format!("/inquiry-sessions/{session}/generate-one-time-link");
    let answer = app.sandbox().post(&path, json!({})).await.expect(200);
    assert_eq!(answer.id(), session);
    let code = answer
        .meta("one-time-link")
        .as_str()
        .unwrap()
        .rsplit('=')
        .next()
        .unwrap()
        .to_owned();
    let opened = app
        .service
        .redeem_code(&code, Device::default())
        .await
        .unwrap();
    assert_eq!(opened.view.session.id.to_string(), session);
    app.sandbox()
        .post(&format!("/inquiry-sessions/{session}/expire"), json!({}))
        .await
        .expect(200);
    app.sandbox().post(&path, json!({})).await.expect(409);
}

#[tokio::test]
async fn i16_a_pending_inquiry_needs_its_token() {
    let app = TestApp::start().await;
    let meta = json!({"auto-create-inquiry-session": true});
    let made = app
        .sandbox()
        .post("/inquiries", app.inquiry_body(meta))
        .await
        .expect(201);
    let query = format!("inquiry-id={}", made.id());
    app.open(&query).await.unwrap();
    let actions = json!({"meta": {"simulate-actions": [{"type": "start_inquiry"}]}});
    let path = format!("/inquiries/{}/perform-simulate-actions", made.id());
    app.sandbox().post(&path, actions).await.expect(200);
    assert!(app.open(&query).await.is_err());
    let token = made.meta("session-token").as_str().unwrap();
    app.open(&format!("{query}&session-token={token}"))
        .await
        .unwrap();
}

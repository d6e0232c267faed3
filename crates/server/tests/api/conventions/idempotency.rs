//! `Idempotency-Key` (C106–C113).

use selfsame_testkit::{Answer, Client, TestApp};
use serde_json::{Value, json};

use crate::attributes;

async fn post(client: &Client, path: &str, key: &str, body: Value) -> Answer {
    client.post(path, body).header("Idempotency-Key", key).await
}

#[tokio::test]
async fn c107_c108_a_repeat_gets_the_first_answer_byte_for_byte_and_has_no_effect() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let meta = json!({"auto-create-inquiry-session": true, "auto-create-one-time-link": true});
    let first = post(&sandbox, "/inquiries", "k1", app.inquiry_body(meta.clone()))
        .await
        .expect(201);
    let counts = app.counts().await;
    app.advance(3600);
    app.sandbox()
        .post(&format!("/inquiries/{}/approve", first.id()), json!({}))
        .await
        .expect(200);
    let again = post(&sandbox, "/inquiries", "k1", app.inquiry_body(meta))
        .await
        .expect(201);
    assert_eq!(again.bytes, first.bytes);
    assert_ne!(again.header("request-id"), first.header("request-id"));
    let mut after = app.counts().await;
    after.last_mut().unwrap().1 -= 1;
    assert_eq!(after, counts, "one approval and nothing else");
}

#[tokio::test]
async fn c108_every_posting_operation_replays() {
    use crate::operations::{Objects, cases};
    for case in cases()
        .into_iter()
        .filter(|case| case.method == axum::http::Method::POST)
    {
        let app = TestApp::start().await;
        let administrator = app.administrator().await;
        let objects = Objects::make(&app, &administrator, &app.own.template).await;
        let call = case
            .call(&administrator, &objects)
            .header("Idempotency-Key", "k");
        let first = call.clone().await;
        assert_eq!(first.status, case.operation.success, "{}", case.name());
        let counts = app.counts().await;
        app.advance(1);
        let again = call.await;
        assert_eq!(
            (again.status, &again.bytes),
            (first.status, &first.bytes),
            "{}",
            case.name()
        );
        assert_eq!(app.counts().await, counts, "{}", case.name());
    }
}

#[tokio::test]
async fn c107_a_refusal_is_kept_although_the_cause_has_gone() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let holder = app.account(json!({"reference-id": "user-1"})).await;
    let body = attributes(json!({"reference-id": "user-1"}));
    let first = post(&sandbox, "/accounts", "conflict", body.clone())
        .await
        .expect(409);
    sandbox
        .patch(
            &format!("/accounts/{holder}"),
            attributes(json!({"reference-id": "user-2"})),
        )
        .await
        .expect(200);
    let again = post(&sandbox, "/accounts", "conflict", body.clone())
        .await
        .expect(409);
    assert_eq!(again.bytes, first.bytes);
    sandbox.post("/accounts", body).await.expect(201);

    let bad = attributes(json!({"fields": {"shoe_size": 44}}));
    let first = post(&sandbox, "/accounts", "unprocessable", bad.clone())
        .await
        .expect(422);
    assert_eq!(
        post(&sandbox, "/accounts", "unprocessable", bad)
            .await
            .bytes,
        first.bytes
    );
    let missing = post(&sandbox, "/inquiries/inq_1/approve", "missing", json!({}))
        .await
        .expect(404);
    let again = post(&sandbox, "/inquiries/inq_1/approve", "missing", json!({}))
        .await
        .expect(404);
    assert_eq!(again.bytes, missing.bytes);
    let malformed = post(&sandbox, "/inquiries", "malformed", json!({}))
        .await
        .expect(400);
    let again = post(&sandbox, "/inquiries", "malformed", json!({}))
        .await
        .expect(400);
    assert_eq!(again.bytes, malformed.bytes);
}

#[tokio::test]
async fn c109_other_parameters_under_a_used_key_are_unprocessable_and_do_nothing() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let account = app.account(json!({})).await;
    let body = attributes(json!({"reference-id": "user-1"}));
    let first = post(&sandbox, "/accounts", "k", body.clone())
        .await
        .expect(201);
    let counts = app.counts().await;
    let details = "Idempotency-Key was already used with different parameters";
    for (path, other) in [
        (
            "/accounts".to_owned(),
            attributes(json!({"reference-id": "user-2"})),
        ),
        ("/accounts".to_owned(), json!({})),
        ("/accounts?include=account-type".to_owned(), body.clone()),
        (
            format!("/accounts/{account}/add-tag"),
            json!({"meta": {"tag-name": "a"}}),
        ),
        ("/inquiries".to_owned(), app.inquiry_body(json!({}))),
    ] {
        let answer = post(&sandbox, &path, "k", other).await;
        answer.refused(422, details);
        assert_eq!(answer.title(), "Unprocessable entity");
    }
    assert_eq!(app.counts().await, counts);
    assert_eq!(
        post(&sandbox, "/accounts", "k", body).await.bytes,
        first.bytes,
        "and it still replays"
    );
}

#[tokio::test]
async fn c113_parameters_compare_as_json_and_keys_belong_to_an_environment() {
    let app = TestApp::start().await;
    let send = |client: Client, text: &str| {
        client
            .call(axum::http::Method::POST, "/accounts")
            .raw("application/json", text.to_owned())
            .header("Idempotency-Key", "k")
    };
    let first = send(
        app.sandbox(),
        r#"{"data":{"attributes":{"reference-id":"u","tags":["a"]}}}"#,
    )
    .await
    .expect(201);
    let again = send(
        app.sandbox(),
        r#" {"data": {"attributes": {"tags": ["a"], "reference-id": "u"}}} "#,
    );
    assert_eq!(again.await.expect(201).bytes, first.bytes);
    let other = send(
        app.production(),
        r#"{"data":{"attributes":{"reference-id":"v"}}}"#,
    )
    .await
    .expect(201);
    assert_ne!(other.id(), first.id());
}

#[tokio::test]
async fn c110_parallel_use_of_one_key_has_one_effect() {
    let app = TestApp::start().await;
    for round in 0..5 {
        let mut tasks = Vec::new();
        for _ in 0..12 {
            let (sandbox, key) = (app.sandbox(), format!("key-{round}"));
            let body = app.inquiry_body(json!({"auto-create-inquiry-session": true}));
            tasks.push(tokio::spawn(async move {
                post(&sandbox, "/inquiries", &key, body).await
            }));
        }
        let mut bodies = Vec::new();
        for task in tasks {
            let answer = task.await.unwrap();
            if answer.status == 201 {
                bodies.push(answer.bytes);
            } else {
                assert_eq!(
                    (answer.status, answer.title()),
                    (409, "Conflict"),
                    "{}",
                    answer.body
                );
            }
        }
        assert!(!bodies.is_empty());
        bodies.dedup();
        assert_eq!(bodies.len(), 1);
    }
    let counts = app.counts().await;
    let of = |table: &str| counts.iter().find(|(name, _)| *name == table).unwrap().1;
    assert_eq!(
        (of("inquiries"), of("accounts"), of("inquiry_sessions")),
        (5, 5, 5)
    );
}

#[tokio::test]
async fn c106_the_header_is_ignored_on_get_patch_and_delete() {
    let app = TestApp::start().await;
    let id = app.account(json!({"reference-id": "user-1"})).await;
    let path = format!("/accounts/{id}");
    let sandbox = app.sandbox().with("Idempotency-Key", "k");
    sandbox.get(&path).await.expect(200);
    for value in ["a", "b"] {
        let answer = sandbox
            .patch(&path, attributes(json!({"reference-id": value})))
            .await
            .expect(200);
        assert_eq!(answer.attribute("reference-id"), value);
    }
    let first = sandbox.delete(&path).await.expect(200);
    app.advance(60);
    let second = sandbox.delete(&path).await.expect(200);
    assert_ne!(
        first.attribute("redacted-at"),
        second.attribute("redacted-at")
    );
    sandbox.post("/accounts", json!({})).await.expect(201);
}

#[tokio::test]
async fn c111_a_401_a_403_or_a_429_is_not_kept() {
    let app = TestApp::build()
        .settings(|settings| settings.requests_per_minute = Some(2))
        .start()
        .await;
    let nobody = app.client(None);
    post(&nobody, "/accounts", "k", json!({})).await.expect(401);
    let reader = app
        .with_permissions(&[selfsame_domain::permission::Permission::AccountRead])
        .await;
    post(&reader, "/accounts", "k", json!({})).await.expect(403);
    app.sandbox().get("/accounts").await.expect(200);
    post(&app.sandbox(), "/accounts", "k", json!({}))
        .await
        .expect(429);
    app.advance(60);
    post(&app.sandbox(), "/accounts", "k", json!({}))
        .await
        .expect(201);
}

#[tokio::test]
async fn c112_a_key_lives_for_a_day_and_may_then_run_anew() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let first = post(&sandbox, "/accounts", "k", json!({}))
        .await
        .expect(201);
    app.advance(86_400 - 1);
    app.service.prune().await.unwrap();
    let again = post(&sandbox, "/accounts", "k", json!({}))
        .await
        .expect(201);
    assert_eq!(again.bytes, first.bytes);
    app.advance(2);
    app.service.prune().await.unwrap();
    let anew = post(&sandbox, "/accounts", "k", json!({}))
        .await
        .expect(201);
    assert_ne!(anew.id(), first.id());
}

#[tokio::test]
async fn c113_a_key_has_up_to_255_characters() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    post(&sandbox, "/accounts", &"k".repeat(255), json!({}))
        .await
        .expect(201);
    let before = app.counts().await;
    let answer = post(&sandbox, "/accounts", &"k".repeat(256), json!({})).await;
    assert!([400, 422].contains(&answer.status), "{}", answer.body);
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn a_token_does_not_lie_in_the_open_in_the_kept_answer() {
    let app = TestApp::start().await;
    let body = app.inquiry_body(json!({"auto-create-inquiry-session": true}));
    let made = post(&app.sandbox(), "/inquiries", "k", body)
        .await
        .expect(201);
    let token = made.meta("session-token").as_str().unwrap();
    let kept = app
        .store()
        .find_answer(&app.own.sandbox.id, "k")
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&kept.body);
    assert!(!text.contains(token));
}

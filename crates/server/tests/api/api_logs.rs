//! `/api-logs`.

use axum::http::Method;
use selfsame_domain::id::{Id, RequestId};
use selfsame_domain::permission::Permission;
use selfsame_service::RequestNote;
use selfsame_testkit::{Answer, Client, TestApp};
use serde_json::{Value, json};

use crate::attributes;

fn request_id(answer: &Answer) -> String {
    answer.header("request-id").expect("an id").to_owned()
}

async fn shown(app: &TestApp, id: &str) -> Answer {
    app.service.write_api_logs().await;
    app.sandbox().get(&format!("/api-logs/{id}")).await
}

/// All that the sandbox's list tells, as one text.
async fn everything(app: &TestApp) -> String {
    app.service.write_api_logs().await;
    let logs = app
        .sandbox()
        .get("/api-logs?page[size]=100")
        .await
        .expect(200);
    logs.body.to_string()
}

#[tokio::test]
async fn l1_l5_a_log_has_the_id_of_its_request_and_tells_what_was_asked_and_answered() {
    let app = TestApp::start().await;
    let client = app
        .sandbox()
        .with("user-agent", "test/1")
        .with("accept", "application/json")
        .with("cookie", "secret=1");
    app.advance_millis(27_485);
    let asked = client
        .get("/inquiries?filter[reference-id]=user-8842")
        .await
        .expect(200);
    let log = shown(&app, &request_id(&asked)).await.expect(200);
    let number = |name: &str| -> u32 { asked.header(name).unwrap().parse().unwrap() };
    let wanted = json!({"data": {"type": "api-log", "id": request_id(&asked), "attributes": {
        "request": {
            "method": "GET", "path": "/api/v1/inquiries",
            "headers": {
                "Accept": "application/json", "User-Agent": "test/1", "Authorization": "****-****-************",
            },
            "get-params": {"filter": {"reference-id": "user-8842"}}, "post-params": {},
        },
        "response": {"status": 200, "headers": {
            "Cache-Control": asked.header("cache-control"), "Pragma": asked.header("pragma"),
            "Expires": asked.header("expires"), "Content-Type": asked.header("content-type"),
            "Vary": "Accept", "Request-Id": request_id(&asked),
            "RateLimit-Limit": number("ratelimit-limit"), "RateLimit-Remaining": number("ratelimit-remaining"),
            "RateLimit-Reset": number("ratelimit-reset"),
        }},
        "created-at": "2026-02-03T10:15:27.485+00:00", "redacted-at": null,
    }}});
    assert_eq!(log.body, wanted);
}

#[tokio::test]
async fn l6_nothing_personal_and_nothing_secret_is_ever_written() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let body = attributes(json!({
        "reference-id": "user-1", "name-first": "Adelheid", "email-address": "a@example.com",
        "fields": {"birthdate": "1990-12-31"}, "tags": ["vip"],
    }));
    let made = app.sandbox().post("/accounts", body).await.expect(201);
    let key = attributes(json!({"name": "backend", "permissions": ["api_key.read"]}));
    let key = administrator.post("/api-keys", key).await.expect(201);
    let link = app
        .inquiry(json!({"auto-create-one-time-link": true}))
        .await;
    app.sandbox()
        .get("/accounts?filter[reference-id]=user-1")
        .await
        .expect(200);
    app.sandbox()
        .get("/accounts/ada%40example.com")
        .await
        .expect(400);
    let told = everything(&app).await;
    let value = key.attribute("value").as_str().unwrap().to_owned();
    let token = app.own.keys.sandbox.clone();
    for secret in [
        "Adelheid",
        "a@example.com",
        "1990-12-31",
        "vip",
        "backend",
        &value,
        &token,
        "code=",
        "ada%40",
    ] {
        assert!(!told.contains(secret), "{secret}");
    }
    assert!(told.contains("user-1") && told.contains("name-first"));
    assert!(
        !told.contains(&made.id()) && !told.contains(&link),
        "answers are not kept"
    );
}

#[tokio::test]
async fn l2_l11_refusals_are_logged_replays_and_unknown_keys_are_not() {
    let app = TestApp::start().await;
    let client = app.sandbox().with("idempotency-key", "once");
    let first = client.post("/accounts", json!({})).await.expect(201);
    let replay = client.post("/accounts", json!({})).await.expect(201);
    assert_eq!(first.bytes, replay.bytes);
    let missing = app.sandbox().get("/accounts/act_1").await.expect(404);
    let malformed = app
        .sandbox()
        .get("/accounts?page[size]=x")
        .await
        .expect(400);
    let forbidden = app.with_permissions(&[Permission::EventRead]).await;
    let forbidden = forbidden.get("/accounts").await.expect(403);
    let unknown = app
        .client(Some("persona_sandbox_x"))
        .get("/accounts")
        .await
        .expect(401);
    for (answer, status) in [
        (&first, 201),
        (&missing, 404),
        (&malformed, 400),
        (&forbidden, 403),
    ] {
        let log = shown(&app, &request_id(answer)).await.expect(200);
        assert_eq!(log.attribute("response")["status"], status);
    }
    for answer in [&replay, &unknown] {
        shown(&app, &request_id(answer)).await.expect(404);
    }
    let failing = app.sandbox().with("idempotency-key", "bad");
    let bad = attributes(json!({"reference-id": 1}));
    let first = failing.post("/accounts", bad.clone()).await.expect(400);
    let again = failing.post("/accounts", bad).await.expect(400);
    shown(&app, &request_id(&first)).await.expect(200);
    shown(&app, &request_id(&again)).await.expect(404);
}

#[tokio::test]
async fn l4_logs_are_listed_newest_first_in_pages_and_only_in_their_environment() {
    let app = TestApp::start().await;
    let client: Client = app.sandbox();
    let mut ids = Vec::new();
    for _ in 0..5 {
        app.advance_millis(10);
        ids.insert(0, request_id(&client.get("/events").await.expect(200)));
    }
    app.service.write_api_logs().await;
    let first = client.get("/api-logs?page[size]=3").await.expect(200);
    assert_eq!(first.ids(), ids[..3]);
    let next = first.body["links"]["next"]
        .as_str()
        .unwrap()
        .strip_prefix("/api/v1")
        .unwrap()
        .to_owned();
    assert_eq!(client.get(&next).await.expect(200).ids(), ids[3..]);
    let back = format!("/api-logs?page[before]={}&page[size]=2", ids[3]);
    assert_eq!(client.get(&back).await.expect(200).ids(), ids[1..3]);
    client
        .get("/api-logs?page[after]=req_unknown")
        .await
        .expect(400);
    client.get("/api-logs?filter[status]=200").await.expect(400);
    assert!(
        app.production()
            .get("/api-logs")
            .await
            .expect(200)
            .ids()
            .is_empty()
    );
    app.production()
        .get(&format!("/api-logs/{}", ids[0]))
        .await
        .expect(404);
    // What was asked of the logs is a log as well, without its answer.
    app.service.write_api_logs().await;
    let newest = client.get("/api-logs?page[size]=1").await.expect(200);
    assert_eq!(
        newest.list()[0]["attributes"]["request"]["path"],
        "/api/v1/api-logs"
    );
}

#[tokio::test]
async fn l3_logs_are_let_go_of_after_two_weeks_or_as_the_operator_says() {
    let app = TestApp::start().await;
    let old = request_id(&app.sandbox().get("/events").await);
    shown(&app, &old).await.expect(200);
    app.advance(13 * 86_400);
    let young = request_id(&app.sandbox().get("/events").await);
    app.service.prune().await.unwrap();
    shown(&app, &old).await.expect(200);
    app.advance(86_400 + 1);
    app.service.prune().await.unwrap();
    shown(&app, &old).await.expect(404);
    shown(&app, &young).await.expect(200);

    let without = TestApp::build().options(|options| options.api_log_days = 0);
    let without = without.start().await;
    let asked = request_id(&without.sandbox().get("/events").await.expect(200));
    shown(&without, &asked).await.expect(404);
}

#[tokio::test]
async fn l10_l12_all_that_waits_is_written_however_many_there_are_of_a_moment() {
    let app = TestApp::start().await;
    let (at, mut entropy) = (app.service.now(), app.service.entropy());
    let mut ids = Vec::new();
    for _ in 0..4500 {
        let id = RequestId::mint(&mut entropy, at);
        ids.push(id.to_string());
        let fits = app.service.note_request(RequestNote {
            environment_id: app.own.sandbox.id.clone(),
            id,
            at,
            method: "GET".into(),
            path: "/api/v1/events".into(),
            template: "/events",
            query: String::new(),
            headers: vec![],
            body: vec![],
            ip_address: None,
            status: 200,
            rate_limit: None,
        });
        assert!(fits);
    }
    assert_eq!(app.service.write_api_logs().await, 0);
    ids.sort_by(|a, b| b.cmp(a));
    let mut seen: Vec<String> = Vec::new();
    let mut target = "/api-logs?page[size]=100".to_owned();
    loop {
        let found = app.sandbox().get(&target).await.expect(200);
        seen.extend(found.ids());
        if found.body["links"]["next"].is_null() {
            break;
        }
        let last = seen.last().expect("one");
        target = format!("/api-logs?page[size]=100&page[after]={last}");
    }
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn l8_names_in_a_log_are_as_they_were_sent_whatever_the_inflection() {
    let app = TestApp::start().await;
    let body = json!({"data": {"attributes": {"referenceId": "user-1", "name_first": "Ada"}}});
    let made = app.sandbox().post("/accounts", body).await.expect(201);
    app.service.write_api_logs().await;
    let camel = app.sandbox().with("key-inflection", "camel");
    let target = format!("/api/v1/api-logs/{}", request_id(&made));
    let log = camel.elsewhere(Method::GET, &target).await.expect(200);
    let request: &Value = &log.body["data"]["attributes"]["request"];
    assert_eq!(
        request["postParams"],
        json!({"data": {"attributes": {"referenceId": "user-1", "name_first": "[FILTERED]"}}})
    );
    assert_eq!(
        request["headers"]["Authorization"],
        "****-****-************"
    );
}

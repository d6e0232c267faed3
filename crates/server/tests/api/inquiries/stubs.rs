//! `PATCH /inquiries/{id}/set-simulate-stubs` (I78, B264, B268).

use selfsame_domain::inquiry::SimulatedOutcome;
use selfsame_testkit::{Client, TestApp};
use serde_json::{Value, json};

use super::simulate::templates;

fn path(inquiry: &str) -> String {
    format!("/inquiries/{inquiry}/set-simulate-stubs")
}

fn stubs(template: &str, stub: Value) -> Value {
    json!({"meta": {"simulate-stubs": {template: stub}}})
}

/// The alias of the government ID in the templates that are shipped.
const GOVERNMENT_ID: &str = "government_id";

async fn verified(client: &Client, inquiry: &str) -> Value {
    let shown = client
        .get(&format!("/inquiries/{inquiry}?include=verifications"))
        .await
        .expect(200);
    shown.body["included"][0]["attributes"].clone()
}

async fn pass(app: &TestApp, client: &Client, inquiry: &str) {
    let template = templates(app).await.remove(0);
    let action = json!({"type": "create_passed_verification", "data": {"verification-template-id": template}});
    let body = json!({"meta": {"simulate-actions": [action]}});
    let path = format!("/inquiries/{inquiry}/perform-simulate-actions");
    client.post(&path, body).await.expect(200);
}

#[tokio::test]
async fn i78_what_was_set_is_read_over_the_sample_person() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let inquiry = app.inquiry(json!({})).await;
    let stub = json!({
        "extractions": {"nameFirst": "Grace", "name-middle": null, "birthdate": "1906-12-09"},
        "checks": [{"name": "id_expired_detection", "status": "not_applicable", "reasons": ["no_date"]}],
    });
    let answer = client
        .patch(&path(&inquiry), stubs(GOVERNMENT_ID, stub))
        .await
        .expect(200);
    assert_eq!(answer.id(), inquiry);
    pass(&app, &client, &inquiry).await;
    let made = verified(&client, &inquiry).await;
    assert_eq!(made["status"], "passed");
    assert_eq!(made["name-first"], "Grace");
    assert_eq!(made["name-middle"], Value::Null);
    assert_eq!(made["name-last"], "Sample");
    assert_eq!(made["birthdate"], "1906-12-09");
    let checks = made["checks"].as_array().expect("checks");
    let expired = checks
        .iter()
        .find(|it| it["name"] == "id_expired_detection")
        .expect("it");
    assert_eq!(
        (&expired["status"], &expired["reasons"]),
        (&json!("not_applicable"), &json!(["no_date"]))
    );
    let others = checks
        .iter()
        .filter(|it| it["name"] != "id_expired_detection");
    assert!(
        others
            .map(|it| &it["status"])
            .all(|status| status == "passed")
    );
    let shown = client
        .get(&format!("/inquiries/{inquiry}"))
        .await
        .expect(200);
    assert_eq!(shown.field("name-first"), "Grace");
}

#[tokio::test]
async fn b264_a_failed_required_check_fails_the_run_in_the_browser() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let inquiry = app.inquiry(json!({})).await;
    let check =
        json!({"name": "id_expired_detection", "status": "failed", "reasons": ["expired_id"]});
    let stub = json!({"checks": [check]});
    client
        .patch(&path(&inquiry), stubs(GOVERNMENT_ID, stub))
        .await
        .expect(200);
    let opened = app
        .open(&format!("inquiry-id={inquiry}"))
        .await
        .expect("an open flow");
    let mut visitor = app.visitor(&opened.session_token);
    visitor.simulate(SimulatedOutcome::Passed).await;
    visitor.finish().await;
    let made = verified(&client, &inquiry).await;
    assert_eq!(made["status"], "failed");
    let checks = made["checks"].as_array().expect("checks");
    let failed: Vec<_> = checks
        .iter()
        .filter(|it| it["status"] == "failed")
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["name"], "id_expired_detection");
}

#[tokio::test]
async fn i78_one_stub_replaces_only_its_own_and_null_takes_it_away() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let inquiry = app.inquiry(json!({})).await;
    let named = |name: &str| stubs(GOVERNMENT_ID, json!({"extractions": {"name-first": name}}));
    client
        .patch(&path(&inquiry), named("Grace"))
        .await
        .expect(200);
    client
        .patch(
            &path(&inquiry),
            stubs("selfie", json!({"status": "passed"})),
        )
        .await
        .expect(200);
    pass(&app, &client, &inquiry).await;
    assert_eq!(verified(&client, &inquiry).await["name-first"], "Grace");
    let other = app.inquiry(json!({})).await;
    client
        .patch(&path(&other), named("Grace"))
        .await
        .expect(200);
    client
        .patch(&path(&other), stubs(GOVERNMENT_ID, Value::Null))
        .await
        .expect(200);
    pass(&app, &client, &other).await;
    assert_eq!(verified(&client, &other).await["name-first"], "Alexander");
}

#[tokio::test]
async fn i78_by_the_id_of_the_verification_template() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let inquiry = app.inquiry(json!({})).await;
    let template = templates(&app).await.remove(0);
    let stub = json!({"extractions": {"name_first": "Grace"}});
    client
        .patch(&path(&inquiry), stubs(&template, stub))
        .await
        .expect(200);
    pass(&app, &client, &inquiry).await;
    assert_eq!(verified(&client, &inquiry).await["name-first"], "Grace");
}

#[tokio::test]
async fn i78_what_the_verification_does_not_know_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let inquiry = app.inquiry(json!({})).await;
    let before = app.counts().await;
    let base = "/meta/simulate-stubs";
    for (template, stub, pointer) in [
        ("visa", json!({}), format!("{base}/visa")),
        (
            GOVERNMENT_ID,
            json!({"extractions": {"shoe-size": "44"}}),
            format!("{base}/{GOVERNMENT_ID}/extractions/shoe-size"),
        ),
        (
            GOVERNMENT_ID,
            json!({"extractions": {"birthdate": "May"}}),
            format!("{base}/{GOVERNMENT_ID}/extractions/birthdate"),
        ),
        (
            GOVERNMENT_ID,
            json!({"checks": [{"name": "x", "status": "passed"}]}),
            format!("{base}/{GOVERNMENT_ID}/checks/0/name"),
        ),
        (
            GOVERNMENT_ID,
            json!({"checks": [{"name": "id_expired_detection", "status": "lost"}]}),
            format!("{base}/{GOVERNMENT_ID}/checks/0/status"),
        ),
        (
            GOVERNMENT_ID,
            json!({"status": "passed", "checks": [{"name": "id_expired_detection", "status": "failed"}]}),
            format!("{base}/{GOVERNMENT_ID}/status"),
        ),
        (
            "selfie",
            json!({"extractions": {"name-first": "Ada"}}),
            format!("{base}/selfie/extractions/name-first"),
        ),
    ] {
        let answer = client
            .patch(&path(&inquiry), stubs(template, stub))
            .await
            .expect(422);
        answer.points_at(&pointer);
    }
    client.patch(&path(&inquiry), json!({})).await.expect(400);
    assert_eq!(app.counts().await, before);
    pass(&app, &client, &inquiry).await;
    assert_eq!(verified(&client, &inquiry).await["name-first"], "Alexander");
}

#[tokio::test]
async fn i78_only_in_sandbox_and_only_while_the_inquiry_is_open() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let inquiry = app.inquiry(json!({})).await;
    client
        .post(&format!("/inquiries/{inquiry}/approve"), json!({}))
        .await
        .expect(200);
    let body = stubs(GOVERNMENT_ID, json!({"status": "failed"}));
    client
        .patch(&path(&inquiry), body.clone())
        .await
        .expect(409);
    let production = app.production();
    let of_template =
        json!({"data": {"attributes": {"inquiry-template-id": app.own.template.to_string()}}});
    let real = production
        .post("/inquiries", of_template)
        .await
        .expect(201)
        .id();
    production.patch(&path(&real), body).await.expect(403);
}

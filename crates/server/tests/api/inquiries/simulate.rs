//! `perform-simulate-actions` (I72–I77, F8).

use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

async fn simulate(app: &TestApp, id: &str, actions: Value) -> Answer {
    let body = json!({"meta": {"simulate-actions": actions}});
    app.sandbox()
        .post(&format!("/inquiries/{id}/perform-simulate-actions"), body)
        .await
}

/// Verification template ids of the shipped template, government ID first.
pub async fn templates(app: &TestApp) -> Vec<String> {
    let organisation = &app.own.sandbox.organisation_id;
    let template = app
        .store()
        .find_template(organisation, &app.own.template)
        .await
        .unwrap()
        .unwrap();
    let version = template.latest_published_version_id.unwrap();
    let version = app
        .store()
        .find_template_version(organisation, &version)
        .await
        .unwrap()
        .unwrap();
    version
        .definition
        .verifications
        .iter()
        .map(|made| made.id.to_string())
        .collect()
}

fn verification(kind: &str, template: &str) -> Value {
    json!({"type": kind, "data": {"verification-template-id": template}})
}

#[tokio::test]
async fn f8_i72_to_i74_a_whole_run_has_its_statuses_and_its_events_in_order() {
    let app = TestApp::start().await;
    let templates = templates(&app).await;
    let id = app.inquiry(json!({})).await;
    let before = app.event_names().await.len();
    let actions = json!([
        {"type": "start_inquiry"},
        verification("create_passed_verification", &templates[0]),
        verification("create_failed_verification", &templates[1]),
        {"type": "complete_inquiry"},
        {"type": "mark_for_review_inquiry"},
        {"type": "approve_inquiry"},
        {"type": "decline_inquiry"},
    ]);
    let answer = simulate(&app, &id, actions).await.expect(200);
    assert_eq!(answer.attribute("status"), "declined");
    assert_eq!(
        answer.relation("verifications").as_array().unwrap().len(),
        2
    );
    assert_eq!(answer.field("name-first"), "Alexander", "B263");
    let names = app.event_names().await.split_off(before);
    let names: Vec<_> = names
        .iter()
        .filter(|name| *name != "account.updated-fields")
        .collect();
    assert_eq!(
        names,
        [
            "inquiry.started",
            "document.created",
            "document.submitted",
            "document.processed",
            "verification.created",
            "verification.submitted",
            "verification.passed",
            "selfie.created",
            "selfie.submitted",
            "selfie.processed",
            "verification.created",
            "verification.submitted",
            "verification.failed",
            "inquiry.completed",
            "inquiry.marked-for-review",
            "inquiry.approved",
            "inquiry.declined",
        ]
    );
}

#[tokio::test]
async fn i77_completing_a_created_inquiry_starts_it_first() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    let answer = simulate(&app, &id, json!([{"type": "complete_inquiry"}]))
        .await
        .expect(200);
    assert_eq!(answer.attribute("status"), "completed");
    let names = app.event_names().await;
    assert_eq!(
        names[names.len() - 2..],
        ["inquiry.started", "inquiry.completed"]
    );
}

#[tokio::test]
async fn i75_one_action_that_fails_undoes_all() {
    let app = TestApp::start().await;
    let templates = templates(&app).await;
    let id = app.inquiry(json!({})).await;
    let path = format!("/inquiries/{id}");
    let before = app.sandbox().get(&path).await.expect(200);
    let counts = app.counts().await;
    for (last, status) in [
        (json!({"type": "start_inquiry"}), 409),
        (json!({"type": "no_such_action"}), 422),
        (json!({"type": 7}), 400),
        (
            verification(
                "create_passed_verification",
                "vtmpl_1111111111111111111111111111",
            ),
            404,
        ),
        (verification("create_passed_verification", "itmpl_1"), 400),
        (json!({"type": "create_passed_verification"}), 400),
    ] {
        let actions = json!([
            {"type": "start_inquiry"},
            verification("create_passed_verification", &templates[0]),
            last,
        ]);
        let answer = simulate(&app, &id, actions).await;
        assert_eq!(answer.status, status, "{last}: {}", answer.body);
        assert_eq!(app.sandbox().get(&path).await.expect(200).body, before.body);
        assert_eq!(app.counts().await, counts);
    }
}

#[tokio::test]
async fn i76_production_refuses_to_simulate() {
    let app = TestApp::start().await;
    let made = app
        .production()
        .post("/inquiries", app.inquiry_body(json!({})))
        .await
        .expect(201);
    let body = json!({"meta": {"simulate-actions": [{"type": "approve_inquiry"}]}});
    let path = format!("/inquiries/{}/perform-simulate-actions", made.id());
    let answer = app.production().post(&path, body).await.expect(403);
    assert_eq!(answer.title(), "Forbidden");
    let shown = app
        .production()
        .get(&format!("/inquiries/{}", made.id()))
        .await
        .expect(200);
    assert_eq!(shown.attribute("status"), "created");
}

#[tokio::test]
async fn i76_what_the_state_forbids_is_a_409() {
    let app = TestApp::start().await;
    for (first, second) in [
        ("approve_inquiry", "approve_inquiry"),
        ("decline_inquiry", "mark_for_review_inquiry"),
        ("expire_inquiry", "expire_inquiry"),
        ("complete_inquiry", "fail_inquiry"),
        ("fail_inquiry", "complete_inquiry"),
        ("expire_inquiry", "start_inquiry"),
    ] {
        let id = app.inquiry(json!({})).await;
        simulate(&app, &id, json!([{"type": first}]))
            .await
            .expect(200);
        simulate(&app, &id, json!([{"type": second}]))
            .await
            .expect(409);
    }
}

#[tokio::test]
async fn a50_completing_fills_the_empty_fields_of_the_account_and_no_others() {
    let app = TestApp::start().await;
    let account = app
        .account(json!({"reference-id": "u", "fields": {"name": {"first": "Kept"}}}))
        .await;
    let templates = templates(&app).await;
    let id = app
        .inquiry(json!({"auto-create-account-reference-id": "u"}))
        .await;
    let actions = json!([
        verification("create_passed_verification", &templates[0]),
        {"type": "complete_inquiry"},
    ]);
    simulate(&app, &id, actions).await.expect(200);
    let shown = app
        .sandbox()
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200);
    let name = shown.field("name");
    assert_eq!(name["first"]["value"], "Kept");
    assert_eq!(name["last"]["value"], "Sample");
    assert_eq!(shown.field("birthdate"), "1977-07-17");
    assert_eq!(shown.field("address")["country_code"]["value"], "US");
    let events = app.events().await;
    let filled = events
        .iter()
        .find(|event| event.name == "account.updated-fields")
        .unwrap();
    assert_eq!(filled.object_id, account);
}

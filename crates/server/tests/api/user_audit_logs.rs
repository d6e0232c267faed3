//! `/user-audit-logs`.

use selfsame_domain::id::{Id, UserAuditLogId, UserId, UserSessionId};
use selfsame_domain::user_audit_log::{UserAuditEntry, UserAuditLog};
use selfsame_store::Batch;
use selfsame_testkit::TestApp;
use serde_json::json;

async fn note(app: &TestApp) -> UserAuditLog {
    let mut entropy = app.service.entropy();
    let log = UserAuditLog {
        environment_id: app.own.sandbox.id.clone(),
        id: UserAuditLogId::mint(&mut entropy, app.now()),
        user_id: UserId::mint(&mut entropy, app.now()),
        session_id: UserSessionId::mint(&mut entropy, app.now()),
        created_at: app.now(),
        entry: UserAuditEntry {
            path: "/api/internal/dashboard/v1/inquiries".into(),
            method: "POST".into(),
            get_params: json!({}),
            post_params: json!({"data": {"type": "inquiry"}}),
            ip_address: "198.51.100.7".into(),
            user_agent: "Mozilla/5.0".into(),
            response_status: 201,
            impersonator_email_address: None,
            context: json!({"inquiry-id": "inq_1"}),
        },
    };
    let mut batch = Batch::new();
    batch.insert_user_audit_log(&log);
    app.store().commit(batch).await.expect("a log");
    log
}

#[tokio::test]
async fn l21_l22_what_a_user_did_is_shown_as_it_was_noted() {
    let app = TestApp::start().await;
    app.advance_millis(163);
    let log = note(&app).await;
    let wanted = json!({"type": "user-audit-log", "id": log.id.as_str(), "attributes": {
        "path": "/api/internal/dashboard/v1/inquiries", "method": "POST", "get-params": {},
        "post-params": {"data": {"type": "inquiry"}}, "ip-address": "198.51.100.7", "user-agent": "Mozilla/5.0",
        "response-status": 201, "created-at": "2026-02-03T10:15:00.163Z", "impersonator-email-address": null,
        "context": {"inquiry-id": "inq_1"},
    }, "relationships": {
        "user": {"data": {"type": "user", "id": log.user_id.as_str()}},
        "user-session": {"data": {"type": "user-session", "id": log.session_id.as_str()}},
    }});
    let path = format!("/user-audit-logs/{}", log.id);
    assert_eq!(
        app.sandbox().get(&path).await.expect(200).body,
        json!({"data": wanted})
    );
    let listed = app.sandbox().get("/user-audit-logs").await.expect(200);
    assert_eq!(listed.body["data"], json!([wanted]));
    let with = app
        .sandbox()
        .get(&format!("{path}?include=user"))
        .await
        .expect(200);
    assert_eq!(with.body["included"], json!([]));
    app.production().get(&path).await.expect(404);
    assert!(
        app.production()
            .get("/user-audit-logs")
            .await
            .expect(200)
            .ids()
            .is_empty()
    );
}

#[tokio::test]
async fn l23_the_list_reaches_back_half_a_year_newest_first() {
    let app = TestApp::start().await;
    let oldest = note(&app).await.id.to_string();
    app.advance(184 * 86_400);
    let newer = note(&app).await.id.to_string();
    let client = app.sandbox();
    let all = client.get("/user-audit-logs").await.expect(200);
    assert_eq!(all.ids(), [newer.as_str(), oldest.as_str()]);
    let next = client
        .get(&format!("/user-audit-logs?page[after]={newer}"))
        .await
        .expect(200);
    assert_eq!(next.ids(), [oldest.as_str()]);
    app.advance(1);
    assert_eq!(
        client.get("/user-audit-logs").await.expect(200).ids(),
        [newer]
    );
    client
        .get(&format!("/user-audit-logs/{oldest}"))
        .await
        .expect(200);
}

//! `PATCH /inquiries/{inquiry-id}` (I40, I41).

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use crate::attributes;

#[tokio::test]
async fn i40_note_fields_and_tags_change_and_nothing_else_does() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    let path = format!("/inquiries/{id}");
    let before = app.sandbox().get(&path).await.expect(200);
    app.advance(5);
    let body = attributes(json!({
        "note": "vip",
        "tags": ["a"],
        "fields": {"name_first": "Ada", "selected-country-code": null},
        "status": "approved",
        "creator": "me",
        "expires-at": null,
        "inquiry-template-id": "itmpl_1",
        "next-step-name": "success",
    }));
    let answer = app.sandbox().patch(&path, body).await.expect(200);
    assert_eq!(answer.attribute("note"), "vip");
    assert_eq!(answer.attribute("tags"), &json!(["a"]));
    assert_eq!(answer.field("name-first"), "Ada");
    assert_eq!(answer.field("selected-country-code"), &Value::Null);
    assert_eq!(answer.attribute("updated-at"), "2026-02-03T10:15:05.000Z");
    for name in [
        "status",
        "creator",
        "expires-at",
        "next-step-name",
        "created-at",
        "behaviors",
    ] {
        assert_eq!(answer.attribute(name), before.attribute(name), "{name}");
    }
    assert_eq!(
        answer.data()["relationships"],
        before.data()["relationships"]
    );
    assert_eq!(
        app.event_names().await.last().unwrap(),
        "inquiry.updated-tags"
    );
    let answer = app
        .sandbox()
        .patch(&path, attributes(json!({"note": null})))
        .await
        .expect(200);
    assert_eq!(answer.attribute("note"), &Value::Null);
    assert_eq!(answer.attribute("tags"), &json!(["a"]));
}

#[tokio::test]
async fn i40_the_redirect_can_be_changed() {
    let app = TestApp::start().await;
    let meta = json!({"auto-create-inquiry-session": true});
    let made = app
        .sandbox()
        .post("/inquiries", app.inquiry_body(meta))
        .await
        .expect(201);
    let path = format!("/inquiries/{}", made.id());
    let body = attributes(json!({"redirect-uri": "https://shop.example.test/done"}));
    app.sandbox().patch(&path, body).await.expect(200);
    let token = made.meta("session-token").as_str().unwrap().to_owned();
    let view = app.visitor(&token).state().await.unwrap();
    assert_eq!(
        view.bundle.view.inquiry.detail.redirect_uri.as_deref(),
        Some("https://shop.example.test/done")
    );
    app.sandbox()
        .patch(
            &path,
            attributes(json!({"redirect-uri": "javascript:alert(1)"})),
        )
        .await
        .points_at("/data/attributes/redirect-uri");
}

#[tokio::test]
async fn i41_finished_inquiries_are_updatable_without_a_status_event_and_redacted_ones_are_not() {
    let app = TestApp::start().await;
    for verb in ["approve", "decline", "mark-for-review", "expire"] {
        let id = app.inquiry(json!({})).await;
        app.sandbox()
            .post(&format!("/inquiries/{id}/{verb}"), json!({}))
            .await
            .expect(200);
        let before = app.event_names().await;
        let path = format!("/inquiries/{id}");
        app.sandbox()
            .patch(&path, attributes(json!({"note": "x"})))
            .await
            .expect(200);
        assert_eq!(app.event_names().await, before, "{verb}");
        app.sandbox().delete(&path).await.expect(200);
        app.sandbox()
            .patch(&path, attributes(json!({"note": "y"})))
            .await
            .refused(409, "Inquiry already redacted");
    }
}

#[tokio::test]
async fn i60_an_update_with_a_bad_field_changes_nothing() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    let path = format!("/inquiries/{id}");
    let before = app.sandbox().get(&path).await.expect(200);
    let counts = app.counts().await;
    let body = attributes(json!({"note": "x", "tags": ["new"], "fields": {"birthdate": "soon"}}));
    app.sandbox()
        .patch(&path, body)
        .await
        .points_at("/data/attributes/fields/birthdate");
    assert_eq!(app.sandbox().get(&path).await.expect(200).body, before.body);
    assert_eq!(app.counts().await, counts);
}

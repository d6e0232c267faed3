//! `POST /inquiries` (I1, I25–I36, I54–I67). The account behind it is in `reference_ids`.

use selfsame_service::TemplateChange;
use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::attributes;

async fn create(app: &TestApp, more: Value, meta: Value) -> Answer {
    let mut body = app.inquiry_body(meta);
    for (name, value) in more.as_object().into_iter().flatten() {
        body["data"]["attributes"][name] = value.clone();
    }
    app.sandbox().post("/inquiries", body).await
}

#[tokio::test]
async fn i25_to_i36_a_whole_inquiry_as_the_answer_shows_it() {
    let app = TestApp::start().await;
    let more = json!({
        "fields": {"birthdate": "1990-05-17", "nameFirst": "Ada"},
        "note": "vip",
        "tags": ["a", "b", "a"],
        "redirect-uri": "https://shop.example.test/done",
    });
    let answer = create(
        &app,
        more,
        json!({"auto-create-account-reference-id": "user-8842"}),
    )
    .await
    .expect(201);
    let id = answer.id();
    assert_eq!(id.len(), 32, "C43");
    let attributes = answer.data()["attributes"].clone();
    let expected = json!({
        "status": "created",
        "reference-id": "user-8842",
        "note": "vip",
        "tags": ["a", "b"],
        "creator": "API",
        "reviewer-comment": null,
        "created-at": "2026-02-03T10:15:00.000Z",
        "updated-at": "2026-02-03T10:15:00.000Z",
        "started-at": null,
        "expires-at": "2026-02-04T10:15:00.000Z",
        "completed-at": null,
        "failed-at": null,
        "marked-for-review-at": null,
        "decisioned-at": null,
        "expired-at": null,
        "redacted-at": null,
        "previous-step-name": null,
        "next-step-name": "start",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&attributes[name], value, "{name}");
    }
    let behaviors = attributes["behaviors"].as_object().unwrap();
    assert_eq!(behaviors.len(), 18, "I29");
    assert!(behaviors.values().all(Value::is_null));
    assert_eq!(answer.field("name-first"), "Ada");
    assert_eq!(answer.field("birthdate"), "1990-05-17");
    assert_eq!(answer.field("selected-country-code"), "US");
    assert_eq!(attributes["fields"]["birthdate"]["type"], "date");
    assert_eq!(attributes["fields"].as_object().unwrap().len(), 19, "I33");
    for name in ["template", "transaction", "reviewer"] {
        assert_eq!(answer.relation(name), &Value::Null, "{name}");
    }
    for name in [
        "reports",
        "verifications",
        "sessions",
        "documents",
        "selfies",
    ] {
        assert_eq!(answer.relation(name), &json!([]), "{name}");
    }
    let template = json!({"type": "inquiry-template", "id": app.own.template.to_string()});
    assert_eq!(answer.relation("inquiry-template"), &template);
    assert!(
        answer
            .related("inquiry-template-version")
            .unwrap()
            .starts_with("itmplv_")
    );
    let meta = json!({"session-token": null, "one-time-link": null, "one-time-link-short": null});
    assert_eq!(answer.body["meta"], meta);
    let shown = app
        .sandbox()
        .get(&format!("/inquiries/{id}"))
        .await
        .expect(200);
    assert_eq!(shown.body, json!({"data": answer.body["data"]}));
}

#[tokio::test]
async fn i54_exactly_one_template_selector_is_given() {
    let app = TestApp::start().await;
    let template = app.own.template.to_string();
    let before = app.counts().await;
    for selectors in [
        json!({}),
        json!({"inquiry-template-id": null}),
        json!({"inquiry-template-id": template, "inquiry-template-version-id": "itmplv_1"}),
        json!({"inquiry-template-id": template, "template-id": "tmpl_1"}),
    ] {
        app.sandbox()
            .post("/inquiries", attributes(selectors))
            .await
            .expect(400);
    }
    assert_eq!(app.counts().await, before);
    let one = json!({"inquiry-template-id": template, "template-id": null, "inquiry-template-version-id": null});
    app.sandbox()
        .post("/inquiries", attributes(one))
        .await
        .expect(201);
}

#[tokio::test]
async fn i55_a_version_id_pins_its_version() {
    let app = TestApp::start().await;
    let made = create(&app, json!({}), json!({})).await.expect(201);
    let version = made.related("inquiry-template-version").unwrap();
    let body = attributes(json!({"inquiry-template-version-id": version}));
    let pinned = app.sandbox().post("/inquiries", body).await.expect(201);
    assert_eq!(pinned.related("inquiry-template-version"), Some(version));
    assert_eq!(
        pinned.related("inquiry-template"),
        Some(app.own.template.to_string())
    );
}

#[tokio::test]
async fn i56_legacy_templates_and_themes_are_unprocessable() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    app.sandbox()
        .post("/inquiries", attributes(json!({"template-id": "tmpl_1"})))
        .await
        .points_at("/data/attributes/template-id");
    create(&app, json!({"theme-id": "the_1"}), json!({}))
        .await
        .points_at("/data/attributes/theme-id");
    assert_eq!(app.counts().await, before);
    create(
        &app,
        json!({"theme-id": null, "theme-set-id": null}),
        json!({}),
    )
    .await
    .expect(201);
}

#[tokio::test]
async fn i27_i58_the_creators_e_mail_is_the_creator() {
    let app = TestApp::start().await;
    let more = json!({"creator-email-address": "jane@example.test"});
    let answer = create(&app, more, json!({})).await.expect(201);
    assert_eq!(answer.attribute("creator"), "jane@example.test");
    let query = format!(
        "inquiry-template-id={}&environment=sandbox",
        app.own.template
    );
    let opened = app.open(&query).await.unwrap();
    let id = opened.view.bundle.view.inquiry.id;
    let shown = app
        .sandbox()
        .get(&format!("/inquiries/{id}"))
        .await
        .expect(200);
    assert_eq!(shown.attribute("creator"), "client");
}

#[tokio::test]
async fn i59_a_redirect_off_the_list_or_of_a_bad_scheme_is_unprocessable() {
    let app = TestApp::start().await;
    let change = TemplateChange {
        allowed_domains: Some(vec!["shop.example.test".into()]),
        ..TemplateChange::default()
    };
    app.service
        .change_template(&app.own.template, change)
        .await
        .unwrap();
    let before = app.counts().await;
    for bad in [
        "https://evil.example/",
        "javascript:alert(1)",
        "/done",
        "https://a@shop.example.test/",
    ] {
        create(&app, json!({"redirect-uri": bad}), json!({}))
            .await
            .points_at("/data/attributes/redirect-uri");
    }
    assert_eq!(app.counts().await, before);
    create(
        &app,
        json!({"redirect-uri": "https://shop.example.test/x"}),
        json!({}),
    )
    .await
    .expect(201);
}

#[tokio::test]
async fn i60_unknown_and_ill_typed_fields_are_pointed_at_and_wrapped_ones_too() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    let fields = json!({"shoe-size": 44, "birthdate": 1990, "name-first": {"type": "string", "value": "Ada"}});
    let answer = create(&app, json!({"fields": fields}), json!({})).await;
    for key in ["shoe-size", "birthdate", "name-first"] {
        answer.points_at(&format!("/data/attributes/fields/{key}"));
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c81_flat_values_of_older_versions_are_ignored() {
    let app = TestApp::start().await;
    let more = json!({"name-first": "Flat", "birthdate": "1990-01-01", "country-code": "PT"});
    let answer = create(&app, more, json!({})).await.expect(201);
    assert_eq!(answer.field("name-first"), &Value::Null);
    assert_eq!(answer.field("birthdate"), &Value::Null);
    assert_eq!(answer.field("selected-country-code"), "US");
}

#[tokio::test]
async fn i61_an_initial_step_is_a_screen_of_the_version() {
    let app = TestApp::start().await;
    let more = json!({"initial-step-name": "verification_selfie"});
    let answer = create(&app, more, json!({})).await.expect(201);
    assert_eq!(answer.attribute("next-step-name"), "verification_selfie");
    for bad in ["nowhere", "route_selfie"] {
        create(&app, json!({"initial-step-name": bad}), json!({}))
            .await
            .points_at("/data/attributes/initial-step-name");
    }
}

#[tokio::test]
async fn i63_a_session_and_a_link_come_on_request_and_share_one_session() {
    let app = TestApp::start().await;
    let session = json!({"auto-create-inquiry-session": true});
    let answer = create(&app, json!({}), session).await.expect(201);
    let token = answer.meta("session-token").as_str().unwrap().to_owned();
    assert_eq!(token.split('.').count(), 3, "Q9");
    assert_eq!(answer.meta("one-time-link"), &Value::Null);
    assert_eq!(answer.relation("sessions").as_array().unwrap().len(), 1);
    app.visitor(&token).state().await.unwrap();

    let both = json!({"auto-create-inquiry-session": true, "auto-create-one-time-link": true});
    let answer = create(&app, json!({}), both).await.expect(201);
    assert!(answer.meta("session-token").is_string());
    let link = answer.meta("one-time-link").as_str().unwrap();
    let code = link
        .strip_prefix("https://verify.example.test/verify?code=")
        .unwrap();
    let short = answer.meta("one-time-link-short").as_str().unwrap();
    assert!(short.ends_with(code), "{short}");
    assert_eq!(answer.relation("sessions").as_array().unwrap().len(), 1);
    let opened = app
        .service
        .redeem_code(code, selfsame_domain::session::Device::default())
        .await;
    assert_eq!(
        opened.unwrap().view.bundle.view.inquiry.id.to_string(),
        answer.id()
    );
}

#[tokio::test]
async fn i65_an_unknown_template_version_or_type_is_a_404() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    let tail = "1111111111111111111111111111";
    for selector in [
        json!({"inquiry-template-id": format!("itmpl_{tail}")}),
        json!({"inquiry-template-version-id": format!("itmplv_{tail}")}),
    ] {
        let answer = app
            .sandbox()
            .post("/inquiries", attributes(selector))
            .await
            .expect(404);
        assert_eq!(answer.title(), "Record not found");
    }
    let meta = json!({"auto-create-account-type-id": format!("acttp_{tail}")});
    create(&app, json!({}), meta).await.expect(404);
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn i66_an_inactive_template_is_unprocessable() {
    let app = TestApp::start().await;
    let change = TemplateChange {
        active: Some(false),
        ..TemplateChange::default()
    };
    app.service
        .change_template(&app.own.template, change)
        .await
        .unwrap();
    let before = app.counts().await;
    create(&app, json!({}), json!({})).await.expect(422);
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn i23_intervals_of_the_inquiry_beat_the_templates() {
    let app = TestApp::start().await;
    let meta = json!({
        "expiration-after-create-interval-seconds": 60,
        "expiration-after-start-interval-seconds": 120,
        "expiration-after-resume-interval-seconds": 180,
    });
    let answer = create(&app, json!({}), meta).await.expect(201);
    assert_eq!(answer.attribute("expires-at"), "2026-02-03T10:16:00.000Z");
    let path = format!("/inquiries/{}", answer.id());
    let actions = json!({"meta": {"simulate-actions": [{"type": "start_inquiry"}]}});
    let answer = app
        .sandbox()
        .post(&format!("{path}/perform-simulate-actions"), actions)
        .await;
    assert_eq!(
        answer.expect(200).attribute("expires-at"),
        "2026-02-03T10:17:00.000Z"
    );
    app.sandbox()
        .post(&format!("{path}/expire"), json!({}))
        .await
        .expect(200);
    let answer = app
        .sandbox()
        .post(&format!("{path}/resume"), json!({}))
        .await
        .expect(200);
    assert_eq!(answer.attribute("expires-at"), "2026-02-03T10:18:00.000Z");
}

#[tokio::test]
async fn i64_attestation_ids_are_accepted() {
    let app = TestApp::start().await;
    let meta =
        json!({"ios-app-attest-team-id": "TEAM", "ios-app-attest-bundle-id": "test.example.app"});
    create(&app, json!({}), meta).await.expect(201);
}

#[tokio::test]
async fn p1_an_inquiry_keeps_its_template_version() {
    let app = TestApp::start().await;
    let first = create(&app, json!({}), json!({})).await.expect(201);
    let version = first.related("inquiry-template-version");
    let copy = app
        .service
        .copy_template(&app.own.template, "Copy")
        .await
        .unwrap();
    let body = attributes(json!({"inquiry-template-id": copy.id.to_string()}));
    let other = app.sandbox().post("/inquiries", body).await.expect(201);
    assert_ne!(other.related("inquiry-template-version"), version);
    let shown = app
        .sandbox()
        .get(&format!("/inquiries/{}", first.id()))
        .await
        .expect(200);
    assert_eq!(shown.related("inquiry-template-version"), version);
}

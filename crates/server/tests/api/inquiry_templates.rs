//! `/inquiry-templates`, `/inquiry-template-versions` (P1–P15).

use selfsame_service::TemplateChange;
use selfsame_testkit::TestApp;
use serde_json::json;

#[tokio::test]
async fn p4_p9_a_template_shows_its_settings_and_its_field_schemas() {
    let app = TestApp::start().await;
    let change = TemplateChange {
        allowed_domains: Some(vec!["shop.example.test".into(), "myapp:".into()]),
        ..TemplateChange::default()
    };
    app.service
        .change_template(&app.own.template, change)
        .await
        .unwrap();
    let path = format!("/inquiry-templates/{}", app.own.template);
    let answer = app.sandbox().get(&path).await.expect(200);
    assert_eq!(answer.attribute("name"), "Government ID and selfie");
    assert_eq!(answer.attribute("status"), "active");
    assert_eq!(
        answer.attribute("embedded-flow-domain-allowlist"),
        &json!(["shop.example.test"])
    );
    let schemas = answer.attribute("field-schemas").as_array().unwrap();
    assert_eq!(schemas.len(), 19);
    let version = answer.related("latest-published-version").unwrap();
    assert!(version.starts_with("itmplv_"));
    let answer = app
        .sandbox()
        .get(&format!("{path}?include=latest-published-version"))
        .await
        .expect(200);
    let included = answer.body["included"].as_array().unwrap();
    assert_eq!(included.len(), 1);
    assert_eq!(included[0]["id"], version.as_str());
    assert_eq!(included[0]["attributes"]["status"], "published");
    assert_eq!(included[0]["attributes"]["live"], true);
}

#[tokio::test]
async fn p8_templates_are_listed_newest_first() {
    let app = TestApp::start().await;
    app.advance(1);
    let copy = app
        .service
        .copy_template(&app.own.template, "Copy")
        .await
        .unwrap();
    let answer = app.sandbox().get("/inquiry-templates").await.expect(200);
    let ids = answer.ids();
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0], copy.id.to_string());
    app.sandbox()
        .get("/inquiry-templates?filter[name]=Copy")
        .await
        .expect(400);
}

#[tokio::test]
async fn p10_the_versions_of_a_template_are_listed_and_the_filter_is_required() {
    let app = TestApp::start().await;
    let path = format!(
        "/inquiry-template-versions?filter[inquiry-template-id]={}",
        app.own.template
    );
    let answer = app.sandbox().get(&path).await.expect(200);
    assert_eq!(answer.list().len(), 1);
    assert_eq!(answer.list()[0]["type"], "inquiry-template-version");
    app.sandbox()
        .get("/inquiry-template-versions")
        .await
        .expect(400);
    let wrong = "/inquiry-template-versions?filter[inquiry-template-id]=act_1";
    app.sandbox().get(wrong).await.expect(400);
    let unknown =
        "/inquiry-template-versions?filter[inquiry-template-id]=itmpl_1111111111111111111111111111";
    app.sandbox().get(unknown).await.expect(404);
}

#[tokio::test]
async fn p4_an_inactive_template_is_shown_as_such() {
    let app = TestApp::start().await;
    let change = TemplateChange {
        active: Some(false),
        ..TemplateChange::default()
    };
    app.service
        .change_template(&app.own.template, change)
        .await
        .unwrap();
    let answer = app
        .sandbox()
        .get(&format!("/inquiry-templates/{}", app.own.template))
        .await
        .expect(200);
    assert_eq!(answer.attribute("status"), "inactive");
}

#[tokio::test]
async fn p16_a_version_is_shown_by_its_id_as_the_list_shows_it() {
    let app = TestApp::start().await;
    let list = format!(
        "/inquiry-template-versions?filter[inquiry-template-id]={}",
        app.own.template
    );
    let listed = app.sandbox().get(&list).await.expect(200);
    let id = listed.ids().remove(0);
    let get = |client: selfsame_testkit::Client, id: &str| {
        let target = format!("/api/selfsame/v1/inquiry-template-versions/{id}");
        client.elsewhere(axum::http::Method::GET, &target)
    };
    let shown = get(app.sandbox(), &id).await.expect(200);
    assert_eq!(shown.body["data"], listed.body["data"][0]);
    let other = app.second_organisation().await;
    let stranger = app.client(Some(&other.keys.sandbox));
    get(stranger, &id).await.expect(404);
    get(app.sandbox(), "itmplv_1").await.expect(404);
    get(app.sandbox(), "itmpl_1").await.expect(400);
    get(app.client(None), &id).await.expect(401);
}

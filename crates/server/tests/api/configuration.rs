//! What a server keeps in memory never outlives what the store says, whichever process changed it.

use selfsame_domain::api_key::ApiKey;
use selfsame_service::{Service, TemplateChange};
use selfsame_store::Batch;
use selfsame_testkit::TestApp;
use serde_json::json;

/// Changes the sandbox's first key in another process.
async fn change_key(process: &Service, app: &TestApp, change: impl FnOnce(&mut ApiKey)) {
    let keys = process.store().list_api_keys(&app.own.sandbox.id).await;
    let mut key = keys.unwrap().remove(0).key;
    change(&mut key);
    let mut batch = Batch::new();
    batch.update_api_key(&key);
    process.store().commit(batch).await.unwrap();
}

#[tokio::test]
async fn c16_a_key_that_another_process_ends_is_refused_by_the_very_next_request() {
    let app = TestApp::start().await;
    let (sandbox, other) = (app.sandbox(), app.another_process().await);
    let inquiry = app.inquiry(json!({})).await;
    let address = format!("/inquiries/{inquiry}");
    sandbox.get(&address).await.expect(200);
    let before = app.counts().await;

    change_key(&other, &app, |key| key.expires_at = Some(key.created_at)).await;
    let read = sandbox.get(&address).await;
    let written = sandbox
        .post("/inquiries", app.inquiry_body(json!({})))
        .await;
    let keyed = sandbox.with("idempotency-key", "k");
    let keyed = keyed.post("/inquiries", app.inquiry_body(json!({}))).await;
    let changed = sandbox.patch(&address, json!({})).await;
    for answer in [read, written, keyed, changed] {
        assert_eq!(answer.status, 401, "{}", answer.body);
    }
    assert_eq!(app.counts().await, before);

    change_key(&other, &app, |key| key.expires_at = None).await;
    sandbox.get(&address).await.expect(200);
}

#[tokio::test]
async fn c19_a_permission_that_another_process_takes_away_is_gone_at_once_and_back_at_once() {
    let app = TestApp::start().await;
    let (sandbox, other) = (app.sandbox(), app.another_process().await);
    sandbox.get("/inquiries").await.expect(200);
    change_key(&other, &app, |key| {
        key.settings
            .permissions
            .retain(|name| name != "inquiry.read");
    })
    .await;
    sandbox.get("/inquiries").await.expect(403);
    sandbox.get("/inquiries/inq_unknown").await.expect(403);
    sandbox.get("/accounts").await.expect(200);
    change_key(&other, &app, |key| {
        key.settings.permissions.push("inquiry.read".to_owned());
    })
    .await;
    sandbox.get("/inquiries").await.expect(200);
}

#[tokio::test]
async fn c16_a_key_ends_with_its_time_and_lives_on_when_it_is_given_more() {
    let app = TestApp::start().await;
    let (sandbox, other) = (app.sandbox(), app.another_process().await);
    let end = app.now().plus_seconds(60);
    change_key(&other, &app, |key| key.expires_at = Some(end)).await;
    sandbox.get("/accounts").await.expect(200);
    app.advance(59);
    sandbox.get("/accounts").await.expect(200);
    app.advance(1);
    sandbox.get("/accounts").await.expect(401);
    sandbox.get("/accounts").await.expect(401);
    change_key(&other, &app, |key| {
        key.expires_at = Some(end.plus_seconds(60));
    })
    .await;
    sandbox.get("/accounts").await.expect(200);
}

#[tokio::test]
async fn i35_a_template_closed_by_the_command_line_makes_no_further_inquiry() {
    let app = TestApp::start().await;
    let (sandbox, other) = (app.sandbox(), app.another_process().await);
    sandbox
        .post("/inquiries", app.inquiry_body(json!({})))
        .await
        .expect(201);
    let before = app.counts().await;
    let turn = |active| TemplateChange {
        active: Some(active),
        ..TemplateChange::default()
    };
    other
        .change_template(&app.own.template, turn(false))
        .await
        .unwrap();
    let refused = sandbox
        .post("/inquiries", app.inquiry_body(json!({})))
        .await;
    assert!((400..500).contains(&refused.status), "{}", refused.body);
    assert_eq!(app.counts().await, before);
    other
        .change_template(&app.own.template, turn(true))
        .await
        .unwrap();
    sandbox
        .post("/inquiries", app.inquiry_body(json!({})))
        .await
        .expect(201);
}

#[tokio::test]
async fn r10_an_account_type_made_by_another_process_is_known_at_once() {
    let app = TestApp::start().await;
    let (sandbox, other) = (app.sandbox(), app.another_process().await);
    app.account(json!({"reference-id": "first"})).await;
    let organisation = &app.own.sandbox.organisation_id;
    let types = other
        .store()
        .list_account_types(organisation)
        .await
        .unwrap();
    let mut kind = types[0].clone();
    kind.id = selfsame_domain::id::Id::mint(&mut other.entropy(), app.now());
    (kind.name, kind.is_default) = ("Business".to_owned(), false);
    let mut batch = Batch::new();
    batch.insert_account_type(&kind);
    other.store().commit(batch).await.unwrap();
    let made = sandbox
        .post(
            "/accounts",
            json!({"data": {"attributes": {"account-type-id": kind.id.to_string()}}}),
        )
        .await
        .expect(201);
    assert_eq!(
        made.body["data"]["attributes"]["account-type-name"],
        "Business"
    );
}

#[tokio::test]
async fn c12_keys_of_two_organisations_are_never_taken_for_each_other() {
    let app = TestApp::start().await;
    let other = app.second_organisation().await;
    let inquiry = app.inquiry(json!({})).await;
    let address = format!("/inquiries/{inquiry}");
    let stranger = app.client(Some(&other.keys.sandbox));
    for _ in 0..2 {
        app.sandbox().get(&address).await.expect(200);
        stranger.get(&address).await.expect(404);
        app.production().get(&address).await.expect(404);
    }
}

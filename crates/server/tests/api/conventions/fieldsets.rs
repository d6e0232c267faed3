//! `fields[…]` (C91, C92).

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

fn attributes(answer: &Value) -> Vec<String> {
    answer["attributes"]
        .as_object()
        .map(|members| members.keys().cloned().collect())
        .unwrap_or_default()
}

#[tokio::test]
async fn c91_c92_a_fieldset_keeps_what_it_names_with_type_and_id() {
    let app = TestApp::start().await;
    let id = app
        .inquiry(json!({"auto-create-account-reference-id": "u"}))
        .await;
    let get = async |query: &str| {
        let answer = app
            .sandbox()
            .get(&format!("/inquiries/{id}?{query}"))
            .await
            .expect(200);
        answer.body["data"].clone()
    };
    let data = get("fields[inquiry]=status,referenceId,nonsense").await;
    assert_eq!(attributes(&data), ["status", "reference-id"]);
    assert_eq!(
        (&data["type"], &data["id"]),
        (&json!("inquiry"), &json!(id))
    );
    assert!(data.get("relationships").is_none(), "C92");
    let data = get("fields[inquiry]=status,account").await;
    let relations: Vec<_> = data["relationships"].as_object().unwrap().keys().collect();
    assert_eq!(relations, ["account"]);
    let data = get("fields[inquiry]=fields.name-first,fields.birthdate,note").await;
    assert_eq!(attributes(&data), ["note", "fields"]);
    let fields: Vec<_> = data["attributes"]["fields"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(fields, ["name-first", "birthdate"]);
    let data = get("fields[account]=tags").await;
    assert!(attributes(&data).len() > 15, "another type is left whole");
    let data = get("fields[inquiry]=").await;
    assert_eq!(attributes(&data), Vec::<String>::new());
    let data = get("fields[inquiry]=fields").await;
    assert_eq!(data["attributes"]["fields"].as_object().unwrap().len(), 19);
}

#[tokio::test]
async fn c91_several_types_combine_over_data_and_included_and_on_lists() {
    let app = TestApp::start().await;
    let id = app
        .inquiry(json!({"auto-create-account-reference-id": "u"}))
        .await;
    let path = format!(
        "/inquiries/{id}?include=account&fields[inquiry]=status&fields[account]=reference-id"
    );
    let answer = app.sandbox().get(&path).await.expect(200);
    assert_eq!(attributes(&answer.body["data"]), ["status"]);
    assert_eq!(attributes(&answer.body["included"][0]), ["reference-id"]);
    let answer = app
        .sandbox()
        .get("/inquiries?fields[inquiry]=note")
        .await
        .expect(200);
    assert_eq!(attributes(&answer.list()[0]), ["note"]);
    let answer = app
        .sandbox()
        .get("/accounts?fields[account]=fields.email_address")
        .await
        .expect(200);
    let fields = answer.list()[0]["attributes"]["fields"]
        .as_object()
        .unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["email_address"]);
}

#[tokio::test]
async fn c85_a_set_for_a_parent_type_covers_its_subtypes() {
    let app = TestApp::start().await;
    let query = format!(
        "inquiry-template-id={}&environment=sandbox",
        app.own.template
    );
    let opened = app.open(&query).await.unwrap();
    app.visitor(&opened.session_token).finish().await;
    let id = opened.view.bundle.view.inquiry.id;
    let path = format!("/inquiries/{id}?include=verifications&fields[verification]=status");
    let answer = app.sandbox().get(&path).await.expect(200);
    for made in answer.body["included"].as_array().unwrap() {
        assert_eq!(attributes(made), ["status"]);
    }
}

#[tokio::test]
async fn c91_a_fieldset_works_in_every_inflection_and_on_writes() {
    let app = TestApp::start().await;
    let call = app.sandbox().post(
        "/accounts?fields[account]=reference_id,accountStatus",
        json!({}),
    );
    let answer = call.header("Key-Inflection", "camel").await.expect(201);
    assert_eq!(attributes(answer.data()), ["referenceId", "accountStatus"]);
}

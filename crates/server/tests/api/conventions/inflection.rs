//! Spelling of keys, in and out (C60–C66).

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use crate::operations::{Objects, cases};

fn keys(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn c60_requests_may_mix_spellings_at_every_level() {
    let app = TestApp::start().await;
    let template = app.own.template.to_string();
    let body = json!({
        "data": {"attributes": {
            "inquiryTemplateId": template,
            "creator_email_address": "jane@example.test",
            "fields": {"nameFirst": "Ada", "name_last": "Byron", "email-address": "ada@example.test"},
        }},
        "meta": {
            "autoCreateAccountReferenceId": "user-1",
            "auto_create_inquiry_session": true,
            "expirationAfterCreateIntervalSeconds": 60,
        },
    });
    let answer = app.sandbox().post("/inquiries", body).await.expect(201);
    assert_eq!(answer.attribute("creator"), "jane@example.test");
    assert_eq!(answer.attribute("reference-id"), "user-1");
    assert_eq!(answer.attribute("expires-at"), "2026-02-03T10:16:00.000Z");
    assert!(answer.meta("session-token").is_string());
    assert_eq!(answer.field("name-first"), "Ada");
    assert_eq!(answer.field("name-last"), "Byron");
    assert_eq!(answer.field("email-address"), "ada@example.test");

    let body = json!({"data": {"attributes": {
        "referenceId": "user-2",
        "accountStatus": "Default",
        "addressStreet1": "1 Camel Way",
        "name_first": "Ada",
        "phone-number": "1",
        "fields": {"emailAddress": "a@example.test", "address": {"street2": "x", "postal-code": "y"}},
    }}});
    let answer = app.sandbox().post("/accounts", body).await.expect(201);
    assert_eq!(answer.attribute("reference-id"), "user-2");
    assert_eq!(answer.field("address")["street_1"]["value"], "1 Camel Way");
    assert_eq!(answer.field("address")["street_2"]["value"], "x");
    assert_eq!(answer.field("address")["postal_code"]["value"], "y");
    assert_eq!(answer.field("name")["first"]["value"], "Ada");
    assert_eq!(answer.field("phone_number"), "1");
    assert_eq!(answer.field("email_address"), "a@example.test");
}

#[tokio::test]
async fn c61_query_names_may_be_spelled_any_way() {
    let app = TestApp::start().await;
    let id = app
        .inquiry(json!({"auto-create-account-reference-id": "user-1"}))
        .await;
    for query in [
        "filter[reference_id]=user-1",
        "filter[referenceId]=user-1&page[size]=1",
        "filter%5Breference-id%5D=user-1",
    ] {
        let answer = app
            .sandbox()
            .get(&format!("/inquiries?{query}"))
            .await
            .expect(200);
        assert_eq!(answer.ids(), std::slice::from_ref(&id), "{query}");
    }
}

#[tokio::test]
async fn c62_answers_are_spelled_as_the_header_says() {
    let app = TestApp::start().await;
    let meta =
        json!({"auto-create-account-reference-id": "user-1", "auto-create-inquiry-session": true});
    for (word, expected, meta_key, relation) in [
        ("kebab", "reference-id", "session-token", "inquiry-template"),
        ("camel", "referenceId", "sessionToken", "inquiryTemplate"),
        ("snake", "reference_id", "session_token", "inquiry_template"),
    ] {
        let call = app
            .sandbox()
            .post("/inquiries", app.inquiry_body(meta.clone()));
        let answer = call.header("Key-Inflection", word).await.expect(201);
        let attributes = &answer.body["data"]["attributes"];
        assert_eq!(attributes[expected], "user-1", "{word}");
        assert!(answer.body["meta"][meta_key].is_string(), "{word}");
        assert!(
            answer.body["data"]["relationships"][relation].is_object(),
            "{word}"
        );
        assert_eq!(
            answer.body["data"]["relationships"][relation]["data"]["type"], "inquiry-template",
            "C47"
        );
        // C64: an inquiry's field keys stay as its template declares them.
        assert!(attributes["fields"]["name-first"].is_object(), "{word}");
        let separators = |key: &String| key.contains('-') || key.contains('_');
        let spelled = keys(attributes).into_iter().filter(separators).count();
        assert_eq!(
            spelled == 0,
            word == "camel",
            "{word}: {:?}",
            keys(attributes)
        );
        let behaviors = keys(&attributes["behaviors"]);
        let bot =
            ["bot-score", "botScore", "bot_score"].map(|key| behaviors.contains(&key.to_owned()));
        assert_eq!(bot, [word == "kebab", word == "camel", word == "snake"]);
    }
}

#[tokio::test]
async fn c63_account_field_keys_are_never_inflected() {
    let app = TestApp::start().await;
    let id = app
        .account(json!({"fields": {"address": {"street_1": "a"}}}))
        .await;
    for word in ["kebab", "camel", "snake"] {
        let call = app
            .sandbox()
            .get(&format!("/accounts/{id}"))
            .header("Key-Inflection", word);
        let answer = call.await.expect(200);
        let fields = &answer.body["data"]["attributes"]["fields"];
        assert_eq!(
            fields["address"]["value"]["street_1"]["value"], "a",
            "{word}"
        );
        assert!(fields["email_address"].is_object(), "{word}");
    }
}

#[tokio::test]
async fn c62_errors_and_lists_are_spelled_so_too_and_paths_in_details_stay_snake() {
    let app = TestApp::start().await;
    let camel = app.sandbox().with("Key-Inflection", "camel");
    camel
        .post("/accounts", crate::attributes(json!({"referenceId": 7})))
        .await
        .refused(400, "data.attributes.reference_id must be a string");
    camel
        .post(
            "/accounts",
            crate::attributes(json!({"referenceId": "a\u{1}"})),
        )
        .await
        .points_at("/data/attributes/reference-id");
    app.account(json!({})).await;
    let answer = camel.get("/accounts").await.expect(200);
    assert!(answer.list()[0]["attributes"]["accountTypeName"].is_string());
    assert!(answer.body["links"].get("next").is_some());
}

#[tokio::test]
async fn c62_the_keys_own_spelling_counts_where_no_header_says_otherwise() {
    let app = TestApp::start().await;
    let client = app.with_key(|key| key.inflection = "snake".into()).await;
    let answer = client
        .post("/accounts", json!({}))
        .header("Key-Inflection", "camel")
        .await
        .expect(201);
    assert!(
        answer.body["data"]["attributes"]
            .get("referenceId")
            .is_some()
    );
    let answer = client
        .elsewhere(axum::http::Method::GET, "/api/v1/accounts")
        .await
        .expect(200);
    assert!(answer.list()[0]["attributes"].get("reference_id").is_some());
}

#[tokio::test]
async fn c62_another_word_is_a_400_and_nothing_happens() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    for word in ["pascal", "Kebab", "", "kebab,camel"] {
        let call = app
            .sandbox()
            .post("/accounts", json!({}))
            .header("Key-Inflection", word);
        assert_eq!(call.await.status, 400, "{word:?}");
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c60_one_member_in_two_spellings_is_not_a_way_round_a_check() {
    let app = TestApp::start().await;
    let body = r#"{"data":{"attributes":{"reference-id":"one","reference_id":"two"}}}"#;
    let call = app.sandbox().call(axum::http::Method::POST, "/accounts");
    let answer = call.raw("application/json", body).await;
    assert!([201, 400].contains(&answer.status), "{}", answer.body);
}

#[tokio::test]
async fn c62_every_operation_answers_in_every_inflection_what_its_document_says() {
    for inflection in ["camel", "snake"] {
        let app = TestApp::start().await;
        let administrator = app.administrator().await;
        let asked = administrator.with("Key-Inflection", inflection);
        for case in cases() {
            app.advance(60);
            let objects = Objects::make(&app, &administrator, &app.own.template).await;
            let answer = case.call(&asked, &objects).await;
            let wanted = case.operation.success;
            assert_eq!(answer.status, wanted, "{inflection} {}", case.name());
            let wrong = if inflection == "camel" {
                ['-', '_']
            } else {
                ['-', '-']
            };
            let mut members = answer.body["data"]["attributes"].as_object().into_iter();
            let spelled = members.all(|members| members.keys().all(|name| !name.contains(wrong)));
            assert!(spelled, "{inflection} {}: {}", case.name(), answer.body);
        }
    }
}

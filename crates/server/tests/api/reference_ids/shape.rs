//! Meaning and shape (R1–R8).

use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{account_reference, auto, inquiry, inquiry_with, link, reference};
use crate::attributes;

#[tokio::test]
async fn r1_the_account_id_stays_while_the_reference_id_changes() {
    let app = TestApp::start().await;
    let id = app.account(reference("user-1")).await;
    assert!(id.starts_with("act_"));
    let answer = app
        .sandbox()
        .patch(
            &format!("/accounts/{id}"),
            attributes(json!({"id": "act_x", "reference-id": "user-2"})),
        )
        .await
        .expect(200);
    assert_eq!(answer.id(), id);
    assert_eq!(answer.attribute("reference-id"), "user-2");
}

#[tokio::test]
async fn r2_an_account_may_have_none() {
    let app = TestApp::start().await;
    for body in [json!({}), json!({"data": {}}), attributes(json!({}))] {
        let answer = app.sandbox().post("/accounts", body).await.expect(201);
        assert_eq!(answer.attribute("reference-id"), &Value::Null);
    }
}

#[tokio::test]
async fn r3_a_reference_id_may_stand_in_a_link() {
    let app = TestApp::start().await;
    for _ in 0..2 {
        inquiry(&app, auto("user/1 é")).await.expect(201);
        app.advance(1);
    }
    let answer = app
        .sandbox()
        .get("/inquiries?page[size]=1&filter[reference-id]=user%2F1%20%C3%A9")
        .await
        .expect(200);
    let next = answer.body["links"]["next"].as_str().unwrap();
    assert!(next.contains("user%2F1%20%C3%A9"), "{next}");
}

#[tokio::test]
async fn r4_another_type_than_string_is_refused_by_name() {
    let app = TestApp::start().await;
    let id = app.account(reference("user-1")).await;
    let sandbox = app.sandbox();
    let before = app.counts().await;
    for wrong in [
        json!(7),
        json!({"a": 1}),
        json!(true),
        json!(["user-1"]),
        json!(1.5),
    ] {
        let body = attributes(json!({"reference-id": wrong}));
        let details = "data.attributes.reference_id must be a string";
        sandbox
            .post("/accounts", body.clone())
            .await
            .refused(400, details);
        sandbox
            .patch(&format!("/accounts/{id}"), body)
            .await
            .refused(400, details);
        inquiry_with(&app, json!({"reference-id": wrong}), json!({}))
            .await
            .refused(400, details);
        inquiry(&app, json!({"auto-create-account-reference-id": wrong}))
            .await
            .refused(
                400,
                "meta.auto_create_account_reference_id must be a string",
            );
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn r5_255_characters_fit_and_256_are_unprocessable_at_their_place() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    let (longest, too_long) = ("é".repeat(255), "é".repeat(256));
    let id = app.account(reference(&longest)).await;
    assert_eq!(account_reference(&app, &id).await, longest.as_str());
    let answer = inquiry(&app, auto(&longest.to_uppercase()))
        .await
        .expect(201);
    assert_eq!(answer.related("account"), Some(id.clone()));

    let before = app.counts().await;
    let body = attributes(reference(&too_long));
    for answer in [
        sandbox.post("/accounts", body.clone()).await,
        sandbox.patch(&format!("/accounts/{id}"), body).await,
        inquiry_with(&app, reference(&too_long), json!({})).await,
    ] {
        answer.points_at("/data/attributes/reference-id");
    }
    inquiry(&app, auto(&too_long))
        .await
        .points_at("/meta/auto-create-account-reference-id");
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn r6_any_printable_text_is_kept_as_it_is_and_control_characters_are_unprocessable() {
    let app = TestApp::start().await;
    for good in [
        "a:b-c_d.e@f/g",
        " leading",
        "trailing ",
        "two  blanks",
        "用户-1",
        "emoji-🙂",
        "\u{200f}rtl",
        "comma,comma",
        "%41",
        "\u{85}",
    ] {
        let id = app.account(reference(good)).await;
        assert_eq!(account_reference(&app, &id).await, good);
    }
    let before = app.counts().await;
    for bad in ["a\u{1}", "\tb", "c\nd", "e\r", "\u{1f}", "f\u{7f}"] {
        app.sandbox()
            .post("/accounts", attributes(reference(bad)))
            .await
            .points_at("/data/attributes/reference-id");
        inquiry(&app, auto(bad))
            .await
            .points_at("/meta/auto-create-account-reference-id");
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn r7_an_empty_one_is_absent_on_create_and_unprocessable_on_update() {
    let app = TestApp::start().await;
    let id = app.account(reference("")).await;
    assert_eq!(account_reference(&app, &id).await, Value::Null);
    for answer in [
        inquiry(&app, auto("")).await,
        inquiry_with(&app, reference(""), json!({})).await,
    ] {
        let answer = answer.expect(201);
        assert_eq!(answer.attribute("reference-id"), &Value::Null);
        assert!(answer.related("account").is_some());
    }
    for query in ["reference-id=", "referenceId="] {
        let opened = app.open(&link(&app, query)).await.unwrap();
        assert_eq!(opened.view.bundle.view.reference_id, None);
    }
    app.sandbox()
        .patch(&format!("/accounts/{id}"), attributes(reference("")))
        .await
        .points_at("/data/attributes/reference-id");
}

#[tokio::test]
async fn r8_letter_case_and_composition_do_not_matter_and_the_first_spelling_is_shown() {
    let app = TestApp::start().await;
    let id = app.account(reference("User-É")).await;
    for spelling in ["user-é", "USER-É", "user-e\u{301}"] {
        app.sandbox()
            .post("/accounts", attributes(reference(spelling)))
            .await
            .expect(409);
        let answer = inquiry(&app, auto(spelling)).await.expect(201);
        assert_eq!(answer.related("account"), Some(id.clone()), "{spelling}");
        assert_eq!(answer.attribute("reference-id"), "User-É");
    }
}

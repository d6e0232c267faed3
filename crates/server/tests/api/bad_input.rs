//! What no client should send. Every refusal leaves everything as it was.

use axum::http::Method;
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use crate::attributes;
use crate::operations::{Objects, cases};

#[tokio::test]
async fn a_body_beyond_15_megabytes_is_a_413_and_one_just_below_is_read() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    let post = |bytes: Vec<u8>| {
        app.sandbox()
            .call(Method::POST, "/accounts")
            .raw("application/json", bytes)
    };
    let mut largest = b"{\"x\":\"".to_vec();
    largest.resize(15_000_000 - 2, b'a');
    largest.extend(b"\"}");
    post(largest.clone()).await.expect(201);
    largest.insert(6, b'a');
    let too_large = post(largest).await.expect(413);
    assert_eq!(too_large.title(), "Payload too large");
    let declared = post(b"{}".to_vec())
        .header("content-length", "15000001")
        .await;
    declared.expect(413);
    let mut after = app.counts().await;
    after[0].1 -= 1;
    after.last_mut().unwrap().1 -= 1;
    assert_eq!(after, before);
}

#[tokio::test]
async fn what_is_no_json_is_a_400() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    let deep = |open: &str, close: &str, depth: usize| {
        format!("{}{}", open.repeat(depth), close.repeat(depth)).into_bytes()
    };
    for bytes in [
        b"{".to_vec(),
        b"nonsense".to_vec(),
        b"{\"data\":}".to_vec(),
        b"{} {}".to_vec(),
        b"{\"data\": {\"attributes\": {\"reference-id\": NaN}}}".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{\"data\": \"\xc3\x28\"}".to_vec(),
        b"{\"data\": \"\x00\"}".to_vec(),
        deep("[", "]", 100_000),
        deep("{\"a\":", "}", 100_000),
        deep("{\"data\":", "}", 65),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"\"text\"".to_vec(),
        b"7".to_vec(),
    ] {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let call = app.sandbox().call(Method::POST, "/accounts");
        let answer = call.raw("application/json", bytes).await;
        assert_eq!(answer.status, 400, "{shown} got {}", answer.body);
        assert_eq!(answer.title(), "Bad Request", "{shown}");
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn r6_a_nul_character_anywhere_in_a_body_is_a_422_that_says_where() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    for (body, pointer) in [
        (
            r#"{"data": {"attributes": {"reference-id": "a\u0000b"}}}"#,
            "/data/attributes/reference-id",
        ),
        (r#"{"da\u0000ta": {}}"#, "/data"),
        (
            r#"{"data": {"attributes": {"tags": ["x", "\u0000"]}}}"#,
            "/data/attributes/tags/1",
        ),
    ] {
        let call = app.sandbox().call(Method::POST, "/accounts");
        let answer = call.raw("application/json", body).await.expect(422);
        assert_eq!(answer.body["errors"][0]["source"]["pointer"], pointer);
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c107_a_body_that_is_no_json_has_its_answer_kept_too() {
    let app = TestApp::start().await;
    let send = |body: &'static str| {
        app.sandbox()
            .call(Method::POST, "/accounts")
            .header("Idempotency-Key", "broken")
            .raw("application/json", body)
    };
    let first = send("{nonsense").await.expect(400);
    let again = send("{nonsense").await.expect(400);
    assert_eq!(first.bytes, again.bytes);
    send("{}").await.expect(422);
}

#[tokio::test]
async fn c6_an_empty_body_is_an_empty_object() {
    let app = TestApp::start().await;
    for bytes in ["", " \n", "{}"] {
        let call = app.sandbox().call(Method::POST, "/accounts");
        call.raw("application/json", bytes).await.expect(201);
    }
    app.sandbox()
        .call(Method::POST, "/accounts")
        .await
        .expect(201);
    let inquiry = app.inquiry(json!({})).await;
    let path = format!("/inquiries/{inquiry}/approve");
    app.sandbox().call(Method::POST, &path).await.expect(200);
}

#[tokio::test]
async fn c7_unknown_members_are_ignored() {
    let app = TestApp::start().await;
    let body = json!({
        "data": {"attributes": {"reference-id": "user-1", "shoe-size": 44}, "nonsense": []},
        "meta": {"nonsense": null},
        "extra": {"a": 1},
    });
    let answer = app.sandbox().post("/accounts", body).await.expect(201);
    assert_eq!(answer.attribute("reference-id"), "user-1");
}

#[tokio::test]
async fn c41_a_wrong_type_member_is_a_400_and_an_absent_one_is_fine() {
    let app = TestApp::start().await;
    let id = app.account(json!({})).await;
    let body = |kind: Value| json!({"data": {"type": kind, "attributes": {}}});
    let sandbox = app.sandbox();
    for wrong in [json!("inquiry"), json!(7), Value::Null, json!("")] {
        sandbox
            .post("/accounts", body(wrong.clone()))
            .await
            .expect(400);
        sandbox
            .patch(&format!("/accounts/{id}"), body(wrong))
            .await
            .expect(400);
    }
    sandbox
        .post("/accounts", body(json!("account")))
        .await
        .expect(201);
}

#[tokio::test]
async fn c52_members_of_the_wrong_shape_are_named_all_at_once() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    let body = json!({
        "data": {"attributes": {
            "inquiry-template-id": 7,
            "account-id": [],
            "note": 1,
            "fields": "x",
            "tags": "vip",
            "redirect-uri": false,
            "creator-email-address": {},
            "initial-step-name": 9,
        }},
        "meta": {
            "auto-create-account": "yes",
            "auto-create-inquiry-session": 1,
            "expiration-after-create-interval-seconds": "soon",
        },
    });
    let answer = app.sandbox().post("/inquiries", body).await.expect(400);
    let details: Vec<_> = answer
        .errors()
        .iter()
        .map(|error| error["details"].as_str().unwrap_or_default())
        .collect();
    assert!(
        details.contains(&"data.attributes.inquiry_template_id must be a string"),
        "{details:?}"
    );
    assert_eq!(app.counts().await, before);

    let template = app.own.template.to_string();
    for (name, wrong, problem) in [
        ("account-id", json!([]), "must be a string"),
        ("note", json!(1), "must be a string"),
        ("fields", json!("x"), "must be an object"),
        ("tags", json!("vip"), "must be an array"),
        ("redirect-uri", json!(false), "must be a string"),
        ("creator-email-address", json!({}), "must be a string"),
        ("initial-step-name", json!(9), "must be a string"),
    ] {
        let body = attributes(json!({"inquiry-template-id": template, name: wrong}));
        let path = format!("data.attributes.{}", name.replace('-', "_"));
        let answer = app.sandbox().post("/inquiries", body).await;
        answer.refused(400, &format!("{path} {problem}"));
    }
    for (name, wrong, problem) in [
        ("auto-create-account", json!("yes"), "must be a boolean"),
        ("auto-create-account", Value::Null, "must be a boolean"),
        ("auto-create-inquiry-session", json!(1), "must be a boolean"),
        (
            "auto-create-one-time-link",
            json!("true"),
            "must be a boolean",
        ),
        (
            "expiration-after-create-interval-seconds",
            json!("60"),
            "must be an integer",
        ),
        (
            "expiration-after-start-interval-seconds",
            json!(1.5),
            "must be an integer",
        ),
        ("ios-app-attest-team-id", json!(1), "must be a string"),
    ] {
        let answer = app
            .sandbox()
            .post("/inquiries", app.inquiry_body(json!({name: wrong})))
            .await;
        let path = format!("meta.{}", name.replace('-', "_"));
        answer.refused(400, &format!("{path} {problem}"));
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c52_what_is_required_and_missing_is_named() {
    let app = TestApp::start().await;
    let inquiry = app.inquiry(json!({})).await;
    let account = app.account(json!({})).await;
    let before = app.counts().await;
    for (path, body, details) in [
        ("/inquiries".to_owned(), json!({}), "data is missing"),
        (
            "/inquiries".to_owned(),
            json!({"data": {}}),
            "data.attributes is missing",
        ),
        (
            "/inquiries".to_owned(),
            json!({"data": []}),
            "data must be an object",
        ),
        ("/inquiry-sessions".to_owned(), json!({}), "data is missing"),
        (
            "/inquiry-sessions".to_owned(),
            attributes(json!({})),
            "data.attributes.inquiry_id is missing",
        ),
        (
            "/inquiry-sessions/expire-all".to_owned(),
            json!({}),
            "meta is missing",
        ),
        (
            "/inquiry-sessions/expire-all".to_owned(),
            json!({"meta": {}}),
            "meta.inquiry_ids is missing",
        ),
        (
            "/inquiry-sessions/expire-all".to_owned(),
            json!({"meta": {"inquiry-ids": "inq_1"}}),
            "meta.inquiry_ids must be an array",
        ),
        (
            "/inquiry-sessions/expire-all".to_owned(),
            json!({"meta": {"inquiry-ids": null}}),
            "meta.inquiry_ids must be an array",
        ),
        (
            format!("/accounts/{account}/add-tag"),
            json!({}),
            "meta is missing",
        ),
        (
            format!("/accounts/{account}/add-tag"),
            json!({"meta": {}}),
            "meta.tag_name is missing",
        ),
        (
            format!("/accounts/{account}/set-tags"),
            json!({"meta": {"tag-name": "vip"}}),
            "meta.tag_name must be an array",
        ),
        (
            format!("/inquiries/{inquiry}/remove-tag"),
            json!({"meta": {}}),
            "meta.tag_name is missing",
        ),
        (
            format!("/inquiries/{inquiry}/perform-simulate-actions"),
            json!({}),
            "meta is missing",
        ),
        (
            format!("/inquiries/{inquiry}/perform-simulate-actions"),
            json!({"meta": {}}),
            "meta.simulate_actions is missing",
        ),
        (
            format!("/inquiries/{inquiry}/perform-simulate-actions"),
            json!({"meta": {"simulate-actions": [{}]}}),
            "meta.simulate_actions.0.type is missing",
        ),
    ] {
        app.sandbox().post(&path, body).await.refused(400, details);
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c44_an_id_that_nobody_has_is_a_404_on_every_operation() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let objects = Objects::make(&app, &administrator, &app.own.template).await;
    let before = app.counts().await;
    for case in cases() {
        app.advance(60);
        for parameter in case.parameters() {
            let prefix = case.id(parameter, &objects).split('_').next().unwrap();
            for tail in [
                "1111111111111111111111111111",
                "1",
                &"z".repeat(40),
                &"z".repeat(41),
                "a-b",
            ] {
                let id = format!("{prefix}_{tail}");
                let target = case.target_with(&objects, parameter, &id);
                let answer = case.call_at(&administrator, &target, &objects).await;
                assert_eq!(answer.status, 404, "{target}: {}", answer.body);
                assert_eq!(answer.title(), "Record not found");
            }
        }
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c45_a_wrong_prefix_is_a_400_of_one_wording_on_every_operation() {
    let app = TestApp::start().await;
    let administrator = app.administrator().await;
    let objects = Objects::make(&app, &administrator, &app.own.template).await;
    let before = app.counts().await;
    for case in cases() {
        app.advance(60);
        for parameter in case.parameters() {
            let (prefix, tail) = case.id(parameter, &objects).split_once('_').unwrap();
            for wrong in [
                format!("wrong_{tail}"),
                format!("{prefix}{tail}"),
                "x".to_owned(),
            ] {
                let target = case.target_with(&objects, parameter, &wrong);
                let answer = case.call_at(&administrator, &target, &objects).await;
                let details = format!(
                    "{} must start with {prefix} (sent '{wrong}')",
                    parameter.replace('-', "_")
                );
                let expected = json!({"errors": [{"title": "Bad request", "details": details}]});
                let answered = (answer.status, &answer.body);
                assert_eq!(answered, (400, &expected), "{}", case.name());
            }
        }
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c45_c46_a_wrong_prefix_in_a_body_names_its_snake_case_path_in_any_inflection() {
    let app = TestApp::start().await;
    let details = "data.attributes.inquiry_template_id must start with itmpl (sent 'itm_abc')";
    for key in [
        "inquiry-template-id",
        "inquiry_template_id",
        "inquiryTemplateId",
    ] {
        let answer = app
            .sandbox()
            .post("/inquiries", attributes(json!({key: "itm_abc"})))
            .await;
        answer.refused(400, details);
        assert_eq!(answer.title(), "Bad request");
    }
    let template = app.own.template.to_string();
    for (name, prefix) in [("account-id", "act")] {
        let body = attributes(json!({"inquiry-template-id": template, name: "x_1"}));
        let path = name.replace('-', "_");
        let details = format!("data.attributes.{path} must start with {prefix} (sent 'x_1')");
        app.sandbox()
            .post("/inquiries", body)
            .await
            .refused(400, &details);
    }
    let meta = json!({"auto-create-account-type-id": "act_1"});
    app.sandbox()
        .post("/inquiries", app.inquiry_body(meta))
        .await
        .refused(
            400,
            "meta.auto_create_account_type_id must start with acttp (sent 'act_1')",
        );
}

#[tokio::test]
async fn a_path_that_is_no_utf_8_or_holds_odd_characters_is_answered_in_the_one_shape() {
    let app = TestApp::start().await;
    for path in [
        "/accounts/act_%FF",
        "/accounts/act_%00",
        "/accounts/act_%2F..%2F1",
        "/accounts/%20",
        "/accounts/act_1%20OR%201=1",
    ] {
        let answer = app.sandbox().get(path).await;
        assert!(
            [400, 404].contains(&answer.status),
            "{path} got {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn a_query_that_is_too_long_too_deep_or_no_utf_8_is_a_400() {
    let app = TestApp::start().await;
    let many: String = (0..300).map(|n| format!("a{n}=1&")).collect();
    for query in [
        format!("x={}", "a".repeat(40_000)),
        many,
        "filter[reference-id]=%FF".to_owned(),
        "filter[a][b][c][d][e][f]=1".to_owned(),
        "page=1".to_owned(),
        "page[nonsense]=1".to_owned(),
        "fields=name".to_owned(),
        "filter=1".to_owned(),
    ] {
        let answer = app.sandbox().get(&format!("/accounts?{query}")).await;
        assert_eq!(answer.status, 400, "{}", &query[..query.len().min(60)]);
    }
}

#[tokio::test]
async fn values_out_of_range_are_unprocessable_at_their_place() {
    let app = TestApp::start().await;
    let inquiry = app.inquiry(json!({})).await;
    let before = app.counts().await;
    for name in [
        "expiration-after-create-interval-seconds",
        "expiration-after-start-interval-seconds",
        "expiration-after-resume-interval-seconds",
        "one-time-link-expiration-seconds",
    ] {
        for wrong in [0, -1, i64::MIN] {
            let body = app.inquiry_body(json!({name: wrong}));
            let answer = app.sandbox().post("/inquiries", body).await;
            answer.points_at(&format!("/meta/{name}"));
        }
    }
    let path = format!("/inquiries/{inquiry}/generate-one-time-link");
    app.sandbox()
        .post(&path, json!({"meta": {"expires-in-seconds": 0}}))
        .await
        .points_at("/meta/expires-in-seconds");
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn an_interval_of_any_length_neither_overflows_nor_breaks_the_answer() {
    let app = TestApp::start().await;
    let meta = json!({"expiration-after-create-interval-seconds": i64::MAX});
    let answer = app
        .sandbox()
        .post("/inquiries", app.inquiry_body(meta))
        .await;
    assert!([201, 422].contains(&answer.status), "{}", answer.body);
    if answer.status == 201 {
        let expires = answer.attribute("expires-at").as_str().unwrap().to_owned();
        let created = answer.attribute("created-at").as_str().unwrap();
        assert!(expires.as_str() > created, "it expires at {expires}");
    }
}

#[tokio::test]
async fn blank_and_overlong_tag_names_are_unprocessable() {
    let app = TestApp::start().await;
    let account = app.account(json!({})).await;
    let before = app.counts().await;
    for bad in ["", " ", &"x".repeat(256)] {
        let body = json!({"meta": {"tag-name": bad}});
        let path = format!("/accounts/{account}/add-tag");
        app.sandbox().post(&path, body).await.expect(422);
        app.sandbox()
            .post("/accounts", attributes(json!({"tags": ["fine", bad]})))
            .await
            .expect(422);
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn a_repeated_key_in_a_body_does_not_confuse_anybody() {
    let app = TestApp::start().await;
    let body = r#"{"data":{"attributes":{"reference-id":"first","reference-id":"last"}}}"#;
    let call = app
        .sandbox()
        .call(Method::POST, "/accounts")
        .raw("application/json", body);
    let answer = call.await.expect(201);
    assert_eq!(answer.attribute("reference-id"), "last");
}

//! `Persona-Version` (C67–C87).

use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::operations::{Objects, cases};

/// Every version there is, oldest first, and the other name of one.
const VERSIONS: [&str; 11] = [
    "2020-05-18",
    "2021-02-21",
    "2021-05-14",
    "2021-07-05",
    "2021-07-15",
    "2021-08-18",
    "2022-09-01",
    "2023-01-05",
    "2025-10-27",
    "2025-12-08",
    "2026-09-29",
];

async fn inquiry_of(app: &TestApp, fields: Value) -> String {
    let mut body = app.inquiry_body(json!({"auto-create-account-reference-id": "user-1"}));
    body["data"]["attributes"]["fields"] = fields;
    app.sandbox()
        .post("/inquiries", body)
        .await
        .expect(201)
        .id()
}

fn is_old(version: &str) -> bool {
    version < "2025-10-27"
}

#[tokio::test]
async fn c67_c70_the_newest_versions_answer_alike() {
    let app = TestApp::start().await;
    let id = app.account(json!({"reference-id": "user-1"})).await;
    let path = format!("/accounts/{id}");
    let plain = app.sandbox().get(&path).await.expect(200);
    for version in ["2025-10-27", "2025-12-08", "2026-09-29"] {
        let answer = app
            .sandbox()
            .get(&path)
            .header("Persona-Version", version)
            .await
            .expect(200);
        assert_eq!(answer.body, plain.body, "{version}");
    }
}

#[tokio::test]
async fn c68_an_unknown_version_is_a_400_that_lists_the_known_ones_and_nothing_happens() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    for version in ["2019-01-01", "latest", "", "2025-12-8"] {
        let call = app
            .sandbox()
            .post("/accounts", json!({}))
            .header("Persona-Version", version);
        let answer = call.await.expect(400);
        let details = answer.details();
        assert!(
            details.contains("Persona-Version") && details.contains("2020-05-18, 2021-02-21"),
            "{details}"
        );
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn c68_of_a_header_sent_twice_the_last_value_counts() {
    let app = TestApp::start().await;
    let id = app.account(json!({"fields": {"phone_number": "+1"}})).await;
    let path = format!("/accounts/{id}");
    let is_flat = |answer: Answer| {
        answer.expect(200).data()["attributes"]
            .get("phone-number")
            .is_some()
    };
    for (values, old) in [
        (vec!["2023-01-05, 2025-12-08"], false),
        (vec!["2025-12-08, 2023-01-05"], true),
        (vec!["2023-01-05", "2025-12-08"], false),
        (vec!["2025-12-08", "2023-01-05"], true),
    ] {
        let mut call = app.sandbox().get(&path);
        for value in &values {
            call = call.header("Persona-Version", value);
        }
        assert_eq!(is_flat(call.await), old, "{values:?}");
    }
}

#[tokio::test]
async fn c67_a_keys_own_version_counts_where_no_header_says_otherwise() {
    let app = TestApp::start().await;
    let id = app.account(json!({"fields": {"phone_number": "+1"}})).await;
    let path = format!("/accounts/{id}");
    let client = app
        .with_key(|key| key.api_version = "2023-01-05".into())
        .await;
    let old = client.get(&path).await.expect(200);
    assert_eq!(old.data()["attributes"]["phone-number"], "+1");
    let new = client
        .get(&path)
        .header("Persona-Version", "2025-12-08")
        .await
        .expect(200);
    assert!(new.data()["attributes"].get("phone-number").is_none());
}

#[tokio::test]
async fn c77_c79_c82_older_versions_include_unasked_and_show_personal_data_outside_fields() {
    let app = TestApp::start().await;
    let fields = json!({"name-first": "Ada", "birthdate": "1990-01-02"});
    let made = inquiry_of(&app, fields).await;
    let account = app
        .account(json!({"reference-id": "user-2", "fields": {
            "name": {"first": "Ada"}, "address": {"city": "Oslo"}, "phone_number": "+4712345678",
        }}))
        .await;
    for version in VERSIONS {
        let get = |path: String| app.sandbox().get(&path).header("Persona-Version", version);
        let inquiry = get(format!("/inquiries/{made}")).await.expect(200);
        let shown = &inquiry.data()["attributes"];
        assert_eq!(
            shown.get("name-first").is_some(),
            is_old(version),
            "{version}"
        );
        assert_eq!(
            inquiry.body.get("included").is_some(),
            is_old(version),
            "{version}"
        );
        if is_old(version) {
            assert_eq!(shown["name-first"], "Ada", "{version}");
            assert_eq!(shown["birthdate"], "1990-01-02", "{version}");
            assert_eq!(shown["name-last"], Value::Null, "{version}");
            let included = inquiry.body["included"].as_array().unwrap();
            assert!(
                included.iter().any(|it| it["type"] == "account"),
                "{version}"
            );
        }
        let shown = get(format!("/accounts/{account}")).await.expect(200);
        let has = shown.data()["attributes"].get("address-city").cloned();
        assert_eq!(has, is_old(version).then(|| json!("Oslo")), "{version}");

        // What was asked for counts, be it nothing; and a list includes nothing.
        let none = get(format!("/inquiries/{made}?include=")).await.expect(200);
        assert_eq!(none.body["included"], json!([]), "{version}");
        let list = get("/inquiries".into()).await.expect(200);
        assert!(list.body.get("included").is_none(), "{version}");
        assert_eq!(
            list.body["data"][0]["attributes"]
                .get("name-first")
                .is_some(),
            is_old(version),
            "{version}"
        );
    }
}

#[tokio::test]
async fn c74_the_reviewer_is_an_attribute_before_2021_07_05_and_a_relation_since() {
    let app = TestApp::start().await;
    let made = app.inquiry(json!({})).await;
    for version in VERSIONS {
        let call = app.sandbox().get(&format!("/inquiries/{made}"));
        let inquiry = call.header("Persona-Version", version).await.expect(200);
        let is_attribute = version < "2021-07-05";
        assert_eq!(
            inquiry.data()["attributes"].get("reviewer-type").is_some(),
            is_attribute,
            "{version}"
        );
        let relation = inquiry.body["data"]["relationships"].get("reviewer");
        assert_eq!(relation.is_none(), is_attribute, "{version}");
    }
}

#[tokio::test]
async fn c72_numbers_have_attributes_of_their_own_before_2021_02_21() {
    let app = TestApp::start().await;
    let fields = json!({"identification-class": "pp", "identification-number": "P1"});
    let made = inquiry_of(&app, fields).await;
    for version in VERSIONS {
        let call = app.sandbox().get(&format!("/inquiries/{made}"));
        let inquiry = call.header("Persona-Version", version).await.expect(200);
        let passport = inquiry.data()["attributes"].get("passport-number").cloned();
        let wanted = (version < "2021-02-21").then(|| json!("P1"));
        assert_eq!(passport, wanted, "{version}");
    }
}

#[tokio::test]
async fn c75_a_session_has_a_browser_fingerprint_before_2021_08_18() {
    let app = TestApp::start().await;
    let made = app.inquiry(json!({})).await;
    for version in VERSIONS {
        let body = json!({"data": {"attributes": {"inquiry-id": made}}});
        let call = app.sandbox().post("/inquiry-sessions", body);
        let session = call.header("Persona-Version", version).await.expect(201);
        let has = session.data()["attributes"]
            .get("browser-fingerprint")
            .is_some();
        assert_eq!(has, version < "2021-08-18", "{version}");
    }
}

#[tokio::test]
async fn c81_older_versions_take_values_outside_fields_and_newer_ones_ignore_them() {
    let app = TestApp::start().await;
    for version in VERSIONS {
        let mut body = app.inquiry_body(json!({}));
        let attributes = &mut body["data"]["attributes"];
        attributes["name_first"] = json!("Ada");
        attributes["nameLast"] = json!("flat");
        attributes["country-code"] = json!("NO");
        attributes["fields"] = json!({"name-last": "Lovelace"});
        let call = app.sandbox().post("/inquiries", body);
        let made = call.header("Persona-Version", version).await.expect(201);
        let value = |name: &str| made.data()["attributes"]["fields"][name]["value"].clone();
        let wanted = if is_old(version) {
            json!("Ada")
        } else {
            Value::Null
        };
        assert_eq!(value("name-first"), wanted, "{version}");
        assert_eq!(value("name-last"), "Lovelace", "{version}: fields win");
        let country = if is_old(version) { "NO" } else { "US" };
        assert_eq!(value("selected-country-code"), country, "{version}");

        let id = made.id();
        let body = json!({"data": {"attributes": {"name-middle": "King"}}});
        let call = app.sandbox().patch(&format!("/inquiries/{id}"), body);
        let updated = call.header("Persona-Version", version).await.expect(200);
        let wanted = if is_old(version) {
            json!("King")
        } else {
            Value::Null
        };
        assert_eq!(
            updated.data()["attributes"]["fields"]["name-middle"]["value"],
            wanted,
            "{version}"
        );
    }
}

#[tokio::test]
async fn r13_c87_an_older_version_gets_the_account_that_has_the_reference_id() {
    let app = TestApp::start().await;
    let id = app.account(json!({"reference-id": "User-1"})).await;
    let before = app.counts().await;
    for version in VERSIONS {
        let body = json!({"data": {"attributes": {"reference-id": "user-1"}}});
        let create = || {
            app.sandbox()
                .post("/accounts", body.clone())
                .header("Persona-Version", version)
        };
        let refused = create().await.expect(409);
        if is_old(version) {
            assert_eq!(refused.id(), id, "{version}");
            assert_eq!(
                refused.data()["attributes"]["reference-id"],
                "User-1",
                "{version}"
            );
        } else {
            assert_eq!(refused.title(), "Record not unique", "{version}");
        }
        let first = create()
            .header("Idempotency-Key", version)
            .await
            .expect(409);
        app.sandbox()
            .patch(
                &format!("/accounts/{id}"),
                json!({"data": {"attributes": {"tags": [version]}}}),
            )
            .await
            .expect(200);
        let again = create()
            .header("Idempotency-Key", version)
            .await
            .expect(409);
        assert_eq!(
            first.bytes, again.bytes,
            "{version}: the first answer, byte for byte"
        );
    }
    let rest = |counts: &[(&'static str, i64)]| -> Vec<(&'static str, i64)> {
        let told = ["idempotency_keys", "events", "tags"];
        counts
            .iter()
            .filter(|(name, _)| !told.contains(name))
            .copied()
            .collect()
    };
    assert_eq!(rest(&app.counts().await), rest(&before));
}

#[tokio::test]
async fn c64_the_keys_of_an_inquirys_fields_are_inflected_for_older_versions_only() {
    let app = TestApp::start().await;
    let made = app.inquiry(json!({})).await;
    for version in VERSIONS {
        let inquiry = app
            .sandbox()
            .get(&format!("/inquiries/{made}"))
            .header("Persona-Version", version)
            .header("Key-Inflection", "camel")
            .await
            .expect(200);
        let fields = &inquiry.body["data"]["attributes"]["fields"];
        assert_eq!(
            fields.get("nameFirst").is_some(),
            is_old(version),
            "{version}"
        );
        assert_eq!(
            fields.get("name-first").is_some(),
            !is_old(version),
            "{version}"
        );
    }
}

#[tokio::test]
async fn c91_a_sparse_fieldset_chooses_among_what_the_version_shows() {
    let app = TestApp::start().await;
    let made = inquiry_of(&app, json!({"name-first": "Ada"})).await;
    let call = app.sandbox().get(&format!(
        "/inquiries/{made}?fields[inquiry]=name-first&include="
    ));
    let inquiry = call
        .header("Persona-Version", "2023-01-05")
        .await
        .expect(200);
    assert_eq!(
        inquiry.body["data"]["attributes"],
        json!({"name-first": "Ada"})
    );
}

/// The kit holds each answer against the document that was published for the version.
#[tokio::test]
async fn c70_every_operation_answers_in_the_shape_of_every_version() {
    for version in VERSIONS {
        let app = TestApp::start().await;
        let administrator = app.administrator().await;
        let asked = administrator.with("Persona-Version", version);
        for case in cases() {
            let objects = Objects::make(&app, &administrator, &app.own.template).await;
            let answer = case.call(&asked, &objects).await;
            let wanted = case.operation.success;
            assert_eq!(
                answer.status,
                wanted,
                "{version} {}: {}",
                case.name(),
                answer.body
            );
        }
    }
}

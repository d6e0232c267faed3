//! `POST /accounts` (A5–A22). Reference IDs and `upsert-by` are in `reference_ids`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use crate::attributes;

#[tokio::test]
async fn a1_a2_a_whole_account_as_the_answer_shows_it() {
    let app = TestApp::start().await;
    let body = attributes(json!({
        "reference-id": "user-8842",
        "fields": {
            "email_address": "user8842@example.test",
            "birthdate": "1990-05-17",
            "address": {"city": "Lisbon", "country_code": "PT"},
            "identification_numbers": [
                {"identification_class": "pp", "identification_number": "X1", "issuing_country": "PT"},
            ],
        },
        "tags": ["tier-2", "vip", "tier-2"],
    }));
    let answer = app.sandbox().post("/accounts", body).await.expect(201);
    let id = answer.id();
    let kind = answer.related("account-type").unwrap();
    assert_eq!(id.len(), "act_".len() + 28, "C43");
    let text = |value: Value| json!({"type": "string", "value": value});
    assert_eq!(
        answer.body,
        json!({"data": {
            "type": "account",
            "id": id,
            "attributes": {
                "reference-id": "user-8842",
                "account-type-name": "User",
                "account-status": "Default",
                "created-at": "2026-02-03T10:15:00.000Z",
                "updated-at": "2026-02-03T10:15:00.000Z",
                "redacted-at": null,
                "fields": {
                    "address": {"type": "hash", "value": {
                        "city": text(json!("Lisbon")),
                        "country_code": text(json!("PT")),
                    }},
                    "identification_numbers": {"type": "array", "value": [{"type": "hash", "value": {
                        "identification_class": text(json!("pp")),
                        "identification_number": text(json!("X1")),
                        "issuing_country": text(json!("PT")),
                    }}]},
                    "birthdate": {"type": "date", "value": "1990-05-17"},
                    "phone_number": text(Value::Null),
                    "email_address": text(json!("user8842@example.test")),
                    "selfie_photo": {"type": "file", "value": null},
                    "social_security_number": text(Value::Null),
                    "country_code": text(Value::Null),
                },
                "tags": ["tier-2", "vip"],
            },
            "relationships": {"account-type": {"data": {"type": "account-type", "id": kind}}},
        }})
    );
    let shown = app
        .sandbox()
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200);
    assert_eq!(shown.body, answer.body);
}

#[tokio::test]
async fn a19_a_new_account_is_one_event_that_shows_it() {
    let app = TestApp::start().await;
    let answer = app
        .sandbox()
        .post("/accounts", attributes(json!({"tags": ["a"]})))
        .await
        .expect(201);
    let events = app.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].name, "account.created");
    assert_eq!(&events[0].payload, answer.data());
}

#[tokio::test]
async fn a22_flat_personal_attributes_go_to_their_fields_and_fields_win() {
    let app = TestApp::start().await;
    let id = app
        .account(json!({
            "name-first": "Flat",
            "name-last": "Byron",
            "birthdate": "1815-12-10",
            "phone-number": "+44 20 7946 0000",
            "address-street-1": "1 Flat Street",
            "address-postal-code": "N1",
            "country-code": "GB",
            "social-security-number": "000-00-0000",
            "fields": {"name": {"first": "Ada"}, "address": {"street_1": "2 Field Lane"}},
        }))
        .await;
    let answer = app
        .sandbox()
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200);
    let field = |key: &str, member: &str| answer.field(key)[member]["value"].clone();
    assert_eq!(field("name", "first"), "Ada");
    assert_eq!(field("name", "last"), "Byron");
    assert_eq!(field("address", "street_1"), "2 Field Lane");
    assert_eq!(field("address", "postal_code"), "N1");
    assert_eq!(answer.field("birthdate"), "1815-12-10");
    assert_eq!(answer.field("country_code"), "GB");
    assert_eq!(answer.field("social_security_number"), "000-00-0000");
}

#[tokio::test]
async fn a10_every_unknown_or_ill_typed_field_is_pointed_at() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    let body = attributes(json!({"fields": {
        "shoe_size": 44,
        "birthdate": "17.5.1990",
        "name": "Ada",
        "address": {"planet": "Earth"},
        "a/b~c": 1,
    }}));
    let answer = app.sandbox().post("/accounts", body).await;
    for key in ["shoe_size", "birthdate", "name", "address", "a~1b~0c"] {
        answer.points_at(&format!("/data/attributes/fields/{key}"));
    }
    assert_eq!(answer.errors().len(), 5);
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn a16_an_unknown_or_inactive_status_is_unprocessable() {
    let app = TestApp::start().await;
    let kind = app
        .account_type("Business", |kind| {
            let mut closed = kind.statuses[0].clone();
            closed.name = "Closed".into();
            closed.active = false;
            let mut open = closed.clone();
            open.name = "Open".into();
            open.active = true;
            kind.statuses.extend([closed, open]);
        })
        .await;
    let with =
        |status: &str| attributes(json!({"account-type-id": kind, "account-status": status}));
    for wrong in ["Closed", "Nonsense", "open", ""] {
        app.sandbox()
            .post("/accounts", with(wrong))
            .await
            .points_at("/data/attributes/account-status");
    }
    let answer = app
        .sandbox()
        .post("/accounts", with("Open"))
        .await
        .expect(201);
    assert_eq!(answer.attribute("account-status"), "Open");
    assert_eq!(answer.attribute("account-type-name"), "Business");
}

#[tokio::test]
async fn a20_an_unknown_type_is_a_404() {
    let app = TestApp::start().await;
    let before = app.counts().await;
    let body = attributes(json!({"account-type-id": "acttp_1111111111111111111111111111"}));
    let answer = app.sandbox().post("/accounts", body).await.expect(404);
    assert_eq!(answer.title(), "Record not found");
    assert_eq!(app.counts().await, before);
}

/// How many pictures lie on the disk.
fn blobs(app: &TestApp) -> usize {
    let environments = std::fs::read_dir(app.folder().join("blobs"));
    environments
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|environment| std::fs::read_dir(environment.path()).ok())
        .map(Iterator::count)
        .sum()
}

#[tokio::test]
async fn a21_a_selfie_photo_is_kept_shown_by_its_name_replaced_and_removed() {
    let app = TestApp::start().await;
    let photo = |name: &str| {
        let data = STANDARD.encode(selfsame_testkit::picture(7));
        json!({"selfie-photo": {"data": {"data": data, "filename": name}}})
    };
    let sandbox = app.sandbox();
    let made = sandbox
        .post("/accounts", attributes(photo("me.jpg")))
        .await
        .expect(201);
    let shown = &made.attribute("fields")["selfie_photo"];
    assert_eq!(shown["type"], "file");
    assert_eq!(shown["value"]["filename"], "me.jpg");
    assert!(shown["value"]["byte-size"].as_u64().unwrap() > 0);
    assert_eq!(blobs(&app), 1);

    let path = format!("/accounts/{}", made.id());
    let other = sandbox
        .patch(&path, attributes(photo("me-again.jpg")))
        .await
        .expect(200);
    assert_eq!(
        other.attribute("fields")["selfie_photo"]["value"]["filename"],
        "me-again.jpg"
    );
    assert_eq!(blobs(&app), 1, "the first one is gone");

    let none = sandbox
        .patch(&path, attributes(json!({"selfie-photo": null})))
        .await
        .expect(200);
    assert_eq!(
        none.attribute("fields")["selfie_photo"]["value"],
        json!(null)
    );
    assert_eq!(blobs(&app), 0);

    sandbox
        .patch(&path, attributes(photo("last.jpg")))
        .await
        .expect(200);
    sandbox.delete(&path).await.expect(200);
    assert_eq!(blobs(&app), 0, "redaction takes the picture too");
}

#[tokio::test]
async fn a_photo_that_came_with_a_refused_request_is_not_kept() {
    let app = TestApp::start().await;
    let data = STANDARD.encode(selfsame_testkit::picture(7));
    let photo = json!({"data": {"data": data, "filename": "me.jpg"}});
    app.account(json!({"reference-id": "taken"})).await;
    let other = app.account(json!({"reference-id": "other"})).await;
    let wish = json!({"reference-id": "TAKEN", "selfie-photo": photo});
    let sandbox = app.sandbox();
    let refused = sandbox.post("/accounts", attributes(wish.clone()));
    refused.await.expect(409);
    let refused = sandbox.patch(&format!("/accounts/{other}"), attributes(wish));
    refused.await.expect(409);
    assert_eq!(blobs(&app), 0);
}

#[tokio::test]
async fn a21_a_selfie_photo_that_is_no_picture_is_refused_and_a_file_cannot_be_written_as_a_value()
{
    let app = TestApp::start().await;
    let before = app.counts().await;
    let photo = json!({"data": {"data": "AAAA", "filename": "me.jpg"}});
    app.sandbox()
        .post("/accounts", attributes(json!({"selfie-photo": photo})))
        .await
        .points_at("/data/attributes/selfie-photo");
    let forged = json!({"fields": {"selfie_photo": {"blob_key": "env_1/docf_1"}}});
    app.sandbox()
        .post("/accounts", attributes(forged))
        .await
        .points_at("/data/attributes/fields/selfie_photo");
    assert_eq!(app.counts().await, before);
    assert_eq!(blobs(&app), 0);
}

#[tokio::test]
async fn c126_tags_null_means_none() {
    let app = TestApp::start().await;
    let answer = app
        .sandbox()
        .post("/accounts", attributes(json!({"tags": null})))
        .await
        .expect(201);
    assert_eq!(answer.attribute("tags"), &json!([]));
}

#[tokio::test]
async fn account_types_are_shown_by_their_id() {
    let app = TestApp::start().await;
    let id = app.account_type("Business", |_| {}).await;
    let answer = app
        .sandbox()
        .get(&format!("/account-types/{id}"))
        .await
        .expect(200);
    assert_eq!(answer.attribute("name"), "Business");
}

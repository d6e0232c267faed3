//! `PATCH /accounts/{account-id}` (A24–A27).

use selfsame_domain::field::{FieldKind, FieldSchema};
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use crate::attributes;

#[tokio::test]
async fn a24_absent_members_stay_fields_merge_and_hashes_merge_inside() {
    let app = TestApp::start().await;
    let id = app
        .account(json!({
            "reference-id": "user-1",
            "tags": ["a"],
            "fields": {
                "name": {"first": "Ada", "last": "Byron"},
                "email_address": "ada@example.test",
                "phone_number": "1",
            },
        }))
        .await;
    app.advance(5);
    let path = format!("/accounts/{id}");
    let body = attributes(json!({"fields": {
        "name": {"last": "Lovelace"},
        "phoneNumber": null,
        "birthdate": "1815-12-10",
    }}));
    let answer = app.sandbox().patch(&path, body).await.expect(200);
    assert_eq!(answer.attribute("reference-id"), "user-1");
    assert_eq!(answer.attribute("tags"), &json!(["a"]));
    assert_eq!(answer.field("name")["first"]["value"], "Ada");
    assert_eq!(answer.field("name")["last"]["value"], "Lovelace");
    assert_eq!(answer.field("email_address"), "ada@example.test");
    assert_eq!(answer.field("phone_number"), &Value::Null);
    assert_eq!(answer.field("birthdate"), "1815-12-10");
    assert_eq!(answer.attribute("updated-at"), "2026-02-03T10:15:05.000Z");
    assert_eq!(answer.attribute("created-at"), "2026-02-03T10:15:00.000Z");
    let shown = app.sandbox().get(&path).await.expect(200);
    assert_eq!(shown.body, answer.body);
}

#[tokio::test]
async fn a24_an_empty_update_changes_nothing_and_tells_nobody() {
    let app = TestApp::start().await;
    let id = app
        .account(json!({"reference-id": "user-1", "tags": ["a"]}))
        .await;
    let before = app
        .sandbox()
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200);
    let events = app.event_names().await;
    app.advance(5);
    for body in [
        json!({}),
        attributes(json!({})),
        attributes(json!({"tags": null, "fields": null})),
    ] {
        let answer = app
            .sandbox()
            .patch(&format!("/accounts/{id}"), body)
            .await
            .expect(200);
        assert_eq!(answer.body, before.body);
    }
    assert_eq!(app.event_names().await, events);
}

#[tokio::test]
async fn a24_the_type_of_an_account_is_fixed() {
    let app = TestApp::start().await;
    let kind = app.account_type("Business", |_| {}).await;
    let id = app.account(json!({})).await;
    let body = attributes(json!({"account-type-id": kind}));
    let answer = app
        .sandbox()
        .patch(&format!("/accounts/{id}"), body)
        .await
        .expect(200);
    assert_eq!(answer.attribute("account-type-name"), "User");
}

#[tokio::test]
async fn a27_each_kind_of_change_fires_its_own_event() {
    let app = TestApp::start().await;
    let kind = app
        .account_type("Business", |kind| {
            let mut second = kind.statuses[0].clone();
            second.name = "Second".into();
            kind.statuses.push(second);
        })
        .await;
    let id = app
        .account(json!({"account-type-id": kind, "tags": ["old"]}))
        .await;
    let change = async |more: Value| {
        let before = app.events().await.len();
        app.advance(1);
        app.sandbox()
            .patch(&format!("/accounts/{id}"), attributes(more))
            .await
            .expect(200);
        let events = app.events().await.split_off(before);
        events
            .into_iter()
            .map(|event| (event.name, Value::Object(event.context)))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        change(json!({"reference-id": "user-1"})).await,
        [(
            "account.updated-fields".to_owned(),
            json!({"changed": ["reference_id"]})
        )]
    );
    assert_eq!(
        change(json!({"fields": {"email_address": "a@example.test"}})).await,
        [(
            "account.updated-fields".to_owned(),
            json!({"changed": ["email_address"]})
        )]
    );
    assert_eq!(
        change(json!({"fields": {"email_address": "a@example.test"}})).await,
        []
    );
    assert_eq!(
        change(json!({"account-status": "Second"})).await,
        [("account.status-updated".to_owned(), json!({}))]
    );
    assert_eq!(
        change(json!({"tags": ["new"]})).await,
        [
            ("account.tag-added".to_owned(), json!({})),
            ("account.tag-removed".to_owned(), json!({})),
            (
                "account.updated-tags".to_owned(),
                json!({"added-tags": ["new"], "removed-tags": ["old"]})
            ),
        ]
    );
}

#[tokio::test]
async fn a26_a_redacted_account_can_be_updated_and_an_archived_one_cannot() {
    let app = TestApp::start().await;
    let id = app.account(json!({"reference-id": "user-1"})).await;
    let path = format!("/accounts/{id}");
    app.sandbox().delete(&path).await.expect(200);
    let answer = app
        .sandbox()
        .patch(&path, attributes(json!({"reference-id": "user-2"})))
        .await;
    assert_eq!(answer.expect(200).attribute("reference-id"), "user-2");
    let now = app.now();
    app.meddle(&id, |account| account.archived_at = Some(now))
        .await;
    let answer = app
        .sandbox()
        .patch(&path, attributes(json!({"reference-id": "user-3"})))
        .await;
    assert_eq!(answer.status, 409);
}

#[tokio::test]
async fn a13_a_unique_field_of_another_account_is_a_409() {
    let app = TestApp::start().await;
    let kind = app
        .account_type("Business", |kind| {
            let mut number = FieldSchema::new("customer_number", FieldKind::String);
            number.unique = true;
            kind.fields.push(number);
        })
        .await;
    let with =
        |number: &str| json!({"account-type-id": kind, "fields": {"customer_number": number}});
    app.account(with("a")).await;
    let id = app.account(with("b")).await;
    let body = attributes(json!({"fields": {"customer_number": "A"}, "tags": ["x"]}));
    let before = app.counts().await;
    let answer = app
        .sandbox()
        .patch(&format!("/accounts/{id}"), body)
        .await
        .expect(409);
    assert_eq!(answer.title(), "Record not unique");
    assert_eq!(app.counts().await, before);
    let body = attributes(json!({"fields": {"customer_number": "B"}}));
    app.sandbox()
        .patch(&format!("/accounts/{id}"), body)
        .await
        .expect(200);
}

#[tokio::test]
async fn a25_of_simultaneous_updates_none_is_lost() {
    let app = TestApp::start().await;
    let id = app.account(json!({})).await;
    let keys = [
        "email_address",
        "phone_number",
        "country_code",
        "social_security_number",
    ];
    let mut tasks = Vec::new();
    for key in keys {
        let (sandbox, path) = (app.sandbox(), format!("/accounts/{id}"));
        tasks.push(tokio::spawn(async move {
            sandbox
                .patch(&path, attributes(json!({"fields": {key: key}})))
                .await
                .status
        }));
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
    let answer = app
        .sandbox()
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200);
    for key in keys {
        assert_eq!(answer.field(key), key);
    }
}

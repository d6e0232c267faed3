//! Uniqueness (R9–R18).

use selfsame_domain::field::{FieldKind, FieldSchema};
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{account_reference, auto, inquiry, inquiry_with, not_unique, reference};
use crate::attributes;

#[tokio::test]
async fn r9_one_value_names_one_account_per_type_and_environment() {
    let app = TestApp::start().await;
    let business = app.account_type("Business", |_| {}).await;
    let typed = json!({"reference-id": "same", "account-type-id": business});
    let first = app.account(reference("same")).await;
    let second = app.account(typed.clone()).await;
    let in_production = app
        .production()
        .post("/accounts", attributes(reference("same")))
        .await
        .expect(201)
        .id();
    let other = app.second_organisation().await;
    let elsewhere = app.client(Some(&other.keys.sandbox));
    elsewhere
        .post("/accounts", attributes(reference("same")))
        .await
        .expect(201);
    assert!(first != second && second != in_production);
    for body in [attributes(reference("SAME")), attributes(typed)] {
        app.sandbox().post("/accounts", body).await.expect(409);
    }
}

#[tokio::test]
async fn r10_creating_a_taken_one_is_a_409_of_one_wording_and_leaves_nothing() {
    let app = TestApp::start().await;
    app.account(reference("user-1")).await;
    let before = app.counts().await;
    let body = attributes(json!({"reference-id": "user-1", "tags": ["new-tag"]}));
    let answer = app.sandbox().post("/accounts", body).await.expect(409);
    assert_eq!(answer.body, not_unique());
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn r11_updating_to_a_foreign_one_changes_nothing_at_all() {
    let app = TestApp::start().await;
    app.account(reference("held")).await;
    let id = app
        .account(json!({"reference-id": "own", "tags": ["a"]}))
        .await;
    let before = app
        .sandbox()
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200);
    let counts = app.counts().await;
    app.advance(5);
    let body = attributes(json!({
        "reference-id": "HELD",
        "tags": ["b"],
        "fields": {"email_address": "new@example.test"},
    }));
    let answer = app.sandbox().patch(&format!("/accounts/{id}"), body).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.body, not_unique());
    let after = app
        .sandbox()
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200);
    assert_eq!(after.body, before.body);
    assert_eq!(app.counts().await, counts);
}

#[tokio::test]
async fn r12_updating_to_the_own_one_succeeds_and_the_spelling_follows() {
    let app = TestApp::start().await;
    let id = app.account(reference("user-1")).await;
    for spelling in ["user-1", "User-1", "USER-1"] {
        let answer = app
            .sandbox()
            .patch(&format!("/accounts/{id}"), attributes(reference(spelling)))
            .await
            .expect(200);
        assert_eq!(answer.attribute("reference-id"), spelling);
        assert_eq!(account_reference(&app, &id).await, spelling);
    }
}

#[tokio::test]
async fn r14_a_changed_one_is_free_at_once() {
    let app = TestApp::start().await;
    let id = app.account(reference("old")).await;
    app.sandbox()
        .patch(&format!("/accounts/{id}"), attributes(reference("new")))
        .await
        .expect(200);
    let heir = app.account(reference("OLD")).await;
    assert_ne!(heir, id);
    let answer = inquiry(&app, auto("old")).await.expect(201);
    assert_eq!(answer.related("account"), Some(heir));
}

#[tokio::test]
async fn r15_an_update_cannot_clear_it_and_null_on_create_is_absence() {
    let app = TestApp::start().await;
    let null = json!({"reference-id": null});
    let id = app.account(reference("user-1")).await;
    app.sandbox()
        .patch(&format!("/accounts/{id}"), attributes(null.clone()))
        .await
        .expect(400);
    assert_eq!(account_reference(&app, &id).await, "user-1");
    let other = app.account(null.clone()).await;
    assert_eq!(account_reference(&app, &other).await, Value::Null);
    let answer = inquiry_with(
        &app,
        null,
        json!({"auto-create-account-reference-id": null}),
    )
    .await;
    assert_eq!(answer.expect(201).attribute("reference-id"), &Value::Null);
}

#[tokio::test]
async fn r16_upsert_creates_once_and_updates_from_then_on() {
    let app = TestApp::start().await;
    for (number, spelling) in ["reference_id", "reference-id", "referenceId"]
        .iter()
        .enumerate()
    {
        let body = |email: &str, reference: String| {
            json!({
                "data": {"attributes": {
                    "reference-id": reference,
                    "fields": {"email_address": email, "name": {"first": "Ada"}},
                }},
                "meta": {"upsert-by": spelling},
            })
        };
        let reference = format!("user-{number}");
        let made = app
            .sandbox()
            .post("/accounts", body("a@example.test", reference.clone()))
            .await
            .expect(201);
        let events = app.event_names().await.len();
        let found = app
            .sandbox()
            .post(
                "/accounts",
                body("b@example.test", reference.to_uppercase()),
            )
            .await
            .expect(200);
        assert_eq!(found.id(), made.id());
        assert_eq!(found.field("email_address"), "b@example.test");
        let names = app.event_names().await;
        assert_eq!(names[events..], ["account.updated-fields"], "A19");
    }
}

#[tokio::test]
async fn r16_upsert_by_a_unique_field_finds_by_its_value_and_wants_one() {
    let app = TestApp::start().await;
    let kind = app
        .account_type("Business", |kind| {
            let mut number = FieldSchema::new("customer_number", FieldKind::String);
            number.identifier = true;
            number.unique = true;
            kind.fields.push(number);
        })
        .await;
    let body = |by: Value, fields: Value| {
        json!({
            "data": {"attributes": {"account-type-id": kind, "fields": fields}},
            "meta": {"upsert-by": by},
        })
    };
    let sandbox = app.sandbox();
    let post = async |by: Value, fields: Value| sandbox.post("/accounts", body(by, fields)).await;
    let number = json!({"customer_number": "C-1"});
    let made = post(json!("customer_number"), number.clone())
        .await
        .expect(201);
    let found = post(json!("customerNumber"), json!({"customerNumber": "c-1"})).await;
    assert_eq!(found.expect(200).id(), made.id());
    // A13: without upsert the value is simply taken.
    let taken = post(Value::Null, number).await.expect(409);
    assert_eq!(taken.body, not_unique());
    let before = app.counts().await;
    for (by, fields) in [
        (json!("customer_number"), json!({})),
        (json!("customer_number"), json!({"customer_number": null})),
        (json!("reference_id"), json!({})),
        (
            json!("email_address"),
            json!({"email_address": "a@example.test"}),
        ),
        (json!("no_such_field"), json!({})),
    ] {
        post(by, fields).await.points_at("/meta/upsert-by");
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn r16_simultaneous_upserts_end_with_one_account() {
    let app = TestApp::start().await;
    let mut tasks = Vec::new();
    for number in 0..20 {
        let sandbox = app.sandbox();
        tasks.push(tokio::spawn(async move {
            let body = json!({
                "data": {"attributes": {"reference-id": "one", "tags": [format!("tag-{number}")]}},
                "meta": {"upsert-by": "reference-id"},
            });
            sandbox.post("/accounts", body).await
        }));
    }
    let mut statuses = Vec::new();
    let mut ids = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        statuses.push(answer.status);
        ids.push(answer.id());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[19], 201);
    assert!(
        statuses[..19].iter().all(|status| *status == 200),
        "{statuses:?}"
    );
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn r17_an_archived_account_reserves_nothing() {
    let app = TestApp::start().await;
    let archived = app.account(reference("user-1")).await;
    let now = app.now();
    app.meddle(&archived, |account| account.archived_at = Some(now))
        .await;
    let heir = app.account(reference("USER-1")).await;
    assert_ne!(heir, archived);
    assert_eq!(
        account_reference(&app, &archived).await,
        "user-1",
        "it keeps it"
    );
    let answer = inquiry(&app, auto("user-1")).await.expect(201);
    assert_eq!(answer.related("account"), Some(heir));
}

#[tokio::test]
async fn r17_restoring_it_is_a_409_once_somebody_else_has_its_value() {
    let app = TestApp::start().await;
    let archived = app.account(reference("user-1")).await;
    let path = |verb: &str| format!("/accounts/{archived}/{verb}");
    let archive = app.sandbox().post(&path("archive"), json!({}));
    archive.await.expect(200);
    let heir = app.account(reference("USER-1")).await;
    let before = app.counts().await;
    let restore = async || app.sandbox().post(&path("restore"), json!({})).await;
    restore()
        .await
        .refused(409, "Resource already exists as an active resource");
    assert_eq!(app.counts().await, before);
    app.sandbox()
        .patch(
            &format!("/accounts/{heir}"),
            attributes(reference("user-2")),
        )
        .await
        .expect(200);
    let restored = restore().await.expect(200);
    assert_eq!(restored.attribute("reference-id"), "user-1");
    let answer = inquiry(&app, auto("user-1")).await.expect(201);
    assert_eq!(answer.related("account"), Some(archived));
}

#[tokio::test]
async fn r18_two_simultaneous_creates_end_with_one_account() {
    let app = TestApp::start().await;
    for round in 0..10 {
        let create = || {
            let sandbox = app.sandbox();
            tokio::spawn(async move {
                let body = attributes(json!({"reference-id": format!("user-{round}")}));
                sandbox.post("/accounts", body).await.status
            })
        };
        let (first, second) = (create(), create());
        let mut statuses = [first.await.unwrap(), second.await.unwrap()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    }
}

#[tokio::test]
async fn r18_fifty_simultaneous_inquiries_end_on_one_account() {
    let app = TestApp::start().await;
    let mut tasks = Vec::new();
    for number in 0..50 {
        let spelling = if number % 2 == 0 { "Person" } else { "pERSON" };
        let body = app.inquiry_body(auto(spelling));
        let sandbox = app.sandbox();
        tasks.push(tokio::spawn(async move {
            sandbox.post("/inquiries", body).await.expect(201)
        }));
    }
    let mut accounts = Vec::new();
    let mut inquiries = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        accounts.push(answer.related("account").unwrap());
        inquiries.push(answer.id());
    }
    accounts.sort();
    accounts.dedup();
    inquiries.sort();
    inquiries.dedup();
    assert_eq!((accounts.len(), inquiries.len()), (1, 50));
    let names = app.event_names().await;
    let created = names
        .iter()
        .filter(|name| *name == "account.created")
        .count();
    assert_eq!(created, 1);
}

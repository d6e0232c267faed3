use selfsame_domain::field::{FieldKind, FieldSchema};
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{is, query};

const PATH: &str = "/accounts/search";

async fn find(app: &TestApp, wanted: Value) -> Vec<String> {
    let found = app.sandbox().post(PATH, query(wanted)).await.expect(200);
    let mut ids = found.ids();
    ids.sort();
    ids
}

async fn person(app: &TestApp, reference: &str, fields: Value) -> String {
    let id = app
        .account(json!({"reference-id": reference, "fields": fields}))
        .await;
    app.advance(1);
    id
}

#[tokio::test]
async fn a40_an_empty_body_finds_all_newest_first() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for number in 0..12 {
        made.insert(0, person(&app, &format!("user-{number}"), json!({})).await);
    }
    let first = app.sandbox().post(PATH, json!({})).await.expect(200);
    assert_eq!(first.ids(), made[..10]);
    let next = first.body["links"]["next"].as_str().expect("a next page");
    let next = next.strip_prefix("/api/v1").expect("a host-relative link");
    let second = app.sandbox().post(next, json!({})).await.expect(200);
    assert_eq!(second.ids(), made[10..]);
    assert_eq!(second.body["links"]["next"], Value::Null);
}

#[tokio::test]
async fn r39_r40_by_reference_id_in_any_case_and_at_once() {
    let app = TestApp::start().await;
    let ada = person(&app, "User-1", json!({})).await;
    person(&app, "user-2", json!({})).await;
    for attribute in [
        "identifiers.reference_id",
        "identifiers.reference-id",
        "identifiers.referenceId",
    ] {
        assert_eq!(
            find(&app, is(attribute, "eq", "uSER-1")).await,
            [ada.as_str()]
        );
    }
    assert!(
        find(&app, is("identifiers.reference_id", "eq", "user"))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a43_by_fields_that_are_searchable() {
    let app = TestApp::start().await;
    let ada = person(
        &app,
        "a",
        json!({"email_address": "Ada@Example.Test", "birthdate": "1815-12-10"}),
    )
    .await;
    let grace = person(&app, "g", json!({"birthdate": "1906-12-09"})).await;
    assert_eq!(
        find(&app, is("fields.email_address", "eq", "ada@example.test")).await,
        [ada.as_str()]
    );
    assert_eq!(
        find(&app, is("fields.birthdate", "gt", "1815-12-10")).await,
        [grace.as_str()]
    );
    assert_eq!(
        find(&app, is("fields.birthdate", "lte", "1815-12-10")).await,
        [ada.as_str()]
    );
    // Changed and cleared values are found as they are now.
    let changed = json!({"data": {"attributes": {"fields": {"birthdate": "1700-01-01", "email_address": null}}}});
    app.sandbox()
        .patch(&format!("/accounts/{grace}"), changed.clone())
        .await
        .expect(200);
    assert_eq!(
        find(&app, is("fields.birthdate", "lt", "1800-01-01")).await,
        [grace]
    );
    app.sandbox()
        .patch(&format!("/accounts/{ada}"), changed)
        .await
        .expect(200);
    assert!(
        find(&app, is("fields.email_address", "eq", "ada@example.test"))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a43_numbers_dates_and_truths_compare_by_their_kind() {
    let app = TestApp::start().await;
    let kind = app
        .account_type("Company", |kind| {
            for (key, field) in [
                ("staff", FieldKind::Integer),
                ("rating", FieldKind::Number),
                ("listed", FieldKind::Boolean),
                ("seen", FieldKind::Datetime),
                ("email_address", FieldKind::String),
            ] {
                kind.fields.retain(|schema| schema.key != key);
                let mut schema = FieldSchema::new(key, field);
                schema.searchable = true;
                schema.case_sensitive = key == "email_address";
                kind.fields.push(schema);
            }
        })
        .await;
    let mut made = Vec::new();
    for (staff, rating, listed, seen) in [
        (9, -1.5, true, "2026-01-01T00:00:00Z"),
        (10, 0.0, false, "2026-01-01T01:00:00+02:00"),
        (100, 2.25, true, "2026-02-01T00:00:00Z"),
    ] {
        let fields = json!({"staff": staff, "rating": rating, "listed": listed, "seen": seen,
            "email_address": "Info@example.test"});
        made.push(
            app.account(json!({"account-type-id": kind, "fields": fields}))
                .await,
        );
    }
    let some = |places: &[usize]| {
        let mut ids: Vec<_> = places.iter().map(|place| made[*place].clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(find(&app, is("fields.staff", "gt", 9)).await, some(&[1, 2]));
    assert_eq!(find(&app, is("fields.rating", "lt", 0.0)).await, some(&[0]));
    assert_eq!(
        find(&app, is("fields.rating", "gte", -1.5)).await,
        some(&[0, 1, 2])
    );
    assert_eq!(
        find(&app, is("fields.listed", "eq", true)).await,
        some(&[0, 2])
    );
    let seen = is("fields.seen", "lt", "2026-01-01T00:00:00Z");
    assert_eq!(find(&app, seen).await, some(&[1]));
    // Two types compare e-mail addresses each in its own way.
    let other = person(&app, "o", json!({"email_address": "INFO@example.test"})).await;
    let mail = |text: &str| is("fields.email_address", "eq", text);
    assert_eq!(
        find(&app, mail("info@example.test")).await,
        [other.as_str()]
    );
    let mut all = some(&[0, 1, 2]);
    all.push(other);
    all.sort();
    assert_eq!(find(&app, mail("Info@example.test")).await, all);
    let sandbox = app.sandbox();
    let wrong = sandbox
        .post(PATH, query(is("fields.staff", "eq", "nine")))
        .await
        .expect(422);
    wrong.points_at("/query/value");
    let wrong = sandbox
        .post(PATH, query(is("fields.listed", "gt", true)))
        .await
        .expect(422);
    wrong.points_at("/query/operator");
    let sorted = json!({"sort": {"attribute": "fields.staff", "direction": "asc"},
        "query": is("type", "eq", kind.clone()), "page": {"size": 2}});
    let page = sandbox.post(PATH, sorted.clone()).await.expect(200);
    assert_eq!(page.ids(), made[..2]);
    let next = page.body["links"]["next"].as_str().expect("a next page");
    let page = sandbox
        .post(next.strip_prefix("/api/v1").expect("relative"), sorted)
        .await;
    assert_eq!(page.ids(), made[2..]);
}

#[tokio::test]
async fn a43_by_type_and_by_status() {
    let app = TestApp::start().await;
    let person_id = person(&app, "p", json!({})).await;
    let company = app.account_type("Company", |_| {}).await;
    let made = app.account(json!({"account-type-id": company})).await;
    assert_eq!(find(&app, is("type", "eq", company)).await, [made.as_str()]);
    let kind = app.sandbox().get(&format!("/accounts/{person_id}")).await;
    let kind = kind.related("account-type").expect("a type");
    assert_eq!(find(&app, is("type", "eq", kind)).await, [person_id]);
    let unknown = "acttp_7X5W5w9GMtQntE6oPtKnj44c";
    assert!(find(&app, is("type", "eq", unknown)).await.is_empty());
    assert!(
        find(&app, is("status", "eq", "actst_7X5W5w9GMtQntE6oPtKnj44c"))
            .await
            .is_empty()
    );
    for wrong in [
        is("type", "eq", "Company"),
        is("status", "eq", "Default"),
        is("type", "gt", unknown),
    ] {
        app.sandbox().post(PATH, query(wrong)).await.expect(422);
    }
}

#[tokio::test]
async fn a_date_is_the_whole_of_its_day() {
    let app = TestApp::start().await;
    let id = person(&app, "p", json!({})).await;
    let shown = app.sandbox().get(&format!("/accounts/{id}")).await;
    let created = shown
        .attribute("created-at")
        .as_str()
        .expect("a time")
        .to_owned();
    let day = created[..10].to_owned();
    for (operator, finds) in [
        ("eq", true),
        ("gte", true),
        ("lte", true),
        ("gt", false),
        ("lt", false),
    ] {
        for value in [&day, &created] {
            let found = find(&app, is("created_at", operator, value.as_str())).await;
            assert_eq!(found.contains(&id), finds, "{operator} {value}");
        }
    }
}

#[tokio::test]
async fn a42_and_or_not_and_nobody_is_lost_for_want_of_a_value() {
    let app = TestApp::start().await;
    let ada = person(&app, "a", json!({"email_address": "ada@example.test"})).await;
    let nameless = app.account(json!({})).await;
    let not_a = json!({"not": is("identifiers.reference_id", "eq", "a")});
    assert_eq!(find(&app, not_a.clone()).await, [nameless.as_str()]);
    let either = json!({"or": [is("identifiers.reference_id", "eq", "a"), not_a]});
    let mut both = vec![ada.clone(), nameless];
    both.sort();
    assert_eq!(find(&app, either).await, both);
    let and = json!({"and": [is("fields.email_address", "eq", "ada@example.test"),
        {"not": is("created_at", "lt", "2000-01-01")}]});
    assert_eq!(find(&app, and).await, [ada]);
}

#[tokio::test]
async fn a43_what_cannot_be_searched_is_refused_with_a_pointer() {
    let app = TestApp::start().await;
    let sandbox = app.sandbox();
    for attribute in [
        "note",
        "fields.name",
        "fields.country_code",
        "fields.shoe_size",
        "identifiers.email_address",
        "fields.",
    ] {
        let answer = sandbox
            .post(PATH, query(json!({"and": [is(attribute, "eq", "x")]})))
            .await
            .expect(422);
        answer.points_at("/query/and/0/attribute");
    }
    let sort = json!({"sort": {"attribute": "fields.name", "direction": "asc"}});
    sandbox
        .post(PATH, sort)
        .await
        .expect(422)
        .points_at("/sort/attribute");
    let cursor = json!({"page": {"after": "act_7X5W5w9GMtQntE6oPtKnj44c"}});
    sandbox.post(PATH, cursor).await.expect(400);
    sandbox
        .post(&format!("{PATH}?filter[reference-id]=a"), json!({}))
        .await
        .expect(400);
}

#[tokio::test]
async fn c26_a_key_cannot_ask_for_what_it_never_gets() {
    let app = TestApp::start().await;
    person(&app, "a", json!({"email_address": "ada@example.test"})).await;
    let limited = app
        .with_key(|key| {
            key.attributes_blocklist = ["email-address", "reference-id"]
                .map(str::to_owned)
                .to_vec();
        })
        .await;
    let mail = is("fields.email_address", "eq", "ada@example.test");
    for blocked in [mail.clone(), is("identifiers.reference_id", "eq", "a")] {
        let nested = json!({"not": {"or": [blocked]}});
        limited
            .post(PATH, query(nested))
            .await
            .expect(422)
            .points_at("/query/not/or/0/attribute");
    }
    let sort = json!({"sort": {"attribute": "fields.email_address", "direction": "asc"}});
    limited.post(PATH, sort).await.expect(422);
    limited
        .post(PATH, query(is("created_at", "gt", "2000-01-01")))
        .await
        .expect(200);
}

#[tokio::test]
async fn redacted_people_are_found_by_nothing_they_had() {
    let app = TestApp::start().await;
    let id = person(&app, "a", json!({"email_address": "ada@example.test"})).await;
    app.sandbox()
        .delete(&format!("/accounts/{id}"))
        .await
        .expect(200);
    assert!(
        find(&app, is("fields.email_address", "eq", "ada@example.test"))
            .await
            .is_empty()
    );
    assert!(
        find(&app, is("identifiers.reference_id", "eq", "a"))
            .await
            .is_empty()
    );
    assert_eq!(app.sandbox().post(PATH, json!({})).await.ids(), [id]);
}

#[tokio::test]
async fn c54_another_environment_finds_nothing() {
    let app = TestApp::start().await;
    let id = person(&app, "a", json!({"email_address": "ada@example.test"})).await;
    let production = app.production();
    for wanted in [
        json!({}),
        query(is("fields.email_address", "eq", "ada@example.test")),
    ] {
        assert!(
            production
                .post(PATH, wanted)
                .await
                .expect(200)
                .ids()
                .is_empty()
        );
    }
    production
        .post(PATH, json!({"page": {"after": id}}))
        .await
        .expect(400);
}

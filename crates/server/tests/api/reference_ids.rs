//! The rules of `docs/rules/reference-ids.md`, one test each, named after its rule.
//!
//! Left out: R40, R42, R43 and R47–R58, which are planned, and R51, which is a setting of theirs.

use selfsame_domain::field::{FieldKind, FieldSchema};
use selfsame_domain::id::{AccountId, Id as _};
use selfsame_domain::inquiry::SimulatedOutcome;
use selfsame_service::{FlowFailure, TemplateChange};
use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::attributes;

const COMBINED: &str = "account_id cannot be combined with a reference id";
const AUTO_OFF: &str =
    "meta.auto_create_account_reference_id cannot be used when meta.auto_create_account is false";

fn reference(text: &str) -> Value {
    json!({"reference-id": text})
}

fn auto(text: &str) -> Value {
    json!({"auto-create-account-reference-id": text})
}

/// Creates an inquiry and returns the whole answer.
async fn inquiry(app: &TestApp, meta: Value) -> Answer {
    app.sandbox()
        .post("/inquiries", app.inquiry_body(meta))
        .await
}

/// Creates an inquiry with these attributes besides the template.
async fn inquiry_with(app: &TestApp, more: Value, meta: Value) -> Answer {
    let mut body = app.inquiry_body(meta);
    for (name, value) in more.as_object().into_iter().flatten() {
        body["data"]["attributes"][name] = value.clone();
    }
    app.sandbox().post("/inquiries", body).await
}

/// The query of a sandbox link on the government-ID template.
fn link(app: &TestApp, more: &str) -> String {
    format!(
        "inquiry-template-id={}&environment=sandbox&{more}",
        app.own.template
    )
}

fn not_unique() -> Value {
    json!({"errors": [{"title": "Record not unique", "details": "Record not unique."}]})
}

async fn account_reference(app: &TestApp, id: &str) -> Value {
    let answer = app
        .sandbox()
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200);
    answer.attribute("reference-id").clone()
}

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

#[tokio::test]
async fn r19_one_reference_id_leads_to_one_account_on_every_surface() {
    let app = TestApp::start().await;
    let account = app.account(reference("User-1")).await;
    let by_api = inquiry(&app, auto("user-1")).await.expect(201);
    let deprecated = inquiry_with(&app, reference("USER-1"), json!({}))
        .await
        .expect(201);
    assert_eq!(by_api.related("account"), Some(account.clone()));
    assert_eq!(deprecated.related("account"), Some(account.clone()));
    for query in [
        "reference-id=uSER-1",
        "reference_id=user-1",
        "referenceId=User-1",
    ] {
        for opened in [
            app.open(&link(&app, query)).await,
            app.embed(&link(&app, query)).await,
        ] {
            let inquiry = opened.unwrap().view.bundle.view.inquiry;
            assert_eq!(inquiry.account_id.unwrap().to_string(), account, "{query}");
        }
    }
    let answer = app
        .sandbox()
        .get("/inquiries?filter[reference-id]=user-1&page[size]=100")
        .await
        .expect(200);
    assert_eq!(answer.list().len(), 8);
}

#[tokio::test]
async fn r20_an_inquiry_shows_its_accounts_reference_id_of_the_moment() {
    let app = TestApp::start().await;
    let account = app.account(json!({})).await;
    let attached = inquiry_with(&app, json!({"account-id": account}), json!({}))
        .await
        .expect(201);
    assert_eq!(attached.attribute("reference-id"), &Value::Null);
    let by_name = inquiry(&app, auto("other")).await.expect(201);
    assert_eq!(by_name.attribute("reference-id"), "other");
    for value in ["first", "Second"] {
        app.sandbox()
            .patch(
                &format!("/accounts/{account}"),
                attributes(reference(value)),
            )
            .await
            .expect(200);
        let answer = app
            .sandbox()
            .get(&format!("/inquiries/{}", attached.id()))
            .await;
        assert_eq!(answer.expect(200).attribute("reference-id"), value);
        let listed = app
            .sandbox()
            .get(&format!("/inquiries?filter[account-id]={account}"))
            .await;
        assert_eq!(listed.list()[0]["attributes"]["reference-id"], value);
    }
}

#[tokio::test]
async fn r21_a_new_one_makes_the_account_first_and_then_the_inquiry() {
    let app = TestApp::start().await;
    let answer = inquiry(&app, auto("new")).await.expect(201);
    assert_eq!(answer.attribute("reference-id"), "new");
    let events = app.events().await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.name.as_str(), event.object_id.clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("account.created", answer.related("account").unwrap()),
            ("inquiry.created", answer.id()),
        ]
    );
    assert_eq!(events[0].payload["attributes"]["reference-id"], "new");
    assert_eq!(events[1].payload["attributes"]["reference-id"], "new");
}

#[tokio::test]
async fn r22_a_known_one_makes_no_account_and_leaves_the_account_alone() {
    let app = TestApp::start().await;
    let account = app
        .account(
            json!({"reference-id": "known", "fields": {"name": {"first": "Ada"}}, "tags": ["a"]}),
        )
        .await;
    let before = app
        .sandbox()
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200);
    let events = app.event_names().await.len();
    app.advance(7);
    let fields = json!({"name-first": "Grace", "email-address": "grace@example.test"});
    let answer = inquiry_with(&app, json!({"fields": fields}), auto("KNOWN"))
        .await
        .expect(201);
    assert_eq!(answer.related("account"), Some(account.clone()));
    let after = app
        .sandbox()
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200);
    assert_eq!(after.body, before.body);
    assert_eq!(app.event_names().await[events..], ["inquiry.created"]);
}

#[tokio::test]
async fn r23_without_any_name_every_inquiry_gets_an_account_of_its_own() {
    let app = TestApp::start().await;
    let first = inquiry(&app, json!({})).await.expect(201);
    let second = inquiry(&app, json!({"auto-create-account": true}))
        .await
        .expect(201);
    let (one, two) = (
        first.related("account").unwrap(),
        second.related("account").unwrap(),
    );
    assert_ne!(one, two);
    for id in [one, two] {
        assert_eq!(account_reference(&app, &id).await, Value::Null);
    }
}

#[tokio::test]
async fn r24_auto_create_off_makes_none_and_takes_a_given_account() {
    let app = TestApp::start().await;
    let off = json!({"auto-create-account": false});
    let answer = inquiry(&app, off.clone()).await.expect(201);
    assert_eq!(answer.relation("account"), &Value::Null);
    assert_eq!(answer.attribute("reference-id"), &Value::Null);
    assert_eq!(app.event_names().await, ["inquiry.created"]);
    let account = app.account(reference("user-1")).await;
    let answer = inquiry_with(&app, json!({"account-id": account}), off)
        .await
        .expect(201);
    assert_eq!(answer.related("account"), Some(account));
}

#[tokio::test]
async fn r25_auto_create_off_leaves_nothing_to_name_or_to_type() {
    let app = TestApp::start().await;
    let kind = app.account_type("Business", |_| {}).await;
    let before = app.counts().await;
    let with = |more: Value| {
        let mut meta = json!({"auto-create-account": false});
        for (name, value) in more.as_object().into_iter().flatten() {
            meta[name] = value.clone();
        }
        meta
    };
    inquiry(&app, with(auto("user-1")))
        .await
        .refused(400, AUTO_OFF);
    inquiry_with(&app, reference("user-1"), with(json!({})))
        .await
        .refused(400, AUTO_OFF);
    inquiry(&app, with(json!({"auto-create-account-type-id": kind})))
        .await
        .refused(
            400,
            "meta.auto_create_account_type_id cannot be used when meta.auto_create_account is false",
        );
    assert_eq!(app.counts().await, before);
    // An empty one is absent (R7).
    inquiry(&app, with(auto(""))).await.expect(201);
}

#[tokio::test]
async fn r26_a_type_counts_for_a_new_account_and_is_ignored_for_a_known_one() {
    let app = TestApp::start().await;
    let business = app.account_type("Business", |_| {}).await;
    let typed = |text: &str| json!({"auto-create-account-reference-id": text, "auto-create-account-type-id": business});
    let kind_of = async |answer: &Answer| {
        let id = answer.related("account").unwrap();
        let account = app
            .sandbox()
            .get(&format!("/accounts/{id}"))
            .await
            .expect(200);
        account.attribute("account-type-name").clone()
    };
    let new = inquiry(&app, typed("new")).await.expect(201);
    assert_eq!(kind_of(&new).await, "Business");
    let default = inquiry(&app, auto("default")).await.expect(201);
    assert_eq!(kind_of(&default).await, "User");
    let nameless = inquiry(&app, json!({"auto-create-account-type-id": business})).await;
    assert_eq!(kind_of(&nameless.expect(201)).await, "Business");
    let known = inquiry(&app, typed("default")).await.expect(201);
    assert_eq!(known.related("account"), default.related("account"));
    let again = inquiry(&app, auto("new")).await.expect(201);
    assert_eq!(again.related("account"), new.related("account"));
}

#[tokio::test]
async fn r27_the_requested_type_then_the_default_type_then_the_oldest() {
    let app = TestApp::start().await;
    let wanted = app.account_type("Wanted", |_| {}).await;
    let third = app.account_type("Third", |_| {}).await;
    let fourth = app.account_type("Fourth", |_| {}).await;
    let account = async |kind: Option<&str>| {
        app.advance(1);
        let mut attributes = reference("same");
        if let Some(kind) = kind {
            attributes["account-type-id"] = json!(kind);
        }
        app.account(attributes).await
    };
    let attached = async |kind: Option<&str>| {
        let mut meta = auto("SAME");
        if let Some(kind) = kind {
            meta["auto-create-account-type-id"] = json!(kind);
        }
        inquiry(&app, meta)
            .await
            .expect(201)
            .related("account")
            .unwrap()
    };
    let oldest = account(Some(&third)).await;
    let younger = account(Some(&fourth)).await;
    assert_eq!(attached(Some(&wanted)).await, oldest);
    assert_eq!(attached(Some(&fourth)).await, younger);
    assert_eq!(attached(None).await, oldest);
    let default = account(None).await;
    assert_eq!(attached(Some(&wanted)).await, default);
    assert_eq!(attached(None).await, default);
    let exact = account(Some(&wanted)).await;
    assert_eq!(attached(Some(&wanted)).await, exact);
    assert_eq!(attached(None).await, default);
}

#[tokio::test]
async fn r28_an_account_id_goes_with_its_own_reference_id_and_no_other() {
    let app = TestApp::start().await;
    let named = app.account(reference("user-1")).await;
    let nameless = app.account(json!({})).await;
    let before = app.counts().await;
    let with = |id: &str| json!({"account-id": id});
    inquiry_with(&app, with(&named), auto("user-2"))
        .await
        .refused(400, COMBINED);
    inquiry_with(&app, with(&nameless), auto("user-1"))
        .await
        .refused(400, COMBINED);
    let both = json!({"account-id": named, "reference-id": "user-2"});
    inquiry_with(&app, both, json!({}))
        .await
        .refused(400, COMBINED);
    assert_eq!(app.counts().await, before);
    let answer = inquiry_with(&app, with(&named), auto("USER-1"))
        .await
        .expect(201);
    assert_eq!(answer.related("account"), Some(named));
}

#[tokio::test]
async fn r28_an_account_id_goes_with_no_type_and_links_take_neither_beside_it() {
    let app = TestApp::start().await;
    let kind = app.account_type("Business", |_| {}).await;
    let account = app.account(reference("user-1")).await;
    let before = app.counts().await;
    let meta = json!({"auto-create-account-type-id": kind});
    inquiry_with(&app, json!({"account-id": account}), meta)
        .await
        .expect(400);
    for more in ["reference-id=user-1", &format!("account-type-id={kind}")] {
        let query = link(&app, &format!("account-id={account}&{more}"));
        for opened in [app.open(&query).await, app.embed(&query).await] {
            let Err(FlowFailure::Closed { code, status, .. }) = opened else {
                panic!("{query} was opened");
            };
            assert_eq!((code, status), ("invalid_config", 400));
        }
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn r29_the_deprecated_place_agrees_with_the_preferred_one_or_is_refused() {
    let app = TestApp::start().await;
    let same = inquiry_with(&app, reference("User-1"), auto("user-1"))
        .await
        .expect(201);
    assert_eq!(
        same.attribute("reference-id"),
        "user-1",
        "the preferred spelling"
    );
    let before = app.counts().await;
    inquiry_with(&app, reference("user-1"), auto("user-2"))
        .await
        .expect(400);
    assert_eq!(app.counts().await, before);
    // An empty one is absent, not different (R7).
    let one = inquiry_with(&app, reference(""), auto("user-1"))
        .await
        .expect(201);
    assert_eq!(one.related("account"), same.related("account"));
}

#[tokio::test]
async fn r30_an_unknown_account_is_a_404_and_an_archived_one_a_400() {
    let app = TestApp::start().await;
    let account = app.account(json!({})).await;
    let now = app.now();
    app.meddle(&account, |account| account.archived_at = Some(now))
        .await;
    let before = app.counts().await;
    inquiry_with(&app, json!({"account-id": account}), json!({}))
        .await
        .refused(400, &format!("Account {account} has been archived"));
    let unknown = json!({"account-id": "act_1111111111111111111111111111"});
    let answer = inquiry_with(&app, unknown, json!({})).await.expect(404);
    assert_eq!(answer.title(), "Record not found");
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn r31_an_update_cannot_move_an_inquiry() {
    let app = TestApp::start().await;
    let other = app.account(reference("other")).await;
    let made = inquiry(&app, auto("own")).await.expect(201);
    let body = attributes(json!({"account-id": other, "reference-id": "other", "note": "x"}));
    let answer = app
        .sandbox()
        .patch(&format!("/inquiries/{}", made.id()), body)
        .await
        .expect(200);
    assert_eq!(answer.related("account"), made.related("account"));
    assert_eq!(answer.attribute("reference-id"), "own");
    assert_eq!(answer.attribute("note"), "x");
}

#[tokio::test]
async fn r32_next_to_an_inquiry_id_a_links_reference_id_is_ignored() {
    let app = TestApp::start().await;
    let made = inquiry(&app, auto("own")).await.expect(201);
    let accounts = app.counts().await[0];
    let query = format!("inquiry-id={}&reference-id=other", made.id());
    for opened in [app.open(&query).await, app.embed(&query).await] {
        let view = opened.unwrap().view.bundle.view;
        assert_eq!(view.inquiry.id.to_string(), made.id());
        assert_eq!(view.reference_id.unwrap().as_str(), "own");
    }
    assert_eq!(app.counts().await[0], accounts);
}

#[tokio::test]
async fn r33_a_template_that_blocks_the_browser_still_serves_the_api() {
    let app = TestApp::start().await;
    let change = TemplateChange {
        block_client_creation: Some(true),
        ..TemplateChange::default()
    };
    app.service
        .change_template(&app.own.template, change)
        .await
        .unwrap();
    let before = app.counts().await;
    for opened in [
        app.open(&link(&app, "reference-id=user-1")).await,
        app.embed(&link(&app, "reference-id=user-1")).await,
    ] {
        assert!(matches!(
            opened,
            Err(FlowFailure::Closed { status: 400, .. })
        ));
    }
    assert_eq!(app.counts().await, before);
    let made = inquiry(&app, auto("user-1")).await.expect(201);
    app.open(&format!("inquiry-id={}", made.id()))
        .await
        .unwrap();
}

#[tokio::test]
async fn r34_a_fixed_link_opens_every_time_with_a_new_inquiry_on_one_account() {
    let app = TestApp::start().await;
    let query = link(&app, "reference-id=b8f1c0de");
    let mut inquiries = Vec::new();
    let mut accounts = Vec::new();
    for round in 0..3 {
        let opened = app.open(&query).await.unwrap();
        let inquiry = opened.view.bundle.view.inquiry;
        inquiries.push(inquiry.id.to_string());
        accounts.push(inquiry.account_id.unwrap().to_string());
        if round == 1 {
            let mut visitor = app.visitor(&opened.session_token);
            assert_eq!(visitor.finish().await, "success");
        }
    }
    inquiries.dedup();
    accounts.dedup();
    assert_eq!((inquiries.len(), accounts.len()), (3, 1));
}

#[tokio::test]
async fn r35_no_other_identifier_and_no_matching_person_attaches() {
    let app = TestApp::start().await;
    let person = json!({"email_address": "ada@example.test", "name": {"first": "Ada"}});
    let account = app.account(json!({"fields": person})).await;
    let fields = json!({"email-address": "ada@example.test", "name-first": "Ada"});
    let answer = inquiry_with(&app, json!({"fields": fields}), json!({}))
        .await
        .expect(201);
    assert_ne!(answer.related("account"), Some(account.clone()));
    let opened = app
        .open(&link(&app, "fields[email-address]=ada%40example.test"))
        .await
        .unwrap();
    let attached = opened.view.bundle.view.inquiry.account_id.unwrap();
    assert_ne!(attached.to_string(), account);
}

#[tokio::test]
async fn r36_the_redirect_carries_the_reference_id_or_an_empty_one() {
    let app = TestApp::start().await;
    let redirect = "redirect-uri=https%3A%2F%2Fshop.example.test%2Fdone";
    for (query, expected, shown) in [
        ("reference-id=User%201", "User 1", json!("User 1")),
        ("x=1", "", Value::Null),
    ] {
        let opened = app
            .open(&link(&app, &format!("{query}&{redirect}")))
            .await
            .unwrap();
        let mut visitor = app.visitor(&opened.session_token);
        visitor.simulate(SimulatedOutcome::Passed).await;
        assert_eq!(visitor.finish().await, "success");
        let state = app
            .client(Some(&opened.session_token))
            .elsewhere(axum::http::Method::GET, "/flow/v1/state")
            .await
            .expect(200);
        assert_eq!(state.body["screen"]["result"]["reference_id"], shown);
        let target = state.body["screen"]["redirect"].as_str().unwrap();
        let (page, query) = target.split_once('?').unwrap();
        assert_eq!(page, "https://shop.example.test/done");
        let query = selfsame_wire::Query::parse(query).unwrap();
        let carried = query.scalar_exact(&["reference-id"]).unwrap();
        assert_eq!(carried, Some(expected), "{target}");
    }
}

#[tokio::test]
async fn r37_accounts_are_found_by_one_value_several_or_none() {
    let app = TestApp::start().await;
    let a = app.account(reference("a")).await;
    app.advance(1);
    let b = app.account(reference("b")).await;
    app.advance(1);
    let comma = app.account(reference("a,b")).await;
    let find = async |query: &str| {
        let answer = app.sandbox().get(&format!("/accounts?{query}")).await;
        answer.expect(200).ids()
    };
    assert_eq!(find("filter[reference-id]=a").await, [a.as_str()]);
    assert_eq!(
        find("filter[reference-id]=a,b").await,
        [b.as_str(), a.as_str()]
    );
    assert_eq!(find("filter[reference-id]=a,nobody").await, [a.as_str()]);
    assert_eq!(
        find("filter[reference-id]=nobody").await,
        Vec::<String>::new()
    );
    assert_eq!(find("filter[reference-id]=").await, Vec::<String>::new());
    assert_eq!(find("filter[reference-id][]=a%2Cb").await, [comma.as_str()]);
    assert_eq!(
        find("filter[reference-id][]=a%2Cb&filter[reference-id][]=b").await,
        [comma.as_str(), b.as_str()]
    );
}

#[tokio::test]
async fn r38_inquiries_are_found_newest_first_and_together_with_other_filters() {
    let app = TestApp::start().await;
    let start = app.now();
    let first = inquiry(&app, auto("user-1")).await.expect(201).id();
    app.advance(60);
    let mut body = app.inquiry_body(auto("user-1"));
    body["data"]["attributes"]["inquiry-template-id"] = json!(app.own.form_template.to_string());
    let second = app
        .sandbox()
        .post("/inquiries", body)
        .await
        .expect(201)
        .id();
    app.advance(60);
    let third = inquiry(&app, auto("USER-1")).await.expect(201).id();
    inquiry(&app, auto("user-2")).await.expect(201);
    app.sandbox()
        .post(&format!("/inquiries/{third}/approve"), json!({}))
        .await
        .expect(200);
    let find = async |more: &str| {
        let query = format!("/inquiries?filter[reference-id]=User-1{more}");
        app.sandbox().get(&query).await.expect(200).ids()
    };
    assert_eq!(
        find("").await,
        [third.as_str(), second.as_str(), first.as_str()]
    );
    let template = format!("&filter[inquiry-template-id]={}", app.own.form_template);
    assert_eq!(find(&template).await, [second.as_str()]);
    assert_eq!(find("&filter[status]=approved").await, [third.as_str()]);
    assert_eq!(
        find("&filter[status]=created,approved").await,
        [third.as_str(), second.as_str(), first.as_str()]
    );
    let since = start.plus_seconds(60).to_seconds_text();
    assert_eq!(
        find(&format!("&filter[created-at-start]={since}")).await,
        [third.as_str(), second.as_str()]
    );
    assert_eq!(
        find(&format!("&filter[created-at-end]={since}")).await,
        [second.as_str(), first.as_str()]
    );
    app.sandbox()
        .get("/inquiries?filter[reference-id][]=user-1&filter[reference-id][]=user-2")
        .await
        .expect(400);
    assert_eq!(
        find("%2Cuser-2").await,
        Vec::<String>::new(),
        "one value, comma and all"
    );
}

#[tokio::test]
async fn r39_look_ups_fold_letter_case() {
    let app = TestApp::start().await;
    let account = app.account(reference("Straße-É")).await;
    let made = inquiry(&app, auto("straße-é")).await.expect(201);
    for spelling in ["STRAßE-É", "straße-e%CC%81", "Stra%C3%9Fe-%C3%89"] {
        let spelling = spelling.replace('ß', "%C3%9F").replace('É', "%C3%89");
        let query = format!("?filter[reference-id]={spelling}");
        let accounts = app
            .sandbox()
            .get(&format!("/accounts{query}"))
            .await
            .expect(200);
        assert_eq!(accounts.ids(), [account.as_str()], "{spelling}");
        let inquiries = app
            .sandbox()
            .get(&format!("/inquiries{query}"))
            .await
            .expect(200);
        assert_eq!(inquiries.ids(), [made.id()], "{spelling}");
    }
}

#[tokio::test]
async fn r41_lists_leave_archived_accounts_out_and_a_single_one_is_shown() {
    let app = TestApp::start().await;
    let kept = app.account(reference("kept")).await;
    let archived = app.account(reference("archived")).await;
    let now = app.now();
    app.meddle(&archived, |account| account.archived_at = Some(now))
        .await;
    let listed = app.sandbox().get("/accounts").await.expect(200);
    assert_eq!(listed.ids(), [kept]);
    let filtered = app
        .sandbox()
        .get("/accounts?filter[reference-id]=archived")
        .await;
    assert!(filtered.list().is_empty());
    app.sandbox()
        .get(&format!("/accounts/{archived}"))
        .await
        .expect(200);
}

#[tokio::test]
async fn r44_redacting_an_account_nulls_it_there_and_on_its_inquiries() {
    let app = TestApp::start().await;
    let made = inquiry(&app, auto("user-1")).await.expect(201);
    let account = made.related("account").unwrap();
    let redacted = app
        .sandbox()
        .delete(&format!("/accounts/{account}"))
        .await
        .expect(200);
    assert_eq!(redacted.attribute("reference-id"), &Value::Null);
    assert_eq!(account_reference(&app, &account).await, Value::Null);
    let answer = app
        .sandbox()
        .get(&format!("/inquiries/{}", made.id()))
        .await
        .expect(200);
    assert_eq!(answer.attribute("reference-id"), &Value::Null);
    assert_eq!(answer.related("account"), Some(account));
    assert!(answer.attribute("redacted-at").is_string(), "A29");
    let found = app
        .sandbox()
        .get("/inquiries?filter[reference-id]=user-1")
        .await;
    assert!(found.list().is_empty());
}

#[tokio::test]
async fn r45_the_redacted_value_is_free_and_the_account_stays_usable_by_its_id() {
    let app = TestApp::start().await;
    let made = inquiry(&app, auto("user-1")).await.expect(201);
    let redacted = made.related("account").unwrap();
    app.sandbox()
        .delete(&format!("/accounts/{redacted}"))
        .await
        .expect(200);
    let next = inquiry(&app, auto("user-1")).await.expect(201);
    assert_ne!(next.related("account"), Some(redacted.clone()));
    let by_id = inquiry_with(&app, json!({"account-id": redacted}), json!({}))
        .await
        .expect(201);
    assert_eq!(by_id.related("account"), Some(redacted.clone()));
    let taken = app
        .sandbox()
        .patch(
            &format!("/accounts/{redacted}"),
            attributes(reference("user-1")),
        )
        .await;
    assert_eq!(taken.status, 409, "somebody else has it now");
}

#[tokio::test]
async fn r45_the_switch_keeps_the_value_through_redaction() {
    let app = TestApp::build()
        .options(|options| options.keep_reference_id_on_redaction = true)
        .start()
        .await;
    let made = inquiry(&app, auto("user-1")).await.expect(201);
    let account = made.related("account").unwrap();
    let redacted = app
        .sandbox()
        .delete(&format!("/accounts/{account}"))
        .await
        .expect(200);
    assert_eq!(redacted.attribute("reference-id"), "user-1");
    let next = inquiry(&app, auto("user-1")).await.expect(201);
    assert_eq!(next.related("account"), Some(account));
}

#[tokio::test]
async fn r46_redacting_an_inquiry_leaves_account_and_reference_id_alone() {
    let app = TestApp::start().await;
    let made = inquiry(&app, auto("user-1")).await.expect(201);
    let account = made.related("account").unwrap();
    let before = app
        .sandbox()
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200);
    let redacted = app
        .sandbox()
        .delete(&format!("/inquiries/{}", made.id()))
        .await
        .expect(200);
    assert_eq!(redacted.attribute("reference-id"), "user-1");
    let after = app
        .sandbox()
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200);
    assert_eq!(after.body, before.body);
    assert_eq!(app.event_names().await.last().unwrap(), "inquiry.redacted");
}

#[tokio::test]
async fn r48_a_reference_id_that_was_consolidated_away_makes_nobody_anew() {
    let app = TestApp::start().await;
    let source = app.account(reference("source")).await;
    let destination = app.account(reference("destination")).await;
    let now = app.now();
    app.meddle(&source, |account| {
        account.archived_at = Some(now);
        account.consolidated_into = Some(AccountId::from_trusted(destination.clone()));
    })
    .await;
    let before = app.counts().await;
    inquiry(&app, auto("SOURCE"))
        .await
        .refused(400, &format!("Account {source} has been archived"));
    assert_eq!(app.counts().await, before);
    // R49: once the destination carries the value, it is found.
    app.sandbox()
        .patch(
            &format!("/accounts/{destination}"),
            attributes(reference("source")),
        )
        .await
        .expect(200);
    let answer = inquiry(&app, auto("source")).await.expect(201);
    assert_eq!(answer.related("account"), Some(destination));
}

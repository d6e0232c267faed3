//! Linking inquiries (R19–R36).

use selfsame_domain::inquiry::SimulatedOutcome;
use selfsame_service::{FlowFailure, TemplateChange};
use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use super::{AUTO_OFF, COMBINED, account_reference, auto, inquiry, inquiry_with, link, reference};
use crate::attributes;

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

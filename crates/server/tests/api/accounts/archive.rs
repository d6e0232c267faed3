//! `POST …/archive` and `POST …/restore`, extensions of ours (A47, A56, A57, C135). The reference ID is in `reference_ids`.

use axum::http::Method;
use selfsame_domain::field::{FieldKind, FieldSchema};
use selfsame_testkit::{Answer, TestApp};
use serde_json::json;
use tokio::task::JoinSet;

use crate::attributes;

async fn act(app: &TestApp, id: &str, verb: &str) -> Answer {
    app.sandbox()
        .post(&format!("/accounts/{id}/{verb}"), json!({}))
        .await
}

#[tokio::test]
async fn a47_an_archived_account_is_out_of_use_until_it_is_restored() {
    let app = TestApp::start().await;
    let id = app.account(json!({"tags": ["vip"]})).await;
    app.advance(60);
    let archived = act(&app, &id, "archive").await.expect(200);
    assert_eq!(archived.attribute("updated-at"), "2026-02-03T10:16:00.000Z");
    assert_eq!(archived.attribute("tags"), &json!(["vip"]));
    let listed = async || app.sandbox().get("/accounts").await.expect(200).ids();
    assert!(listed().await.is_empty(), "R41");
    let path = format!("/accounts/{id}");
    let renamed = attributes(json!({"reference-id": "other"}));
    app.sandbox()
        .patch(&path, renamed.clone())
        .await
        .expect(409);
    for (verb, tag) in [("add-tag", "new"), ("remove-tag", "vip")] {
        let body = json!({"meta": {"tag-name": tag}});
        let refused = app.sandbox().post(&format!("{path}/{verb}"), body).await;
        refused.refused(409, &format!("Account {id} has been archived"));
    }
    let mut on_it = app.inquiry_body(json!({}));
    on_it["data"]["attributes"]["account-id"] = json!(id);
    app.sandbox()
        .post("/inquiries", on_it.clone())
        .await
        .expect(400);

    act(&app, &id, "restore").await.expect(200);
    assert_eq!(listed().await, [id]);
    app.sandbox().patch(&path, renamed).await.expect(200);
    app.sandbox().post("/inquiries", on_it).await.expect(201);
    let names = app.event_names().await;
    let told: Vec<_> = names.iter().map(String::as_str).collect();
    assert_eq!(
        told,
        [
            "account.created",
            "account.archived",
            "account.restored",
            "account.updated-fields",
            "inquiry.created"
        ]
    );
}

#[tokio::test]
async fn a56_doing_it_again_changes_nothing_and_tells_nobody() {
    let app = TestApp::start().await;
    let id = app.account(json!({})).await;
    for verb in ["archive", "restore"] {
        app.advance(60);
        let first = act(&app, &id, verb).await.expect(200);
        app.advance(60);
        let second = act(&app, &id, verb).await.expect(200);
        assert_eq!(second.body, first.body);
    }
    assert_eq!(
        app.event_names().await,
        ["account.created", "account.archived", "account.restored"]
    );
}

#[tokio::test]
async fn a57_an_archived_account_frees_its_unique_fields_and_needs_them_back() {
    let app = TestApp::start().await;
    let kind = app
        .account_type("Customer", |kind| {
            let mut number = FieldSchema::new("customer_number", FieldKind::String);
            (number.identifier, number.unique) = (true, true);
            kind.fields.push(number);
        })
        .await;
    let numbered =
        |number: &str| json!({"account-type-id": kind, "fields": {"customer_number": number}});
    let archived = app.account(numbered("K-1")).await;
    act(&app, &archived, "archive").await.expect(200);
    let heir = app.account(numbered("k-1")).await;
    let details = "Resource already exists as an active resource";
    act(&app, &archived, "restore").await.refused(409, details);
    act(&app, &heir, "archive").await.expect(200);
    act(&app, &archived, "restore").await.expect(200);
    act(&app, &heir, "restore").await.refused(409, details);
}

#[tokio::test]
async fn a47_what_was_consolidated_stays_archived() {
    let app = TestApp::start().await;
    let source = app.account(json!({})).await;
    let destination = app.account(json!({})).await;
    let body = json!({"meta": {"source-account-ids": [source]}});
    let path = format!("/accounts/{destination}/consolidate");
    app.sandbox().post(&path, body).await.expect(202);
    act(&app, &source, "archive").await.expect(200);
    let details = format!("Account {source} has been consolidated into {destination}");
    act(&app, &source, "restore").await.refused(409, &details);
}

#[tokio::test]
async fn a47_r17_of_two_that_are_restored_to_one_reference_id_one_is() {
    let app = TestApp::start().await;
    for round in 0..10 {
        let reference = json!({"reference-id": format!("user-{round}")});
        let mut paths = Vec::new();
        for _ in 0..2 {
            let id = app.account(reference.clone()).await;
            act(&app, &id, "archive").await.expect(200);
            paths.push(format!("/accounts/{id}/restore"));
        }
        let mut running = JoinSet::new();
        for path in paths {
            let client = app.sandbox();
            running.spawn(async move { client.post(&path, json!({})).await.status });
        }
        let mut statuses = running.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
}

#[tokio::test]
async fn c135_extensions_are_unknown_unless_the_operator_turns_them_on() {
    let app = TestApp::build()
        .settings(|settings| settings.extensions = false)
        .start()
        .await;
    let id = app.account(json!({})).await;
    for verb in ["archive", "restore"] {
        let target = format!("/api/v1/accounts/{id}/{verb}");
        let answer = app.sandbox().elsewhere(Method::POST, &target).await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.title(), "Record not found");
    }
    assert_eq!(app.event_names().await, ["account.created"]);
}

#[tokio::test]
async fn a51_accounts_of_another_environment_are_not_there() {
    let app = TestApp::start().await;
    let id = app.account(json!({})).await;
    for verb in ["archive", "restore"] {
        let path = format!("/accounts/{id}/{verb}");
        app.production().post(&path, json!({})).await.expect(404);
    }
}

//! Account types as an operator declares them (A62–A67): applied by another process, and met by this one's next request.

use selfsame_domain::account::declare::{DeclaredField, DeclaredStatus, DeclaredType};
use selfsame_domain::field::FieldKind;
use selfsame_service::{Applied, Failure, Service};
use selfsame_testkit::TestApp;
use serde_json::json;
use tokio::task::JoinSet;

use crate::attributes;

/// The default type as a file would declare it.
async fn declared(app: &TestApp) -> DeclaredType {
    let organisation = &app.own.sandbox.organisation_id;
    let all = app.service.list_account_types(organisation).await.unwrap();
    let user = all.iter().find(|kind| kind.is_default).unwrap();
    DeclaredType::of(user, &all)
}

async fn apply(app: &TestApp, by: &Service, wanted: &DeclaredType) -> Result<Applied, Vec<String>> {
    let organisation = &app.own.sandbox.organisation_id;
    let applied = by.apply_account_types(organisation, std::slice::from_ref(wanted));
    match applied.await {
        Ok(applied) => Ok(applied[0].outcome),
        Err(Failure::Refused(refusals)) => {
            let lines = refusals.0.into_iter().filter_map(|it| it.details);
            Err(lines.collect())
        }
        Err(other) => panic!("{other}"),
    }
}

fn field(key: &str) -> DeclaredField {
    DeclaredField {
        key: key.into(),
        kind: FieldKind::String,
        label: None,
        max_length: None,
        options: vec![],
        identifier: true,
        unique: false,
        case_sensitive: false,
        active: true,
        searchable: false,
        members: vec![],
    }
}

fn numbered(number: &str) -> serde_json::Value {
    json!({"fields": {"customer_number": number}})
}

/// The declaration with a field more, unique or not.
async fn with_number(app: &TestApp, unique: bool) -> DeclaredType {
    let mut wanted = declared(app).await;
    wanted.fields.retain(|field| field.key != "customer_number");
    wanted.fields.push(DeclaredField {
        unique,
        ..field("customer_number")
    });
    wanted
}

#[tokio::test]
async fn a62_the_next_request_of_every_server_goes_by_it_and_again_changes_nothing() {
    let app = TestApp::start().await;
    let operator = app.another_process().await;
    let account = app.account(json!({})).await;
    let create = || app.sandbox().post("/accounts", attributes(numbered("K-1")));
    create()
        .await
        .points_at("/data/attributes/fields/customer_number");
    let mut wanted = with_number(&app, false).await;
    wanted.statuses.push(DeclaredStatus {
        name: "Frozen".into(),
        active: true,
    });
    assert_eq!(apply(&app, &operator, &wanted).await, Ok(Applied::Changed));
    assert_eq!(
        apply(&app, &operator, &wanted).await,
        Ok(Applied::Unchanged)
    );
    create().await.expect(201);
    let frozen = attributes(json!({"account-status": "Frozen"}));
    app.sandbox()
        .patch(&format!("/accounts/{account}"), frozen)
        .await
        .expect(200);
    // Inactive, a field or a status keeps what there is, and takes nothing.
    let mut wanted = with_number(&app, false).await;
    for field in &mut wanted.fields {
        field.active = field.key != "customer_number";
    }
    wanted.statuses[1].active = false;
    assert_eq!(apply(&app, &operator, &wanted).await, Ok(Applied::Changed));
    create()
        .await
        .points_at("/data/attributes/fields/customer_number");
    let frozen = attributes(json!({"account-status": "Frozen"}));
    let refused = app.sandbox().post("/accounts", frozen).await;
    refused.points_at("/data/attributes/account-status");
    let shown = app.sandbox().get(&format!("/accounts/{account}")).await;
    assert_eq!(shown.expect(200).attribute("account-status"), "Frozen");
}

#[tokio::test]
async fn a62_a_new_type_is_made_and_a_wrong_file_changes_nothing() {
    let app = TestApp::start().await;
    let mut company = with_number(&app, true).await;
    (company.id, company.name) = (None, "Company".into());
    company.relations.clear();
    for action in &mut company.actions {
        action.id = None;
    }
    let mut wrong = company.clone();
    wrong.default_status = "Nothing".into();
    let problems = apply(&app, &app.service, &wrong).await.unwrap_err();
    assert_eq!(
        problems,
        ["Company: its default-status Nothing is not one of its active statuses"]
    );
    let organisation = &app.own.sandbox.organisation_id;
    let types = async || app.service.list_account_types(organisation).await.unwrap();
    assert_eq!(types().await.len(), 1);
    assert_eq!(apply(&app, &app.service, &company).await, Ok(Applied::Made));
    let made = types().await.pop().unwrap();
    let mut attributes = numbered("K-1");
    attributes["account-type-id"] = json!(made.id.to_string());
    app.account(attributes.clone()).await;
    let again = app
        .sandbox()
        .post("/accounts", crate::attributes(attributes));
    again.await.expect(409);
}

#[tokio::test]
async fn a65_a_status_goes_when_no_account_of_any_environment_has_it() {
    let app = TestApp::start().await;
    let mut wanted = declared(&app).await;
    wanted.statuses.push(DeclaredStatus {
        name: "Frozen".into(),
        active: true,
    });
    apply(&app, &app.service, &wanted).await.unwrap();
    let frozen = attributes(json!({"account-status": "Frozen"}));
    let account = app.production().post("/accounts", frozen).await;
    let account = account.expect(201).id();
    wanted.statuses.pop();
    let problems = apply(&app, &app.service, &wanted).await.unwrap_err();
    assert!(
        problems[0].contains("accounts have the status Frozen"),
        "{problems:?}"
    );
    let thawed = attributes(json!({"account-status": "Default"}));
    app.production()
        .patch(&format!("/accounts/{account}"), thawed)
        .await
        .expect(200);
    assert_eq!(
        apply(&app, &app.service, &wanted).await,
        Ok(Applied::Changed)
    );
}

#[tokio::test]
async fn a66_a_relation_stays_as_it_is_while_accounts_have_it() {
    let app = TestApp::start().await;
    let [one, other] = [app.account(json!({})).await, app.account(json!({})).await];
    let body = json!({"meta": {"relation-schema-key": "spouse", "target-object-id": other}});
    let change = async |verb: &str| {
        let path = format!("/accounts/{one}/{verb}-relation");
        app.sandbox().post(&path, body.clone()).await.expect(200)
    };
    change("add").await;
    let mut wanted = declared(&app).await;
    wanted.relations.retain(|relation| relation.key != "spouse");
    let problems = apply(&app, &app.service, &wanted).await.unwrap_err();
    assert!(
        problems[0].contains("relations under spouse"),
        "{problems:?}"
    );
    change("remove").await;
    assert_eq!(
        apply(&app, &app.service, &wanted).await,
        Ok(Applied::Changed)
    );
    let path = format!("/accounts/{one}/relations?filter[key]=spouse");
    app.sandbox().get(&path).await.expect(422);
}

#[tokio::test]
async fn a67_a_field_becomes_unique_for_accounts_that_were_there_before() {
    let app = TestApp::start().await;
    apply(&app, &app.service, &with_number(&app, false).await)
        .await
        .unwrap();
    for number in 0..1200 {
        app.account(numbered(&format!("K-{number}"))).await;
    }
    let archived = app.account(numbered("K-7")).await;
    let path = format!("/accounts/{archived}/archive");
    app.sandbox().post(&path, json!({})).await.expect(200);
    let unique = with_number(&app, true).await;
    assert_eq!(
        apply(&app, &app.service, &unique).await,
        Ok(Applied::Changed)
    );
    for number in [0, 499, 500, 1199] {
        let taken = attributes(numbered(&format!("k-{number}")));
        app.sandbox().post("/accounts", taken).await.expect(409);
    }
    // And back: then values may repeat again.
    apply(&app, &app.service, &with_number(&app, false).await)
        .await
        .unwrap();
    app.account(numbered("K-0")).await;
    let identifiers = app.counts().await;
    let identifiers = identifiers
        .iter()
        .find(|(table, _)| *table == "account_identifiers");
    assert_eq!(identifiers.unwrap().1, 0);
}

#[tokio::test]
async fn a67_it_is_refused_with_the_accounts_that_share_a_value() {
    let app = TestApp::start().await;
    apply(&app, &app.service, &with_number(&app, false).await)
        .await
        .unwrap();
    let first = app.account(numbered("K-1")).await;
    app.advance(1);
    let second = app.account(numbered("k-1")).await;
    let before = declared(&app).await;
    let unique = with_number(&app, true).await;
    let problems = apply(&app, &app.service, &unique).await;
    assert_eq!(
        problems.unwrap_err(),
        [format!(
            "User: field customer_number cannot be unique: 1 accounts share a value with another one, such as {second} \
             and {first}"
        )]
    );
    assert_eq!(declared(&app).await, before);
    let path = format!("/accounts/{second}/archive");
    app.sandbox().post(&path, json!({})).await.expect(200);
    apply(&app, &app.service, &with_number(&app, true).await)
        .await
        .unwrap();
}

#[tokio::test]
async fn a67_no_value_is_there_twice_whoever_writes_while_a_field_becomes_unique() {
    let app = TestApp::start().await;
    apply(&app, &app.service, &with_number(&app, false).await)
        .await
        .unwrap();
    for number in 0..40 {
        app.account(numbered(&format!("before-{number}"))).await;
    }
    let operator = app.another_process().await;
    let wanted = with_number(&app, true).await;
    let mut running = JoinSet::new();
    for number in 0..60 {
        let client = app.sandbox();
        running.spawn(async move {
            // Each value is wanted three times.
            let body = attributes(numbered(&format!("K-{}", number % 20)));
            client.post("/accounts", body).await.status
        });
    }
    let applied = apply(&app, &operator, &wanted).await;
    let statuses = running.join_all().await;
    assert!(statuses.iter().all(|status| [201, 409].contains(status)));
    let query = selfsame_store::Query::new(
        "SELECT fields FROM accounts WHERE fields LIKE '%K-%'",
        vec![],
    );
    let rows = app.store().read(vec![query]).await.unwrap().remove(0);
    let mut values: Vec<_> = rows
        .into_iter()
        .map(|mut row| row.text().unwrap())
        .collect();
    let made = values.len();
    assert_eq!(
        made,
        statuses.iter().filter(|status| **status == 201).count()
    );
    values.sort();
    values.dedup();
    match applied {
        Ok(outcome) => {
            assert_eq!(outcome, Applied::Changed);
            assert_eq!(values.len(), made, "unique, and a value is there twice");
            let taken = attributes(numbered("before-39"));
            app.sandbox().post("/accounts", taken).await.expect(409);
        }
        Err(problems) => {
            assert!(problems[0].contains("share a value"), "{problems:?}");
            assert!(!declared(&app).await.fields.last().unwrap().unique);
            // Nothing is left of it: values may repeat.
            app.account(numbered("before-39")).await;
        }
    }
}

#[tokio::test]
async fn a67_what_was_cut_short_goes_on_when_it_is_applied_again() {
    let app = TestApp::start().await;
    apply(&app, &app.service, &with_number(&app, false).await)
        .await
        .unwrap();
    app.account(numbered("K-1")).await;
    // As a process leaves it that ended after its first commit.
    let organisation = &app.own.sandbox.organisation_id;
    let mut kind = app
        .service
        .list_account_types(organisation)
        .await
        .unwrap()
        .remove(0);
    kind.fields.last_mut().unwrap().indexing = true;
    let mut batch = selfsame_store::Batch::new();
    batch.update_account_type(&kind);
    app.store().commit(batch).await.unwrap();
    app.account(numbered("K-2")).await;
    let taken = attributes(numbered("k-2"));
    app.sandbox().post("/accounts", taken).await.expect(409);
    let wanted = with_number(&app, true).await;
    assert_eq!(
        apply(&app, &app.service, &wanted).await,
        Ok(Applied::Changed)
    );
    let taken = attributes(numbered("k-1"));
    app.sandbox().post("/accounts", taken).await.expect(409);
}

#[tokio::test]
async fn a80_a_field_becomes_searchable_for_the_accounts_that_are_there() {
    let app = TestApp::start().await;
    let there = app.account(json!({"fields": {"country_code": "PT"}})).await;
    let by_country =
        json!({"query": {"attribute": "fields.country_code", "operator": "eq", "value": "pt"}});
    let search = || app.sandbox().post("/accounts/search", by_country.clone());
    search().await.expect(422);
    let mut wanted = declared(&app).await;
    let place = wanted
        .fields
        .iter()
        .position(|field| field.key == "country_code");
    let place = place.expect("a field of every organisation");
    wanted.fields[place].searchable = true;
    assert_eq!(
        apply(&app, &app.service, &wanted).await,
        Ok(Applied::Changed)
    );
    assert_eq!(search().await.expect(200).ids(), [there.as_str()]);
    // Case matters from now on: the values are listed anew.
    wanted.fields[place].case_sensitive = true;
    assert_eq!(
        apply(&app, &app.service, &wanted).await,
        Ok(Applied::Changed)
    );
    assert!(search().await.expect(200).ids().is_empty());
    wanted.fields[place].searchable = false;
    assert_eq!(
        apply(&app, &app.service, &wanted).await,
        Ok(Applied::Changed)
    );
    search().await.expect(422);
    let counts = app.counts().await;
    let listed = counts
        .iter()
        .find(|(table, _)| *table == "account_search_values");
    assert_eq!(listed, Some(&("account_search_values", 0)));
}

#[tokio::test]
async fn a80_a_listing_that_was_cut_short_goes_on_when_it_is_applied_again() {
    let app = TestApp::start().await;
    let there = app.account(json!({"fields": {"country_code": "PT"}})).await;
    let mut wanted = declared(&app).await;
    let place = wanted
        .fields
        .iter()
        .position(|field| field.key == "country_code");
    let place = place.expect("a field of every organisation");
    wanted.fields[place].searchable = true;
    // As a process leaves it that ended after its first commit.
    let organisation = &app.own.sandbox.organisation_id;
    let mut kind = app
        .service
        .list_account_types(organisation)
        .await
        .unwrap()
        .remove(0);
    (kind.fields[place].searchable, kind.fields[place].listing) = (true, true);
    let mut batch = selfsame_store::Batch::new();
    batch.update_account_type(&kind);
    app.store().commit(batch).await.unwrap();
    app.advance(1);
    let later = app.account(json!({"fields": {"country_code": "pt"}})).await;
    let by_country =
        json!({"query": {"attribute": "fields.country_code", "operator": "eq", "value": "PT"}});
    let search = || app.sandbox().post("/accounts/search", by_country.clone());
    search().await.expect(422);
    assert_eq!(
        apply(&app, &app.service, &wanted).await,
        Ok(Applied::Changed)
    );
    assert_eq!(search().await.expect(200).ids(), [later, there]);
}

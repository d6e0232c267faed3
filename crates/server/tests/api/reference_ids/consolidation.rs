//! Consolidation (R47–R51, A32–A37). What happens at the same moment is in `races`.

use selfsame_domain::id::{Id as _, InquiryId};
use selfsame_store::Batch;
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

use super::{account_reference, auto, consolidate, inquiry, inquiry_with, reference};
use crate::attributes;

/// The ids of the inquiries that a filter finds.
async fn inquiries(app: &TestApp, filter: &str) -> Vec<String> {
    let list = app.sandbox().get(&format!("/inquiries?{filter}")).await;
    let mut ids = list.expect(200).ids();
    ids.sort();
    ids
}

/// Makes an inquiry with a passed verification.
async fn verified(app: &TestApp, meta: Value) -> String {
    let id = inquiry(app, meta).await.expect(201).id();
    let organisation = &app.own.sandbox.organisation_id;
    let template = app.store().find_template(organisation, &app.own.template);
    let version = template.await.unwrap().unwrap().latest_published_version_id;
    let version = app
        .store()
        .find_template_version(organisation, &version.unwrap())
        .await;
    let template = version.unwrap().unwrap().definition.verifications[0]
        .id
        .to_string();
    let actions = json!([
        {"type": "start_inquiry"},
        {"type": "create_passed_verification", "data": {"verification-template-id": template}},
    ]);
    let body = json!({"meta": {"simulate-actions": actions}});
    let path = format!("/inquiries/{id}/perform-simulate-actions");
    app.sandbox().post(&path, body).await.expect(200);
    id
}

#[tokio::test]
async fn r47_everything_moves_and_no_attribute_does() {
    let app = TestApp::start().await;
    let person = json!({
        "reference-id": "source", "tags": ["vip"], "fields": {"email_address": "ada@example.test"},
    });
    let source = app.account(person).await;
    let destination = app.account(json!({"tags": ["kept"]})).await;
    let moved = verified(&app, auto("source")).await;
    let own = inquiry_with(&app, json!({"account-id": destination}), json!({})).await;
    let own = own.expect(201).id();
    let shown = async |id: &str| {
        let answer = app.sandbox().get(&format!("/accounts/{id}")).await;
        answer.expect(200).body
    };
    let (source_before, destination_before) = (shown(&source).await, shown(&destination).await);
    app.advance(60);

    let answer = consolidate(&app, &destination, &[&source])
        .await
        .expect(202);
    assert_eq!(answer.body, destination_before, "no attribute moves");
    assert_eq!(shown(&destination).await, destination_before);
    let mut expected = source_before;
    expected["data"]["attributes"]["updated-at"] = json!("2026-02-03T10:16:00.000Z");
    assert_eq!(shown(&source).await, expected, "the source keeps its own");

    let on = |account: &str| format!("filter[account-id]={account}");
    let mut both = [moved.clone(), own];
    both.sort();
    assert_eq!(inquiries(&app, &on(&destination)).await, both);
    assert!(inquiries(&app, &on(&source)).await.is_empty());
    let path = format!("/inquiries/{moved}?include=account,verifications");
    let included = app.sandbox().get(&path).await.expect(200);
    assert_eq!(included.related("account"), Some(destination.clone()));
    let verification = included.body["included"].as_array().unwrap();
    let verification = verification
        .iter()
        .find(|object| object["type"] == "verification/government-id")
        .unwrap();
    assert_eq!(
        verification["relationships"]["accounts"]["data"],
        json!([{"type": "account", "id": destination}])
    );
}

#[tokio::test]
async fn a37_each_source_has_its_three_events_and_older_ones_stay_with_their_subject() {
    let app = TestApp::start().await;
    let destination = app.account(reference("destination")).await;
    let first = app.account(reference("first")).await;
    let second = app.account(reference("second")).await;
    let moved = inquiry(&app, auto("first")).await.expect(201).id();
    let before = app.events().await;
    let told = app
        .sandbox()
        .get(&format!("/events?filter[object-id]={moved}"));
    let told = told.await.expect(200).body;

    consolidate(&app, &destination, &[&second, &first])
        .await
        .expect(202);
    let events = app.events().await;
    assert_eq!(events[..before.len()], before);
    let after = app
        .sandbox()
        .get(&format!("/events?filter[object-id]={moved}"));
    assert_eq!(after.await.expect(200).body, told);
    let new: Vec<_> = events[before.len()..]
        .iter()
        .map(|event| {
            (
                event.name.clone(),
                event.object_id.clone(),
                Value::Object(event.context.clone()),
            )
        })
        .collect();
    let mut expected = Vec::new();
    for source in [&second, &first] {
        let context = json!({"source-account-id": source, "destination-account-id": destination});
        for (name, object) in [
            ("account.consolidated", source),
            ("account.consolidated-with", &destination),
            ("account.archived", source),
        ] {
            expected.push((name.to_owned(), object.clone(), context.clone()));
        }
    }
    assert_eq!(new, expected);
}

#[tokio::test]
async fn r47_ten_thousand_inquiries_move_at_once() {
    let app = TestApp::start().await;
    let source = app.account(reference("source")).await;
    let destination = app.account(json!({})).await;
    let one = inquiry(&app, auto("source")).await.expect(201).id();
    let id = InquiryId::from_trusted(one);
    let found = app.store().find_inquiry(&app.own.sandbox.id, &id).await;
    let one = found.unwrap().unwrap().inquiry;
    for thousand in 0..10 {
        let mut batch = Batch::new();
        for number in 0..1000 {
            let mut another = one.clone();
            another.id = InquiryId::from_trusted(format!("inq_{}", thousand * 1000 + number));
            batch.insert_inquiry(&another);
        }
        app.store().commit(batch).await.unwrap();
    }
    consolidate(&app, &destination, &[&source])
        .await
        .expect(202);
    let moved = app
        .store()
        .read(vec![selfsame_store::Query::new(
            "SELECT count(*) FROM inquiries WHERE account_id = $1",
            vec![destination.as_str().into()],
        )])
        .await
        .unwrap();
    let count = moved.into_iter().flatten().next().unwrap().integer();
    assert_eq!(count.unwrap(), 10_001);
}

#[tokio::test]
async fn r48_an_inquiry_on_the_source_fails_by_its_id_and_by_its_reference_id() {
    let app = TestApp::start().await;
    let source = app.account(reference("source")).await;
    let destination = app.account(reference("destination")).await;
    consolidate(&app, &destination, &[&source])
        .await
        .expect(202);
    let before = app.counts().await;
    let details = format!("Account {source} has been archived");
    inquiry(&app, auto("SOURCE")).await.refused(400, &details);
    inquiry_with(&app, json!({"account-id": source}), json!({}))
        .await
        .refused(400, &details);
    assert_eq!(app.counts().await, before);
    // Nothing else can be done with it, and it is still shown.
    app.sandbox()
        .patch(
            &format!("/accounts/{source}"),
            attributes(reference("other")),
        )
        .await
        .expect(409);
    assert_eq!(account_reference(&app, &source).await, "source");
}

#[tokio::test]
async fn r49_the_destination_can_be_given_the_reference_id_and_is_found_by_it_from_then_on() {
    let app = TestApp::start().await;
    let source = app.account(reference("source")).await;
    let destination = app.account(reference("destination")).await;
    consolidate(&app, &destination, &[&source])
        .await
        .expect(202);
    app.sandbox()
        .patch(
            &format!("/accounts/{destination}"),
            attributes(reference("source")),
        )
        .await
        .expect(200);
    let answer = inquiry(&app, auto("source")).await.expect(201);
    assert_eq!(answer.related("account"), Some(destination));
    assert_eq!(account_reference(&app, &source).await, "source");
}

#[tokio::test]
async fn r50_moved_inquiries_show_the_destinations_reference_id_and_are_found_by_it() {
    let app = TestApp::start().await;
    let source = app.account(reference("source")).await;
    let destination = app.account(json!({})).await;
    let moved = inquiry(&app, auto("source")).await.expect(201).id();
    consolidate(&app, &destination, &[&source])
        .await
        .expect(202);
    let shown = async || {
        let answer = app.sandbox().get(&format!("/inquiries/{moved}")).await;
        answer.expect(200).attribute("reference-id").clone()
    };
    assert_eq!(shown().await, Value::Null);
    app.sandbox()
        .patch(
            &format!("/accounts/{destination}"),
            attributes(reference("joined")),
        )
        .await
        .expect(200);
    assert_eq!(shown().await, "joined");
    let found = inquiries(&app, "filter[reference-id]=joined").await;
    assert_eq!(found, [moved]);
    assert!(
        inquiries(&app, "filter[reference-id]=source")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn r51_the_switch_follows_a_consolidated_reference_id_however_often() {
    let app = TestApp::build()
        .options(|options| options.follow_consolidation = true)
        .start()
        .await;
    let first = app.account(reference("first")).await;
    let second = app.account(reference("second")).await;
    let third = app.account(json!({})).await;
    consolidate(&app, &second, &[&first]).await.expect(202);
    let made = inquiry(&app, auto("FIRST")).await.expect(201);
    assert_eq!(made.related("account"), Some(second.clone()));
    assert_eq!(made.attribute("reference-id"), "second");
    consolidate(&app, &third, &[&second]).await.expect(202);
    let made = inquiry(&app, auto("first")).await.expect(201);
    assert_eq!(made.related("account"), Some(third.clone()));
    // By its id it stays out of use, and whoever has the value now goes first.
    inquiry_with(&app, json!({"account-id": first}), json!({}))
        .await
        .refused(400, &format!("Account {first} has been archived"));
    let heir = app.account(reference("first")).await;
    let made = inquiry(&app, auto("first")).await.expect(201);
    assert_eq!(made.related("account"), Some(heir));
}

#[tokio::test]
async fn a34_to_a36_what_cannot_be_consolidated_is_refused_and_nothing_changes() {
    let app = TestApp::start().await;
    let destination = app.account(json!({})).await;
    let source = app.account(json!({})).await;
    let gone = app.account(json!({})).await;
    consolidate(&app, &destination, &[&gone]).await.expect(202);
    let kind = app.account_type("Company", |_| {}).await;
    let other = app.account(json!({"account-type-id": kind})).await;
    let before = app.counts().await;

    consolidate(&app, &gone, &[&source]).await.refused(
        400,
        &format!("Destination account {gone} has been archived"),
    );
    let missing = "param is missing or the value is empty: Source account IDs are required.";
    for body in [
        json!({}),
        json!({"meta": {}}),
        json!({"meta": {"source-account-ids": []}}),
        json!({"meta": {"source-account-ids": null}}),
    ] {
        let path = format!("/accounts/{destination}/consolidate");
        let answer = app.sandbox().post(&path, body).await;
        answer.refused(422, missing);
        assert_eq!(answer.title(), "Parameter missing");
    }
    consolidate(&app, "act_nobody", &[&source])
        .await
        .expect(404);
    consolidate(&app, &destination, &[&source, "act_nobody"])
        .await
        .refused(404, "meta.source_account_ids.1 is not found");
    consolidate(&app, &destination, &["inq_1"])
        .await
        .expect(400);
    let again = consolidate(&app, &destination, &[&source, &gone]).await;
    again.refused(409, &format!("Source account {gone} has been archived"));
    assert_eq!(again.title(), "Conflict");
    for wrong in [&destination, &other] {
        consolidate(&app, &destination, &[&source, wrong])
            .await
            .points_at("/meta/source-account-ids");
    }
    let many: Vec<String> = (0..101).map(|number| format!("act_{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    consolidate(&app, &destination, &many)
        .await
        .points_at("/meta/source-account-ids");
    // Accounts of another environment are not there.
    let body = json!({"meta": {"source-account-ids": [source]}});
    let path = format!("/accounts/{destination}/consolidate");
    app.production().post(&path, body.clone()).await.expect(404);
    let foreign = app.production().post("/accounts", json!({})).await;
    let path = format!("/accounts/{}/consolidate", foreign.expect(201).id());
    app.production()
        .post(&path, body)
        .await
        .refused(404, "meta.source_account_ids.0 is not found");
    let mut after = app.counts().await;
    for (table, count) in &mut after {
        *count -= i64::from(["accounts", "events"].contains(table));
    }
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_retry_under_its_idempotency_key_gets_the_first_answer_and_an_id_may_be_named_twice() {
    let app = TestApp::start().await;
    let destination = app.account(json!({})).await;
    let source = app.account(json!({})).await;
    let client = app.sandbox().with("idempotency-key", "once");
    let path = format!("/accounts/{destination}/consolidate");
    let body = json!({"meta": {"source-account-ids": [source, source]}});
    let first = client.post(&path, body.clone()).await.expect(202);
    let second = client.post(&path, body).await.expect(202);
    assert_eq!(first.bytes, second.bytes);
    let archived = app.event_names().await;
    let archived = archived.iter().filter(|name| *name == "account.archived");
    assert_eq!(archived.count(), 1);
}

#[tokio::test]
async fn a54_redacting_the_destination_takes_moved_inquiries_along_and_leaves_the_source() {
    let app = TestApp::start().await;
    let source = app
        .account(json!({"reference-id": "source", "tags": ["vip"]}))
        .await;
    let destination = app.account(json!({})).await;
    let moved = inquiry(&app, auto("source")).await.expect(201).id();
    consolidate(&app, &destination, &[&source])
        .await
        .expect(202);
    app.sandbox()
        .delete(&format!("/accounts/{source}"))
        .await
        .expect(200);
    let path = format!("/inquiries/{moved}");
    let shown = app.sandbox().get(&path).await.expect(200);
    assert_eq!(shown.attribute("redacted-at"), &Value::Null);
    app.sandbox()
        .delete(&format!("/accounts/{destination}"))
        .await
        .expect(200);
    let shown = app.sandbox().get(&path).await.expect(200);
    assert!(shown.attribute("redacted-at").is_string());
}

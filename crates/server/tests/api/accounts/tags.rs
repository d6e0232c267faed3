//! `add-tag`, `remove-tag`, `set-tags` of accounts and inquiries (A31, I53, C121–C126).

use selfsame_domain::id::{Id as _, TagId};
use selfsame_domain::tag::{MAX_TAGS, Tag};
use selfsame_store::Batch;
use selfsame_testkit::TestApp;
use serde_json::{Value, json};

async fn change(app: &TestApp, path: &str, meta: Value) -> (Value, Vec<(String, Value)>) {
    let before = app.events().await.len();
    app.advance(1);
    let answer = app
        .sandbox()
        .post(path, json!({"meta": meta}))
        .await
        .expect(200);
    let events = app.events().await.split_off(before);
    let told = events
        .into_iter()
        .map(|event| (event.name, Value::Object(event.context)))
        .collect();
    (answer.attribute("tags").clone(), told)
}

fn updated(noun: &str, added: &[&str], removed: &[&str]) -> (String, Value) {
    let context = json!({"added-tags": added, "removed-tags": removed});
    (format!("{noun}.updated-tags"), context)
}

#[tokio::test]
async fn a31_account_tags_are_added_removed_and_set_with_an_event_per_tag() {
    let app = TestApp::start().await;
    let id = app.account(json!({})).await;
    let path = |verb: &str| format!("/accounts/{id}/{verb}");
    let bare = |name: &str| (name.to_owned(), json!({}));
    let (tags, events) = change(&app, &path("add-tag"), json!({"tag-name": "a"})).await;
    assert_eq!(tags, json!(["a"]));
    assert_eq!(
        events,
        [bare("account.tag-added"), updated("account", &["a"], &[])]
    );
    let (tags, events) = change(
        &app,
        &path("set-tags"),
        json!({"tag-name": ["b", "c", "b"]}),
    )
    .await;
    assert_eq!(tags, json!(["b", "c"]));
    assert_eq!(
        events,
        [
            bare("account.tag-added"),
            bare("account.tag-added"),
            bare("account.tag-removed"),
            updated("account", &["b", "c"], &["a"]),
        ]
    );
    let (tags, events) = change(&app, &path("remove-tag"), json!({"tag-name": "b"})).await;
    assert_eq!(tags, json!(["c"]));
    assert_eq!(
        events,
        [bare("account.tag-removed"), updated("account", &[], &["b"])]
    );
    let (tags, _) = change(&app, &path("set-tags"), json!({"tag-name": []})).await;
    assert_eq!(tags, json!([]));
}

#[tokio::test]
async fn i53_inquiry_tags_fire_one_event_per_call() {
    let app = TestApp::start().await;
    let id = app.inquiry(json!({})).await;
    let path = |verb: &str| format!("/inquiries/{id}/{verb}");
    let (tags, events) = change(&app, &path("set-tags"), json!({"tag-name": ["b", "c"]})).await;
    assert_eq!(tags, json!(["b", "c"]));
    assert_eq!(events, [updated("inquiry", &["b", "c"], &[])]);
    let (tags, events) = change(&app, &path("add-tag"), json!({"tag-name": "a"})).await;
    assert_eq!(tags, json!(["b", "c", "a"]));
    assert_eq!(events, [updated("inquiry", &["a"], &[])]);
    let (tags, _) = change(&app, &path("remove-tag"), json!({"tag-name": "c"})).await;
    assert_eq!(tags, json!(["b", "a"]));
}

#[tokio::test]
async fn c124_adding_a_present_tag_or_removing_an_absent_one_is_a_quiet_200() {
    let app = TestApp::start().await;
    let account = app.account(json!({"tags": ["a"]})).await;
    let inquiry = app.inquiry(json!({})).await;
    app.sandbox()
        .post(
            &format!("/inquiries/{inquiry}/add-tag"),
            json!({"meta": {"tag-name": "a"}}),
        )
        .await
        .expect(200);
    for noun in [
        format!("/accounts/{account}"),
        format!("/inquiries/{inquiry}"),
    ] {
        for (verb, name) in [
            ("add-tag", json!("a")),
            ("remove-tag", json!("z")),
            ("set-tags", json!(["a"])),
        ] {
            let (tags, events) =
                change(&app, &format!("{noun}/{verb}"), json!({"tag-name": name})).await;
            assert_eq!(tags, json!(["a"]), "{noun} {verb}");
            assert_eq!(events, [], "{noun} {verb}");
        }
    }
}

#[tokio::test]
async fn c122_a_tag_may_be_named_by_its_id_and_an_unknown_id_is_a_404() {
    let app = TestApp::start().await;
    let account = app.account(json!({"tags": ["a", "b"]})).await;
    let organisation = &app.own.sandbox.organisation_id;
    let tags = app.store().list_tags(organisation).await.unwrap();
    let id = tags[0].id.to_string();
    assert!(id.starts_with("tag_"), "C125");
    let path = |verb: &str| format!("/accounts/{account}/{verb}");
    let (left, _) = change(&app, &path("remove-tag"), json!({"tag-id": id})).await;
    assert_eq!(left, json!(["b"]));
    let (all, _) = change(&app, &path("add-tag"), json!({"tag-id": id})).await;
    assert_eq!(all, json!(["b", "a"]));
    let (one, _) = change(&app, &path("set-tags"), json!({"tag-id": [id]})).await;
    assert_eq!(one, json!(["a"]));
    let unknown = json!({"meta": {"tag-id": "tag_1111111111111111111111111111"}});
    app.sandbox()
        .post(&path("add-tag"), unknown)
        .await
        .expect(404);
    let wrong = json!({"meta": {"tag-id": "act_1"}});
    app.sandbox()
        .post(&path("add-tag"), wrong)
        .await
        .refused(400, "meta.tag_id must start with tag (sent 'act_1')");
}

#[tokio::test]
async fn c123_the_tag_beyond_a_thousand_is_unprocessable_and_known_ones_still_work() {
    let app = TestApp::start().await;
    let account = app.account(json!({})).await;
    let organisation = &app.own.sandbox.organisation_id;
    let mut batch = Batch::new();
    for number in 1..=MAX_TAGS {
        let tag = Tag {
            id: TagId::from_trusted(format!("tag_{number}")),
            name: format!("tag {number}"),
        };
        batch.insert_tag(organisation, &tag, number, app.now());
    }
    app.store().commit(batch).await.unwrap();
    let path = format!("/accounts/{account}/add-tag");
    let before = app.counts().await;
    app.sandbox()
        .post(&path, json!({"meta": {"tag-name": "one more"}}))
        .await
        .expect(422);
    let body = crate::attributes(json!({"tags": ["one more"]}));
    app.sandbox().post("/accounts", body).await.expect(422);
    assert_eq!(app.counts().await, before);
    app.sandbox()
        .post(&path, json!({"meta": {"tag-name": "tag 7"}}))
        .await
        .expect(200);
}

#[tokio::test]
async fn simultaneous_tags_are_all_there_in_the_end() {
    let app = TestApp::start().await;
    let id = app.account(json!({})).await;
    let mut tasks = Vec::new();
    for number in 0..10 {
        let (sandbox, path) = (app.sandbox(), format!("/accounts/{id}/add-tag"));
        tasks.push(tokio::spawn(async move {
            let meta = json!({"meta": {"tag-name": format!("tag-{number}")}});
            sandbox.post(&path, meta).await.status
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
    assert_eq!(answer.attribute("tags").as_array().unwrap().len(), 10);
}

//! `…/relations`, `…/add-relation`, `…/remove-relation` (A38, A39, A58–A61, E19). The default type of tests has `children`,
//! whose other end is the one `parent`, and `spouse`, which is its own other end.

use selfsame_domain::account::RelationSchema;
use selfsame_domain::id::{AccountTypeId, Id as _};
use selfsame_testkit::{Answer, TestApp};
use serde_json::{Value, json};
use tokio::task::JoinSet;

fn body(key: &str, target: &str) -> Value {
    json!({"meta": {"relation-schema-key": key, "target-object-id": target}})
}

async fn change(app: &TestApp, verb: &str, id: &str, key: &str, target: &str) -> Answer {
    let path = format!("/accounts/{id}/{verb}-relation");
    app.sandbox().post(&path, body(key, target)).await
}

async fn related(app: &TestApp, id: &str, key: &str) -> Vec<String> {
    let path = format!("/accounts/{id}/relations?filter[key]={key}");
    app.sandbox().get(&path).await.expect(200).ids()
}

async fn people<const COUNT: usize>(app: &TestApp) -> [String; COUNT] {
    let mut people = Vec::new();
    for _ in 0..COUNT {
        people.push(app.account(json!({})).await);
    }
    people.try_into().unwrap()
}

#[tokio::test]
async fn a39_a58_a_relation_is_seen_from_both_ends_and_told_of_at_both() {
    let app = TestApp::start().await;
    let [parent, first, second] = people(&app).await;
    let before = app.events().await.len();
    let answer = change(&app, "add", &parent, "children", &first).await;
    assert_eq!(answer.expect(200).id(), parent);
    app.advance(1);
    change(&app, "add", &second, "parent", &parent)
        .await
        .expect(200);
    let latest_first = [second.clone(), first.clone()];
    assert_eq!(related(&app, &parent, "children").await, latest_first);
    assert_eq!(
        related(&app, &first, "parent").await,
        std::slice::from_ref(&parent)
    );
    assert_eq!(
        related(&app, &second, "parent").await,
        std::slice::from_ref(&parent)
    );

    change(&app, "remove", &first, "parent", &parent)
        .await
        .expect(200);
    assert_eq!(
        related(&app, &parent, "children").await,
        std::slice::from_ref(&second)
    );
    assert!(related(&app, &first, "parent").await.is_empty());
    let told: Vec<_> = app.events().await[before..]
        .iter()
        .map(|event| {
            (
                event.name.trim_start_matches("account.").to_owned(),
                event.object_id.clone(),
                Value::Object(event.context.clone()),
            )
        })
        .collect();
    let context = |key: &str, target: &String| json!({"relation-schema-key": key, "target-account-id": target, "target-txn-id": null});
    let tells = |name: &str, own: &String, key: &str, other: &String| {
        (name.to_owned(), own.clone(), context(key, other))
    };
    assert_eq!(
        told,
        [
            tells("added-relation", &parent, "children", &first),
            tells("added-relation", &first, "parent", &parent),
            tells("added-relation", &second, "parent", &parent),
            tells("added-relation", &parent, "children", &second),
            tells("removed-relation", &first, "parent", &parent),
            tells("removed-relation", &parent, "children", &first),
        ]
    );
}

#[tokio::test]
async fn a59_what_is_there_already_or_gone_already_is_no_mistake_and_tells_nobody() {
    let app = TestApp::start().await;
    let [one, other] = people(&app).await;
    change(&app, "remove", &one, "spouse", &other)
        .await
        .expect(200);
    for _ in 0..2 {
        change(&app, "add", &one, "spouse", &other)
            .await
            .expect(200);
        change(&app, "add", &other, "spouse", &one)
            .await
            .expect(200);
    }
    assert_eq!(app.events().await.len(), 4);
    for _ in 0..2 {
        change(&app, "remove", &other, "spouse", &one)
            .await
            .expect(200);
    }
    assert_eq!(app.events().await.len(), 6);
}

#[tokio::test]
async fn a60_a_single_end_has_one_target_also_of_many_that_come_at_once() {
    let app = TestApp::start().await;
    let [child, first, second, third] = people(&app).await;
    change(&app, "add", &child, "parent", &first)
        .await
        .expect(200);
    let before = app.counts().await;
    let details = format!("Account {child} already has a relation under parent");
    change(&app, "add", &child, "parent", &second)
        .await
        .refused(409, &details);
    change(&app, "add", &third, "children", &child)
        .await
        .refused(409, &details);
    assert_eq!(app.counts().await, before);

    for _ in 0..5 {
        let [bride] = people(&app).await;
        let mut running = JoinSet::new();
        for groom in people::<4>(&app).await {
            let client = app.sandbox();
            let path = format!("/accounts/{groom}/add-relation");
            let body = body("spouse", &bride);
            running.spawn(async move { client.post(&path, body).await.status });
        }
        let mut statuses = running.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409]);
        assert_eq!(related(&app, &bride, "spouse").await.len(), 1);
    }
}

#[tokio::test]
async fn a38_a39_what_cannot_be_is_refused_with_its_place() {
    let app = TestApp::start().await;
    let [one, other, archived] = people(&app).await;
    let company = app.account_type("Company", |_| {}).await;
    let company = app.account(json!({"account-type-id": company})).await;
    let archive = app
        .sandbox()
        .post(&format!("/accounts/{archived}/archive"), json!({}));
    archive.await.expect(200);
    let foreign = app.production().post("/accounts", json!({})).await;
    let foreign = foreign.expect(201).id();
    let before = app.counts().await;
    for verb in ["add", "remove"] {
        change(&app, verb, &one, "friends", &other)
            .await
            .points_at("/meta/relation-schema-key");
        for nobody in ["act_nobody", "txn_1", &foreign] {
            change(&app, verb, &one, "spouse", nobody)
                .await
                .refused(404, "meta.target_object_id is not found");
        }
        change(&app, verb, &one, "spouse", "inq_1")
            .await
            .expect(400);
        change(&app, verb, &archived, "spouse", &one)
            .await
            .refused(409, &format!("Account {archived} has been archived"));
        change(&app, verb, "act_nobody", "spouse", &one)
            .await
            .expect(404);
        let path = format!("/accounts/{one}/{verb}-relation");
        for (meta, details) in [
            (json!({}), "meta.relation_schema_key is missing"),
            (
                json!({"relation-schema-key": "spouse"}),
                "meta.target_object_id is missing",
            ),
        ] {
            let answer = app.sandbox().post(&path, json!({"meta": meta})).await;
            answer.refused(400, details);
        }
    }
    for target in [&one, &company] {
        change(&app, "add", &one, "spouse", target)
            .await
            .points_at("/meta/target-object-id");
    }
    change(&app, "add", &one, "spouse", &archived)
        .await
        .refused(409, &format!("Account {archived} has been archived"));
    let path = format!("/accounts/{one}/relations");
    for (query, status) in [
        ("", 400),
        ("?filter[key]=friends", 422),
        ("?filter[key]=spouse&filter[created-at-start]=soon", 400),
        ("?filter[key]=spouse&page[after]=act_nobody", 400),
        ("?filter[key]=spouse&filter[name]=x", 400),
    ] {
        app.sandbox()
            .get(&format!("{path}{query}"))
            .await
            .expect(status);
    }
    assert_eq!(app.counts().await, before);
}

#[tokio::test]
async fn a38_the_list_has_pages_and_a_range_of_times() {
    let app = TestApp::start().await;
    let [parent] = people(&app).await;
    let mut children = Vec::new();
    for child in people::<5>(&app).await {
        change(&app, "add", &parent, "children", &child)
            .await
            .expect(200);
        children.insert(0, child);
        app.advance(60);
    }
    let list = async |query: &str| {
        let path = format!("/accounts/{parent}/relations?filter[key]=children{query}");
        app.sandbox().get(&path).await.expect(200)
    };
    let first = list("&page[size]=2").await;
    assert_eq!(first.ids(), children[..2]);
    assert_eq!(first.body["links"]["prev"], Value::Null);
    let mut next = first.body["links"]["next"].as_str().map(str::to_owned);
    let mut seen = first.ids();
    while let Some(link) = next {
        assert!(link.starts_with(&format!("/api/v1/accounts/{parent}/relations?")));
        let path = link.trim_start_matches("/api/v1").to_owned();
        let page = app.sandbox().get(&path).await.expect(200);
        seen.extend(page.ids());
        next = page.body["links"]["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, children);
    let between = "&filter[created-at-start]=2026-02-03T10:16:00Z&filter[created-at-end]=2026-02-03T10:18:00Z";
    assert_eq!(list(between).await.ids(), children[1..4]);
    assert!(
        list("&filter[created-at-start]=2027-01-01")
            .await
            .ids()
            .is_empty()
    );
}

#[tokio::test]
async fn a58_a_pair_can_lead_from_one_type_to_another() {
    let app = TestApp::start().await;
    let relation = |key: &str, target: &str, inverse: &str, many| RelationSchema {
        key: key.to_owned(),
        target_type_id: AccountTypeId::from_trusted(target.to_owned()),
        inverse: inverse.to_owned(),
        many,
    };
    for (name, relation) in [
        (
            "company",
            relation("owners", "acttp_owner", "company", true),
        ),
        (
            "owner",
            relation("company", "acttp_company", "owners", false),
        ),
    ] {
        app.account_type(name, |kind| {
            kind.id = AccountTypeId::from_trusted(format!("acttp_{name}"));
            kind.relations = vec![relation];
        })
        .await;
    }
    let company = app
        .account(json!({"account-type-id": "acttp_company"}))
        .await;
    let owner = app.account(json!({"account-type-id": "acttp_owner"})).await;
    change(&app, "add", &owner, "company", &company)
        .await
        .expect(200);
    let path = format!("/accounts/{company}/relations?filter[key]=owners");
    let list = app.sandbox().get(&path).await.expect(200);
    assert_eq!(list.ids(), [owner]);
    assert_eq!(list.list()[0]["attributes"]["account-type-name"], "owner");
}

#[tokio::test]
async fn a61_consolidation_moves_relations_and_drops_what_would_be_double_or_circular() {
    let app = TestApp::start().await;
    let [source, destination, child, both, parent, spouse, other] = people(&app).await;
    for (id, key, target) in [
        (&source, "children", &child),
        (&source, "children", &both),
        (&source, "parent", &parent),
        (&source, "spouse", &spouse),
        (&destination, "spouse", &other),
    ] {
        change(&app, "add", id, key, target).await.expect(200);
    }
    // The same child on both sides cannot be; it is the destination's own child that it also is.
    change(&app, "remove", &source, "children", &both)
        .await
        .expect(200);
    change(&app, "add", &destination, "children", &both)
        .await
        .expect(200);
    let consolidate = app.sandbox().post(
        &format!("/accounts/{destination}/consolidate"),
        json!({"meta": {"source-account-ids": [source]}}),
    );
    consolidate.await.expect(202);
    let mut children = related(&app, &destination, "children").await;
    children.sort();
    let mut expected = [child.clone(), both.clone()];
    expected.sort();
    assert_eq!(children, expected);
    assert_eq!(
        related(&app, &child, "parent").await,
        std::slice::from_ref(&destination)
    );
    assert_eq!(
        related(&app, &destination, "parent").await,
        std::slice::from_ref(&parent)
    );
    assert_eq!(
        related(&app, &parent, "children").await,
        std::slice::from_ref(&destination)
    );
    assert_eq!(related(&app, &destination, "spouse").await, [other]);
    assert!(related(&app, &spouse, "spouse").await.is_empty());
    for key in ["children", "parent", "spouse"] {
        assert!(related(&app, &source, key).await.is_empty());
    }

    // Relatives of one another become one: nothing leads from it to itself.
    let [senior, junior, grandparent] = people(&app).await;
    change(&app, "add", &senior, "children", &junior)
        .await
        .expect(200);
    change(&app, "add", &senior, "parent", &grandparent)
        .await
        .expect(200);
    let consolidate = app.sandbox().post(
        &format!("/accounts/{junior}/consolidate"),
        json!({"meta": {"source-account-ids": [senior]}}),
    );
    consolidate.await.expect(202);
    assert_eq!(related(&app, &junior, "parent").await, [grandparent]);
    assert!(related(&app, &junior, "children").await.is_empty());
}

#[tokio::test]
async fn a61_redaction_and_archival_leave_relations() {
    let app = TestApp::start().await;
    let [one, other] = people(&app).await;
    change(&app, "add", &one, "spouse", &other)
        .await
        .expect(200);
    let archive = app
        .sandbox()
        .post(&format!("/accounts/{other}/archive"), json!({}));
    archive.await.expect(200);
    app.sandbox()
        .delete(&format!("/accounts/{other}"))
        .await
        .expect(200);
    assert_eq!(
        related(&app, &one, "spouse").await,
        std::slice::from_ref(&other)
    );
    // It can still be let go of.
    change(&app, "remove", &one, "spouse", &other)
        .await
        .expect(200);
    assert!(related(&app, &one, "spouse").await.is_empty());
}

//! Every filter of every list, in every way it may be written (C8, C95, C96).

use axum::http::Method;
use selfsame_testkit::{Answer, Client, TestApp};
use serde_json::{Value, json};

use crate::attributes;
use crate::operations::{Case, Objects, cases};

/// Those that take one value and no list.
const SINGLE: &[(&str, &str)] = &[
    ("list-the-deliveries-of-a-webhook", "status"),
    ("list-all-api-keys", "name"),
    ("list-all-devices", "inquiry-session-id"),
    ("list-all-inquiries", "reference-id"),
    ("list-all-inquiries", "note"),
    ("list-all-inquiries", "created-at-start"),
    ("list-all-inquiries", "created-at-end"),
    ("list-all-inquiry-template-versions", "inquiry-template-id"),
    ("accounts-list-all-relations", "key"),
    ("accounts-list-all-relations", "created-at-start"),
    ("accounts-list-all-relations", "created-at-end"),
    ("list-the-rows-of-an-importer", "outcome"),
];
/// Those that hold any text.
const TEXTS: &[(&str, &str)] = &[
    ("list-all-accounts", "reference-id"),
    ("list-all-api-keys", "name"),
    ("list-all-inquiries", "reference-id"),
    ("list-all-inquiries", "note"),
];

struct World {
    app: TestApp,
    client: Client,
    objects: Objects,
    /// Beside those of `objects`.
    account: String,
    inquiry: String,
    event: String,
}

impl World {
    /// With something for every filter, and objects named `a b` and `a+b`.
    async fn start() -> Self {
        let app = TestApp::start().await;
        let client = app.administrator().await;
        let objects = Objects::make(&app, &client, &app.own.template).await;
        while app.service.work_on_import().await.expect("an import") {}
        let child =
            json!({"relation-schema-key": "children", "target-object-id": objects.other_account});
        let path = format!("/accounts/{}/add-relation", objects.account);
        client.post(&path, json!({"meta": child})).await.expect(200);
        let mut inquiries = Vec::new();
        for name in ["a b", "a+b"] {
            let settings = json!({"inquiry-template-id": objects.template, "note": name});
            let meta = json!({"auto-create-account-reference-id": name});
            let body = json!({"data": {"attributes": settings}, "meta": meta});
            inquiries.push(client.post("/inquiries", body).await.expect(201));
            let key = json!({"name": name, "permissions": [], "api-version": "2025-12-08"});
            client.post("/api-keys", attributes(key)).await.expect(201);
        }
        let path = format!("/inquiries/{}/approve", inquiries[1].id());
        client.post(&path, json!({})).await.expect(200);
        Self {
            account: inquiries[0].related("account").expect("an account"),
            inquiry: inquiries[0].id(),
            event: client.get("/events").await.expect(200).ids().remove(0),
            app,
            client,
            objects,
        }
    }

    /// Two values of a filter, each of which finds something.
    fn values(&self, operation: &str, filter: &str) -> [String; 2] {
        let objects = &self.objects;
        let (one, other) = match (operation, filter) {
            ("list-all-events", "name") => ("account.created", "inquiry.created"),
            (_, "reference-id" | "name" | "note") => ("a b", "a+b"),
            (_, "key") => ("children", "children"),
            (_, "created-at-start") => ("2026-02-03", "2026-02-02"),
            (_, "created-at-end") => ("2026-02-04", "2026-02-05"),
            ("list-the-deliveries-of-a-webhook", "status") => ("pending", "completed"),
            (_, "status") => ("created", "approved"),
            (_, "outcome") => ("created", "created"),
            (_, "account-id") => (&*objects.account, &*self.account),
            (_, "inquiry-id") => (&*objects.inquiry, &*self.inquiry),
            (_, "inquiry-session-id") => (&*objects.visit, &*objects.visit),
            (_, "inquiry-template-id") => (&*objects.template, &*objects.template),
            // No inquiry here has a legacy template.
            (_, "template-id") => ("tmpl_1", "tmpl_2"),
            (_, "object-id") => (&*objects.account, &*self.inquiry),
            (_, "id") => (&*objects.event, &*self.event),
            (operation, other) => panic!("no value for {other} of {operation}"),
        };
        [one, other].map(str::to_owned)
    }

    async fn ask(&self, case: &Case, query: &str) -> Answer {
        let target = case.target(&self.objects);
        let base = target.split('?').next().unwrap_or_default();
        // Only with it is there a list at all.
        let key = match case.operation.id {
            "accounts-list-all-relations" if !query.contains("[key]") => "&filter[key]=children",
            _ => "",
        };
        let target = format!("{base}?page[size]=100&{query}{key}");
        self.client.elsewhere(Method::GET, &target).await
    }
}

fn filters() -> Vec<(Case, &'static str)> {
    let mut found = Vec::new();
    for case in cases() {
        let filters = case.operation.answers.filters().iter();
        found.extend(filters.map(|filter| (case.clone(), *filter)));
    }
    found
}

#[tokio::test]
async fn c96_every_filter_takes_a_list_in_every_form_or_one_value_alone() {
    let world = World::start().await;
    let mut singles = 0;
    for (case, filter) in filters() {
        world.app.advance(60);
        let id = case.operation.id;
        let [one, other] = world.values(id, filter);
        let encode = selfsame_wire::query::encode;
        let (first, second) = (encode(&one), encode(&other));
        let found = world
            .ask(&case, &format!("filter[{filter}]={first}"))
            .await
            .expect(200);
        let arrays = [
            format!("filter[{filter}][]={first}"),
            format!("filter[{filter}][0]={first}"),
            format!("filter%5B{filter}%5D%5B%5D={first}"),
        ];
        if SINGLE.contains(&(id, filter)) {
            singles += 1;
            assert!(!found.ids().is_empty(), "{}", found.request);
            for query in arrays {
                let answer = world.ask(&case, &query).await;
                answer.refused(400, &format!("filter[{filter}] must be a single value"));
            }
            continue;
        }
        for query in arrays {
            let same = world.ask(&case, &query).await.expect(200);
            assert_eq!(same.ids(), found.ids(), "{}", same.request);
        }
        let others = world
            .ask(&case, &format!("filter[{filter}]={second}"))
            .await;
        let mut wanted = [found.ids(), others.expect(200).ids()].concat();
        assert_eq!(wanted.is_empty(), filter == "template-id", "{id} {filter}");
        wanted.sort();
        wanted.dedup();
        for query in [
            format!("filter[{filter}]={first},{second}"),
            format!("filter[{filter}]={first}%2C{second}"),
            format!("filter[{filter}][]={first}&filter[{filter}][]={second}"),
            format!("filter[{filter}][1]={first}&filter[{filter}][0]={second}"),
            format!("filter%5B{filter}%5D%5B%5D={first}&filter%5B{filter}%5D%5B%5D={second}"),
        ] {
            let answer = world.ask(&case, &query).await.expect(200);
            let mut ids = answer.ids();
            ids.sort();
            assert_eq!(ids, wanted, "{}", answer.request);
        }
    }
    assert_eq!(singles, SINGLE.len());
}

#[tokio::test]
async fn c8_in_every_filter_a_plus_is_a_space() {
    let world = World::start().await;
    let mut texts = 0;
    for (case, filter) in filters() {
        world.app.advance(60);
        let ask = async |value: &str| world.ask(&case, &format!("filter[{filter}]={value}")).await;
        let (plus, space) = (ask("a+b").await, ask("a%20b").await);
        let told = |answer: &Answer| -> (u16, Value) { (answer.status, answer.body.clone()) };
        assert_eq!(told(&plus), told(&space), "{}", plus.request);
        if !TEXTS.contains(&(case.operation.id, filter)) {
            continue;
        }
        texts += 1;
        let sign = ask("a%2Bb").await.expect(200);
        let (spaced, signed) = (space.expect(200).ids(), sign.ids());
        assert_eq!((spaced.len(), signed.len()), (1, 1), "{}", sign.request);
        assert_ne!(spaced, signed, "{}", sign.request);
    }
    assert_eq!(texts, TEXTS.len());
}

#[tokio::test]
async fn c61_every_filter_is_known_in_every_inflection_and_none_beside_them() {
    let world = World::start().await;
    for (case, filter) in filters() {
        world.app.advance(60);
        let [value, _] = world.values(case.operation.id, filter);
        let value = selfsame_wire::query::encode(&value);
        let mut found = Vec::new();
        for name in [
            filter.to_owned(),
            selfsame_wire::inflection::snake(filter).into_owned(),
            selfsame_wire::inflection::camel(filter).into_owned(),
        ] {
            let answer = world.ask(&case, &format!("filter[{name}]={value}")).await;
            found.push(answer.expect(200).ids());
        }
        assert!(found.iter().all(|ids| *ids == found[0]), "{}", case.name());
        let unknown = format!("filter[{filter}]={value}&filter[nonsense]=1");
        let answer = world.ask(&case, &unknown).await.expect(400);
        assert!(
            answer
                .details()
                .starts_with("filter[nonsense] is not a known filter"),
            "{}",
            answer.details()
        );
    }
}

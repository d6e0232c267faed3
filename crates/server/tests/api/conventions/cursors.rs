//! Every list in pages of any size, there and back, alone and filtered, while objects come in: no gap, no double
//! (C93–C97).

use axum::http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use selfsame_domain::id::{Id as _, TemplateVersionId};
use selfsame_server::api::operation::extension::EXTENSIONS;
use selfsame_server::api::operation::{Answers, Operation, all, is_outside, root};
use selfsame_store::Batch;
use selfsame_testkit::{Answer, Client, TestApp};
use serde_json::{Value, json};

use crate::attributes;
use crate::operations::{audit, deliver};

const CASES: usize = 5;
/// So many are made at most: with what a world begins with, and what is logged of looking at them, still one page of 100.
const MOST: usize = 20;
/// So many rows have the importer whose rows are listed.
const ROWS: usize = 17;

/// How a list is asked for.
struct List {
    target: String,
    body: Option<Value>,
}

impl List {
    fn get(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            body: None,
        }
    }

    fn search(target: &str, body: Value) -> Self {
        Self {
            target: target.to_owned(),
            body: Some(body),
        }
    }

    async fn at(&self, client: &Client, target: &str) -> Answer {
        let method = match self.body {
            Some(_) => Method::POST,
            None => Method::GET,
        };
        let call = client.at(method, target);
        let call = match &self.body {
            Some(body) => call.json(body),
            None => call,
        };
        call.await.expect(200)
    }

    async fn first(&self, client: &Client, size: usize) -> Answer {
        let separator = if self.target.contains('?') { '&' } else { '?' };
        let target = format!("{}{separator}page[size]={size}", self.target);
        self.at(client, &target).await
    }
}

/// Somewhere with one list that is looked at, and what its objects hang on.
struct World {
    app: TestApp,
    client: Client,
    operation: &'static Operation,
    account: String,
    inquiry: Answer,
    other_inquiry: String,
    importer: String,
    webhook: String,
    /// What was made for the list, in that order.
    made: Vec<String>,
}

fn hook() -> Value {
    json!({"name": "Hook", "url": "https://example.com/hook", "enabled-events": ["*"]})
}

impl World {
    async fn of(operation: &'static Operation) -> Self {
        let app = TestApp::start().await;
        let client = app.administrator().await;
        let account = app.account(json!({})).await;
        let new = |account: Value| {
            let template = app.own.template.to_string();
            let settings = json!({"inquiry-template-id": template, "account-id": account});
            client.post("/inquiries", attributes(settings))
        };
        let inquiry = new(json!(account)).await.expect(201);
        let other_inquiry = new(json!(account)).await.expect(201).id();
        // Every other row names a person who is there already.
        let rows: String = (0..ROWS).map(|row| format!("row-{}\n", row / 2)).collect();
        let file = json!({"data": base64(&format!("reference_id\n{rows}"))});
        let importer = client.post("/importer/accounts", attributes(json!({"file": file})));
        let importer = importer.await.expect(201).id();
        let webhook = client.post("/webhooks", attributes(hook())).await;
        let webhook = webhook.expect(201).id();
        while app.service.work_on_import().await.expect("an import") {}
        Self {
            client,
            operation,
            account,
            inquiry,
            other_inquiry,
            importer,
            webhook,
            made: Vec::new(),
            app,
        }
    }

    /// The whole list.
    fn list(&self) -> List {
        let path = self.operation.path.replace("{account-id}", &self.account);
        let path = path.replace("{importer-id}", &self.importer);
        let path = path.replace("{webhook-id}", &self.webhook);
        let target = format!("{}{path}", root(self.operation));
        match self.operation.id {
            "search-accounts" | "search-inquiries" => List::search(&target, json!({})),
            "accounts-list-all-relations" => List::get(target + "?filter[key]=children"),
            "list-all-inquiry-template-versions" => {
                let template = &self.app.own.template;
                List::get(format!("{target}?filter[inquiry-template-id]={template}"))
            }
            _ => List::get(target),
        }
    }

    /// The list of those that were made first, third, fifth …, for lists that have a filter.
    fn filtered(&self) -> Option<List> {
        let List { target, .. } = self.list();
        let names = (0..MOST).step_by(2).map(|number| format!("n{number}"));
        let filter = match self.operation.id {
            "list-all-accounts" => {
                let names: Vec<_> = names.collect();
                format!("reference-id]={}", names.join(","))
            }
            "search-accounts" => {
                let even = json!({"attribute": "fields.birthdate", "operator": "eq", "value": "1990-12-31"});
                return Some(List::search(&target, json!({"query": even})));
            }
            "search-inquiries" => {
                let even = json!({"attribute": "reference_id", "operator": "eq", "value": "even"});
                return Some(List::search(&target, json!({"query": even})));
            }
            "list-all-inquiries" => "reference-id]=even&filter[status]=created,pending".to_owned(),
            "list-all-inquiry-sessions" => format!("inquiry-id]={}", self.inquiry.id()),
            "list-all-api-keys" => "name]=even".to_owned(),
            "list-all-events" => "name]=account.created".to_owned(),
            "list-the-rows-of-an-importer" => "outcome]=created".to_owned(),
            "list-the-deliveries-of-a-webhook" => "status]=pending".to_owned(),
            _ => return None,
        };
        Some(List::get(format!("{target}?filter[{filter}")))
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let answer = self.client.post(path, body).await;
        assert!([200, 201].contains(&answer.status), "{}", answer.body);
        answer
    }

    /// One more object of the list; `None`: nothing comes into it any more.
    async fn make(&mut self) -> Option<String> {
        let number = self.made.len();
        let is_even = number.is_multiple_of(2);
        let id = match self.operation.id {
            "list-all-accounts" | "search-accounts" => {
                let birth = if is_even { "1990-12-31" } else { "1906-12-09" };
                let settings =
                    json!({"reference-id": format!("n{number}"), "fields": {"birthdate": birth}});
                self.post("/accounts", attributes(settings)).await.id()
            }
            "accounts-list-all-relations" => {
                let child = self.post("/accounts", json!({})).await.id();
                let path = format!("/accounts/{}/add-relation", self.account);
                let meta = json!({"relation-schema-key": "children", "target-object-id": child});
                self.post(&path, json!({"meta": meta})).await;
                child
            }
            "list-all-inquiries" | "search-inquiries" => {
                let reference = if is_even { "even" } else { "odd" };
                let meta = json!({"auto-create-account-reference-id": reference});
                self.post("/inquiries", self.app.inquiry_body(meta))
                    .await
                    .id()
            }
            "list-all-inquiry-sessions" => {
                let inquiry = if is_even {
                    self.inquiry.id()
                } else {
                    self.other_inquiry.clone()
                };
                let body = attributes(json!({"inquiry-id": inquiry}));
                self.post("/inquiry-sessions", body).await.id()
            }
            "list-all-api-keys" => {
                let name = if is_even { "even" } else { "odd" };
                let settings =
                    json!({"name": name, "permissions": [], "api-version": "2025-12-08"});
                self.post("/api-keys", attributes(settings)).await.id()
            }
            "list-all-api-logs" => {
                let asked = self.client.get("/accounts").await;
                self.app.service.write_api_logs().await;
                asked.header("request-id").expect("an id").to_owned()
            }
            "list-all-events" => {
                let mut made = if is_even {
                    self.post("/accounts", json!({})).await
                } else {
                    let body = self.app.inquiry_body(json!({"auto-create-account": false}));
                    self.post("/inquiries", body).await
                };
                made = self
                    .client
                    .get(&format!("/events?filter[object-id]={}", made.id()))
                    .await;
                made.ids().remove(0)
            }
            "list-all-importers" => {
                let file = json!({"data": base64("reference_id\nuser-1\n")});
                self.post("/importer/accounts", attributes(json!({"file": file})))
                    .await
                    .id()
            }
            "list-all-inquiry-templates" => {
                let template = &self.app.own.template;
                let copy = self.app.service.copy_template(template, "Copy").await;
                copy.expect("a copy").id.to_string()
            }
            "list-all-inquiry-template-versions" => self.draft().await,
            "list-all-webhooks" => self.post("/webhooks", attributes(hook())).await.id(),
            "list-the-deliveries-of-a-webhook" => {
                let sequence = i64::try_from(number).expect("a number") + 1;
                let environment = self.app.own.sandbox.id.to_string();
                deliver(&self.client, &environment, &self.webhook, sequence).await
            }
            "list-all-user-audit-logs" => audit(&self.app, &self.inquiry).await,
            "list-the-rows-of-an-importer" => return None,
            other => panic!("nothing says how {other} gets longer"),
        };
        self.made.push(id.clone());
        Some(id)
    }

    /// As the editor of templates would save one.
    async fn draft(&self) -> String {
        let app = &self.app;
        let organisation = &app.own.sandbox.organisation_id;
        let published = self.inquiry.related("inquiry-template-version");
        let published = TemplateVersionId::from_trusted(published.expect("a version"));
        let found = app
            .store()
            .find_template_version(organisation, &published)
            .await;
        let mut version = found.expect("a read").expect("a version");
        version.id = TemplateVersionId::mint(&mut app.service.entropy(), app.now());
        version.created_at = app.now();
        let mut batch = Batch::new();
        batch.insert_template_version(&version);
        app.store().commit(batch).await.expect("a version");
        version.id.to_string()
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[derive(Debug, Clone)]
struct Walk {
    size: usize,
    /// How far the clock goes before each object that is there at the beginning: some are of one moment, so that ids
    /// break ties.
    steps: Vec<i64>,
    /// How many come in between two pages.
    inserts: usize,
    filtered: bool,
}

fn walk() -> impl Strategy<Value = Walk> {
    let steps = prop::collection::vec(0_i64..3, 1..7);
    (1_usize..9, steps, 0_usize..3, any::<bool>()).prop_map(|(size, steps, inserts, filtered)| {
        Walk {
            size,
            steps,
            inserts,
            filtered,
        }
    })
}

async fn insert(world: &mut World, count: usize) {
    for _ in 0..count {
        if world.made.len() < MOST {
            world.app.advance_millis(70);
            world.make().await;
        }
    }
}

fn link(page: &Answer, which: &str) -> Option<String> {
    page.body["links"][which].as_str().map(str::to_owned)
}

async fn hold(world: &mut World, walk: &Walk) {
    for step in &walk.steps {
        world.app.advance_millis(step * 40);
        world.make().await;
    }
    world.app.advance_millis(70);
    let list = match world.filtered() {
        Some(list) if walk.filtered => list,
        _ => world.list(),
    };
    let is_filtered = walk.filtered && world.filtered().is_some();
    let client = world.client.clone();
    let whole = list.first(&client, 100).await.ids();
    for (number, made) in world.made.iter().enumerate() {
        let wanted = !is_filtered || number.is_multiple_of(2);
        assert_eq!(
            whole.contains(made),
            wanted,
            "{:?} {walk:?}",
            world.operation
        );
    }
    assert!(!whole.is_empty(), "{:?}", world.operation);

    let mut page = list.first(&client, walk.size).await;
    let mut seen = page.ids();
    while let Some(next) = link(&page, "next") {
        assert_eq!(page.ids().len(), walk.size, "{}", page.request);
        insert(world, walk.inserts).await;
        page = list.at(&client, &next).await;
        seen.extend(page.ids());
    }
    assert_eq!(seen, whole, "{:?} {walk:?}", world.operation);

    if matches!(world.operation.answers, Answers::Downward(..)) {
        return;
    }
    let mut back = page.ids();
    while let Some(previous) = link(&page, "prev") {
        insert(world, walk.inserts).await;
        page = list.at(&client, &previous).await;
        assert!(page.ids().len() <= walk.size, "{}", page.request);
        back.splice(0..0, page.ids());
    }
    let whole = list.first(&client, 100).await.ids();
    assert_eq!(back, whole, "{:?} {walk:?}", world.operation);
}

#[tokio::test]
async fn c94_every_list_in_pages_of_any_size_shows_each_object_once_there_and_back() {
    let mut runner = TestRunner::new(Config::default());
    for operation in all().chain(EXTENSIONS) {
        // Lists of what cannot exist yet are empty (C128).
        if !operation.answers.has_cursors() || is_outside(operation) {
            continue;
        }
        for _ in 0..CASES {
            let mut world = World::of(operation).await;
            let walk = walk().new_tree(&mut runner).expect("a walk").current();
            hold(&mut world, &walk).await;
        }
    }
}

//! Every operation of the server, with a request that would succeed.

use axum::http::Method as HttpMethod;
use selfsame_domain::delivery::{Delivery, DeliveryStatus};
use selfsame_domain::id::{
    EnvironmentId, EventId, Id, OrganisationId, TemplateId, UserAuditLogId, UserId, UserSessionId,
    WebhookId,
};
use selfsame_domain::user_audit_log::{UserAuditEntry, UserAuditLog};
use selfsame_server::api::operation::extension::EXTENSIONS;
use selfsame_server::api::operation::{Method, OPERATIONS, Operation, all, root};
use selfsame_store::Batch;
use selfsame_testkit::{Answer, Call, Client, TestApp};
use serde_json::{Value, json};

/// Ids of one environment's objects, by the name of the path parameter.
pub struct Objects {
    pub account: String,
    /// Of the same type, with nothing on it.
    pub other_account: String,
    pub account_type: String,
    pub inquiry: String,
    pub session: String,
    pub template: String,
    pub template_version: String,
    pub event: String,
    pub api_key: String,
    pub importer: String,
    pub api_log: String,
    pub device: String,
    /// The session that the device was opened in.
    pub visit: String,
    pub user_audit_log: String,
    pub verification: String,
    pub selfie_verification: String,
    pub document: String,
    pub webhook: String,
    pub delivery: String,
}

impl Objects {
    /// Made with this client's key, which may do everything, on this organisation's template.
    pub async fn make(app: &TestApp, client: &Client, template: &TemplateId) -> Self {
        let body = json!({
            "data": {"attributes": {"inquiry-template-id": template.to_string()}},
            "meta": {"auto-create-account-reference-id": "somebody", "auto-create-inquiry-session": true},
        });
        let made = client.post("/inquiries", body).await.expect(201);
        let account = made.related("account").expect("an account");
        let shown = client
            .get(&format!("/accounts/{account}"))
            .await
            .expect(200);
        let other = client.post("/accounts", json!({})).await.expect(201);
        let events = client.get("/events").await.expect(200);
        let api_key = client.post("/api-keys", new_key()).await.expect(201);
        let importer = client
            .post("/importer/accounts", new_import())
            .await
            .expect(201);
        let webhook = client.post("/webhooks", new_webhook()).await.expect(201);
        let enable = format!("/webhooks/{}/enable", webhook.id());
        client.post(&enable, json!({})).await.expect(200);
        let environment = made.header("persona-environment-id").expect("a header");
        let delivery = deliver(client, environment, &webhook.id(), 1).await;
        deliver(client, environment, &webhook.id(), 2).await;
        let store = client.service().store();
        while store.number_events().await.expect("numbers").count > 0 {}
        app.service.write_api_logs().await;
        let version = made.related("inquiry-template-version");
        let verified = verified(client, template).await;
        let (device, visit) = open_link(app, template).await;
        let verification = |place: usize| {
            let id = &verified.relation("verifications")[place]["id"];
            id.as_str().expect("a verification").to_owned()
        };
        Self {
            inquiry: made.id(),
            session: made.relation("sessions")[0]["id"]
                .as_str()
                .expect("a session")
                .to_owned(),
            account_type: shown.related("account-type").expect("a type"),
            account,
            other_account: other.id(),
            template: template.to_string(),
            template_version: version.expect("a version"),
            event: events.ids().remove(0),
            api_key: api_key.id(),
            importer: importer.id(),
            webhook: webhook.id(),
            delivery,
            device,
            visit,
            user_audit_log: audit(app, &made).await,
            api_log: importer.header("request-id").expect("an id").to_owned(),
            verification: verification(0),
            selfie_verification: verification(1),
            document: verified.relation("documents")[0]["id"]
                .as_str()
                .expect("a document")
                .to_owned(),
        }
    }

    fn of(&self, parameter: &str) -> &str {
        match parameter {
            "account-id" => &self.account,
            "account-type-id" => &self.account_type,
            "inquiry-id" => &self.inquiry,
            "inquiry-session-id" => &self.session,
            "inquiry-template-id" => &self.template,
            "inquiry-template-version-id" => &self.template_version,
            "event-id" => &self.event,
            "api-key-id" => &self.api_key,
            "importer-id" => &self.importer,
            "api-log-id" => &self.api_log,
            "device-id" => &self.device,
            "user-audit-log-id" => &self.user_audit_log,
            "verification-id" => &self.verification,
            "document-id" => &self.document,
            "webhook-id" => &self.webhook,
            "delivery-id" => &self.delivery,
            other => panic!("no object for {other}"),
        }
    }
}

/// An inquiry of its own with a government ID and a selfie, both passed.
async fn verified(client: &Client, template: &TemplateId) -> Answer {
    let body = json!({
        "data": {"attributes": {"inquiry-template-id": template.to_string()}},
        "meta": {"auto-create-account": false},
    });
    let made = client.post("/inquiries", body).await.expect(201);
    let organisation = made.header("persona-organization-id").expect("a header");
    let organisation = OrganisationId::from_trusted(organisation.to_owned());
    let store = client.service().store();
    let found = store.find_template(&organisation, template).await;
    let version = found.expect("a read").expect("a template");
    let version = version.latest_published_version_id.expect("a version");
    let found = store.find_template_version(&organisation, &version).await;
    let version = found.expect("a read").expect("its version");
    let verifications = version.definition.verifications.iter();
    let actions: Vec<Value> = verifications
        .map(|made| {
            let data = json!({"verification-template-id": made.id.to_string()});
            json!({"type": "create_passed_verification", "data": data})
        })
        .collect();
    let path = format!("/inquiries/{}/perform-simulate-actions", made.id());
    let body = json!({"meta": {"simulate-actions": actions}});
    client.post(&path, body).await.expect(200)
}

/// A key that may do no more than whoever makes it has to, of a version that every published document lists.
fn new_key() -> Value {
    let settings = json!({
        "name": "spare", "permissions": ["api_key.write"], "api-version": "2025-12-08",
    });
    json!({"data": {"attributes": settings}})
}

/// Of a version that every published document lists. Nobody listens at its address.
fn new_webhook() -> Value {
    let settings = json!({
        "name": "Hook", "url": "https://127.0.0.1:9/hook", "enabled-events": ["*"], "api-version": "2025-12-08",
    });
    json!({"data": {"attributes": settings}})
}

/// What became of an event, as the server that delivers would write it: every other one has arrived. Returns its id.
pub async fn deliver(client: &Client, environment: &str, webhook: &str, sequence: i64) -> String {
    let now = client.service().now();
    let status = match sequence % 2 {
        0 => DeliveryStatus::Completed,
        _ => DeliveryStatus::Pending,
    };
    // One that is there, where there is any: an event that is gone is not sent again (E25).
    let newest = "/api/v1/events?page[size]=1";
    let events = client.elsewhere(HttpMethod::GET, newest).await.expect(200);
    let event = events.ids().pop();
    let mut batch = Batch::new();
    batch.insert_delivery(&Delivery {
        environment_id: EnvironmentId::from_trusted(environment.to_owned()),
        webhook_id: WebhookId::from_trusted(webhook.to_owned()),
        sequence,
        event_id: EventId::from_trusted(event.unwrap_or_else(|| format!("evt_{sequence}"))),
        event_name: "account.created".to_owned(),
        account_id: None,
        account_sequence: None,
        status,
        attempts_made: 0,
        first_attempted_at: None,
        due_at: None,
        created_at: now,
        updated_at: now,
        attempts: Vec::new(),
    });
    let written = client.service().store().commit(batch).await;
    written.expect("a delivery");
    let path = format!("/api/selfsame/v1/webhooks/{webhook}/deliveries?page[size]=1");
    let listed = client.elsewhere(HttpMethod::GET, &path).await.expect(200);
    listed.ids().remove(0)
}

/// Opens a link of the template, as an end user's browser does: on which device, in which session.
async fn open_link(app: &TestApp, template: &TemplateId) -> (String, String) {
    let query = format!("inquiry-template-id={template}&environment=sandbox");
    let opened = app.open(&query).await.expect("an open inquiry");
    let session = opened.view.session;
    let device = session.device_id.expect("a device");
    (device.to_string(), session.id.to_string())
}

/// What the dashboard would note of a user.
pub async fn audit(app: &TestApp, made: &Answer) -> String {
    let mut entropy = app.service.entropy();
    let environment = made
        .header("persona-environment-id")
        .expect("an environment");
    let log = UserAuditLog {
        environment_id: EnvironmentId::from_trusted(environment.to_owned()),
        id: UserAuditLogId::mint(&mut entropy, app.now()),
        user_id: UserId::mint(&mut entropy, app.now()),
        session_id: UserSessionId::mint(&mut entropy, app.now()),
        created_at: app.now(),
        entry: UserAuditEntry {
            path: "/api/internal/dashboard/v1/inquiries".into(),
            method: "POST".into(),
            get_params: json!({}),
            post_params: "[FILTERED]".into(),
            ip_address: "198.51.100.7".into(),
            user_agent: "Mozilla/5.0".into(),
            response_status: 201,
            impersonator_email_address: None,
            context: json!({"inquiry-id": made.id()}),
        },
    };
    let mut batch = Batch::new();
    batch.insert_user_audit_log(&log);
    app.store().commit(batch).await.expect("a log");
    log.id.to_string()
}

/// `reference_id` and one row.
pub fn new_import() -> Value {
    json!({"data": {"attributes": {"file": {"data": "cmVmZXJlbmNlX2lkCnVzZXItMQo="}}}})
}

#[derive(Clone)]
pub struct Case {
    pub operation: &'static Operation,
    pub method: HttpMethod,
}

impl Case {
    /// `POST /accounts/{account-id}/add-tag`, for messages.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.operation.path)
    }

    /// The names of the path's parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.operation.path.split(['{', '}']).skip(1).step_by(2)
    }

    /// What stands in the path for a parameter.
    pub fn id<'a>(&self, parameter: &str, objects: &'a Objects) -> &'a str {
        match self.operation.path {
            "/verification/selfies/{verification-id}" => &objects.selfie_verification,
            _ => objects.of(parameter),
        }
    }

    /// The whole address, with what the operation wants in its query.
    pub fn target(&self, objects: &Objects) -> String {
        self.target_with(objects, "", "")
    }

    /// The same with another id for one of the parameters.
    pub fn target_with(&self, objects: &Objects, parameter: &str, other: &str) -> String {
        let mut path = self.operation.path.to_owned();
        for name in self.parameters() {
            let id = if name == parameter {
                other
            } else {
                self.id(name, objects)
            };
            path = path.replace(&format!("{{{name}}}"), id);
        }
        let query = match self.operation.path {
            "/devices" => format!("?filter[inquiry-session-id]={}", objects.visit),
            "/inquiry-template-versions" => {
                format!("?filter[inquiry-template-id]={}", objects.template)
            }
            "/accounts/{account-id}/relations" => "?filter[key]=children".to_owned(),
            _ => String::new(),
        };
        format!("{}{path}{query}", root(self.operation))
    }

    /// A body with which the operation would succeed.
    pub fn body(&self, objects: &Objects) -> Value {
        let path = self.operation.path;
        if self.method == HttpMethod::POST && path == "/inquiries" {
            return json!({"data": {"attributes": {"inquiry-template-id": objects.template}}});
        }
        if self.method == HttpMethod::POST && path == "/inquiry-sessions" {
            return json!({"data": {"attributes": {"inquiry-id": objects.inquiry}}});
        }
        if path == "/inquiry-sessions/expire-all" {
            return json!({"meta": {"inquiry-ids": [objects.inquiry]}});
        }
        if self.method == HttpMethod::POST && path == "/api-keys" {
            return new_key();
        }
        if self.method == HttpMethod::POST && path == "/webhooks" {
            return new_webhook();
        }
        if path == "/importer/accounts" {
            return new_import();
        }
        if path == "/api-keys/{api-key-id}" {
            return json!({"data": {"attributes": {"note": "rotated in March"}}});
        }
        if path == "/api-keys/{api-key-id}/expire" {
            return json!({"meta": {"expires-in-seconds": 60}});
        }
        if path == "/accounts/{account-id}/consolidate" {
            return json!({"meta": {"source-account-ids": [objects.other_account]}});
        }
        if path.ends_with("run-action") {
            return json!({"data": {"account-action-id": selfsame_testkit::ACTION}});
        }
        if path.ends_with("-relation") {
            return json!({"meta": {
                "relation-schema-key": "children", "target-object-id": objects.other_account,
            }});
        }
        if path.ends_with("add-tag") || path.ends_with("remove-tag") {
            return json!({"meta": {"tag-name": "vip"}});
        }
        if path.ends_with("set-tags") {
            return json!({"meta": {"tag-name": ["vip"]}});
        }
        if path.ends_with("set-simulate-stubs") {
            return json!({"meta": {"simulate-stubs": {}}});
        }
        if path.ends_with("/replay") {
            return json!({"meta": {"event-ids": [objects.event]}});
        }
        if path.ends_with("/simulate") {
            return json!({"meta": {"event-id": objects.event}});
        }
        if path.ends_with("/send-sample") {
            return json!({"meta": {"event-name": "account.created"}});
        }
        if path.ends_with("perform-simulate-actions") {
            return json!({"meta": {"simulate-actions": [{"type": "start_inquiry"}]}});
        }
        json!({})
    }

    pub fn call(&self, client: &Client, objects: &Objects) -> Call {
        self.call_at(client, &self.target(objects), objects)
    }

    pub fn call_at(&self, client: &Client, target: &str, objects: &Objects) -> Call {
        let call = client.at(self.method.clone(), target);
        match self.method {
            HttpMethod::POST | HttpMethod::PATCH => call.json(&self.body(objects)),
            _ => call,
        }
    }
}

/// Those that are published, and those of our own address.
pub fn cases() -> Vec<Case> {
    OPERATIONS.iter().chain(EXTENSIONS).map(case).collect()
}

fn case(operation: &'static Operation) -> Case {
    Case {
        operation,
        method: match operation.method {
            Method::Get => HttpMethod::GET,
            Method::Post => HttpMethod::POST,
            Method::Patch => HttpMethod::PATCH,
            Method::Delete => HttpMethod::DELETE,
        },
    }
}

#[tokio::test]
async fn every_operation_succeeds_as_its_line_in_the_table_says() {
    for case in cases() {
        let app = TestApp::start().await;
        let administrator = app.administrator().await;
        let objects = Objects::make(&app, &administrator, &app.own.template).await;
        let answer = case.call(&administrator, &objects).await;
        assert_eq!(
            answer.status,
            case.operation.success,
            "{} answered {}",
            case.name(),
            answer.body
        );
    }
}

#[tokio::test]
async fn a_slash_at_the_end_is_the_same_address() {
    let app = TestApp::start().await;
    app.account(json!({})).await;
    let plain = app.sandbox().get("/accounts").await.expect(200);
    let slash = app
        .sandbox()
        .elsewhere(HttpMethod::GET, "/api/v1/accounts/")
        .await;
    assert_eq!(slash.expect(200).body["data"], plain.body["data"]);
}

#[tokio::test]
async fn an_unknown_address_is_a_404_in_the_one_shape() {
    let app = TestApp::start().await;
    for target in [
        "/api/v1/nothing",
        "/api/v1/accounts/act_1/nothing",
        "/api/v1",
        "/api/v1/",
        "/api/selfsame/v1/nothing",
        "/api/selfsame/v1/webhooks",
        "/api/selfsame/v1/webhooks/wbh_1/deliveries/wbhe_1/nothing",
        "/api/selfsame/v1",
        "/api/selfsame/v1/",
    ] {
        let answer = app.sandbox().at(HttpMethod::GET, target).await.expect(404);
        assert_eq!(answer.title(), "Record not found", "{target}");
    }
}

#[tokio::test]
async fn a_method_that_no_operation_of_the_address_has_is_a_405_in_the_one_shape() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    for one in all().chain(EXTENSIONS) {
        let path = one.path.replace(['{', '}'], "");
        for method in ["get", "post", "put", "patch", "delete"] {
            let mut others = all().chain(EXTENSIONS);
            if others.any(|other| {
                (root(other), other.path, other.method.as_str()) == (root(one), one.path, method)
            }) {
                continue;
            }
            let method = HttpMethod::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let target = format!("{}{path}", root(one));
            let answer = client.elsewhere(method, &target).await.expect(405);
            assert_eq!(answer.title(), "Method not allowed", "{one:?}");
        }
    }
}

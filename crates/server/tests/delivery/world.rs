//! A server with webhooks, and whoever they call.

use axum::http::Method;
use selfsame_domain::delivery::{Delivery, DeliveryStatus};
use selfsame_domain::id::{Id as _, WebhookId};
use selfsame_service::{Deliverer, OutboundOptions, Sender};
use selfsame_store::{Ask, Batch, DeliveryFilter, Lane, Range, Slice};
use selfsame_testkit::{Answer, Call, Client, Receiver, TestApp};
use serde_json::{Value, json};

pub struct World {
    pub app: TestApp,
    /// May handle webhooks.
    pub client: Client,
    pub deliverer: Deliverer,
}

pub async fn world() -> World {
    World::of(TestApp::start().await).await
}

/// Loopback may be called, and nobody is waited for longer than this.
pub fn patient(milliseconds: u64) -> OutboundOptions {
    OutboundOptions {
        loopback: true,
        timeout: std::time::Duration::from_millis(milliseconds),
        ..OutboundOptions::default()
    }
}

impl World {
    pub async fn of(app: TestApp) -> Self {
        let client = app.administrator().await;
        let deliverer = Deliverer::new(&app.service).expect("a deliverer");
        Self {
            app,
            client,
            deliverer,
        }
    }

    /// One that waits for a receiver so long and no longer.
    pub fn impatient(&self, milliseconds: u64) -> Deliverer {
        let sender = Sender::new(&patient(milliseconds)).expect("a sender");
        Deliverer::with_sender(&self.app.service, sender)
    }

    /// An enabled webhook for every event, with these other attributes.
    pub async fn webhook(&self, receiver: &Receiver, attributes: Value) -> String {
        self.webhook_to(&receiver.url(), attributes).await
    }

    pub async fn webhook_to(&self, url: &str, attributes: Value) -> String {
        let mut body = json!({"data": {"attributes": {
            "name": "Receiver", "url": url, "enabled-events": ["*"],
        }}});
        for (name, value) in attributes.as_object().expect("attributes") {
            body["data"]["attributes"][name] = value.clone();
        }
        let call = self.client.elsewhere(Method::POST, "/api/v1/webhooks");
        let id = call.json(&body).await.expect(201).id();
        self.switch(&id, "enable").await;
        id
    }

    /// `enable`, `disable` or `archive`.
    pub async fn switch(&self, webhook: &str, what: &str) {
        let path = format!("/api/v1/webhooks/{webhook}/{what}");
        let call = self.client.elsewhere(Method::POST, &path);
        call.json(&json!({})).await.expect(200);
    }

    pub async fn change(&self, webhook: &str, attributes: Value) {
        let body = json!({"data": {"attributes": attributes}});
        let path = format!("/api/v1/webhooks/{webhook}");
        let call = self.client.elsewhere(Method::PATCH, &path);
        call.json(&body).await.expect(200);
    }

    /// The secrets that count, the newest first.
    pub async fn secrets(&self, webhook: &str) -> Vec<String> {
        let answer = self
            .client
            .get(&format!("/webhooks/{webhook}"))
            .await
            .expect(200);
        let secrets = answer.attribute("secrets").as_array();
        let secrets = secrets.expect("secrets").iter();
        secrets
            .map(|secret| secret["value"].as_str().expect("a value").to_owned())
            .collect()
    }

    /// Makes this many accounts, one event each.
    pub async fn accounts(&self, count: usize) -> Vec<String> {
        let mut made = Vec::new();
        for _ in 0..count {
            made.push(self.app.account(json!({})).await);
        }
        made
    }

    pub async fn deliver(&self) -> u64 {
        self.deliverer.deliver_due().await.expect("a store")
    }

    /// Every delivery of the webhook that something came of, in the order of the events.
    pub async fn deliveries(&self, webhook: &str) -> Vec<Delivery> {
        let webhook = WebhookId::from_trusted(webhook.to_owned());
        let filter = DeliveryFilter::default();
        let environment = &self.app.own.sandbox.id;
        let ask = Ask::deliveries(environment, &webhook, &filter, &Slice::First, 10_000);
        let mut found = self.app.store().ask(ask).await.expect("a read").items;
        found.reverse();
        found
    }

    /// Below our own address.
    pub fn own(&self, method: Method, path: &str) -> Call {
        let path = format!("/api/selfsame/v1{path}");
        self.client.elsewhere(method, &path)
    }

    pub async fn do_own(&self, path: &str, meta: Value) -> Answer {
        let call = self.own(Method::POST, path);
        call.json(&json!({"meta": meta})).await
    }

    pub async fn replay(&self, webhook: &str, meta: Value) -> (u64, Option<i64>) {
        let path = format!("/webhooks/{webhook}/replay");
        let done = self.do_own(&path, meta).await.expect(200);
        let queued = done.attribute("queued").as_u64().expect("a count");
        (queued, done.attribute("next-after-sequence").as_i64())
    }

    /// A row of the event with this number, as of a first attempt that failed.
    pub async fn write_as_pending(&self, webhook: &str, sequence: i64) {
        let environment = &self.app.own.sandbox.id;
        let ask = Ask::numbered_events(environment, &Range::Environment, sequence - 1, 1);
        let numbered = self.app.store().ask(ask).await.expect("a read").remove(0);
        let now = self.app.now();
        let mut batch = Batch::new();
        batch.insert_delivery(&Delivery {
            environment_id: environment.clone(),
            webhook_id: WebhookId::from_trusted(webhook.to_owned()),
            sequence,
            event_id: numbered.event_id,
            event_name: numbered.name,
            account_id: numbered.account_id,
            account_sequence: numbered.account_sequence,
            status: DeliveryStatus::Pending,
            attempts_made: 1,
            first_attempted_at: Some(now),
            due_at: Some(now.plus_seconds(3)),
            created_at: now,
            updated_at: now,
            attempts: Vec::new(),
        });
        self.app.store().commit(batch).await.expect("a commit");
    }

    pub async fn statuses(&self, webhook: &str) -> Vec<DeliveryStatus> {
        let found = self.deliveries(webhook).await;
        found.iter().map(|delivery| delivery.status).collect()
    }

    /// Waits until so many deliveries are written down as completed.
    pub async fn has_delivered(&self, webhook: &str, count: usize) {
        let all = vec![DeliveryStatus::Completed; count];
        while self.statuses(webhook).await != all {
            tokio::task::yield_now().await;
        }
    }

    pub async fn lane(&self, webhook: &str) -> Option<Lane> {
        let webhook = WebhookId::from_trusted(webhook.to_owned());
        let ask = Ask::lane(&self.app.own.sandbox.id, &webhook);
        self.app.store().ask(ask).await.expect("a read")
    }
}

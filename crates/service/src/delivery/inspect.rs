//! One delivery as its next attempt would be made at some moment (WD3, WD4).

use selfsame_domain::id::{DeliveryId, Id as _, WebhookId};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::Ask;

use super::compose::Receiver;
use super::name::sequence_of;
use super::show::ShownDelivery;
use crate::{Caller, Failure, Service};

/// A delivery with what would be sent of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspected {
    pub shown: ShownDelivery,
    pub url: String,
    /// JSON.
    pub body: Vec<u8>,
    /// In the order of their names; values that are set on the webhook are left out.
    pub headers: Vec<(String, String)>,
    /// Those that count at this moment, the newest first.
    pub secrets: Vec<String>,
}

impl Service {
    /// For who may read the secrets of the webhook.
    pub async fn inspect_delivery(
        &self,
        caller: &Caller,
        webhook: &WebhookId,
        id: &DeliveryId,
        at: Timestamp,
    ) -> Result<Inspected, Failure> {
        let environment = &caller.environment.id;
        let sequence = sequence_of(webhook, id).ok_or_else(Refusal::not_found)?;
        let ask = Ask::webhook_row(environment, webhook).and(Ask::delivery(
            environment,
            webhook,
            sequence,
        ));
        let (row, delivery) = self.ask(caller, ask).await?;
        let row = row.ok_or_else(Refusal::not_found)?;
        let delivery = delivery.ok_or_else(Refusal::not_found)?;
        let ask = Ask::event(environment, delivery.event_id.as_str());
        let event = self.ask(caller, ask).await?;
        let event = event.ok_or_else(Refusal::not_found)?;
        let receiver = Receiver::new(self, row)?;
        let included = self.included_with(receiver.webhook(), &event).await;
        let body = receiver.body(&event, included).body;
        let headers = receiver.headers(&delivery, &body, at);
        Ok(Inspected {
            url: receiver.webhook().settings.url.clone(),
            headers: receiver.shown(&crate::outbound::dressed(headers)),
            secrets: receiver.secrets(at),
            shown: ShownDelivery::of(delivery),
            body,
        })
    }
}

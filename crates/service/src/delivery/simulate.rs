//! What a webhook would be sent of an event, without sending it (W87).

use selfsame_domain::Refusal;
use selfsame_domain::Timestamp;
use selfsame_domain::delivery::Delivery;
use selfsame_domain::event::Event;
use selfsame_domain::id::{EventId, Id as _, WebhookId};
use selfsame_domain::webhook::{Webhook, WebhookStatus};
use selfsame_store::{Ask, NumberedEvent};

use super::compose::Receiver;
use super::lane::first_delivery;
use crate::{Caller, Failure, Service};

/// What would become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    WouldDeliver,
    /// The payload filter does not match.
    WouldSkip,
    /// The webhook is not told of events with this name.
    NotEnabled,
}

impl Verdict {
    pub const ALL: [Self; 3] = [Self::WouldDeliver, Self::WouldSkip, Self::NotEnabled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::WouldDeliver => "would-deliver",
            Self::WouldSkip => "would-skip",
            Self::NotEnabled => "not-enabled",
        }
    }
}

/// What a webhook would be sent, whatever its status is.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    pub event_id: EventId,
    pub verdict: Verdict,
    pub webhook_status: WebhookStatus,
    /// JSON.
    pub body: Vec<u8>,
    /// In the order of their names; values that are set on the webhook are left out.
    pub headers: Vec<(String, String)>,
}

impl Service {
    pub async fn simulate_delivery(
        &self,
        caller: &Caller,
        webhook: &WebhookId,
        event_id: &EventId,
    ) -> Result<Simulation, Failure> {
        let environment = &caller.environment.id;
        let ask = Ask::webhook_row(environment, webhook)
            .and(Ask::event(environment, event_id.as_str()))
            .and(Ask::numbered_event(environment, event_id));
        let ((row, event), numbered) = self.ask(caller, ask).await?;
        let row = row.ok_or_else(Refusal::not_found)?;
        let event = event.ok_or_else(|| Refusal::not_found_at("meta.event_id is not found"))?;
        let receiver = Receiver::new(self, row)?;
        let hook = receiver.webhook();
        let included = self.included_with(hook, &event).await;
        let composed = receiver.body(&event, included);
        let now = self.now();
        let delivery = unsent(hook, &event, numbered, now);
        let headers = receiver.headers(&delivery, &composed.body, now);
        let verdict = if !hook.selects(&event.name) {
            Verdict::NotEnabled
        } else if composed.matches {
            Verdict::WouldDeliver
        } else {
            Verdict::WouldSkip
        };
        Ok(Simulation {
            event_id: event.id,
            verdict,
            webhook_status: hook.status,
            headers: receiver.shown(&crate::outbound::dressed(headers)),
            body: composed.body,
        })
    }
}

/// The first attempt of an event that may have no number yet; then the delivery has no id.
pub(super) fn unsent(
    webhook: &Webhook,
    event: &Event,
    numbered: Option<NumberedEvent>,
    now: Timestamp,
) -> Delivery {
    let numbered = numbered.unwrap_or_else(|| NumberedEvent {
        environment_id: event.environment_id.clone(),
        sequence: 0,
        event_id: event.id.clone(),
        account_id: event.account_id.clone(),
        account_sequence: None,
        name: event.name.clone(),
    });
    first_delivery(&webhook.id, &numbered, now)
}

//! Sample events: one of any name, about somebody who does not exist, sent at once and kept nowhere (W88, W89).

mod object;

use hyper::header::{HeaderName, HeaderValue};
use selfsame_domain::Refusal;
use selfsame_domain::delivery::AttemptMade;
use selfsame_domain::event::Event;
use selfsame_domain::id::{EventId, Id as _, WebhookId};
use selfsame_domain::webhook::{WebhookStatus, is_known};
use selfsame_store::Ask;
use serde_json::{Map, Value};

use super::compose::Receiver;
use super::lane::attempt_made;
use super::simulate::unsent;
use crate::{Caller, Failure, Outgoing, Service};

/// What tells a sample from an event that happened.
const MARK: HeaderName = HeaderName::from_static("selfsame-sample");

/// A sample that was sent, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleSent {
    pub event_id: EventId,
    pub event_name: String,
    /// JSON, as it was sent.
    pub body: Vec<u8>,
    /// In the order of their names; values that are set on the webhook are left out.
    pub headers: Vec<(String, String)>,
    pub attempt: AttemptMade,
    pub succeeded: bool,
}

impl Service {
    /// W88: to a disabled webhook too, whatever it is told of and its filter lets through.
    pub async fn send_sample(
        &self,
        caller: &Caller,
        webhook: &WebhookId,
        event_name: &str,
    ) -> Result<SampleSent, Failure> {
        let ask = Ask::webhook_row(&caller.environment.id, webhook);
        let row = self
            .ask(caller, ask)
            .await?
            .ok_or_else(Refusal::not_found)?;
        if row.webhook.status == WebhookStatus::Archived {
            return Err(Refusal::conflict("Webhook is archived").into());
        }
        let event = self.sample_event(caller, event_name)?;
        let receiver = Receiver::new(self, row)?;
        let body = receiver.body(&event, Vec::new()).body;
        let now = self.now();
        let delivery = unsent(receiver.webhook(), &event, None, now);
        let mut headers = receiver.headers(&delivery, &body, now);
        headers.insert(MARK, HeaderValue::from_static("true"));
        let shown = receiver.shown(&crate::outbound::dressed(headers.clone()));
        let outgoing = Outgoing {
            url: receiver.webhook().settings.url.clone(),
            headers,
            body: body.clone().into(),
        };
        let sender = self
            .sender()
            .map_err(|error| Failure::Internal(error.to_string()))?;
        let attempt = sender.send(outgoing).await;
        Ok(SampleSent {
            event_id: event.id,
            event_name: event.name,
            body,
            headers: shown,
            succeeded: attempt.succeeded(),
            attempt: attempt_made(&attempt, now),
        })
    }

    /// W89.
    pub fn sample_event(&self, caller: &Caller, name: &str) -> Result<Event, Failure> {
        if name.contains('*') || !is_known(name) {
            let problem = "meta.event_name is not the name of an event";
            return Err(Refusal::unprocessable(problem, "/meta/event-name").into());
        }
        let now = self.now();
        let payload = self.sample_object(caller, name)?;
        let text = |member: &str| payload[member].as_str().unwrap_or_default().to_owned();
        Ok(Event {
            id: EventId::mint(&mut self.entropy(), now),
            environment_id: caller.environment.id.clone(),
            name: name.to_owned(),
            object_type: text("type"),
            object_id: text("id"),
            account_id: None,
            created_at: now,
            ordinal: 0,
            payload,
            context: Map::<String, Value>::new(),
        })
    }
}

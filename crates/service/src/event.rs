//! Turning what a decision caused into stored events, and reading them.

use selfsame_domain::Timestamp;
use selfsame_domain::event::{Event, Happening};
use selfsame_domain::id::{AccountId, Entropy, EnvironmentId, EventId, Id};
use selfsame_store::{Ask, Batch, EventFilter, Page};
use serde_json::Value;

use crate::page::slice;
use crate::{Caller, Failure, ListRequest, Service};

/// Writes the happenings of one commit, in their order; `payload` renders each one's object after the change.
pub(crate) fn write_events(
    batch: &mut Batch,
    environment: &EnvironmentId,
    account_id: Option<&AccountId>,
    happenings: Vec<Happening>,
    now: Timestamp,
    entropy: &mut Entropy,
    payload: impl Fn(&Happening) -> Option<Value>,
) {
    for happening in happenings {
        let Some(payload) = payload(&happening) else {
            continue;
        };
        let member = |name: &str| {
            payload
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        batch.insert_event(Event {
            id: EventId::mint(entropy, now),
            environment_id: environment.clone(),
            name: happening.name.to_owned(),
            object_type: member("type"),
            object_id: member("id"),
            account_id: account_id.cloned(),
            created_at: now,
            ordinal: 0,
            payload,
            context: happening.context,
        });
    }
}

impl Service {
    pub async fn get_event(&self, caller: &Caller, id: &str) -> Result<Event, Failure> {
        let found = self
            .ask(caller, Ask::event(&caller.environment.id, id))
            .await?;
        Ok(found.ok_or_else(selfsame_domain::Refusal::not_found)?)
    }

    pub async fn list_events(
        &self,
        caller: &Caller,
        filter: &EventFilter,
        request: &ListRequest,
    ) -> Result<Page<Event>, Failure> {
        let environment = &caller.environment.id;
        let slice = slice(request, |id| async move {
            self.store().event_cursor(environment, &id).await
        })
        .await?;
        let ask = Ask::events(environment, filter, &slice, request.size);
        self.ask(caller, ask).await
    }
}

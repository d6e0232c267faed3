//! Turning what a decision caused into stored events, and reading them.

mod prune;

use selfsame_domain::Timestamp;
use selfsame_domain::account::{Account, AccountType};
use selfsame_domain::event::{Event, Happening, Subject};
use selfsame_domain::id::{AccountId, Entropy, EnvironmentId, EventId, Id};
use selfsame_domain::inquiry::InquiryView;
use selfsame_domain::template::TemplateVersion;
use selfsame_store::{Ask, Batch, EventFilter, Page};
use selfsame_wire as wire;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::page::slice;
use crate::{Caller, Failure, ListRequest, Service};

/// An object as an event tells of it: its document, and what that says it is.
#[derive(Clone)]
pub(crate) struct Payload {
    kind: String,
    id: String,
    pub document: Box<RawValue>,
}

impl Payload {
    /// A document that says of itself what it is.
    pub fn of(document: &Value) -> Option<Self> {
        let member = |name: &str| document.get(name).and_then(Value::as_str);
        Self::new(member("type")?, member("id")?, document)
    }

    pub fn new(kind: &str, id: &str, document: &impl Serialize) -> Option<Self> {
        Some(Self {
            kind: kind.to_owned(),
            id: id.to_owned(),
            // Strings for keys and nothing that cannot be written: this never fails.
            document: to_raw_value(document).ok()?,
        })
    }

    pub fn of_account(account: &Account, account_type: &AccountType) -> Option<Self> {
        let document = wire::account::AccountDocument {
            account,
            account_type,
        };
        Self::new(wire::account::TYPE, account.id.as_str(), &document)
    }

    pub fn of_inquiry(view: &InquiryView, version: &TemplateVersion) -> Option<Self> {
        let document = wire::inquiry::InquiryDocument { view, version };
        Self::new(wire::inquiry::TYPE, view.inquiry.id.as_str(), &document)
    }
}

/// Writes the happenings of one commit, in their order; `payload` renders each one's object after the change, once
/// however much happened to it.
pub(crate) fn write_events(
    batch: &mut Batch,
    environment: &EnvironmentId,
    account_id: Option<&AccountId>,
    happenings: Vec<Happening>,
    now: Timestamp,
    entropy: &mut Entropy,
    payload: impl Fn(&Subject) -> Option<Payload>,
) {
    let mut rendered: Vec<(Subject, Option<Payload>)> = Vec::new();
    for happening in happenings {
        let known = rendered
            .iter()
            .position(|(subject, _)| *subject == happening.subject);
        let place = known.unwrap_or_else(|| {
            let payload = payload(&happening.subject);
            rendered.push((happening.subject, payload));
            rendered.len() - 1
        });
        let Some(payload) = &rendered[place].1 else {
            continue;
        };
        batch.insert_event(Event {
            id: EventId::mint(entropy, now),
            environment_id: environment.clone(),
            name: happening.name.to_owned(),
            object_type: payload.kind.clone(),
            object_id: payload.id.clone(),
            account_id: account_id.cloned(),
            created_at: now,
            ordinal: 0,
            payload: payload.document.get().to_owned(),
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

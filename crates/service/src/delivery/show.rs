//! What became of each event on its way to a webhook, and the numbers that a receiver finds gaps by (W80, W81, W90–W92).

use std::collections::HashMap;

use selfsame_domain::Refusal;
use selfsame_domain::delivery::{Delivery, OfAccount};
use selfsame_domain::event::Event;
use selfsame_domain::id::{AccountId, DeliveryId, EnvironmentId, EventId, Id as _, WebhookId};
use selfsame_domain::webhook::Webhook;
use selfsame_store::{Ask, Cursor, DeliveryFilter, NumberedEvent, Page, Range};

use super::name::{delivery_id, sequence_of};
use crate::page::slice;
use crate::{Caller, Failure, ListRequest, Service};

/// A delivery, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownDelivery {
    pub id: DeliveryId,
    pub delivery: Delivery,
}

impl ShownDelivery {
    pub(super) fn of(delivery: Delivery) -> Self {
        Self {
            id: delivery_id(&delivery.webhook_id, delivery.sequence),
            delivery,
        }
    }
}

/// Events behind a number, lowest first.
#[derive(Debug, Clone, PartialEq)]
pub struct EventsAfter {
    pub events: Vec<(NumberedEvent, Event)>,
    /// To ask with the next time.
    pub next_after_sequence: i64,
    /// The last number there is; whoever has all up to it is complete. 0: there is none.
    pub last_sequence: i64,
    /// From this number on nothing was let go of (E25).
    pub first_sequence: i64,
}

/// By the numbers of the environment, or of an account.
pub(super) fn first_kept(environment: &EnvironmentId, account: Option<&AccountId>) -> Ask<i64> {
    match account {
        None => Ask::first_kept(environment),
        Some(account) => Ask::first_kept_of(environment, account),
    }
}

impl Service {
    /// W80: newest event first; those that something came of.
    pub async fn list_deliveries(
        &self,
        caller: &Caller,
        webhook: &WebhookId,
        filter: &DeliveryFilter,
        request: &ListRequest,
    ) -> Result<Page<ShownDelivery>, Failure> {
        self.webhook_of(caller, webhook).await?;
        let environment = &caller.environment.id;
        let slice = slice(request, |text| async move {
            let id = DeliveryId::parse(&text).ok();
            let Some(sequence) = id.and_then(|id| sequence_of(webhook, &id)) else {
                return Ok(None);
            };
            let ask = Ask::delivery(environment, webhook, sequence);
            let found = self.store().ask(ask).await?;
            Ok(found.map(|delivery| Cursor {
                created_at: delivery.created_at.millis(),
                ordinal: delivery.sequence,
                id: text,
            }))
        })
        .await?;
        let ask = Ask::deliveries(environment, webhook, filter, &slice, request.size);
        let page = self.ask(caller, ask).await?;
        Ok(Page {
            items: page.items.into_iter().map(ShownDelivery::of).collect(),
            has_newer: page.has_newer,
            has_older: page.has_older,
        })
    }

    pub async fn get_delivery(
        &self,
        caller: &Caller,
        webhook: &WebhookId,
        id: &DeliveryId,
    ) -> Result<ShownDelivery, Failure> {
        let sequence = sequence_of(webhook, id).ok_or_else(Refusal::not_found)?;
        let ask = Ask::delivery(&caller.environment.id, webhook, sequence);
        let found = self.ask(caller, ask).await?;
        Ok(ShownDelivery::of(found.ok_or_else(Refusal::not_found)?))
    }

    /// W92: the events behind this number, of the environment or of one account. One that has no number yet is not among
    /// them.
    pub async fn list_events_after(
        &self,
        caller: &Caller,
        after: i64,
        account: Option<&OfAccount>,
        size: u32,
    ) -> Result<EventsAfter, Failure> {
        let environment = &caller.environment.id;
        let account = match account {
            None => None,
            Some(account) => Some(self.account_named(caller, account, "").await?),
        };
        let (range, last) = match &account {
            None => (Range::Environment, Ask::last_sequence(environment)),
            Some(id) => (
                Range::Account(id),
                Ask::last_account_sequence(environment, id),
            ),
        };
        let first = || first_kept(environment, account.as_ref());
        let after = after.max(self.ask(caller, first()).await? - 1);
        let ask = Ask::numbered_events(environment, &range, after, size).and(last);
        let (numbered, last) = self.ask(caller, ask).await?;
        let ids: Vec<EventId> = numbered.iter().map(|one| one.event_id.clone()).collect();
        // What is missing among these events was let go of, and the number of the same moment says so.
        let ask = Ask::events_by_id(environment, &ids).and(first());
        let (events, first_sequence) = self.ask(caller, ask).await?;
        let mut events: HashMap<EventId, Event> = events
            .into_iter()
            .map(|event| (event.id.clone(), event))
            .collect();
        let number = |one: &NumberedEvent| match &account {
            None => Some(one.sequence),
            Some(_) => one.account_sequence,
        };
        let next = numbered.last().and_then(number).unwrap_or(after);
        Ok(EventsAfter {
            events: numbered
                .into_iter()
                .filter_map(|one| {
                    let event = events.remove(&one.event_id)?;
                    Some((one, event))
                })
                .collect(),
            next_after_sequence: next,
            last_sequence: last.unwrap_or_default(),
            first_sequence,
        })
    }

    pub(super) async fn webhook_of(
        &self,
        caller: &Caller,
        id: &WebhookId,
    ) -> Result<Webhook, Failure> {
        let ask = Ask::webhook_row(&caller.environment.id, id);
        let row = self.ask(caller, ask).await?;
        Ok(row.ok_or_else(Refusal::not_found)?.webhook)
    }

    /// The account that is meant: of several with a reference ID the active one, else the newest. `below`: where the
    /// request names it.
    pub(super) async fn account_named(
        &self,
        caller: &Caller,
        account: &OfAccount,
        below: &str,
    ) -> Result<AccountId, Failure> {
        let environment = &caller.environment.id;
        let (found, name) = match account {
            OfAccount::Id(id) => {
                let found = self.ask(caller, Ask::account(environment, id)).await?;
                (found, "account_id")
            }
            OfAccount::Reference(reference) => {
                let ask = Ask::accounts_by_reference(environment, reference);
                let mut all = self.ask(caller, ask).await?;
                let active = all.iter().position(|one| one.archived_at.is_none());
                let at = active.or(all.len().checked_sub(1));
                (at.map(|at| all.swap_remove(at)), "reference_id")
            }
        };
        let found =
            found.ok_or_else(|| Refusal::not_found_at(format!("{below}{name} is not found")))?;
        Ok(found.id)
    }
}

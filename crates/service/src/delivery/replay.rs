//! Sending again, by hand: one delivery, or what is chosen by ids, numbers, time or account (W81–W86).
//!
//! What is queued is behind the lane's place, where the lane itself sends nothing any more. The webhook is held at the
//! version that was seen, so that nothing is queued for one that was disabled meanwhile.

use std::collections::{BTreeMap, HashSet};

use selfsame_domain::delivery::{Delivery, MOST_REPLAYED, ReplayRequest};
use selfsame_domain::id::{AccountId, DeliveryId, EventId, Id as _, WebhookId};
use selfsame_domain::webhook::{Webhook, WebhookStatus};
use selfsame_domain::{Refusal, Timestamp};
use selfsame_store::{Ask, Batch, Lane, NumberedEvent, Range};

use super::lane::first_delivery;
use super::name::sequence_of;
use super::show::{ShownDelivery, first_kept};
use crate::work::Attempts;
use crate::{Caller, Failure, Receipt, Service};

/// Numbers read at once, and how often, in one call: the rest is for the next.
const READ_AT_ONCE: u32 = 1000;
const MOST_READS: u32 = 20;

/// What a replay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    pub queued: usize,
    /// Where the next call goes on; `None`: this was all.
    pub next_after_sequence: Option<i64>,
    /// From this number on nothing was let go of (E25), by the numbers that were asked with; `None`: events were named.
    pub first_sequence: Option<i64>,
}

/// Events that are to be sent again, and where to go on.
struct Chosen {
    events: Vec<NumberedEvent>,
    next: Option<i64>,
    first: Option<i64>,
}

impl Service {
    /// W81: once more, at once, whatever came of it.
    pub async fn retry_delivery(
        &self,
        caller: &Caller,
        webhook: &WebhookId,
        id: &DeliveryId,
        receipt: Receipt<'_, ShownDelivery>,
    ) -> Result<ShownDelivery, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let sequence = sequence_of(webhook, id).ok_or_else(Refusal::not_found)?;
            let ask = Ask::delivery(&caller.environment.id, webhook, sequence);
            let found = self.ask(caller, ask).await?;
            let mut delivery = found.ok_or_else(Refusal::not_found)?;
            let (hook, lane) = self.enabled_webhook(caller, webhook).await?;
            let ask = Ask::event(&caller.environment.id, delivery.event_id.as_str());
            if self.ask(caller, ask).await?.is_none() {
                let why = "Event is no longer kept: it cannot be sent again";
                return Err(Refusal::conflict(why).into());
            }
            let now = self.now();
            let mut batch = Batch::new();
            batch.check_webhook(&hook);
            batch.queue_on_lane(&lane);
            delivery.retry(now);
            batch.retry_delivery(&delivery);
            keep_order(&mut batch, &hook, [&delivery], now);
            let shown = ShownDelivery::of(delivery);
            if let Some(answer) = receipt(&shown) {
                batch.insert_answer(&answer);
            }
            if attempts.settle(self.store().commit(batch).await)? {
                self.inner.nudge.something_is_due();
                return Ok(shown);
            }
            self.look_again(caller).await?;
        }
    }

    /// W82–W86.
    pub async fn replay(
        &self,
        caller: &Caller,
        webhook: &WebhookId,
        request: &ReplayRequest,
        receipt: Receipt<'_, Replayed>,
    ) -> Result<Replayed, Failure> {
        let mut attempts = Attempts::default();
        loop {
            let (hook, lane) = self.enabled_webhook(caller, webhook).await?;
            let chosen = self.choose(caller, &hook, &lane, request).await?;
            let now = self.now();
            let deliveries: Vec<Delivery> = chosen
                .events
                .iter()
                .map(|event| first_delivery(webhook, event, now))
                .map(|delivery| Delivery {
                    due_at: Some(now),
                    ..delivery
                })
                .collect();
            let mut batch = Batch::new();
            batch.check_webhook(&hook);
            batch.queue_on_lane(&lane);
            for delivery in &deliveries {
                batch.replay_delivery(delivery);
            }
            keep_order(&mut batch, &hook, &deliveries, now);
            let replayed = Replayed {
                queued: deliveries.len(),
                next_after_sequence: chosen.next,
                first_sequence: chosen.first,
            };
            if let Some(answer) = receipt(&replayed) {
                batch.insert_answer(&answer);
            }
            if attempts.settle(self.store().commit(batch).await)? {
                self.inner.nudge.something_is_due();
                return Ok(replayed);
            }
            self.look_again(caller).await?;
        }
    }

    /// With its lane, of the same moment.
    async fn enabled_webhook(
        &self,
        caller: &Caller,
        id: &WebhookId,
    ) -> Result<(Webhook, Lane), Failure> {
        let environment = &caller.environment.id;
        let ask = Ask::webhook_row(environment, id).and(Ask::lane(environment, id));
        let (row, lane) = self.ask(caller, ask).await?;
        let webhook = row.ok_or_else(Refusal::not_found)?.webhook;
        let lane = lane.filter(|_| webhook.status == WebhookStatus::Enabled);
        let lane = lane.ok_or_else(|| {
            let status = webhook.status.as_str();
            Refusal::conflict(format!("Webhook is {status}: nothing is sent to it"))
        })?;
        Ok((webhook, lane))
    }

    async fn choose(
        &self,
        caller: &Caller,
        webhook: &Webhook,
        lane: &Lane,
        request: &ReplayRequest,
    ) -> Result<Chosen, Failure> {
        let account = match request {
            ReplayRequest::Events(ids) => {
                return self.choose_events(caller, webhook, lane, ids).await;
            }
            ReplayRequest::Environment { .. } => None,
            ReplayRequest::Account { account, .. } => {
                Some(self.account_named(caller, account, "meta.").await?)
            }
        };
        let (ReplayRequest::Environment { after, up_to, .. }
        | ReplayRequest::Account { after, up_to, .. }) = request
        else {
            return Err(Failure::Internal("a replay of nothing".into()));
        };
        let first = first_kept(&caller.environment.id, account.as_ref());
        let first = self.ask(caller, first).await?;
        let mut chosen = Chosen {
            events: Vec::new(),
            next: Some(first.saturating_sub(1).max(*after)),
            first: Some(first),
        };
        for _ in 0..MOST_READS {
            let from = chosen.next.unwrap_or_default();
            let read = self
                .read_numbers(caller, request, account.as_ref(), from)
                .await?;
            let is_last = read.len() < READ_AT_ONCE as usize;
            for event in read {
                let number = match account {
                    None => event.sequence,
                    Some(_) => event.account_sequence.unwrap_or_default(),
                };
                // What lies behind the lane's place comes by itself.
                if event.sequence > lane.sequence || up_to.is_some_and(|last| number > last) {
                    chosen.next = None;
                    return Ok(chosen);
                }
                let is_told = webhook.selects(&event.name);
                if is_told && chosen.events.len() >= MOST_REPLAYED {
                    return Ok(chosen);
                }
                chosen.next = Some(number);
                if is_told {
                    chosen.events.push(event);
                }
            }
            if is_last {
                chosen.next = None;
                return Ok(chosen);
            }
        }
        Ok(chosen)
    }

    async fn read_numbers(
        &self,
        caller: &Caller,
        request: &ReplayRequest,
        account: Option<&AccountId>,
        after: i64,
    ) -> Result<Vec<NumberedEvent>, Failure> {
        let environment = &caller.environment.id;
        let ask = match (request, account) {
            (_, Some(account)) => {
                let range = Range::Account(account);
                Ask::numbered_events(environment, &range, after, READ_AT_ONCE)
            }
            (ReplayRequest::Environment { from, until, .. }, _)
                if from.is_some() || until.is_some() =>
            {
                let from = from.unwrap_or(Timestamp::from_millis(i64::MIN));
                let until = until.unwrap_or(Timestamp::from_millis(i64::MAX));
                Ask::numbered_events_between(environment, from, until, after, READ_AT_ONCE)
            }
            _ => Ask::numbered_events(environment, &Range::Environment, after, READ_AT_ONCE),
        };
        self.ask(caller, ask).await
    }

    /// W83: every one must be there; one that has no number yet, or is still to come, is left to come by itself.
    async fn choose_events(
        &self,
        caller: &Caller,
        webhook: &Webhook,
        lane: &Lane,
        ids: &[EventId],
    ) -> Result<Chosen, Failure> {
        let environment = &caller.environment.id;
        let ask = Ask::numbers_of(environment, ids).and(Ask::events_by_id(environment, ids));
        let (numbers, events) = self.ask(caller, ask).await?;
        let there: HashSet<_> = events.iter().map(|event| &event.id).collect();
        if let Some(at) = ids.iter().position(|id| !there.contains(id)) {
            return Err(Refusal::not_found_at(format!("meta.event_ids.{at} is not found")).into());
        }
        let mut events: Vec<_> = numbers
            .into_iter()
            .filter(|event| event.sequence <= lane.sequence && webhook.selects(&event.name))
            .collect();
        events.sort_by_key(|event| event.sequence);
        Ok(Chosen {
            events,
            next: None,
            first: None,
        })
    }
}

/// W75: where a webhook keeps the order, those that were queued wait for earlier ones of their account, and later ones for
/// them.
fn keep_order<'a>(
    batch: &mut Batch,
    webhook: &Webhook,
    queued: impl IntoIterator<Item = &'a Delivery>,
    now: Timestamp,
) {
    if !webhook.settings.ordered {
        return;
    }
    let mut first: BTreeMap<&AccountId, i64> = BTreeMap::new();
    for delivery in queued {
        if let Some(account) = &delivery.account_id {
            let first = first.entry(account).or_insert(delivery.sequence);
            *first = delivery.sequence.min(*first);
        }
    }
    for (account, first) in first {
        let (environment, id) = (&webhook.environment_id, &webhook.id);
        batch.hold_back(environment, id, account, first);
        batch.let_next_go(environment, id, account, now);
    }
}

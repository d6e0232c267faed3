//! Following the numbers, and beginning what can be begun.

use std::sync::Arc;

use selfsame_domain::Timestamp;
use selfsame_domain::delivery::{Delivery, DeliveryStatus};
use selfsame_domain::event::Event;
use selfsame_domain::id::WebhookId;
use selfsame_store::{Ask, NumberedEvent, Range};

use super::super::CONCURRENCY;
use super::super::compose::Receiver;
use super::look::DueDeliveries;
use super::{Busy, Done, FAILURES, LaneWork};
use crate::Failure;

/// Numbers read at once, and kept in front of what is sent.
const AHEAD: usize = 256;
/// Outcomes that are not written yet.
const MOST_UNWRITTEN: usize = 1024;
const LONGEST_PROBE_SECONDS: i64 = 60;

impl LaneWork {
    /// W76: with an open circuit one attempt at a time, and later and later.
    pub(super) fn most_now(&self, now: Timestamp) -> usize {
        let under_way = self.tasks.len();
        let over = self.lane.failures - FAILURES;
        if over < 0 {
            let unwritten = MOST_UNWRITTEN.saturating_sub(self.done.len());
            return (CONCURRENCY.saturating_sub(under_way)).min(unwritten);
        }
        let wait = 1_i64.checked_shl(u32::try_from(over).unwrap_or(u32::MAX).min(32));
        let wait = wait.unwrap_or(i64::MAX).min(LONGEST_PROBE_SECONDS);
        let is_time = self
            .last_done
            .is_none_or(|last| last.plus_seconds(wait) <= now || last > now);
        usize::from(under_way == 0 && is_time)
    }

    /// W94: a backlog rests where processors are scarce, but as many go out as come in.
    fn most_beside_requests(&mut self, room: usize, last: i64) -> usize {
        // Zero: no number is known yet, and what is there came before.
        let before = self.last.replace(last).filter(|before| *before > 0);
        self.fresh += last - before.unwrap_or(last);
        self.gives_way_until = self.deliverer.inner.pace.rest();
        if self.gives_way_until.is_some() {
            return room.min(usize::try_from(self.fresh).unwrap_or(0));
        }
        self.fresh = self.fresh.max(0);
        room
    }

    /// Begins what can be begun; `false`: nothing was.
    pub(super) async fn fill(&mut self, last: i64) -> Result<bool, Failure> {
        let now = self.service().now();
        let room = self.most_beside_requests(self.most_now(now), last);
        if room == 0 {
            return Ok(!self.tasks.is_empty());
        }
        if self.looks_for_due {
            let (environment, webhook) = (&self.lane.environment_id, &self.lane.webhook_id);
            let ask = Ask::first_due(environment, webhook);
            let found = self.service().store().ask(ask).await?;
            self.next_due = found.flatten();
            self.looks_for_due = false;
        }
        if self.contents.is_empty() {
            self.read_ahead(last).await?;
        }
        // W94: retries and what was queued by hand wait as well, but for what new events of strict order wait for.
        let may_be_due = self.gives_way_until.is_none() || self.is_ordered();
        let wants_due = may_be_due && self.next_due.is_some_and(|due| due <= now);
        let wonders = self.may_be_parked && self.seen_at.is_none();
        if self.ahead.is_empty() && !wants_due && !wonders {
            return Ok(!self.tasks.is_empty());
        }
        let most_due = if wants_due { room.div_ceil(2) } else { 0 };
        let Some(due) = self.look(most_due, now).await? else {
            return Ok(!self.tasks.is_empty());
        };
        let began = self.begin_some(room, due, now);
        Ok(began || !self.tasks.is_empty())
    }

    async fn read_ahead(&mut self, last: i64) -> Result<(), Failure> {
        while self.ahead.len() < AHEAD / 2 && self.read_to < last {
            let most = u32::try_from(AHEAD).unwrap_or(u32::MAX);
            let environment = &self.lane.environment_id;
            let ask = Ask::numbered_events(environment, &Range::Environment, self.read_to, most);
            let ask = ask.and(Ask::webhook_row(environment, &self.lane.webhook_id));
            let (events, webhook) = self.service().store().ask(ask).await?;
            let Some(newest) = events.last() else {
                return Ok(());
            };
            self.read_to = newest.sequence;
            let Some(row) = webhook else {
                return Ok(());
            };
            for event in events {
                if !self.attempted.remove(&event.sequence) && row.webhook.selects(&event.name) {
                    self.ahead.push_back(event);
                }
            }
        }
        Ok(())
    }

    /// Those that are due, and then what is new.
    fn begin_some(&mut self, room: usize, due: DueDeliveries, now: Timestamp) -> bool {
        let Some(receiver) = self.receiver.clone() else {
            return false;
        };
        let left = room.saturating_sub(due.len());
        let mut began = false;
        for (delivery, event) in due {
            began = true;
            self.again.insert(delivery.sequence);
            if let Some(account) = delivery
                .account_id
                .as_ref()
                .filter(|_| receiver.is_ordered())
            {
                self.busy.insert(account.clone(), Busy::InFlight);
            }
            self.send(&receiver, event, delivery, true);
        }
        for _ in 0..left {
            let gives_way = self.gives_way_until.is_some();
            if gives_way && self.fresh <= 0 {
                break;
            }
            let Some(content) = self.contents.pop_front() else {
                break;
            };
            let Some(event) = self.ahead.pop_front() else {
                break;
            };
            began = true;
            // Those in between are none of the webhook's, and came as well.
            let fresh = self.fresh - (event.sequence - self.begun_to);
            self.fresh = if gives_way { fresh } else { fresh.max(0) };
            self.begun_to = event.sequence;
            let delivery = first_delivery(&self.lane.webhook_id, &event, now);
            if receiver.is_ordered() && self.waits_for_another(&event) {
                self.park(delivery, now);
                continue;
            }
            self.in_flight.insert(event.sequence);
            self.send(&receiver, content, delivery, false);
        }
        began
    }

    /// Of those that are due, the ones that are not under way already. In strict order none goes beside another of its
    /// account.
    pub(super) fn pick_due(&mut self, due: Vec<Delivery>, most: usize) -> Vec<Delivery> {
        let ordered = self.is_ordered();
        let is_all = due.len() < most;
        let mut picked: Vec<Delivery> = Vec::new();
        for delivery in due {
            let account = delivery.account_id.as_ref().filter(|_| ordered);
            let is_under_way = self.again.contains(&delivery.sequence)
                || account.is_some_and(|account| {
                    self.busy.get(account) == Some(&Busy::InFlight)
                        || picked
                            .iter()
                            .any(|one| one.account_id.as_ref() == Some(account))
                });
            if !is_under_way {
                picked.push(delivery);
            }
        }
        if is_all && picked.is_empty() {
            // Whatever is due is under way; what comes of it says when to look again.
            self.next_due = None;
        }
        picked
    }

    fn waits_for_another(&mut self, event: &NumberedEvent) -> bool {
        let Some(account) = &event.account_id else {
            return false;
        };
        if self.busy.contains_key(account) {
            return true;
        }
        self.busy.insert(account.clone(), Busy::InFlight);
        false
    }

    /// W75: it is written down to wait until the one before it is through.
    fn park(&mut self, mut delivery: Delivery, now: Timestamp) {
        delivery.due_at = None;
        self.may_be_parked = true;
        self.done.push_back(Done {
            delivery,
            is_again: false,
            may_be_there: false,
            attempt: None,
            at: now,
        });
    }

    fn send(
        &mut self,
        receiver: &Arc<Receiver>,
        event: Option<Event<String>>,
        delivery: Delivery,
        is_again: bool,
    ) {
        let deliverer = self.deliverer.clone();
        let receiver = Arc::clone(receiver);
        self.tasks.spawn(async move {
            let at = deliverer.inner.service.now();
            let mut done = Done {
                delivery,
                is_again,
                may_be_there: is_again,
                attempt: None,
                at,
            };
            let outgoing = match event {
                // Old events go; nothing can be said of it any more.
                None => Err(DeliveryStatus::Failed),
                Some(event) => match receiver
                    .compose(&deliverer.inner.service, event, &done.delivery, at)
                    .await
                {
                    Ok(outgoing) => outgoing.ok_or(DeliveryStatus::Skipped),
                    Err(error) => {
                        tracing::error!(%error, event = %done.delivery.event_id, "nothing can be told of an event");
                        Err(DeliveryStatus::Failed)
                    }
                },
            };
            match outgoing {
                Ok(outgoing) => done.attempt = Some(deliverer.inner.sender.send(outgoing).await),
                Err(status) => done.delivery.status = status,
            }
            done
        });
    }
}

/// Of an event that nothing came of so far.
pub(in super::super) fn first_delivery(
    webhook: &WebhookId,
    event: &NumberedEvent,
    now: Timestamp,
) -> Delivery {
    Delivery {
        environment_id: event.environment_id.clone(),
        webhook_id: webhook.clone(),
        sequence: event.sequence,
        event_id: event.event_id.clone(),
        event_name: event.name.clone(),
        account_id: event.account_id.clone(),
        account_sequence: event.account_sequence,
        status: DeliveryStatus::Pending,
        attempts_made: 0,
        first_attempted_at: None,
        due_at: None,
        created_at: now,
        updated_at: now,
        attempts: Vec::new(),
    }
}

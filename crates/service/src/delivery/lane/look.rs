//! Seeing that a lane is this worker's still, and what is in front of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use selfsame_domain::Timestamp;
use selfsame_domain::delivery::Delivery;
use selfsame_domain::event::Event;
use selfsame_domain::id::EventId;
use selfsame_store::{Ask, Lane};

use super::super::compose::Receiver;
use super::{Busy, LaneWork, Standing};
use crate::Failure;

/// Contents read at once: a read of a busy database takes its time, and that is to be enough until the next.
const MOST_CONTENTS: usize = 256;
/// W73: so long a lane that was seen to be this worker's is taken for it, and contents for what they are.
const FRESH: Duration = Duration::from_millis(200);

/// Deliveries with what is to be sent of them, as far as it is there still.
pub(super) type DueDeliveries = Vec<(Delivery, Option<Event<String>>)>;

impl LaneWork {
    /// Something was changed by hand: what was seen before counts no more.
    pub(super) fn nudge(&mut self) {
        self.nudged.borrow_and_update();
        self.looks_for_due = true;
        self.seen_at = None;
    }

    /// Makes sure that the lane is this worker's still, and that the next events have their contents; returns so many of
    /// those that are due. `None`: nothing may be begun.
    pub(super) async fn look(
        &mut self,
        most_due: usize,
        now: Timestamp,
    ) -> Result<Option<DueDeliveries>, Failure> {
        loop {
            if self.nudged.has_changed().unwrap_or(false) {
                self.nudge();
            }
            let is_fresh = self.seen_at.is_some_and(|at| at.elapsed() < FRESH);
            let is_filled = !self.contents.is_empty() || self.ahead.is_empty();
            if is_fresh && is_filled && most_due == 0 {
                return Ok(self.glance().await?.then(Vec::new));
            }
            if !is_fresh {
                // What was read long ago may tell of somebody who was redacted since.
                self.contents.clear();
            }
            let due = self.look_anew(most_due, now).await?;
            if self.standing != Standing::Ours || !self.nudged.has_changed().unwrap_or(false) {
                return Ok(due);
            }
        }
    }

    /// W86: in strict order nothing new is begun before it was seen that nothing was queued, wherever it was. `false`:
    /// nothing may be begun.
    async fn glance(&mut self) -> Result<bool, Failure> {
        if !self.is_ordered() {
            return Ok(true);
        }
        let ask = Ask::lane(&self.lane.environment_id, &self.lane.webhook_id);
        let lane = self.service().store().ask(ask).await?;
        Ok(match self.own(lane) {
            Some(lane) => self.see_queued(lane.queued).await?,
            None => false,
        })
    }

    /// The lane as it is, if it is this worker's still.
    fn own(&mut self, lane: Option<Lane>) -> Option<Lane> {
        self.standing = match &lane {
            None => Standing::Closed,
            Some(lane) if lane.epoch != self.lane.epoch => Standing::Taken,
            Some(_) => Standing::Ours,
        };
        lane.filter(|_| self.standing == Standing::Ours)
    }

    /// W86: the accounts of what was queued wait. `false`: the lane is gone.
    async fn see_queued(&mut self, queued: i64) -> Result<bool, Failure> {
        if self.known_queued == Some(queued) {
            return Ok(true);
        }
        let (environment, webhook) = (&self.lane.environment_id, &self.lane.webhook_id);
        let ask = Ask::lane(environment, webhook).and(Ask::accounts_waiting(environment, webhook));
        let (lane, waiting) = self.service().store().ask(ask).await?;
        let Some(lane) = self.own(lane) else {
            return Ok(false);
        };
        for account in waiting {
            self.busy.entry(account).or_insert(Busy::Waiting);
        }
        self.known_queued = Some(lane.queued);
        self.looks_for_due = true;
        Ok(true)
    }

    async fn look_anew(
        &mut self,
        most_due: usize,
        now: Timestamp,
    ) -> Result<Option<DueDeliveries>, Failure> {
        let begun = Instant::now();
        let store = self.service().store().clone();
        let (environment, webhook) = (&self.lane.environment_id, &self.lane.webhook_id);
        let wanted = self.ahead.iter().skip(self.contents.len());
        let ids: Vec<EventId> = wanted
            .take(MOST_CONTENTS - self.contents.len())
            .map(|event| event.event_id.clone())
            .collect();
        let ask = Ask::lane(environment, webhook)
            .and(Ask::webhook_row(environment, webhook))
            .and(Ask::written_events_by_id(environment, &ids))
            .and(Ask::due_deliveries(environment, webhook, now, most_due));
        let (((lane, row), events), due) = store.ask(ask).await?;
        let Some(lane) = self.own(lane) else {
            return Ok(None);
        };
        let Some(row) = row else {
            self.standing = Standing::Closed;
            return Ok(None);
        };
        let is_new = self
            .receiver
            .as_ref()
            .is_none_or(|known| known.version() != row.webhook.version);
        if is_new {
            self.may_be_parked |= self.is_ordered();
            if self.receiver.is_some() && !self.is_ordered() {
                // Until now nobody cared what waits of an account.
                self.known_queued = None;
            }
            self.receiver = Some(Arc::new(Receiver::new(self.service(), row)?));
        }
        if self.is_ordered() && !self.see_queued(lane.queued).await? {
            return Ok(None);
        }
        self.contents.extend(in_order(&ids, events));
        self.seen_at = Some(begun);
        let due = self.pick_due(due, most_due);
        let ids: Vec<EventId> = due
            .iter()
            .map(|delivery| delivery.event_id.clone())
            .collect();
        if ids.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let ask = Ask::written_events_by_id(&self.lane.environment_id, &ids);
        let events = in_order(&ids, store.ask(ask).await?);
        Ok(Some(due.into_iter().zip(events).collect()))
    }
}

/// The events with these ids, each in the place of its own.
fn in_order(ids: &[EventId], events: Vec<Event<String>>) -> Vec<Option<Event<String>>> {
    let mut events: HashMap<EventId, Event<String>> = events
        .into_iter()
        .map(|event| (event.id.clone(), event))
        .collect();
    ids.iter().map(|id| events.remove(id)).collect()
}

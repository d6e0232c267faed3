//! What came of attempts: noted, written many at a time, and what follows from it.

use std::collections::HashSet;

use selfsame_domain::Timestamp;
use selfsame_domain::delivery::{AttemptMade, DeliveryStatus};
use selfsame_domain::id::AccountId;
use selfsame_store::{Ask, Batch, CommitError, Lane, StoreError};

use super::{Busy, Done, FAILURES, LaneWork, Standing, Written};
use crate::{Attempt, Outcome};

/// Outcomes in one commit: few enough that a request behind it hardly waits.
const MOST_WRITTEN_AT_ONCE: usize = 256;
/// Events that are none of the webhook's are passed over; that is written so often.
const MOST_PASSED_OVER: i64 = 2000;

impl LaneWork {
    /// What came of an attempt.
    pub(super) fn note(&mut self, mut done: Done) {
        let now = self.service().now();
        let ordered = self.is_ordered();
        let delivery = &mut done.delivery;
        self.in_flight.remove(&delivery.sequence);
        self.last_done = Some(now);
        if let Some(attempt) = &done.attempt {
            self.attempts += 1;
            let succeeded = attempt.succeeded();
            let jitter = u64::from_be_bytes(self.deliverer.inner.service.entropy().bytes());
            delivery.note(
                attempt_made(attempt, done.at),
                succeeded,
                ordered,
                jitter,
                now,
            );
            self.lane.failures = if succeeded { 0 } else { self.lane.failures + 1 };
            count(attempt);
            self.watch_circuit(now);
        } else {
            delivery.due_at = None;
            delivery.updated_at = now;
        }
        self.done.push_back(done);
    }

    fn watch_circuit(&mut self, now: Timestamp) {
        let is_open = self.lane.failures >= FAILURES;
        let webhook = &self.lane.webhook_id;
        if is_open && self.lane.opened_at.is_none() {
            self.lane.opened_at = Some(now);
            tracing::warn!(
                %webhook,
                failures = self.lane.failures,
                "a receiver answers nothing any more; one delivery is tried at a time until it does, and the others wait"
            );
        } else if !is_open && self.lane.opened_at.take().is_some() {
            tracing::info!(%webhook, "a receiver answers again");
        }
    }

    /// Every event up to this was attempted, or is none of the webhook's.
    fn place(&self) -> i64 {
        let unfinished = [
            self.in_flight.first().copied(),
            self.done
                .iter()
                .filter(|done| !done.is_again)
                .map(|done| done.delivery.sequence)
                .min(),
            self.ahead.front().map(|event| event.sequence),
        ];
        let first = unfinished.into_iter().flatten().min();
        first.map_or(self.read_to, |first| first - 1)
    }

    pub(super) fn begin_commit(&mut self, wants_all: bool) {
        if self.committing.is_some() || self.rests() {
            return;
        }
        let length = self.done.len().min(MOST_WRITTEN_AT_ONCE);
        let written: Vec<Done> = self.done.drain(..length).collect();
        let place = self.place().max(self.lane.sequence);
        let passed = place - self.lane.sequence;
        let is_ours = self.standing == Standing::Ours;
        let frees = is_ours && self.may_be_parked && self.receiver.is_some() && !self.is_ordered();
        if written.is_empty() && !frees && (passed == 0 || passed < MOST_PASSED_OVER && !wants_all)
        {
            return;
        }
        let now = self.service().now();
        let mut lane = self.lane.clone();
        lane.sequence = place;
        let mut batch = Batch::new();
        if is_ours {
            batch.advance_lane(&lane);
        } else if written.is_empty() {
            return;
        }
        for done in &written {
            write(&mut batch, done, self.standing, now);
        }
        if self.is_ordered() {
            let free = written.iter().filter_map(|done| self.freed(done));
            for account in free {
                batch.let_next_go(&lane.environment_id, &lane.webhook_id, account, now);
            }
        }
        if frees {
            // After what was parked last is written, and in the same commit.
            self.may_be_parked = !self.done.is_empty();
            self.looks_for_due = true;
            self.busy.clear();
            batch.let_all_go(&lane.environment_id, &lane.webhook_id, now);
        }
        let store = self.service().store().clone();
        self.committing = Some(tokio::spawn(async move {
            (store.commit(batch).await, lane, written)
        }));
    }

    /// The account whose next event may go: this one is through, or stands where nothing is before it any more.
    fn freed<'a>(&self, done: &'a Done) -> Option<&'a AccountId> {
        let account = done.delivery.account_id.as_ref()?;
        let is_parked = done.attempt.is_none() && done.delivery.status == DeliveryStatus::Pending;
        let is_free = is_parked && self.busy.get(account) == Some(&Busy::Waiting);
        (is_free || is_through(done)).then_some(account)
    }

    pub(super) async fn committed(&mut self, outcome: (Written, Lane, Vec<Done>)) {
        let (outcome, lane, written) = outcome;
        match outcome {
            Ok(()) => {
                self.lane.sequence = lane.sequence;
                self.settle(&written).await;
            }
            Err(CommitError::Conflict) => {
                self.put_back(written);
                self.standing = self.look_standing().await;
            }
            Err(error) => {
                self.put_back(written);
                let error = match error {
                    CommitError::Failed(error) => error,
                    other => StoreError::Commit(other.to_string()),
                };
                self.rest(&error.into());
            }
        }
    }

    fn put_back(&mut self, written: Vec<Done>) {
        self.may_be_parked = true;
        for done in written.into_iter().rev() {
            self.done.push_front(Done {
                may_be_there: true,
                ..done
            });
        }
    }

    async fn look_standing(&self) -> Standing {
        let ask = Ask::lane(&self.lane.environment_id, &self.lane.webhook_id);
        match self.service().store().ask(ask).await {
            Ok(None) => Standing::Closed,
            _ => Standing::Taken,
        }
    }

    /// What is written changes when the next one is due, and which accounts are free.
    async fn settle(&mut self, written: &[Done]) {
        for done in written {
            self.again.remove(&done.delivery.sequence);
        }
        let due = written.iter().filter_map(|done| done.delivery.due_at);
        self.next_due = due.chain(self.next_due).min();
        if !self.is_ordered() {
            return;
        }
        let accounts: HashSet<AccountId> = written
            .iter()
            .filter(|done| done.attempt.is_some() || is_through(done))
            .filter_map(|done| done.delivery.account_id.clone())
            .collect();
        if accounts.is_empty() {
            return;
        }
        self.looks_for_due = true;
        let ask = Ask::accounts_waiting(&self.lane.environment_id, &self.lane.webhook_id);
        let Ok(waiting) = self.service().store().ask(ask).await else {
            return;
        };
        let waiting: HashSet<_> = waiting.into_iter().collect();
        let parked: HashSet<_> = self
            .done
            .iter()
            .filter(|done| done.attempt.is_none())
            .filter_map(|done| done.delivery.account_id.clone())
            .collect();
        for account in accounts {
            if waiting.contains(&account) || parked.contains(&account) {
                self.busy.insert(account, Busy::Waiting);
            } else {
                self.busy.remove(&account);
            }
        }
    }
}

pub(in super::super) fn attempt_made(attempt: &Attempt, at: Timestamp) -> AttemptMade {
    let (status, problem, head) = match &attempt.outcome {
        Outcome::Answered { status, head } => (Some(*status), None, head.clone()),
        Outcome::Failed(failure) => (
            None,
            Some(failure.kind.as_str().to_owned()),
            failure.sentence.clone(),
        ),
    };
    AttemptMade {
        at,
        milliseconds: i64::try_from(attempt.duration.as_millis()).unwrap_or(i64::MAX),
        status,
        problem,
        head,
    }
}

fn count(attempt: &Attempt) {
    let outcome = if attempt.succeeded() {
        "delivered"
    } else {
        "failed"
    };
    metrics::counter!("selfsame_webhook_attempts_total", "outcome" => outcome).increment(1);
    metrics::histogram!("selfsame_webhook_attempt_seconds").record(attempt.duration.as_secs_f64());
}

fn is_through(done: &Done) -> bool {
    done.delivery.status != DeliveryStatus::Pending
}

/// A lane that is closed or another's: that it arrived is true all the same, and nothing is tried again.
fn write(batch: &mut Batch, done: &Done, standing: Standing, now: Timestamp) {
    let succeeded = done.delivery.status == DeliveryStatus::Completed;
    match standing {
        Standing::Ours if done.may_be_there => batch.put_delivery(&done.delivery),
        Standing::Ours => batch.insert_delivery(&done.delivery),
        Standing::Taken if !succeeded => {}
        Standing::Closed if !succeeded => {
            let mut over = done.delivery.clone();
            over.status = DeliveryStatus::Failed;
            over.due_at = None;
            over.updated_at = now;
            batch.put_delivery(&over);
        }
        Standing::Taken | Standing::Closed => batch.put_delivery(&done.delivery),
    }
}

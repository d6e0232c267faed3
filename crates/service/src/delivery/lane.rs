//! Working on one lane: following the numbers, sending, and writing what came of it.
//!
//! Nothing is sent that was not seen, a moment before, to be this worker's still and the webhook's to get. What is in
//! flight is bounded, and so is what was sent and is not written: a store that does not take it stops the sending.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use selfsame_domain::Timestamp;
use selfsame_domain::delivery::{AttemptMade, Delivery, DeliveryStatus};
use selfsame_domain::event::Event;
use selfsame_domain::id::{AccountId, EventId};
use selfsame_store::{Ask, Batch, CommitError, Lane, NumberedEvent, Range, StoreError};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::compose::Receiver;
use super::{Deliverer, Numbers, share};
use crate::{Attempt, Failure, Outcome, Service};

/// Numbers read at once, and kept in front of what is sent.
const AHEAD: usize = 256;
/// Outcomes that are not written yet.
const MOST_UNWRITTEN: usize = 1024;
/// Outcomes in one commit: few enough that a request behind it hardly waits.
const MOST_WRITTEN_AT_ONCE: usize = 256;
/// Events that are none of the webhook's are passed over; that is written so often.
const MOST_PASSED_OVER: i64 = 2000;
/// W76: the circuit opens after so many failures in a row.
const FAILURES: i64 = 10;
const LONGEST_PROBE_SECONDS: i64 = 60;
/// How often a lane looks for what another server has made due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How long a lane is worked on.
pub(super) enum Until {
    /// Until nothing is due at this moment.
    Idle,
    Told(watch::Receiver<bool>),
}

/// What came of one delivery, to be written.
struct Done {
    delivery: Delivery,
    /// Something came of it before: its row is there.
    is_again: bool,
    attempt: Option<Attempt>,
    at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Ours,
    /// Disabled or archived.
    Closed,
    /// Another server's.
    Taken,
}

type Written = Result<(), CommitError>;

pub(super) struct LaneWork {
    deliverer: Deliverer,
    /// As it is in the store, but for what a commit under way writes.
    lane: Lane,
    standing: Standing,
    receiver: Option<Arc<Receiver>>,
    /// Every number up to this was read.
    read_to: i64,
    /// Read, and the webhook's, and not begun.
    ahead: VecDeque<NumberedEvent>,
    /// Behind the lane's place, and something came of them in an earlier life.
    attempted: HashSet<i64>,
    /// First attempts under way, by number.
    in_flight: BTreeSet<i64>,
    /// Other attempts that are under way, or whose outcome is not written.
    again: HashSet<i64>,
    /// W75: accounts with an event under way, or one that waits.
    busy: HashMap<AccountId, Busy>,
    tasks: JoinSet<Done>,
    done: VecDeque<Done>,
    committing: Option<JoinHandle<(Written, Lane, Vec<Done>)>>,
    next_due: Option<Timestamp>,
    looks_for_due: bool,
    last_done: Option<Timestamp>,
    rests_until: Option<tokio::time::Instant>,
    attempts: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Busy {
    InFlight,
    Waiting,
}

impl LaneWork {
    pub fn new(deliverer: &Deliverer, lane: Lane) -> Self {
        Self {
            deliverer: deliverer.clone(),
            standing: Standing::Ours,
            receiver: None,
            read_to: lane.sequence,
            ahead: VecDeque::new(),
            attempted: HashSet::new(),
            in_flight: BTreeSet::new(),
            again: HashSet::new(),
            busy: HashMap::new(),
            tasks: JoinSet::new(),
            done: VecDeque::new(),
            committing: None,
            next_due: None,
            looks_for_due: true,
            last_done: None,
            rests_until: None,
            attempts: 0,
            lane,
        }
    }

    fn service(&self) -> &Service {
        &self.deliverer.inner.service
    }

    /// Returns how many attempts were made.
    pub async fn run(mut self, mut until: Until) -> u64 {
        let mut numbers = self.deliverer.inner.numbers.subscribe();
        let mut due = self.service().inner.nudge.due();
        if let Err(error) = self.begin().await {
            tracing::warn!(%error, webhook = %self.lane.webhook_id, "a lane could not be begun");
            return 0;
        }
        loop {
            let is_told = match &until {
                Until::Idle => false,
                Until::Told(told) => *told.borrow(),
            };
            let leaves = is_told || self.standing != Standing::Ours;
            let mut is_idle = leaves;
            if !leaves && !self.rests() {
                let last = last_number(&numbers.borrow_and_update(), &self.lane);
                due.borrow_and_update();
                match self.fill(last).await {
                    Ok(began) => is_idle = !began && matches!(until, Until::Idle),
                    Err(error) => self.rest(&error),
                }
            }
            self.begin_commit(leaves || is_idle);
            let is_still = self.tasks.is_empty() && self.committing.is_none();
            if is_idle && is_still && (self.done.is_empty() || self.rests()) {
                break;
            }
            self.wait(&mut until, &mut numbers, &mut due).await;
        }
        if self.standing == Standing::Ours {
            self.let_go().await;
        }
        self.attempts
    }

    /// What an earlier life left behind the lane's place.
    async fn begin(&mut self) -> Result<(), Failure> {
        let (environment, webhook) = (&self.lane.environment_id, &self.lane.webhook_id);
        let ask = Ask::attempted_after(environment, webhook, self.lane.sequence)
            .and(Ask::accounts_waiting(environment, webhook));
        let (attempted, waiting) = self.service().store().ask(ask).await?;
        self.attempted = attempted.into_iter().collect();
        self.busy = waiting
            .into_iter()
            .map(|account| (account, Busy::Waiting))
            .collect();
        Ok(())
    }

    fn rests(&self) -> bool {
        self.rests_until
            .is_some_and(|until| tokio::time::Instant::now() < until)
    }

    fn rest(&mut self, error: &Failure) {
        tracing::warn!(%error, webhook = %self.lane.webhook_id, "a lane has to wait for the store");
        self.rests_until = Some(tokio::time::Instant::now() + AFTER_FAILURE);
    }

    /// W76: with an open circuit one attempt at a time, and later and later.
    fn most_now(&self, now: Timestamp) -> usize {
        let under_way = self.tasks.len();
        let over = self.lane.failures - FAILURES;
        if over < 0 {
            let unwritten = MOST_UNWRITTEN.saturating_sub(self.done.len());
            return (self.deliverer.inner.concurrency.saturating_sub(under_way)).min(unwritten);
        }
        let wait = 1_i64.checked_shl(u32::try_from(over).unwrap_or(u32::MAX).min(32));
        let wait = wait.unwrap_or(i64::MAX).min(LONGEST_PROBE_SECONDS);
        let is_time = self
            .last_done
            .is_none_or(|last| last.plus_seconds(wait) <= now || last > now);
        usize::from(under_way == 0 && is_time)
    }

    /// Begins what can be begun; `false`: nothing was.
    async fn fill(&mut self, last: i64) -> Result<bool, Failure> {
        let now = self.service().now();
        let room = self.most_now(now);
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
        self.read_ahead(last).await?;
        let wants_due = self.next_due.is_some_and(|due| due <= now);
        if self.ahead.is_empty() && !wants_due {
            return Ok(!self.tasks.is_empty());
        }
        let began = self.begin_some(room, wants_due, now).await?;
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

    /// Those that may be begun now, longest waiting first, half of the room for what is tried again.
    async fn begin_some(
        &mut self,
        room: usize,
        wants_due: bool,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let (environment, webhook) = (
            self.lane.environment_id.clone(),
            self.lane.webhook_id.clone(),
        );
        let most_due = if wants_due {
            room.div_ceil(2).max(room.min(1))
        } else {
            0
        };
        let picked: Vec<NumberedEvent> = self.ahead.iter().take(room).cloned().collect();
        let ids: Vec<EventId> = picked.iter().map(|event| event.event_id.clone()).collect();
        let ask = Ask::lane(&environment, &webhook)
            .and(Ask::webhook_row(&environment, &webhook))
            .and(Ask::events_by_id(&environment, &ids))
            .and(Ask::due_deliveries(&environment, &webhook, now, most_due));
        let (((lane, row), mut events), due) = self.service().store().ask(ask).await?;
        let is_ours = lane
            .as_ref()
            .is_some_and(|lane| lane.epoch == self.lane.epoch);
        let Some(row) = row.filter(|_| is_ours) else {
            self.standing = if lane.is_some() {
                Standing::Taken
            } else {
                Standing::Closed
            };
            return Ok(false);
        };
        let is_new = self
            .receiver
            .as_ref()
            .is_none_or(|known| known.version() != row.webhook.version);
        if is_new {
            self.receiver = Some(Arc::new(Receiver::new(self.service(), row)?));
        }
        let Some(receiver) = self.receiver.clone() else {
            return Ok(false);
        };
        let due = self.pick_due(due, most_due, receiver.is_ordered());
        if !due.is_empty() {
            let ids: Vec<EventId> = due
                .iter()
                .map(|delivery| delivery.event_id.clone())
                .collect();
            let found = self
                .service()
                .store()
                .ask(Ask::events_by_id(&environment, &ids))
                .await?;
            events.extend(found);
        }
        let mut events: HashMap<EventId, Event> = events
            .into_iter()
            .map(|event| (event.id.clone(), event))
            .collect();
        let left = room.saturating_sub(due.len());
        let mut began = false;
        for delivery in due {
            began = true;
            self.again.insert(delivery.sequence);
            let event = events.get(&delivery.event_id).cloned();
            self.send(&receiver, event, delivery, true);
        }
        for event in picked.into_iter().take(left) {
            self.ahead.pop_front();
            began = true;
            let delivery = first_delivery(&self.lane, &event, now);
            if receiver.is_ordered() && self.waits_for_another(&event) {
                self.park(delivery, now);
                continue;
            }
            self.in_flight.insert(event.sequence);
            let found = events.remove(&event.event_id);
            self.send(&receiver, found, delivery, false);
        }
        Ok(began)
    }

    /// Of those that are due, the ones that are not under way already. In strict order none goes beside another of its
    /// account.
    fn pick_due(&mut self, due: Vec<Delivery>, most: usize, ordered: bool) -> Vec<Delivery> {
        let is_all = due.len() < most;
        let mut picked = Vec::new();
        for delivery in due {
            let account = delivery.account_id.as_ref().filter(|_| ordered);
            let is_under_way = self.again.contains(&delivery.sequence)
                || account.is_some_and(|account| self.busy.get(account) == Some(&Busy::InFlight));
            if is_under_way {
                continue;
            }
            if let Some(account) = account {
                self.busy.insert(account.clone(), Busy::InFlight);
            }
            picked.push(delivery);
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
        self.done.push_back(Done {
            delivery,
            is_again: false,
            attempt: None,
            at: now,
        });
    }

    fn send(
        &mut self,
        receiver: &Arc<Receiver>,
        event: Option<Event>,
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
                attempt: None,
                at,
            };
            let outgoing = match event {
                // Old events go; nothing can be said of it any more.
                None => Err(DeliveryStatus::Failed),
                Some(event) => receiver
                    .compose(&deliverer.inner.service, &event, &done.delivery, at)
                    .await
                    .ok_or(DeliveryStatus::Skipped),
            };
            match outgoing {
                Ok(outgoing) => done.attempt = Some(deliverer.inner.sender.send(outgoing).await),
                Err(status) => done.delivery.status = status,
            }
            done
        });
    }

    /// What came of an attempt.
    fn note(&mut self, mut done: Done) {
        let now = self.service().now();
        let ordered = self
            .receiver
            .as_ref()
            .is_some_and(|known| known.is_ordered());
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

    fn begin_commit(&mut self, wants_all: bool) {
        if self.committing.is_some() || self.rests() {
            return;
        }
        let length = self.done.len().min(MOST_WRITTEN_AT_ONCE);
        let written: Vec<Done> = self.done.drain(..length).collect();
        let place = self.place().max(self.lane.sequence);
        let passed = place - self.lane.sequence;
        if written.is_empty() && (passed == 0 || passed < MOST_PASSED_OVER && !wants_all) {
            return;
        }
        let now = self.service().now();
        let mut lane = self.lane.clone();
        lane.sequence = place;
        let mut batch = Batch::new();
        if self.standing == Standing::Ours {
            batch.advance_lane(&lane);
        } else if written.is_empty() {
            return;
        }
        for done in &written {
            write(&mut batch, done, self.standing, now);
        }
        if self
            .receiver
            .as_ref()
            .is_some_and(|known| known.is_ordered())
        {
            let free = written.iter().filter_map(|done| self.freed(done));
            for account in free {
                batch.let_next_go(&lane.environment_id, &lane.webhook_id, account, now);
            }
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

    async fn committed(&mut self, outcome: (Written, Lane, Vec<Done>)) {
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
        for done in written.into_iter().rev() {
            self.done.push_front(done);
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
        if !self
            .receiver
            .as_ref()
            .is_some_and(|known| known.is_ordered())
        {
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

    async fn wait(
        &mut self,
        until: &mut Until,
        numbers: &mut watch::Receiver<Numbers>,
        due: &mut watch::Receiver<u64>,
    ) {
        let now = self.service().now();
        let next = self
            .next_due
            .map(|due| (due.millis() - now.millis()).max(1));
        let next = next.map_or(LOOK_EVERY, |millis| {
            Duration::from_millis(u64::try_from(millis).unwrap_or(1)).min(LOOK_EVERY)
        });
        let told = async {
            match until {
                Until::Idle => std::future::pending().await,
                Until::Told(told) => drop(told.changed().await),
            }
        };
        let committing = async {
            match &mut self.committing {
                Some(committing) => committing.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(done) = self.tasks.join_next() => {
                let mut ended = vec![done];
                while let Some(done) = self.tasks.try_join_next() {
                    ended.push(done);
                }
                for done in ended.into_iter().flatten() {
                    self.note(done);
                }
            }
            outcome = committing => {
                self.committing = None;
                if let Ok(outcome) = outcome {
                    self.committed(outcome).await;
                }
            }
            _ = numbers.changed() => {}
            _ = due.changed() => self.looks_for_due = true,
            () = told => {}
            () = tokio::time::sleep(next) => self.looks_for_due = true,
        }
    }

    async fn let_go(&self) {
        let mut batch = Batch::new();
        batch.take_lane(&self.lane, None, share::epoch(self.service()));
        match self.service().store().commit(batch).await {
            Ok(()) | Err(CommitError::Conflict) => {}
            Err(error) => tracing::warn!(%error, "a lane could not be let go of"),
        }
    }
}

fn last_number(numbers: &Numbers, lane: &Lane) -> i64 {
    numbers.get(&lane.environment_id).copied().unwrap_or(0)
}

pub(super) fn first_delivery(lane: &Lane, event: &NumberedEvent, now: Timestamp) -> Delivery {
    Delivery {
        environment_id: lane.environment_id.clone(),
        webhook_id: lane.webhook_id.clone(),
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

pub(super) fn attempt_made(attempt: &Attempt, at: Timestamp) -> AttemptMade {
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
        Standing::Ours if done.is_again => batch.put_delivery(&done.delivery),
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

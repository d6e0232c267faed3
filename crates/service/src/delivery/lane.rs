//! Working on one lane: following the numbers, sending, and writing what came of it.
//!
//! Nothing is sent on a lane that was not seen, a moment before, to be this worker's still. What is in flight is bounded,
//! and so is what was sent and is not written: a store that does not take it stops the sending.

mod fill;
mod look;
mod record;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use selfsame_domain::Timestamp;
use selfsame_domain::delivery::Delivery;
use selfsame_domain::event::Event;
use selfsame_domain::id::AccountId;
use selfsame_store::{Ask, Batch, CommitError, Lane, NumberedEvent};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::compose::Receiver;
use super::{Deliverer, Numbers, share};
use crate::{Attempt, Failure, Service};

pub(super) use fill::first_delivery;
pub(super) use record::attempt_made;

/// W76: the circuit opens after so many failures in a row.
const FAILURES: i64 = 10;
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
    /// It is no first attempt: the lane's place is behind it already.
    is_again: bool,
    /// Its row may be there: it is no first attempt, or the store could not say whether it has it.
    may_be_there: bool,
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
    /// The first of those with their contents, as far as they are there still.
    contents: VecDeque<Option<Event<String>>>,
    /// When the lane was last seen to be this worker's.
    seen_at: Option<Instant>,
    /// Told when something was changed by hand in this process.
    nudged: watch::Receiver<u64>,
    /// Behind the lane's place, and something came of them in an earlier life.
    attempted: HashSet<i64>,
    /// First attempts under way, by number.
    in_flight: BTreeSet<i64>,
    /// Other attempts that are under way, or whose outcome is not written.
    again: HashSet<i64>,
    /// W75: accounts with an event under way, or one that waits.
    busy: HashMap<AccountId, Busy>,
    /// W86: those that wait are known up to what was queued by then; `None`: they have to be read.
    known_queued: Option<i64>,
    tasks: JoinSet<Done>,
    done: VecDeque<Done>,
    committing: Option<JoinHandle<(Written, Lane, Vec<Done>)>>,
    next_due: Option<Timestamp>,
    looks_for_due: bool,
    /// W75: there may be events that wait for others of their account, although the webhook is not in strict order.
    may_be_parked: bool,
    last_done: Option<Timestamp>,
    rests_until: Option<tokio::time::Instant>,
    /// W94: until then only what is new is sent.
    gives_way_until: Option<Instant>,
    /// W94: so many numbers have come that were not made up for, of whatever events; below zero, too much was sent.
    fresh: i64,
    /// The number of the last event whose first attempt was begun, or that was passed over before.
    begun_to: i64,
    /// The environment's last number that was seen.
    last: Option<i64>,
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
            contents: VecDeque::new(),
            seen_at: None,
            nudged: deliverer.inner.service.inner.nudge.due(),
            attempted: HashSet::new(),
            in_flight: BTreeSet::new(),
            again: HashSet::new(),
            busy: HashMap::new(),
            known_queued: None,
            tasks: JoinSet::new(),
            done: VecDeque::new(),
            committing: None,
            next_due: None,
            looks_for_due: true,
            may_be_parked: false,
            last_done: None,
            rests_until: None,
            gives_way_until: None,
            fresh: 0,
            begun_to: lane.sequence,
            last: None,
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
            self.wait(&mut until, &mut numbers).await;
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
            .and(Ask::accounts_waiting(environment, webhook))
            .and(Ask::lane(environment, webhook));
        let ((attempted, waiting), lane) = self.service().store().ask(ask).await?;
        self.known_queued = lane.map(|lane| lane.queued);
        self.attempted = attempted.into_iter().collect();
        self.may_be_parked = !waiting.is_empty();
        self.busy = waiting
            .into_iter()
            .map(|account| (account, Busy::Waiting))
            .collect();
        Ok(())
    }

    fn is_ordered(&self) -> bool {
        self.receiver
            .as_ref()
            .is_some_and(|known| known.is_ordered())
    }

    fn rests(&self) -> bool {
        self.rests_until
            .is_some_and(|until| tokio::time::Instant::now() < until)
    }

    fn rest(&mut self, error: &Failure) {
        tracing::warn!(%error, webhook = %self.lane.webhook_id, "a lane has to wait for the store");
        self.rests_until = Some(tokio::time::Instant::now() + AFTER_FAILURE);
    }

    async fn wait(&mut self, until: &mut Until, numbers: &mut watch::Receiver<Numbers>) {
        let now = self.service().now();
        // Where a backlog rests, the end of it tells.
        let next = self
            .next_due
            .filter(|_| self.gives_way_until.is_none())
            .map(|due| (due.millis() - now.millis()).max(1));
        let next = next.map_or(LOOK_EVERY, |millis| {
            Duration::from_millis(u64::try_from(millis).unwrap_or(1)).min(LOOK_EVERY)
        });
        let may_go_on = async {
            match self.gives_way_until {
                Some(until) => tokio::time::sleep_until(until.into()).await,
                None => std::future::pending().await,
            }
        };
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
            _ = self.nudged.changed() => self.nudge(),
            () = told => {}
            () = may_go_on => self.gives_way_until = None,
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

//! Who works on which lane (W77). Every server that delivers shows signs of life in the store; of those that live, a
//! lane belongs to the one that a hash of both says, so that all agree without a word. A server lets go of what is no
//! longer its own, and takes what is its own from whoever let go or died.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use selfsame_domain::id::{EnvironmentId, Id as _, WebhookId};
use selfsame_store::{Ask, Batch, CommitError, Lane, ServerBeat};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::lane::{LaneWork, Until};
use super::{Deliverer, number};
use crate::{Failure, Service, sha256};

const BEAT_EVERY: Duration = Duration::from_secs(1);
/// A server whose beat has not changed for so long is dead. Measured here, not by what any clock says.
const DEAD_AFTER: Duration = Duration::from_secs(6);
/// And is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(5);
/// How soon events that another server has numbered are seen.
const LOOK_EVERY: Duration = Duration::from_millis(25);

type Key = (EnvironmentId, WebhookId);

/// The servers seen so far: the beat, and when it was first seen.
#[derive(Default)]
struct Servers(HashMap<String, (i64, Instant)>);

impl Servers {
    fn see(&mut self, beats: Vec<ServerBeat>, now: Instant) {
        let there: HashSet<_> = beats.iter().map(|server| server.id.clone()).collect();
        self.0.retain(|id, _| there.contains(id));
        for server in beats {
            let known = self.0.entry(server.id).or_insert((server.beat, now));
            if known.0 != server.beat {
                *known = (server.beat, now);
            }
        }
    }

    fn silent_for(&self, id: &str, now: Instant) -> Option<Duration> {
        self.0.get(id).map(|(_, at)| now.duration_since(*at))
    }

    fn lives(&self, id: &str, now: Instant) -> bool {
        self.silent_for(id, now)
            .is_some_and(|silent| silent < DEAD_AFTER)
    }

    /// Whose the lane is among those that live.
    fn owner(&self, key: &Key, now: Instant) -> Option<&str> {
        let living = self.0.keys().filter(|id| self.lives(id, now));
        let weight = |id: &&String| {
            sha256(&[
                id.as_bytes(),
                key.0.as_str().as_bytes(),
                key.1.as_str().as_bytes(),
            ])
        };
        living.max_by_key(weight).map(String::as_str)
    }
}

/// What one server does about lanes.
struct Shares {
    deliverer: Deliverer,
    own: String,
    beat: i64,
    servers: Servers,
    /// How to tell each lane that it is to stop.
    stops: HashMap<Key, watch::Sender<bool>>,
    lanes: JoinSet<Key>,
    /// Those whose backlog was told.
    told: HashSet<Key>,
}

pub(super) async fn run(deliverer: Deliverer, mut stopped: watch::Receiver<bool>) {
    let is_shared = deliverer.inner.service.store().is_shared();
    let service = deliverer.inner.service.clone();
    let mut shares = Shares::new(deliverer.clone());
    let mut ticks = interval(BEAT_EVERY);
    let mut looks = interval(LOOK_EVERY);
    while !*stopped.borrow() {
        let others = is_shared && shares.servers.0.len() > 1;
        tokio::select! {
            _ = stopped.changed() => {}
            Some(ended) = shares.lanes.join_next() => shares.ended(ended.ok()),
            _ = looks.tick(), if others => told(number::look(&deliverer).await),
            () = service.inner.nudge.lanes() => told(shares.share().await),
            _ = ticks.tick() => told(shares.share().await),
        }
    }
    shares.end().await;
}

fn interval(every: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval
}

fn told(outcome: Result<(), Failure>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "webhooks cannot be looked after; trying again");
    }
}

impl Shares {
    fn new(deliverer: Deliverer) -> Self {
        Self {
            own: deliverer.inner.worker.clone(),
            deliverer,
            beat: 0,
            servers: Servers::default(),
            stops: HashMap::new(),
            lanes: JoinSet::new(),
            told: HashSet::new(),
        }
    }

    fn service(&self) -> &Service {
        &self.deliverer.inner.service
    }

    /// Shows a sign of life, looks who else lives, takes and lets go of lanes.
    async fn share(&mut self) -> Result<(), Failure> {
        self.beat += 1;
        let is_shared = self.service().store().is_shared();
        if is_shared {
            let mut batch = Batch::new();
            batch.beat(&self.own, self.beat, self.service().now());
            self.service().commit_unconditionally(batch).await?;
        }
        number::look(&self.deliverer).await?;
        let ask = Ask::lanes().and(Ask::servers());
        let (lanes, mut beats) = self.service().store().ask(ask).await?;
        if !is_shared {
            // Nobody else can be at an embedded store; what is there is of servers that have ended.
            beats = vec![ServerBeat {
                id: self.own.clone(),
                beat: self.beat,
            }];
        }
        let now = Instant::now();
        self.servers.see(beats, now);
        let there: HashSet<Key> = lanes.iter().map(key_of).collect();
        self.tell(&lanes, &there);
        for (key, stop) in &self.stops {
            if !there.contains(key) {
                stop.send_replace(true);
            }
        }
        for lane in lanes {
            let key = key_of(&lane);
            let is_own = self.servers.owner(&key, now) == Some(self.own.as_str());
            if let Some(stop) = self.stops.get(&key) {
                if !is_own {
                    stop.send_replace(true);
                }
            } else if is_own && self.is_free(&lane, now) {
                self.begin(key, &lane).await?;
            }
        }
        self.forget(now).await
    }

    /// How far each lane is behind, and how many circuits are open; a lane that is gone is behind no more.
    fn tell(&mut self, lanes: &[Lane], there: &HashSet<Key>) {
        let backlog = |webhook: &WebhookId| metrics::gauge!("selfsame_webhook_backlog", "webhook" => webhook.to_string());
        for (_, webhook) in self.told.difference(there) {
            backlog(webhook).set(0.0);
        }
        for lane in lanes {
            let numbers = self.deliverer.inner.numbers.borrow();
            let last = numbers.get(&lane.environment_id).copied().unwrap_or(0);
            let behind = u32::try_from((last - lane.sequence).max(0)).unwrap_or(u32::MAX);
            backlog(&lane.webhook_id).set(behind);
        }
        let open = lanes.iter().filter(|lane| lane.opened_at.is_some()).count();
        metrics::gauge!("selfsame_webhooks_open").set(u32::try_from(open).unwrap_or(u32::MAX));
        self.told.clone_from(there);
    }

    fn is_free(&self, lane: &Lane, now: Instant) -> bool {
        lane.worker
            .as_ref()
            .is_none_or(|worker| *worker == self.own || !self.servers.lives(worker, now))
    }

    async fn begin(&mut self, key: Key, lane: &Lane) -> Result<(), Failure> {
        let Some(lane) = take(&self.deliverer, lane).await? else {
            return Ok(());
        };
        let (stop, told) = watch::channel(false);
        self.stops.insert(key.clone(), stop);
        let work = LaneWork::new(&self.deliverer, lane);
        self.lanes.spawn(async move {
            work.run(Until::Told(told)).await;
            key
        });
        Ok(())
    }

    /// A lane that ended is taken again, where it is still this server's, with the next look.
    fn ended(&mut self, key: Option<Key>) {
        match key {
            Some(key) => drop(self.stops.remove(&key)),
            // It panicked, which was told already; nobody knows which one it was.
            None => self.stops.retain(|_, stop| !stop.is_closed()),
        }
    }

    async fn forget(&self, now: Instant) -> Result<(), Failure> {
        let mut batch = Batch::new();
        for id in self.servers.0.keys() {
            let silent = self.servers.silent_for(id, now);
            if silent.is_some_and(|silent| silent >= FORGOTTEN_AFTER) {
                batch.forget_server(id);
            }
        }
        self.service().commit_unconditionally(batch).await
    }

    async fn end(mut self) {
        for stop in self.stops.values() {
            stop.send_replace(true);
        }
        while self.lanes.join_next().await.is_some() {}
        if self.service().store().is_shared() {
            let mut batch = Batch::new();
            batch.forget_server(&self.own);
            told(self.service().commit_unconditionally(batch).await);
        }
    }
}

fn key_of(lane: &Lane) -> Key {
    (lane.environment_id.clone(), lane.webhook_id.clone())
}

/// Makes a lane this server's, if it still is as it was seen.
async fn take(deliverer: &Deliverer, seen: &Lane) -> Result<Option<Lane>, Failure> {
    let service = &deliverer.inner.service;
    let mut lane = seen.clone();
    lane.epoch = epoch(service);
    lane.worker = Some(deliverer.inner.worker.clone());
    let mut batch = Batch::new();
    batch.take_lane(seen, lane.worker.as_deref(), lane.epoch);
    match service.store().commit(batch).await {
        Ok(()) => Ok(Some(lane)),
        Err(CommitError::Conflict) => Ok(None),
        Err(CommitError::Failed(error)) => Err(error.into()),
        Err(other) => Err(Failure::Internal(other.to_string())),
    }
}

/// Never one that was there before.
pub(crate) fn epoch(service: &Service) -> i64 {
    i64::from_be_bytes(service.entropy().bytes()) & i64::MAX
}

/// Takes each lane in turn, whosever it is, and works on it until nothing is due.
pub(super) async fn work_through(deliverer: &Deliverer) -> Result<u64, Failure> {
    number::look(deliverer).await?;
    let mut attempts = 0;
    for seen in deliverer.inner.service.store().ask(Ask::lanes()).await? {
        if let Some(lane) = take(deliverer, &seen).await? {
            attempts += LaneWork::new(deliverer, lane).run(Until::Idle).await;
        }
    }
    Ok(attempts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(id: &str, beat: i64) -> ServerBeat {
        ServerBeat {
            id: id.to_owned(),
            beat,
        }
    }

    fn key(number: u32) -> Key {
        (
            EnvironmentId::from_trusted("env_1".into()),
            WebhookId::from_trusted(format!("wbh_{number}")),
        )
    }

    #[test]
    fn w77_a_server_whose_beat_stands_still_is_dead_whatever_the_beat_says() {
        let begun = Instant::now();
        let mut servers = Servers::default();
        servers.see(vec![beat("a", 900), beat("b", 1)], begun);
        assert!(servers.lives("a", begun) && servers.lives("b", begun));
        let later = begun + DEAD_AFTER;
        servers.see(vec![beat("a", 900), beat("b", 2)], later);
        assert!(!servers.lives("a", later) && servers.lives("b", later));
        servers.see(vec![beat("a", 3), beat("b", 2)], later);
        assert!(
            servers.lives("a", later),
            "a beat that went back is a sign of life"
        );
        servers.see(vec![beat("b", 3)], later);
        assert!(!servers.lives("a", later));
    }

    #[test]
    fn w77_all_agree_on_the_owner_and_a_death_moves_only_the_dead_ones_lanes() {
        let now = Instant::now();
        let (mut three, mut two) = (Servers::default(), Servers::default());
        three.see(vec![beat("a", 1), beat("b", 1), beat("c", 1)], now);
        two.see(vec![beat("c", 7), beat("a", 9)], now);
        let mut counts: HashMap<String, u32> = HashMap::new();
        for number in 0..300 {
            let before = three.owner(&key(number), now).unwrap().to_owned();
            let after = two.owner(&key(number), now).unwrap();
            if before != "b" {
                assert_eq!(before, after);
            }
            *counts.entry(before).or_default() += 1;
        }
        assert!(counts.values().all(|count| *count > 60), "{counts:?}");
    }
}

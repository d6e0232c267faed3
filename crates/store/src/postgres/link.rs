//! One place for a connection, which is made anew, with growing pauses, whenever it is lost.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::connect::Connector;
use super::error::told;
use super::session::{Growth, Session};
use super::statistics;
use crate::StoreError;

const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub struct Link {
    /// Whose threads look after its connections, whoever needs one first.
    runtime: Handle,
    connector: Arc<Connector>,
    growth: Arc<Growth>,
    current: Mutex<Option<Arc<Session>>>,
    /// Held by whoever connects; the pause before the next attempt, and what the last one said.
    connecting: tokio::sync::Mutex<(Duration, String)>,
}

impl Link {
    pub fn new(connector: Arc<Connector>, growth: Arc<Growth>) -> Self {
        Self {
            runtime: Handle::current(),
            connector,
            growth,
            current: Mutex::new(None),
            connecting: tokio::sync::Mutex::new((SHORTEST_PAUSE, String::new())),
        }
    }

    fn living(&self) -> Option<Arc<Session>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|session| session.is_closed()) {
            *current = None;
        }
        current.clone()
    }

    /// A connection that was alive a moment ago, or a new one; an error when there is none before `deadline`.
    pub async fn session(&self, deadline: Instant) -> Result<Arc<Session>, StoreError> {
        if let Some(session) = self.living() {
            return Ok(session);
        }
        let mut connecting = self.connecting.lock().await;
        loop {
            if let Some(session) = self.living() {
                return Ok(session);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.unavailable(&connecting.1));
            }
            let mut attempt = JoinSet::new();
            let connector = Arc::clone(&self.connector);
            attempt.spawn_on(async move { connector.connect().await }, &self.runtime);
            match tokio::time::timeout(left, attempt.join_next()).await {
                Ok(Some(Ok(Ok(client)))) => {
                    let session = Arc::new(Session::new(client, Arc::clone(&self.growth)));
                    *self.current.lock().unwrap_or_else(PoisonError::into_inner) =
                        Some(Arc::clone(&session));
                    connecting.0 = SHORTEST_PAUSE;
                    return Ok(session);
                }
                Ok(Some(Ok(Err(error)))) => connecting.1 = told(&error),
                Ok(_) => "the attempt broke off".clone_into(&mut connecting.1),
                Err(_) => "no answer".clone_into(&mut connecting.1),
            }
            let pause = connecting.0.min(left);
            connecting.0 = (connecting.0 * 2).min(LONGEST_PAUSE);
            tokio::time::sleep(pause).await;
        }
    }

    /// Tells that so many batches were committed.
    pub fn grow(&self, commits: usize) {
        if self.growth.count(commits) {
            let connector = Arc::clone(&self.connector);
            self.runtime
                .spawn(async move { statistics::refresh(&connector).await });
        }
    }

    /// Gives a connection up that cannot be used any more, though it may look alive.
    pub fn discard(&self, session: &Arc<Session>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current
            .as_ref()
            .is_some_and(|held| Arc::ptr_eq(held, session))
        {
            *current = None;
        }
    }

    fn unavailable(&self, reason: &str) -> StoreError {
        StoreError::Unavailable(format!("{}: {reason}", self.connector.shown))
    }
}

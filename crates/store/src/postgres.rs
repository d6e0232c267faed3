//! PostgreSQL: any number of server processes on one database.
//!
//! Reads are pipelined over a few connections, writes are taken in groups: whatever waits shares one round trip and one
//! durable commit. Correctness rests on unique indexes and versions under read committed; there are no advisory locks
//! and nothing is listened for.

mod connect;
mod error;
mod group;
pub(crate) mod hold;
mod link;
mod migrate;
mod read;
mod resolve;
mod session;
pub mod snapshot;
mod statistics;
mod transaction;
mod value;
mod write;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::{Batch, CommitError, StoreError};
use connect::Connector;
use link::Link;
use session::Growth;
use write::Waiting;

/// Two writers are as good as four: while one waits for its commit, the other collects.
const WRITERS: usize = 2;
const READERS: usize = 4;
const SEARCHERS: usize = 2;
/// How long a request waits for a database that cannot be reached.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Postgres {
    writes: mpsc::UnboundedSender<Waiting>,
    readers: Vec<Reader>,
    /// For searches, so that nothing quick waits behind one.
    searchers: Vec<Reader>,
    /// For work that gives way to requests.
    behind: Vec<Reader>,
}

struct Reader {
    link: Link,
    running: AtomicUsize,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Postgres")
    }
}

impl Postgres {
    /// Connects, and brings the schema up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let connector = Arc::new(Connector::parse(url)?);
        let first = connector.connect_at_start().await?;
        migrate::migrate(&connector, &first).await?;
        let growth = Arc::new(Growth::default());
        let (writes, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
        for _ in 0..WRITERS {
            let link = Link::new(Arc::clone(&connector), Arc::clone(&growth));
            tokio::spawn(write::write_loop(link, Arc::clone(&waiting)));
        }
        let reader = || Reader {
            link: Link::new(Arc::clone(&connector), Arc::clone(&growth)),
            running: AtomicUsize::new(0),
        };
        Ok(Self {
            writes,
            readers: (0..READERS).map(|_| reader()).collect(),
            searchers: (0..SEARCHERS).map(|_| reader()).collect(),
            behind: vec![reader()],
        })
    }

    pub async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        let (answer, outcome) = oneshot::channel();
        self.writes
            .send(Waiting::new(batch, answer))
            .map_err(|_| StoreError::Closed)?;
        outcome.await.map_err(|_| StoreError::Closed)?
    }
}

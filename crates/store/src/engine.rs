//! The one door to a store: reads are lists of queries, writes are batches.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Notify;

use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{Batch, CommitError, Row, Value};

#[derive(Debug, Clone)]
pub struct Query {
    pub sql: Cow<'static, str>,
    pub values: Vec<Value>,
    /// It may take long, and must not stand in the way of others.
    pub is_long: bool,
}

impl Query {
    pub fn new(sql: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Self {
        Self {
            sql: sql.into(),
            values,
            is_long: false,
        }
    }

    /// Of a search, whose conditions a caller makes up: it may have to look at everything. It runs apart, and ends with
    /// [`StoreError::TooLong`] after some seconds.
    #[must_use]
    pub fn long(self) -> Self {
        Self {
            is_long: true,
            ..self
        }
    }
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("cannot open the store at {path}: {reason}")]
    Open { path: String, reason: String },
    #[error(
        "the schema of the database cannot be brought up to date, and nothing was changed ({0}); keep the file, and \
         restore a backup with the version that made it"
    )]
    Migrate(String),
    #[error("the store refused a statement: {0}")]
    Statement(String),
    #[error("the store did not commit: {0}")]
    Commit(String),
    #[error("the store holds something unreadable: {0}")]
    Corrupt(String),
    #[error("the store cannot be reached: {0}")]
    Unavailable(String),
    #[error(
        "the database {path} is damaged ({reason}); stop the server, keep the file as it is, see `selfsame check`, and \
         restore the newest sound backup with `selfsame restore`"
    )]
    Damaged { path: String, reason: String },
    #[error(
        "no space left for the database {path}; nothing was written: make room, and writing goes on by itself"
    )]
    Full { path: String },
    #[error(
        "the database {path} cannot be written ({reason}); the user that runs Selfsame must be able to write the file \
         and the folder it is in"
    )]
    ReadOnly { path: String, reason: String },
    #[error(
        "the database {path} has schema {found}, and this version of Selfsame knows schemas up to {known}; run the \
         version that wrote it, or a newer one"
    )]
    Newer {
        path: String,
        found: i64,
        known: i64,
    },
    #[error(
        "the database {path} has tables, but no record of Selfsame's migrations; it belongs to another program, or a \
         copy of it was cut short: give another file, or restore a backup"
    )]
    Foreign { path: String },
    #[error("the query took too long")]
    TooLong,
    #[error("the store is shutting down")]
    Closed,
}

/// The one place where the two engines differ.
#[derive(Debug)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Whose connections are read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Those of requests, for which somebody waits.
    Request,
    /// Those of work that has time.
    Behind,
}

/// A handle to the store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Arc<Engine>,
    turn: Turn,
    /// Numbers events, so that those of one moment keep the order in which they were handed in.
    sequence: Arc<AtomicI64>,
    /// Told whenever events were committed here.
    happened: Arc<Notify>,
}

impl Store {
    /// Opens the embedded store in a file, making and migrating it where needed.
    pub fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::on(Engine::Sqlite(Sqlite::open(path)?)))
    }

    /// Opens a PostgreSQL database, `postgres://user:password@host:port/database`, making and migrating the schema
    /// where needed. Any number of processes may do so at once.
    pub async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        Ok(Self::on(Engine::Postgres(Postgres::open(url).await?)))
    }

    fn on(engine: Engine) -> Self {
        Self {
            engine: Arc::new(engine),
            turn: Turn::Request,
            sequence: Arc::default(),
            happened: Arc::default(),
        }
    }

    /// The same store for work that gives way to requests: it reads on connections of its own, so that no request waits
    /// for one that is held by a thread which the system lets wait.
    #[must_use]
    pub fn behind(&self) -> Self {
        Self {
            turn: Turn::Behind,
            ..self.clone()
        }
    }

    /// Runs all queries on one snapshot.
    pub async fn read(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, StoreError> {
        match &*self.engine {
            Engine::Sqlite(engine) => engine.read(queries, self.turn).await,
            Engine::Postgres(engine) => engine.read(queries, self.turn).await,
        }
    }

    pub(crate) async fn rows(&self, query: Query) -> Result<Vec<Row>, StoreError> {
        let mut results = self.read(vec![query]).await?;
        Ok(results.pop().unwrap_or_default())
    }

    pub(crate) async fn find<T>(
        &self,
        query: Query,
        read: impl Fn(&mut Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let row = self.rows(query).await?.into_iter().next();
        row.map(|mut row| read(&mut row)).transpose()
    }

    pub(crate) async fn all<T>(
        &self,
        query: Query,
        read: impl Fn(&mut Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.rows(query)
            .await?
            .into_iter()
            .map(|mut row| read(&mut row))
            .collect()
    }

    /// Returns once the batch is durable.
    pub async fn commit(&self, mut batch: Batch) -> Result<(), CommitError> {
        if batch.is_empty() {
            return Ok(());
        }
        let events = i64::try_from(batch.events.len()).unwrap_or(0);
        batch.place_events(self.sequence.fetch_add(events, Ordering::Relaxed));
        batch.count_configuration();
        let committed = match &*self.engine {
            Engine::Sqlite(engine) => engine.commit(batch).await,
            Engine::Postgres(engine) => engine.commit(batch).await,
        };
        if events > 0 && committed.is_ok() {
            self.happened.notify_one();
        }
        committed
    }

    /// Waits until events have been committed through this handle or a clone of it, unless some were since it last
    /// returned.
    pub async fn something_happened(&self) {
        self.happened.notified().await;
    }

    /// Whether other processes may be at work on the same data.
    pub fn is_shared(&self) -> bool {
        matches!(*self.engine, Engine::Postgres(_))
    }
}

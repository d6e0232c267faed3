//! SQLite: one writer that commits all waiting batches in one durable transaction, and read-only readers.
//!
//! WAL with `synchronous=FULL`: an answer leaves only after the commit's fsync. Each batch of a group has its
//! own savepoint, so a refused one never harms its neighbours.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags, ToSql};
use tokio::sync::oneshot;

use crate::batch::Statement;
use crate::{Batch, CommitError, Expect, Query, Row, StoreError, Value};

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

const READERS: usize = 4;
/// The longest group; bounds how long the first waits for the last.
const LARGEST_GROUP: usize = 256;
const CACHED_STATEMENTS: usize = 128;
const BUSY_MILLIS: u64 = 10_000;

type WriteAnswer = oneshot::Sender<Result<(), CommitError>>;
type ReadAnswer = oneshot::Sender<Result<Vec<Vec<Row>>, StoreError>>;

struct Read {
    queries: Vec<Query>,
    answer: ReadAnswer,
}

#[derive(Default)]
struct ReadQueue {
    waiting: Mutex<ReadState>,
    wake: Condvar,
}

impl ReadQueue {
    fn push(&self, read: Read) {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .reads
            .push_back(read);
        self.wake.notify_one();
    }
}

#[derive(Default)]
struct ReadState {
    reads: VecDeque<Read>,
    closed: bool,
}

pub struct Sqlite {
    writes: Option<mpsc::Sender<(Batch, WriteAnswer)>>,
    reads: Arc<ReadQueue>,
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sqlite")
    }
}

impl Sqlite {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut writer = open(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )?;
        prepare_file(&mut writer).map_err(|reason| failed_to_open(path, reason))?;
        migrations::migrations::runner()
            .run(&mut writer)
            .map_err(|error| StoreError::Migrate(error.to_string()))?;

        let (writes, waiting) = mpsc::channel();
        let reads = Arc::new(ReadQueue::default());
        let mut threads = vec![spawn("store-writer", move || {
            write_loop(&mut writer, &waiting);
        })?];
        for number in 0..READERS {
            let mut reader = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            let queue = Arc::clone(&reads);
            threads.push(spawn(&format!("store-reader-{number}"), move || {
                read_loop(&mut reader, &queue);
            })?);
        }
        Ok(Self {
            writes: Some(writes),
            reads,
            threads,
        })
    }

    pub async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        let (answer, outcome) = oneshot::channel();
        let writes = self.writes.as_ref().ok_or(StoreError::Closed)?;
        writes
            .send((batch, answer))
            .map_err(|_| StoreError::Closed)?;
        outcome.await.map_err(|_| StoreError::Closed)?
    }

    pub async fn read(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, StoreError> {
        let (answer, outcome) = oneshot::channel();
        self.reads.push(Read { queries, answer });
        outcome.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.writes = None;
        self.reads
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.reads.wake.notify_all();
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::Open {
            path: name.to_owned(),
            reason: error.to_string(),
        })
}

fn failed_to_open(path: &Path, reason: rusqlite::Error) -> StoreError {
    StoreError::Open {
        path: path.display().to_string(),
        reason: reason.to_string(),
    }
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|reason| failed_to_open(path, reason))?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection
        .busy_timeout(std::time::Duration::from_millis(BUSY_MILLIS))
        .map_err(|reason| failed_to_open(path, reason))?;
    Ok(connection)
}

fn prepare_file(writer: &mut Connection) -> Result<(), rusqlite::Error> {
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    writer.pragma_update(None, "foreign_keys", true)
}

// --- writing

fn write_loop(writer: &mut Connection, waiting: &mpsc::Receiver<(Batch, WriteAnswer)>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        while group.len() < LARGEST_GROUP {
            match waiting.try_recv() {
                Ok(next) => group.push(next),
                Err(_) => break,
            }
        }
        commit_group(writer, group);
    }
}

fn commit_group(writer: &mut Connection, group: Vec<(Batch, WriteAnswer)>) {
    let (batches, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
    let outcomes = run_group(writer, &batches).unwrap_or_else(|error| {
        // Whatever was begun is undone; the connection is clean for the next group.
        if !writer.is_autocommit() {
            drop(writer.execute_batch("ROLLBACK"));
        }
        let failure = StoreError::Commit(error.to_string());
        batches
            .iter()
            .map(|_| Err(CommitError::Failed(failure.clone())))
            .collect()
    });
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // A caller that gave up waiting does not undo what is committed.
        drop(answer.send(outcome));
    }
}

fn run_group(
    writer: &Connection,
    batches: &[Batch],
) -> Result<Vec<Result<(), CommitError>>, rusqlite::Error> {
    writer.execute_batch("BEGIN IMMEDIATE")?;
    let mut outcomes = Vec::with_capacity(batches.len());
    for batch in batches {
        writer.prepare_cached("SAVEPOINT one")?.execute([])?;
        let outcome = run_batch(writer, batch);
        if outcome.is_err() {
            if writer.is_autocommit() {
                return Err(rusqlite::Error::ExecuteReturnedResults);
            }
            writer.prepare_cached("ROLLBACK TO one")?.execute([])?;
        }
        writer.prepare_cached("RELEASE one")?.execute([])?;
        outcomes.push(outcome);
    }
    writer.execute_batch("COMMIT")?;
    Ok(outcomes)
}

fn run_batch(writer: &Connection, batch: &Batch) -> Result<(), CommitError> {
    for statement in &batch.statements {
        run_statement(writer, statement)?;
    }
    Ok(())
}

fn run_statement(writer: &Connection, statement: &Statement) -> Result<(), CommitError> {
    let run = |mut prepared: CachedStatement<'_>| match statement.expect {
        Expect::Row => Ok(prepared.raw_query().next()?.is_some()),
        Expect::One => Ok(prepared.raw_execute()? == 1),
        Expect::Any => prepared.raw_execute().map(|_| true),
    };
    let stands = prepare(writer, &statement.sql, &statement.values)
        .and_then(run)
        .map_err(|error| refusal(statement, &error))?;
    if stands {
        Ok(())
    } else {
        Err(CommitError::Conflict)
    }
}

fn refusal(statement: &Statement, error: &rusqlite::Error) -> CommitError {
    let is_unique = matches!(
        error.sqlite_error(),
        Some(inner) if inner.code == ErrorCode::ConstraintViolation
            && [rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE, rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY]
                .contains(&inner.extended_code)
    );
    match statement.guard {
        Some(guard) if is_unique => CommitError::Taken(guard),
        _ => CommitError::Failed(StoreError::Statement(error.to_string())),
    }
}

// --- reading

fn read_loop(reader: &mut Connection, queue: &ReadQueue) {
    loop {
        let mut state = queue.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let read = loop {
            if let Some(read) = state.reads.pop_front() {
                break read;
            }
            if state.closed {
                return;
            }
            state = queue
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        };
        drop(state);
        let outcome = run_queries(reader, &read.queries)
            .map_err(|error| StoreError::Statement(error.to_string()));
        drop(read.answer.send(outcome));
    }
}

fn run_queries(
    reader: &mut Connection,
    queries: &[Query],
) -> Result<Vec<Vec<Row>>, rusqlite::Error> {
    if let [only] = queries {
        return Ok(vec![run_query(reader, only)?]);
    }
    let snapshot = reader.transaction()?;
    let results = queries
        .iter()
        .map(|query| run_query(&snapshot, query))
        .collect();
    snapshot.finish()?;
    results
}

fn run_query(reader: &Connection, query: &Query) -> Result<Vec<Row>, rusqlite::Error> {
    let mut prepared = prepare(reader, &query.sql, &query.values)?;
    let columns = prepared.column_count();
    let mut rows = prepared.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns)
            .map(|column| row.get_ref(column).map(read_value))
            .collect::<Result<_, _>>()?;
        found.push(Row::new(values));
    }
    Ok(found)
}

fn read_value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        // The schema is STRICT and has no REAL column.
        ValueRef::Null | ValueRef::Real(_) => Value::Null,
    }
}

/// Binds `$1`, `$2` … by number, whatever their order in the text.
fn prepare<'c>(
    connection: &'c Connection,
    sql: &str,
    values: &[Value],
) -> Result<CachedStatement<'c>, rusqlite::Error> {
    let mut prepared = connection.prepare_cached(sql)?;
    for place in 1..=prepared.parameter_count() {
        let number = prepared
            .parameter_name(place)
            .and_then(|name| name.strip_prefix('$'))
            .and_then(|digits| digits.parse::<usize>().ok());
        let value = number.and_then(|number| values.get(number - 1));
        let value = value.ok_or(rusqlite::Error::InvalidParameterCount(place, values.len()))?;
        prepared.raw_bind_parameter(place, value)?;
    }
    Ok(prepared)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_syncs_every_commit_and_minds_foreign_keys() {
        let folder = tempfile::tempdir().unwrap();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut writer = open(&folder.path().join("store.db"), flags).unwrap();
        prepare_file(&mut writer).unwrap();
        let number = |pragma: &str| -> i64 {
            writer
                .pragma_query_value(None, pragma, |row| row.get(0))
                .unwrap()
        };
        assert_eq!(number("synchronous"), 2, "FULL");
        assert_eq!(number("foreign_keys"), 1);
    }
}

//! Reading: threads with a read-only connection each take whatever waits. Most reads need none of them: [`super::near`].

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::ErrorCode;
use rusqlite::types::ValueRef;
use tokio::sync::oneshot;

use super::{file, prepare};
use crate::fault::sqlite_fault;
use crate::{Query, Row, StoreError, Value};

/// As long as PostgreSQL lets a statement run.
const LONGEST: Duration = Duration::from_secs(10);
/// Instructions of SQLite's machine between two looks at the clock: some milliseconds.
const STEPS: i32 = 100_000;

type ReadAnswer = oneshot::Sender<Result<Vec<Vec<Row>>, StoreError>>;

struct Read {
    queries: Vec<Query>,
    answer: ReadAnswer,
}

#[derive(Default)]
pub(super) struct ReadQueue {
    waiting: Mutex<ReadState>,
    wake: Condvar,
}

impl ReadQueue {
    pub(super) fn push(&self, queries: Vec<Query>, answer: ReadAnswer) {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .reads
            .push_back(Read { queries, answer });
        self.wake.notify_one();
    }

    /// What waits is still answered; then the readers end.
    pub(super) fn close(&self) {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.wake.notify_all();
    }
}

#[derive(Default)]
struct ReadState {
    reads: VecDeque<Read>,
    closed: bool,
}

pub(super) fn read_loop(reader: &Connection, queue: &ReadQueue) {
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
        let outcome =
            run_in_time(reader, &read.queries).map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::OperationInterrupted) => StoreError::TooLong,
                _ => sqlite_fault(file(reader), &error, StoreError::Statement),
            });
        drop(read.answer.send(outcome));
    }
}

/// A long query is cut short after [`LONGEST`].
fn run_in_time(reader: &Connection, queries: &[Query]) -> Result<Vec<Vec<Row>>, rusqlite::Error> {
    if !queries.iter().any(|query| query.is_long) {
        return run_queries(reader, queries);
    }
    let deadline = Instant::now() + LONGEST;
    reader.progress_handler(STEPS, Some(move || Instant::now() > deadline))?;
    let outcome = run_queries(reader, queries);
    reader.progress_handler(0, None::<fn() -> bool>)?;
    outcome
}

pub(super) fn run_queries(
    reader: &Connection,
    queries: &[Query],
) -> Result<Vec<Vec<Row>>, rusqlite::Error> {
    if let [only] = queries {
        return Ok(vec![run_query(reader, only)?]);
    }
    reader.prepare_cached("BEGIN")?.execute([])?;
    let results = queries
        .iter()
        .map(|query| run_query(reader, query))
        .collect();
    if let Err(error) = reader.prepare_cached("COMMIT")?.execute([]) {
        // Nothing may be left open for whoever reads next.
        drop(reader.execute_batch("ROLLBACK"));
        return Err(error);
    }
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
        // Whole text is checked much faster at once than by the pieces of a lossy reading.
        ValueRef::Text(text) => Value::Text(std::str::from_utf8(text).map_or_else(
            |_| String::from_utf8_lossy(text).into_owned(),
            str::to_owned,
        )),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        // The schema is STRICT and has no REAL column.
        ValueRef::Null | ValueRef::Real(_) => Value::Null,
    }
}

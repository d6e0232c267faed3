//! SQLite: one writer that commits all waiting batches in one durable transaction, and read-only readers.
//!
//! WAL with `synchronous=FULL`: an answer leaves only after the commit's fsync. A refused batch of a group
//! never harms its neighbours.

mod checkpoint;
mod near;
mod read;
mod write;

use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags, ToSql, TransactionBehavior};
use tokio::sync::oneshot;

use crate::engine::Turn;
use crate::fault::sqlite_fault;
use crate::sequence::NUMBER_WAITING;
use crate::{Batch, CommitError, Query, Row, StoreError, Value};
use checkpoint::{Checkpoints, checkpoint_loop};
use near::NearReaders;
use read::{ReadQueue, read_loop};
use write::{WriteAnswer, write_loop};

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

const READERS: usize = 4;
/// Connections of work that gives way to requests.
const READERS_BEHIND: usize = 2;
/// Of the readers, so many may be at a search at once.
const LONG_READS: usize = 2;
const CACHED_STATEMENTS: usize = 128;
const BUSY_MILLIS: u64 = 10_000;
/// How much of the file readers map into memory, growing with it; SQLite takes no more. What a commit made stale in a
/// reader's cache is then found again without a system call.
const LARGEST_MAP: i64 = 0x7fff_0000;

pub struct Sqlite {
    writes: Option<mpsc::Sender<(Batch, WriteAnswer)>>,
    near: NearReaders,
    near_behind: NearReaders,
    reads: Arc<ReadQueue>,
    long_reads: tokio::sync::Semaphore,
    checkpoints: Arc<Checkpoints>,
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sqlite")
    }
}

impl Sqlite {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let _starting = lock_folder(path);
        let mut writer = open_writer(path)?;
        refuse_what_is_not_ours(&writer, path)?;
        prepare_file(&writer).map_err(|reason| failed_to_open(path, reason))?;
        runner()
            .run(&mut writer)
            .map_err(|error| failed_to_migrate(path, &error))?;
        number_waiting(&mut writer).map_err(|reason| failed_to_open(path, reason))?;

        let (writes, waiting) = mpsc::channel();
        let reads = Arc::new(ReadQueue::default());
        let checkpoints = Arc::new(Checkpoints::default());
        let asked = Arc::clone(&checkpoints);
        let mut threads = vec![spawn("store-writer", move || {
            write_loop(&mut writer, &waiting, &asked);
        })?];
        let carrier = open_writer(path)?;
        prepare_file(&carrier).map_err(|reason| failed_to_open(path, reason))?;
        let asked = Arc::clone(&checkpoints);
        threads.push(spawn("store-checkpoint", move || {
            checkpoint_loop(&carrier, &asked);
        })?);
        for number in 0..READERS {
            let reader = open_reader(path)?;
            let queue = Arc::clone(&reads);
            threads.push(spawn(&format!("store-reader-{number}"), move || {
                read_loop(&reader, &queue);
            })?);
        }
        // As many as can run at once.
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let near = (0..processors).map(|_| open_reader(path));
        let behind = (0..READERS_BEHIND).map(|_| open_reader(path));
        Ok(Self {
            writes: Some(writes),
            near: NearReaders::new(near.collect::<Result<_, _>>()?, near::SLOW),
            // What gives way to requests is slow for that reason alone, and holds up nobody.
            near_behind: NearReaders::new(behind.collect::<Result<_, _>>()?, Duration::MAX),
            reads,
            long_reads: tokio::sync::Semaphore::new(LONG_READS),
            checkpoints,
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

    pub async fn read(&self, queries: Vec<Query>, turn: Turn) -> Result<Vec<Vec<Row>>, StoreError> {
        let near = match turn {
            Turn::Request => &self.near,
            Turn::Behind => &self.near_behind,
        };
        let is_long = queries.iter().any(|query| query.is_long);
        let _turn = if is_long {
            Some(self.long_reads.acquire().await)
        } else {
            None
        };
        if !is_long && let Some(results) = near.read(&queries) {
            return results;
        }
        let (answer, outcome) = oneshot::channel();
        self.reads.push(queries, answer);
        outcome.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.writes = None;
        self.reads.close();
        self.checkpoints.close();
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

fn failed_to_open(path: &Path, error: rusqlite::Error) -> StoreError {
    sqlite_fault(path, &error, |reason| match error.sqlite_error_code() {
        // With a file that is there, this is about the files beside it, which a write needs.
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => StoreError::ReadOnly {
            path: path.display().to_string(),
            reason,
        },
        _ => StoreError::Open {
            path: path.display().to_string(),
            reason,
        },
    })
}

/// All that is missing is applied in one transaction, so that a half-migrated database cannot be.
fn runner() -> refinery::Runner {
    migrations::migrations::runner().set_grouped(true)
}

fn failed_to_migrate(path: &Path, error: &refinery::Error) -> StoreError {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(next) = cause {
        if let Some(inner) = next.downcast_ref::<rusqlite::Error>() {
            return sqlite_fault(path, inner, |reason| {
                StoreError::Migrate(format!("{}: {reason}", path.display()))
            });
        }
        cause = next.source();
    }
    StoreError::Migrate(format!("{}: {error}", path.display()))
}

/// Two processes that start at once bring the schema up to date one after the other. Where a folder cannot be locked,
/// the slower one ends with an error and nothing is harmed.
fn lock_folder(path: &Path) -> Option<std::fs::File> {
    let folder = std::fs::File::open(path.parent()?).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

/// Before anything is written: a database of a newer version, of another program, or one that cannot be written.
fn refuse_what_is_not_ours(writer: &Connection, path: &Path) -> Result<(), StoreError> {
    let shown = || path.display().to_string();
    let failed = |error| failed_to_open(path, error);
    match schema_version(writer).map_err(failed)? {
        Some(found) if found > known_schema() => {
            return Err(StoreError::Newer {
                path: shown(),
                found,
                known: known_schema(),
            });
        }
        Some(_) => {}
        None => {
            let foreign: bool = writer
                .query_row(
                    "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' \
                     AND name NOT IN ('refinery_schema_history', 'sqlite_sequence'))",
                    [],
                    |row| row.get(0),
                )
                .map_err(failed)?;
            if foreign {
                return Err(StoreError::Foreign { path: shown() });
            }
        }
    }
    if writer.is_readonly("main").map_err(failed)? {
        return Err(StoreError::ReadOnly {
            path: shown(),
            reason: "it may only be read".into(),
        });
    }
    Ok(())
}

/// Which file a connection is on, for messages.
pub(crate) fn file(connection: &Connection) -> &Path {
    Path::new(connection.path().unwrap_or_default())
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|reason| failed_to_open(path, reason))?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // Plans go by the text alone. Otherwise SQLite plans a list again each time its `LIMIT` is bound.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|reason| failed_to_open(path, reason))?;
    connection
        .busy_timeout(std::time::Duration::from_millis(BUSY_MILLIS))
        .map_err(|reason| failed_to_open(path, reason))?;
    Ok(connection)
}

fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    open(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )
}

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let reader = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    reader
        .pragma_update(None, "mmap_size", LARGEST_MAP)
        .map_err(|reason| failed_to_open(path, reason))?;
    Ok(reader)
}

fn prepare_file(writer: &Connection) -> Result<(), rusqlite::Error> {
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    // What a savepoint would need to go back to is kept here and not in a file.
    writer.pragma_update(None, "temp_store", "MEMORY")?;
    writer.pragma_update(None, "foreign_keys", true)
}

/// Before anything else gets a number.
fn number_waiting(writer: &mut Connection) -> Result<(), rusqlite::Error> {
    let waits = "SELECT EXISTS (SELECT 1 FROM event_queue)";
    if writer.query_row(waits, [], |row| row.get(0))? {
        let numbering = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for sql in NUMBER_WAITING {
            numbering.execute(sql, [])?;
        }
        numbering.commit()?;
    }
    Ok(())
}

/// The newest migration that was applied; `None` where none was recorded.
pub(crate) fn schema_version(connection: &Connection) -> Result<Option<i64>, rusqlite::Error> {
    let recorded: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history')",
        [],
        |row| row.get(0),
    )?;
    if !recorded {
        return Ok(None);
    }
    connection.query_row(
        "SELECT max(version) FROM refinery_schema_history",
        [],
        |row| row.get(0),
    )
}

/// The newest migration this program has.
pub fn known_schema() -> i64 {
    let runner = runner();
    let versions = runner
        .get_migrations()
        .iter()
        .map(|it| i64::from(it.version()));
    versions.max().unwrap_or(0)
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
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn the_writer_syncs_every_commit_and_minds_foreign_keys() {
        let folder = tempfile::tempdir().unwrap();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let writer = open(&folder.path().join("store.db"), flags).unwrap();
        prepare_file(&writer).unwrap();
        let number = |pragma: &str| -> i64 {
            writer
                .pragma_query_value(None, pragma, |row| row.get(0))
                .unwrap()
        };
        assert_eq!(number("synchronous"), 2, "FULL");
        assert_eq!(number("foreign_keys"), 1);
    }

    #[test]
    fn a_list_is_planned_once_whatever_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        drop(Sqlite::open(&path).unwrap());
        let reader = open_reader(&path).unwrap();
        let sql =
            "SELECT id FROM accounts WHERE environment_id = $1 ORDER BY created_at, id LIMIT $2";
        for limit in [1_i64, 7, 11] {
            let mut prepared = prepare(&reader, sql, &["env_1".into(), limit.into()]).unwrap();
            assert!(prepared.raw_query().next().unwrap().is_none());
            assert_eq!(prepared.get_status(StatementStatus::RePrepare), 0);
        }
    }
}

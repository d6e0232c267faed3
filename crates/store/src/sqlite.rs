//! SQLite: one writer that commits all waiting batches in one durable transaction, and read-only readers.
//!
//! WAL with `synchronous=FULL`: an answer leaves only after the commit's fsync. Each batch of a group has its
//! own savepoint, so a refused one never harms its neighbours.

mod near;
mod read;
mod write;

use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql};
use tokio::sync::oneshot;

use crate::{Batch, CommitError, Query, Row, StoreError, Value};
use near::NearReaders;
use read::{ReadQueue, read_loop};
use write::{WriteAnswer, write_loop};

mod migrations {
    refinery::embed_migrations!("migrations/sqlite");
}

const READERS: usize = 4;
const CACHED_STATEMENTS: usize = 128;
const BUSY_MILLIS: u64 = 10_000;
/// How much of the file readers map into memory, growing with it; SQLite takes no more. What a commit made stale in a
/// reader's cache is then found again without a system call.
const LARGEST_MAP: i64 = 0x7fff_0000;

pub struct Sqlite {
    writes: Option<mpsc::Sender<(Batch, WriteAnswer)>>,
    near: NearReaders,
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
            let mut reader = open_reader(path)?;
            let queue = Arc::clone(&reads);
            threads.push(spawn(&format!("store-reader-{number}"), move || {
                read_loop(&mut reader, &queue);
            })?);
        }
        // As many as can run at once.
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let near = (0..processors).map(|_| open_reader(path));
        Ok(Self {
            writes: Some(writes),
            near: NearReaders::new(near.collect::<Result<_, _>>()?),
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
        if let Some(results) = self.near.read(&queries) {
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

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let reader = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    reader
        .pragma_update(None, "mmap_size", LARGEST_MAP)
        .map_err(|reason| failed_to_open(path, reason))?;
    Ok(reader)
}

fn prepare_file(writer: &mut Connection) -> Result<(), rusqlite::Error> {
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    writer.pragma_update(None, "foreign_keys", true)
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
    let migrations = migrations::migrations::runner();
    let versions = migrations
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

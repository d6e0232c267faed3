//! A whole store copied into an empty one, on whichever engines the two are.
//!
//! Rows go table by table in the order of their keys, so what is in the target says where an interrupted copy goes on.
//! Until the copy is whole and was held against its source, the target's configuration number is negative: no server
//! serves such a store, and no other source is copied into it. A new table gets a line in `copy/tables.rs`.

mod hold;
pub(crate) mod tables;

use sha2::{Digest as _, Sha256};

pub use hold::SourceHold;
use tables::{TABLES, Table};

use crate::{Batch, CommitError, Query, Row, Store, StoreError, Value};

/// Rows read, and committed, at a time.
const CHUNK: usize = 500;

#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(
        "the target is not empty (its table {0} has rows), and nothing is written over: give an empty database"
    )]
    NotEmpty(&'static str),
    #[error(
        "the target holds an unfinished copy of another store; finish that one, or give an empty database"
    )]
    OfAnother,
    #[error(
        "the source has schema {source_version} and the target {target_version}; start a server of this version on \
         each once, so that both are brought up to date"
    )]
    Schemas {
        source_version: i64,
        target_version: i64,
    },
    #[error("the source is itself an unfinished copy; finish that one first")]
    SourceUnfinished,
    #[error("the source is empty; there is nothing to copy")]
    SourceEmpty,
    #[error(
        "the table {table} differs: {source_rows} rows in the source, {target_rows} in the target, or not the same \
         ones; the target is no copy and stays closed to servers: give an empty database and begin anew"
    )]
    Differs {
        table: &'static str,
        source_rows: u64,
        target_rows: u64,
    },
    #[error("the source: {0}")]
    Source(StoreError),
    #[error("the target: {0}")]
    Target(StoreError),
    #[error("the target: {0}")]
    Commit(#[from] CommitError),
}

/// A table, and how many rows of it there are on both sides, the same ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    pub table: &'static str,
    pub rows: u64,
    /// SHA-256 over all rows in the order of their keys.
    pub sha256: [u8; 32],
}

/// What is being done to which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Copy,
    Compare,
}

/// Told how many rows of how many are done.
pub type Report<'a> = &'a (dyn Fn(Step, &'static str, u64, u64) + Sync);

/// Copies everything, or goes on where an earlier call was cut short, and compares. Nobody may write to the source
/// meanwhile, which the hold sees to.
pub async fn copy(
    source: &Store,
    target: &Store,
    hold: &SourceHold,
    report: Report<'_>,
) -> Result<Vec<Copied>, CopyError> {
    let configuration = source
        .configuration_version()
        .await
        .map_err(CopyError::Source)?;
    if configuration < 0 {
        return Err(CopyError::SourceUnfinished);
    }
    let (source_version, target_version) = (
        schema_version(source).await.map_err(CopyError::Source)?,
        schema_version(target).await.map_err(CopyError::Target)?,
    );
    if source_version != target_version {
        return Err(CopyError::Schemas {
            source_version,
            target_version,
        });
    }
    claim(source, target).await?;
    for table in &TABLES {
        copy_table(source, target, table, report).await?;
    }
    let mut copied = Vec::new();
    for table in &TABLES {
        copied.push(compare(source, target, table, report).await?);
    }
    hold.still_holds().await.map_err(CopyError::Source)?;
    go_on_behind_queue(target).await?;
    set_configuration(target, configuration).await?;
    Ok(copied)
}

async fn schema_version(store: &Store) -> Result<i64, StoreError> {
    let query = Query::new("SELECT max(version) FROM refinery_schema_history", vec![]);
    Ok(store.find(query, Row::integer).await?.unwrap_or(0))
}

/// Makes the target this source's, if it is nobody's yet.
async fn claim(source: &Store, target: &Store) -> Result<(), CopyError> {
    // The oldest organisation tells one installation from another.
    let query = Query::new("SELECT id FROM organisations ORDER BY id LIMIT 1", vec![]);
    let first = source
        .find(query, Row::text)
        .await
        .map_err(CopyError::Source)?
        .ok_or(CopyError::SourceEmpty)?;
    let digest = Sha256::digest(first.as_bytes());
    let number = digest
        .iter()
        .take(7)
        .fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
    let claimed = -1 - number;
    let found = target
        .configuration_version()
        .await
        .map_err(CopyError::Target)?;
    if found == claimed {
        return Ok(());
    }
    if found < 0 {
        return Err(CopyError::OfAnother);
    }
    for table in &TABLES {
        if count(target, table).await.map_err(CopyError::Target)? > 0 {
            return Err(CopyError::NotEmpty(table.insert.table));
        }
    }
    set_configuration(target, claimed).await
}

async fn set_configuration(store: &Store, version: i64) -> Result<(), CopyError> {
    let mut batch = Batch::new();
    batch.push_one(
        "UPDATE configuration SET version = $1 WHERE id = 1",
        vec![version.into()],
    );
    Ok(store.commit(batch).await?)
}

/// PostgreSQL gives positions from a counter, which copied rows do not move; SQLite from the rows.
async fn go_on_behind_queue(target: &Store) -> Result<(), CopyError> {
    if !target.is_shared() {
        return Ok(());
    }
    let mut batch = Batch::new();
    batch.push(
        "SELECT setval(pg_get_serial_sequence('event_queue', 'position'), \
         (SELECT coalesce(max(position), 0) + 1 FROM event_queue))",
        vec![],
    );
    Ok(target.commit(batch).await?)
}

async fn count(store: &Store, table: &Table) -> Result<u64, StoreError> {
    let query = Query::new(
        format!("SELECT count(*) FROM {}", table.insert.table),
        vec![],
    );
    let rows = store.find(query, Row::integer).await?.unwrap_or(0);
    Ok(u64::try_from(rows).unwrap_or(0))
}

async fn copy_table(
    source: &Store,
    target: &Store,
    table: &'static Table,
    report: Report<'_>,
) -> Result<(), CopyError> {
    let name = table.insert.table;
    let total = count(source, table).await.map_err(CopyError::Source)?;
    let mut done = count(target, table).await.map_err(CopyError::Target)?;
    let last = target
        .rows(table.last_key())
        .await
        .map_err(CopyError::Target)?;
    let mut after = last.into_iter().next().map(Row::into_values);
    let mut rows = chunk(source, table, after.as_deref())
        .await
        .map_err(CopyError::Source)?;
    while let Some(last) = rows.last() {
        report(Step::Copy, name, done, total);
        after = Some(last[..table.key].to_vec());
        done += rows.len() as u64;
        let mut batch = Batch::new();
        for row in rows {
            batch.insert(table.insert, row);
        }
        let (committed, next) =
            tokio::join!(target.commit(batch), chunk(source, table, after.as_deref()));
        committed?;
        rows = next.map_err(CopyError::Source)?;
    }
    report(Step::Copy, name, done, total);
    Ok(())
}

/// The rows after a key, from the beginning without one.
async fn chunk(
    store: &Store,
    table: &Table,
    after: Option<&[Value]>,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let rows = store.rows(table.after(after, CHUNK)).await?;
    Ok(rows.into_iter().map(Row::into_values).collect())
}

async fn compare(
    source: &Store,
    target: &Store,
    table: &'static Table,
    report: Report<'_>,
) -> Result<Copied, CopyError> {
    let name = table.insert.table;
    let total = count(source, table).await.map_err(CopyError::Source)?;
    let tell = |done| report(Step::Compare, name, done, total);
    let (source_sum, target_sum) =
        tokio::join!(sum(source, table, &tell), sum(target, table, &|_| ()));
    let (source_rows, sha256) = source_sum.map_err(CopyError::Source)?;
    let (target_rows, target_sha256) = target_sum.map_err(CopyError::Target)?;
    if (source_rows, sha256) != (target_rows, target_sha256) {
        return Err(CopyError::Differs {
            table: name,
            source_rows,
            target_rows,
        });
    }
    Ok(Copied {
        table: name,
        rows: source_rows,
        sha256,
    })
}

/// How many rows there are, and a hash over them that is the same on every engine: each value's kind, length and bytes.
async fn sum(
    store: &Store,
    table: &Table,
    tell: &(dyn Fn(u64) + Sync),
) -> Result<(u64, [u8; 32]), StoreError> {
    let mut hasher = Sha256::new();
    let mut done = 0;
    let mut rows = chunk(store, table, None).await?;
    while let Some(last) = rows.last() {
        let after = last[..table.key].to_vec();
        for value in rows.iter().flatten() {
            let number;
            let (kind, bytes): (u8, &[u8]) = match value {
                Value::Null => (0, &[]),
                Value::Integer(integer) => {
                    number = integer.to_be_bytes();
                    (1, &number)
                }
                Value::Text(text) => (2, text.as_bytes()),
                Value::Blob(bytes) => (3, bytes),
            };
            hasher.update([kind]);
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        }
        done += rows.len() as u64;
        tell(done);
        rows = chunk(store, table, Some(&after)).await?;
    }
    Ok((done, hasher.finalize().into()))
}

//! Nobody writes to the source while it is copied: proved by holding what every writer needs, from before the first row
//! is read until the last is compared.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::StoreError;
use crate::fault::sqlite_fault;
use crate::postgres::hold::PostgresHold;

/// A process that is just ending may take this long to let go.
const PATIENCE: Duration = Duration::from_secs(2);

/// Keeps all others from writing to a store, until dropped. Readers are not held up.
#[derive(Debug)]
pub struct SourceHold(Held);

#[derive(Debug)]
enum Held {
    Sqlite(Connection, PathBuf),
    Postgres(PostgresHold),
}

impl SourceHold {
    /// Refuses a file that another process has open. To be called before the store is opened in this one; the write
    /// lock is taken with [`Self::sqlite`], after.
    pub fn refuse_open_elsewhere(path: &Path) -> Result<(), StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let alone = || {
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(PATIENCE)?;
            // In this mode SQLite wants the file for itself, which it gets if nobody has it open.
            connection
                .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK")?;
            connection.close().map_err(|(_, error)| error)
        };
        alone().map_err(|error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Open {
                path: path.display().to_string(),
                reason:
                    "another process has it open; stop the server, and whatever else uses it, first"
                        .into(),
            },
            _ => sqlite_fault(path, &error, |reason| StoreError::Open {
                path: path.display().to_string(),
                reason,
            }),
        })
    }

    /// Takes the one write lock of an embedded store.
    pub fn sqlite(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let hold = || {
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(PATIENCE)?;
            connection.execute_batch("BEGIN IMMEDIATE")?;
            Ok(connection)
        };
        let connection = hold().map_err(|error| {
            sqlite_fault(path, &error, |reason| StoreError::Open {
                path: path.display().to_string(),
                reason,
            })
        })?;
        Ok(Self(Held::Sqlite(connection, path.to_owned())))
    }

    /// Locks every table against writing, in a database that no server is connected to.
    pub async fn postgres(url: &str) -> Result<Self, StoreError> {
        PostgresHold::take(url)
            .await
            .map(|hold| Self(Held::Postgres(hold)))
    }

    /// Whether it was held until now: asked once all is compared.
    pub async fn still_holds(&self) -> Result<(), StoreError> {
        match &self.0 {
            Held::Sqlite(connection, path) if connection.is_autocommit() => Err(StoreError::Open {
                path: path.display().to_string(),
                reason: "the lock on it was lost".into(),
            }),
            Held::Sqlite(..) => Ok(()),
            Held::Postgres(hold) => hold.still_holds().await,
        }
    }
}

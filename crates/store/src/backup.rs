//! One moment of a store, held still while it is looked at, and an embedded one copied; the store itself goes on.
//!
//! For backups and checks, from a process of their own: a read transaction sees one state of the database however
//! long it lasts, and does not hold up the writer. Nothing here writes to the store.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};
use selfsame_domain::account::PHOTO_FIELD;

use crate::StoreError;
use crate::fault::sqlite_fault;
pub use crate::postgres::snapshot::SharedSnapshot;
pub use crate::sqlite::known_schema;

/// How many pages are copied between two words of progress; 4 MB.
const PAGES_A_STEP: i32 = 1024;
const BUSY: Duration = Duration::from_secs(10);
/// Faults told of one database; whoever has more has one trouble, not a thousand.
const MOST_FAULTS: usize = 20;

/// A picture that a row names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedBlob {
    pub key: String,
    /// Of the bytes, in hexadecimal; the photo of an account has none on record.
    pub sha256: Option<String>,
}

/// A read transaction on an embedded store.
#[derive(Debug)]
pub struct Snapshot {
    connection: Connection,
    path: PathBuf,
}

impl Snapshot {
    /// The state at this moment, of a store that a server may be writing to.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Open {
                path: path.display().to_string(),
                reason: "there is no such file".into(),
            });
        }
        Self::begin(path, Connection::open_with_flags(path, flags()))
    }

    /// A file that nobody writes to, such as the copy in a backup; makes no files beside it.
    pub fn open_at_rest(path: &Path) -> Result<Self, StoreError> {
        let absolute = std::path::absolute(path).map_err(|error| StoreError::Open {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        let mut uri = "file:".to_owned();
        for byte in absolute.to_string_lossy().bytes() {
            if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
                uri.push(char::from(byte));
            } else {
                let _ = write!(uri, "%{byte:02x}");
            }
        }
        uri.push_str("?immutable=1");
        let flags = flags() | OpenFlags::SQLITE_OPEN_URI;
        Self::begin(path, Connection::open_with_flags(uri, flags))
    }

    fn begin(path: &Path, opened: rusqlite::Result<Connection>) -> Result<Self, StoreError> {
        let begun = opened.and_then(|connection| {
            connection.busy_timeout(BUSY)?;
            // The first read fixes the state that all others see.
            connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
            Ok(connection)
        });
        match begun {
            Ok(connection) => Ok(Self {
                connection,
                path: path.to_owned(),
            }),
            Err(error) => Err(sqlite_fault(path, &error, |reason| StoreError::Open {
                path: path.display().to_string(),
                reason,
            })),
        }
    }

    fn failed(&self) -> impl Fn(rusqlite::Error) -> StoreError {
        |error| sqlite_fault(&self.path, &error, StoreError::Statement)
    }

    /// The newest migration that was applied; `None` where the file is a database, but not one of ours.
    pub fn schema_version(&self) -> Result<Option<i64>, StoreError> {
        crate::sqlite::schema_version(&self.connection).map_err(self.failed())
    }

    /// Rows of each table.
    pub fn row_counts(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        let tables: Vec<String> = self.all(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
            |row| row.get(0),
        )?;
        tables
            .into_iter()
            .map(|table| {
                let count = format!("SELECT count(*) FROM \"{table}\"");
                let rows = self
                    .connection
                    .query_row(&count, [], |row| row.get(0))
                    .map_err(self.failed())?;
                Ok((table, rows))
            })
            .collect()
    }

    /// Every blob that a row names, sorted by key: uploads, the photos of accounts, and the files of imports that have not
    /// ended.
    pub fn named_blobs(&self) -> Result<Vec<NamedBlob>, StoreError> {
        let mut blobs = self.all("SELECT blob_key, sha256 FROM files", |row| {
            Ok(NamedBlob {
                key: row.get(0)?,
                sha256: row.get(1)?,
            })
        })?;
        let photos = format!(
            "SELECT json_extract(fields, '$.{PHOTO_FIELD}.blob_key') AS key FROM accounts \
             WHERE fields LIKE '%blob_key%' AND key IS NOT NULL"
        );
        blobs.extend(self.all(&photos, |row| {
            Ok(NamedBlob {
                key: row.get(0)?,
                sha256: None,
            })
        })?);
        if self.has_table("importers")? {
            let files = "SELECT blob_key FROM importers WHERE blob_key IS NOT NULL";
            let named = |row: &Row<'_>| {
                Ok(NamedBlob {
                    key: row.get(0)?,
                    sha256: None,
                })
            };
            blobs.extend(self.all(files, named)?);
        }
        blobs.sort();
        blobs.dedup();
        Ok(blobs)
    }

    /// Pictures that no row names and that the server is about to delete, or to name; none in a schema older than the
    /// list of them.
    pub fn blobs_to_delete(&self) -> Result<Vec<String>, StoreError> {
        if !self.has_table("blobs_to_delete")? {
            return Ok(Vec::new());
        }
        self.all("SELECT blob_key FROM blobs_to_delete", |row| row.get(0))
    }

    fn has_table(&self, name: &str) -> Result<bool, StoreError> {
        let sql = format!("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '{name}'");
        Ok(!self.all(&sql, |_| Ok(()))?.is_empty())
    }

    /// Whether a row names this picture.
    pub fn names_blob(&self, key: &str) -> Result<bool, StoreError> {
        let import = if self.has_table("importers")? {
            " UNION ALL SELECT 1 FROM importers WHERE blob_key = $1"
        } else {
            ""
        };
        let photo = format!(
            "SELECT 1 FROM files WHERE blob_key = $1 UNION ALL SELECT 1 FROM accounts \
             WHERE fields LIKE '%blob_key%' AND json_extract(fields, '$.{PHOTO_FIELD}.blob_key') = $1{import}"
        );
        self.connection
            .query_row(&photo, [key], |_| Ok(()))
            .optional()
            .map(|found| found.is_some())
            .map_err(self.failed())
    }

    fn all<T>(
        &self,
        sql: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let collect = || {
            let mut prepared = self.connection.prepare(sql)?;
            let rows = prepared.query_map([], |row| read(row))?;
            rows.collect::<rusqlite::Result<Vec<T>>>()
        };
        collect().map_err(self.failed())
    }

    /// Copies the database as it is in this moment, page by page, into a new file, and tells how many pages of how
    /// many are done. The caller makes the file durable.
    ///
    /// The pages are read within this transaction, so a write in between does not make the copy begin anew.
    pub fn copy_to(
        &self,
        target: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), StoreError> {
        let mut copy = || {
            let mut into = Connection::open(target)?;
            into.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF")?;
            let copying = Backup::new(&self.connection, &mut into)?;
            loop {
                let step = copying.step(PAGES_A_STEP)?;
                let at = copying.progress();
                let total = u64::try_from(at.pagecount).unwrap_or(0);
                progress(total - u64::try_from(at.remaining).unwrap_or(0), total);
                if step == StepResult::Done {
                    return Ok(());
                }
            }
        };
        copy().map_err(|error: rusqlite::Error| {
            sqlite_fault(target, &error, |reason| {
                StoreError::Statement(format!("cannot copy the database: {reason}"))
            })
        })
    }

    /// What is wrong with the file itself and with its foreign keys; empty where it is sound.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        let limit = format!("PRAGMA integrity_check({MOST_FAULTS})");
        let mut faults: Vec<String> = self.all(&limit, |row| row.get(0))?;
        faults.retain(|said| said != "ok");
        // On a damaged file foreign keys cannot be followed.
        if faults.is_empty() {
            faults = self.all("PRAGMA foreign_key_check", |row| {
                let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
                Ok(format!(
                    "a row of {table} belongs to a row of {parent} that is not there"
                ))
            })?;
            faults.truncate(MOST_FAULTS);
        }
        Ok(faults)
    }
}

/// Writes a database at rest into a new file without what was deleted from it: pages keep the bytes of rows that were
/// redacted, and no backup should. The caller makes the file durable.
pub fn compact(source: &Path, target: &Path) -> Result<(), StoreError> {
    let compact = || {
        let connection = Connection::open(source)?;
        connection.execute_batch("PRAGMA synchronous = OFF")?;
        connection.execute("VACUUM INTO $1", [target.to_string_lossy()])?;
        connection.close().map_err(|(_, error)| error)
    };
    compact().map_err(|error: rusqlite::Error| {
        sqlite_fault(target, &error, |reason| {
            StoreError::Statement(format!("cannot compact the copy of the database: {reason}"))
        })
    })
}

fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

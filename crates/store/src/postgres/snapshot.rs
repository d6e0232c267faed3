//! One moment of a PostgreSQL database, held still while it is looked over; servers go on. Nothing here writes.

use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::TryStreamExt as _;
use selfsame_domain::account::PHOTO_FIELD;
use serde_json::Value;
use tokio_postgres::{Client, Error, Row};

use super::connect::Connector;
use super::error::told;
use crate::StoreError;
use crate::backup::NamedBlob;

/// Whole tables are read, which the settings of servers make slow or cut short.
const BEGIN: &str = "\
    SET statement_timeout = 0; \
    SET idle_in_transaction_session_timeout = 0; \
    SET enable_seqscan = on; \
    BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// A read transaction of its own.
pub struct SharedSnapshot {
    client: Client,
}

impl std::fmt::Debug for SharedSnapshot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SharedSnapshot")
    }
}

impl SharedSnapshot {
    /// The state at this moment. The schema stays what it is, however old.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let connector = Connector::parse(url)?;
        let client = connector.connect_at_start().await?;
        let begun = client.batch_execute(BEGIN).await;
        begun.map_err(|error| connector.failed_to_open(&error))?;
        Ok(Self { client })
    }

    /// The newest migration that was applied; `None` where the database is not one of ours.
    pub async fn schema_version(&self) -> Result<Option<i64>, StoreError> {
        if !self.has_table("refinery_schema_history").await? {
            return Ok(None);
        }
        let sql = "SELECT max(version)::bigint FROM refinery_schema_history";
        Ok(self.first(sql, |row| row.try_get(0)).await?.flatten())
    }

    /// Rows of each table.
    pub async fn row_counts(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        let tables = "SELECT relname::text FROM pg_class \
                      WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace";
        let mut counts = BTreeMap::new();
        for table in self.all(tables, |row| row.try_get::<_, String>(0)).await? {
            let count = format!("SELECT count(*) FROM \"{table}\"");
            let rows = self.first(&count, |row| row.try_get(0)).await?;
            counts.insert(table, rows.unwrap_or(0));
        }
        Ok(counts)
    }

    /// Every blob that a row names, sorted by key: uploads, the photos of accounts, and the files of imports that have not
    /// ended.
    pub async fn named_blobs(&self) -> Result<Vec<NamedBlob>, StoreError> {
        let mut sources = vec!["SELECT blob_key, sha256 FROM files"];
        if self.has_table("importers").await? {
            sources.push("SELECT blob_key, NULL FROM importers WHERE blob_key IS NOT NULL");
        }
        let named = |row: &Row| {
            Ok(NamedBlob {
                key: row.try_get(0)?,
                sha256: row.try_get(1)?,
            })
        };
        let photos = self.photos("blob_key").await?.into_iter();
        let mut blobs: Vec<_> = photos.map(|key| NamedBlob { key, sha256: None }).collect();
        for sql in sources {
            blobs.extend(self.all(sql, named).await?);
        }
        blobs.sort();
        blobs.dedup();
        Ok(blobs)
    }

    /// Pictures that no row names and that a server is about to delete, or to name; none in a schema older than the list
    /// of them.
    pub async fn blobs_to_delete(&self) -> Result<Vec<String>, StoreError> {
        if !self.has_table("blobs_to_delete").await? {
            return Ok(Vec::new());
        }
        let sql = "SELECT blob_key FROM blobs_to_delete";
        self.all(sql, |row| row.try_get(0)).await
    }

    /// Whether a row names this picture.
    pub async fn names_blob(&self, key: &str) -> Result<bool, StoreError> {
        let mut sources = vec!["SELECT 1 FROM files WHERE blob_key = $1"];
        if self.has_table("importers").await? {
            sources.push("SELECT 1 FROM importers WHERE blob_key = $1");
        }
        let sql = sources.join(" UNION ALL ");
        let found = self.client.query(&sql, &[&key]).await.map_err(failed)?;
        Ok(!found.is_empty() || self.photos(key).await?.iter().any(|photo| photo == key))
    }

    /// The keys of photos of accounts whose fields have this text. PostgreSQL cannot read all JSON that it keeps as text,
    /// such as `\u0000`.
    async fn photos(&self, text: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT fields FROM accounts WHERE strpos(fields, $1) > 0";
        let rows = self.client.query_raw(sql, [text]).await.map_err(failed)?;
        let mut rows = pin!(rows);
        let mut keys = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            let fields = row.try_get(0).map_err(failed)?;
            let fields: Value = serde_json::from_str(fields)
                .map_err(|error| StoreError::Statement(format!("fields of an account: {error}")))?;
            let key = fields[PHOTO_FIELD]["blob_key"].as_str();
            keys.extend(key.map(str::to_owned));
        }
        Ok(keys)
    }

    async fn has_table(&self, name: &str) -> Result<bool, StoreError> {
        let sql = format!("SELECT to_regclass('{name}') IS NOT NULL");
        let found = self.first(&sql, |row| row.try_get(0)).await?;
        Ok(found.unwrap_or(false))
    }

    async fn first<T>(
        &self,
        sql: &str,
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, read).await?.into_iter().next())
    }

    async fn all<T>(
        &self,
        sql: &str,
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.client.query(sql, &[]).await.map_err(failed)?;
        let rows = rows.iter().map(read).collect::<Result<_, _>>();
        rows.map_err(failed)
    }
}

fn failed(error: Error) -> StoreError {
    StoreError::Statement(told(&error))
}

//! A throwaway PostgreSQL, durable as one is by default, and what the benchmark itself asks of it.

use std::path::PathBuf;

use tokio_postgres::NoTls;

use crate::Problem;

pub struct Cluster {
    pub version: String,
    /// What was set, and where it is, in a line for the report.
    pub settings: String,
    inner: selfsame_cluster::Cluster,
}

impl Cluster {
    /// In the folder for temporary files, as its user must reach it.
    pub async fn start() -> Result<Self, Problem> {
        let buffers = format!("shared_buffers={}MB", shared_buffers_mib());
        let start = move || {
            let settings = [
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                &buffers,
                "max_wal_size=2GB",
                "max_connections=200",
            ];
            let inner = selfsame_cluster::Cluster::with_settings(&settings)?;
            Ok::<_, String>((inner, settings.join(", ")))
        };
        let (inner, settings) = tokio::task::spawn_blocking(start).await??;
        let sql = Sql::connect(&inner.url("postgres")).await?;
        Ok(Self {
            version: sql.text("SHOW server_version").await?,
            settings: format!(
                "{settings}, the rest as installed, in {}",
                std::env::temp_dir().display()
            ),
            inner,
        })
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.inner.programs().path(name)
    }

    pub fn url(&self, database: &str) -> String {
        self.inner.url(database)
    }

    pub async fn new_database(&self, name: &str) -> Result<String, Problem> {
        let admin = Sql::connect(&self.url("postgres")).await?;
        admin.run(&format!("CREATE DATABASE {name}")).await?;
        Ok(self.url(name))
    }

    pub async fn drop_database(&self, name: &str) -> Result<(), Problem> {
        let admin = Sql::connect(&self.url("postgres")).await?;
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        admin.run(&drop).await
    }
}

/// A connection for what the benchmark itself asks.
pub struct Sql {
    pub client: tokio_postgres::Client,
}

impl Sql {
    pub async fn connect(url: &str) -> Result<Self, Problem> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        // It ends with the client, and its error is that of the next statement.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { client })
    }

    pub async fn run(&self, sql: &str) -> Result<(), Problem> {
        let done = self.client.batch_execute(sql).await;
        done.map_err(|error| said(&error).into())
    }

    pub async fn execute(
        &self,
        sql: &str,
        values: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<(), Problem> {
        let done = self.client.execute(sql, values).await;
        done.map_err(|error| said(&error))?;
        Ok(())
    }

    pub async fn text(&self, sql: &str) -> Result<String, Problem> {
        let row = self.client.query_one(sql, &[]).await;
        Ok(row.map_err(|error| said(&error))?.try_get(0)?)
    }

    pub async fn count(&self, sql: &str) -> Result<u64, Problem> {
        let row = self.client.query_one(sql, &[]).await;
        let count: i64 = row.map_err(|error| said(&error))?.try_get(0)?;
        Ok(u64::try_from(count)?)
    }

    /// Bytes of write-ahead log since the cluster was made.
    pub async fn wal_bytes(&self) -> Result<u64, Problem> {
        self.count("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
            .await
    }
}

/// The server's own words; the client's are only "db error".
pub fn said(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| format!("{error:?}"), |db| db.message().to_owned())
}

/// A quarter of the memory, as is usual, between 128 MiB and 1 GiB.
fn shared_buffers_mib() -> u64 {
    (memory_mib() / 4).clamp(128, 1024)
}

/// Of the machine; 0 where it does not say.
pub fn memory_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

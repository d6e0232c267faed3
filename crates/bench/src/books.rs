//! How far deliveries are, as the store has it, and how that is set back while no server runs.

use std::path::PathBuf;

use rusqlite::Connection;

use crate::Problem;
use crate::cluster::Sql;
use crate::generate::Store;

/// Of an installation with one webhook.
pub enum Books {
    Sqlite(PathBuf),
    Postgres(Sql),
}

/// Those that wait for their number are counted as if they had it.
const LAST: &str = "SELECT c.sequence + (SELECT count(*) FROM event_queue q WHERE q.environment_id = c.environment_id) \
                    FROM event_counters c JOIN webhook_lanes l ON l.environment_id = c.environment_id";
const PLACE: &str = "SELECT sequence FROM webhook_lanes";
const REWIND: &str =
    "UPDATE webhook_lanes SET sequence = 0, worker = NULL, failures = 0, opened_at = NULL";
const CATCH_UP: &str = "UPDATE webhook_lanes SET worker = NULL, failures = 0, opened_at = NULL, sequence = \
                        (SELECT c.sequence FROM event_counters c WHERE c.environment_id = webhook_lanes.environment_id)";

impl Books {
    pub async fn of(store: &Store) -> Result<Self, Problem> {
        Ok(match store {
            Store::Sqlite(file) => Self::Sqlite(file.clone()),
            Store::Postgres(url) => Self::Postgres(Sql::connect(url).await?),
        })
    }

    /// Everything is to be delivered, as if nothing ever was.
    pub async fn rewind(&self) -> Result<(), Problem> {
        self.set(REWIND).await
    }

    /// Nothing is to be delivered but what comes.
    pub async fn catch_up(&self) -> Result<(), Problem> {
        self.set(CATCH_UP).await
    }

    async fn set(&self, lanes: &'static str) -> Result<(), Problem> {
        match self {
            Self::Sqlite(file) => {
                let file = file.clone();
                let set = move || -> Result<(), Problem> {
                    let sql = format!("DELETE FROM webhook_deliveries; {lanes}");
                    Ok(Connection::open(file)?.execute_batch(&sql)?)
                };
                tokio::task::spawn_blocking(set).await?
            }
            Self::Postgres(sql) => {
                // The tables' statistics are those of a server that has run for a while.
                let set = format!("TRUNCATE webhook_deliveries; {lanes}; ANALYZE");
                sql.run(&set).await
            }
        }
    }

    /// The number of the last event.
    pub async fn last_number(&self) -> Result<u64, Problem> {
        self.number(LAST).await
    }

    /// The number up to which everything was delivered and written down.
    pub async fn place(&self) -> Result<u64, Problem> {
        self.number(PLACE).await
    }

    async fn number(&self, question: &'static str) -> Result<u64, Problem> {
        match self {
            Self::Sqlite(file) => {
                let file = file.clone();
                let ask = move || -> Result<u64, Problem> {
                    let connection = Connection::open(file)?;
                    let found: i64 = connection.query_row(question, [], |row| row.get(0))?;
                    Ok(u64::try_from(found)?)
                };
                tokio::task::spawn_blocking(ask).await?
            }
            Self::Postgres(sql) => sql.count(question).await,
        }
    }
}

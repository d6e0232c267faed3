//! All tables locked against writing, for as long as a copy of them takes.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use super::connect::Connector;
use super::error::told;
use crate::StoreError;
use crate::copy::tables;

const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);

pub struct PostgresHold {
    client: Client,
    shown: String,
}

impl std::fmt::Debug for PostgresHold {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PostgresHold")
    }
}

/// Servers that are connected, by the name each gives itself.
const SERVERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND application_name = 'selfsame' AND pid <> pg_backend_pid()";

impl PostgresHold {
    pub async fn take(url: &str) -> Result<Self, StoreError> {
        let connector = Connector::parse(url)?;
        let client = connector.connect_at_start().await?;
        let shown = connector.shown.clone();
        let refuse = |reason: String| StoreError::Open {
            path: shown.clone(),
            reason,
        };
        // PostgreSQL learns of the end of a server a moment after it.
        let begun = Instant::now();
        loop {
            let asked = client.query_one(SERVERS, &[]).await;
            let servers: i64 = asked.map_err(|error| refuse(told(&error)))?.get(0);
            if servers == 0 {
                break;
            }
            if begun.elapsed() > PATIENCE {
                return Err(refuse(format!(
                    "{servers} connections of Selfsame are open to it; stop its servers first"
                )));
            }
            tokio::time::sleep(PAUSE).await;
        }
        let lock = format!(
            "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0; \
             LOCK TABLE {} IN SHARE MODE",
            tables::names().join(", ")
        );
        client.batch_execute(&lock).await.map_err(|error| {
            refuse(format!(
                "its tables cannot be locked against writing ({}); stop whatever writes to it first",
                told(&error)
            ))
        })?;
        Ok(Self { client, shown })
    }

    /// A connection that ended took the locks with it.
    pub async fn still_holds(&self) -> Result<(), StoreError> {
        let asked = self.client.batch_execute("SELECT 1").await;
        asked.map_err(|error| StoreError::Open {
            path: self.shown.clone(),
            reason: format!("the lock on its tables was lost: {}", told(&error)),
        })
    }
}

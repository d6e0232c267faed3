//! The schema, brought up to date by one process at a time.
//!
//! Whoever comes first locks a table of its own for as long as it takes; the others wait and find nothing to do. All
//! that is missing is applied in one transaction, so that a half-migrated database cannot be.

use refinery::Runner;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::connect::Connector;
use super::error::told;
use crate::StoreError;

mod migrations {
    refinery::embed_migrations!("migrations/postgres");
}

const LOCK: &str = "\
    BEGIN; \
    SET LOCAL statement_timeout = '120s'; \
    SET LOCAL lock_timeout = '120s'; \
    SET LOCAL idle_in_transaction_session_timeout = 0; \
    LOCK TABLE selfsame_migrating IN ACCESS EXCLUSIVE MODE";

pub async fn migrate(connector: &Connector, first: &Client) -> Result<(), StoreError> {
    if is_current(first).await? {
        return Ok(());
    }
    make_lock(first)
        .await
        .map_err(|error| connector.failed_to_open(&error))?;
    first.batch_execute(LOCK).await.map_err(|error| {
        StoreError::Migrate(format!(
            "another process seems to be at it and does not end: {}",
            told(&error)
        ))
    })?;
    let mut worker = connector
        .connect()
        .await
        .map_err(|error| connector.failed_to_open(&error))?;
    worker
        .batch_execute("SET statement_timeout = 0; SET lock_timeout = '30s'")
        .await
        .map_err(|error| StoreError::Migrate(told(&error)))?;
    if !is_current(&worker).await? {
        runner()
            .run_async(&mut worker)
            .await
            .map_err(|error| StoreError::Migrate(told_of_migration(&error)))?;
    }
    // Whatever becomes of this, the lock ends with the connection.
    drop(first.batch_execute("COMMIT").await);
    Ok(())
}

fn runner() -> Runner {
    migrations::migrations::runner().set_grouped(true)
}

fn told_of_migration(error: &refinery::Error) -> String {
    use std::error::Error as _;
    let cause = error
        .source()
        .and_then(|source| source.downcast_ref::<tokio_postgres::Error>());
    match cause {
        Some(cause) => format!("{error}: {}", told(cause)),
        None => error.to_string(),
    }
}

/// Two processes may make the table at the same moment; then one of them is told that it is there.
async fn make_lock(client: &Client) -> Result<(), tokio_postgres::Error> {
    let made = client
        .batch_execute("CREATE TABLE IF NOT EXISTS selfsame_migrating ()")
        .await;
    match made {
        Err(error)
            if error.code().is_some_and(|code| {
                [
                    SqlState::UNIQUE_VIOLATION,
                    SqlState::DUPLICATE_TABLE,
                    SqlState::DUPLICATE_OBJECT,
                ]
                .contains(code)
            }) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Whether there is nothing to do; an error for a database that is ahead of this program.
async fn is_current(client: &Client) -> Result<bool, StoreError> {
    let failed = |error: tokio_postgres::Error| StoreError::Migrate(told(&error));
    let found = client
        .query_one(
            "SELECT to_regclass('refinery_schema_history') IS NOT NULL",
            &[],
        )
        .await
        .map_err(failed)?;
    if !found.get::<_, bool>(0) {
        return Ok(false);
    }
    let applied = client
        .query_one(
            "SELECT coalesce(max(version), 0)::int4 FROM refinery_schema_history",
            &[],
        )
        .await
        .map_err(failed)?;
    let applied: i32 = applied.get(0);
    let known = newest();
    if applied > known {
        return Err(StoreError::Migrate(format!(
            "the database has schema {applied}, this program knows {known}: run the newer selfsame, or restore a backup \
             from before the upgrade"
        )));
    }
    Ok(applied == known)
}

fn newest() -> i32 {
    runner()
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max()
        .unwrap_or_default()
}

//! PostgreSQL's knowledge of its tables, where they grew faster than it looks at them.
//!
//! Without it, each column is taken to have two hundred values: a list of ids is then looked for by reading all rows of
//! the environment. PostgreSQL looks by itself once a minute, and not at all where an operator has told it not to.

use tokio_postgres::{Client, Error};

use super::connect::Connector;
use super::error::told;

/// Tables of ours that were never looked at, or have four times the pages since. What such a look says is kept, so that
/// any number of servers look once.
const OUTGROWN: &str = "\
    SELECT c.oid::regclass::text FROM pg_class c \
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace \
    AND pg_catalog.pg_table_size(c.oid) > 0 \
    AND (pg_catalog.pg_relation_size(c.oid) > 4 * greatest(c.relpages, 1) * current_setting('block_size')::bigint \
         OR NOT EXISTS (SELECT 1 FROM pg_stats s WHERE s.schemaname = current_schema() AND s.tablename = c.relname))";

/// Has PostgreSQL look at what it knows too little of. What fails is PostgreSQL's own turn, a minute later.
pub async fn refresh(connector: &Connector) {
    let outcome = async {
        let client = connector.connect().await?;
        look(&client).await
    };
    if let Err(error) = outcome.await {
        tracing::warn!(
            database = %connector.shown, error = %told(&error),
            "PostgreSQL could not be asked to look at its tables; reads may be slow until it does"
        );
    }
}

async fn look(client: &Client) -> Result<(), Error> {
    // It reads a sample, however large the table; a lock is held only against changes of the table's shape.
    client
        .batch_execute("SET statement_timeout = '2min'")
        .await?;
    for row in client.query(OUTGROWN, &[]).await? {
        let table: String = row.try_get(0)?;
        client.batch_execute(&format!("ANALYZE {table}")).await?;
    }
    Ok(())
}

//! Loading into the embedded store's file, while no server has it open.

use std::path::Path;

use rusqlite::{Connection, params};
use selfsame_domain::id::Id;
use selfsame_domain::{ReferenceId, Timestamp};

use super::{COUNT, Chunk};
use crate::Problem;

const STATEMENTS: usize = 16;
/// Index pages stay in memory while they are written in no order.
const CACHE_KIB: i64 = 512 * 1024;

pub struct Loader {
    connection: Connection,
}

impl Loader {
    /// Nothing is durable before the end; a load that was cut short leaves a file to throw away.
    pub fn open(file: &Path) -> Result<Self, Problem> {
        let connection = Connection::open(file)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        Ok(Self { connection })
    }

    pub fn load(&mut self, chunk: &Chunk) -> Result<(), Problem> {
        let transaction = self.connection.transaction()?;
        {
            let mut account = transaction.prepare_cached(
                "INSERT INTO accounts (environment_id, id, account_type_id, reference_id, reference_fold, status, \
                 fields, tags, created_at, updated_at, version) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, '[]', $8, $9, $10)",
            )?;
            for row in &chunk.accounts {
                let made = &row.account;
                let reference = made.reference_id.as_ref();
                account.execute(params![
                    made.environment_id.as_str(),
                    made.id.as_str(),
                    made.account_type_id.as_str(),
                    reference.map(ReferenceId::as_str),
                    reference.map(ReferenceId::folded),
                    made.status,
                    row.fields,
                    made.created_at.millis(),
                    made.updated_at.millis(),
                    made.version,
                ])?;
            }
            let mut inquiry = transaction.prepare_cached(
                "INSERT INTO inquiries (environment_id, id, account_id, template_id, template_version_id, status, \
                 created_at, updated_at, expires_at, detail, due_at, version) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            )?;
            for row in &chunk.inquiries {
                let made = &row.inquiry;
                inquiry.execute(params![
                    made.environment_id.as_str(),
                    made.id.as_str(),
                    made.account_id.as_ref().map(Id::as_str),
                    made.template_id.as_str(),
                    made.template_version_id.as_str(),
                    made.status.as_str(),
                    made.created_at.millis(),
                    made.updated_at.millis(),
                    made.expires_at.map(Timestamp::millis),
                    row.detail,
                    row.due_at,
                    made.version,
                ])?;
            }
            let mut event = transaction.prepare_cached(
                "INSERT INTO events (environment_id, id, name, object_type, object_id, account_id, created_at, \
                 ordinal, payload, context) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}')",
            )?;
            for row in &chunk.events {
                event.execute(params![
                    row.environment.as_str(),
                    row.id,
                    row.name,
                    row.object_type,
                    row.object_id,
                    row.account_id,
                    row.created_at,
                    row.ordinal,
                    row.payload,
                ])?;
            }
            let mut number = transaction.prepare_cached(
                "INSERT INTO event_sequences (environment_id, sequence, event_id, account_id, account_sequence, name) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )?;
            for row in &chunk.events {
                number.execute(params![
                    row.environment.as_str(),
                    row.sequence,
                    row.id,
                    row.account_id,
                    row.account_sequence,
                    row.name,
                ])?;
            }
            let mut counter = transaction.prepare_cached(COUNT)?;
            for (environment, last) in &chunk.counters {
                counter.execute(params![environment.as_str(), last])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    pub fn finish(self) -> Result<(), Problem> {
        let connection = &self.connection;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Leaving the exclusive mode takes one more look at the file.
        connection.pragma_update(None, "locking_mode", "NORMAL")?;
        connection.query_row("SELECT count(*) FROM environments", [], |_| Ok(()))?;
        self.connection
            .close()
            .map_err(|(_, error)| Problem::from(error))
    }
}

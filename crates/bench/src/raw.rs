//! The limit from below: the create transaction on the server's own schema, in process, with no server around it.
//!
//! The rows are those of a real create: the domain decides and the wire renders them once, and only ids and
//! reference IDs change from one transaction to the next. WAL and `synchronous=FULL`, as the server has it.

use std::path::Path;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rusqlite::{Connection, OptionalExtension, params};
use selfsame_domain::Timestamp;
use selfsame_domain::id::{AccountId, Entropy, EventId, Id, InquiryId};

use crate::Problem;
use crate::figures::{Sample, new_histogram, record};
use crate::load::Window;
use crate::process::Meter;
use crate::rows::{Rows, now};
use crate::schema;

const STATEMENTS: usize = 64;

/// A store of its own, and the texts of one create.
pub struct Raw {
    connection: Connection,
    rows: Rows,
    entropy: Entropy,
    random: StdRng,
    known: usize,
    made: u64,
}

impl Raw {
    /// Makes the store with as many people and inquiries as the server's has before it is measured.
    pub fn open(file: &Path, known: usize, inquiries: usize) -> Result<Self, Problem> {
        let connection = Connection::open(file)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.execute_batch(&schema::SQLITE.concat())?;
        let mut entropy = Entropy::seeded(1);
        let rows = Rows::decided(&mut entropy)?;
        let now = now();
        connection.execute(
            "INSERT INTO organisations (id, name, created_at) VALUES ($1, 'Benchmark', $2)",
            params![rows.organisation.as_str(), now.millis()],
        )?;
        connection.execute(
            "INSERT INTO environments (id, organisation_id, kind, token_key_sealed, created_at) \
             VALUES ($1, $2, 'sandbox', x'00', $3)",
            params![
                rows.environment.as_str(),
                rows.organisation.as_str(),
                now.millis()
            ],
        )?;
        let mut raw = Self {
            connection,
            rows,
            entropy,
            random: StdRng::seed_from_u64(2),
            known,
            made: 0,
        };
        raw.fill(inquiries)?;
        Ok(raw)
    }

    fn fill(&mut self, inquiries: usize) -> Result<(), Problem> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        for number in 0..inquiries {
            let person = format!("known-{}", number % self.known.max(1));
            self.create(&person)?;
        }
        self.connection.execute_batch("COMMIT")?;
        Ok(())
    }

    /// Creates for as long as the window lasts, `per_commit` of them in each durable transaction.
    pub fn measure(&mut self, window: &Window, per_commit: u64) -> Result<Sample, Problem> {
        let mut histogram = new_histogram();
        let warm = Instant::now() + window.warm_up;
        let end = warm + window.length;
        let mut last = warm;
        // Nothing else in this process writes while this runs.
        let meter = Meter::of_this_process();
        let mut before = None;
        while last < end && histogram.len() * per_commit < window.most {
            let begun = Instant::now();
            self.connection
                .prepare_cached("BEGIN IMMEDIATE")?
                .execute([])?;
            for _ in 0..per_commit {
                let person = self.next_person();
                self.create(&person)?;
            }
            self.connection.prepare_cached("COMMIT")?.execute([])?;
            let now = Instant::now();
            if begun >= warm {
                record(&mut histogram, now - begun);
                last = now;
            } else {
                before = meter.read();
            }
        }
        let elapsed = last
            .saturating_duration_since(warm)
            .max(Duration::from_nanos(1));
        let mut sample = Sample::new(&histogram, per_commit, elapsed, 0);
        if let (Some(before), Some(after)) = (before, meter.read()) {
            after.written_since(&before, &mut sample);
        }
        Ok(sample)
    }

    /// Half of them exist.
    fn next_person(&mut self) -> String {
        self.made += 1;
        if self.made.is_multiple_of(2) {
            format!("known-{}", self.random.random_range(0..self.known.max(1)))
        } else {
            format!("new-{}", self.made)
        }
    }

    /// The statements of the service's create: look, then insert what is missing, the inquiry, its events and the
    /// stored answer.
    fn create(&mut self, person: &str) -> Result<(), Problem> {
        let (rows, entropy, at) = (&self.rows, &mut self.entropy, now());
        let environment = rows.environment.as_str();
        let found: Option<(String, i64)> = self
            .connection
            .prepare_cached(
                "SELECT id, version FROM accounts WHERE environment_id = $1 AND reference_fold = $2 \
                 ORDER BY created_at, id",
            )?
            .query_row(params![environment, person], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let account = if let Some((account, version)) = found {
            self.connection
                .prepare_cached(
                    "SELECT 1 FROM accounts WHERE environment_id = $1 AND id = $2 AND version = $3",
                )?
                .query_row(params![environment, account, version], |_| Ok(()))?;
            account
        } else {
            let account = AccountId::mint(entropy, at).to_string();
            self.connection
                .prepare_cached(
                    "INSERT INTO accounts (environment_id, id, account_type_id, reference_id, reference_fold, status, \
                     fields, tags, created_at, updated_at, redacted_at, archived_at, consolidated_into, version) \
                     VALUES ($1, $2, $3, $4, $4, 'Default', $5, '[]', $6, $6, NULL, NULL, NULL, 1)",
                )?
                .execute(params![
                    environment,
                    account,
                    rows.account_type.as_str(),
                    person,
                    rows.account_fields,
                    at.millis(),
                ])?;
            self.insert_event("account", &account.clone(), &account, at, 0)?;
            account
        };
        let (rows, entropy) = (&self.rows, &mut self.entropy);
        let inquiry = InquiryId::mint(entropy, at).to_string();
        let expires = at.plus_seconds(86_400).millis();
        self.connection
            .prepare_cached(
                "INSERT INTO inquiries (environment_id, id, account_id, template_id, template_version_id, status, note, \
                 created_at, updated_at, expires_at, redacted_at, detail, due_at, version) \
                 VALUES ($1, $2, $3, $4, $5, 'created', NULL, $6, $6, $7, NULL, $8, $7, 1)",
            )?
            .execute(params![
                rows.environment.as_str(),
                inquiry,
                account,
                rows.template.as_str(),
                rows.version.as_str(),
                at.millis(),
                expires,
                rows.packed_detail,
            ])?;
        self.insert_event("inquiry", &inquiry, &account, at, 1)?;
        let key = format!("{:032x}", u128::from_le_bytes(self.entropy.bytes()));
        self.connection
            .prepare_cached(
                "INSERT INTO idempotency_keys (environment_id, key, fingerprint, status, body, created_at) \
                 VALUES ($1, $2, $3, 201, $4, $5)",
            )?
            .execute(params![
                self.rows.environment.as_str(),
                key,
                self.entropy.bytes::<32>(),
                self.rows.stored_answer,
                at.millis(),
            ])?;
        Ok(())
    }

    fn insert_event(
        &mut self,
        kind: &str,
        object: &str,
        account: &str,
        at: Timestamp,
        ordinal: i64,
    ) -> Result<(), Problem> {
        let payload = match kind {
            "account" => &self.rows.packed_account_payload,
            _ => &self.rows.packed_inquiry_payload,
        };
        let id = EventId::mint(&mut self.entropy, at);
        let name = format!("{kind}.created");
        // Nobody numbers them here, so the queue grows: a server takes them out in commits of its own.
        self.connection
            .prepare_cached(
                "INSERT INTO event_queue (environment_id, event_id, account_id, name, ordinal) VALUES ($1, $2, $3, $4, $5)",
            )?
            .execute(params![self.rows.environment.as_str(), id.as_str(), account, name, ordinal])?;
        self.connection
            .prepare_cached(
                "INSERT INTO events (environment_id, id, name, object_type, object_id, account_id, created_at, ordinal, \
                 payload, context) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}')",
            )?
            .execute(params![
                self.rows.environment.as_str(),
                id.as_str(),
                name,
                kind,
                object,
                account,
                at.millis(),
                ordinal,
                payload,
            ])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baseline_writes_what_a_create_writes() {
        let folder = tempfile::tempdir().unwrap();
        let mut raw = Raw::open(&folder.path().join("raw.sqlite"), 3, 6).unwrap();
        let window = Window {
            warm_up: Duration::ZERO,
            length: Duration::from_mins(1),
            most: 64,
        };
        let sample = raw.measure(&window, 32).unwrap();
        assert_eq!((sample.answers, sample.errors), (64, 0));
        let count =
            |sql: &str| -> i64 { raw.connection.query_row(sql, [], |row| row.get(0)).unwrap() };
        assert_eq!(count("SELECT count(*) FROM inquiries"), 70);
        assert_eq!(count("SELECT count(*) FROM idempotency_keys"), 70);
        assert_eq!(count("SELECT count(*) FROM accounts"), 3 + 32);
        assert_eq!(count("SELECT count(*) FROM events"), 70 + 3 + 32);
        let answer = count("SELECT CAST(avg(length(body)) AS INTEGER) FROM idempotency_keys");
        assert!((250..600).contains(&answer), "{answer} bytes");
    }
}

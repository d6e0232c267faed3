//! The limit from below: the create transaction on the server's own schema, in process, with no server around it.
//!
//! The rows are those of a real create: the domain decides and the wire renders them once, and only ids and
//! reference IDs change from one transaction to the next. WAL and `synchronous=FULL`, as the server has it.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rusqlite::{Connection, OptionalExtension, params};
use selfsame_domain::Timestamp;
use selfsame_domain::account::{self, AccountType, CreateAccount, default_fields};
use selfsame_domain::id::{
    AccountId, AccountTypeId, Entropy, EnvironmentId, EventId, Id, InquiryId, OrganisationId,
    TemplateId, TemplateVersionId,
};
use selfsame_domain::inquiry::{self, CreateInquiry, InquiryView, Prefill, TemplateSelector};
use selfsame_domain::template::{
    Template, TemplateSettings, TemplateVersion, government_id_and_selfie,
};
use serde_json::{Value, json};

use crate::Problem;
use crate::cell::Window;
use crate::figures::{Sample, new_histogram, record};
use crate::load::prefill;
use crate::server::Meter;

const SCHEMA: [&str; 2] = [
    include_str!("../../store/migrations/sqlite/V1__initial.sql"),
    include_str!("../../store/migrations/sqlite/V2__statistics.sql"),
];
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

struct Rows {
    environment: EnvironmentId,
    account_type: AccountTypeId,
    template: TemplateId,
    version: TemplateVersionId,
    account_fields: String,
    account_payload: String,
    detail: String,
    inquiry_payload: String,
    answer: String,
}

impl Raw {
    /// Makes the store with as many people and inquiries as the server's has before it is measured.
    pub fn open(file: &Path, known: usize, inquiries: usize) -> Result<Self, Problem> {
        let connection = Connection::open(file)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.execute_batch(&SCHEMA.concat())?;
        let mut entropy = Entropy::seeded(1);
        let rows = rows(&mut entropy)?;
        let (organisation, now) = (OrganisationId::mint(&mut entropy, now()), now());
        connection.execute(
            "INSERT INTO organisations (id, name, created_at) VALUES ($1, 'Benchmark', $2)",
            params![organisation.as_str(), now.millis()],
        )?;
        connection.execute(
            "INSERT INTO environments (id, organisation_id, kind, token_key_sealed, created_at) \
             VALUES ($1, $2, 'sandbox', x'00', $3)",
            params![
                rows.environment.as_str(),
                organisation.as_str(),
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
                rows.detail,
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
                self.rows.answer.as_bytes(),
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
            "account" => &self.rows.account_payload,
            _ => &self.rows.inquiry_payload,
        };
        self.connection
            .prepare_cached(
                "INSERT INTO events (environment_id, id, name, object_type, object_id, account_id, created_at, ordinal, \
                 payload, context) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}')",
            )?
            .execute(params![
                self.rows.environment.as_str(),
                EventId::mint(&mut self.entropy, at).as_str(),
                format!("{kind}.created"),
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

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// One create, decided and rendered as the server does it.
fn rows(entropy: &mut Entropy) -> Result<Rows, Problem> {
    let at = now();
    let environment = EnvironmentId::mint(entropy, at);
    let organisation = OrganisationId::mint(entropy, at);
    let template_id = TemplateId::mint(entropy, at);
    let version = TemplateVersion {
        id: TemplateVersionId::mint(entropy, at),
        organisation_id: organisation.clone(),
        template_id: template_id.clone(),
        published: true,
        name_display: None,
        enabled_locales: vec!["en-US".to_owned()],
        definition: government_id_and_selfie(entropy, at),
        created_at: at,
        updated_at: at,
        published_at: Some(at),
    };
    let template = Template {
        id: template_id.clone(),
        organisation_id: organisation.clone(),
        name: "Government ID and selfie".to_owned(),
        active: true,
        latest_published_version_id: Some(version.id.clone()),
        settings: TemplateSettings::default(),
        created_at: at,
        updated_at: at,
    };
    let account_type = AccountType {
        id: AccountTypeId::mint(entropy, at),
        organisation_id: organisation,
        name: "User".to_owned(),
        is_default: true,
        fields: default_fields(),
        statuses: Vec::new(),
        default_status: "Default".to_owned(),
        created_at: at,
        updated_at: at,
    };
    let reference = selfsame_domain::ReferenceId::from_trusted("bench-0123456789abcdef-1".into());
    let new = CreateAccount {
        reference_id: Some(reference.clone()),
        ..CreateAccount::default()
    };
    let refused = |refusals| Problem::from(format!("the domain refuses the sample: {refusals:?}"));
    let (account, _) =
        account::create(&environment, &account_type, new, at, entropy).map_err(refused)?;
    let Value::Object(fields) = prefill() else {
        return Err("prefill is not an object".into());
    };
    let command = CreateInquiry {
        template: TemplateSelector::Latest(template_id),
        link: account::AccountLink::default(),
        creator: "API".to_owned(),
        note: None,
        prefill: Prefill::Api(fields),
        tags: Vec::new(),
        redirect_uri: None,
        theme_set_id: None,
        initial_step: None,
        intervals: inquiry::Intervals::default(),
        ios_app_attest_team_id: None,
        ios_app_attest_bundle_id: None,
        locale: None,
    };
    let (inquiry, _) = inquiry::create(
        &environment,
        Some(account.id.clone()),
        &template,
        &version,
        command,
        at,
        entropy,
    )
    .map_err(refused)?;
    let detail = serde_json::to_string(&inquiry.detail)?;
    let view = InquiryView {
        inquiry,
        reference_id: Some(reference),
        session_ids: Vec::new(),
        verifications: Vec::new(),
        document_ids: Vec::new(),
        selfie_ids: Vec::new(),
    };
    let document = selfsame_wire::inquiry::document(&view, &version);
    let answer = json!({
        "data": document,
        "meta": {"session-token": null, "one-time-link": null, "one-time-link-short": null},
    });
    Ok(Rows {
        account_fields: serde_json::to_string(&account.fields)?,
        account_payload: selfsame_wire::account::document(&account, &account_type).to_string(),
        inquiry_payload: answer["data"].to_string(),
        answer: answer.to_string(),
        detail,
        environment,
        account_type: account_type.id,
        template: template.id,
        version: version.id,
    })
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
        assert!((2_000..4_000).contains(&answer), "{answer} bytes");
    }
}

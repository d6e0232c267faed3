//! PostgreSQL's own load generator with the whole create as one statement: the limit from below.
//!
//! The tables are the server's, the texts those of a real create, sent with each statement as a server has to send
//! them. `create.sql` is the statement. Nobody numbers its events, so their queue grows: a server takes them out in
//! commits of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use selfsame_domain::id::{Entropy, Id};

use crate::Problem;
use crate::cluster::{Cluster, Sql};
use crate::figures::{Sample, new_histogram, record, to_f64};
use crate::load::Window;
use crate::process;
use crate::rows::{Rows, now};
use crate::schema;

const SCRIPT: &str = include_str!("create.sql");
pub const DATABASE: &str = "baseline";
/// Beyond the length of the cell, before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Pgbench {
    rows: Rows,
    people: u64,
}

impl Pgbench {
    /// Makes the tables, and as many people and inquiries as the server's store has before it is measured.
    pub async fn prepare(cluster: &Cluster, people: u64, inquiries: u64) -> Result<Self, Problem> {
        let url = cluster.new_database(DATABASE).await?;
        let sql = Sql::connect(&url).await?;
        sql.run(&schema::POSTGRES.concat()).await?;
        let rows = Rows::decided(&mut Entropy::seeded(1))?;
        let pgbench = Self { rows, people };
        pgbench.fill(&sql, inquiries).await?;
        Ok(pgbench)
    }

    async fn fill(&self, sql: &Sql, inquiries: u64) -> Result<(), Problem> {
        let rows = &self.rows;
        let at = now().millis();
        let (people, inquiries) = (i64::try_from(self.people)?, i64::try_from(inquiries)?);
        let (environment, organisation) = (rows.environment.as_str(), rows.organisation.as_str());
        sql.execute(
            "INSERT INTO organisations (id, name, created_at) VALUES ($1, 'Benchmark', $2)",
            &[&organisation, &at],
        )
        .await?;
        sql.execute(
            "INSERT INTO environments (id, organisation_id, kind, token_key_sealed, created_at) \
                 VALUES ($1, $2, 'sandbox', '', $3)",
            &[&environment, &organisation, &at],
        )
        .await?;
        sql.execute(
                "INSERT INTO accounts (environment_id, id, account_type_id, reference_id, reference_fold, status, \
                 fields, tags, created_at, updated_at, version) \
                 SELECT $1, 'act_' || lpad(n::text, 28, '0'), $2, 'known-' || n, 'known-' || n, 'Default', $3, '[]', \
                 $4, $4, 1 FROM generate_series(0, $5::bigint - 1) n",
                &[&environment, &rows.account_type.as_str(), &rows.account_fields, &at, &people],
            )
            .await?;
        sql.execute(
                "INSERT INTO inquiries (environment_id, id, account_id, template_id, template_version_id, status, \
                 created_at, updated_at, expires_at, detail, due_at, version) \
                 SELECT $1, 'inq_' || lpad(n::text, 28, '0'), 'act_' || lpad((n % $2)::text, 28, '0'), $3, $4, \
                 'created', $5::bigint, $5::bigint, $5::bigint + 86400000, $6, $5::bigint + 86400000, 1 FROM generate_series(0, $7::bigint - 1) n",
                &[
                    &environment,
                    &people,
                    &rows.template.as_str(),
                    &rows.version.as_str(),
                    &at,
                    &rows.packed_detail,
                    &inquiries,
                ],
            )
            .await?;
        sql.execute(
                "INSERT INTO events (environment_id, id, name, object_type, object_id, account_id, created_at, \
                 ordinal, payload, context) \
                 SELECT environment_id, 'evt_' || right(id, 28), 'inquiry.created', 'inquiry', id, account_id, \
                 created_at, 0, $1, '{}' FROM inquiries",
                &[&rows.packed_inquiry_payload],
            )
            .await?;
        sql.run("VACUUM ANALYZE").await?;
        sql.run("CHECKPOINT").await
    }

    pub async fn measure(
        self: &Arc<Self>,
        cluster: &Cluster,
        folder: &Path,
        clients: usize,
        window: &Window,
    ) -> Result<Sample, Problem> {
        let folder = folder.join(format!("pgbench-{clients}"));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("create.sql"), SCRIPT)?;
        let length = (window.warm_up + window.length).as_secs_f64().ceil();
        let threads = std::thread::available_parallelism()?.get().min(clients);
        let mut command = Command::new(cluster.program("pgbench"));
        command
            .current_dir(&folder)
            .args(["--no-vacuum", "--protocol=prepared", "--log"])
            .args(["--file", "create.sql"])
            .args(["--client", &clients.to_string()])
            .args(["--jobs", &threads.to_string()])
            .args(["--time", &format!("{length:.0}")]);
        for (name, value) in self.variables() {
            command.arg(format!("--define={name}={value}"));
        }
        command.arg(cluster.url(DATABASE)).stdin(Stdio::null());
        let out = fs::File::create(folder.join("said"))?;
        command.stdout(out.try_clone()?).stderr(out);
        let mut child = Ended(command.spawn()?);
        let deadline = tokio::time::Instant::now() + Duration::from_secs_f64(length) + PATIENCE;
        let status = loop {
            if let Some(status) = child.0.try_wait()? {
                break status;
            }
            if tokio::time::Instant::now() > deadline {
                return Err("pgbench does not end".into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let said = fs::read_to_string(folder.join("said"))?;
        if !status.success() {
            return Err(format!("pgbench ended with {status}: {said}").into());
        }
        let mut log = String::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("pgbench_log.") {
                log.push_str(&fs::read_to_string(&path)?);
            }
        }
        fs::remove_dir_all(&folder)?;
        read_log(&log, window.warm_up)
            .ok_or_else(|| format!("pgbench measured nothing: {said}").into())
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let rows = &self.rows;
        vec![
            ("people", self.people.to_string()),
            ("environment", rows.environment.to_string()),
            ("account_type", rows.account_type.to_string()),
            ("account_fields", rows.account_fields.clone()),
            ("template", rows.template.to_string()),
            ("template_version", rows.version.to_string()),
            ("detail", hexadecimal(&rows.packed_detail)),
            ("inquiry_payload", hexadecimal(&rows.packed_inquiry_payload)),
            ("account_payload", hexadecimal(&rows.packed_account_payload)),
            ("answer", hexadecimal(&rows.stored_answer)),
        ]
    }
}

/// As PostgreSQL reads bytes.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
    std::iter::once('\\')
        .chain(std::iter::once('x'))
        .chain(digits)
        .collect()
}

/// Ends with whoever waits for it.
struct Ended(std::process::Child);

impl Drop for Ended {
    fn drop(&mut self) {
        process::end(&mut self.0, "TERM", Duration::from_secs(5));
    }
}

/// Lines of `client transaction latency_µs script end_s end_µs`; those that end during the warm-up are left out.
fn read_log(log: &str, warm_up: Duration) -> Option<Sample> {
    let mut entries: Vec<(u64, u64)> = log
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ');
            let latency: u64 = fields.nth(2)?.parse().ok()?;
            let seconds: u64 = fields.nth(1)?.parse().ok()?;
            let micros: u64 = fields.next()?.parse().ok()?;
            Some((seconds * 1_000_000 + micros, latency))
        })
        .collect();
    entries.sort_unstable();
    let warm = entries.first()?.0 + u64::try_from(warm_up.as_micros()).ok()?;
    let mut histogram = new_histogram();
    let mut end = warm;
    for (at, latency) in entries.into_iter().filter(|(at, _)| *at >= warm) {
        record(&mut histogram, Duration::from_micros(latency));
        end = at;
    }
    if histogram.is_empty() || end == warm {
        return None;
    }
    let mut sample = Sample::new(&histogram, 1, Duration::from_micros(end - warm), 0);
    sample.per_second = to_f64(sample.answers) * 1e6 / to_f64(end - warm);
    Some(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_read_without_its_warm_up() {
        let log = "0 1 500 0 100 0\n1 1 700 0 100 900000\n0 2 1000 0 101 0\n0 3 3000 0 101 500000\n1 2 2000 0 102 0\n";
        let sample = read_log(log, Duration::from_secs(1)).unwrap();
        assert_eq!(sample.answers, 3);
        assert!((sample.per_second - 3.0).abs() < 1e-9);
        assert!((sample.p50_ms / 2.0 - 1.0).abs() < 0.002);
        assert!((sample.max_ms / 3.0 - 1.0).abs() < 0.002);
        assert!(read_log("", Duration::ZERO).is_none());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_statement_writes_what_a_create_writes() {
        let folder = tempfile::tempdir().unwrap();
        let cluster = Cluster::start().await.unwrap();
        let pgbench = Arc::new(Pgbench::prepare(&cluster, 10, 60).await.unwrap());
        let window = Window {
            warm_up: Duration::ZERO,
            length: Duration::from_secs(1),
            most: u64::MAX,
        };
        let measured = pgbench.measure(&cluster, folder.path(), 4, &window);
        let sample = measured.await.unwrap();
        assert!(sample.answers > 0 && sample.p99_ms > 0.0, "{sample:?}");

        let sql = Sql::connect(&cluster.url(DATABASE)).await.unwrap();
        let count = async |from: &str| {
            let question = format!("SELECT count(*) FROM {from}");
            sql.count(&question).await.unwrap()
        };
        let keys = count("idempotency_keys").await;
        assert!(keys >= sample.answers);
        assert_eq!(count("inquiries").await, 60 + keys);
        assert_eq!(
            count("events WHERE name = 'inquiry.created'").await,
            60 + keys
        );
        let newcomers = count("accounts WHERE reference_id LIKE 'new-%'").await;
        assert!((1..keys).contains(&newcomers), "about half are new");
        assert_eq!(count("accounts").await, 10 + newcomers);
        assert_eq!(
            count("events WHERE name = 'account.created'").await,
            newcomers
        );
    }
}

//! A throwaway PostgreSQL, durable as one is by default.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::Problem;
use crate::process;
use crate::server::{free_port, temporary_folder};

const INSTALLED: &str = "/usr/lib/postgresql";
const USER: &str = "bench";
const LONGEST_START: Duration = Duration::from_mins(1);
const LONGEST_STOP: Duration = Duration::from_secs(30);
const CONNECTIONS: u32 = 200;

pub struct Cluster {
    pub binaries: PathBuf,
    pub version: String,
    /// What was set, in a line for the report.
    pub settings: String,
    port: u16,
    child: Child,
    folder: TempDir,
}

/// Whom to run as: PostgreSQL refuses to be root.
#[derive(Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

/// Where `initdb`, `postgres` and `pgbench` are: the newest that Debian has installed, or on the `PATH`.
pub fn find_binaries() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres", "pgbench"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(INSTALLED)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .filter(|(_, path)| complete(path))
        .collect();
    versions.sort();
    versions.pop().map(|(_, path)| path).or_else(|| {
        let folder = process::find_program("initdb")?.parent()?.to_owned();
        complete(&folder).then_some(folder)
    })
}

impl Cluster {
    pub async fn start(binaries: &Path, below: &Path) -> Result<Self, Problem> {
        let owner = owner()?;
        let folder = folder_for(owner, below)?;
        let data = folder.path().join("data");
        let said = command(&binaries.join("initdb"), owner, folder.path())
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .args(["--username", USER, "--pgdata"])
            .arg(&data)
            .output()?;
        if !said.status.success() {
            let problem = String::from_utf8_lossy(&said.stderr);
            return Err(format!("initdb ended with {}: {problem}", said.status).into());
        }
        let port = free_port()?;
        let buffers = shared_buffers_mib();
        let settings = format!("shared_buffers = {buffers}MB, max_wal_size = 2GB");
        let log = File::create(folder.path().join("postgres.log"))?;
        let child = command(&binaries.join("postgres"), owner, folder.path())
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-h", "127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", &format!("shared_buffers={buffers}MB")])
            .args(["-c", "max_wal_size=2GB"])
            .args(["-c", &format!("max_connections={CONNECTIONS}")])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut cluster = Self {
            binaries: binaries.to_owned(),
            version: String::new(),
            settings: format!(
                "fsync, synchronous_commit and full_page_writes on, {settings}, the rest as installed"
            ),
            port,
            child,
            folder,
        };
        cluster.version = cluster.wait_until_ready().await?;
        Ok(cluster)
    }

    async fn wait_until_ready(&mut self) -> Result<String, Problem> {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_START {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("PostgreSQL ended with {status}: {}", self.log()).into());
            }
            if let Ok(sql) = Sql::connect(&self.url("postgres")).await {
                return sql.text("SHOW server_version").await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!(
            "PostgreSQL is not ready after {LONGEST_START:?}: {}",
            self.log()
        )
        .into())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("postgres.log")).unwrap_or_default()
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    pub async fn new_database(&self, name: &str) -> Result<String, Problem> {
        let admin = Sql::connect(&self.url("postgres")).await?;
        admin.run(&format!("CREATE DATABASE {name}")).await?;
        Ok(self.url(name))
    }

    pub async fn drop_database(&self, name: &str) -> Result<(), Problem> {
        let admin = Sql::connect(&self.url("postgres")).await?;
        admin
            .run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
    }

    /// Where programs that talk to it find it.
    pub fn address(&self) -> [(&'static str, String); 3] {
        [
            ("PGHOST", "127.0.0.1".to_owned()),
            ("PGPORT", self.port.to_string()),
            ("PGUSER", USER.to_owned()),
        ]
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Fast shutdown: connections are cut, shared memory is given back.
        process::end(&mut self.child, "INT", LONGEST_STOP);
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

fn command(program: &Path, owner: Option<Owner>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if let Some(owner) = owner {
        command.uid(owner.user).gid(owner.group);
    }
    command
}

/// None: this process may run PostgreSQL itself.
fn owner() -> Result<Option<Owner>, Problem> {
    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let known = fs::read_to_string("/etc/passwd")?;
    parse_owner(&known)
        .map(Some)
        .ok_or_else(|| "PostgreSQL does not run as root, and there is no user postgres".into())
}

fn parse_owner(passwd: &str) -> Option<Owner> {
    let line = passwd.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    Some(Owner {
        user: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
    })
}

/// A folder that the owner reaches: beside the others if it may go there, else where temporary files go.
fn folder_for(owner: Option<Owner>, below: &Path) -> Result<TempDir, Problem> {
    let Some(chosen) = owner else {
        return temporary_folder(below);
    };
    for place in [below, &std::env::temp_dir()] {
        let folder = temporary_folder(&place.canonicalize()?)?;
        std::os::unix::fs::chown(folder.path(), Some(chosen.user), Some(chosen.group))?;
        let reached = command(Path::new("/bin/sh"), owner, Path::new("/"))
            .args(["-c", "cd \"$1\"", "sh"])
            .arg(folder.path())
            .output()?;
        if reached.status.success() {
            return Ok(folder);
        }
    }
    Err("the user postgres reaches neither --folder nor the folder for temporary files".into())
}

/// A quarter of the memory, as is usual, between 128 MiB and 1 GiB.
fn shared_buffers_mib() -> u64 {
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total_kib: u64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0);
    (total_kib / 1024 / 4).clamp(128, 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_postgres_is_found_by_name() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\npostgres:x:101:103:,,,:/var/lib/postgresql:/bin/sh\n";
        let owner = parse_owner(passwd).unwrap();
        assert_eq!((owner.user, owner.group), (101, 103));
        assert!(parse_owner("notpostgres:x:1:1::/:/bin/sh\n").is_none());
    }
}

//! The server under test: the real binary, in a process and a data folder of its own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};
use tempfile::TempDir;

use crate::Problem;
use crate::client::{Client, Target, unexpected};
use crate::process::{self, Meter};

const LONGEST_START: Duration = Duration::from_mins(1);
const LONGEST_STOP: Duration = Duration::from_secs(30);

/// A data folder with its store, which servers are started on one after the other, or side by side.
pub struct Installation {
    binary: PathBuf,
    data: PathBuf,
    logs: TempDir,
    /// `postgres://…`; none for the embedded store.
    database: Option<String>,
    /// Set for the server's process.
    environment: Vec<(String, String)>,
}

impl Installation {
    /// A folder that goes with it.
    pub fn new(binary: &Path, below: &Path, database: Option<String>) -> Result<Self, Problem> {
        let folder = temporary_folder(below)?;
        Ok(Self {
            binary: binary.to_owned(),
            data: folder.path().join("data"),
            logs: folder,
            database,
            environment: Vec::new(),
        })
    }

    /// A folder that stays.
    pub fn at(binary: &Path, data: &Path, database: Option<String>) -> Result<Self, Problem> {
        Ok(Self {
            data: data.to_owned(),
            ..Self::new(binary, &std::env::temp_dir(), database)?
        })
    }

    #[must_use]
    pub fn with_environment(mut self, environment: Vec<(String, String)>) -> Self {
        self.environment = environment;
        self
    }

    /// The embedded store's file.
    pub fn sqlite_file(&self) -> PathBuf {
        self.data.join("selfsame.sqlite")
    }

    pub async fn start(&self) -> Result<Server, Problem> {
        let port = free_port()?;
        let log = self.logs.path().join(format!("server-{port}.log"));
        let out = File::create(&log)?;
        let begun = Instant::now();
        let mut command = Command::new(&self.binary);
        command.args(["dev", "--port", &port.to_string(), "--data"]);
        command.arg(&self.data);
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        let child = command
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .map_err(|error| format!("{}: {error}", self.binary.display()))?;
        let url = format!("http://127.0.0.1:{port}");
        let mut server = Server {
            target: Target::parse(&url, String::new(), String::new())?,
            ready_after: Duration::ZERO,
            child,
            log,
        };
        server.wait_until_ready(begun).await?;
        server.ready_after = begun.elapsed();
        let settings = read_settings(&self.data.join("dev.env"))?;
        let setting = |name: &str| -> Result<String, Problem> {
            let found = settings.iter().find(|(known, _)| known == name);
            Ok(found.ok_or(format!("dev.env has no {name}"))?.1.clone())
        };
        server.target = Target::parse(
            &url,
            setting("SELFSAME_SANDBOX_API_KEY")?,
            setting("SELFSAME_TEMPLATE_ID")?,
        )?;
        Ok(server)
    }

    /// Starts a server that makes what is missing, and stops it again.
    pub async fn prepare(&self) -> Result<(), Problem> {
        self.start().await?.stop().await
    }
}

pub struct Server {
    pub target: Target,
    pub ready_after: Duration,
    child: Child,
    log: PathBuf,
}

impl Server {
    async fn wait_until_ready(&mut self, begun: Instant) -> Result<(), Problem> {
        while begun.elapsed() < LONGEST_START {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the server ended with {status}: {}", self.log()).into());
            }
            if let Ok(mut client) = Client::connect(&self.target).await
                && let Ok((StatusCode::OK, _)) = client.send(Method::GET, "/readyz", None).await
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Err(format!(
            "the server is not ready after {LONGEST_START:?}: {}",
            self.log()
        )
        .into())
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn meter(&self) -> Meter {
        Meter::of(self.child.id())
    }

    /// The sum over all labels of a counter at `/metrics`; none if the server does not count that.
    pub async fn counter(&self, name: &str) -> Result<Option<f64>, Problem> {
        let mut client = Client::connect(&self.target).await?;
        let (status, body) = client.send(Method::GET, "/metrics", None).await?;
        if status != StatusCode::OK {
            return Err(unexpected("/metrics", status, &body).into());
        }
        Ok(sum_of_counter(&String::from_utf8_lossy(&body), name))
    }

    /// SIGTERM; whatever is running is finished, and then the exit code is 0.
    pub async fn stop(mut self) -> Result<(), Problem> {
        process::signal(&self.child, "TERM")?;
        let begun = Instant::now();
        let ended = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if begun.elapsed() > LONGEST_STOP {
                return Err(format!("the server still runs {LONGEST_STOP:?} after SIGTERM").into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        if ended.success() {
            Ok(())
        } else {
            Err(format!("stopped, the server ended with {ended}: {}", self.log()).into())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub fn free_port() -> Result<u16, Problem> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

pub fn temporary_folder(below: &Path) -> Result<TempDir, Problem> {
    let folder = tempfile::Builder::new()
        .prefix(".selfsame-bench-")
        .tempdir_in(below);
    folder.map_err(|error| format!("{}: {error}", below.display()).into())
}

fn sum_of_counter(text: &str, name: &str) -> Option<f64> {
    let values: Vec<f64> = text
        .lines()
        .filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            rest.starts_with(['{', ' '])
                .then(|| rest.rsplit(' ').next()?.parse().ok())?
        })
        .collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

/// `NAME=value` lines, quoted or not.
fn read_settings(file: &Path) -> Result<Vec<(String, String)>, Problem> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let settings = text.lines().filter_map(|line| {
        let (name, value) = line.trim().split_once('=')?;
        let name = name.trim_start_matches("export ").trim();
        Some((name.to_owned(), value.trim_matches(['"', '\'']).to_owned()))
    });
    Ok(settings.collect())
}

/// The release build of the server, built now if that is needed.
pub fn build() -> Result<PathBuf, Problem> {
    let own = std::env::current_exe()?;
    let target = own
        .parent()
        .and_then(Path::parent)
        .ok_or("the benchmark does not lie in a target folder; use --server")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--package", "selfsame-server"])
        .arg("--manifest-path")
        .arg(process::repository().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .status()?;
    let binary = target.join("release").join("selfsame");
    if status.success() && binary.is_file() {
        Ok(binary)
    } else {
        Err(format!(
            "cannot build {}: cargo ended with {status}",
            binary.display()
        )
        .into())
    }
}

/// Whether this server can keep its data in PostgreSQL.
pub fn knows_postgres(binary: &Path) -> Result<bool, Problem> {
    let help = Command::new(binary)
        .args(["dev", "--help"])
        .output()
        .map_err(|error| format!("{}: {error}", binary.display()))?;
    Ok(String::from_utf8_lossy(&help.stdout).contains("--database"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_with_and_without_quotes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "# note\nA=1\nexport B=\"two\"\n\nC='x=y'\n").unwrap();
        let expected = [("A", "1"), ("B", "two"), ("C", "x=y")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read_settings(file.path()).unwrap(), expected);
    }

    #[test]
    fn a_counter_is_summed_over_its_labels() {
        let text = "# TYPE a counter\na{kind=\"read\"} 3\na{kind=\"write x\"} 4\nab 100\n\n# TYPE b counter\nb 5\n";
        assert_eq!(sum_of_counter(text, "a"), Some(7.0));
        assert_eq!(sum_of_counter(text, "b"), Some(5.0));
        assert_eq!(sum_of_counter(text, "c"), None);
    }
}

//! The server under test: the real binary, in a process and a data folder of its own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};
use tempfile::TempDir;

use crate::Problem;
use crate::figures::{Sample, to_f64};
use crate::load::{Client, Target};

const LONGEST_START: Duration = Duration::from_secs(30);
const LONGEST_STOP: Duration = Duration::from_secs(30);
/// How long a fresh server is left alone before its memory is read.
const SETTLE: Duration = Duration::from_millis(500);
/// Linux counts processor time for user space in hundredths of a second.
const TICK_MICROS: f64 = 10_000.0;

pub struct Server {
    pub target: Target,
    pub ready_after: Duration,
    pub idle_kib: Option<u64>,
    child: Child,
    data: PathBuf,
    _folder: TempDir,
}

/// What remains to be said of a server that has stopped.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub idle_kib: Option<u64>,
    pub peak_kib: Option<u64>,
    pub ready_after: Duration,
}

impl Server {
    pub async fn start(binary: &Path, below: &Path) -> Result<Self, Problem> {
        let folder = tempfile::Builder::new()
            .prefix(".selfsame-bench-")
            .tempdir_in(below)?;
        let data = folder.path().join("data");
        let log = File::create(folder.path().join("server.log"))?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let begun = Instant::now();
        let child = Command::new(binary)
            .args(["dev", "--port", &port.to_string(), "--data"])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut server = Self {
            target: Target::parse(
                &format!("http://127.0.0.1:{port}"),
                String::new(),
                String::new(),
            )?,
            ready_after: Duration::ZERO,
            idle_kib: None,
            child,
            data,
            _folder: folder,
        };
        server.wait_until_ready(begun).await?;
        server.ready_after = begun.elapsed();
        let settings = read_settings(&server.data.join("dev.env"))?;
        let setting = |name: &str| -> Result<String, Problem> {
            let found = settings.iter().find(|(known, _)| known == name);
            Ok(found.ok_or(format!("dev.env has no {name}"))?.1.clone())
        };
        server.target = Target::parse(
            &setting("SELFSAME_URL")?,
            setting("SELFSAME_SANDBOX_API_KEY")?,
            setting("SELFSAME_TEMPLATE_ID")?,
        )?;
        tokio::time::sleep(SETTLE).await;
        server.idle_kib = memory_kib(server.child.id(), "VmRSS:");
        Ok(server)
    }

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
        let log = self.data.with_file_name("server.log");
        fs::read_to_string(log).unwrap_or_default()
    }

    pub fn meter(&self) -> Meter {
        Meter {
            process: self.child.id(),
        }
    }

    /// SIGTERM; whatever is running is finished, and then the exit code is 0.
    pub async fn stop(mut self) -> Result<Memory, Problem> {
        let memory = Memory {
            idle_kib: self.idle_kib,
            peak_kib: memory_kib(self.child.id(), "VmHWM:"),
            ready_after: self.ready_after,
        };
        // The shell's own `kill`: a small Debian has no program of that name.
        let told = Command::new("sh")
            .args(["-c", &format!("kill -TERM {}", self.child.id())])
            .status()?;
        if !told.success() {
            return Err(format!("cannot signal the server: kill ended with {told}").into());
        }
        let begun = Instant::now();
        let ended: ExitStatus = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if begun.elapsed() > LONGEST_STOP {
                return Err(format!("the server still runs {LONGEST_STOP:?} after SIGTERM").into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        if ended.success() {
            Ok(memory)
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

/// Reads what Linux knows of a process; elsewhere there is nothing to read.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    process: u32,
}

#[derive(Debug, Clone, Copy)]
pub struct Reading {
    cpu_ticks: u64,
    written_bytes: Option<u64>,
}

impl Meter {
    pub fn of_this_process() -> Self {
        Self {
            process: std::process::id(),
        }
    }

    pub fn read(self) -> Option<Reading> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process)).ok()?;
        // The name in brackets may hold anything; state is the first field behind it.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |place: usize| fields.get(place)?.parse::<u64>().ok();
        let io = fs::read_to_string(format!("/proc/{}/io", self.process)).ok();
        Some(Reading {
            cpu_ticks: ticks(11)? + ticks(12)?,
            written_bytes: io
                .as_deref()
                .and_then(|io| number_after(io, "write_bytes:")),
        })
    }
}

impl Reading {
    pub fn since(&self, before: &Self, sample: &mut Sample) {
        let answers = to_f64(sample.answers.max(1));
        let ticks = self.cpu_ticks.saturating_sub(before.cpu_ticks);
        sample.cpu_micros = Some(to_f64(ticks) * TICK_MICROS / answers);
        self.written_since(before, sample);
    }

    pub fn written_since(&self, before: &Self, sample: &mut Sample) {
        let answers = to_f64(sample.answers.max(1));
        if let (Some(now), Some(then)) = (self.written_bytes, before.written_bytes) {
            sample.written_kib = Some(to_f64(now.saturating_sub(then)) / 1024.0 / answers);
        }
    }
}

fn memory_kib(process: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    number_after(&status, name)
}

fn number_after(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
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
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_proc_files() {
        let status = "Name:\tselfsame\nVmHWM:\t   12345 kB\nVmRSS:\t    9876 kB\n";
        assert_eq!(number_after(status, "VmHWM:"), Some(12_345));
        assert_eq!(number_after(status, "VmSwap:"), None);
    }

    #[test]
    fn settings_are_read_with_and_without_quotes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "# note\nA=1\nexport B=\"two\"\n\nC='x=y'\n").unwrap();
        let expected = [("A", "1"), ("B", "two"), ("C", "x=y")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read_settings(file.path()).unwrap(), expected);
    }
}

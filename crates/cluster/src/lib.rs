//! A PostgreSQL cluster that lives as long as whoever started it, for tests and benchmarks.
//!
//! A shell stands between us and the server: it ends the server and removes its folder when our end of a pipe closes,
//! so that nothing is left even when we are killed.

mod database;
mod programs;
mod session;
mod standby;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub use database::Database;
pub use programs::Programs;

/// How long a server may take to answer after its start.
const START: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The server runs while the shell's standard input is open.
const KEEPER: &str = r#"
folder=$1; shift
"$@" &
server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
case "$folder" in */selfsame-pg-*) rm -rf "$folder";; esac
"#;

/// A running server, or one that was killed and can be started again.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    keeper: Option<Child>,
}

impl Cluster {
    /// A new cluster without durability, for tests that do not ask for any.
    pub fn start() -> Result<Self, String> {
        Self::with_settings(&[
            "fsync=off",
            "synchronous_commit=on",
            "full_page_writes=off",
            "shared_buffers=64MB",
            "max_connections=300",
        ])
    }

    /// A new cluster with these settings, each `name=value`, in a folder of its own.
    pub fn with_settings(settings: &[&str]) -> Result<Self, String> {
        let programs = Programs::find()?;
        let folder = folder(&programs)?;
        let data = folder.join("data");
        let made = programs
            .command("initdb")
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--no-locale", "--no-sync", "--no-instructions", "--pgdata"])
            .arg(&data)
            .output();
        check("initdb", made)?;
        Self::on(programs, folder, settings)
    }

    /// A cluster on a data folder that is there already, `data` in `folder`; a standby, for example.
    pub fn on(programs: Programs, folder: PathBuf, settings: &[&str]) -> Result<Self, String> {
        let mut cluster = Self {
            programs,
            folder,
            port: free_port()?,
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            keeper: None,
        };
        cluster.restart()?;
        Ok(cluster)
    }

    /// Starts the server again after [`Cluster::kill`], on the same port, and waits until it answers.
    pub fn restart(&mut self) -> Result<(), String> {
        let log =
            std::fs::File::create(self.folder.join("log")).map_err(|error| error.to_string())?;
        let mut keeper = self.programs.shell();
        keeper.args(["-c", KEEPER, "keeper"]).arg(&self.folder);
        keeper.arg(self.programs.path("postgres"));
        keeper
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories="] {
            keeper.args(["-c", setting]);
        }
        for setting in &self.settings {
            keeper.args(["-c", setting]);
        }
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let keeper = keeper
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("cannot start PostgreSQL: {error}"))?;
        self.keeper = Some(keeper);
        self.wait()
    }

    fn wait(&self) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < START {
            let asked = self
                .programs
                .command("pg_isready")
                .args(["--quiet", "--host=127.0.0.1", "--port"])
                .arg(self.port.to_string())
                .status();
            if asked.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!("PostgreSQL did not start:\n{log}"))
    }

    /// Kills the server and everything it runs, as a power cut would; its data stay.
    pub fn kill(&mut self) -> Result<(), String> {
        let pids = self.process_group()?;
        let mut kill = Command::new("sh");
        kill.args(["-c", "kill -9 \"$@\" 2>/dev/null; :", "kill"])
            .args(&pids);
        check("kill", kill.output())?;
        self.kill_keeper()?;
        wait_until_gone(&pids)?;
        let left = self.data().join("postmaster.pid");
        if left.exists() {
            std::fs::remove_file(left).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// The keeper is not told, and so leaves the folder where it is.
    fn kill_keeper(&mut self) -> Result<(), String> {
        let Some(mut keeper) = self.keeper.take() else {
            return Ok(());
        };
        let shell = keeper.id().to_string();
        let mut kill = Command::new("sh");
        kill.args(["-c", "kill -9 \"$1\" 2>/dev/null; :", "kill", &shell]);
        check("kill", kill.output())?;
        keeper.wait().map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Stops the server without a checkpoint: its sessions are cut, and its next start recovers.
    pub fn stop_at_once(&mut self) -> Result<(), String> {
        let mut stop = self.programs.command("pg_ctl");
        stop.args(["stop", "--silent", "--mode=immediate", "--pgdata"])
            .arg(self.data());
        check("pg_ctl", stop.output())?;
        // What is left are its keeper and the data.
        self.kill_keeper()
    }

    /// The server's process and those it started.
    fn process_group(&self) -> Result<Vec<String>, String> {
        let file = self.data().join("postmaster.pid");
        let text = std::fs::read_to_string(&file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let server = text.lines().next().unwrap_or_default().trim().to_owned();
        let children = format!("/proc/{server}/task/{server}/children");
        let children = std::fs::read_to_string(children).unwrap_or_default();
        let mut pids = vec![server];
        pids.extend(children.split_whitespace().map(str::to_owned));
        Ok(pids)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where the database of this name is, for its owner.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        match self.keeper.take() {
            Some(mut keeper) => {
                drop(keeper.stdin.take());
                drop(keeper.wait());
            }
            None => drop(std::fs::remove_dir_all(&self.folder)),
        }
    }
}

fn wait_until_gone(pids: &[String]) -> Result<(), String> {
    let begun = Instant::now();
    let alive = |pid: &String| {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        state.is_ok_and(|text| !text.contains(") Z "))
    };
    while pids.iter().any(alive) {
        if begun.elapsed() > START {
            return Err("PostgreSQL does not die".into());
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}

/// A new folder that the server's user may use.
fn folder(programs: &Programs) -> Result<PathBuf, String> {
    let folder = tempfile::Builder::new()
        .prefix("selfsame-pg-")
        .tempdir()
        .map_err(|error| error.to_string())?
        .keep();
    programs.hand_over(&folder)?;
    Ok(folder)
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    Ok(address.port())
}

fn check(name: &str, done: std::io::Result<std::process::Output>) -> Result<String, String> {
    let output = done.map_err(|error| format!("cannot run {name}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name} failed: {}", said.trim()))
}

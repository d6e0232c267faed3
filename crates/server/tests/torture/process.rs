//! The server as a process: the real binary, started, killed and waited for.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use hyper::Method;

use crate::client::Client;
use crate::ground::Ground;
use crate::{BOUND, pause};

pub struct Server {
    pub port: u16,
    pub ready_after: Duration,
    child: Child,
    log: PathBuf,
}

/// A port that nobody has, below those that outgoing connections are given.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 10_000).unwrap();
    (0..10_000)
        .map(|_| 20_000 + (own + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("no free port")
}

/// Starts the command with its log in the ground's folder; tells nothing of whether it is ready.
pub fn spawn(ground: &Ground, port: u16, mut command: Command) -> (Child, PathBuf) {
    let log = ground.folder().join(format!("server-{port}.log"));
    let child = command
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    (child, log)
}

impl Server {
    pub async fn start(ground: &Ground) -> Self {
        Self::start_on(ground, free_port()).await
    }

    pub async fn start_on(ground: &Ground, port: u16) -> Self {
        Self::start_as(ground, port, ground.command(port)).await
    }

    /// Starts the command and waits until it is ready.
    pub async fn start_as(ground: &Ground, port: u16, command: Command) -> Self {
        let begun = Instant::now();
        let (child, log) = spawn(ground, port, command);
        let mut server = Self {
            child,
            port,
            log,
            ready_after: Duration::ZERO,
        };
        server.ready().await;
        server.ready_after = begun.elapsed();
        server
    }

    /// Waits until the server says that it is ready.
    pub async fn ready(&mut self) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended with {status}: {}", self.log());
            }
            if let Ok(mut client) = Client::connect(self.port, "").await
                && let Ok((200, _)) = client.send(Method::GET, "/readyz", None, None).await
            {
                return;
            }
            assert!(begun.elapsed() < BOUND, "not ready: {}", self.log());
            pause().await;
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// SIGKILL: no handler, no flush, no goodbye.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    pub async fn ended(&mut self) -> ExitStatus {
        wait_for_end(&mut self.child).await
    }

    pub async fn client(&self, settings: &BTreeMap<String, String>) -> Client {
        Client::connect(self.port, &settings["SELFSAME_SANDBOX_API_KEY"])
            .await
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub fn signal(process: u32, name: &str) {
    // The shell's own `kill`: a small Debian has no program of that name.
    let told = Command::new("sh")
        .args(["-c", &format!("kill -{name} {process}")])
        .status()
        .unwrap();
    assert!(told.success());
}

pub async fn wait_for_end(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(begun.elapsed() < BOUND, "the server does not end");
        pause().await;
    }
}

//! The ground a proof stands on: a throwaway folder, and the store.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

use selfsame_testkit::postgres::{Cluster, Database};
use tempfile::TempDir;

use crate::process::Server;
use crate::proxy::Proxy;
use crate::tables::Tables;
use crate::{BOUND, pause};

pub struct Ground {
    folder: TempDir,
    store: Store,
    /// Stands between the servers and PostgreSQL.
    proxy: Option<Proxy>,
}

enum Store {
    Embedded,
    Database(Database),
    /// A PostgreSQL of one's own, which keeps what it says it has kept.
    Cluster(Mutex<Cluster>),
    /// A primary, and the standby that every commit waits for.
    Pair(Mutex<Cluster>, Cluster),
}

/// What the primary calls its standby.
const STANDBY: &str = "standby";

impl Ground {
    pub fn sqlite() -> Self {
        Self::on(Store::Embedded)
    }

    pub fn postgres() -> Self {
        Self::on(Store::Database(Database::create().unwrap()))
    }

    /// On a PostgreSQL that may be killed.
    pub fn cluster() -> Self {
        let settings = ["shared_buffers=64MB", "max_connections=100"];
        let cluster = Cluster::with_settings(&settings).unwrap();
        Self::on(Store::Cluster(Mutex::new(cluster)))
    }

    /// On a primary that may die, and its standby.
    pub fn pair() -> Self {
        let settings = ["shared_buffers=64MB", "max_connections=100"];
        let primary = Cluster::with_settings(&settings).unwrap();
        let standby = primary.standby(STANDBY, &settings).unwrap();
        primary.wait_for_standby(STANDBY).unwrap();
        Self::on(Store::Pair(Mutex::new(primary), standby))
    }

    /// Kills the primary and lets the standby take over.
    pub fn fail_over(&self) {
        let Store::Pair(primary, standby) = &self.store else {
            panic!("this ground has no standby");
        };
        primary.lock().unwrap().kill().unwrap();
        standby.promote().unwrap();
    }

    fn on(store: Store) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            store,
            proxy: None,
        }
    }

    /// On PostgreSQL, with something in between that can lose answers.
    pub async fn behind_a_proxy() -> Self {
        let mut ground = Self::postgres();
        let url = ground.url().unwrap();
        let (_, place) = url.rsplit_once('@').unwrap();
        let (target, _) = place.split_once('/').unwrap();
        ground.proxy = Some(Proxy::start(target.to_owned()).await);
        ground
    }

    pub fn proxy(&self) -> &Proxy {
        self.proxy.as_ref().unwrap()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn url(&self) -> Option<String> {
        match &self.store {
            Store::Embedded => None,
            Store::Database(database) => Some(database.url()),
            Store::Cluster(cluster) => Some(cluster.lock().unwrap().url("postgres")),
            Store::Pair(primary, standby) => {
                let hosts = [primary.lock().unwrap().port(), standby.port()]
                    .map(|port| format!("127.0.0.1:{port}"));
                Some(format!("postgres://postgres@{}/postgres", hosts.join(",")))
            }
        }
    }

    /// Where the servers find the database.
    fn url_for_servers(&self) -> Option<String> {
        let url = self.url()?;
        let Some(proxy) = &self.proxy else {
            return Some(url);
        };
        let (user, place) = url.rsplit_once('@')?;
        let (_, name) = place.split_once('/')?;
        Some(format!("{user}@127.0.0.1:{}/{name}", proxy.port))
    }

    /// Does something to the PostgreSQL of this ground.
    pub fn with_cluster<T>(&self, act: impl FnOnce(&mut Cluster) -> T) -> T {
        let Store::Cluster(cluster) = &self.store else {
            panic!("this ground has no PostgreSQL of its own");
        };
        act(&mut cluster.lock().unwrap())
    }

    /// `selfsame dev` on this ground.
    pub fn command(&self, port: u16) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selfsame"));
        command
            .args(["dev", "--extensions", "--port", &port.to_string()])
            .arg("--data")
            .arg(self.data());
        if let Some(url) = self.url_for_servers() {
            command.args(["--database", &url]);
        }
        command
    }

    /// As many servers as this store can have at once, up to three.
    pub async fn servers(&self) -> Vec<Server> {
        let count = match self.store {
            Store::Embedded => 1,
            Store::Database(_) | Store::Cluster(_) | Store::Pair(..) => 3,
        };
        let mut servers = Vec::new();
        while servers.len() < count {
            servers.push(Server::start(self).await);
        }
        servers
    }

    /// The store's tables, read past the server.
    pub async fn tables(&self) -> Tables {
        match self.url() {
            None => Tables::sqlite(&self.data().join("selfsame.sqlite")),
            Some(url) => Tables::postgres(&url).await,
        }
    }

    /// Waits until the store has finished what a dead server had asked of it.
    pub async fn quiet(&self) {
        if self.url().is_none() {
            return;
        }
        let tables = self.tables().await;
        let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let begun = Instant::now();
        while tables.count(busy).await > 0 {
            assert!(begun.elapsed() < BOUND, "sessions of a dead server stay");
            pause().await;
        }
    }

    pub fn dev_env(&self) -> String {
        fs::read_to_string(self.data().join("dev.env")).unwrap()
    }

    /// The lines of `dev.env`.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let text = self.dev_env();
        let lines = text.lines().filter_map(|line| line.split_once('='));
        lines
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

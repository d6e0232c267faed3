//! A database of one's own: in the cluster that `SELFSAME_TEST_POSTGRES` names, or in one that this process starts.

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Cluster, Programs, check};

/// The URL of a cluster to make databases in, as somebody who may.
const VARIABLE: &str = "SELFSAME_TEST_POSTGRES";

static OWN: OnceLock<Result<Cluster, String>> = OnceLock::new();
static MADE: AtomicU32 = AtomicU32::new(0);

/// An empty database, dropped with this value.
#[derive(Debug)]
pub struct Database {
    programs: Programs,
    /// Without the database's name.
    cluster: String,
    name: String,
}

impl Database {
    pub fn create() -> Result<Self, String> {
        let programs = Programs::find()?;
        let cluster = if let Ok(url) = std::env::var(VARIABLE) {
            let (cluster, _) = url
                .rsplit_once('/')
                .ok_or_else(|| format!("{VARIABLE} must end in a database's name"))?;
            cluster.to_owned()
        } else {
            let own = OWN.get_or_init(Cluster::start).as_ref();
            let url = own.map_err(Clone::clone)?.url("");
            url.trim_end_matches('/').to_owned()
        };
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let database = Self {
            programs,
            cluster,
            name: format!("selfsame_{}_{number}", std::process::id()),
        };
        database.administer(&format!("CREATE DATABASE {}", database.name))?;
        Ok(database)
    }

    pub fn url(&self) -> String {
        format!("{}/{}", self.cluster, self.name)
    }

    /// Runs statements in this database and returns what they print, unaligned and without headings.
    pub fn psql(&self, sql: &str) -> Result<String, String> {
        check("psql", self.shell(&self.url(), sql).output())
    }

    fn administer(&self, sql: &str) -> Result<String, String> {
        let url = format!("{}/postgres", self.cluster);
        check("psql", self.shell(&url, sql).output())
    }

    fn shell(&self, url: &str, sql: &str) -> Command {
        let mut command = self.programs.command("psql");
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        command.args(["--set=ON_ERROR_STOP=1", "--command", sql, url]);
        command
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        drop(self.administer(&format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            self.name
        )));
    }
}

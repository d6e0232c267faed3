//! A database of one's own: in the cluster that `SELFSAME_TEST_POSTGRES` names, or in one that this process starts.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::session::{COPY, Session};
use crate::{Cluster, Programs, check};

/// The URL of a cluster to make databases in, as somebody who may.
const VARIABLE: &str = "SELFSAME_TEST_POSTGRES";

static OWN: OnceLock<Result<Cluster, String>> = OnceLock::new();
static TEMPLATE: OnceLock<Result<Template, String>> = OnceLock::new();
static MADE: AtomicU32 = AtomicU32::new(0);

/// A database of this process and no other.
#[derive(Debug)]
pub struct Database {
    programs: Programs,
    /// Without the database's name.
    cluster: String,
    name: String,
    /// Until this process ends.
    lasts: bool,
}

impl Database {
    /// An empty one, dropped with this value.
    pub fn create() -> Result<Self, String> {
        let database = Self::named(&next_name(), false)?;
        database.administer(&format!("CREATE DATABASE {}", database.name))?;
        Ok(database)
    }

    /// A copy of the one that this process fills once: `fill` gets its URL, and leaves no connection to it. Lasts until
    /// this process ends.
    pub fn filled(fill: impl FnOnce(&str) -> Result<(), String>) -> Result<Self, String> {
        let template = TEMPLATE.get_or_init(|| Template::make(fill)).as_ref();
        template.map_err(Clone::clone)?.copy()
    }

    fn named(name: &str, lasts: bool) -> Result<Self, String> {
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
        Ok(Self {
            programs,
            cluster,
            name: name.to_owned(),
            lasts,
        })
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
        if self.lasts {
            // ext4 passes by every inode that was freed of late: the more is removed, the longer takes the next copy.
            return;
        }
        drop(self.administer(&format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            self.name
        )));
    }
}

/// What copies are made of.
#[derive(Debug)]
struct Template {
    database: Database,
    session: Mutex<Session>,
}

impl Template {
    fn make(fill: impl FnOnce(&str) -> Result<(), String>) -> Result<Self, String> {
        let database = Database::named(&format!("{}template", prefix()), true)?;
        let name = &database.name;
        let url = format!("{}/postgres", database.cluster);
        let mut session = Session::start(&database.programs, &url, &last_words())?;
        session.run(&format!("CREATE DATABASE {name}"))?;
        fill(&database.url())?;
        // What somebody is connected to cannot be copied.
        session.run(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"))?;
        Ok(Self {
            session: Mutex::new(session),
            database,
        })
    }

    fn copy(&self) -> Result<Database, String> {
        let copy = Database::named(&next_name(), true)?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.run(&format!(
            "CREATE DATABASE {} TEMPLATE {} {COPY}",
            copy.name, self.database.name
        ))?;
        Ok(copy)
    }
}

/// Begins the name of each database of this process.
fn prefix() -> String {
    format!("selfsame_{}_", std::process::id())
}

fn next_name() -> String {
    format!("{}{}", prefix(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// Where the cluster stays, the databases of this process go.
fn last_words() -> String {
    if std::env::var(VARIABLE).is_err() {
        return String::new();
    }
    format!(
        "SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname) FROM pg_database \
         WHERE starts_with(datname, '{}') \\gexec",
        prefix()
    )
}

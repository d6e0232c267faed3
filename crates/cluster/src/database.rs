//! A database of one's own: in the cluster that `SELFSAME_TEST_POSTGRES` names, or in one that this process starts.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::session::{COPY, Session};
use crate::{Cluster, Programs, check};

/// The URL of a cluster to make databases in, as somebody who may.
const VARIABLE: &str = "SELFSAME_TEST_POSTGRES";

static OWN: OnceLock<Result<Cluster, String>> = OnceLock::new();
static TEMPLATE: OnceLock<Result<Template, String>> = OnceLock::new();
static MADE: AtomicU32 = AtomicU32::new(0);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Empty,
    /// Of it copies are made until this process ends.
    Template,
    Copy,
}

/// A database of this process and no other, dropped with this value.
#[derive(Debug)]
pub struct Database {
    programs: Programs,
    /// Without the database's name.
    cluster: String,
    name: String,
    kind: Kind,
}

impl Database {
    /// An empty one.
    pub fn create() -> Result<Self, String> {
        let database = Self::named(&next_name(), Kind::Empty)?;
        database.administer(&format!("CREATE DATABASE {}", database.name))?;
        Ok(database)
    }

    /// A copy of the one that this process fills once: `fill` gets its URL, and leaves no connection to it.
    pub fn filled(fill: impl FnOnce(&str) -> Result<(), String>) -> Result<Self, String> {
        let template = TEMPLATE.get_or_init(|| Template::make(fill)).as_ref();
        template.map_err(Clone::clone)?.copy()
    }

    fn named(name: &str, kind: Kind) -> Result<Self, String> {
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
            kind,
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
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        match (self.kind, TEMPLATE.get()) {
            (Kind::Template, _) => {}
            // Nobody waits for it: it takes longer than the copy.
            (Kind::Copy, Some(Ok(template))) => template.drops().send(&sql),
            (Kind::Empty | Kind::Copy, _) => drop(self.administer(&sql)),
        }
    }
}

/// What copies are made of.
#[derive(Debug)]
struct Template {
    database: Database,
    copies: Mutex<Session>,
    drops: Mutex<Session>,
}

impl Template {
    fn make(fill: impl FnOnce(&str) -> Result<(), String>) -> Result<Self, String> {
        let database = Database::named(&format!("{}template", prefix()), Kind::Template)?;
        let name = &database.name;
        let url = format!("{}/postgres", database.cluster);
        let start = |last: &str| Session::start(&database.programs, &url, last);
        let mut session = start(&last_words())?;
        session.run(&format!("CREATE DATABASE {name}"))?;
        fill(&database.url())?;
        // What somebody is connected to cannot be copied.
        session.run(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"))?;
        Ok(Self {
            copies: Mutex::new(session),
            drops: Mutex::new(start("")?),
            database,
        })
    }

    fn copy(&self) -> Result<Database, String> {
        let copy = Database::named(&next_name(), Kind::Copy)?;
        let mut session = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        session.run(&format!(
            "CREATE DATABASE {} TEMPLATE {} {COPY}",
            copy.name, self.database.name
        ))?;
        Ok(copy)
    }

    fn drops(&self) -> MutexGuard<'_, Session> {
        self.drops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins the name of each database of this process.
fn prefix() -> String {
    format!("selfsame_{}_", std::process::id())
}

fn next_name() -> String {
    format!("{}{}", prefix(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// Where the cluster stays, the databases of this process go, and with them what was not dropped yet.
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

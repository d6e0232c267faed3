//! What every stage of a run needs: the options, the server's binary, and hands to measure with.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::Problem;
use crate::client::Target;
use crate::cluster::Cluster;
use crate::figures::{Cell, Round, Sample};
use crate::goal::Goal;
use crate::load::{self, Window};
use crate::options::Measure;
use crate::peer::Node;
use crate::people::{People, Workload};
use crate::process::Meter;
use crate::raw::Raw;
use crate::server::{self, Installation};

pub struct Bench {
    pub options: Measure,
    pub binary: PathBuf,
    pub node: Result<Node, String>,
    goals: Vec<Goal>,
    /// Started when the first stage needs it, one for all.
    cluster: OnceCell<Result<Cluster, String>>,
    postgres_server: Result<(), String>,
}

impl Bench {
    pub fn new(options: Measure) -> Result<Self, Problem> {
        let binary = match &options.server {
            Some(given) => given.clone(),
            None => server::build()?,
        };
        let postgres_server = if server::knows_postgres(&binary)? {
            Ok(())
        } else {
            Err("this server has no PostgreSQL store".to_owned())
        };
        let goals = options.goals();
        let needs_node = goals.contains(&Goal::P4) || goals.contains(&Goal::P1);
        let node = if needs_node && !options.without_peers {
            Node::find()
        } else {
            Err("not asked for".to_owned())
        };
        Ok(Self {
            options,
            binary,
            node,
            goals,
            cluster: OnceCell::new(),
            postgres_server,
        })
    }

    pub fn wants(&self, goal: Goal) -> bool {
        self.goals.contains(&goal)
    }

    pub fn wants_any(&self, goals: &[Goal]) -> bool {
        goals.iter().any(|goal| self.wants(*goal))
    }

    pub fn window(&self) -> Window {
        Window {
            warm_up: Duration::from_secs_f64(self.options.warm_up()),
            length: Duration::from_secs_f64(self.options.seconds()),
            most: self.options.most,
        }
    }

    pub fn rounds(&self) -> u16 {
        self.options.rounds()
    }

    /// The cluster, or why there is none.
    pub async fn cluster(&self) -> Result<&Cluster, String> {
        let start = async || {
            say("starting PostgreSQL");
            Cluster::start()
                .await
                .map_err(|problem| problem.to_string())
        };
        let cluster = self.cluster.get_or_init(start).await;
        cluster.as_ref().map_err(Clone::clone)
    }

    pub fn started_cluster(&self) -> Option<&Cluster> {
        self.cluster.get()?.as_ref().ok()
    }

    /// A server's place on a database of its own, or why that cannot be.
    pub async fn on_postgres(&self, database: &str) -> Result<Installation, String> {
        self.postgres_server.clone()?;
        let cluster = self.cluster().await?;
        let place = async {
            let url = cluster.new_database(database).await?;
            Installation::new(&self.binary, &self.options.folder, Some(url))
        };
        place.await.map_err(|problem: Problem| problem.to_string())
    }

    pub fn on_sqlite(&self) -> Result<Installation, Problem> {
        Installation::new(&self.binary, &self.options.folder, None)
    }
}

/// The cells of one round as they come, and what went wrong in them.
#[derive(Default)]
pub struct Recorder {
    pub round: Round,
    pub errors: Vec<String>,
}

impl Recorder {
    pub async fn http(
        &mut self,
        bench: &Bench,
        cell: Cell,
        target: &Target,
        people: &Arc<People>,
        workload: Workload,
        meter: Option<Meter>,
    ) -> Result<(), Problem> {
        let window = bench.window();
        let measured =
            load::run(target, people, workload, cell.connections, &window, meter).await?;
        self.errors.extend(
            measured
                .error
                .map(|error| format!("{}: {error}", cell.name)),
        );
        self.add(cell, measured.sample);
        Ok(())
    }

    /// The baseline in this process; others wait on a thread that may.
    pub async fn raw(
        &mut self,
        bench: &Bench,
        cell: Cell,
        raw: &Arc<Mutex<Raw>>,
        per_commit: u64,
    ) -> Result<(), Problem> {
        let (raw, window) = (Arc::clone(raw), bench.window());
        let sample = tokio::task::spawn_blocking(move || {
            raw.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .measure(&window, per_commit)
        })
        .await??;
        self.add(cell, sample);
        Ok(())
    }

    pub fn add(&mut self, cell: Cell, sample: Sample) {
        say(&format!(
            "  {:<28} {:>4}  {:>9.0} a second, p99 {:.1} ms",
            cell.name, cell.connections, sample.per_second, sample.p99_ms
        ));
        self.round.push((cell, sample));
    }
}

/// Progress, for whoever waits.
#[allow(
    clippy::print_stderr,
    reason = "a command line tool: progress goes to stderr"
)]
pub fn say(text: &str) {
    eprintln!("{text}");
}

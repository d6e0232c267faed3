//! D1–D4: deliveries to a receiver in this process, on both stores.

mod backlog;
mod idle;
mod pace;
mod rate;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Problem;
use crate::bench::{Bench, Recorder, say};
use crate::books::Books;
use crate::figures::Cell;
use crate::generate::{self, Generated, Size, Store};
use crate::goal::Goal;
use crate::options::OneStore;
use crate::part::Part;
use crate::people::{People, Workload};
use crate::rows::now;
use crate::server::{Installation, Server};
use crate::sink::Sink;
use crate::webhook;

const AT: usize = 32;
const SEED: u64 = 1;
const INQUIRIES_EACH: u64 = 5;
/// Of a generated database: an account's own event and those of its inquiries, and four of five are in the sandbox.
const EVENTS_OF_FIVE: u64 = (INQUIRIES_EACH + 1) * 4;
const MOST_ROUNDS: u16 = 3;
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Nothing came for so long: nothing will.
const PATIENCE: Duration = Duration::from_secs(30);
const CREATE: Cell = Cell::new("create_without_webhook", AT);

/// Which store, and the bounds that depend on it.
#[derive(Clone, Copy)]
struct Engine {
    name: &'static str,
    is_shared: bool,
    /// D1.
    rate: (f64, f64),
}

const ENGINES: [Engine; 2] = [
    Engine {
        name: "PostgreSQL",
        is_shared: true,
        rate: (0.15, 0.30),
    },
    Engine {
        name: "SQLite",
        is_shared: false,
        rate: (0.10, 0.20),
    },
];

/// A place for a server, and the store behind it.
struct Ground {
    installation: Installation,
    store: Store,
}

impl Ground {
    /// `Err`: why there is none.
    async fn new(bench: &Bench, engine: Engine, database: &str) -> Result<Self, String> {
        if engine.is_shared {
            let installation = bench.on_postgres(database).await?;
            let cluster = bench.started_cluster().ok_or("the cluster is gone")?;
            let store = Store::Postgres(cluster.url(database));
            return Ok(Self {
                installation,
                store,
            });
        }
        let installation = bench.on_sqlite().map_err(|problem| problem.to_string())?;
        let store = Store::Sqlite(installation.sqlite_file());
        Ok(Self {
            installation,
            store,
        })
    }

    /// A webhook that is on, and then so many events, none of which was delivered.
    async fn fill(&self, sink: &Sink, events: u64) -> Result<(Generated, Books), Problem> {
        let server = self.installation.start().await?;
        webhook::enable(&server.target, &sink.url()).await?;
        server.stop().await?;
        let size = Size {
            accounts: (events * 5).div_ceil(EVENTS_OF_FIVE),
            inquiries_each: INQUIRIES_EACH,
            seed: SEED,
            until: now(),
            event_days: None,
        };
        let generated = generate::run(self.store.clone(), size, |_| ()).await?;
        Ok((generated, Books::of(&self.store).await?))
    }

    async fn end(self, bench: &Bench, books: Books, database: &str) -> Result<(), Problem> {
        drop(books);
        if let (Store::Postgres(_), Some(cluster)) = (&self.store, bench.started_cluster()) {
            cluster.drop_database(database).await?;
        }
        Ok(())
    }
}

pub async fn measure(bench: &Bench) -> Part {
    let mut part = Part::default();
    let is_wanted = |engine: &Engine| {
        let wanted = bench.options.store;
        wanted.is_none_or(|one| (one == OneStore::Postgres) == engine.is_shared)
    };
    for engine in ENGINES.into_iter().filter(is_wanted) {
        say(&format!("  {}", engine.name));
        if bench.wants(Goal::D1) {
            let outcome = rate::measure(bench, &mut part, engine).await;
            tell_of(&mut part, engine, "D1", outcome);
        }
        if bench.wants_any(&[Goal::D2, Goal::D3]) {
            let outcome = live(bench, &mut part, engine).await;
            tell_of(&mut part, engine, "D2 and D3", outcome);
        }
        if bench.wants(Goal::D4) {
            let outcome = backlog::measure(bench, &mut part, engine).await;
            tell_of(&mut part, engine, "D4", outcome);
        }
    }
    part
}

/// One that fails costs the others nothing.
fn tell_of(part: &mut Part, engine: Engine, goals: &str, outcome: Result<(), Problem>) {
    if let Err(problem) = outcome {
        let error = format!("{goals}, {}: {problem}", engine.name);
        part.errors.push(error);
    }
}

fn rounds(bench: &Bench) -> u16 {
    bench.rounds().min(MOST_ROUNDS)
}

/// D2 and D3: a server whose webhook is told of what happens while it happens.
async fn live(bench: &Bench, part: &mut Part, engine: Engine) -> Result<(), Problem> {
    let ground = match Ground::new(bench, engine, "live").await {
        Ok(ground) => ground,
        Err(why) => {
            for goal in [Goal::D2, Goal::D3] {
                part.skip(goal, format!("{}: {why}", engine.name));
            }
            return Ok(());
        }
    };
    let sink = Sink::start()?;
    let server = ground.installation.start().await?;
    let count = usize::try_from(bench.options.people)?;
    let people = People::fill_known(&server.target, count).await?;
    let mut recorder = Recorder::default();
    if bench.wants(Goal::D2) {
        let (target, create) = (&server.target, Workload::Create);
        let meter = Some(server.meter());
        recorder
            .http(bench, CREATE, target, &people, create, meter)
            .await?;
        part.errors.append(&mut recorder.errors);
    }
    webhook::enable(&server.target, &sink.url()).await?;
    let books = Books::of(&ground.store).await?;
    wait_until_written(&sink, &books, 0, books.last_number().await?).await?;
    if bench.wants(Goal::D3) {
        idle::measure(part, engine, &server, &people, &sink).await?;
    }
    if let Some((_, most)) = recorder.round.first() {
        let most = most.per_second;
        let live = Live {
            server: &server,
            people: &people,
            sink: &sink,
            books: &books,
        };
        pace::measure(bench, part, engine, &live, most).await?;
        part.group(&format!("Webhooks, {}", engine.name), vec![recorder.round]);
    }
    server.stop().await?;
    ground.end(bench, books, "live").await
}

struct Live<'a> {
    server: &'a Server,
    people: &'a Arc<People>,
    sink: &'a Sink,
    books: &'a Books,
}

/// Until so many deliveries came and everything up to this number is written down; gives when that was seen.
async fn wait_until_written(
    sink: &Sink,
    books: &Books,
    deliveries: u64,
    number: u64,
) -> Result<Instant, Problem> {
    let (mut seen, mut since) = (sink.deliveries(), Instant::now());
    loop {
        let come = sink.deliveries();
        if come >= deliveries && books.place().await? >= number {
            return Ok(Instant::now());
        }
        if come != seen {
            (seen, since) = (come, Instant::now());
        } else if since.elapsed() > PATIENCE {
            let place = books.place().await?;
            return Err(format!(
                "nothing was delivered for {PATIENCE:?}: {come} deliveries of {deliveries}, written up to {place} of {number}"
            )
            .into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

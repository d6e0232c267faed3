//! P7 and P8, and what P10 and P11 ask of a large store: a small and a large database side by side.

use std::sync::Arc;
use std::time::Duration;

use crate::Problem;
use crate::bench::{Bench, Recorder, say};
use crate::cluster::Sql;
use crate::figures::{Cell, rate, to_f64};
use crate::generate::{self, Generated, Size, Store};
use crate::goal::{Bound, Goal, Unit};
use crate::load::{self, Window};
use crate::part::{Part, What};
use crate::people::{People, Workload};
use crate::process::watch_memory;
use crate::rows::now;
use crate::server::{Installation, Server};
use crate::stage::resources::{at_most, mib};
use crate::table::whole;

const SMALL: u64 = 10_000;
const AT: usize = 32;
const SEED: u64 = 1;
/// What is counted for each create is counted over so many: the images of whole pages weigh more in fewer.
const COUNTED: u64 = 10_000;
const LONGEST_COUNT: Duration = Duration::from_mins(1);

/// Small and large, one after the other.
const PAIRS: [(Workload, Cell, Cell); 4] = [
    (
        Workload::Create,
        Cell::new("create_small", AT),
        Cell::new("create_large", AT),
    ),
    (
        Workload::Get,
        Cell::new("get_small", AT),
        Cell::new("get_large", AT),
    ),
    (
        Workload::List,
        Cell::new("list_small", AT),
        Cell::new("list_large", AT),
    ),
    (
        Workload::Find,
        Cell::new("find_small", AT),
        Cell::new("find_large", AT),
    ),
];

/// One of the two databases, with a server on it.
struct Side {
    installation: Installation,
    server: Server,
    people: Arc<People>,
    generated: Generated,
}

impl Side {
    async fn new(
        bench: &Bench,
        installation: Installation,
        store: Store,
        accounts: u64,
    ) -> Result<Self, Problem> {
        installation.prepare().await?;
        let size = Size {
            accounts,
            inquiries_each: bench.options.inquiries_each,
            seed: SEED,
            until: now(),
            event_days: Some(bench.options.event_days),
        };
        say(&format!("  generating {accounts} accounts"));
        let generated = generate::run(store, size, |_| ()).await?;
        say(&format!(
            "    {} inquiries and {} events in {:.0} s",
            generated.inquiries, generated.events, generated.seconds
        ));
        let server = installation.start().await?;
        let samples = &generated.samples;
        let people = People::of_generated(
            &server.target,
            generated.names(),
            samples.with_five.clone(),
            samples.inquiries.clone(),
        )
        .await?;
        Ok(Self {
            installation,
            server,
            people,
            generated,
        })
    }
}

pub async fn on_sqlite(bench: &Bench) -> Result<Part, Problem> {
    let mut part = Part::default();
    let side = async |accounts| {
        let installation = bench.on_sqlite()?;
        let store = Store::Sqlite(installation.sqlite_file());
        Side::new(bench, installation, store, accounts).await
    };
    let large = side(bench.options.large()).await?;
    let about = about(&large.generated);
    if bench.wants(Goal::P7) || bench.wants(Goal::P8) {
        let small = side(SMALL).await?;
        compare(bench, &mut part, &small, &large, "SQLite", (0.6, 0.9)).await?;
        round_trips(bench, &mut part, &small, "SQLite").await?;
        small.server.stop().await?;
    }
    if bench.wants(Goal::P10) {
        memory(bench, &mut part, &large, &about).await?;
    }
    let Side {
        installation,
        server,
        ..
    } = large;
    server.stop().await?;
    let mut ready = Vec::new();
    for _ in 0..bench.rounds() {
        let server = installation.start().await?;
        ready.push(server.ready_after.as_secs_f64() * 1000.0);
        server.stop().await?;
    }
    let file = std::fs::metadata(installation.sqlite_file())?.len();
    part.line(
        &at_most(Goal::P11, "ready on a large store", 500.0, 200.0),
        Unit::Millis,
        &ready,
        format!(
            "SQLite, {about}, a file of {:.0} MiB",
            to_f64(file) / 1_048_576.0
        ),
    );
    Ok(part)
}

pub async fn on_postgres(bench: &Bench) -> Result<Part, Problem> {
    let mut part = Part::default();
    let mut sides = Vec::new();
    for (name, accounts) in [("small", SMALL), ("large", bench.options.large())] {
        let installation = match bench.on_postgres(name).await {
            Ok(installation) => installation,
            Err(why) => {
                part.skip(Goal::P7, format!("PostgreSQL: {why}"));
                part.skip(Goal::P8, format!("PostgreSQL: {why}"));
                return Ok(part);
            }
        };
        let cluster = bench.started_cluster().ok_or("the cluster is gone")?;
        let store = Store::Postgres(cluster.url(name));
        sides.push(Side::new(bench, installation, store, accounts).await?);
    }
    let [small, large] = sides.as_slice() else {
        return Err("two sides were made".into());
    };
    compare(bench, &mut part, small, large, "PostgreSQL", (0.75, 0.9)).await?;
    let cluster = bench.started_cluster().ok_or("the cluster is gone")?;
    let sql = Sql::connect(&cluster.url("postgres")).await?;
    for (side, must) in [(small, 4.0), (large, 11.0)] {
        log_bytes(bench, &mut part, side, &sql, must).await?;
    }
    round_trips(bench, &mut part, small, "PostgreSQL").await?;
    drop(sql);
    for side in sides {
        side.server.stop().await?;
    }
    for name in ["small", "large"] {
        cluster.drop_database(name).await?;
    }
    Ok(part)
}

fn about(generated: &Generated) -> String {
    format!(
        "{} accounts, {} inquiries ({} of one person), {} events",
        whole(to_f64(generated.accounts)),
        whole(to_f64(generated.inquiries)),
        whole(to_f64(generated.samples.heaviest)),
        whole(to_f64(generated.events)),
    )
}

async fn compare(
    bench: &Bench,
    part: &mut Part,
    small: &Side,
    large: &Side,
    engine: &str,
    create: (f64, f64),
) -> Result<(), Problem> {
    let mut rounds = Vec::new();
    for number in 1..=bench.rounds() {
        say(&format!("  round {number}"));
        let mut recorder = Recorder::default();
        for (workload, below, above) in PAIRS {
            let mut pair = [(below, small), (above, large)];
            if number.is_multiple_of(2) {
                pair.reverse();
            }
            for (cell, side) in pair {
                let (target, people) = (&side.server.target, &side.people);
                let meter = Some(side.server.meter());
                recorder
                    .http(bench, cell, target, people, workload, meter)
                    .await?;
            }
        }
        part.errors.append(&mut recorder.errors);
        rounds.push(recorder.round);
    }
    let accounts = |side: &Side| whole(to_f64(side.generated.accounts));
    let (before, after) = (accounts(small), accounts(large));
    for ((workload, below, above), (must, aim)) in
        PAIRS
            .into_iter()
            .zip([create, (0.8, 0.95), (0.8, 0.95), (0.8, 0.95)])
    {
        let name = match workload {
            Workload::Create => "create",
            Workload::Get => "get",
            Workload::List => "list of five",
            Workload::Find | Workload::Floor => "find",
        };
        let text = format!("{engine}, {before} → {after} accounts: {name}");
        let what = What {
            goal: Goal::P7,
            text: &text,
            bound: Some(Bound::at_least(must, aim)),
        };
        part.ratio(&what, &rounds, above, below);
    }
    if engine == "SQLite" {
        for (cell, side) in [(PAIRS[0].1, small), (PAIRS[0].2, large)] {
            written(part, &rounds, cell, side.generated.accounts);
        }
    }
    let title = format!(
        "{engine}: {} against {}",
        about(&small.generated),
        about(&large.generated)
    );
    part.group(&title, rounds);
    Ok(())
}

/// What the embedded store's process writes for one create: log and file together.
fn written(part: &mut Part, rounds: &[crate::figures::Round], cell: Cell, accounts: u64) {
    let kib: Vec<f64> = rounds
        .iter()
        .flatten()
        .filter(|(measured, _)| *measured == cell)
        .filter_map(|(_, sample)| sample.written_kib)
        .collect();
    let accounts = whole(to_f64(accounts));
    let what = format!("written per create at 32, SQLite, {accounts} accounts (no goal)");
    let what = What {
        goal: Goal::P8,
        text: &what,
        bound: None,
    };
    part.line(
        &what,
        Unit::Kib,
        &kib,
        "log and file, from /proc".to_owned(),
    );
}

/// A checkpoint first, so that the images of whole pages are counted as well.
async fn log_bytes(
    bench: &Bench,
    part: &mut Part,
    side: &Side,
    sql: &Sql,
    must: f64,
) -> Result<(), Problem> {
    sql.run("CHECKPOINT").await?;
    let before = sql.wal_bytes().await?;
    let sample = create(bench, part, side).await?;
    let bytes = sql.wal_bytes().await? - before;
    let per_create = to_f64(bytes) / 1024.0 / to_f64(sample.max(1));
    let accounts = whole(to_f64(side.generated.accounts));
    let text = format!("WAL per create, {accounts} accounts, page images included");
    let what = at_most(Goal::P8, &text, must, must);
    let behind = format!("{sample} creates after a checkpoint");
    part.line(&what, Unit::Kib, &[per_create], behind);
    Ok(())
}

async fn round_trips(
    bench: &Bench,
    part: &mut Part,
    side: &Side,
    engine: &str,
) -> Result<(), Problem> {
    const TRIPS: &str = "selfsame_store_round_trips_total";
    const COMMITS: &str = "selfsame_store_commits_total";
    let server = &side.server;
    let (Some(trips), Some(commits)) =
        (server.counter(TRIPS).await?, server.counter(COMMITS).await?)
    else {
        part.skip(
            Goal::P8,
            format!("round trips, {engine}: /metrics has no {TRIPS}"),
        );
        return Ok(());
    };
    let creates = create(bench, part, side).await?;
    let since = |now: Option<f64>, before: f64| (now.unwrap_or(before) - before) / to_f64(creates);
    let trips = since(server.counter(TRIPS).await?, trips);
    let commits = since(server.counter(COMMITS).await?, commits);
    let text = format!("round trips per create at 32, {engine}");
    // To the embedded store there is no way to travel: it is told, and not judged.
    let what = What {
        goal: Goal::P8,
        text: &text,
        bound: (engine == "PostgreSQL").then(|| Bound::at_most(1.0, 1.0)),
    };
    let behind = format!("{commits:.3} commits per create");
    part.line(&what, Unit::Count, &[trips], behind);
    Ok(())
}

/// A given number of creates at 32, from the first to the last; gives how many there were in the time allowed.
async fn create(bench: &Bench, part: &mut Part, side: &Side) -> Result<u64, Problem> {
    let window = Window {
        warm_up: Duration::ZERO,
        length: LONGEST_COUNT,
        most: if bench.options.quick {
            COUNTED / 5
        } else {
            COUNTED
        },
    };
    let (target, people) = (&side.server.target, &side.people);
    let measured = load::run(target, people, Workload::Create, AT, &window, None).await?;
    part.errors.extend(measured.error);
    Ok(measured.sample.answers)
}

async fn memory(bench: &Bench, part: &mut Part, side: &Side, about: &str) -> Result<(), Problem> {
    let window = bench.window();
    let (mut most, mut rates) = (0.0_f64, Vec::new());
    for workload in [Workload::Create, Workload::Get, Workload::List] {
        let (target, people) = (&side.server.target, &side.people);
        let load = load::run(target, people, workload, 128, &window, None);
        let (measured, memory) = watch_memory(side.server.meter(), load).await;
        let measured = measured?;
        part.errors.extend(measured.error);
        rates.push(rate(&measured.sample));
        most = most.max(mib(memory.anonymous_kib));
    }
    part.line(
        &at_most(
            Goal::P10,
            "SQLite, large store, 128 connections, without the mapped file",
            256.0,
            200.0,
        ),
        Unit::Mib,
        &[most],
        about.to_owned(),
    );
    Ok(())
}

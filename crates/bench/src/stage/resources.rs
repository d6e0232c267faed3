//! P10 and P11, as far as they need no large database: memory, ready time, size of the binary.

use std::time::Duration;

use crate::Problem;
use crate::bench::{Bench, say};
use crate::figures::{median, to_f64};
use crate::goal::{Bound, Goal, Unit};
use crate::load;
use crate::part::{Part, What};
use crate::people::{People, Workload};
use crate::process::watch_memory;
use crate::server::Installation;

/// How long a fresh server is left alone before its memory is read.
const SETTLE: Duration = Duration::from_millis(500);
const CROWD: usize = 128;

pub fn mib(kib: u64) -> f64 {
    to_f64(kib) / 1024.0
}

/// A bound of the kind that must not be passed.
pub fn at_most(goal: Goal, what: &str, must: f64, aim: f64) -> What<'_> {
    What {
        goal,
        text: what,
        bound: Some(Bound::at_most(must, aim)),
    }
}

pub async fn measure(bench: &Bench) -> Result<Part, Problem> {
    let mut part = Part::default();
    let (mut ready, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        let installation = bench.on_sqlite()?;
        let server = installation.start().await?;
        ready.push(server.ready_after.as_secs_f64() * 1000.0);
        tokio::time::sleep(SETTLE).await;
        idle.extend(server.meter().memory().map(|now| mib(now.resident_kib)));
        server.stop().await?;
    }
    part.line(
        &at_most(Goal::P11, "ready on an empty store", 300.0, 100.0),
        Unit::Millis,
        &ready,
        "embedded store, schema and seed included".to_owned(),
    );
    let size = std::fs::metadata(&bench.binary)?.len();
    part.line(
        &at_most(Goal::P11, "the binary with its assets", 40.0, 20.0),
        Unit::Mib,
        &[to_f64(size) / 1_048_576.0],
        format!("{size} bytes"),
    );
    let beside = if bench.wants(Goal::P10) {
        under_load(bench, &mut part).await?
    } else {
        None
    };
    let behind = beside.map_or_else(
        || "embedded store".to_owned(),
        |idle| format!("embedded store; {idle:.1} MiB on PostgreSQL"),
    );
    part.line(
        &at_most(Goal::P10, "resident, idle", 40.0, 15.0),
        Unit::Mib,
        &idle,
        behind,
    );
    Ok(part)
}

/// Memory with 128 connections that create and read. Gives the idle memory on PostgreSQL, in MiB.
async fn under_load(bench: &Bench, part: &mut Part) -> Result<Option<f64>, Problem> {
    let (most, _) = crowd(bench, part, &bench.on_sqlite()?).await?;
    let embedded = median(most);
    let installation = match bench.on_postgres("crowd").await {
        Ok(installation) => installation,
        Err(why) => {
            let why =
                format!("under 128 connections: {why} ({embedded:.0} MiB on the embedded store)");
            part.skip(Goal::P10, why);
            return Ok(None);
        }
    };
    let (most, idle) = crowd(bench, part, &installation).await?;
    drop(installation);
    if let Some(cluster) = bench.started_cluster() {
        cluster.drop_database("crowd").await?;
    }
    part.line(
        &at_most(
            Goal::P10,
            "resident under 128 connections, PostgreSQL",
            120.0,
            60.0,
        ),
        Unit::Mib,
        &most,
        format!("{embedded:.0} MiB on the embedded store"),
    );
    Ok(Some(idle))
}

async fn crowd(
    bench: &Bench,
    part: &mut Part,
    installation: &Installation,
) -> Result<(Vec<f64>, f64), Problem> {
    let server = installation.start().await?;
    tokio::time::sleep(SETTLE).await;
    let idle = server
        .meter()
        .memory()
        .map_or(0.0, |now| mib(now.resident_kib));
    say("  128 connections");
    let people = People::fill(&server.target, 200).await?;
    let window = bench.window();
    let mut most: f64 = 0.0;
    for workload in [Workload::Create, Workload::List] {
        let load = load::run(&server.target, &people, workload, CROWD, &window, None);
        let (measured, memory) = watch_memory(server.meter(), load).await;
        part.errors.extend(measured?.error);
        most = most.max(mib(memory.resident_kib));
    }
    server.stop().await?;
    Ok((vec![most], idle))
}

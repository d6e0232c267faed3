//! P1 to P3: the PostgreSQL store against pgbench with the same create as one statement.

use std::sync::Arc;

use crate::Problem;
use crate::bench::{Bench, Recorder, say};
use crate::figures::Cell;
use crate::goal::{Bound, Goal};
use crate::part::{Part, What};
use crate::peer::{Peer, Place};
use crate::people::{INQUIRIES_EACH, People, Workload};
use crate::pgbench::{self, Pgbench};
use crate::server::temporary_folder;

const PGBENCH: [Cell; 2] = [Cell::new("pgbench", 1), Cell::new("pgbench", 32)];
const CREATE: [Cell; 3] = [
    Cell::new("create", 1),
    Cell::new("create", 32),
    Cell::new("create", 128),
];
const PEER: Cell = Cell::new("fastify_pg", 32);
const GOALS: [Goal; 3] = [Goal::P1, Goal::P2, Goal::P3];

pub async fn measure(bench: &Bench) -> Result<Part, Problem> {
    let mut part = Part::default();
    let cluster = match bench.cluster().await {
        Ok(cluster) => cluster,
        Err(why) => {
            for goal in GOALS {
                part.skip(goal, why.clone());
            }
            return Ok(part);
        }
    };
    let count = bench.options.people;
    say("  filling");
    let inquiries = count * (u64::try_from(INQUIRIES_EACH)? + 1);
    let baseline = Arc::new(Pgbench::prepare(cluster, count, inquiries).await?);
    let installation = match bench.on_postgres("selfsame").await {
        Ok(installation) => Some(installation),
        Err(why) => {
            for goal in GOALS {
                part.skip(goal, format!("{why}; the baselines alone"));
            }
            None
        }
    };
    let server = match &installation {
        Some(installation) => Some(installation.start().await?),
        None => None,
    };
    let people = match &server {
        Some(server) => Some(People::fill(&server.target, usize::try_from(count)?).await?),
        None => None,
    };
    let peer = match (&bench.node, &people) {
        (Ok(node), Some(people)) => {
            let url = cluster.new_database("peer").await?;
            let answer = people.sample_answer().await?;
            let place = Place::Postgres(url);
            let below = &bench.options.folder;
            Some(Peer::start(node, place, &people.known, &answer, below).await?)
        }
        _ => None,
    };

    let mut cells = vec![PGBENCH[0]];
    if server.is_some() {
        cells.push(CREATE[0]);
    }
    // pgbench at 32 stands between what is divided by it.
    if server.is_some() {
        cells.push(CREATE[1]);
    }
    cells.push(PGBENCH[1]);
    if server.is_some() {
        cells.push(CREATE[2]);
    }
    if peer.is_some() {
        cells.push(PEER);
    }
    let folder = temporary_folder(&bench.options.folder)?;
    let mut rounds = Vec::new();
    for number in 1..=bench.rounds() {
        say(&format!("  round {number}"));
        let mut recorder = Recorder::default();
        for cell in &cells {
            if PGBENCH.contains(cell) {
                let clients = cell.connections;
                let sample = baseline
                    .measure(cluster, folder.path(), clients, &bench.window())
                    .await?;
                recorder.add(*cell, sample);
                continue;
            }
            let (Some(server), Some(people)) = (&server, &people) else {
                continue;
            };
            let (target, meter) = match (&peer, *cell == PEER) {
                (Some(peer), true) => (peer.target(&server.target), peer.meter()),
                _ => (server.target.clone(), server.meter()),
            };
            recorder
                .http(bench, *cell, &target, people, Workload::Create, Some(meter))
                .await?;
        }
        part.errors.append(&mut recorder.errors);
        rounds.push(recorder.round);
        cells.reverse();
    }
    drop(peer);
    if let Some(server) = server {
        server.stop().await?;
    }
    drop(installation);
    for database in [pgbench::DATABASE, "selfsame", "peer"] {
        cluster.drop_database(database).await?;
    }

    let line = |goal, what, bound| What {
        goal,
        text: what,
        bound: Some(bound),
    };
    let at_32 = line(
        Goal::P1,
        "create at 32 ÷ pgbench, one statement, at 32",
        Bound::at_least(0.7, 1.0),
    );
    part.ratio(&at_32, &rounds, CREATE[1], PGBENCH[1]);
    let peer = What {
        goal: Goal::P1,
        text: "create at 32 ÷ Fastify + pg (no goal)",
        bound: None,
    };
    part.ratio(&peer, &rounds, CREATE[1], PEER);
    let at_128 = line(
        Goal::P2,
        "create at 128 ÷ pgbench at 32",
        Bound::at_least(1.2, 1.6),
    );
    part.ratio(&at_128, &rounds, CREATE[2], PGBENCH[1]);
    let tail = line(
        Goal::P3,
        "create p99 at 32 ÷ pgbench p99 at 32",
        Bound::at_most(1.2, 0.8),
    );
    part.wait_ratio(&tail, &rounds, CREATE[1], PGBENCH[1], |sample| {
        sample.p99_ms
    });
    let middle = line(
        Goal::P3,
        "create p50 at 1 ÷ pgbench p50 at 1",
        Bound::at_most(2.5, 1.8),
    );
    part.wait_ratio(&middle, &rounds, CREATE[0], PGBENCH[0], |sample| {
        sample.p50_ms
    });
    part.group("PostgreSQL", rounds);
    Ok(part)
}

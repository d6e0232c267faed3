//! P4 and P6: the embedded store against SQLite in process, against a peer, and reads against a bare server.

use std::sync::{Arc, Mutex};

use crate::Problem;
use crate::bench::{Bench, Recorder, say};
use crate::figures::Cell;
use crate::floor::Floor;
use crate::goal::{Bound, Goal};
use crate::part::{Part, What};
use crate::peer::{Peer, Place};
use crate::people::{INQUIRIES_EACH, People, Workload};
use crate::raw::Raw;
use crate::server::temporary_folder;

const AT: usize = 32;
const RAW_GROUP: Cell = Cell::new("sqlite_32_per_commit", AT);
const RAW_SINGLE: Cell = Cell::new("sqlite_1_per_commit", AT);
const CREATE: Cell = Cell::new("create", AT);
const PEER: Cell = Cell::new("fastify_better_sqlite3", AT);
const GET: Cell = Cell::new("get", AT);
const LIST: Cell = Cell::new("list_of_five", AT);
const FIND: Cell = Cell::new("find_by_reference", AT);
// A floor of its own beside each.
const GET_FLOOR: Cell = Cell::new("floor_beside_get", AT);
const LIST_FLOOR: Cell = Cell::new("floor_beside_list", AT);
const FIND_FLOOR: Cell = Cell::new("floor_beside_find", AT);

pub async fn measure(bench: &Bench) -> Result<Part, Problem> {
    let mut part = Part::default();
    let count = usize::try_from(bench.options.people)?;
    let installation = bench.on_sqlite()?;
    let server = installation.start().await?;
    say("  filling");
    let people = People::fill(&server.target, count).await?;
    let answer = people.sample_answer().await?;
    let floor = Floor::start(answer.clone())?;
    let folder = temporary_folder(&bench.options.folder)?;
    let file = folder.path().join("raw.sqlite");
    let raw = move || Raw::open(&file, count, count * (INQUIRIES_EACH + 1));
    let raw = Arc::new(Mutex::new(tokio::task::spawn_blocking(raw).await??));
    let peer = match (&bench.node, bench.wants(Goal::P4)) {
        (Ok(node), true) => {
            let below = &bench.options.folder;
            Some(Peer::start(node, Place::Sqlite, &people.known, &answer, below).await?)
        }
        (Err(why), true) => {
            part.skip(Goal::P4, format!("÷ Fastify + better-sqlite3: {why}"));
            None
        }
        (_, false) => None,
    };

    let mut cells = Vec::new();
    if bench.wants(Goal::P4) {
        cells.extend([RAW_SINGLE, RAW_GROUP, CREATE]);
        cells.extend(peer.as_ref().map(|_| PEER));
    }
    if bench.wants(Goal::P6) {
        cells.extend([GET_FLOOR, GET, LIST_FLOOR, LIST, FIND_FLOOR, FIND]);
    }
    let mut rounds = Vec::new();
    for number in 1..=bench.rounds() {
        say(&format!("  round {number}"));
        let mut recorder = Recorder::default();
        for cell in &cells {
            let (target, meter) = match *cell {
                RAW_SINGLE | RAW_GROUP => {
                    let per_commit = if *cell == RAW_GROUP { 32 } else { 1 };
                    recorder.raw(bench, *cell, &raw, per_commit).await?;
                    continue;
                }
                GET_FLOOR | LIST_FLOOR | FIND_FLOOR => {
                    (server.target.moved_to(floor.address), None)
                }
                PEER => {
                    let peer = peer.as_ref().ok_or("the peer is not there")?;
                    (peer.target(&server.target), Some(peer.meter()))
                }
                _ => (server.target.clone(), Some(server.meter())),
            };
            let workload = match *cell {
                CREATE | PEER => Workload::Create,
                GET => Workload::Get,
                LIST => Workload::List,
                FIND => Workload::Find,
                _ => Workload::Floor,
            };
            recorder
                .http(bench, *cell, &target, &people, workload, meter)
                .await?;
        }
        part.errors.append(&mut recorder.errors);
        rounds.push(recorder.round);
        // Every second round runs backwards, so that nobody always comes first.
        cells.reverse();
    }
    drop(peer);
    server.stop().await?;

    let line = |goal, what, must, aim| What {
        goal,
        text: what,
        bound: Some(Bound::at_least(must, aim)),
    };
    for (what, below) in [
        (
            line(
                Goal::P4,
                "create at 32 ÷ SQLite in process, 32 a commit",
                0.6,
                0.85,
            ),
            RAW_GROUP,
        ),
        (
            line(
                Goal::P4,
                "create at 32 ÷ Fastify + better-sqlite3",
                3.0,
                6.0,
            ),
            PEER,
        ),
    ] {
        part.ratio(&what, &rounds, CREATE, below);
    }
    for (what, above, below) in [
        (
            line(Goal::P6, "get ÷ floor at 32", 0.18, 0.28),
            GET,
            GET_FLOOR,
        ),
        (
            line(Goal::P6, "list of five ÷ floor at 32", 0.10, 0.18),
            LIST,
            LIST_FLOOR,
        ),
        (
            line(Goal::P6, "find by reference ID ÷ floor at 32", 0.22, 0.35),
            FIND,
            FIND_FLOOR,
        ),
    ] {
        part.ratio(&what, &rounds, above, below);
    }
    part.group(
        &format!("Embedded store; answers of {} bytes", answer.len()),
        rounds,
    );
    Ok(part)
}

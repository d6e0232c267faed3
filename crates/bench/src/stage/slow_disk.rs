//! P5: what group commit is worth where an fsync is slow.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::Problem;
use crate::bench::{Bench, Recorder, say};
use crate::figures::{Cell, Sample};
use crate::goal::{Bound, Goal};
use crate::part::{Part, What};
use crate::people::{People, Workload};
use crate::server::temporary_folder;
use crate::shim;

const CREATE: Cell = Cell::new("create_slow_disk", 32);
const RAW_SINGLE: Cell = Cell::new("sqlite_1_per_commit_slow_disk", 1);

pub async fn measure(bench: &Bench) -> Result<Part, Problem> {
    let mut part = Part::default();
    let folder = temporary_folder(&bench.options.folder)?;
    let Some(variables) = shim::build(folder.path())? else {
        part.skip(
            Goal::P5,
            "there is no C compiler (cc) to build the slow disk with",
        );
        return Ok(part);
    };
    let installation = bench.on_sqlite()?.with_environment(variables.clone());
    let server = installation.start().await?;
    say("  filling");
    let count = usize::try_from(bench.options.people)?;
    let people = People::fill_known(&server.target, count).await?;
    let mut rounds = Vec::new();
    for number in 1..=bench.rounds() {
        say(&format!("  round {number}"));
        let mut recorder = Recorder::default();
        for turn in 0..2 {
            if (turn + number).is_multiple_of(2) {
                let meter = Some(server.meter());
                recorder
                    .http(
                        bench,
                        CREATE,
                        &server.target,
                        &people,
                        Workload::Create,
                        meter,
                    )
                    .await?;
            } else {
                let sample = raw(bench, folder.path(), &variables).await?;
                recorder.add(RAW_SINGLE, sample);
            }
        }
        part.errors.append(&mut recorder.errors);
        rounds.push(recorder.round);
    }
    server.stop().await?;
    let what = What {
        goal: Goal::P5,
        text: "SQLite create at 32 ÷ one per commit, 2 ms more an fsync",
        bound: Some(Bound::at_least(8.0, 12.0)),
    };
    part.ratio(&what, &rounds, CREATE, RAW_SINGLE);
    part.group("Embedded store, 2 ms more for every fsync", rounds);
    Ok(part)
}

/// The baseline in a process of its own, as the slow disk is loaded when one starts.
async fn raw(
    bench: &Bench,
    folder: &std::path::Path,
    variables: &[(String, String)],
) -> Result<Sample, Problem> {
    let options = &bench.options;
    let said = Command::new(std::env::current_exe()?)
        .args(["raw", "--per-commit", "1"])
        .arg("--folder")
        .arg(folder)
        .args(["--people", &options.people.to_string()])
        .args(["--seconds", &options.seconds().to_string()])
        .args(["--warm-up", &options.warm_up().to_string()])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    if !said.status.success() {
        let problem = String::from_utf8_lossy(&said.stderr);
        return Err(format!("the baseline ended with {}: {problem}", said.status).into());
    }
    let sample: Value = serde_json::from_slice(&said.stdout)?;
    let sample = Sample::from_json(&sample).ok_or("the baseline said something else")?;
    // Without the slow disk the ratio would be another one: better none at all.
    let fastest = 1_000_000.0 / crate::figures::to_f64(shim::SLOWER_MICROS);
    if sample.per_second > fastest {
        let rate = sample.per_second;
        return Err(format!("the slow disk is not slow: {rate:.0} commits a second").into());
    }
    Ok(sample)
}

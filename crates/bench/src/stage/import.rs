//! P13: a file of so many people, what a plain table takes for the same rows, and what reads notice of it.

mod file;
mod look;
mod plain;

use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};
use serde_json::Value;

use crate::Problem;
use crate::bench::{Bench, Recorder, say};
use crate::client::{Client, Target, unexpected};
use crate::figures::{Cell, Sample, to_f64};
use crate::goal::{Goal, Unit};
use crate::part::{Part, What};
use crate::process::watch_memory;
use crate::server::{Installation, Server};
use crate::stage::resources::mib;
use crate::table::whole;

use file::File;
use look::Looker;
use plain::{PER_COMMIT, Plain};

const DATABASE: &str = "import";
const PLAIN_DATABASE: &str = "import_plain";
const MOST_ROUNDS: u16 = 3;
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// No row came for so long: none will.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long reads are looked at before the import.
const QUIET: Duration = Duration::from_secs(5);

const IMPORT: Cell = Cell::new("import", 1);
const INSERT: Cell = Cell::new("insert_into_a_plain_table", 1);
const GET: Cell = Cell::new("get_account", 1);
const GET_BESIDE: Cell = Cell::new("get_account_beside_import", 1);

/// What the rounds of one engine have in common.
struct Scene<'a> {
    bench: &'a Bench,
    engine: &'static str,
    server: &'a Server,
    looker: &'a Looker,
    plain: &'a Plain,
}

/// What one import took.
struct Taken {
    uploaded: Duration,
    ready: Duration,
}

pub async fn measure(bench: &Bench) -> Part {
    let mut part = Part::default();
    for engine in ["PostgreSQL", "SQLite"] {
        say(&format!("  {engine}"));
        if let Err(problem) = on_engine(bench, &mut part, engine).await {
            part.errors.push(format!("P13, {engine}: {problem}"));
        }
    }
    part
}

async fn on_engine(bench: &Bench, part: &mut Part, engine: &'static str) -> Result<(), Problem> {
    let is_shared = engine == "PostgreSQL";
    let installation = if is_shared {
        match bench.on_postgres(DATABASE).await {
            Ok(installation) => installation,
            Err(why) => {
                part.skip(Goal::P13, format!("{engine}: {why}"));
                return Ok(());
            }
        }
    } else {
        bench.on_sqlite()?
    };
    let plain = if is_shared {
        let cluster = bench.started_cluster().ok_or("the cluster is gone")?;
        Plain::on_postgres(&cluster.new_database(PLAIN_DATABASE).await?).await?
    } else {
        Plain::on_sqlite(&bench.options.folder)?
    };
    let rounds = rounds(bench, part, engine, &installation, &plain).await;
    drop((plain, installation));
    if let (true, Some(cluster)) = (is_shared, bench.started_cluster()) {
        cluster.drop_database(DATABASE).await?;
        cluster.drop_database(PLAIN_DATABASE).await?;
    }
    rounds
}

async fn rounds(
    bench: &Bench,
    part: &mut Part,
    engine: &'static str,
    installation: &Installation,
    plain: &Plain,
) -> Result<(), Problem> {
    let server = installation.start().await?;
    let looker = Looker::new(&server.target).await?;
    let scene = Scene {
        bench,
        engine,
        server: &server,
        looker: &looker,
        plain,
    };
    scene.measure(part).await?;
    server.stop().await
}

impl Scene<'_> {
    async fn measure(&self, part: &mut Part) -> Result<(), Problem> {
        let rows = self.bench.options.import_rows();
        let (mut measured, mut most, mut idle) = (Vec::new(), Vec::new(), 0.0_f64);
        let (mut uploads, mut size) = (Vec::new(), 0);
        for number in 1..=self.bench.rounds().min(MOST_ROUNDS) {
            say(&format!("  round {number}"));
            let file = File::new(number, rows);
            size = file.csv().len();
            let mut recorder = Recorder::default();
            if number.is_multiple_of(2) {
                uploads.push(
                    self.import(&mut recorder, &file, &mut most, &mut idle)
                        .await?,
                );
                self.insert(&mut recorder, &file).await?;
            } else {
                self.insert(&mut recorder, &file).await?;
                uploads.push(
                    self.import(&mut recorder, &file, &mut most, &mut idle)
                        .await?,
                );
            }
            measured.push(recorder.round);
        }
        let about = format!("{} rows", whole(to_f64(rows)));
        let engine = self.engine;
        let text = format!("{engine}: import of {about} ÷ a plain table, {PER_COMMIT} a commit");
        part.ratio(&told(&text), &measured, IMPORT, INSERT);
        for (name, of) in [
            ("p50", (|sample| sample.p50_ms) as fn(&Sample) -> f64),
            ("p99", |sample| sample.p99_ms),
        ] {
            let text = format!("{engine}: get of an account beside it ÷ before, {name}");
            part.wait_ratio(&told(&text), &measured, GET_BESIDE, GET, of);
        }
        let text = format!("{engine}: memory beside it, without mapped files");
        let behind = format!(
            "a file of {:.1} MiB, of which {:.1} s are the upload; {idle:.0} MiB before the first",
            to_f64(size as u64) / 1_048_576.0,
            crate::figures::median(uploads),
        );
        part.line(&told(&text), Unit::Mib, &most, behind);
        part.group(&format!("Imports of {about}, {engine}"), measured);
        Ok(())
    }

    async fn insert(&self, recorder: &mut Recorder, file: &File) -> Result<(), Problem> {
        let took = self.plain.insert(file).await?;
        recorder.add(INSERT, sample(file, took));
        Ok(())
    }

    /// Gives how many seconds the upload took.
    async fn import(
        &self,
        recorder: &mut Recorder,
        file: &File,
        most: &mut Vec<f64>,
        idle: &mut f64,
    ) -> Result<f64, Problem> {
        recorder.add(GET, self.looker.watch(tokio::time::sleep(QUIET)).await?.1);
        let meter = self.server.meter();
        if most.is_empty() {
            *idle = meter.memory().map_or(0.0, |now| mib(now.anonymous_kib));
        }
        let before = meter.read();
        let import = self.looker.watch(import(&self.server.target, file));
        let (watched, memory) = watch_memory(meter, import).await;
        let (taken, beside) = watched?;
        let taken = taken?;
        let mut sample = sample(file, taken.ready);
        if let (Some(before), Some(after)) = (before, meter.read()) {
            after.since(&before, &mut sample);
        }
        recorder.add(IMPORT, sample);
        recorder.add(GET_BESIDE, beside);
        most.push(mib(memory.anonymous_kib));
        Ok(taken.uploaded.as_secs_f64())
    }
}

/// Said, and not judged.
fn told(text: &str) -> What<'_> {
    What {
        goal: Goal::P13,
        text,
        bound: None,
    }
}

fn sample(file: &File, took: Duration) -> Sample {
    Sample {
        answers: file.rows,
        per_second: to_f64(file.rows) / took.as_secs_f64(),
        ..Sample::default()
    }
}

/// Sends the file and waits until every row of it is an account.
async fn import(target: &Target, file: &File) -> Result<Taken, Problem> {
    let mut client = Client::connect(target).await?;
    let path = format!("{}/api/v1/importer/accounts", target.base_path);
    let begun = Instant::now();
    let (status, answer) = client.upload(&path, "people.csv", file.csv()).await?;
    let uploaded = begun.elapsed();
    if status != StatusCode::CREATED {
        return Err(unexpected("the import", status, &answer).into());
    }
    let made: Value = serde_json::from_slice(&answer)?;
    let id = made["data"]["id"].as_str().ok_or("an import without id")?;
    let path = format!("{}/api/v1/importers/{id}", target.base_path);
    let (mut seen, mut since) = (0, Instant::now());
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let (status, answer) = client.send(Method::GET, &path, None).await?;
        if status != StatusCode::OK {
            return Err(unexpected("the importer", status, &answer).into());
        }
        let shown: Value = serde_json::from_slice(&answer)?;
        let attributes = &shown["data"]["attributes"];
        let done = attributes["successful-count"].as_u64().unwrap_or(0);
        match attributes["status"].as_str() {
            Some("ready") if done == file.rows => {
                let ready = begun.elapsed();
                return Ok(Taken { uploaded, ready });
            }
            Some("pending") if done != seen => (seen, since) = (done, Instant::now()),
            Some("pending") if since.elapsed() < PATIENCE => {}
            _ => {
                let rows = file.rows;
                return Err(format!("{done} of {rows} rows became accounts: {attributes}").into());
            }
        }
    }
}

//! What each command does, from its options to what it prints.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use selfsame_domain::Timestamp;

use crate::Problem;
use crate::bench::{Bench, say};
use crate::client::Target;
use crate::cluster::memory_mib;
use crate::figures::{Cell, to_f64};
use crate::generate::{self as database, Size, Store};
use crate::load::{self as generator, Window};
use crate::options::{Generate, Load, Measure, RawCell};
use crate::part::{Group, Part};
use crate::people::{INQUIRIES_EACH, People, Workload};
use crate::raw::Raw;
use crate::report::Report;
use crate::rows::now;
use crate::server::{self, Installation};
use crate::stage;

pub async fn measure(options: Measure) -> Result<ExitCode, Problem> {
    let load_before = load_average();
    let begun = Instant::now();
    let json = options.json.clone();
    let bench = tokio::task::spawn_blocking(move || Bench::new(options)).await??;
    let part = stage::run_all(&bench).await;
    let postgres = bench
        .started_cluster()
        .map(|cluster| format!("PostgreSQL {}: {}", cluster.version, cluster.settings));
    let report = Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        processors: std::thread::available_parallelism()?.get(),
        memory_mib: memory_mib(),
        rounds: bench.rounds(),
        seconds: bench.options.seconds(),
        warm_up: bench.options.warm_up(),
        took_seconds: begun.elapsed().as_secs_f64(),
        load_before,
        load_after: load_average(),
        postgres,
        part,
    };
    drop(bench);
    println!("{}", report.text());
    write(&json, &format!("{:#}\n", report.json()))?;
    println!("all of it: {}", json.display());
    Ok(if report.part.errors.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn write(file: &Path, text: &str) -> Result<(), Problem> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()).into())
}

pub async fn generate(options: Generate) -> Result<ExitCode, Problem> {
    let binary = match options.server {
        Some(given) => given,
        None => tokio::task::spawn_blocking(server::build).await??,
    };
    // The server makes the schema, the environments and their keys, whichever version it is of.
    let place = Installation::at(&binary, &options.data, options.database.clone())?;
    place.prepare().await?;
    let store = match options.database {
        Some(url) => Store::Postgres(url),
        None => Store::Sqlite(place.sqlite_file()),
    };
    let size = Size {
        accounts: options.accounts,
        inquiries_each: options.inquiries_each,
        seed: options.seed,
        until: options.until.map_or_else(now, Timestamp::from_millis),
        event_days: options.event_days,
    };
    let generated = database::run(store, size, say).await?;
    println!(
        "{} accounts, {} inquiries (at most {} of one person), {} events in {:.0} s: {:.0} inquiries a second",
        generated.accounts,
        generated.inquiries,
        generated.samples.heaviest,
        generated.events,
        generated.seconds,
        to_f64(generated.inquiries) / generated.seconds.max(f64::MIN_POSITIVE),
    );
    Ok(ExitCode::SUCCESS)
}

pub async fn load(options: Load) -> Result<ExitCode, Problem> {
    let target = Target::parse(&options.url, options.key, options.template)?;
    say("filling");
    let people = People::fill(&target, usize::try_from(options.people)?).await?;
    let window = Window {
        warm_up: Duration::from_millis(500),
        length: Duration::from_secs_f64(options.seconds),
        most: u64::MAX,
    };
    let mut part = Part::default();
    for (name, workload) in [
        ("create", Workload::Create),
        ("get", Workload::Get),
        ("list_of_five", Workload::List),
        ("find_by_reference", Workload::Find),
    ] {
        let mut round = Vec::new();
        for connections in &options.connections {
            let cell = Cell::new(name, usize::from(*connections));
            let connections = cell.connections;
            let measured =
                generator::run(&target, &people, workload, connections, &window, None).await?;
            part.errors.extend(measured.error);
            round.push((cell, measured.sample));
        }
        part.group(name, vec![round]);
    }
    let mut out = String::new();
    let rounds = part.groups.into_iter().flat_map(|group| group.rounds);
    let all = Group {
        title: options.url,
        rounds: vec![rounds.flatten().collect()],
    };
    crate::report::cells(&mut out, &all);
    println!("{out}");
    for error in &part.errors {
        println!("ERROR {error}");
    }
    Ok(if part.errors.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// For a baseline that needs a process of its own.
pub async fn raw(options: RawCell) -> Result<ExitCode, Problem> {
    let folder = server::temporary_folder(&options.folder)?;
    let window = Window {
        warm_up: Duration::from_secs_f64(options.warm_up),
        length: Duration::from_secs_f64(options.seconds),
        most: u64::MAX,
    };
    let file = folder.path().join("raw.sqlite");
    let measured = tokio::task::spawn_blocking(move || {
        let people = usize::try_from(options.people)?;
        let mut raw = Raw::open(&file, people, people * (INQUIRIES_EACH + 1))?;
        raw.measure(&window, options.per_commit)
    });
    println!("{}", measured.await??.json());
    Ok(ExitCode::SUCCESS)
}

fn load_average() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

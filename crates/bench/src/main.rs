//! Load generator and benchmarks: what Selfsame costs on top of what SQLite and HTTP cost anyway.
//!
//! Every figure is a ratio to a baseline that the same run measured beside it, on the same disk. How to read
//! them: `docs/performance.md`. To add a workload: a variant of [`figures::Workload`] and its request in
//! `load.rs`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: the table goes to stdout, progress to stderr"
)]

mod cell;
mod figures;
mod floor;
mod load;
mod raw;
mod report;
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::cell::Window;
use crate::figures::{Cell, Round, Workload, summarise};
use crate::floor::Floor;
use crate::load::{INQUIRIES_EACH, People, Target};
use crate::raw::Raw;
use crate::report::Report;
use crate::server::{Memory, Server};

type Problem = Box<dyn std::error::Error + Send + Sync>;

/// Measures a Selfsame server on this machine against SQLite in process and a bare HTTP server.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The server binary; without it the release build is made and used.
    #[arg(long, conflicts_with = "url")]
    server: Option<PathBuf>,
    /// A server that runs already, on a loopback address; it is filled with test data.
    #[arg(long, requires_all = ["key", "template"])]
    url: Option<String>,
    /// An API key of that server.
    #[arg(long, requires = "url")]
    key: Option<String>,
    /// An inquiry template of that server (`itmpl_…`).
    #[arg(long, requires = "url")]
    template: Option<String>,
    /// Where data folders are made, and removed again.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// How long each cell is measured.
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    seconds: f64,
    /// How long each cell runs before it is measured.
    #[arg(long, default_value_t = 1.0, value_parser = seconds)]
    warm_up: f64,
    /// A cell ends early after this many answers.
    #[arg(long, default_value_t = 500_000, value_parser = clap::value_parser!(u64).range(1..))]
    most: u64,
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 128],
          value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: Vec<u16>,
    #[arg(long, value_delimiter = ',', default_values_t = Subject::ALL)]
    only: Vec<Subject>,
    /// People with reference IDs at the start; twice as many, one half to create for and one to read.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    people: u32,
    /// Threads of the load generator; as many as there are processors unless given.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Also writes everything to this file, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    Create,
    Get,
    List,
    Find,
}

impl Subject {
    const ALL: [Self; 4] = [Self::Create, Self::Get, Self::List, Self::Find];
}

impl std::fmt::Display for Subject {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Create => "create",
            Self::Get => "get",
            Self::List => "list",
            Self::Find => "find",
        })
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("give seconds from 0 to 3600".to_owned()),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match measure(&arguments) {
        Ok(report) => {
            println!("{}", report.text());
            let written = arguments
                .json
                .as_ref()
                .map(|file| fs::write(file, format!("{:#}\n", report.json())));
            match written {
                Some(Err(error)) => {
                    eprintln!("cannot write the JSON file: {error}");
                    ExitCode::FAILURE
                }
                _ if report.errors.is_empty() => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            }
        }
        Err(problem) => {
            eprintln!("selfsame-bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<Report, Problem> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = arguments.threads {
        builder.worker_threads(threads.into());
    }
    let runtime = builder.enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            report = run(arguments) => report,
            _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        }
    })
}

async fn run(arguments: &Arguments) -> Result<Report, Problem> {
    let binary = match (&arguments.url, &arguments.server) {
        (Some(_), _) => None,
        (None, Some(server)) => Some(server.clone()),
        (None, None) => Some(server::build()?),
    };
    let mut report = Report {
        processors: std::thread::available_parallelism()?.get(),
        rounds: arguments.rounds.into(),
        seconds: arguments.seconds,
        warm_up: arguments.warm_up,
        people: people(arguments) * 2,
        load_before: load_average(),
        load_after: None,
        answer_bytes: 0,
        cells: Vec::new(),
        memory: Vec::new(),
        errors: Vec::new(),
    };
    let mut rounds = Vec::new();
    for number in 1..=arguments.rounds {
        eprintln!("round {number} of {}", arguments.rounds);
        let backwards = number.is_multiple_of(2);
        let (target, server) = match (&binary, given(arguments)?) {
            (Some(binary), _) => {
                let server = Server::start(binary, &arguments.folder).await?;
                (server.target.clone(), Some(server))
            }
            (None, Some(target)) => (target, None),
            (None, None) => return Err("neither a server nor a URL".into()),
        };
        rounds.push(
            one_round(
                arguments,
                &target,
                server.as_ref(),
                backwards,
                &mut report.answer_bytes,
                &mut report.errors,
            )
            .await?,
        );
        if let Some(server) = server {
            let memory: Memory = server.stop().await?;
            report.memory.push(memory);
        }
    }
    report.load_after = load_average();
    report.cells = summarise(&rounds);
    Ok(report)
}

fn people(arguments: &Arguments) -> usize {
    usize::try_from(arguments.people).unwrap_or(usize::MAX)
}

fn given(arguments: &Arguments) -> Result<Option<Target>, Problem> {
    let (Some(url), Some(key), Some(template)) =
        (&arguments.url, &arguments.key, &arguments.template)
    else {
        return Ok(None);
    };
    Target::parse(url, key.clone(), template.clone()).map(Some)
}

/// All cells once. Every number of connections comes with baselines of its own, so that what is divided by
/// what lies seconds apart; every second round runs backwards, so that nobody always comes first.
async fn one_round(
    arguments: &Arguments,
    target: &Target,
    server: Option<&Server>,
    backwards: bool,
    answer_bytes: &mut usize,
    errors: &mut Vec<String>,
) -> Result<Round, Problem> {
    let window = Window {
        warm_up: Duration::from_secs_f64(arguments.warm_up),
        length: Duration::from_secs_f64(arguments.seconds),
        most: arguments.most,
    };
    let known = people(arguments);
    let filled = People::fill(target, known).await?;
    let sample = filled.sample_answer().await?;
    *answer_bytes = sample.len();
    let floor = Floor::start(sample)?;
    let folder = tempfile::Builder::new()
        .prefix(".selfsame-bench-")
        .tempdir_in(&arguments.folder)?;
    let mut raw = open_raw(folder.path(), known).await?;

    let mut cells = plan(arguments);
    if backwards {
        cells.reverse();
    }
    let mut round = Round::new();
    for cell in cells {
        let sample = match cell.workload {
            Workload::RawSingle | Workload::RawGroup => {
                let per_commit = if cell.workload == Workload::RawGroup {
                    32
                } else {
                    1
                };
                let (back, sample) = tokio::task::spawn_blocking(move || {
                    let sample = raw.measure(&window, per_commit);
                    (raw, sample)
                })
                .await?;
                raw = back;
                sample?
            }
            workload => {
                let (to, meter) = if workload == Workload::Floor {
                    let at = Target {
                        address: floor.address,
                        base_path: String::new(),
                        ..target.clone()
                    };
                    (at, None)
                } else {
                    (target.clone(), server.map(Server::meter))
                };
                let (sample, first_error) = load::run(&to, &filled, cell, &window, meter).await?;
                errors.extend(
                    first_error
                        .map(|error| format!("{} bad answers, the first: {error}", sample.errors)),
                );
                sample
            }
        };
        eprintln!(
            "  {:<22} {:>4} connections {:>10.0} per second",
            cell.workload.key(),
            cell.connections,
            sample.per_second
        );
        round.push((cell, sample));
    }
    Ok(round)
}

async fn open_raw(folder: &Path, known: usize) -> Result<Raw, Problem> {
    let file = folder.join("raw.sqlite");
    let inquiries = known * (INQUIRIES_EACH + 1);
    tokio::task::spawn_blocking(move || Raw::open(&file, known, inquiries)).await?
}

fn plan(arguments: &Arguments) -> Vec<Cell> {
    let mut cells = Vec::new();
    for connections in &arguments.connections {
        let mut add = |workload| {
            let cell = Cell {
                workload,
                connections: usize::from(*connections),
            };
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        };
        for subject in &arguments.only {
            let workloads: &[Workload] = match subject {
                Subject::Create => &[Workload::RawSingle, Workload::Create, Workload::RawGroup],
                Subject::Get => &[Workload::Get, Workload::Floor],
                Subject::List => &[Workload::Floor, Workload::List],
                Subject::Find => &[Workload::Floor, Workload::Find],
            };
            for workload in workloads {
                add(*workload);
            }
        }
    }
    cells
}

fn load_average() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_cell_has_its_baselines_in_the_same_round() {
        let arguments = Arguments::parse_from(["selfsame-bench", "--connections", "8,32"]);
        let cells = plan(&arguments);
        for cell in &cells {
            for baseline in cell.workload.baselines() {
                let wanted = Cell {
                    workload: *baseline,
                    ..*cell
                };
                assert!(cells.contains(&wanted), "{cell:?} lacks {baseline:?}");
            }
        }
        assert_eq!(cells.len(), 2 * 7);
    }
}

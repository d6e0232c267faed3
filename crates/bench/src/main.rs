//! Load generator and benchmarks: what Selfsame costs on top of what a database and HTTP cost anyway.
//!
//! Every figure is a ratio to a baseline that the same run measured beside it, on the same disk, or something that can
//! be counted. How to read them: `docs/performance.md`. To add a figure: a cell and a line in the stage that has the
//! servers for it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: the table goes to stdout, progress to stderr"
)]

mod bench;
mod bodies;
mod books;
mod capacity;
mod client;
mod cluster;
mod commands;
mod figures;
mod floor;
mod generate;
mod goal;
mod load;
mod options;
mod part;
mod peer;
mod people;
mod pgbench;
mod process;
mod raw;
mod report;
mod rows;
mod schema;
mod server;
mod shim;
mod sink;
mod stage;
mod table;
mod webhook;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::options::{Command, Options};

type Problem = Box<dyn std::error::Error + Send + Sync>;

/// What still runs on other threads after an interruption gets so long to end.
const LAST_WORK: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Problem::from)
        .and_then(|runtime| {
            let outcome = runtime.block_on(until_told_to_stop(options));
            runtime.shutdown_timeout(LAST_WORK);
            outcome
        });
    match outcome {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("selfsame-bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// A signal drops whatever is under way, and with it every server and folder.
async fn until_told_to_stop(options: Options) -> Result<ExitCode, Problem> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = run(options) => outcome,
        _ = interrupt.recv() => Err("interrupted".into()),
        _ = terminate.recv() => Err("told to stop".into()),
    }
}

async fn run(options: Options) -> Result<ExitCode, Problem> {
    match options.command {
        None => commands::measure(options.measure).await,
        Some(Command::Capacity(capacity)) => {
            println!("{}", capacity.text());
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Generate(generate)) => commands::generate(generate).await,
        Some(Command::Load(load)) => commands::load(load).await,
        Some(Command::Bodies) => {
            println!("{}", bodies::measure()?);
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Raw(raw)) => commands::raw(raw).await,
    }
}

//! P9: the embedded store under load for minutes, checkpoints and all.

use std::time::Duration;

use crate::Problem;
use crate::bench::{Bench, say};
use crate::figures::{Cell, to_f64};
use crate::goal::{Bound, Goal, Unit};
use crate::load::{self, Window};
use crate::part::{Part, What};
use crate::people::{People, Workload};

const CREATE: Cell = Cell::new("create_for_minutes", 32);
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub async fn measure(bench: &Bench) -> Result<Part, Problem> {
    let mut part = Part::default();
    let installation = bench.on_sqlite()?;
    let server = installation.start().await?;
    let count = usize::try_from(bench.options.people)?;
    let people = People::fill_known(&server.target, count).await?;
    let length = Duration::from_secs_f64(bench.options.minutes() * 60.0);
    let window = Window {
        warm_up: Duration::from_secs_f64(bench.options.warm_up()),
        length,
        most: bench.options.most_creates,
    };
    say(&format!("  creating for {:.0} s", length.as_secs_f64()));
    let log = installation.sqlite_file().with_extension("sqlite-wal");
    let size = || std::fs::metadata(&log).map_or(0, |file| file.len());
    let mut largest_log = 0;
    let meter = Some(server.meter());
    let connections = CREATE.connections;
    let measured = {
        let target = &server.target;
        let create = Workload::Create;
        let load = load::run(target, &people, create, connections, &window, meter);
        tokio::pin!(load);
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                measured = &mut load => break measured?,
                _ = look.tick() => largest_log = largest_log.max(size()),
            }
        }
    };
    let stored = std::fs::metadata(installation.sqlite_file())?.len();
    server.stop().await?;
    part.errors.extend(
        measured
            .error
            .map(|error| format!("{}: {error}", CREATE.name)),
    );
    let sample = measured.sample;
    let seconds = to_f64(sample.answers) / sample.per_second.max(f64::MIN_POSITIVE);
    let mib = |bytes: u64| to_f64(bytes) / 1_048_576.0;
    let behind = format!(
        "{} creates in {seconds:.0} s; {:.0} MiB in the file, at most {:.0} MiB in the log",
        sample.answers,
        mib(stored),
        mib(largest_log),
    );
    if sample.answers >= window.most {
        part.notes.push(format!(
            "P9 ended after {seconds:.0} s, when --most-creates ({}) were made",
            window.most
        ));
    }
    let line = |what, must, aim| What {
        goal: Goal::P9,
        text: what,
        bound: Some(Bound::at_most(must, aim)),
    };
    part.line(
        &line("SQLite create p99 at 32, checkpoints included", 15.0, 8.0),
        Unit::Millis,
        &[sample.p99_ms],
        behind,
    );
    part.line(
        &line("the longest stall", 100.0, 40.0),
        Unit::Millis,
        &[sample.max_ms],
        String::new(),
    );
    part.group("Endurance", vec![vec![(CREATE, sample)]]);
    Ok(part)
}

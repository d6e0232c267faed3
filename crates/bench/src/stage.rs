//! The stages of a run: goals that share servers and data are measured together.

mod embedded;
mod endurance;
mod import;
mod postgres;
mod race;
mod resources;
mod scale;
mod slow_disk;
mod webhooks;

use std::time::Instant;

use crate::Problem;
use crate::bench::{Bench, say};
use crate::goal::Goal::{D1, D2, D3, D4, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13};
use crate::part::Part;

/// All stages that have something to measure. One that fails is told of, and the others go on.
pub async fn run_all(bench: &Bench) -> Part {
    let mut all = Part::default();
    macro_rules! stage {
        ($title:literal, $goals:expr, $measure:expr) => {
            if bench.wants_any(&$goals) {
                say(concat!("\n", $title));
                let begun = Instant::now();
                let outcome: Result<Part, Problem> = $measure.await;
                match outcome {
                    Ok(part) => all.append(part),
                    Err(problem) => all.errors.push(format!("{}: {problem}", $title)),
                }
                say(&format!("  took {:.0} s", begun.elapsed().as_secs_f64()));
            }
        };
    }
    stage!("Embedded store", [P4, P6], embedded::measure(bench));
    stage!("Slow disk", [P5], slow_disk::measure(bench));
    stage!("PostgreSQL", [P1, P2, P3], postgres::measure(bench));
    stage!("Start and memory", [P10, P11], resources::measure(bench));
    stage!(
        "Size, embedded store",
        [P7, P8, P10, P11],
        scale::on_sqlite(bench)
    );
    stage!("Size, PostgreSQL", [P7, P8], scale::on_postgres(bench));
    stage!("Two servers, one person", [P12], race::measure(bench));
    stage!("Endurance", [P9], endurance::measure(bench));
    stage!("Import", [P13], async { Ok(import::measure(bench).await) });
    stage!("Webhooks", [D1, D2, D3, D4], async {
        Ok(webhooks::measure(bench).await)
    });
    all.lines.retain(|line| bench.wants(line.goal));
    all.skipped.retain(|(goal, _)| bench.wants(*goal));
    all.lines.sort_by_key(|line| line.goal);
    all.skipped.sort();
    all.skipped.dedup();
    all
}

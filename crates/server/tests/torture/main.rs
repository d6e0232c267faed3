//! What a sudden end, a race, a full disk or a wrong clock may cost: nothing that was acknowledged, and nothing
//! twice.
//!
//! Each proof runs the real binary, or the whole server in this process, draws what happens from a seed that it
//! prints, and then asks about everything: over HTTP (`world`) and in the store's own tables (`inside`). In a test
//! run each is a slice; `cargo xtask torture` runs the long ones. `docs/torture.md` lists what is proved.
#![cfg(unix)]
#![allow(
    clippy::print_stderr,
    reason = "the seed and the time to readiness are for the reader of the test's output"
)]

mod client;
mod clock;
mod create;
mod database;
mod delivered;
mod disk_full;
mod failover;
mod ground;
mod inside;
mod killed;
mod load;
mod model;
mod process;
mod property;
mod proxy;
mod race;
mod redacted;
mod run;
mod starting;
mod stopping;
mod tables;
mod told;
mod upload;
mod worker;
mod world;

use std::time::Duration;

/// No wait is longer; whatever takes longer has failed.
const BOUND: Duration = Duration::from_mins(1);

/// Between two looks at a state that is waited for.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

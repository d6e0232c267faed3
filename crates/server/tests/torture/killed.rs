//! The server is killed at random moments of a mixed load.

use crate::client::Client;
use crate::ground::Ground;
use crate::load::{Running, moment};
use crate::process::{Server, free_port, spawn};
use crate::run::{On, Run};
use crate::world::World;
use rand::RngExt;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_a_kill_and_nothing_is_doubled_on_sqlite() {
    killed(&Ground::sqlite(), Run::new("killed::", On::Sqlite, 6, 200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_a_kill_and_nothing_is_doubled_on_postgres() {
    let run = Run::new("killed::", On::Postgres, 4, 200);
    killed(&Ground::postgres(), run).await;
}

async fn killed(ground: &Ground, mut run: Run) {
    let mut server = Server::start(ground).await;
    let settings = ground.settings();
    let mut world = World::default();
    for round in 0..run.rounds {
        let mut load = Running::begin(&[server.port], &settings, round, &mut run.random).await;
        load.answered(run.random.random_range(20..=250)).await;
        moment(&mut run.random);
        server.kill();
        let told = load.end().await;
        ground.quiet().await;
        // Now and then it is killed again while it comes back.
        for probes in 0..run.random.random_range(0..3) {
            kill_at_start(ground, probes).await;
        }
        server = Server::start(ground).await;
        eprintln!(
            "round {round}: {} creates answered, {} not; ready again after {:?}",
            told.made.len(),
            told.unanswered.len(),
            server.ready_after
        );
        let mut client = server.client(&settings).await;
        world.check(ground, &mut client, told).await;
    }
    // Nothing of an earlier round went missing in a later one.
    let mut client = server.client(&settings).await;
    let everything = std::mem::take(&mut world.told);
    world.check(ground, &mut client, everything).await;
}

/// Starts the server and kills it after so many looks at its port, ready or not.
async fn kill_at_start(ground: &Ground, probes: usize) {
    let port = free_port();
    let (mut child, _) = spawn(ground, port, ground.command(port));
    for _ in 0..probes * 20 {
        if Client::connect(port, "").await.is_ok() {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

//! The primary dies under load, its standby takes over, and the servers follow it.

use rand::RngExt;

use crate::ground::Ground;
use crate::load::{Running, moment};
use crate::process::Server;
use crate::run::{On, Run};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_takes_over_and_nothing_that_was_answered_is_lost_on_postgres() {
    let mut run = Run::new("failover::", On::Postgres, 1, 20);
    for round in 0..run.rounds {
        failover(round, &mut run).await;
    }
}

async fn failover(round: usize, run: &mut Run) {
    let ground = Ground::pair();
    let servers = [Server::start(&ground).await, Server::start(&ground).await];
    let settings = ground.settings();
    let ports = [servers[0].port, servers[1].port];
    let mut load = Running::begin(&ports, &settings, round, &mut run.random).await;
    load.answered(run.random.random_range(50..=250)).await;
    moment(&mut run.random);
    ground.fail_over();
    // Both servers answer again, without having been told anything.
    load.answered(200).await;
    let told = load.end().await;
    eprintln!(
        "round {round}: {} creates answered, {} not",
        told.made.len(),
        told.unanswered.len()
    );
    let mut world = World::default();
    let mut client = servers[1].client(&settings).await;
    world.check(&ground, &mut client, told).await;
    for server in &servers {
        let mut client = server.client(&settings).await;
        client.get("/api/v1/accounts").await;
    }
}

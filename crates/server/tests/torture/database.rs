//! PostgreSQL goes away under a server that stays: all of it is killed, or its sessions are cut, or its answers lost.

use std::collections::BTreeMap;
use std::time::Instant;

use hyper::Method;
use rand::RngExt;

use crate::client::parsed;
use crate::create::ACCOUNTS;
use crate::ground::Ground;
use crate::load::{Running, moment};
use crate::process::Server;
use crate::run::{On, Run};
use crate::world::{World, check_alive};
use crate::{BOUND, pause};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_database_costs_nothing_that_was_acknowledged_on_postgres() {
    let mut run = Run::new("database::a_killed", On::Postgres, 2, 100);
    let ground = Ground::cluster();
    let mut server = Server::start(&ground).await;
    let settings = ground.settings();
    let mut world = World::default();
    for round in 0..run.rounds {
        let mut load = Running::begin(&[server.port], &settings, round, &mut run.random).await;
        load.answered(run.random.random_range(20..=250)).await;
        moment(&mut run.random);
        if run.random.random() {
            ground.with_cluster(|cluster| cluster.kill().unwrap());
        } else {
            ground.with_cluster(|cluster| cluster.stop_at_once().unwrap());
        }
        if round % 2 == 0 {
            check_refusal(&server, &settings).await;
        }
        ground.with_cluster(|cluster| cluster.restart().unwrap());
        // It comes back by itself.
        load.answered(100).await;
        let told = load.end().await;
        server.ready().await;
        finish(&mut world, &ground, &server, &settings, round, told).await;
    }
    let mut client = server.client(&settings).await;
    check_alive(&mut client, "afterwards", &settings["SELFSAME_TEMPLATE_ID"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_sessions_and_lost_answers_cost_nothing_and_double_nothing_on_postgres() {
    let mut run = Run::new("database::cut", On::Postgres, 2, 100);
    let ground = Ground::behind_a_proxy().await;
    let server = Server::start(&ground).await;
    let settings = ground.settings();
    let mut world = World::default();
    for round in 0..run.rounds {
        let mut load = Running::begin(&[server.port], &settings, round, &mut run.random).await;
        let tables = ground.tables().await;
        let mut cut = 0;
        for _ in 0..run.random.random_range(10..20) {
            load.answered(run.random.random_range(5..=40)).await;
            moment(&mut run.random);
            if run.random.random() {
                // Whatever was under way has happened or will, and the server does not know.
                ground.proxy().lose_answers();
                continue;
            }
            let share = run.random.random_range(1..=100);
            cut += tables
                .rows(&format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                     AND pid <> pg_backend_pid() AND 100 * random() <= {share}"
                ))
                .await
                .len();
        }
        load.answered(50).await;
        let told = load.end().await;
        eprintln!("{cut} sessions were cut");
        finish(&mut world, &ground, &server, &settings, round, told).await;
    }
}

async fn finish(
    world: &mut World,
    ground: &Ground,
    server: &Server,
    settings: &BTreeMap<String, String>,
    round: usize,
    told: crate::told::Told,
) {
    eprintln!(
        "round {round}: {} creates answered, {} not, {} failures",
        told.made.len(),
        told.unanswered.len(),
        told.failures
    );
    assert_eq!(told.cut, 0, "{}", server.log());
    let mut client = server.client(settings).await;
    world.check(ground, &mut client, told).await;
}

/// Without its database the server says so, soon and in our words, and never anything else.
async fn check_refusal(server: &Server, settings: &BTreeMap<String, String>) {
    let mut client = server.client(settings).await;
    let begun = Instant::now();
    loop {
        let asked = client.send(Method::GET, ACCOUNTS, None, None).await;
        let (status, body) = asked.unwrap();
        assert_eq!(status, 503, "{}", String::from_utf8_lossy(&body));
        assert!(parsed(&body)["errors"].is_array());
        let (ready, _) = client
            .send(Method::GET, "/readyz", None, None)
            .await
            .unwrap();
        if ready == 503 {
            return;
        }
        assert!(begun.elapsed() < BOUND, "ready without a database");
        pause().await;
    }
}

//! Several servers on one store (W77).

use std::collections::BTreeSet;

use selfsame_domain::delivery::DeliveryStatus;
use selfsame_service::Deliverer;
use selfsame_testkit::{Delivered, Receiver, TestApp};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::world::World;

struct Server {
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

async fn server(world: &World) -> Server {
    let deliverer = Deliverer::new(&world.app.another_process().await).expect("a deliverer");
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(async move { deliverer.run(stopped).await });
    Server { stop, running }
}

/// Every lane has a server, none of them this one.
async fn settle(
    world: &World,
    webhooks: &[String],
    without: &BTreeSet<String>,
) -> BTreeSet<String> {
    loop {
        let mut workers = Vec::new();
        for webhook in webhooks {
            workers.extend(world.lane(webhook).await.expect("a lane").worker);
        }
        if workers.len() == webhooks.len() && workers.iter().all(|worker| !without.contains(worker))
        {
            return workers.into_iter().collect();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w77_three_servers_share_the_webhooks_and_one_that_dies_is_made_up_for() {
    let world = World::of(TestApp::build().on_postgres().start().await).await;
    let mut receivers = Vec::new();
    let mut webhooks = Vec::new();
    for _ in 0..9 {
        let receiver = Receiver::answering(200).await;
        webhooks.push(world.webhook(&receiver, json!({})).await);
        receivers.push(receiver);
    }
    let mut servers = Vec::new();
    for _ in 0..3 {
        servers.push(server(&world).await);
    }
    // A server joins: lanes move to it, and only then all three have some.
    let mut workers = BTreeSet::new();
    while workers.len() < 3 {
        workers = settle(&world, &webhooks, &BTreeSet::new()).await;
    }
    world.accounts(20).await;
    for receiver in &receivers {
        receiver.wait_for(20).await;
    }
    // Dead, without a word.
    let dead = servers.remove(0);
    dead.running.abort();
    drop(dead.running.await);
    world.accounts(10).await;
    for receiver in &receivers {
        receiver.wait_for(30).await;
    }
    for server in servers {
        server.stop.send_replace(true);
        server.running.await.expect("an orderly end");
    }
    for (webhook, receiver) in webhooks.iter().zip(&receivers) {
        assert_eq!(
            world.statuses(webhook).await,
            [DeliveryStatus::Completed; 30]
        );
        let ids: BTreeSet<_> = receiver.all().iter().map(Delivered::event_id).collect();
        assert_eq!(ids.len(), 30);
        assert_eq!(world.lane(webhook).await.expect("a lane").worker, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w77_events_of_a_server_that_delivers_nothing_go_out_through_another() {
    let world = World::of(TestApp::build().on_postgres().start().await).await;
    let receiver = Receiver::answering(200).await;
    world.webhook(&receiver, json!({})).await;
    let running = server(&world).await;
    for round in 1..=5 {
        world.accounts(1).await;
        receiver.wait_for(round).await;
    }
    running.stop.send_replace(true);
    running.running.await.expect("an orderly end");
}

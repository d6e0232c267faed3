//! Servers are killed while they deliver events to webhooks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use hyper::Method;
use rand::RngExt;
use selfsame_testkit::{Delivered, Receiver};
use serde_json::{Value, json};

use crate::ground::Ground;
use crate::load::{Running, moment};
use crate::process::Server;
use crate::run::{On, Run};
use crate::tables::Tables;
use crate::{BOUND, pause};

/// The last one wants its events in strict order.
const WEBHOOKS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_reaches_every_webhook_whatever_is_killed_on_sqlite() {
    delivered(
        &Ground::sqlite(),
        Run::new("delivered::", On::Sqlite, 3, 100),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_reaches_every_webhook_whatever_is_killed_on_postgres() {
    let run = Run::new("delivered::", On::Postgres, 2, 100);
    delivered(&Ground::postgres(), run).await;
}

async fn delivered(ground: &Ground, mut run: Run) {
    let mut servers = ground.servers().await;
    let settings = ground.settings();
    let mut receivers = Vec::new();
    for number in 0..WEBHOOKS {
        let receiver = Receiver::answering(200).await;
        let ordered = number + 1 == WEBHOOKS;
        enable(&servers[0], &settings, &receiver, ordered).await;
        receivers.push(receiver);
    }
    for round in 0..run.rounds {
        let ports: Vec<u16> = servers.iter().map(|server| server.port).collect();
        let mut load = Running::begin(&ports, &settings, round, &mut run.random).await;
        load.answered(run.random.random_range(20..=250)).await;
        moment(&mut run.random);
        let doomed = run.random.random_range(0..servers.len());
        servers.remove(doomed).kill();
        drop(load.end().await);
        servers.push(Server::start(ground).await);
    }
    let tables = ground.tables().await;
    everything_has_arrived(&tables).await;
    let doubles: usize = receivers
        .iter()
        .map(|receiver| check(receiver, false))
        .sum();
    check(&receivers[WEBHOOKS - 1], true);
    let stored = ids(&tables, "SELECT id FROM events").await;
    for receiver in &receivers {
        let arrived: BTreeSet<String> = receiver.all().iter().map(Delivered::event_id).collect();
        assert_eq!(arrived, stored);
    }
    let odd = "SELECT count(*) FROM event_sequences s WHERE account_sequence > 1 AND NOT EXISTS (SELECT 1 \
               FROM event_sequences b WHERE b.environment_id = s.environment_id AND b.account_id = s.account_id \
               AND b.account_sequence = s.account_sequence - 1)";
    assert_eq!(tables.count(odd).await, 0);
    eprintln!(
        "{} events to {WEBHOOKS} webhooks, {doubles} of them twice after {} kills",
        stored.len(),
        run.rounds
    );
}

async fn enable(
    server: &Server,
    settings: &BTreeMap<String, String>,
    receiver: &Receiver,
    ordered: bool,
) {
    let mut client = server.client(settings).await;
    let attributes = json!({
        "name": "Receiver", "url": receiver.url(), "enabled-events": ["*"],
        "selfsame-headers": true, "ordered-per-account": ordered,
    });
    let body = json!({"data": {"attributes": attributes}});
    let made = client
        .send(Method::POST, "/api/v1/webhooks", None, Some(&body))
        .await
        .unwrap();
    assert_eq!(made.0, 201, "{:?}", made.1);
    let made: Value = serde_json::from_slice(&made.1).unwrap();
    let path = format!(
        "/api/v1/webhooks/{}/enable",
        made["data"]["id"].as_str().unwrap()
    );
    let enabled = client
        .send(Method::POST, &path, None, Some(&json!({})))
        .await;
    assert_eq!(enabled.unwrap().0, 200);
}

async fn ids(tables: &Tables, sql: &str) -> BTreeSet<String> {
    let rows = tables.rows(sql).await;
    rows.into_iter().map(|mut row| row.remove(0)).collect()
}

async fn everything_has_arrived(tables: &Tables) {
    let open = format!(
        "SELECT {WEBHOOKS} * (SELECT count(*) FROM events) - (SELECT count(*) FROM webhook_deliveries \
         WHERE status = 'completed')"
    );
    // Many kills leave more than can be sent in that time; as long as they become fewer, all is well.
    let (mut least, mut since) = (usize::MAX, Instant::now());
    loop {
        let left = tables.count(&open).await;
        if left == 0 {
            return;
        }
        if left < least {
            (least, since) = (left, Instant::now());
        }
        assert!(since.elapsed() < BOUND, "{left} deliveries are missing");
        pause().await;
    }
}

/// Each account's events are there without a gap, and an event has one number. In strict order each arrives, for the
/// first time, after the one before it. Returns how many came more than once.
fn check(receiver: &Receiver, ordered: bool) -> usize {
    let all = receiver.all();
    let mut numbers: BTreeMap<(String, i64), String> = BTreeMap::new();
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for one in all
        .iter()
        .filter(|one| !one.header("selfsame-sequence").is_empty())
    {
        let account = one.header("selfsame-account-id").to_owned();
        let number: i64 = one.header("selfsame-sequence").parse().unwrap();
        let event = one.event_id();
        let known = numbers
            .entry((account.clone(), number))
            .or_insert_with(|| event.clone());
        assert_eq!(*known, event, "one number, two events");
        let last = last.entry(account).or_default();
        assert!(
            !ordered || number <= *last + 1,
            "{number} came after {last}"
        );
        *last = number.max(*last);
    }
    for (account, last) in last {
        for number in 1..=last {
            assert!(
                numbers.contains_key(&(account.clone(), number)),
                "{account} lacks {number}"
            );
        }
    }
    let ids: BTreeSet<String> = all.iter().map(Delivered::event_id).collect();
    all.len() - ids.len()
}

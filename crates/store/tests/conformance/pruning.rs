//! Letting go of old events (E25).

use selfsame_domain::Timestamp;
use selfsame_domain::delivery::{Delivery, DeliveryStatus};
use selfsame_domain::id::{AccountId, EnvironmentId, EventId, Id};
use selfsame_store::{Ask, OldEvent, Range};

use super::world::{NOW, World, world};

fn account(name: &str) -> AccountId {
    AccountId::from_trusted(format!("act_{name}"))
}

/// Events of these accounts, one second apart, each with its number.
async fn events(world: &World, accounts: &[Option<&str>]) {
    let before = last(world).await;
    for (place, name) in accounts.iter().enumerate() {
        let number = before + i64::try_from(place).unwrap() + 1;
        let mut event = world.event(&number.to_string(), 0);
        event.account_id = name.map(account);
        event.created_at = NOW.plus_seconds(number);
        world
            .commit(|batch| batch.insert_event(event.written()))
            .await
            .unwrap();
    }
    while world.store.number_events().await.expect("numbers").count > 0 {}
}

async fn last(world: &World) -> i64 {
    let ask = Ask::last_sequence(&world.sandbox);
    world.store.ask(ask).await.unwrap().expect("a counter")
}

async fn old(world: &World, older_than: Timestamp, after: Option<&OldEvent>) -> Vec<OldEvent> {
    let ask = Ask::old_events(&world.sandbox, older_than, after, 2);
    world.store.ask(ask).await.expect("a read")
}

async fn prune(world: &World, older_than: Timestamp) {
    let mut after = None;
    loop {
        let found = old(world, older_than, after.as_ref()).await;
        let Some(furthest) = found.last().cloned() else {
            return;
        };
        after = Some(furthest);
        world
            .commit(|batch| batch.prune_events(&world.sandbox, &found))
            .await
            .unwrap();
    }
}

/// The numbers of the events that are there.
async fn there(world: &World, environment: &EnvironmentId) -> Vec<i64> {
    let ask = Ask::numbered_events(environment, &Range::Environment, 0, 100);
    let numbered = world.store.ask(ask).await.expect("a read");
    let ids: Vec<EventId> = numbered.iter().map(|one| one.event_id.clone()).collect();
    let ask = Ask::events_by_id(environment, &ids);
    let found = world.store.ask(ask).await.expect("a read");
    let is_there = |id: &EventId| found.iter().any(|event| event.id == *id);
    numbered
        .iter()
        .filter(|one| is_there(&one.event_id))
        .map(|one| one.sequence)
        .collect()
}

/// The account's numbers that the store remembers.
async fn numbers_of(world: &World, name: &str) -> Vec<i64> {
    let account = account(name);
    let ask = Ask::numbered_events(&world.sandbox, &Range::Account(&account), 0, 100);
    let found = world.store.ask(ask).await.expect("a read");
    found
        .iter()
        .filter_map(|one| one.account_sequence)
        .collect()
}

async fn first_kept(world: &World, name: Option<&str>) -> i64 {
    let account = name.map(account);
    let ask = match &account {
        None => Ask::first_kept(&world.sandbox),
        Some(account) => Ask::first_kept_of(&world.sandbox, account),
    };
    world.store.ask(ask).await.expect("a read")
}

fn pending(world: &World, sequence: i64) -> Delivery {
    Delivery {
        environment_id: world.sandbox.clone(),
        webhook_id: world.webhook("1").webhook.id,
        sequence,
        event_id: EventId::from_trusted(format!("evt_{sequence}")),
        event_name: "account.created".into(),
        account_id: None,
        account_sequence: None,
        status: DeliveryStatus::Pending,
        attempts_made: 1,
        first_attempted_at: Some(NOW),
        due_at: None,
        created_at: NOW,
        updated_at: NOW,
        attempts: vec![],
    }
}

#[tokio::test]
async fn e25_old_events_go_and_numbers_count_on() {
    let world = world().await;
    events(
        &world,
        &[Some("1"), None, Some("1"), Some("2"), Some("1"), None],
    )
    .await;
    assert_eq!(first_kept(&world, None).await, 1);
    let oldest = old(&world, NOW.plus_seconds(5), None).await;
    let places: Vec<_> = oldest.iter().map(|event| event.sequence).collect();
    assert_eq!(places, [1, 2]);
    prune(&world, NOW.plus_seconds(5)).await;
    assert_eq!(there(&world, &world.sandbox).await, [5, 6]);
    assert_eq!(first_kept(&world, None).await, 5);
    // The last number of an account stays, whose event is gone.
    assert_eq!(numbers_of(&world, "1").await, [3]);
    assert_eq!(numbers_of(&world, "2").await, [1]);
    assert_eq!(first_kept(&world, Some("1")).await, 3);
    assert_eq!(first_kept(&world, Some("2")).await, 2);
    assert_eq!(first_kept(&world, Some("3")).await, 1);
    events(&world, &[Some("2"), Some("1"), Some("2")]).await;
    assert_eq!(numbers_of(&world, "2").await, [1, 2, 3]);
    assert_eq!(first_kept(&world, Some("2")).await, 2);
    prune(&world, NOW.plus_seconds(8)).await;
    assert_eq!(there(&world, &world.sandbox).await, [8, 9]);
    assert_eq!(numbers_of(&world, "1").await, [4]);
    assert_eq!(numbers_of(&world, "2").await, [3]);
    assert_eq!(first_kept(&world, Some("2")).await, 3);
}

#[tokio::test]
async fn e25_what_a_lane_or_a_pending_delivery_needs_stays_until_it_does_not() {
    let world = world().await;
    let hook = world.webhook("1");
    world
        .commit(|batch| {
            batch.insert_webhook(&hook);
            batch.open_lane(&world.sandbox, &hook.webhook.id, 1, NOW);
        })
        .await
        .unwrap();
    events(&world, &[Some("1"), Some("1"), None, None]).await;
    let ask = || Ask::lane(&world.sandbox, &hook.webhook.id);
    let mut lane = world.store.ask(ask()).await.unwrap().expect("a lane");
    let slowest = Ask::slowest_lane(&world.sandbox);
    assert_eq!(world.store.ask(slowest).await.unwrap(), Some(0));
    let all = NOW.plus_seconds(60);
    prune(&world, all).await;
    assert_eq!(there(&world, &world.sandbox).await, [1, 2, 3, 4]);
    assert_eq!(first_kept(&world, None).await, 1);
    // Whoever queues something of what it saw before finds that it has to look again.
    let late = world.commit(|batch| batch.queue_on_lane(&lane)).await;
    assert!(late.is_err());
    lane.sequence = 3;
    world
        .commit(|batch| {
            batch.advance_lane(&lane);
            batch.insert_delivery(&pending(&world, 2));
        })
        .await
        .unwrap();
    prune(&world, all).await;
    assert_eq!(there(&world, &world.sandbox).await, [2, 4]);
    lane.sequence = 4;
    let mut delivered = pending(&world, 2);
    delivered.status = DeliveryStatus::Completed;
    world
        .commit(|batch| {
            batch.advance_lane(&lane);
            batch.put_delivery(&delivered);
        })
        .await
        .unwrap();
    prune(&world, all).await;
    assert_eq!(there(&world, &world.sandbox).await, [0_i64; 0]);
    assert_eq!(numbers_of(&world, "1").await, [2]);
    assert_eq!(first_kept(&world, None).await, 5);
    let slowest = Ask::slowest_lane(&world.production);
    assert_eq!(world.store.ask(slowest).await.unwrap(), None);
}

#[tokio::test]
async fn e25_an_event_without_a_number_and_those_of_others_stay() {
    let world = world().await;
    let mut elsewhere = world.event("other", 0);
    elsewhere.environment_id = world.production.clone();
    world
        .commit(|batch| batch.insert_event(elsewhere.written()))
        .await
        .unwrap();
    events(&world, &[None]).await;
    let waiting = world.event("waiting", 0).written();
    world
        .commit(|batch| batch.insert_event(waiting))
        .await
        .unwrap();
    prune(&world, NOW.plus_seconds(60)).await;
    assert_eq!(there(&world, &world.production).await, [1]);
    assert_eq!(there(&world, &world.sandbox).await, [0_i64; 0]);
    let waiting = world.store.find_event(&world.sandbox, "evt_waiting").await;
    // In an embedded store none is without a number.
    let is_shared = world.store.is_shared();
    assert_eq!(waiting.expect("a read").is_some(), is_shared);
    if is_shared {
        assert_eq!(world.store.number_events().await.unwrap().count, 1);
        assert_eq!(there(&world, &world.sandbox).await, [2]);
    }
}

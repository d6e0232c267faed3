//! Deliveries and the lanes they go in (W70–W77).

use selfsame_domain::Timestamp;
use selfsame_domain::delivery::{AttemptMade, Delivery, DeliveryStatus};
use selfsame_domain::id::{AccountId, EnvironmentId, EventId, Id, WebhookId};
use selfsame_store::{Ask, Cursor, DeliveryFilter, Lane, Slice};

use super::world::{NOW, World, word, world};

fn webhook(name: &str) -> WebhookId {
    WebhookId::from_trusted(format!("wbh_{name}"))
}

fn delivery(world: &World, sequence: i64, account: Option<&str>) -> Delivery {
    Delivery {
        environment_id: world.sandbox.clone(),
        webhook_id: webhook("1"),
        sequence,
        event_id: EventId::from_trusted(format!("evt_{sequence}")),
        event_name: "account.created".into(),
        account_id: account.map(|id| AccountId::from_trusted(format!("act_{id}"))),
        account_sequence: account.map(|_| sequence),
        status: DeliveryStatus::Pending,
        attempts_made: 1,
        first_attempted_at: Some(NOW),
        due_at: Some(NOW.plus_seconds(sequence)),
        created_at: NOW,
        updated_at: NOW,
        attempts: vec![AttemptMade {
            at: NOW,
            milliseconds: 12,
            status: Some(500),
            problem: None,
            head: "HTTP/1.1 500 Internal Server Error".into(),
        }],
    }
}

async fn lane(world: &World, environment: &EnvironmentId, name: &str) -> Option<Lane> {
    let ask = Ask::lane(environment, &webhook(name));
    world.store.ask(ask).await.expect("a read")
}

async fn due(world: &World, now: Timestamp) -> Vec<i64> {
    let ask = Ask::due_deliveries(&world.sandbox, &webhook("1"), now, 10);
    let found = world.store.ask(ask).await.expect("a read");
    found.iter().map(|delivery| delivery.sequence).collect()
}

async fn find(world: &World, sequence: i64) -> Option<Delivery> {
    let ask = Ask::delivery(&world.sandbox, &webhook("1"), sequence);
    world.store.ask(ask).await.expect("a read")
}

#[tokio::test]
async fn a_delivery_comes_back_as_it_was_written_and_may_be_written_over() {
    let world = world().await;
    let mut first = delivery(&world, 7, Some("1"));
    world
        .commit(|batch| batch.insert_delivery(&first))
        .await
        .unwrap();
    assert_eq!(find(&world, 7).await, Some(first.clone()));
    assert_eq!(find(&world, 8).await, None);
    let again = world.commit(|batch| batch.insert_delivery(&first)).await;
    assert_eq!(word(&again), "failed");
    first.status = DeliveryStatus::Completed;
    first.due_at = None;
    first.attempts_made = 2;
    world
        .commit(|batch| batch.put_delivery(&first))
        .await
        .unwrap();
    assert_eq!(find(&world, 7).await, Some(first));
}

#[tokio::test]
async fn what_is_due_comes_longest_waiting_first_and_only_of_its_webhook() {
    let world = world().await;
    let mut foreign = delivery(&world, 1, None);
    foreign.environment_id = world.production.clone();
    let mut others = delivery(&world, 1, None);
    others.webhook_id = webhook("2");
    world
        .commit(|batch| {
            for sequence in [5, 3, 4] {
                batch.insert_delivery(&delivery(&world, sequence, None));
            }
            batch.insert_delivery(&foreign);
            batch.insert_delivery(&others);
        })
        .await
        .unwrap();
    assert_eq!(due(&world, NOW).await, Vec::<i64>::new());
    assert_eq!(due(&world, NOW.plus_seconds(4)).await, [3, 4]);
    assert_eq!(due(&world, NOW.plus_seconds(9)).await, [3, 4, 5]);
    let ask = Ask::first_due(&world.sandbox, &webhook("1"));
    let first = world.store.ask(ask).await.expect("a read");
    assert_eq!(first, Some(Some(NOW.plus_seconds(3))));
    let ask = Ask::attempted_after(&world.sandbox, &webhook("1"), 3);
    let mut after = world.store.ask(ask).await.expect("a read");
    after.sort_unstable();
    assert_eq!(after, [4, 5]);
    let filter = DeliveryFilter {
        status: Some(DeliveryStatus::Pending),
    };
    let at = |ordinal| Cursor {
        created_at: 0,
        ordinal,
        id: String::new(),
    };
    for (slice, expected) in [
        (Slice::After(at(5)), [4, 3]),
        (Slice::Before(at(3)), [5, 4]),
    ] {
        let ask = Ask::deliveries(&world.sandbox, &webhook("1"), &filter, &slice, 2);
        let listed = world.store.ask(ask).await.expect("a read").items;
        let listed: Vec<_> = listed.iter().map(|delivery| delivery.sequence).collect();
        assert_eq!(listed, expected);
    }
}

#[tokio::test]
async fn w75_the_next_of_an_account_goes_when_nothing_of_it_is_before() {
    let world = world().await;
    let mut parked = [
        delivery(&world, 5, Some("1")),
        delivery(&world, 6, Some("1")),
    ];
    for delivery in &mut parked {
        delivery.due_at = None;
    }
    let head = delivery(&world, 4, Some("1"));
    world
        .commit(|batch| {
            batch.insert_delivery(&head);
            for delivery in &parked {
                batch.insert_delivery(delivery);
            }
        })
        .await
        .unwrap();
    let account = AccountId::from_trusted("act_1".into());
    let go =
        || world.commit(|batch| batch.let_next_go(&world.sandbox, &webhook("1"), &account, NOW));
    go().await.unwrap();
    assert_eq!(
        due(&world, NOW).await,
        Vec::<i64>::new(),
        "the first one waits for its retry"
    );
    let mut through = head.clone();
    through.status = DeliveryStatus::Completed;
    through.due_at = None;
    world
        .commit(|batch| batch.put_delivery(&through))
        .await
        .unwrap();
    go().await.unwrap();
    assert_eq!(due(&world, NOW).await, [5]);
    go().await.unwrap();
    assert_eq!(due(&world, NOW).await, [5]);
    let ask = Ask::accounts_waiting(&world.sandbox, &webhook("1"));
    assert_eq!(world.store.ask(ask).await.expect("a read"), [account]);
}

#[tokio::test]
async fn w77_of_two_that_take_a_lane_one_gets_it_and_the_other_can_write_nothing() {
    let world = world().await;
    world
        .commit(|batch| batch.open_lane(&world.sandbox, &webhook("1"), 1, NOW))
        .await
        .unwrap();
    let seen = lane(&world, &world.sandbox, "1").await.expect("a lane");
    assert_eq!(
        (seen.sequence, seen.worker.clone(), seen.failures),
        (0, None, 0)
    );
    let take = |worker: &'static str, epoch: i64| {
        let seen = seen.clone();
        let world = &world;
        async move {
            world
                .commit(|batch| batch.take_lane(&seen, Some(worker), epoch))
                .await
        }
    };
    let (first, second) = tokio::join!(take("srv_a", 10), take("srv_b", 20));
    let mut words = [word(&first), word(&second)];
    words.sort();
    assert_eq!(words, ["committed", "conflict"]);
    let taken = lane(&world, &world.sandbox, "1").await.expect("a lane");
    let mut loser = taken.clone();
    loser.epoch = 30 - taken.epoch;
    loser.sequence = 99;
    let late = world
        .commit(|batch| {
            batch.advance_lane(&loser);
            batch.insert_delivery(&delivery(&world, 1, None));
        })
        .await;
    assert_eq!(word(&late), "conflict");
    assert_eq!(find(&world, 1).await, None);
    let mut winner = taken;
    winner.sequence = 3;
    winner.failures = 2;
    world
        .commit(|batch| batch.advance_lane(&winner))
        .await
        .unwrap();
    assert_eq!(lane(&world, &world.sandbox, "1").await, Some(winner));
    assert_eq!(lane(&world, &world.production, "1").await, None);
}

#[tokio::test]
async fn w73_closing_a_lane_fails_what_is_pending_and_opening_it_again_begins_with_the_next_event()
{
    let world = world().await;
    let mut completed = delivery(&world, 1, None);
    completed.status = DeliveryStatus::Completed;
    completed.due_at = None;
    world
        .commit(|batch| {
            batch.open_lane(&world.sandbox, &webhook("1"), 1, NOW);
            batch.insert_delivery(&completed);
            batch.insert_delivery(&delivery(&world, 2, None));
        })
        .await
        .unwrap();
    let later = NOW.plus_seconds(60);
    world
        .commit(|batch| batch.close_lane(&world.sandbox, &webhook("1"), later))
        .await
        .unwrap();
    assert_eq!(lane(&world, &world.sandbox, "1").await, None);
    let failed = find(&world, 2).await.expect("a row");
    assert_eq!(
        (failed.status, failed.due_at, failed.updated_at),
        (DeliveryStatus::Failed, None, later)
    );
    assert_eq!(find(&world, 1).await, Some(completed));

    world
        .commit(|batch| batch.insert_event(world.event("1", 0).written()))
        .await
        .unwrap();
    world.store.number_events().await.expect("numbers");
    world
        .commit(|batch| batch.open_lane(&world.sandbox, &webhook("1"), 2, later))
        .await
        .unwrap();
    let opened = lane(&world, &world.sandbox, "1").await.expect("a lane");
    assert_eq!((opened.sequence, opened.epoch), (1, 2));
}

#[tokio::test]
async fn w86_of_two_that_queue_on_a_lane_as_they_saw_it_one_does_and_the_lane_tells() {
    let world = world().await;
    world
        .commit(|batch| batch.open_lane(&world.sandbox, &webhook("1"), 1, NOW))
        .await
        .unwrap();
    let seen = lane(&world, &world.sandbox, "1").await.expect("a lane");
    let queue = || world.commit(|batch| batch.queue_on_lane(&seen));
    let (first, second) = tokio::join!(queue(), queue());
    let mut words = [word(&first), word(&second)];
    words.sort();
    assert_eq!(words, ["committed", "conflict"]);
    let told = lane(&world, &world.sandbox, "1").await.expect("a lane");
    assert_eq!(told.queued, seen.queued + 1);
    // Whoever works on it goes on, and does not turn that back.
    let mut worker = seen;
    worker.sequence = 5;
    world
        .commit(|batch| batch.advance_lane(&worker))
        .await
        .unwrap();
    let later = lane(&world, &world.sandbox, "1").await.expect("a lane");
    assert_eq!((later.sequence, later.queued), (5, told.queued));
}

#[tokio::test]
async fn old_deliveries_go_and_what_is_pending_stays() {
    let world = world().await;
    let later = NOW.plus_seconds(3600);
    world
        .commit(|batch| {
            for sequence in 1..=6 {
                let mut delivery = delivery(&world, sequence, None);
                if sequence != 2 {
                    delivery.status = DeliveryStatus::Failed;
                    delivery.due_at = None;
                }
                if sequence == 5 {
                    delivery.updated_at = later;
                }
                batch.insert_delivery(&delivery);
            }
        })
        .await
        .unwrap();
    let (environment, webhook) = (world.sandbox.clone(), webhook("1"));
    let mut rounds = Vec::new();
    let mut begin = 0;
    while let Some(last) = world
        .store
        .oldest_deliveries(&environment, &webhook, later, &(begin..7), 2)
        .await
        .expect("a read")
    {
        rounds.push(last);
        world
            .commit(|batch| {
                batch.prune_deliveries(&environment, &webhook, &(begin..last + 1), later);
            })
            .await
            .unwrap();
        begin = last + 1;
    }
    assert_eq!(rounds, [3, 6]);
    let filter = DeliveryFilter::default();
    let ask = Ask::deliveries(&environment, &webhook, &filter, &Slice::First, 10);
    let left = world.store.ask(ask).await.expect("a read").items;
    let left: Vec<_> = left.iter().map(|delivery| delivery.sequence).collect();
    assert_eq!(left, [5, 2]);
}

#[tokio::test]
async fn servers_show_signs_of_life_and_are_forgotten() {
    let world = world().await;
    world
        .commit(|batch| batch.beat("srv_a", 1, NOW))
        .await
        .unwrap();
    world
        .commit(|batch| {
            batch.beat("srv_a", 2, NOW);
            batch.beat("srv_b", 1, NOW);
        })
        .await
        .unwrap();
    let beats = || async { world.store.ask(Ask::servers()).await.expect("a read") };
    let mut found: Vec<_> = beats()
        .await
        .into_iter()
        .map(|it| (it.id, it.beat))
        .collect();
    found.sort();
    assert_eq!(found, [("srv_a".to_owned(), 2), ("srv_b".to_owned(), 1)]);
    world
        .commit(|batch| batch.forget_server("srv_a"))
        .await
        .unwrap();
    assert_eq!(beats().await.len(), 1);
}

//! When it is tried again (W71–W74, W76).

use selfsame_domain::delivery::{DeliveryStatus, MOST_ATTEMPTS, WAITS};
use selfsame_testkit::{Receiver, Reply};
use serde_json::json;

use super::world::world;

#[tokio::test]
async fn w71_seven_retries_at_the_published_waits_and_then_it_has_failed() {
    let world = world().await;
    let receiver = Receiver::answering(500).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    assert_eq!(world.deliver().await, 1);
    for (made, wait) in WAITS.into_iter().enumerate() {
        world.app.advance(wait - 1);
        assert_eq!(world.deliver().await, 0, "{made}");
        world.app.advance(wait / 10 + 2);
        assert_eq!(world.deliver().await, 1, "{made}");
    }
    world.app.advance(1_000_000);
    assert_eq!(world.deliver().await, 0);
    let [delivery] = world.deliveries(&webhook).await.try_into().unwrap();
    assert_eq!(
        (delivery.status, delivery.attempts_made, delivery.due_at),
        (DeliveryStatus::Failed, MOST_ATTEMPTS, None)
    );
    assert!(
        delivery
            .attempts
            .iter()
            .all(|attempt| attempt.status == Some(500))
    );
    assert!(delivery.attempts[0].head.starts_with("HTTP/1.1 500"));

    let got = receiver.all();
    let told =
        |name: &str| -> Vec<String> { got.iter().map(|one| one.header(name).to_owned()).collect() };
    assert_eq!(
        told("persona-webhook-attempts-made"),
        ["1", "2", "3", "4", "5", "6", "7", "8"]
    );
    assert_eq!(
        told("persona-webhook-attempts-left"),
        ["7", "6", "5", "4", "3", "2", "1", "0"]
    );
    let first = (selfsame_testkit::START.millis() / 1000).to_string();
    assert!(
        told("persona-webhook-first-attempted-at")
            .iter()
            .all(|at| *at == first)
    );
    let ids: std::collections::BTreeSet<_> = got
        .iter()
        .map(selfsame_testkit::Delivered::event_id)
        .collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn w72_only_four_statuses_are_a_success() {
    let world = world().await;
    for (status, arrives) in [
        (200, true),
        (201, true),
        (202, true),
        (204, true),
        (203, false),
        (206, false),
        (301, false),
        (400, false),
        (410, false),
        (503, false),
    ] {
        let receiver = Receiver::start(move |_, _| {
            Reply::Headers(
                status,
                vec![("location", "https://elsewhere.example/".to_owned())],
            )
        })
        .await;
        let webhook = world.webhook(&receiver, json!({})).await;
        world.accounts(1).await;
        world.deliver().await;
        let expected = if arrives {
            DeliveryStatus::Completed
        } else {
            DeliveryStatus::Pending
        };
        assert_eq!(world.statuses(&webhook).await, [expected], "{status}");
        assert_eq!(receiver.all().len(), 1);
        world.switch(&webhook, "disable").await;
    }
}

#[tokio::test]
async fn a_failed_one_keeps_no_other_one_back() {
    let world = world().await;
    let receiver =
        Receiver::start(|number, _| Reply::Status(if number == 0 { 500 } else { 200 })).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    world.accounts(5).await;
    world.deliver().await;
    let mut expected = vec![DeliveryStatus::Completed; 6];
    expected[0] = DeliveryStatus::Pending;
    assert_eq!(world.statuses(&webhook).await, expected);
    world.app.advance(4);
    assert_eq!(world.deliver().await, 1);
    assert_eq!(
        world.statuses(&webhook).await,
        [DeliveryStatus::Completed; 6]
    );
}

#[tokio::test]
async fn w76_a_dead_receiver_is_tried_one_at_a_time_and_nothing_is_lost() {
    let world = world().await;
    let receiver = Receiver::answering(503).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(60).await;
    let first = world.deliver().await;
    assert!((10..=50).contains(&first), "{first}");
    let lane = world.lane(&webhook).await.expect("a lane");
    assert!(lane.opened_at.is_some() && lane.failures >= 10, "{lane:?}");
    for _ in 0..5 {
        world.app.advance(61);
        assert_eq!(world.deliver().await, 1);
    }
    receiver.answer(|_, _| Reply::Status(200));
    // The retries of a day come in time, and all that waited comes with the first that arrives.
    for _ in 0..40 {
        world.app.advance(3600);
        world.deliver().await;
    }
    assert_eq!(
        world.statuses(&webhook).await,
        [DeliveryStatus::Completed; 60]
    );
    let lane = world.lane(&webhook).await.expect("a lane");
    assert_eq!((lane.failures, lane.opened_at), (0, None));
}

#[tokio::test]
async fn w71_a_clock_that_is_set_back_loses_no_retry() {
    let world = world().await;
    let receiver =
        Receiver::start(|number, _| Reply::Status(if number == 0 { 500 } else { 200 })).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    world.app.advance(-86_400);
    world.accounts(1).await;
    assert_eq!(world.deliver().await, 1);
    world.app.advance(86_400 + 4);
    assert_eq!(world.deliver().await, 1);
    assert_eq!(
        world.statuses(&webhook).await,
        [DeliveryStatus::Completed; 2]
    );
}

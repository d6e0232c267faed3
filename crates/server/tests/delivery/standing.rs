//! Enabled, disabled, archived, changed on the way (W73).

use selfsame_domain::delivery::DeliveryStatus;
use selfsame_testkit::{Receiver, Reply};
use serde_json::json;

use super::world::world;

#[tokio::test]
async fn an_enabled_webhook_gets_what_happens_from_then_on() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    world.accounts(2).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.deliver().await;
    assert!(receiver.all().is_empty());
    let made = world.accounts(3).await;
    assert_eq!(world.deliver().await, 3);
    assert_eq!(world.deliver().await, 0);
    let got: Vec<_> = receiver
        .all()
        .iter()
        .map(|one| one.json()["data"]["attributes"]["payload"]["data"]["id"].clone())
        .collect();
    let mut got: Vec<_> = got
        .iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    let mut made = made;
    got.sort();
    made.sort();
    assert_eq!(got, made);
    assert_eq!(
        world.statuses(&webhook).await,
        [DeliveryStatus::Completed; 3]
    );
}

#[tokio::test]
async fn w73_a_disabled_or_archived_webhook_gets_nothing_and_its_retries_have_failed() {
    for what in ["disable", "archive"] {
        let world = world().await;
        let receiver = Receiver::answering(500).await;
        let webhook = world.webhook(&receiver, json!({})).await;
        world.accounts(2).await;
        world.deliver().await;
        assert_eq!(receiver.take().len(), 2);
        world.accounts(1).await;
        world.switch(&webhook, what).await;
        world.app.advance(1_000_000);
        assert_eq!(world.deliver().await, 0);
        assert!(receiver.all().is_empty());
        assert_eq!(world.statuses(&webhook).await, [DeliveryStatus::Failed; 2]);
    }
}

#[tokio::test]
async fn w73_enabled_again_it_begins_anew_and_gets_nothing_of_what_was_meanwhile() {
    let world = world().await;
    let receiver = Receiver::answering(500).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    world.switch(&webhook, "disable").await;
    world.accounts(2).await;
    world.deliver().await;
    receiver.take();
    receiver.answer(|_, _| Reply::Status(200));
    world.switch(&webhook, "enable").await;
    world.app.advance(1_000_000);
    let made = world.accounts(1).await;
    assert_eq!(world.deliver().await, 1);
    let [only] = receiver.all().try_into().unwrap();
    assert_eq!(
        only.json()["data"]["attributes"]["payload"]["data"]["id"],
        made[0].as_str()
    );
}

/// The receiver has the webhook disabled while it answers.
#[tokio::test]
async fn w73_disabled_while_an_attempt_is_under_way_it_is_not_tried_again() {
    for status in [500, 200] {
        let world = std::sync::Arc::new(world().await);
        let receiver = Receiver::start(move |_, _| Reply::Hold(status)).await;
        let webhook = world.webhook(&receiver, json!({})).await;
        world.accounts(1).await;
        let deliverer = world.deliverer.clone();
        let delivering = tokio::spawn(async move { deliverer.deliver_due().await });
        receiver.wait_for(1).await;
        world.switch(&webhook, "disable").await;
        receiver.release();
        delivering.await.unwrap().unwrap();
        let expected = if status == 200 {
            DeliveryStatus::Completed
        } else {
            DeliveryStatus::Failed
        };
        assert_eq!(world.statuses(&webhook).await, [expected], "{status}");
        world.app.advance(1_000_000);
        assert_eq!(world.deliver().await, 0);
    }
}

#[tokio::test]
async fn enabled_anew_while_an_attempt_of_before_is_under_way_it_gets_the_next_event_once() {
    let world = std::sync::Arc::new(world().await);
    let receiver = Receiver::start(|number, _| {
        if number == 0 {
            Reply::Hold(200)
        } else {
            Reply::Status(200)
        }
    })
    .await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    let deliverer = world.deliverer.clone();
    let delivering = tokio::spawn(async move { deliverer.deliver_due().await });
    receiver.wait_for(1).await;
    world.switch(&webhook, "disable").await;
    world.switch(&webhook, "enable").await;
    world.accounts(1).await;
    receiver.release();
    delivering.await.unwrap().unwrap();
    world.deliver().await;
    assert_eq!(receiver.all().len(), 2);
    assert_eq!(
        world.statuses(&webhook).await,
        [DeliveryStatus::Completed; 2]
    );
}

#[tokio::test]
async fn what_a_webhook_is_told_of_and_where_it_lies_may_change_on_the_way() {
    let world = world().await;
    let first = Receiver::answering(500).await;
    let second = Receiver::answering(200).await;
    let webhook = world
        .webhook(&first, json!({"enabled-events": ["account.created"]}))
        .await;
    world.accounts(1).await;
    world.deliver().await;
    world.change(&webhook, json!({"url": second.url()})).await;
    world.app.advance(4);
    world.deliver().await;
    assert_eq!((first.all().len(), second.all().len()), (1, 1));
    let body = |got: Vec<selfsame_testkit::Delivered>| got[0].body.clone();
    assert_eq!(body(first.all()), body(second.all()));
    world
        .change(&webhook, json!({"enabled-events": ["inquiry.*"]}))
        .await;
    world.accounts(1).await;
    world.app.inquiry(json!({})).await;
    world.deliver().await;
    assert_eq!(second.event_names(), ["account.created", "inquiry.created"]);
}

#[tokio::test]
async fn an_event_reaches_every_webhook_of_its_environment_and_none_of_another() {
    let world = world().await;
    let (own, other) = (
        Receiver::answering(200).await,
        Receiver::answering(200).await,
    );
    world
        .webhook(&own, json!({"enabled-events": ["account.*"]}))
        .await;
    world
        .webhook(
            &other,
            json!({"enabled-events": ["inquiry.created", "account.tag-added"]}),
        )
        .await;
    world
        .app
        .production()
        .post("/accounts", json!({"data": {"attributes": {}}}))
        .await
        .expect(201);
    world
        .app
        .inquiry(json!({"auto-create-account": true}))
        .await;
    world.deliver().await;
    assert_eq!(own.event_names(), ["account.created"]);
    assert_eq!(other.event_names(), ["inquiry.created"]);
}

//! Sending again by hand (W81–W86).

use axum::http::Method;
use selfsame_domain::delivery::DeliveryStatus::{Completed, Failed};
use selfsame_testkit::{Receiver, Reply};
use serde_json::{Value, json};

use super::world::{World, world};

async fn delivery_ids(world: &World, webhook: &str) -> Vec<String> {
    let path = format!("/webhooks/{webhook}/deliveries");
    let mut ids = world.own(Method::GET, &path).await.expect(200).ids();
    ids.reverse();
    ids
}

/// Two events each.
async fn tag(world: &World, account: &str, count: usize) {
    for number in 0..count {
        let body = json!({"meta": {"tag-name": format!("tag-{number}")}});
        let path = format!("/accounts/{account}/add-tag");
        world.app.sandbox().post(&path, body).await.expect(200);
    }
}

#[tokio::test]
async fn w81_a_retry_is_one_more_attempt_at_once_whatever_came_of_it() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    let id = delivery_ids(&world, &webhook).await.remove(0);
    let path = format!("/webhooks/{webhook}/deliveries/{id}/retry");
    let retried = world.do_own(&path, json!({})).await.expect(200);
    assert_eq!(retried.attribute("status"), "pending");
    assert_eq!(world.deliver().await, 1);
    let got = receiver.all();
    assert_eq!(got[0].body, got[1].body);
    assert_eq!(got[1].header("persona-webhook-attempts-made"), "2");
    assert_eq!(world.statuses(&webhook).await, [Completed]);
    world.switch(&webhook, "disable").await;
    let refused = world.do_own(&path, json!({})).await.expect(409);
    assert_eq!(
        refused.body["errors"][0]["details"],
        "Webhook is disabled: nothing is sent to it"
    );
    let other = world.webhook(&receiver, json!({})).await;
    world.switch(&other, "disable").await;
    let path = format!("/webhooks/{other}/deliveries/{id}/retry");
    world.do_own(&path, json!({})).await.expect(404);
}

#[tokio::test]
async fn w81_a_retry_while_an_attempt_is_under_way_makes_no_double() {
    let world = world().await;
    let receiver = Receiver::answering(500).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    let id = delivery_ids(&world, &webhook).await.remove(0);
    let path = format!("/webhooks/{webhook}/deliveries/{id}/retry");
    receiver.take();
    receiver.answer(|_, _| Reply::Hold(200));
    world.app.advance(4);
    let deliverer = world.deliverer.clone();
    let delivering = tokio::spawn(async move { deliverer.deliver_due().await });
    receiver.wait_for(2).await;
    world.do_own(&path, json!({})).await.expect(200);
    receiver.release();
    delivering.await.unwrap().unwrap();
    world.deliver().await;
    assert_eq!(receiver.all().len(), 1);
    let [delivery] = world.deliveries(&webhook).await.try_into().unwrap();
    assert_eq!((delivery.status, delivery.attempts.len()), (Completed, 2));
}

#[tokio::test]
async fn w82_what_a_webhook_had_and_what_it_never_had_is_sent_again_with_all_its_retries() {
    let world = world().await;
    world.accounts(2).await;
    world.deliver().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    assert_eq!(receiver.take().len(), 1);
    let all = json!({"after-sequence": 0});
    for _ in 0..2 {
        assert_eq!(world.replay(&webhook, all.clone()).await, (3, None));
        assert_eq!(world.deliver().await, 3);
        let got = receiver.take();
        assert_eq!(got.len(), 3);
        for one in got {
            assert_eq!(one.header("persona-webhook-attempts-made"), "1");
            assert_eq!(one.header("persona-webhook-attempts-left"), "7");
        }
    }
    let deliveries = world.deliveries(&webhook).await;
    let kept: Vec<_> = deliveries.iter().map(|one| one.attempts.len()).collect();
    assert_eq!(kept, [2, 2, 3]);
    assert_eq!(world.statuses(&webhook).await, [Completed; 3]);
    assert_eq!(world.deliver().await, 0);
}

#[tokio::test]
async fn w82_events_are_chosen_by_id_number_time_and_account() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world
        .webhook(&receiver, json!({"enabled-events": ["account.*"]}))
        .await;
    let first = world.app.account(json!({"reference-id": "user-1"})).await;
    tag(&world, &first, 2).await;
    world.app.advance(60);
    let between = world.app.now().to_millis_text();
    world.accounts(1).await;
    world
        .app
        .inquiry(json!({"auto-create-account": false}))
        .await;
    world.deliver().await;
    receiver.take();
    let events = world.app.events().await;
    let untold = events
        .iter()
        .find(|event| event.name == "inquiry.created")
        .expect("an event");
    let ids: Vec<_> = events.iter().map(|event| event.id.to_string()).collect();
    for (meta, expected) in [
        (json!({"event-ids": ids}), 6),
        (json!({"event-ids": [untold.id.to_string()]}), 0),
        (json!({"after-sequence": 1, "up-to-sequence": 3}), 2),
        (json!({"from": between}), 1),
        (json!({"to": between}), 5),
        (json!({"from": between, "after-sequence": 6}), 0),
        (json!({"account-id": first}), 5),
        (json!({"reference-id": "USER-1", "after-sequence": 2}), 3),
        (json!({"reference-id": "user-1", "up-to-sequence": 2}), 2),
    ] {
        assert_eq!(
            world.replay(&webhook, meta.clone()).await,
            (expected, None),
            "{meta}"
        );
        assert_eq!(world.deliver().await, expected, "{meta}");
    }
}

#[tokio::test]
async fn w84_what_is_still_to_come_by_itself_is_not_sent_twice() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(3).await;
    let ids: Vec<_> = world
        .app
        .events()
        .await
        .iter()
        .map(|event| event.id.to_string())
        .collect();
    assert_eq!(
        world.replay(&webhook, json!({"event-ids": ids})).await,
        (0, None)
    );
    assert_eq!(
        world.replay(&webhook, json!({"after-sequence": 0})).await,
        (0, None)
    );
    assert_eq!(world.deliver().await, 3);
    assert_eq!(receiver.all().len(), 3);
}

#[tokio::test]
async fn w85_a_replay_and_a_disabling_at_once_leave_nothing_that_is_sent() {
    for _ in 0..4 {
        let world = world().await;
        let receiver = Receiver::answering(200).await;
        let webhook = world.webhook(&receiver, json!({})).await;
        world.accounts(4).await;
        world.deliver().await;
        receiver.take();
        let path = format!("/webhooks/{webhook}/replay");
        let replaying = world.do_own(&path, json!({"after-sequence": 0}));
        let (replayed, ()) = tokio::join!(replaying, world.switch(&webhook, "disable"));
        assert!([200, 409].contains(&replayed.status), "{}", replayed.body);
        assert_eq!(world.deliver().await, 0);
        let statuses = world.statuses(&webhook).await;
        let expected = if replayed.status == 200 {
            Failed
        } else {
            Completed
        };
        assert_eq!(statuses, [expected; 4]);
    }
}

#[tokio::test]
async fn w86_in_strict_order_what_is_replayed_of_an_account_comes_in_its_order() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let settings = json!({"ordered-per-account": true, "selfsame-headers": true});
    let webhook = world.webhook(&receiver, settings).await;
    let account = world.accounts(1).await.remove(0);
    tag(&world, &account, 2).await;
    world.deliver().await;
    receiver.take();
    receiver.answer(|number, _| Reply::Status(if number % 2 == 1 { 500 } else { 200 }));
    assert_eq!(
        world.replay(&webhook, json!({"account-id": account})).await,
        (5, None)
    );
    for _ in 0..12 {
        world.deliver().await;
        world.app.advance(4);
    }
    let numbers: Vec<i64> = receiver
        .all()
        .iter()
        .map(|one| one.header("selfsame-sequence").parse().expect("a number"))
        .collect();
    assert_eq!(numbers, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    assert_eq!(world.statuses(&webhook).await, [Completed; 5]);
}

#[tokio::test]
async fn w83_a_replay_says_what_is_wrong_with_it_and_queues_nothing() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    let path = format!("/webhooks/{webhook}/replay");
    for (meta, status) in [
        (json!({}), 422),
        (json!({"event-ids": ["evt_1"]}), 404),
        (json!({"event-ids": ["inq_1"]}), 400),
        (json!({"reference-id": "nobody"}), 404),
        (json!({"after-sequence": "1"}), 400),
        (json!({"from": "2026-02-03", "to": "2026-02-02"}), 422),
        (Value::Null, 400),
    ] {
        let refused = world.do_own(&path, meta.clone()).await.expect(status);
        assert!(refused.body["errors"][0]["details"].is_string(), "{meta}");
    }
    let foreign = "/webhooks/wbh_1/replay";
    let refused = world.do_own(foreign, json!({"after-sequence": 0})).await;
    refused.expect(404);
    assert_eq!(world.deliver().await, 0);
}

#[tokio::test]
async fn w82_a_replay_is_done_once_under_its_idempotency_key() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    let path = format!("/webhooks/{webhook}/replay");
    for deliveries in [1, 0] {
        let call = world
            .own(Method::POST, &path)
            .header("idempotency-key", "k");
        let call = call.json(&json!({"meta": {"after-sequence": 0}}));
        assert_eq!(call.await.expect(200).attribute("queued"), 1);
        assert_eq!(world.deliver().await, deliveries);
    }
}

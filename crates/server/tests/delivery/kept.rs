//! How long events are there, and what is said of those that are not (E25, W93).

use axum::http::Method;
use selfsame_domain::delivery::DeliveryStatus::{Completed, Pending};
use selfsame_testkit::Receiver;
use serde_json::{Value, json};

use super::world::{World, world};

const DAY: i64 = 86_400;

async fn after(world: &World, query: &str) -> (Vec<Value>, Value) {
    let answer = world
        .own(Method::GET, &format!("/events?{query}"))
        .await
        .expect(200);
    let numbers = answer.body["data"].as_array().expect("a list").iter();
    let numbers = numbers.map(|event| event["attributes"]["environment-sequence"].clone());
    (numbers.collect(), answer.body["meta"].clone())
}

fn meta(first: i64, last: i64, next: i64) -> Value {
    json!({"first-sequence": first, "last-sequence": last, "next-after-sequence": next})
}

#[tokio::test]
async fn e25_w93_three_months_later_an_event_is_gone_and_whoever_asks_is_told() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    let early = world.accounts(2).await;
    world.deliver().await;
    world.app.advance(60 * DAY);
    world.accounts(1).await;
    world.deliver().await;
    let old = world.app.events().await;
    world.app.advance(31 * DAY);
    world.app.service.prune().await.unwrap();
    assert_eq!(world.app.events().await.len(), 3);
    world.app.advance(2 * DAY);
    world.app.service.prune().await.unwrap();
    world.app.service.prune().await.unwrap();

    let events = world.app.events().await;
    assert_eq!(events.len(), 1);
    let gone = old
        .iter()
        .find(|event| event.id != events[0].id)
        .expect("an event");
    let path = format!("/events/{}", gone.id);
    world.client.get(&path).await.expect(404);
    assert_eq!(after(&world, "").await, (vec![json!(3)], meta(3, 3, 3)));
    let (numbers, told) = after(&world, "after-sequence=1").await;
    assert_eq!((numbers, told), (vec![json!(3)], meta(3, 3, 3)));
    let of_account = format!("account-id={}", early[0]);
    assert_eq!(after(&world, &of_account).await, (vec![], meta(2, 1, 1)));

    let replay = format!("/webhooks/{webhook}/replay");
    let done = world.do_own(&replay, json!({"after-sequence": 0})).await;
    let done = done.expect(200);
    assert_eq!(done.attribute("queued"), 1);
    assert_eq!(done.attribute("first-sequence"), 3);
    let chosen = json!({"account-id": early[0]});
    let done = world.do_own(&replay, chosen).await.expect(200);
    assert_eq!(done.attribute("queued"), 0);
    assert_eq!(done.attribute("first-sequence"), 2);
    let chosen = json!({"event-ids": [gone.id.to_string()]});
    world.do_own(&replay, chosen).await.expect(404);

    // Numbers go on where they were.
    let body = json!({"meta": {"tag-name": "late"}});
    let path = format!("/accounts/{}/add-tag", early[0]);
    world.app.sandbox().post(&path, body).await.expect(200);
    world.deliver().await;
    let (numbers, told) = after(&world, &of_account).await;
    assert_eq!((numbers, told), (vec![json!(4), json!(5)], meta(2, 3, 3)));
}

#[tokio::test]
async fn e25_an_event_that_a_webhook_has_yet_to_get_stays_until_it_has() {
    let world = world().await;
    let receiver = Receiver::answering(500).await;
    let settings = json!({"ordered-per-account": true});
    let webhook = world.webhook(&receiver, settings).await;
    world.accounts(1).await;
    world.app.advance(100 * DAY);
    world.app.service.prune().await.unwrap();
    assert_eq!(world.app.events().await.len(), 1);
    world.deliver().await;
    world.app.service.prune().await.unwrap();
    assert_eq!(world.statuses(&webhook).await, [Pending]);
    assert_eq!(world.app.events().await.len(), 1);
    receiver.answer(|_, _| selfsame_testkit::Reply::Status(200));
    world.app.advance(60);
    world.deliver().await;
    assert_eq!(world.statuses(&webhook).await, [Completed]);
    world.app.service.prune().await.unwrap();
    assert_eq!(world.app.events().await.len(), 0);

    let deliveries = world.deliveries(&webhook).await;
    let id = selfsame_service::delivery_id(&deliveries[0].webhook_id, 1);
    let path = format!("/webhooks/{webhook}/deliveries/{id}/retry");
    let refused = world.do_own(&path, json!({})).await.expect(409);
    assert!(refused.body.to_string().contains("no longer kept"));
}

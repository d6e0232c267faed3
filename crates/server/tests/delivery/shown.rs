//! What is shown of deliveries, and the numbers of events (W80, W90–W92).

use std::collections::BTreeSet;

use axum::http::Method;
use selfsame_domain::permission::Permission;
use selfsame_testkit::{Receiver, Reply};
use serde_json::json;

use super::world::world;

#[tokio::test]
async fn w80_a_delivery_is_shown_with_its_attempts_and_called_as_its_header_calls_it() {
    let world = world().await;
    let receiver = Receiver::answering(503).await;
    let webhook = world
        .webhook(&receiver, json!({"selfsame-headers": true}))
        .await;
    let account = world.accounts(1).await.remove(0);
    world.deliver().await;
    let id = receiver.all()[0].header("selfsame-delivery-id").to_owned();
    let path = format!("/webhooks/{webhook}/deliveries/{id}");
    let shown = world.own(Method::GET, &path).await.expect(200);
    assert_eq!(shown.id(), id);
    assert_eq!(shown.attribute("status"), "pending");
    assert_eq!(shown.attribute("event-name"), "account.created");
    assert_eq!(shown.attribute("attempts-made"), 1);
    assert_eq!(shown.attribute("sequence"), 1);
    assert_eq!(shown.attribute("attempts")[0]["status"], 503);
    assert!(shown.attribute("next-attempt-at").is_string());
    assert_eq!(shown.related("account"), Some(account));
    assert_eq!(shown.related("webhook"), Some(webhook.clone()));
    let other = world.webhook(&receiver, json!({})).await;
    for (webhook, id) in [
        (webhook.as_str(), "wbhe_1"),
        (other.as_str(), id.as_str()),
        ("wbh_1", id.as_str()),
    ] {
        let path = format!("/webhooks/{webhook}/deliveries/{id}");
        world.own(Method::GET, &path).await.expect(404);
    }
    let production = world.app.production();
    let call = production.elsewhere(Method::GET, &format!("/api/selfsame/v1{path}"));
    assert!([403, 404].contains(&call.await.status));
}

#[tokio::test]
async fn w80_deliveries_are_listed_newest_first_by_pages_and_by_status() {
    let world = world().await;
    let receiver =
        Receiver::start(|number, _| Reply::Status(if number == 0 { 500 } else { 200 })).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    world.accounts(4).await;
    world.deliver().await;
    let list = async |query: &str| {
        let path = format!("/webhooks/{webhook}/deliveries?{query}");
        world.own(Method::GET, &path).await
    };
    let all = list("page[size]=100").await.expect(200).ids();
    assert_eq!(all.len(), 5);
    let mut seen = Vec::new();
    let mut page = list("page[size]=2").await.expect(200);
    seen.extend(page.ids());
    while let Some(next) = page.body["links"]["next"].as_str().map(str::to_owned) {
        page = world.client.elsewhere(Method::GET, &next).await.expect(200);
        seen.extend(page.ids());
    }
    assert_eq!(seen, all);
    let pending = list("filter[status]=pending").await.expect(200).ids();
    assert_eq!(pending, all[4..]);
    for query in [
        "filter[status]=done",
        "filter[name]=x",
        "page[after]=wbhe_1",
    ] {
        list(query).await.expect(400);
    }
}

#[tokio::test]
async fn w92_a_receiver_that_finds_a_gap_asks_for_it_and_is_complete() {
    let world = world().await;
    let receiver =
        Receiver::start(|number, _| Reply::Status(if number % 3 == 1 { 500 } else { 200 })).await;
    let webhook = world
        .webhook(&receiver, json!({"selfsame-headers": true}))
        .await;
    let account = world.app.account(json!({"reference-id": "user-1"})).await;
    for number in 0..6 {
        let body = json!({"meta": {"tag-name": format!("tag-{number}")}});
        let path = format!("/accounts/{account}/add-tag");
        world.app.sandbox().post(&path, body).await.expect(200);
    }
    world.deliver().await;
    world.switch(&webhook, "disable").await;
    let got = receiver.all();
    let arrived = got.iter().enumerate().filter(|(place, _)| place % 3 != 1);
    let mut numbers: BTreeSet<i64> = arrived
        .map(|(_, one)| one.header("selfsame-sequence").parse().expect("a number"))
        .collect();
    let whole: BTreeSet<i64> = (1..=i64::try_from(got.len()).unwrap()).collect();
    assert!(numbers.len() < whole.len());
    let mut after = 0;
    loop {
        let path = format!("/events?after-sequence={after}&reference-id=user-1&page[size]=2");
        let page = world.own(Method::GET, &path).await.expect(200);
        let events = page.body["data"].as_array().expect("events");
        numbers.extend(
            events
                .iter()
                .filter_map(|one| one["attributes"]["sequence"].as_i64()),
        );
        after = page.body["meta"]["next-after-sequence"]
            .as_i64()
            .expect("a number");
        if Some(after) == page.body["meta"]["last-sequence"].as_i64() {
            break;
        }
    }
    assert_eq!(numbers, whole);
    for (query, status) in [
        ("", 200),
        ("after-sequence=x", 400),
        ("after-sequence=0&page[size]=101", 400),
        ("after-sequence=0&page[after]=evt_1", 400),
        ("after-sequence=0&account-id=act_1", 404),
        ("after-sequence=0&account-id=act_1&reference-id=a", 422),
    ] {
        let path = format!("/events?{query}");
        world.own(Method::GET, &path).await.expect(status);
    }
}

#[tokio::test]
async fn w79_what_is_thirty_days_old_goes_also_of_an_archived_webhook() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(2).await;
    world.deliver().await;
    world.app.advance(29 * 86_400);
    world.accounts(1).await;
    world.deliver().await;
    world.switch(&webhook, "archive").await;
    world.app.service.prune().await.unwrap();
    assert_eq!(world.deliveries(&webhook).await.len(), 3);
    world.app.advance(2 * 86_400);
    world.app.service.prune().await.unwrap();
    assert_eq!(world.deliveries(&webhook).await.len(), 1);
}

#[tokio::test]
async fn c19_each_of_them_wants_its_permission() {
    let world = world().await;
    for (method, path, permission) in [
        (
            Method::GET,
            "/events?after-sequence=0",
            Permission::EventRead,
        ),
        (
            Method::GET,
            "/webhooks/wbh_1/deliveries",
            Permission::WebhookRead,
        ),
        (
            Method::GET,
            "/webhooks/wbh_1/deliveries/wbhe_1",
            Permission::WebhookRead,
        ),
        (
            Method::POST,
            "/webhooks/wbh_1/deliveries/wbhe_1/retry",
            Permission::WebhookWrite,
        ),
        (
            Method::POST,
            "/webhooks/wbh_1/replay",
            Permission::WebhookWrite,
        ),
        (
            Method::POST,
            "/webhooks/wbh_1/simulate",
            Permission::WebhookRead,
        ),
        (
            Method::POST,
            "/webhooks/wbh_1/simulate",
            Permission::EventRead,
        ),
        (
            Method::POST,
            "/webhooks/wbh_1/send-sample",
            Permission::WebhookWrite,
        ),
    ] {
        let others = Permission::ALL.iter().copied();
        let others: Vec<_> = others.filter(|other| *other != permission).collect();
        let client = world.app.with_permissions(&others).await;
        let call = client.elsewhere(method, &format!("/api/selfsame/v1{path}"));
        let refused = call.await.expect(403);
        let details = format!(
            "API key does not have the {} permission",
            permission.as_str()
        );
        assert_eq!(refused.body["errors"][0]["details"], details, "{path}");
    }
}

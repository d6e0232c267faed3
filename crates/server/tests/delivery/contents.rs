//! What a receiver gets (W60–W66).

use selfsame_domain::delivery::DeliveryStatus;
use selfsame_testkit::{Delivered, Receiver, schema};
use selfsame_wire::signature;
use serde_json::{Value, json};

use super::world::{World, world};

async fn one(world: &World, attributes: Value) -> Delivered {
    let receiver = Receiver::answering(200).await;
    let webhook = world.webhook(&receiver, attributes).await;
    let reference = format!("user-{}", world.app.events().await.len());
    let body = json!({"data": {"attributes": {"reference-id": reference, "name-first": "Ada"}}});
    world
        .app
        .sandbox()
        .post("/accounts", body)
        .await
        .expect(201);
    world.deliver().await;
    world.switch(&webhook, "archive").await;
    let [only] = receiver.all().try_into().unwrap();
    only
}

#[tokio::test]
async fn w61_the_body_is_the_event_as_the_api_shows_it_with_what_is_included() {
    let world = world().await;
    let got = one(&world, json!({})).await;
    assert_eq!(got.header("content-type"), "application/json");
    let mut body = got.json();
    let payload = &mut body["data"]["attributes"]["payload"];
    assert_eq!(
        payload.as_object_mut().unwrap().shift_remove("included"),
        Some(json!([]))
    );
    let shown = world
        .app
        .sandbox()
        .get(&format!("/events/{}", got.event_id()))
        .await
        .expect(200);
    assert_eq!(body["data"], *shown.data());
}

#[tokio::test]
async fn w63_the_signature_holds_for_the_bytes_that_came_and_for_no_others() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    world.accounts(1).await;
    world.deliver().await;
    let [got] = receiver.all().try_into().unwrap();
    let secrets = world.secrets(&webhook).await;
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let now = world.app.now().millis() / 1000;
    let header = got.header("persona-signature");
    assert!(header.starts_with(&format!("t={now},v1=")), "{header}");
    assert!(signature::verify(Some(header), &secrets, &got.body, now, 300).is_ok());
    let mut altered = got.body.clone();
    altered[10] ^= 1;
    assert!(signature::verify(Some(header), &secrets, &altered, now, 300).is_err());
}

#[tokio::test]
async fn w64_while_two_secrets_count_there_are_two_sets_and_a_retry_is_signed_with_those_that_count_then()
 {
    let world = world().await;
    let receiver = Receiver::answering(500).await;
    let webhook = world.webhook(&receiver, json!({})).await;
    let before = world.secrets(&webhook).await.remove(0);
    world.accounts(1).await;
    world.deliver().await;
    let rotate = json!({"meta": {"expires-in-seconds": 60}});
    world
        .client
        .post(&format!("/webhooks/{webhook}/rotate-secret"), rotate)
        .await
        .expect(200);
    let after = world.secrets(&webhook).await.remove(0);
    world.app.advance(4);
    world.deliver().await;
    world.app.advance(71);
    world.deliver().await;
    let got = receiver.all();
    let signed = |place: usize, secret: &str| {
        let one = &got[place];
        let header = one.header("persona-signature");
        let at: i64 = header["t=".len()..]
            .split(',')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        signature::verify(Some(header), &[secret], &one.body, at, 300).is_ok()
    };
    let sets = |place: usize| got[place].header("persona-signature").split(' ').count();
    assert_eq!(
        (sets(0), signed(0, &before), signed(0, &after)),
        (1, true, false)
    );
    assert_eq!(
        (sets(1), signed(1, &before), signed(1, &after)),
        (2, true, true)
    );
    assert_eq!(
        (sets(2), signed(2, &before), signed(2, &after)),
        (1, false, true)
    );
}

#[tokio::test]
async fn w61_version_and_spelling_are_the_webhooks_own() {
    let world = world().await;
    let newest = one(
        &world,
        json!({"api-version": "2025-12-08", "api-key-inflection": "kebab"}),
    )
    .await
    .json();
    let camel = one(
        &world,
        json!({"api-version": "2025-12-08", "api-key-inflection": "camel"}),
    )
    .await
    .json();
    let snake = one(
        &world,
        json!({"api-version": "2020-05-18", "api-key-inflection": "snake"}),
    )
    .await
    .json();
    let account =
        |body: &Value| body["data"]["attributes"]["payload"]["data"]["attributes"].clone();
    assert_eq!(account(&newest)["reference-id"], "user-0");
    assert_eq!(account(&camel)["referenceId"], "user-1");
    assert_eq!(account(&snake)["reference_id"], "user-2");
    assert!(camel["data"]["attributes"]["createdAt"].is_string());
    assert!(snake["data"]["attributes"]["created_at"].is_string());
    assert_eq!(newest["data"]["attributes"]["name"], "account.created");
    let shown = world
        .app
        .sandbox()
        .with("persona-version", "2020-05-18")
        .with("key-inflection", "snake")
        .get(&format!(
            "/events/{}",
            snake["data"]["id"].as_str().unwrap()
        ))
        .await
        .expect(200);
    let shown = json!({"data": shown.data()});
    assert_eq!(account(&shown), account(&snake));
}

#[tokio::test]
async fn w61_what_the_webhook_is_not_to_get_is_not_in_it() {
    let world = world().await;
    let got = one(
        &world,
        json!({"api-attributes-blocklist": ["name", "name-*"]}),
    )
    .await;
    let text = String::from_utf8(got.body.clone()).unwrap();
    assert!(!text.contains("Ada"), "{text}");
}

#[tokio::test]
async fn w62_what_the_filter_does_not_let_through_is_skipped_and_never_sent() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let filter = json!({"data": {"attributes": {"referenceId": "wanted"}}});
    let webhook = world
        .webhook(
            &receiver,
            json!({"payload-filter": filter, "api-key-inflection": "camel"}),
        )
        .await;
    for reference in ["other", "wanted", "else"] {
        let body = json!({"data": {"attributes": {"reference-id": reference}}});
        world.app.sandbox().post("/accounts", body).await;
    }
    world.deliver().await;
    assert_eq!(receiver.all().len(), 1);
    assert_eq!(
        world.statuses(&webhook).await,
        [
            DeliveryStatus::Skipped,
            DeliveryStatus::Completed,
            DeliveryStatus::Skipped
        ]
    );
}

#[tokio::test]
async fn w66_related_objects_come_along_where_the_webhook_wants_them() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let allowlist = json!({"state": "custom", "event-types": [
        {"event-type": "inquiry", "relationships": ["account", "inquiry-template"]},
    ]});
    world
        .webhook(&receiver, json!({"included-allowlist": allowlist, "enabled-events": ["inquiry.*", "account.created"]}))
        .await;
    world
        .app
        .inquiry(json!({"auto-create-account": true}))
        .await;
    world.deliver().await;
    for one in receiver.all() {
        let body = one.json();
        let included = body["data"]["attributes"]["payload"]["included"]
            .as_array()
            .unwrap();
        let mut kinds: Vec<_> = included
            .iter()
            .map(|object| object["type"].as_str().unwrap())
            .collect();
        kinds.sort_unstable();
        let expected: &[&str] = if one.event_name() == "inquiry.created" {
            &["account", "inquiry-template"]
        } else {
            &[]
        };
        assert_eq!(kinds, expected, "{}", one.event_name());
    }
    assert_eq!(receiver.all().len(), 2);
}

#[tokio::test]
async fn w60_headers_of_the_webhooks_own_go_along_and_ours_cannot_be_written_over() {
    let world = world().await;
    let got = one(
        &world,
        json!({"custom-http-headers": {"Authorization": "Bearer abc", "X-Tenant": "7"}}),
    )
    .await;
    assert_eq!(got.header("authorization"), "Bearer abc");
    assert_eq!(got.header("x-tenant"), "7");
    assert_eq!(got.header("persona-webhook-attempts-made"), "1");
    assert!(
        got.headers
            .keys()
            .all(|name| !name.starts_with("selfsame-")),
        "{:?}",
        got.headers
    );
}

#[tokio::test]
async fn w65_headers_of_our_own_only_where_the_webhook_wants_them() {
    let world = world().await;
    let receiver = Receiver::answering(500).await;
    world
        .webhook(&receiver, json!({"selfsame-headers": true}))
        .await;
    let account = world.accounts(1).await.remove(0);
    world.deliver().await;
    world.app.advance(4);
    world.deliver().await;
    let got = receiver.all();
    let told = |name: &str| [got[0].header(name), got[1].header(name)];
    assert_eq!(told("selfsame-sequence"), ["1", "1"]);
    assert_eq!(
        told("selfsame-account-id"),
        [account.as_str(), account.as_str()]
    );
    assert_eq!(
        told("selfsame-environment"),
        [world.app.own.sandbox.id.to_string().as_str(); 2]
    );
    let [first, second] = told("selfsame-delivery-id");
    assert!(
        first == second && first.starts_with("wbhe_"),
        "{first} {second}"
    );
}

/// R44 and I68: what is delivered after a redaction has nothing of the person.
#[tokio::test]
async fn a_retry_after_a_redaction_tells_nothing_of_the_person() {
    let world = world().await;
    let receiver = Receiver::answering(500).await;
    world
        .webhook(&receiver, json!({"enabled-events": ["account.created"]}))
        .await;
    let body = json!({"data": {"attributes": {"name-first": "Ada"}}});
    let account = world
        .app
        .sandbox()
        .post("/accounts", body)
        .await
        .expect(201)
        .id();
    world.deliver().await;
    world
        .app
        .sandbox()
        .delete(&format!("/accounts/{account}"))
        .await
        .expect(200);
    world.app.advance(4);
    world.deliver().await;
    let got = receiver.all();
    let tells = |place: usize| {
        String::from_utf8(got[place].body.clone())
            .unwrap()
            .contains("Ada")
    };
    assert!(tells(0) && !tells(1));
    assert_eq!(got[0].event_id(), got[1].event_id());
}

/// Those answers are held against the published schemas.
#[tokio::test]
async fn w61_in_every_version_it_is_what_the_api_shows_in_that_version() {
    let world = world().await;
    for version in selfsame_wire::ApiVersion::ALL {
        let mut body = one(&world, json!({"api-version": version.as_str()}))
            .await
            .json();
        let payload = body["data"]["attributes"]["payload"].as_object_mut();
        payload.unwrap().shift_remove("included");
        let id = body["data"]["id"].as_str().unwrap();
        let client = world
            .app
            .sandbox()
            .with("persona-version", version.as_str());
        let shown = client.get(&format!("/events/{id}")).await.expect(200);
        assert_eq!(&body["data"], shown.data(), "{}", version.as_str());
        if version != selfsame_wire::ApiVersion::DEFAULT {
            continue;
        }
        assert_eq!(
            schema::resource_problems(&body["data"]["attributes"]["payload"]["data"]),
            [""; 0]
        );
    }
}

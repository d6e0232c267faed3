//! What would be sent, and samples (W87–W89).

use selfsame_domain::webhook::{EVENT_NAMES, type_of};
use selfsame_testkit::Receiver;
use selfsame_wire::signature;
use serde_json::{Value, json};

use super::world::world;

fn header(answer: &Value, name: &str) -> String {
    let headers = answer["headers"].as_array().expect("headers");
    let found = headers.iter().find(|header| header["name"] == name);
    let value = found.unwrap_or_else(|| panic!("no {name}"))["value"].as_str();
    value.expect("a text").to_owned()
}

#[tokio::test]
async fn w87_a_simulation_shows_exactly_what_is_sent_then_and_sends_nothing() {
    let world = world().await;
    let receiver = Receiver::answering(200).await;
    let settings = json!({
        "selfsame-headers": true, "custom-http-headers": {"X-Own": "hidden"}, "enabled-events": ["account.*"],
    });
    let webhook = world.webhook(&receiver, settings).await;
    world.accounts(1).await;
    let inquiry = world
        .app
        .inquiry(json!({"auto-create-account": false}))
        .await;
    world.deliver().await;
    let [sent] = receiver.take().try_into().unwrap();
    let path = format!("/webhooks/{webhook}/simulate");
    let simulate = async |event: &str| {
        let done = world.do_own(&path, json!({"event-id": event})).await;
        done.expect(200).body["data"]["attributes"].clone()
    };
    let shown = simulate(&sent.event_id()).await;
    assert_eq!(shown["verdict"], "would-deliver");
    assert_eq!(shown["webhook-status"], "enabled");
    assert_eq!(
        shown["body"].as_str().unwrap().as_bytes(),
        sent.body.as_slice()
    );
    assert_eq!(header(&shown, "x-own"), "(left out)");
    for name in [
        "persona-signature",
        "selfsame-delivery-id",
        "content-type",
        "user-agent",
    ] {
        assert_eq!(header(&shown, name), sent.header(name), "{name}");
    }
    let filter = json!({"payload-filter": {"data": {"id": "act_1"}}});
    world.change(&webhook, filter).await;
    assert_eq!(simulate(&sent.event_id()).await["verdict"], "would-skip");
    let events = world.app.events().await;
    let untold = events.iter().find(|event| event.object_id == inquiry);
    let untold = untold.expect("an event").id.to_string();
    assert_eq!(simulate(&untold).await["verdict"], "not-enabled");
    world.switch(&webhook, "disable").await;
    assert_eq!(simulate(&untold).await["webhook-status"], "disabled");
    for (meta, status) in [
        (json!({}), 400),
        (json!({"event-id": "act_1"}), 400),
        (json!({"event-id": "evt_1"}), 404),
    ] {
        world.do_own(&path, meta).await.expect(status);
    }
    assert!(receiver.all().is_empty());
}

#[tokio::test]
async fn w88_a_sample_goes_at_once_to_a_disabled_webhook_too_and_is_kept_nowhere() {
    let world = world().await;
    let receiver = Receiver::answering(202).await;
    let settings =
        json!({"custom-http-headers": {"X-Own": "hidden"}, "enabled-events": ["account.*"]});
    let webhook = world.webhook(&receiver, settings).await;
    world.switch(&webhook, "disable").await;
    let before = world.app.counts().await;
    let path = format!("/webhooks/{webhook}/send-sample");
    let done = world
        .do_own(&path, json!({"event-name": "inquiry.approved"}))
        .await
        .expect(200);
    assert_eq!(done.attribute("succeeded"), true);
    assert_eq!(done.attribute("attempt")["status"], 202);
    let [sent] = receiver.all().try_into().unwrap();
    assert_eq!(
        done.attribute("body").as_str().unwrap().as_bytes(),
        sent.body.as_slice()
    );
    assert_eq!(sent.header("selfsame-sample"), "true");
    assert_eq!(sent.header("x-own"), "hidden");
    assert!(!done.body.to_string().contains("hidden"));
    let attributes = &sent.json()["data"]["attributes"];
    assert_eq!(
        attributes["payload"]["data"]["attributes"]["status"],
        "approved"
    );
    assert_eq!(attributes["context"], json!({}));
    let secrets = world.secrets(&webhook).await;
    let expected = signature::sign(&[&secrets[0]], world.app.now().millis() / 1000, &sent.body);
    assert_eq!(sent.header("persona-signature"), expected);
    assert_eq!(world.app.counts().await, before);
    for name in ["inquiry.aproved", "inquiry.*", "*"] {
        let refused = world
            .do_own(&path, json!({"event-name": name}))
            .await
            .expect(422);
        assert_eq!(
            refused.body["errors"][0]["source"]["pointer"],
            "/meta/event-name"
        );
    }
    world.switch(&webhook, "archive").await;
    let name = json!({"event-name": "inquiry.approved"});
    world.do_own(&path, name).await.expect(409);
    assert_eq!(receiver.all().len(), 1);
}

#[tokio::test]
async fn w89_there_is_a_sample_of_every_event_about_the_object_that_its_name_says() {
    let world = world().await;
    let caller = world.app.caller();
    for name in EVENT_NAMES {
        let event = world.app.service.sample_event(&caller, name);
        let event = event.unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = match type_of(name) {
            "verification" => "verification/government-id",
            "document" => "document/government-id",
            "selfie" => "selfie/profile-and-center",
            kind => kind,
        };
        assert_eq!(event.payload["type"], expected, "{name}");
        assert!(event.payload["id"].is_string() && event.payload["attributes"].is_object());
        assert_eq!(event.name, name);
    }
}

//! Payload filters as they are kept.

use selfsame_domain::id::{Id, WebhookId};
use selfsame_domain::webhook::PayloadFilter;
use selfsame_store::Ask;
use selfsame_testkit::TestApp;
use serde_json::json;

use super::{make, path};

#[tokio::test]
async fn w20_w23_a_filter_comes_back_as_it_was_sent_and_matches_in_that_spelling() {
    let app = TestApp::start().await;
    let filter = json!({"data": {"attributes": {"referenceId": "a", "fields": {"name_first": {"value": "Ada"}}}}});
    let camel = app.sandbox().with("key-inflection", "camel");
    let made = make(
        &camel,
        json!({"payload-filter": filter, "api-key-inflection": "camel"}),
    )
    .await;
    assert_eq!(made.data()["attributes"]["payloadFilter"], filter);
    let kebab = app.sandbox().get(&path(&made)).await.expect(200);
    assert_eq!(kebab.attribute("payload-filter"), &filter);
    let id = WebhookId::from_trusted(made.id());
    let ask = Ask::webhook_row(&app.own.sandbox.id, &id);
    let row = app.store().ask(ask).await.unwrap().unwrap();
    let stored = row.webhook.settings.payload_filter.unwrap();
    let parsed = PayloadFilter::parse(stored.as_object().unwrap()).unwrap();
    let payload = |key: &str| json!({"data": {"attributes": {key: "a", "fields": {"name_first": {"type": "string", "value": "Ada"}}}}});
    assert!(parsed.matches(&payload("referenceId")));
    assert!(!parsed.matches(&payload("reference-id")));
}

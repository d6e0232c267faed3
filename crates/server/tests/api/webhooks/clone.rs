//! Copying webhooks.

use selfsame_domain::id::{Id, WebhookId};
use selfsame_domain::webhook::WebhookSecrets;
use selfsame_store::Ask;
use selfsame_testkit::{Answer, TestApp};
use serde_json::json;

use super::{ends, make, open_part, path, secrets};

/// What the store keeps sealed of it.
async fn kept(app: &TestApp, webhook: &Answer) -> WebhookSecrets {
    let id = WebhookId::from_trusted(webhook.id());
    let ask = Ask::webhook_row(&app.own.sandbox.id, &id);
    let row = app.store().ask(ask).await.unwrap().unwrap();
    let opened = app.service.sealer().open(&row.secrets_sealed).unwrap();
    serde_json::from_slice(&opened).unwrap()
}

#[tokio::test]
async fn w35_a_copy_has_everything_but_the_secret_and_is_disabled() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let settings = json!({
        "description": "one",
        "api-version": "2023-01-05",
        "payload-filter": {"data": {"type": "inquiry"}},
        "included-allowlist": {"state": "include_all"},
        "custom-http-headers": {"Authorization": "Bearer x", "X-Key": "y"},
    });
    let made = make(&client, settings).await;
    let rotate = format!("{}/rotate-secret", path(&made));
    let grace = json!({"meta": {"expires-in-seconds": 60}});
    client.post(&rotate, grace).await.expect(200);
    for verb in ["enable", "archive"] {
        let address = format!("{}/{verb}", path(&made));
        client.post(&address, json!({})).await.expect(200);
        app.advance(3600);
        let address = format!("{}/clone", path(&made));
        let copy = client.post(&address, json!({})).await.expect(200);
        assert_ne!(copy.id(), made.id());
        let mut expected = open_part(&made);
        expected["name"] = json!("Hook Copy");
        expected["created-at"] = copy.attribute("created-at").clone();
        assert_eq!(open_part(&copy), expected);
        assert_ne!(copy.attribute("created-at"), made.attribute("created-at"));
        assert_eq!(ends(&copy), [json!(null)]);
        let of_source = secrets(&client.get(&path(&made)).await.expect(200));
        assert!(!of_source.contains(&secrets(&copy)[0]));
        assert_eq!(
            kept(&app, &copy).await.headers,
            kept(&app, &made).await.headers
        );
        assert_eq!(kept(&app, &copy).await.headers.len(), 2);
    }
}

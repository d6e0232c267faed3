//! Listing webhooks.

use selfsame_testkit::TestApp;
use serde_json::json;

use super::{make, path};

#[tokio::test]
async fn w18_a_list_is_newest_first_has_pages_and_shows_no_secrets() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        app.advance(1);
        made.insert(0, make(&client, json!({"name": name})).await);
    }
    let archive = format!("{}/archive", path(&made[1]));
    client.post(&archive, json!({})).await.expect(200);
    let ids: Vec<_> = made.iter().map(selfsame_testkit::Answer::id).collect();
    let listed = client.get("/webhooks").await.expect(200);
    assert_eq!(listed.ids(), ids);
    let statuses: Vec<_> = listed
        .list()
        .iter()
        .map(|webhook| webhook["attributes"]["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["disabled", "archived", "disabled"]);
    assert!(!listed.body.to_string().contains("secret"));
    let first = client.get("/webhooks?page[size]=2").await.expect(200);
    assert_eq!(first.ids(), ids[..2]);
    let next = first.body["links"]["next"].as_str().unwrap();
    let second = client.get(next.strip_prefix("/api/v1").unwrap()).await;
    assert_eq!(second.expect(200).ids(), ids[2..]);
    client.get("/webhooks?filter[name]=one").await.expect(400);
    let asked = client
        .get("/webhooks?fields[webhook]=secret,secrets,name")
        .await
        .expect(200);
    assert_eq!(asked.list()[0]["attributes"], json!({"name": "three"}));
}

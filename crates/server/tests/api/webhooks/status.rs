//! Enabling, disabling, archiving.

use selfsame_testkit::TestApp;
use serde_json::json;

use super::{make, path};
use crate::attributes;

#[tokio::test]
async fn w32_w33_w34_a_status_follows_the_last_word_until_it_is_archived() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({})).await;
    let path = path(&made);
    for (verb, status) in [
        ("enable", "enabled"),
        ("enable", "enabled"),
        ("disable", "disabled"),
        ("disable", "disabled"),
        ("enable", "enabled"),
        ("archive", "archived"),
    ] {
        let answer = client.post(&format!("{path}/{verb}"), json!({})).await;
        assert_eq!(answer.expect(200).attribute("status"), status, "{verb}");
        let shown = client.get(&path).await.expect(200);
        assert_eq!(shown.attribute("status"), status);
    }
}

#[tokio::test]
async fn w34_nothing_happens_any_more_to_what_is_archived() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({})).await;
    let path = path(&made);
    let archive = format!("{path}/archive");
    client.post(&archive, json!({})).await.expect(200);
    let before = client.get(&path).await.expect(200);
    for verb in ["enable", "disable", "archive", "rotate-secret"] {
        let answer = client.post(&format!("{path}/{verb}"), json!({})).await;
        answer.refused(409, "Webhook is archived");
        assert_eq!(answer.title(), "Conflict");
    }
    let change = attributes(json!({"name": "two"}));
    let answer = client.patch(&path, change).await;
    answer.refused(409, "Webhook is archived");
    assert_eq!(client.get(&path).await.expect(200).body, before.body);
}

#[tokio::test]
async fn w34_w36_of_an_archive_and_others_at_once_the_archive_stands() {
    let app = TestApp::start().await;
    let client = app.sandbox();
    let made = make(&client, json!({})).await;
    let path = path(&made);
    let tasks: Vec<_> = ["enable", "archive", "disable", "enable"]
        .into_iter()
        .map(|verb| {
            let (client, path) = (client.clone(), format!("{path}/{verb}"));
            tokio::spawn(async move { (verb, client.post(&path, json!({})).await) })
        })
        .collect();
    for task in tasks {
        let (verb, answer) = task.await.unwrap();
        let allowed: &[u16] = if verb == "archive" {
            &[200]
        } else {
            &[200, 409]
        };
        assert!(allowed.contains(&answer.status), "{verb} {}", answer.body);
    }
    let shown = client.get(&path).await.expect(200);
    assert_eq!(shown.attribute("status"), "archived");
}
